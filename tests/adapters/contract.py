"""What every adapter must do, told once: `class TestX(Contract)` with a fixture `far` runs it over a platform."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.types import Phase, State
from bot.ports import Choice
from bot.wording import board as board_words
from bot.wording import controls, exports, labels, opening
from bot.wording import practice as daily
from tests.adapters.far import ANNA, BEN, Far, House, house_of, plain
from tests.fakes import pictures
from tests.fakes.judges import Held

STARTS = (Choice("Alpha", "start", "easy"), Choice("Beta", "help"))
ANSWER = "I would sort the input first and then sweep over it once, which costs n log n."


class Contract:
    """The scenarios. A subclass, or its module, brings the fixture `far`."""

    @pytest.fixture
    async def house(self, far: Far, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
        async with house_of(far, migrated_sqlite_url, tmp_path) as opened:
            yield opened

    # Speech: what is said under a key is said once.

    async def test_the_same_key_is_said_once_and_is_the_same_message_after_a_restart(self, house: House) -> None:
        record = await house.start_interview()
        first = await house.at(record).say("A word with a key.", key="contract/say")
        again = await house.at(record).say("A word with a key.", key="contract/say")
        await house.restart()
        later = await house.at(record).say("A word with a key.", key="contract/say")
        assert first.id == again.id == later.id
        assert abs((first.at - later.at).total_seconds()) < 1
        assert await house.count("A word with a key.") == 1

    async def test_what_was_said_is_changed_in_place_with_its_buttons(self, house: House) -> None:
        record = await house.start_interview()
        there = house.at(record)
        spoken = await there.say("As it was first.", choices=STARTS, key="contract/edit")
        assert "Alpha" in await house.labels()
        await there.edit(spoken, "As it is now.", choices=STARTS[1:])
        await house.restart()
        await house.at(record).edit(spoken, "As it is at last.", choices=STARTS[1:])
        assert await house.count("As it was first.") == await house.count("As it is now.") == 0
        assert await house.count("As it is at last.") == 1
        assert "Alpha" not in await house.labels()
        assert "Beta" in await house.labels()

    async def test_a_whisper_is_heard_once_and_by_its_person_alone(self, house: House) -> None:
        record = await house.start_interview("easy public")
        for _ in range(2):
            await house.at(record).whisper("For your ears only.", choices=STARTS, key="contract/whisper")
        assert await house.count("For your ears only.") == 1
        assert await house.count("For your ears only.", BEN) == 0

    async def test_the_same_key_opens_one_thread(self, house: House) -> None:
        record = await house.start_interview()
        assert house.platform is not None
        asked_in = house.platform.at(record.origin, person=record.person)
        first = await asked_in.thread("A thread of its own", private=True, key="contract/thread")
        again = await asked_in.thread("A thread of its own", private=True, key="contract/thread")
        assert first.place == again.place
        await first.say("Said in there.", key="contract/in there")
        assert await house.count("Said in there.") == 1
        assert await house.count("Said in there.", BEN) == 0
        assert await house.count("A thread of its own") <= 1

    async def test_what_is_written_piece_by_piece_is_whole_in_the_end_and_can_be_replaced(self, house: House) -> None:
        record = await house.start_interview()
        async with house.at(record).stream(key="contract/stream") as stream:
            for number in range(30):
                await stream.write(f"Piece {number} of the feedback. ")
        spoken = stream.spoken
        assert spoken is not None
        whole = " ".join(f"Piece {number} of the feedback." for number in range(30))
        assert await house.count(whole) == 1
        await house.at(record).edit(spoken, "The stored evaluation.", choices=STARTS)
        assert await house.count("Piece 1 of") == 0
        assert await house.count("The stored evaluation.") == 1

    async def test_nothing_written_is_nothing_shown(self, house: House) -> None:
        record = await house.start_interview()
        before = len(await house.seen())
        async with house.at(record).stream(key="contract/silent") as stream:
            pass
        assert stream.spoken is None
        assert len(await house.seen()) == before

    async def test_a_failure_while_writing_keeps_what_was_written(self, house: House) -> None:
        record = await house.start_interview()

        async def break_off() -> None:
            async with house.at(record).stream(key="contract/broken") as stream:
                await stream.write("As far as it came. ")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await break_off()
        assert await house.count("As far as it came.") == 1

    async def test_showing_that_work_goes_on_changes_no_message(self, house: House) -> None:
        record = await house.start_interview()
        before = await house.seen()
        async with house.at(record).thinking():
            pass
        assert await house.seen() == before

    async def test_a_long_text_is_there_from_its_first_to_its_last_word(self, house: House) -> None:
        record = await house.start_interview()
        lines = [f"Line {number} of a long answer, {'word ' * 15}" for number in range(140)]
        spoken = await house.at(record).say("\n".join(lines), key="contract/long")
        page = await house.page()
        assert all(plain(line) in page for line in lines)
        await house.at(record).edit(spoken, "Short again.")
        assert await house.count("Short again.") == 1
        assert await house.count("Line 3 of") == 0

    async def test_what_a_fence_holds_stays_as_it_is(self, house: House) -> None:
        record = await house.start_interview()
        await house.at(record).say("Look:\n```python\nif a < b and c > d:\n    e = [1, 2]\n```", key="contract/fence")
        assert await house.count("if a < b and c > d: e = [1, 2]") == 1

    async def test_nothing_that_is_said_pings_anybody(self, house: House) -> None:
        record = await house.start_interview("easy public")
        person = house.far.person(BEN)
        words = f"Hello @everyone, @here, @channel, <!channel>, <!here>, <@{person.user}>, <@&{person.user}> and you."
        await house.at(record).say(words, key="contract/ping")
        await house.at(record).whisper(words, key="contract/ping whispered")
        async with house.at(record).stream(key="contract/ping written") as stream:
            await stream.write(words)
        assert await house.count("and you.") == 3
        assert house.far.pings() == []

    # Whole interviews.

    async def test_an_interview_goes_from_command_to_card(self, house: House) -> None:
        record = await house.start_interview("medium algorithm")
        question = record.interview.question
        assert await house.count(question.title) >= 1
        assert await house.count("Nothing was posted here") == 1
        assert await house.count("Think aloud") == 1
        assert await house.count("Think aloud", BEN) == 0
        done = await house.to_the_card(record, question.reference)
        assert done.interview.phase is Phase.CLOSED
        assert done.interview.card is not None
        assert done.interview.card.state is State.SCORED
        assert all(len(turn.evaluations) == 1 for turn in done.interview.turns)
        assert await house.count("by the local judge") == 1
        assert {"Retry", "Model answer"} <= {*await house.labels()}
        await house.press(labels.MODEL_ANSWER)
        assert await house.count(f"A strong answer to {question.title}") == 1

    async def test_six_messages_an_edit_and_a_deletion_make_one_answer(self, house: House) -> None:
        record = await house.start_interview()
        said = [await house.say(f"Part {number}.") for number in range(1, 7)]
        assert await house.count("Draft: 6 messages") == 1
        await house.edit(said[2], "Part three, put right.")
        await house.edit(said[5], None)
        assert await house.count("Draft: 5 messages") == 1
        await house.say("done")
        turn = (await house.record(record.interview.id)).interview.turns[0]
        assert turn.answer == "Part 1.\n\nPart 2.\n\nPart three, put right.\n\nPart 4.\n\nPart 5."
        assert await house.count("Part 3.") == await house.count("Part 6.") == 0

    async def test_files_are_fetched_and_what_cannot_be_read_is_named(self, house: House) -> None:
        record = await house.start_interview("easy system-design")
        await house.say(
            "See the files.",
            files=[
                ("notes.md", "text/markdown", ANSWER.encode()),
                ("design.png", "image/png", pictures.png(64, 48, tells=True)),
                ("archive.png", "image/png", b"PK\x03\x04\x14\x00\x00\x00\xff\xfe an archive"),
            ],
        )
        (message,) = (await house.open_one()).interview.draft
        notes, design, archive = message.files
        assert (notes.text, design.picture, archive.text) == (ANSWER, "image/png", "")
        assert await house.count("design.png: the local judge cannot see pictures") == 1
        assert await house.count("archive.png: ") >= 1
        assert await house.count("rest of your draft is safe") == 2
        await house.press(labels.SUBMIT)
        assert ANSWER in (await house.record(record.interview.id)).interview.turns[0].answer

    async def test_what_was_typed_is_what_is_judged(self, house: House) -> None:
        typed = (
            "I compare with a < b && c > d, see main.py and https://a.example/x?y=1&z=2.\n"
            "```python\ndef f(a: \"list[int]\") -> int:\n    return a[0] << 1 if a[0] < 2 & 3 else len('x')\n```"
        )
        record = await house.start_interview()
        await house.say(typed)
        assert [message.text for message in (await house.open_one()).interview.draft] == [typed]
        await house.press(labels.SUBMIT)
        assert (await house.record(record.interview.id)).interview.turns[0].answer == typed

    async def test_what_is_delivered_twice_counts_once(self, house: House) -> None:
        await house.command("easy algorithm")
        await house.again()
        record = await house.open_one()
        assert await house.count("Think aloud") == 1
        assert await house.count("You have an interview open") == 0
        said = await house.say("I would use a dictionary.")
        await house.again()
        assert len((await house.open_one()).interview.draft) == 1
        await house.edit(said, "I would use two dictionaries.")
        await house.again()
        assert [message.text for message in (await house.open_one()).interview.draft] == [
            "I would use two dictionaries."
        ]
        await house.press(labels.SUBMIT)
        await house.again()
        turns = (await house.record(record.interview.id)).interview.turns
        assert [len(turn.evaluations) for turn in turns] == [1]

    async def test_a_message_that_comes_while_it_is_judged_is_kept_as_unjudged(
        self, far: Far, migrated_sqlite_url: str, tmp_path: Path
    ) -> None:
        judge = Held()
        async with house_of(far, migrated_sqlite_url, tmp_path, judge) as house:
            record = await house.start_interview("medium algorithm")
            await house.say("I would try every pair.")
            await far.press(ANNA, labels.SUBMIT)
            await judge.begun.wait()
            await far.say(ANNA, "Now that I think of it, sorting helps.")
            judge.go.set()
            await house.settled()
            interview = (await house.record(record.interview.id)).interview
            assert interview.draft == ()
            assert [one.text for one in interview.turns[0].addenda] == ["Now that I think of it, sorting helps."]
            await house.press(labels.JUDGE_AGAIN)
            assert len((await house.record(record.interview.id)).interview.turns[0].evaluations) == 2

    async def test_nobody_else_writes_or_presses_in_an_interview(self, house: House) -> None:
        record = await house.start_interview("easy public")
        assert await house.count("Think aloud", BEN) == 1
        before = await house.page(BEN)
        await house.say("I know this one!", BEN)
        assert (await house.open_one()).interview.draft == ()
        assert await house.page(BEN) == f"{before}\n---\nI know this one!"
        await house.press(labels.FINISH, BEN)
        assert (await house.record(record.interview.id)).interview.phase is Phase.ANSWERING
        assert await house.count(controls.not_yours(), BEN) == 1
        assert await house.count(controls.not_yours()) == 0

    async def test_a_restart_in_the_middle_loses_nothing(self, house: House) -> None:
        record = await house.start_interview()
        await house.say("Before the restart.")
        await house.restart()
        await house.say("After it.")
        assert await house.count("Draft: 2 messages") == 1
        await house.restart()
        await house.press(labels.SUBMIT)
        turn = (await house.record(record.interview.id)).interview.turns[0]
        assert turn.answer == "Before the restart.\n\nAfter it."
        assert await house.count("Think aloud") == 1

    async def test_a_wish_that_is_refused_says_why_and_what_would_work(self, house: House) -> None:
        await house.command("medum")
        assert await house.count("Did you mean") == 1
        assert not await house.has_open()
        await house.press("medium")
        record = await house.open_one()
        await house.command("hard")
        assert await house.count(opening.already_open(record.interview.question.title)) == 1
        await house.press(labels.RESUME)
        await house.say(ANSWER)
        old = await house.far.button(ANNA, labels.SUBMIT)
        await house.press(labels.SUBMIT)
        await old()
        await house.settled()
        assert await house.count(controls.old_button()) == 1
        assert len((await house.record(record.interview.id)).interview.turns) == 1

    async def test_the_first_word_that_helps(self, house: House) -> None:
        await house.command("help")
        assert await house.count("I interview you: one question") == 1
        assert await house.count("I interview you: one question", BEN) == 0

    async def test_a_form_comes_back_with_what_was_filled_in(self, house: House) -> None:
        record = await house.start_interview("easy quick")
        await house.to_the_card(record, "The first half is about nothing at all.")
        card = (await house.record(record.interview.id)).interview.card
        assert card is not None
        missed = next(point for point in card.verdicts if point.verdict == "miss")
        values = {"point": missed.point, "quote": "about nothing at all"}
        await house.press(labels.DISAGREE, values=values)
        disputes = (await house.record(record.interview.id)).interview.card
        assert disputes is not None
        assert [(one.point, one.quote) for one in disputes.disputes] == [(missed.point, "about nothing at all")]

    async def test_an_export_is_one_file_for_each_press_in_direct_messages(self, house: House) -> None:
        record = await house.start_interview("easy public")
        await house.say(ANSWER)
        await house.command("me")
        pressed = await house.far.button(ANNA, exports.LABEL)
        await pressed()
        await house.settled()
        await house.again()
        (document,) = await house.far.documents(ANNA)
        (interview,) = json.loads(document)["interviews"]
        assert interview["state"]["draft"][0]["text"] == ANSWER
        assert interview["id"] == record.interview.id
        await house.restart()
        await house.press(exports.LABEL)
        assert len(await house.far.documents(ANNA)) == 2
        assert await house.far.documents(BEN) == []
        assert await house.count(exports.handed(elsewhere=False)) == 2
        assert await house.count(exports.handed(elsewhere=False), BEN) == 0

    # The daily question.

    async def test_a_daily_question_is_an_offer_until_answer_and_then_an_interview(self, house: House) -> None:
        await house.command("daily 08:30 Europe/Berlin")
        assert await house.count("every day at 08:30 Europe/Berlin") == 1
        assert await house.count("every day at 08:30", BEN) == 0
        await house.command("daily now")
        assert await house.count("Why today:") == 1
        assert await house.count("Why today:", BEN) == 0
        assert {daily.ANSWER, daily.SNOOZE, daily.SKIP, daily.STOP} <= {*await house.labels()}
        await house.press(daily.HINT)
        assert await house.count("Hint 1") == 1
        assert not await house.has_open()
        await house.press(daily.ANSWER)
        record = await house.open_one()
        assert record.practice
        assert await house.count("Think aloud") == 1
        done = await house.to_the_card(record, record.interview.question.reference)
        assert done.interview.phase is Phase.CLOSED
        assert await house.count("by the local judge") == 1
        assert await house.count("next: tomorrow") >= 1
        assert daily.SNOOZE not in await house.labels()
        await house.command("daily off")
        assert await house.count(daily.stopped()) == 1

    async def test_a_daily_question_beside_an_open_interview_takes_the_words_until_its_card(self, house: House) -> None:
        record = await house.start_interview()
        await house.say("Before the daily question.")
        await house.command("daily now")
        await house.press(daily.ANSWER)
        await house.say("For the daily question.")
        await house.press(labels.SUBMIT)
        assert [one.text for one in (await house.record(record.interview.id)).interview.draft] == [
            "Before the daily question."
        ]
        assert await house.count("1 day") >= 1

    async def test_finish_without_an_answer_ends_it_and_a_new_one_can_begin(self, house: House) -> None:
        first = await house.start_interview()
        await house.press(labels.FINISH)
        assert await house.count(controls.nothing_answered()) == 1
        second = await house.start_interview()
        assert first.interview.id != second.interview.id
        assert first.place != second.place

    async def test_a_board_shows_who_joined_to_who_asks_alone(self, house: House) -> None:
        await house.command("board join Early Bird")
        assert await house.count("As “Early Bird” you appear with your first answer.") == 1
        await house.command("board", BEN)
        assert await house.count("Early", BEN) == 0, "who has practised on no day is not shown to others"
        await house.press(board_words.PSEUDONYM, BEN, {"name": "Night Owl"})
        await house.start_interview("easy quick")
        await house.say(ANSWER)
        await house.press(labels.SUBMIT)
        await house.command("board", BEN)
        assert await house.count("1 · “Early Bird” · 1 day", BEN) == 1
        assert await house.count("no day in these 30 ← you", BEN) == 1
        await house.press(board_words.LEAVE, BEN)
        assert await house.count(board_words.left(), BEN) == 1
        assert await house.count(board_words.left()) == 0
