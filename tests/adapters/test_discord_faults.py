"""What goes wrong between the coach and Discord: nothing is lost, nothing is doubled, nothing ends the program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.types import Phase
from bot.wording import labels, opening
from storage.interviews import Record
from tests.adapters.discord_far import DiscordFar, discord_far
from tests.adapters.far import ANNA, BEN, House, house_of
from tests.fakes.discord import faults, people
from tests.fakes.discord.faults import Fault
from tests.fakes.discord.world import Channel
from tests.fakes.judges import Held

ANSWER = "I would sort the input first and then sweep over it once, which costs n log n."
POSTS = r"/channels/\d+/messages$"
EDITS = r"/channels/\d+/messages/\d+$"
CALLBACKS = "/callback$"


@pytest.fixture
async def far() -> AsyncIterator[DiscordFar]:
    async with discord_far() as opened:
        yield opened


@pytest.fixture
async def house(far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_of(far, migrated_sqlite_url, tmp_path) as opened:
        yield opened


async def answered_whole(house: House, record: Record) -> None:
    """The interview goes to its card, and everything in it is there once."""
    done = await house.to_the_card(record, ANSWER)
    assert done.interview.phase is Phase.CLOSED
    assert all(len(turn.evaluations) == 1 for turn in done.interview.turns)
    assert await house.count("Think aloud") == 1
    assert sum(one.text.startswith("Read ") for one in await house.seen()) == len(done.interview.turns)
    assert await house.count("by the local judge") == 1


def place(house: House, far: DiscordFar) -> Channel:
    """Where Anna's interview is."""
    return far.newest(ANNA)


# The gateway.


async def test_what_is_typed_while_the_connection_is_lost_is_told_once_it_is_resumed(
    house: House, far: DiscordFar
) -> None:
    record = await house.start_interview()
    far.discord.gateway.drop()
    await house.say("Typed while nobody listened.")
    assert (far.discord.gateway.resumes, far.discord.gateway.identifies) == (1, 1)
    far.discord.gateway.ask_to_reconnect()
    await house.say("And this while it connected again.")
    assert await house.count("Draft: 2 messages") == 1
    await answered_whole(house, record)


async def test_what_is_typed_while_there_is_no_session_is_fetched_and_joins_in_order(
    house: House, far: DiscordFar
) -> None:
    record = await house.start_interview()
    await house.say("First.")
    far.discord.gateway.invalidate()
    await house.say("Second, with no session.")
    await house.say("Third.")
    assert [one.text for one in (await house.open_one()).interview.draft] == [
        "First.",
        "Second, with no session.",
        "Third.",
    ]
    assert far.discord.gateway.identifies == 2
    await answered_whole(house, record)


async def test_what_is_typed_while_the_program_is_down_is_fetched_when_it_is_back(
    house: House, far: DiscordFar
) -> None:
    record = await house.start_interview()
    await house.say("Before.")
    await house.stop()
    lost = far.people[ANNA].types("While it was down.", place(house, far))
    changed = far.people[ANNA].types("Cnahged.", place(house, far))
    far.people[ANNA].edits(changed, "Changed before it was back.")
    await house.start()
    assert far.watched is not None
    await far.watched.accepts(lost.id, 1)
    await far.watched.accepts(changed.id, 1)
    await house.say("After.")
    assert [one.text for one in (await house.open_one()).interview.draft] == [
        "Before.",
        "While it was down.",
        "Changed before it was back.",
        "After.",
    ]
    await answered_whole(house, record)


async def test_what_is_edited_and_deleted_while_the_program_is_down_is_so_when_it_is_back(
    house: House, far: DiscordFar
) -> None:
    await house.start_interview()
    said = [await house.say(f"Part {number}.") for number in range(1, 4)]
    await house.stop()
    anna = far.people[ANNA]
    anna.edits(far.said[said[0]], "Part one, put right.")
    anna.deletes(far.said[said[1]])
    await house.start()
    assert far.watched is not None
    for message in said[:2]:
        await far.watched.accepts(int(message), 1 if message == said[1] else 2)
    await house.settled()
    assert [one.text for one in (await house.open_one()).interview.draft] == ["Part one, put right.", "Part 3."]


async def test_it_comes_up_when_the_gateway_does(far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path) -> None:
    await far.discord.shut_gateway()
    house = House(far, migrated_sqlite_url, tmp_path)
    starting = asyncio.create_task(house.start())
    await far.discord.world.until(lambda: far.discord.rest.sent("GET", "/users/@me"))
    await far.discord.open_gateway()
    try:
        await starting
        await answered_whole(house, await house.start_interview())
    finally:
        await house.stop()


