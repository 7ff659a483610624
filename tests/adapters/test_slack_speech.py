"""Speaking in Slack: once whatever the wire does, at Slack's pace, little by little, and to the person alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from adapters.slack.one import OneWorkspace
from adapters.slack.pacing import Pace, Windows
from adapters.slack.speech import Talk
from adapters.slack.voice import Voice
from adapters.slack.wire import NotTaken, Refused, Unsure, Wire
from bot.ports import Bar, Chart, Choice, Spoken, Stream, Unreachable
from storage.addresses import Person, Place
from storage.database import Database
from tests.adapters.playground import Logged
from tests.fakes.slack import FakeSlack, Fault, SlackUser, Team, fake_slack
from tests.fakes.slack.person import read

CHART = Chart("Scores", (Bar("Depth", 5, "5 gaps"),), "Depth 5")


@dataclass
class Stall:
    """A voice, and the Slack it speaks in. `seconds` is the pace's clock."""

    slack: FakeSlack
    team: Team
    anna: SlackUser
    voice: Voice
    logged: Logged
    seconds: float = 1000.0

    def talk(self, channel: str = "", thread: str = "", reply: str | None = None) -> Talk:
        person = Person("slack", self.team.id, self.anna.id)
        return Talk(self.voice, Place("slack", self.team.id, channel, thread), person=person, reply=reply)

    async def thread(self) -> Talk:
        return await self.talk().thread("A thread", private=True, key="thread")

    def posts(self) -> list[str]:
        return [read(message) for message in self.anna.messages()]


async def shown(stream: Stream) -> Spoken:
    """Wait until something of it is visible."""
    async with asyncio.timeout(20):
        while stream.spoken is None:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.005)
    return stream.spoken


@asynccontextmanager
async def stalled(database: Database) -> AsyncIterator[Stall]:
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(fake_slack())
        team = slack.world.team()
        logged = Logged()
        pace = Pace(lambda: stall.seconds)
        wire = Wire(slack.api_url, OneWorkspace("", lambda _: wire.client(team.token)), pace, logged.logger())
        wire.tokens = OneWorkspace(team.token, wire.client)
        stack.push_async_callback(wire.close)
        voice = Voice(wire, database, logged.logger(), lambda: datetime.now(UTC))
        stall = Stall(slack, team, slack.person(team, "anna"), voice, logged)
        yield stall


@pytest.fixture
async def stall(migrated_sqlite_url: str) -> AsyncIterator[Stall]:
    database = await Database.open(migrated_sqlite_url)
    try:
        async with stalled(database) as made:
            yield made
    finally:
        await database.close()


@pytest.mark.parametrize("fault", [Fault.UNKNOWN, Fault.CUT, Fault.RESET, Fault.BROKEN, Fault.AWAY, Fault.GARBAGE])
async def test_a_post_whose_outcome_is_not_known_is_looked_for_before_it_is_repeated(
    stall: Stall, fault: Fault
) -> None:
    there = await stall.thread()
    stall.slack.faults.add("chat.postMessage", fault)
    with pytest.raises(Unsure):
        await there.say("Once and no more.", key="a")
    spoken = await there.say("Once and no more.", key="a")
    assert stall.posts().count("Once and no more.") == 1
    assert (await there.say("Once and no more.", key="a")).id == spoken.id


async def test_what_was_refused_is_not_looked_for(stall: Stall) -> None:
    there = await stall.thread()
    stall.slack.faults.add("chat.postMessage", Fault.RATE_LIMITED, seconds=7)
    with pytest.raises(Unreachable) as why:
        await there.say("Later.", key="a")
    assert (why.value.retry_after, why.value.for_good) == (7, False)
    calls = len(stall.slack.calls)
    with pytest.raises(Unreachable) as still:
        await there.say("Later.", key="a")
    assert still.value.retry_after == 7
    assert len(stall.slack.calls) == calls  # Slack is left alone for so long
    stall.seconds += 8
    await there.say("Later.", key="a")
    assert stall.slack.called("conversations.replies") == []


