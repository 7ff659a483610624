"""The weekly channel question from the command to the model answer, as a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.room import Room
from bot.ports import Chart, Choice, Spoken, Unreachable
from bot.wording import labels
from bot.wording import team as words
from storage import questions, team
from storage.addresses import Person, Place
from storage.practice import Asked, Paused
from storage.questions import Topic
from storage.team import TeamDelivery, TeamPractice
from tests.fakes.stage import ANNA, BEN, LOBBY, PLATFORM, Stage, staged
from tests.storage.samples import question

DIRECT = Place(PLATFORM, "hall", "dm-anna")
NAME = team.id_of(LOBBY)


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path, runner="off") as opened:
        opened.platform.zones[ANNA] = "Europe/Berlin"
        opened.platform.admins.add(ANNA)
        yield opened  # it is Monday, 2 November 2026, 10:00 in Berlin


async def set_up(stage: Stage, said: str = "tuesday 9:00") -> None:
    await stage.send(stage.command(f"team {said}"))


async def practice(stage: Stage) -> TeamPractice:
    found = await stage.database.read(team.get, NAME)
    assert found is not None
    return found


async def delivery(stage: Stage) -> TeamDelivery:
    found = await stage.database.read(team.latest, NAME)
    assert found is not None
    return found


async def pass_by(stage: Stage, **time: float) -> str:
    """Let time pass; gives what stands in the lobby then."""
    stage.clock.pass_by(**time)
    await stage.tick()
    return await stage.whispers()


async def press(stage: Stage, label: str, who: Person = BEN) -> str:
    """Press it in the lobby; gives what was said there since, as this person sees it."""
    before = len(await stage.texts(LOBBY, who))
    await stage.send(stage.pressed(await stage.button(label, who), LOBBY, who))
    return "\n---\n".join((await stage.texts(LOBBY, who))[before:])


async def answers(stage: Stage, who: Person) -> None:
    await press(stage, words.ANSWER, who)
    record = await stage.open_one(who)
    await stage.say(record, record.interview.question.reference, person=who)
    await stage.press(record, labels.SUBMIT, who)
    if await stage.has_open(who):
        await stage.press(await stage.open_one(who), labels.FINISH, who)


# Setting it up.


async def test_an_admin_sets_it_up_where_it_is_to_come_and_the_channel_hears_of_it(stage: Stage) -> None:
    await stage.send(stage.command("team", BEN))
    assert "This channel has no weekly question" in await stage.whispers(BEN)
    await set_up(stage)
    assert "every Tuesday at 09:00 (Europe/Berlin)**, next: tomorrow" in await stage.whispers(BEN)
    assert "Set for this channel: a quick question (any difficulty) every Tuesday at 09:00" in await stage.whispers()
    assert "Set for this channel" not in await stage.whispers(BEN)
    await set_up(stage, "9:30 hard behavioral Tokyo")
    assert "a behavioral question (hard) every Tuesday at 09:30 (Asia/Tokyo)" in await stage.whispers()
    await set_up(stage, "auto")
    assert "a behavioral question (any difficulty)" in (await stage.texts(LOBBY))[-1]
    await stage.send(stage.command("team", place=replace(LOBBY, channel="den")))
    assert "1 other channel here has one" in (await stage.texts(replace(LOBBY, channel="den")))[-1]


async def test_others_are_told_who_can(stage: Stage) -> None:
    await set_up(stage)
    for said in ("team friday", "team off", "team resume"):
        await stage.send(stage.command(said, BEN))
        assert words.admins_only() in (await stage.texts(LOBBY, BEN))[-1]
    assert (await practice(stage)).day == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("mon fri 9:00", words.one_day()),
        ("pause 2w", words.only_words()),
        ("25:00", "is no time of day"),
        ("soon", "I do not know “soon”. It works like this"),
    ],
)
async def test_what_cannot_be_read_changes_nothing_and_says_what_would(stage: Stage, said: str, told: str) -> None:
    await set_up(stage, said)
    assert told in (await stage.texts(LOBBY))[-1]
    assert await stage.database.read(team.get, NAME) is None


async def test_a_near_miss_and_an_unknown_zone_are_asked_about(stage: Stage) -> None:
    stage.platform.zones.clear()
    await set_up(stage, "tusday 9:00")
    await press(stage, "tuesday", ANNA)
    assert words.ask_zone() in await stage.whispers()
    await stage.send(stage.pressed(await stage.button("Set the time zone"), LOBBY, values={"zone": "Berlin"}))
    assert (await practice(stage)).zone == "Europe/Berlin"


async def test_where_nobody_else_is_there_is_no_team(stage: Stage) -> None:
    class Alone(Room):
        def __init__(self, *given: object, **named: object) -> None:
            super().__init__(*given, **named, viewer=ANNA.user)  # type: ignore[arg-type]

    stage.platform.room = Alone
    await set_up(stage)
    assert words.no_team_here() in await stage.whispers()


async def test_where_i_may_not_write_nothing_is_set_and_the_mend_is_said(stage: Stage) -> None:
    class Foreign(Room):
        async def say(
            self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
        ) -> Spoken:
            raise Unreachable("I am not in that channel. Invite me there with `/invite @TalkPro`.")

    stage.platform.room = Foreign
    await set_up(stage)
    assert "Invite me there with `/invite" in (await stage.texts(LOBBY))[-1]
    assert await stage.database.read(team.get, NAME) is None


async def test_off_ends_it_and_a_question_that_was_asked_still_gets_its_answer(stage: Stage) -> None:
    await stage.send(stage.command("team off"))
    assert words.was_off(0) in await stage.whispers()
    await set_up(stage)
    await pass_by(stage, hours=23, minutes=1)
    assert words.admins_only() in await press(stage, words.STOP, BEN)
    told = await press(stage, words.STOP, ANNA)
    assert "The model answer of the last one still comes on Thursday 5 November at 09:0" in told
    await pass_by(stage, days=9)
    said = await stage.whispers()
    assert said.count("This week's question") == 1
    assert said.count("A strong answer to") == 1


# The question.


async def test_it_comes_once_a_week_with_another_question_each_time(stage: Stage) -> None:
    await set_up(stage)
    said = await pass_by(stage, hours=23, minutes=1)
    asked = (await delivery(stage)).question
    assert asked is not None
    assert f"**This week's question: {asked.title}** · quick, " in said
    assert "The model answer comes here on Thursday 5 November at 09:0" in said
    await set_up(stage, "friday")  # one a week, whatever is set meanwhile
    assert "next: Friday 13 November" in (await stage.texts(LOBBY))[-1]
    await pass_by(stage, days=4)
    assert (await stage.whispers()).count("This week's question") == 1
    await pass_by(stage, days=6)
    assert (await stage.whispers()).count("This week's question") == 2
    had = await stage.database.read(team.asked, NAME)
    assert len({*had}) == 2


async def test_the_workspaces_own_questions_take_their_turn(stage: Stage) -> None:
    await set_up(stage, "tuesday 9:00 behavioral hard")
    own = question("own", kind="behavioral", written_by="claude-sonnet-5-5")
    topic = Topic(f"{PLATFORM}:hall", "behavioral", "hard", "x")
    await stage.database.write(questions.add, topic, own, stage.clock())
    seen: list[str] = []
    stage.clock.pass_by(hours=23, minutes=1)
    while True:
        await pass_by(stage, days=7)
        asked = (await delivery(stage)).question
        assert asked is not None
        if asked.id in seen:
            break
        seen.append(asked.id)
    assert "own" in seen
    assert "written by claude-sonnet-5-5" in await stage.whispers()


# The answers.


async def test_everybody_answers_that_very_question_in_private(stage: Stage) -> None:
    await set_up(stage)
    await pass_by(stage, hours=23, minutes=1)
    asked = (await delivery(stage)).question
    told = await press(stage, words.ANSWER, BEN)
    assert "Nothing was posted here" in told
    record = await stage.open_one(BEN)
    assert asked is not None
    assert (record.interview.question.id, record.public) == (asked.id, False)
    assert words.begun(asked.title) in await press(stage, words.ANSWER, BEN)
    await stage.press(record, labels.FINISH, BEN)
    await answers(stage, BEN)
    told = await press(stage, words.ANSWER, BEN)
    assert "You answered this one already. Only you see this" in told
    assert asked.title in told
    assert "Ben" not in await stage.whispers(ANNA)
    assert await stage.database.read(team.answers, NAME, (await delivery(stage)).week) == 1


async def test_another_open_interview_is_finished_first(stage: Stage) -> None:
    await set_up(stage)
    await pass_by(stage, hours=23, minutes=1)
    other = await stage.start("easy algorithm", BEN)
    told = await press(stage, words.ANSWER, BEN)
    assert f"You have an interview open: **{other.interview.question.title}**" in told


async def test_the_model_answer_follows_after_two_days_and_tells_no_small_number(stage: Stage) -> None:
    await set_up(stage)
    await pass_by(stage, hours=23, minutes=1)
    await answers(stage, BEN)
    assert "A strong answer" not in await pass_by(stage, hours=47, minutes=50)
    said = await pass_by(stage, minutes=11)
    assert said.count("A strong answer to") == 1
    assert "people answered" not in said
    assert "You answered this one already" in await press(stage, words.ANSWER, BEN)
    assert words.over() in await press(stage, words.ANSWER, ANNA)
    await press(stage, words.ANOTHER, ANNA)
    asked, other = (await delivery(stage)).question, (await stage.open_one(ANNA)).interview.question
    assert asked is not None
    assert (other.kind, other.id != asked.id) == (asked.kind, True)


async def test_from_five_people_on_their_number_is_told(stage: Stage) -> None:
    await set_up(stage)
    await pass_by(stage, hours=23, minutes=1)
    for number in range(5):
        await answers(stage, Person(PLATFORM, "hall", f"p{number}"))
    await press(stage, words.ANSWER, BEN)  # begun, and not answered
    assert "5 people answered in private." in await pass_by(stage, hours=48)


# Out of reach, and the end.


class Archived(Room):
    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        if self.place == LOBBY:
            raise Unreachable("that channel is archived")
        return await super().say(markdown, choices=choices, chart=chart, key=key)


async def test_a_channel_out_of_reach_pauses_it_and_who_set_it_hears_of_it_once(stage: Stage) -> None:
    await set_up(stage)
    stage.platform.room = Archived
    stage.clock.pass_by(hours=23, minutes=1)
    await pass_by(stage, days=7)
    await pass_by(stage, days=7)
    assert (await practice(stage)).paused is Paused.UNREACHABLE
    assert (await delivery(stage)).state is Asked.MISSED
    [told] = await stage.texts(DIRECT)
    assert "I could not post the weekly question that you set up (every Tuesday at 09:00 (Europe/Berlin))" in told
    await stage.send(stage.command("team"))
    assert "is paused, because I could not post it here" in (await stage.texts(LOBBY))[-1]
    stage.platform.room = Room
    await press(stage, words.RESUME, ANNA)
    assert "This week's question" in await pass_by(stage, days=7)


# The command's word itself.


async def test_a_near_miss_of_a_command_leads_to_it(stage: Stage) -> None:
    await stage.send(stage.command("teams friday 9:00"))
    assert "Did you mean **team**?" in await stage.whispers()
    await press(stage, "team", ANNA)
    assert (await practice(stage)).day == 4


async def test_a_missed_week_is_asked_when_an_admin_names_a_later_day_of_it(stage: Stage) -> None:
    await set_up(stage)
    stage.platform.room = Archived
    await pass_by(stage, hours=23, minutes=1)
    assert (await delivery(stage)).state is Asked.MISSED
    stage.platform.room = Room
    await set_up(stage, "friday 9:00")
    assert "next: Friday" in (await stage.texts(LOBBY))[-1]
    assert "This week's question" in await pass_by(stage, days=3)


async def test_who_has_a_daily_question_hears_of_it_beside_the_next_one(stage: Stage) -> None:
    await stage.send(stage.command("daily 8:00", ANNA))
    await set_up(stage)
    stage.platform.room = Archived
    await pass_by(stage, hours=22, minutes=1)
    await pass_by(stage, hours=1)
    assert "I could not post" not in (await stage.texts(DIRECT))[-1]
    await pass_by(stage, days=1)
    assert "I could not post the weekly question" in (await stage.texts(DIRECT))[-1]
    await pass_by(stage, days=1)
    assert "I could not post" not in (await stage.texts(DIRECT))[-1]