MALFORMED: list[tuple[str, object]] = [
    ("INTERACTION_CREATE", {"id": "1", "type": 2}),
    ("INTERACTION_CREATE", {"id": "x", "token": None, "type": "two", "data": []}),
    ("INTERACTION_CREATE", None),
    ("MESSAGE_CREATE", {}),
    ("MESSAGE_CREATE", {"id": "1", "channel_id": "2", "author": None, "content": 7}),
    ("MESSAGE_UPDATE", {"id": [], "channel_id": {}}),
    ("MESSAGE_DELETE", "gone"),
    ("MESSAGE_DELETE_BULK", {"ids": None}),
    ("THREAD_DELETE", {"id": "x"}),
    ("THREAD_UPDATE", {"id": "1", "thread_metadata": 3}),
    ("CHANNEL_DELETE", {"guild_id": "x"}),
    ("GUILD_CREATE", {"id": "7"}),
    ("GUILD_DELETE", {}),
    ("SOMETHING_NEW", {"d": 1}),
]


async def test_malformed_events_end_nothing(house: House, far: DiscordFar) -> None:
    record = await house.start_interview()
    for name, data in MALFORMED:
        far.discord.gateway.send_raw(name, data)
        await house.say(f"After {name}.")
    assert far.discord.gateway.identifies == 1
    assert len((await house.open_one()).interview.draft) == len(MALFORMED)
    await answered_whole_again(house, record)


async def answered_whole_again(house: House, record: Record) -> None:
    """The interview goes to its card with the draft that there is."""
    await house.press(labels.SUBMIT)
    done = await house.to_the_card(record, ANSWER)
    assert done.interview.phase is Phase.CLOSED
    assert await house.count("by the local judge") == 1


async def test_every_event_twice_is_every_event_once(house: House, far: DiscordFar) -> None:
    far.discord.gateway.copies = 2
    record = await house.start_interview()
    await answered_whole(house, record)
    assert all(len(turn.answer.split("\n\n")) == 1 for turn in record.interview.turns)


async def test_messages_that_come_in_any_order_are_one_answer_in_the_right_one(house: House, far: DiscordFar) -> None:
    await house.start_interview()
    far.discord.gateway.hold()
    said = [far.people[ANNA].types(f"Part {number}.", place(house, far)) for number in range(1, 5)]
    far.discord.gateway.release(lambda held: [held[number] for number in (2, 0, 3, 1)])
    assert far.watched is not None
    for message in said:
        await far.watched.accepts(message.id, 1)
    await house.settled()
    assert [one.text for one in (await house.open_one()).interview.draft] == [f"Part {n}." for n in range(1, 5)]