async def test_one_workspace_that_must_wait_keeps_no_other_waiting(stall: Stall) -> None:
    stall.voice.pace.hold(stall.team.id, "chat.postMessage", 60)
    stall.voice.pace.check("T2", "chat.postMessage")
    stall.voice.pace.check(stall.team.id, "chat.update")
    with pytest.raises(Unreachable):
        stall.voice.pace.check(stall.team.id, "chat.postMessage")


def test_turns_come_within_the_window_and_then_no_more() -> None:
    now = [0.0]
    windows = Windows((2, 10.0), lambda: now[0])
    assert [windows.take("a"), windows.take("a"), windows.take("a")] == [0, 0, None]
    assert windows.take("b") == 0
    now[0] = 9
    assert windows.take("a", patience=3) == 1
    now[0] = 10
    assert [windows.take("a"), windows.take("a")] == [0, None]


async def test_a_long_text_becomes_several_messages_which_an_edit_makes_fewer(stall: Stall) -> None:
    there = await stall.thread()
    choice = (Choice("Go", "go"),)
    spoken = await there.say("word " * 5000, choices=choice, key="a")
    assert len(spoken.id.split(",")) == 3
    assert sum("[Go]" in text for text in stall.posts()) == 1
    await there.edit(spoken, "short", choices=choice)
    assert stall.posts()[1:] == ["short\n[Go]"]
    for _ in range(2):
        stall.seconds += 10
        await there.edit(spoken, "other " * 5000)
    assert len(stall.posts()) == 4


async def test_a_chart_that_slack_does_not_draw_is_made_of_characters(stall: Stall) -> None:
    there = await stall.thread()
    stall.slack.faults.add("chat.postMessage", Fault.REFUSED, error="invalid_blocks")
    await there.say("Your card", chart=CHART)
    assert "Depth █████░░░░░ 5 gaps" in stall.posts()[-1]
    await there.say("Your card", chart=CHART)
    assert "(Scores: a chart)" in stall.posts()[-1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("not_in_channel", "Invite me"),
        ("channel_not_found", "Invite me"),
        ("is_archived", "archived"),
        ("token_revoked", "not installed"),
        ("account_inactive", "not installed"),
    ],
)
async def test_a_place_that_is_lost_says_why(stall: Stall, error: str, words: str) -> None:
    stall.slack.faults.add("chat.postMessage", Fault.REFUSED, error=error)
    with pytest.raises(Refused, match=words) as why:
        await stall.talk("C1").thread("A thread", private=False, key="k")
    assert why.value.for_good


async def test_a_fault_of_ours_is_not_taken_for_a_lost_place(stall: Stall) -> None:
    stall.slack.faults.add("chat.postMessage", Fault.REFUSED, error="invalid_arguments")
    with pytest.raises(NotTaken, match="invalid_arguments"):
        await stall.talk(stall.anna.direct.id).say("x")


# Whispers.


async def test_a_whisper_goes_by_the_handle_then_in_the_channel_then_in_direct_messages(stall: Stall) -> None:
    lobby = stall.slack.world.channel(stall.team, "lobby", stall.anna.id)
    url = stall.slack.new_response_url(lobby.id, stall.anna.id)
    for number in range(7):
        await stall.talk(lobby.id, reply=url).whisper(f"Whisper {number}", key=f"w{number}")
    alone = [one for one in stall.anna.messages(lobby) if one.only_for == stall.anna.id]
    assert len(alone) == 7  # five by the handle, then it is used up
    lobby.members.discard(stall.team.bot_user)
    await stall.talk(lobby.id, reply=url).whisper("At last", key="w8")
    assert read(stall.anna.messages(stall.anna.direct)[-1]) == "At last"


