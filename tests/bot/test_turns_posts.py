"""What is said: nothing overtakes what failed, and nothing holds a lane up for ever."""

from __future__ import annotations

import asyncio

from bot.turns import Dead, Later, Outcome
from storage import queue, upkeep
from storage.database import Database
from storage.queue import Claim, Due, Finished, Outgoing
from tests.bot.workers import Worker, arrival, evaluated, stored, working
from tests.storage.queues import record


async def test_a_post_the_platform_refused_for_now_is_not_overtaken(database: Database) -> None:
    async def send(due: Due) -> None:
        if due.slot in {"a", "c"} and made.tried[due.slot] < 3:
            raise Later(0)

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(*(arrival(key) for key in "abcd"))
        await made.settled()
    assert made.said == ["a", "b", "c", "d"]
    assert made.tried == {"a": 3, "b": 1, "c": 3, "d": 1}
    assert made.events() == []


async def test_while_one_lane_cannot_speak_the_others_do(database: Database) -> None:
    silent = True

    async def send(due: Due) -> None:
        if silent and due.slot.startswith("mute"):
            raise Later(0.05)

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(arrival("mute 1", "interview:1"), arrival("mute 2", "interview:1"))
        await made.accept(arrival("loud", "interview:2"))
        await made.until_said("loud")
        assert made.said == ["loud"]
        silent = False
        await made.settled()
    assert made.said == ["loud", "mute 1", "mute 2"]


async def test_a_post_that_can_never_be_sent_is_dropped_and_the_next_goes_on(database: Database) -> None:
    async def send(due: Due) -> None:
        if due.slot == "a":
            raise Dead("the channel is gone")

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(arrival("a"), arrival("b"))
        await made.settled()
    assert made.said == ["b"]
    [letter] = await database.read(upkeep.dead_letters)
    assert (letter.what, letter.name, letter.error) == ("post", "a", "the channel is gone")
    assert await stored(database) == ["a", "b"]


async def test_a_connection_that_breaks_off_is_no_fault_of_ours(database: Database) -> None:
    async def send(due: Due) -> None:
        if made.tried[due.slot] < 15:
            raise ConnectionResetError

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(arrival("a"), arrival("b"))
        await made.settled()
    assert made.said == ["a", "b"]
    assert made.events() == []


async def test_a_post_that_fails_for_no_reason_is_tried_ten_times_and_then_dropped(database: Database) -> None:
    async def send(due: Due) -> None:
        if due.slot == "a":
            raise KeyError("a mistake")

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(arrival("a"), arrival("b"))
        await made.settled()
    assert made.tried == {"a": 10, "b": 1}
    assert made.said == ["b"]
    [letter] = await database.read(upkeep.dead_letters)
    assert letter.error.startswith("KeyError ")
    assert made.events() == ["fault"] * 10 + ["post dropped"]


async def test_a_post_that_kills_the_process_is_dropped_after_ten_times(database: Database) -> None:
    made = Worker(database)
    await made.accept(arrival("a"), arrival("b"))
    [one] = await database.write(queue.claim, "killed", 10, -1)
    await database.write(queue.record, [Finished(one, posts=(Outgoing("a", "text"),))], -1)
    for _ in range(9):
        assert len(await database.write(queue.due_posts, 10, -1)) == 1
    async with working(made):
        await made.settled()
    assert made.said == ["b"]
    [letter] = await database.read(upkeep.dead_letters)
    assert (letter.name, letter.error) == ("a", "Killed")


async def test_what_was_recorded_and_not_said_is_said_by_whoever_comes_next(database: Database) -> None:
    gone = Worker(database, "gone")
    await gone.accept(arrival("a"))
    [one] = await database.write(queue.claim, "gone", 10, 1000)
    await record(database, one, posts=(Outgoing("a", "text"),))
    await database.write(queue.clear_leases)  # the start of a process that is alone
    born = Worker(database, "born again")
    async with working(born):
        await born.settled()
    assert born.steps == []
    assert born.said == ["a"]


async def test_a_whisper_has_no_address(database: Database) -> None:
    async def send(_due: Due) -> None:
        return None

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
    assert made.said == ["a"]
    assert await database.read(queue.shown, "a") is None


async def test_more_to_say_while_speaking_is_said_without_waiting_for_the_next_look(database: Database) -> None:
    recorded = asyncio.Event()

    async def think(claim: Claim) -> Outcome:
        if claim.dedup_key == "c":  # by then the post of b is recorded, while a is being sent
            recorded.set()
        return evaluated(claim)

    async def send(due: Due) -> None:
        if due.slot == "a":
            await recorded.wait()

    made = Worker(database, thinking=think, sending=send, options={"poll_seconds": 1000.0})
    async with working(made):
        await made.accept(*(arrival(key) for key in "abc"))
        await made.until_said("c")
    assert made.said == ["a", "b", "c"]


async def test_many_lanes_speak_at_once(database: Database) -> None:
    now, most = 0, 0
    many = asyncio.Event()

    async def send(_due: Due) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if now > 1:
            many.set()
        await many.wait()
        now -= 1

    made = Worker(database, sending=send)
    async with working(made):
        await made.accept(*(arrival(f"{n}", f"interview:{n}") for n in range(10)))
        await made.settled()
    assert most > 1
    assert sorted(made.said) == sorted(f"{n}" for n in range(10))