async def test_servers_and_direct_messages_are_heard_on_their_own_shards(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    far.discord.world.shards = 2
    async with house_of(far, migrated_sqlite_url, tmp_path) as house:
        await far.discord.world.until(lambda: len(far.discord.gateway.connected) == 2)
        assert {session.shard for session in far.discord.gateway.connected} == {(0, 2), (1, 2)}
        await answered_whole(house, await house.start_interview("easy quick"))
        message = far.people[ANNA].types("easy quick", far.people[ANNA].dm)
        assert far.watched is not None
        await far.watched.accepts(message.id, 1)
        await house.settled()
        assert (await house.open_one()).place is not None


# REST.


FAILURES = {
    "too many": (faults.rated(), 2),
    "too many everywhere": (faults.rated(everywhere=True), 1),
    "a wall before Discord": (faults.rated(via=False), 1),
    "502": (faults.broken(502), 1),
    "503": (faults.broken(503), 2),
    "reset": (faults.RESET, 1),
    "cut": (faults.CUT, 1),
    "done and not told": (faults.UNKNOWN, 1),
    "garbage": (faults.GARBAGE, 1),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_what_fails_on_its_way_is_said_once_in_the_end(house: House, far: DiscordFar, failure: str) -> None:
    fault, times = FAILURES[failure]
    far.discord.faults.plan(fault, "POST", "/threads$")
    far.discord.faults.plan(fault, "POST", POSTS, times=times)
    record = await house.start_interview("easy quick")
    assert await house.count("Think aloud") == 1
    assert len(far.people[ANNA].threads) == 1
    far.discord.faults.plan(fault, "PATCH", EDITS, times=times)
    await answered_whole(house, record)


async def test_an_answer_that_comes_too_late_starts_what_was_asked_for_and_says_where(
    house: House, far: DiscordFar
) -> None:
    far.discord.faults.plan(faults.TOO_LATE, "POST", CALLBACKS)
    begun = far.people[ANNA].slashes("interview easy", far.lobby)
    assert far.watched is not None
    await far.watched.accepts(begun.id, 1)
    await house.settled()
    record = await house.open_one()
    assert await house.count("Think aloud") == 1
    await answered_whole(house, record)


async def test_what_is_whispered_when_the_fifteen_minutes_are_over_is_heard_all_the_same(
    house: House, far: DiscordFar
) -> None:
    record = await house.start_interview()
    assert far.watched is not None
    handle = far.watched.accepted[-1].reply
    assert handle is not None
    far.discord.world.pass_by(minutes=16)
    for _ in range(2):
        await house.at(record, reply=handle).whisper("This took a while.", key="fault/late whisper")
    assert await house.count("This took a while.") == 1
    assert await house.count("This took a while.", BEN) == 0


async def test_an_event_that_cannot_be_stored_is_refused_and_can_be_repeated(house: House, far: DiscordFar) -> None:
    assert house.core is not None
    await house.core.database.close()
    begun = far.people[ANNA].slashes("interview easy", far.lobby)
    await far.people[ANNA].reads("please try again", far.lobby)
    assert begun.answer == 4
    await house.restart()
    await answered_whole(house, await house.start_interview())


# Places.


async def test_a_thread_that_is_deleted_while_an_answer_is_judged_ends_and_says_how_to_go_on(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    judge = Held()
    async with house_of(far, migrated_sqlite_url, tmp_path, judge) as house:
        record = await house.start_interview("medium algorithm")
        await house.say(ANSWER)
        await far.press(ANNA, labels.SUBMIT)
        await judge.begun.wait()
        people.delete_thread(far.discord.world, place(house, far), told=False)
        judge.go.set()
        await house.settled()
        kept = (await house.record(record.interview.id)).interview
        assert [len(turn.evaluations) for turn in kept.turns] == [1]
        await house.command("easy algorithm")
        if await house.count("You have an interview open"):
            await house.press(labels.FINISH)
            await house.command("easy algorithm")
        assert await house.count("Think aloud") == 1


async def test_a_thread_that_rests_is_woken_by_the_next_message(house: House, far: DiscordFar) -> None:
    record = await house.start_interview()
    people.archive(far.discord.world, place(house, far))
    await answered_whole(house, record)


async def test_a_thread_that_is_locked_leaves_a_way_on(house: House, far: DiscordFar) -> None:
    record = await house.start_interview()
    await house.say(ANSWER)
    found = await far.button(ANNA, labels.SUBMIT)
    people.archive(far.discord.world, place(house, far), locked=True)
    await found()
    await house.settled()
    assert await house.count("I cannot write in the thread") == 1
    assert len((await house.record(record.interview.id)).interview.turns[0].evaluations) == 1
    await house.press(labels.RESUME)
    done = await house.to_the_card(record, ANSWER)
    assert done.interview.phase is Phase.CLOSED
    assert await house.count("by the local judge") == 1


async def test_what_is_held_in_a_channel_that_is_deleted_goes_on_elsewhere(house: House, far: DiscordFar) -> None:
    record = await house.start_interview()
    await house.say(ANSWER)
    guild = far.lobby.guild
    assert guild is not None
    people.delete_channel(far.discord.world, far.lobby)
    far.lobby = far.discord.world.channel(guild, "hall")
    await house.command("medium algorithm")
    assert await house.count(opening.already_open(record.interview.question.title)) == 1
    await house.press(labels.RESUME)
    assert await house.count("I cannot write in the thread") == 1
    await house.press(labels.RESUME)
    await house.press(labels.SUBMIT)
    done = await house.to_the_card(record, ANSWER)
    assert done.interview.phase is Phase.CLOSED
    assert done.interview.turns[0].answer == ANSWER


async def test_without_the_right_to_open_threads_the_person_is_told_which_one_is_missing(
    house: House, far: DiscordFar
) -> None:
    guild = far.lobby.guild
    assert guild is not None
    guild.permissions &= ~(1 << 36)
    await house.command("easy algorithm")
    assert await house.count("Create Private Threads") == 1
    assert not far.people[ANNA].threads
    assert not await house.has_open()
    guild.permissions |= 1 << 36
    await answered_whole(house, await house.start_interview())


async def test_without_message_content_an_answer_goes_through_direct_messages_or_a_form(
    far: DiscordFar, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    far.discord.world.content_flag = False
    async with house_of(far, migrated_sqlite_url, tmp_path) as house:
        record = await house.start_interview()
        assert not far.people[ANNA].threads
        await answered_whole(house, record)
        far.people[ANNA].user.dms = False
        record = await house.start_interview("easy quick")
        assert not far.people[ANNA].threads
        far.people[ANNA].types("Nobody reads this.", far.lobby)
        await house.press("Answer", values={"text": ANSWER})
        assert (await house.record(record.interview.id)).interview.turns[0].answer == ANSWER


@pytest.mark.parametrize("fault", [faults.TOO_MANY_THREADS, faults.OPENING_TOO_FAST], ids=["160006", "40003"])
async def test_a_thread_that_discord_refuses_becomes_direct_messages(
    house: House, far: DiscordFar, fault: Fault
) -> None:
    far.discord.faults.plan(faults.TOO_MANY_THREADS, "POST", "/threads$", times=5)
    if fault is faults.OPENING_TOO_FAST:
        far.discord.faults.plan(fault, "POST", "/users/@me/channels$")
    await house.command("easy algorithm")
    await house.settled()
    assert await house.count("Think aloud") == 1
    assert far.people[ANNA].sees(far.people[ANNA].dm)


async def test_a_message_too_old_to_be_edited_is_said_anew(house: House, far: DiscordFar) -> None:
    record = await house.start_interview()
    await house.say("One.")
    far.discord.faults.plan(faults.TOO_OLD_TO_EDIT, "PATCH", EDITS, times=2)
    await house.say("Two.")
    await house.press(labels.SUBMIT)
    done = await house.to_the_card(record, ANSWER)
    assert done.interview.phase is Phase.CLOSED
    assert await house.count("Read 2 messages") == 1