async def test_a_whisper_whose_outcome_is_not_known_is_not_repeated(stall: Stall) -> None:
    for number, fault in enumerate((Fault.UNKNOWN, Fault.RESET)):
        stall.slack.faults.add("chat.postMessage", fault)
        for _ in range(2):
            await stall.talk(stall.anna.direct.id).whisper("At most once", key=f"w{number}")
    assert stall.posts() == ["At most once"]


async def test_a_whisper_that_must_wait_comes_later(stall: Stall) -> None:
    stall.slack.faults.add("chat.postMessage", Fault.RATE_LIMITED, seconds=2)
    there = stall.talk(stall.anna.direct.id)
    with pytest.raises(Unreachable):
        await there.whisper("Later", key="w")
    stall.seconds += 3
    await there.whisper("Later", key="w")
    assert stall.posts() == ["Later"]


# Writing little by little.


async def test_a_message_grows_before_the_person(stall: Stall) -> None:
    there = await stall.thread()
    async with there.stream(key="s") as stream:
        await stream.write("The first sentence. ")
        spoken = await shown(stream)
        for number in range(12):
            await stream.write(f"Sentence {number} of what is being written. ")
        await stall.slack.until(lambda: bool(stall.slack.called("chat.appendStream")), "more of it")
    await there.edit(spoken, "What is stored.")
    assert stall.posts()[1:] == ["What is stored."]
    assert stall.slack.called("chat.startStream")
    assert stall.slack.called("chat.appendStream")
    assert stall.slack.called("chat.stopStream")


async def test_where_the_budget_is_spent_or_streaming_is_refused_it_is_one_post(stall: Stall) -> None:
    there = await stall.thread()
    stall.slack.faults.add("chat.startStream", Fault.REFUSED, error="feature_not_enabled")
    while stall.voice.pace.may_start(stall.team.id):
        pass
    for spent in (True, False):
        stall.seconds += 0 if spent else 100
        async with there.stream(key=f"s{spent}") as stream:
            await stream.write("All in one ")
            await stream.write("piece.")
        assert stream.spoken is not None
    assert stall.posts()[1:] == ["All in one piece."] * 2


async def test_a_stream_that_slack_ended_gets_its_rest_by_an_edit(stall: Stall) -> None:
    there = await stall.thread()
    async with there.stream(key="s") as stream:
        await stream.write("The beginning")
        spoken = await shown(stream)
        message = stall.slack.world.found(spoken.place.channel, spoken.id)
        assert message is not None
        message.streaming = False
        await stream.write(" and the end.")
    assert stall.posts()[1:] == ["The beginning and the end."]


async def test_a_stream_that_the_person_stopped_shows_no_more(stall: Stall) -> None:
    there = await stall.thread()
    async with there.stream(key="s") as stream:
        await stream.write("The beginning")
        spoken = await shown(stream)
        stall.voice.streams[spoken.place.channel, spoken.id]()
        await stream.write(" and the end.")
    assert stall.posts()[1:] == ["The beginning"]
    assert stall.voice.streams == {}


async def test_what_a_killed_process_was_writing_can_still_be_replaced(stall: Stall) -> None:
    there = await stall.thread()
    call, place = stall.voice.wire.call, there.place
    started = await call(
        place.realm, "chat.startStream", channel=place.channel, thread_ts=place.thread, markdown_text="Half a"
    )
    spoken = await there.say("other")
    await there.edit(type(spoken)(place, str(started["ts"]), spoken.at), "What is stored.")
    assert "What is stored." in stall.posts()


async def test_outside_direct_messages_a_stream_names_its_reader(stall: Stall) -> None:
    lobby = stall.slack.world.channel(stall.team, "lobby", stall.anna.id)
    there = await stall.talk(lobby.id).thread("A thread", private=False, key="t")
    async with there.stream() as stream:
        await stream.write("Here")
        await shown(stream)
    (started,) = stall.slack.called("chat.startStream")
    assert (started.args["recipient_user_id"], started.args["recipient_team_id"]) == (stall.anna.id, stall.team.id)
