"""Whole interviews, as they read in a chat, over the real product on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.bank import load
from agent.code_report import CodeReport
from agent.interviewer import NO_MEANS, Heard, Interviewer, Means
from agent.kinds import kinds
from agent.types import Difficulty, Evaluation, Interview, Phase, State, Turn
from bot.wording import clock, controls, drafts, home, labels, opening
from bot.wording import practice as practice_words
from storage.addresses import Place
from tests.fakes.judges import Held
from tests.fakes.stage import BEN, LOBBY, PLATFORM, Stage, staged


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database_url, tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("kind", sorted(kinds()))
async def test_an_interview_of_each_kind_goes_from_command_to_card(stage: Stage, kind: str) -> None:
    record = await stage.start(f"{kind} medium")
    question = record.interview.question
    assert question.kind == kind
    assert question.body in await stage.page(record)
    assert "Nothing was posted here" in await stage.whispers()

    done = await stage.to_the_card(record, question.reference)

    card = done.interview.card
    assert done.interview.phase is Phase.CLOSED
    assert card is not None
    assert card.state is State.SCORED
    assert card.correctness is not None
    assert card.correctness >= 7
    chart = await stage.chart(record)
    assert chart is not None
    assert [bar.label for bar in chart.bars] == ["Correctness", "Clarity", "Depth"]
    page = await stage.page(record)
    assert "by the local judge" in page
    assert "≈" in page


async def test_each_evaluation_is_stored_and_shown_once(stage: Stage) -> None:
    record = await stage.start("medium algorithm")
    done = await stage.to_the_card(record, "I would sort the input first and then sweep over it once.")
    for turn in done.interview.turns:
        assert len(turn.evaluations) == 1
    feedback = [text for text in await stage.texts(record.place) if text.startswith("Read ")]
    assert len(feedback) == len(done.interview.turns)


@pytest.mark.parametrize(("difficulty", "most"), [("easy", 1), ("medium", 1), ("hard", 2)])
async def test_follow_ups_end_with_what_the_difficulty_allows(stage: Stage, difficulty: str, most: int) -> None:
    record = await stage.start(f"{difficulty} algorithm")
    done = await stage.to_the_card(record, "I would look at each of them in turn and remember the best one.")
    assert [turn.follow_up is not None for turn in done.interview.turns] == [False] + [True] * most
    assert done.interview.card is not None


async def test_the_same_event_three_times_is_one(stage: Stage) -> None:
    command = stage.command("easy")
    await stage.send(command, command, command)
    record = await stage.open_one()
    assert record.place is not None
    reply = stage.reply("I would use a dictionary.", record.place)
    await stage.send(reply, reply, reply)
    assert len((await stage.open_one()).interview.draft) == 1
    press = stage.pressed(await stage.button(labels.SUBMIT), record.place)
    await stage.send(press, press, press)
    assert len((await stage.record(record.interview.id)).interview.turns) == 1


async def test_two_starts_at_once_open_one_interview(stage: Stage) -> None:
    await asyncio.gather(*(stage.accept(stage.command("easy")) for _ in range(2)))
    await stage.settled()
    await stage.open_one()
    assert "You have an interview open" in await stage.whispers()
    threads = {row.place for row in await stage.rows() if row.place != LOBBY}
    assert len(threads) == 1


async def test_six_messages_make_one_answer_and_the_third_may_be_edited(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    assert record.place is not None
    replies = [stage.reply(f"Part {number}.", record.place) for number in range(1, 7)]
    await stage.send(*replies)
    assert "Draft: 6 messages" in await stage.page(record)
    await stage.send(stage.edit(replies[2], "Part three, put right."), stage.edit(replies[5], None))
    assert "Draft: 5 messages" in await stage.page(record)
    await stage.say(record, "done")
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert turn.answer == "Part 1.\n\nPart 2.\n\nPart three, put right.\n\nPart 4.\n\nPart 5."


async def test_an_edit_after_submission_changes_nothing(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    assert record.place is not None
    reply = stage.reply("As it was submitted.", record.place)
    await stage.send(reply)
    await stage.press(record, labels.SUBMIT)
    await stage.send(stage.edit(reply, "Something better."))
    assert (await stage.record(record.interview.id)).interview.turns[0].answer == "As it was submitted."


async def test_a_message_during_judgement_is_an_addendum_and_can_be_judged_too(
    database_url: str, tmp_path: Path
) -> None:
    judge = Held()
    async with staged(database_url, tmp_path, judge) as stage:
        record = await stage.start("medium algorithm")
        assert record.place is not None
        await stage.say(record, "I would try every pair.")
        await stage.accept(stage.pressed(await stage.button(labels.SUBMIT), record.place))
        await judge.begun.wait()
        late = record.interview.question.reference
        await stage.accept(stage.reply(late, record.place))
        judge.go.set()
        await stage.settled()

        before = (await stage.record(record.interview.id)).interview
        assert before.draft == ()
        assert [message.text for message in before.turns[0].addenda] == [late]
        assert "unjudged" in await stage.page(record)

        await stage.press(record, labels.JUDGE_AGAIN)
        after = (await stage.record(record.interview.id)).interview.turns[0]
        assert len(after.evaluations) == 2
        assert after.evaluations[1].correctness is not None
        assert after.evaluations[0].correctness is not None
        assert after.evaluations[1].correctness > after.evaluations[0].correctness


async def test_finish_with_an_open_draft_judges_it_first(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.say(record, record.interview.question.reference)
    await stage.press(record, labels.FINISH)
    done = (await stage.record(record.interview.id)).interview
    assert done.phase is Phase.CLOSED
    assert len(done.turns) == 1
    assert done.card is not None


async def test_finish_without_an_answer_scores_nothing(stage: Stage) -> None:
    record = await stage.start("easy")
    await stage.press(record, labels.FINISH)
    done = (await stage.record(record.interview.id)).interview
    assert done.phase is Phase.CLOSED
    assert done.card is None
    assert controls.nothing_answered() in await stage.page(record)


async def test_a_reply_from_somebody_else_is_neither_stored_nor_answered(stage: Stage) -> None:
    record = await stage.start("easy public")
    assert record.place is not None
    before = await stage.page(record, BEN)
    await stage.say(record, "I know this one!", person=BEN)
    assert (await stage.open_one()).interview.draft == ()
    assert await stage.page(record, BEN) == before


async def test_a_press_by_somebody_else_is_refused_like_one_that_leads_nowhere(stage: Stage) -> None:
    record = await stage.start("easy public")
    assert record.place is not None
    foreign = await stage.button(labels.FINISH)
    missing = replace(foreign, value="0123456789abcdef/0")
    await stage.send(stage.pressed(foreign, record.place, BEN))
    first = [row.markdown for row in await stage.rows(BEN) if row.viewer == BEN.user]
    await stage.send(stage.pressed(missing, record.place, BEN))
    second = [row.markdown for row in await stage.rows(BEN) if row.viewer == BEN.user]
    assert first == [controls.not_yours()]
    assert second == [controls.not_yours()] * 2
    assert (await stage.open_one()).interview.phase is Phase.ANSWERING


async def test_an_answer_of_forty_thousand_characters_is_taken_and_judged(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    text = (record.interview.question.reference + "\n") * 100
    await stage.say(record, text[:40_000])
    await stage.press(record, labels.SUBMIT)
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert len(turn.answer) == 40_000
    assert turn.evaluation is not None
    assert turn.evaluation.state is State.SCORED


async def test_submit_without_a_draft_says_what_to_do(stage: Stage) -> None:
    record = await stage.start("easy")
    await stage.say(record, "submit")
    assert drafts.nothing_to_submit() in await stage.page(record)
    assert (await stage.open_one()).interview.turns == ()


@pytest.mark.parametrize("text", [" ", "\u200b\u202e\u2066", "\x00\x07\x1b", "```\n```"])
async def test_an_answer_of_nothing_is_not_scored(stage: Stage, text: str) -> None:
    record = await stage.start("easy quick")
    await stage.say(record, text)
    await stage.press(record, labels.SUBMIT)
    await stage.press(record, labels.FINISH) if await stage.has_open() else None
    done = (await stage.record(record.interview.id)).interview
    assert all(turn.evaluation and turn.evaluation.state is State.NOT_SCORED for turn in done.turns)
    assert done.card is None or done.card.correctness is None


async def test_half_a_surrogate_pair_is_taken(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.say(record, "A broken \ud83d smile.")
    assert (await stage.open_one()).interview.draft[0].text == "A broken ? smile."


async def test_hostile_text_comes_back_tame(stage: Stage) -> None:
    record = await stage.start("easy quick")
    hostile = "@everyone ```nested ``` fence ``` \u202eevil\u202c <script>x</script> *bold* \x1b[31m"
    await stage.say(record, f"{hostile} {record.interview.question.reference} {hostile}")
    await stage.press(record, labels.SUBMIT)
    texts = [text for text in await stage.texts(record.place) if text.startswith(("Read", "**"))]
    ours = "\n".join(text for text in texts if text != record.interview.question.body)
    for bad in ("@everyone", "\u202e", "\x1b", "<script"):
        assert bad not in ours


async def test_hints_tell_their_price_before_they_are_taken(stage: Stage) -> None:
    record = await stage.start("medium algorithm")
    hints = record.interview.question.hints
    assert len(hints) >= 2
    await stage.say(record, "hint")
    assert hints[0] in await stage.page(record)
    assert hints[1] not in await stage.page(record)
    await stage.say(record, "hint")
    assert hints[1] not in await stage.page(record)
    assert controls.hint_costs(0.5) in await stage.page(record)
    await stage.press(record, labels.TAKE_IT)
    assert hints[1] in await stage.page(record)
    assert (await stage.open_one()).interview.hints == 2


async def test_hints_lower_the_card_and_the_card_says_so(stage: Stage) -> None:
    record = await stage.start("medium algorithm")
    await stage.say(record, "hint", "hint")
    await stage.press(record, labels.TAKE_IT)
    done = await stage.to_the_card(record, record.interview.question.reference)
    card = done.interview.card
    assert card is not None
    assert card.before_hints is not None
    assert card.correctness == pytest.approx(card.before_hints - 0.5)


async def test_hints_of_a_quick_question_are_free(stage: Stage) -> None:
    record = await stage.start("medium quick")
    for _ in record.interview.question.hints:
        await stage.say(record, "hint")
    done = await stage.to_the_card(record, record.interview.question.reference)
    assert done.interview.card is not None
    assert done.interview.card.correctness == done.interview.card.before_hints


async def test_skip_gives_another_question_and_asks_first_when_there_is_a_draft(stage: Stage) -> None:
    record = await stage.start("medium algorithm")
    first = record.interview.question.id
    await stage.press(record, labels.SKIP)
    second = (await stage.open_one()).interview.question.id
    assert second != first
    await stage.say(record, "A thought.")
    await stage.press(record, labels.SKIP)
    assert (await stage.open_one()).interview.question.id == second
    await stage.press(record, labels.SKIP_ANYWAY)
    third = (await stage.open_one()).interview
    assert third.question.id not in (first, second)
    assert third.draft == ()


async def test_stop_asks_what_becomes_of_the_draft(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.say(record, "A thought.")
    await stage.send(stage.command("stop"))
    assert await stage.has_open()
    await stage.press(record, labels.THROW_AWAY)
    done = (await stage.record(record.interview.id)).interview
    assert done.phase is Phase.CLOSED
    assert done.card is None


async def test_an_old_button_says_that_it_is_old(stage: Stage) -> None:
    record = await stage.start("medium algorithm")
    assert record.place is not None
    old = await stage.button(labels.FINISH)
    await stage.press(record, labels.SKIP)
    await stage.send(stage.pressed(old, record.place))
    assert await stage.has_open()
    assert controls.old_button() in await stage.page(record)


async def test_a_near_miss_asks_and_the_button_starts(stage: Stage) -> None:
    await stage.send(stage.command("esay quick"))
    assert "Did you mean **easy**?" in await stage.whispers()
    assert not await stage.has_open()
    await stage.send(stage.pressed(await stage.button("easy"), LOBBY))
    question = (await stage.open_one()).interview.question
    assert (question.difficulty, question.kind) == ("easy", "quick")


async def test_a_near_miss_of_another_command_leads_to_it(stage: Stage) -> None:
    await stage.send(stage.command("dayly off"))
    await stage.send(stage.pressed(await stage.button("daily"), LOBBY))
    assert (await stage.whispers()).endswith(practice_words.was_off())
    await stage.send(stage.command("easy stat"))
    assert "Did you mean **stats**" not in await stage.whispers(), "a command is the first word"


async def test_a_topic_nobody_knows_is_refused_with_near_ones(stage: Stage) -> None:
    await stage.send(stage.command("algorithm zymurgy"))
    assert "I have no such question about zymurgy" in await stage.whispers()
    assert not await stage.has_open()


async def test_a_topic_that_is_there_at_another_difficulty_is_offered_at_that(stage: Stage) -> None:
    there, topic = next((q.difficulty, topic) for q in load().questions if q.kind == "algorithm" for topic in q.topics)
    lacking = next(level for level in Difficulty if topic not in load().topics("algorithm", level))
    await stage.send(stage.command(f"algorithm {lacking} {topic}"))
    assert f"I have no such question about {topic}, but one that is" in await stage.whispers()
    await stage.send(stage.pressed(await stage.button(f"{there} {topic}"), LOBBY))
    question = (await stage.open_one()).interview.question
    assert question.difficulty is there
    assert topic in question.topics


async def test_what_the_home_page_suggests_to_type_starts_an_interview(stage: Stage) -> None:
    assert home.EXAMPLE in home.WELCOME
    assert (await stage.start(home.EXAMPLE)).interview.question.topics


async def test_words_may_come_in_any_order(stage: Stage) -> None:
    topic = next(q for q in load().questions if q.kind == "algorithm" and q.difficulty == "hard").topics[0]
    record = await stage.start(f"{topic} public hard timed algorithm")
    assert record.public
    assert record.interview.timed
    assert record.interview.question.difficulty == "hard"
    assert topic in record.interview.question.topics


async def test_a_second_start_offers_to_resume_or_finish(stage: Stage) -> None:
    record = await stage.start("easy")
    await stage.send(stage.command("hard"))
    await stage.send(stage.pressed(await stage.button(labels.RESUME), LOBBY))
    assert (await stage.page(record)).count(record.interview.question.body) == 2


async def test_direct_words_start_join_or_are_offered_buttons(stage: Stage) -> None:
    home = Place(PLATFORM, "hall", "dm-anna")
    await stage.send(stage.reply("good morning", home, direct=True))
    assert opening.offer_start() in "\n".join(await stage.texts(home))
    await stage.send(stage.reply("easy quick", home, direct=True))
    assert (await stage.open_one()).interview.question.kind == "quick"
    await stage.send(stage.reply("An answer from the open.", home, direct=True))
    assert [message.text for message in (await stage.open_one()).interview.draft] == ["An answer from the open."]


async def test_words_in_a_channel_without_an_interview_are_none_of_ours(stage: Stage) -> None:
    await stage.send(stage.reply("easy quick", LOBBY))
    assert await stage.rows() == []
    assert not await stage.has_open()


async def test_an_unreachable_place_is_told_and_nothing_stays_open(stage: Stage) -> None:
    record = await stage.start("easy")
    await stage.press(record, labels.FINISH)
    elsewhere = Place(PLATFORM, "hall", "vault")
    stage.platform.closed_places.add(elsewhere)
    await stage.send(stage.command("easy", place=elsewhere))
    assert not await stage.has_open()


# The clock.


async def test_a_quiet_draft_moves_its_bar_down_twice_at_most(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    for number in range(4):
        await stage.say(record, f"Thought {number}.")
        stage.clock.pass_by(seconds=11)
        await stage.tick()
    bars = [text for text in await stage.texts(record.place) if text.startswith("Draft:")]
    moved = [text for text in await stage.texts(record.place) if text == drafts.draft_moved()]
    assert len(bars) == 1
    assert len(moved) == 2


async def test_an_untimed_interview_is_nudged_once_and_rests_after_three_days(stage: Stage) -> None:
    record = await stage.start("easy quick")
    stage.clock.pass_by(hours=25)
    await stage.tick()
    stage.clock.pass_by(hours=25)
    await stage.tick()
    nudges = [text for text in await stage.texts(record.place) if "still open" in text]
    assert len(nudges) == 1
    stage.clock.pass_by(hours=24)
    await stage.tick()
    done = await stage.record(record.interview.id)
    assert done.interview.phase is Phase.CLOSED
    assert done.interview.card is None


async def test_an_answered_interview_that_rests_has_a_card_and_can_be_resumed(stage: Stage) -> None:
    record = await stage.start("hard algorithm")
    await stage.say(record, "I would try every pair.")
    await stage.press(record, labels.SUBMIT)
    assert (await stage.open_one()).interview.follow_up is not None
    stage.clock.pass_by(hours=25)
    await stage.tick()
    stage.clock.pass_by(hours=48)
    await stage.tick()
    assert (await stage.record(record.interview.id)).interview.card is not None
    await stage.press(record, labels.RESUME)
    resumed = (await stage.open_one()).interview
    assert resumed.phase is Phase.ANSWERING
    assert resumed.follow_up is not None


async def test_a_timed_interview_tells_the_time_and_takes_the_draft_at_the_end(stage: Stage) -> None:
    record = await stage.start("easy quick timed")
    deadline = record.interview.deadline
    assert deadline is not None
    await stage.say(record, record.interview.question.reference)
    stage.clock.pass_by(seconds=record.interview.question.minutes * 60 / 2 + 1)
    await stage.tick()
    assert "left." in await stage.page(record)
    stage.clock.pass_by(seconds=record.interview.question.minutes * 60 / 2 + 61)
    for _ in range(3):
        await stage.tick()
    done = (await stage.record(record.interview.id)).interview
    assert clock.time_is_up() in await stage.page(record)
    assert len(done.turns) == 1


# Faults.


class Broken(Interviewer):
    """Fails whenever it judges."""

    async def judge(
        self,
        interview: Interview,
        turn: Turn,
        heard: Heard,
        report: CodeReport | None = None,
        means: Means = NO_MEANS,
    ) -> Evaluation:
        raise RuntimeError("broken on purpose")


async def test_a_judge_that_fails_again_and_again_means_not_scored(database_url: str, tmp_path: Path) -> None:
    async with staged(database_url, tmp_path, Broken()) as stage:
        record = await stage.start("easy quick")
        await stage.say(record, record.interview.question.reference)
        await stage.press(record, labels.SUBMIT)
        done = (await stage.record(record.interview.id)).interview
        assert done.turns[0].evaluation is not None
        assert done.turns[0].evaluation.state is State.NOT_SCORED
        assert "our fault, not yours" in await stage.page(record)
        assert done.card is not None
        assert done.card.correctness is None
