"""The turn worker: once, in order, and on in the face of everything that fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.turns import Outcome
from storage import queue, upkeep
from storage.database import Database
from storage.queue import Claim, Outgoing
from tests.bot.workers import PATIENCE, Worker, arrival, evaluated, stored, working


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[Worker]:
    made = Worker(database)
    async with working(made):
        yield made


async def test_a_turn_is_computed_stored_and_said(database: Database, worker: Worker) -> None:
    await worker.accept(arrival("a"))
    await worker.settled()
    assert worker.steps == worker.said == await stored(database) == ["a"]
    assert await database.read(queue.shown, "a") == ('"a"', 1.0)
    assert worker.events() == []


async def test_what_waited_before_the_worker_began_is_done(database: Database) -> None:
    made = Worker(database, options={"poll_seconds": PATIENCE})
    await made.accept(arrival("a"))
    async with working(made):
        await made.settled()
    assert made.said == ["a"]


async def test_every_turn_once_and_in_order_under_three_deliveries_in_disorder(
    database: Database, worker: Worker
) -> None:
    lanes = [f"interview:{n}" for n in range(5)]
    events = [arrival(f"{lane}/{n}", lane) for n in range(6) for lane in lanes]
    for _ in range(3):
        await asyncio.gather(*(worker.accept(event) for event in events))
    await worker.settled()
    keys = sorted(event.dedup_key for event in events)
    assert sorted(worker.steps) == sorted(worker.said) == await stored(database) == keys
    for said in worker.said_in.values():
        assert len(said) == 6
        assert said == [slot for slot in worker.steps if slot in said]


async def test_a_burst_waiting_in_one_lane_is_handled_by_the_platforms_time(database: Database) -> None:
    made = Worker(database)
    await made.accept(*(arrival(key) for key in ("d", "b", "a", "c", "e")))
    async with working(made):
        await made.settled()
    assert made.steps == made.said == ["a", "b", "c", "d", "e"]


async def test_lanes_do_not_wait_for_each_other_and_a_lane_does(worker: Worker) -> None:
    begun = {key: asyncio.Event() for key in ("a", "b", "c")}
    go_on = asyncio.Event()

    async def think(claim: Claim) -> Outcome:
        begun[claim.dedup_key].set()
        await go_on.wait()
        return evaluated(claim)

    worker.thinking = think
    await worker.accept(arrival("a", "interview:1"), arrival("b", "interview:2"), arrival("c", "interview:1"))
    await begun["a"].wait()
    await begun["b"].wait()
    assert not begun["c"].is_set()
    go_on.set()
    await worker.settled()
    assert begun["c"].is_set()


async def test_a_step_may_ask_for_the_next_one_here_and_elsewhere(worker: Worker) -> None:
    async def think(claim: Claim) -> Outcome:
        if claim.dedup_key != "a":
            return evaluated(claim)
        return Outcome(arrivals=(arrival("z"), arrival("y", "interview:2")))

    worker.thinking = think
    await worker.accept(arrival("a"))
    await worker.settled()
    assert worker.steps[0] == "a"
    assert set(worker.said) == {"y", "z"}


async def test_the_next_turn_is_computed_while_the_last_is_being_said(worker: Worker) -> None:
    second = asyncio.Event()

    async def think(claim: Claim) -> Outcome:
        if claim.dedup_key == "b":
            second.set()
        return evaluated(claim)

    async def send(_due: object) -> None:
        await second.wait()

    worker.thinking, worker.sending = think, send
    await worker.accept(arrival("a"), arrival("b"))
    await worker.settled()
    assert worker.said == ["a", "b"]


async def test_a_step_that_fails_is_taken_again_and_the_lane_waits_for_it(database: Database, worker: Worker) -> None:
    async def think(claim: Claim) -> Outcome:
        if claim.dedup_key == "a" and claim.attempts < 2:
            raise KeyError("a mistake")
        return evaluated(claim)

    worker.thinking = think
    await worker.accept(arrival("a"), arrival("b"))
    await worker.settled()
    assert worker.steps == ["a", "a", "a", "b"]
    assert worker.said == await stored(database) == ["a", "b"]
    assert worker.events() == ["fault", "fault"]


async def test_a_step_that_always_fails_is_given_up_after_five_times_and_the_person_is_told(
    database: Database, worker: Worker
) -> None:
    async def think(claim: Claim) -> Outcome:
        if claim.dedup_key == "a":
            raise KeyError("a mistake")
        return evaluated(claim)

    worker.thinking = think
    await worker.accept(arrival("a"), arrival("b"))
    await worker.settled()
    assert worker.steps == ["a"] * 5 + ["b"]
    assert worker.said == ["sorry a", "b"]
    [(key, reference)] = worker.buried
    faults = [line for line in worker.lines.entries if line["event"] == "fault"]
    assert (key, reference) == ("a", faults[-1]["reference"])
    [letter] = await database.read(upkeep.dead_letters)
    assert letter.error == f"KeyError {reference}"


async def test_a_step_that_kills_the_process_is_given_up_after_ten_times(database: Database) -> None:
    made = Worker(database)
    await made.accept(arrival("a"), arrival("b"))
    for _ in range(10):
        assert len(await database.write(queue.claim, "killed", 10, -1)) == 1
    async with working(made):
        await made.settled()
    assert made.steps == ["b"]
    assert made.said == ["sorry a", "b"]
    [line] = made.lines.entries
    assert (line["event"], line["error"], line["reference"]) == ("given up", "Killed", made.buried[0][1])


async def test_a_write_that_fails_counts_as_a_failed_step(database: Database, worker: Worker) -> None:
    async def think(claim: Claim) -> Outcome:
        outcome = evaluated(claim)
        if claim.dedup_key == "a" and claim.attempts == 0:
            return Outcome(writes=outcome.writes * 2, posts=outcome.posts)  # storing twice fails
        return outcome

    worker.thinking = think
    await worker.accept(arrival("a"))
    await worker.settled()
    assert worker.steps == ["a", "a"]
    assert worker.said == await stored(database) == ["a"]


async def test_giving_up_goes_on_even_when_there_are_no_words_for_it(database: Database, worker: Worker) -> None:
    async def fail(*_: object) -> Outcome:
        raise KeyError("a mistake")

    async def think(claim: Claim) -> Outcome:
        return await fail() if claim.dedup_key == "a" else evaluated(claim)

    worker.thinking, worker.burying = think, fail
    await worker.accept(arrival("a"), arrival("b"))
    await worker.settled()
    assert worker.said == ["b"]
    assert len(await database.read(upkeep.dead_letters)) == 1


async def test_a_step_that_hangs_has_failed_when_its_time_is_over(database: Database) -> None:
    async def think(claim: Claim) -> Outcome:
        if claim.attempts == 0:
            await asyncio.Event().wait()
        return evaluated(claim)

    made = Worker(database, options={"step_seconds": 0.05}, thinking=think)
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
    assert made.steps == ["a", "a"]
    assert made.lines.entries[0]["error"].startswith("TimeoutError")


async def test_no_more_steps_at_once_than_allowed_and_a_small_workspace_gets_its_turn(database: Database) -> None:
    now, most = 0, 0
    go_on = asyncio.Event()

    async def think(claim: Claim) -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if claim.dedup_key.startswith("big"):
            await go_on.wait()
        now -= 1
        return evaluated(claim)

    made = Worker(database, options={"concurrency": 3}, thinking=think)
    await made.accept(*(arrival(f"big {n}", f"big {n}", "big") for n in range(2)), arrival("small", "s", "small"))
    await made.accept(*(arrival(f"big {n}", f"big {n}", "big") for n in range(2, 8)))
    async with working(made):
        await made.until_said("small")
        go_on.set()
        await made.settled()
    assert most == 3
    assert len(made.said) == 9


async def test_settled_waits_for_a_turn_that_rests_and_for_a_post_that_is_late(database: Database) -> None:
    sent = False

    async def think(claim: Claim) -> Outcome:
        if claim.attempts == 0:
            raise KeyError
        return evaluated(claim)

    async def send(_due: object) -> None:
        nonlocal sent
        if not sent:
            sent = True
            raise ConnectionError

    made = Worker(database, options={"rests": (0.3,)}, thinking=think, sending=send)
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
    assert made.said == ["a"]
    assert made.tried == {"a": 2}


async def test_settled_returns_at_once_when_there_is_nothing(worker: Worker) -> None:
    await worker.settled()
    assert worker.steps == []


async def test_versions_of_one_message_said_in_a_burst_end_with_the_last(worker: Worker) -> None:
    bodies: list[tuple[str | None, str]] = []

    async def think(claim: Claim) -> Outcome:
        return Outcome(posts=(Outgoing("bar", claim.dedup_key),))

    async def send(due: queue.Due) -> tuple[str, float]:
        bodies.append((due.spoken, due.body))
        return '"bar"', 1.0

    worker.thinking, worker.sending = think, send
    keys = [f"{n:02}" for n in range(20)]
    await asyncio.gather(*(worker.accept(arrival(key)) for key in keys))
    await worker.settled()
    assert bodies[0][0] is None
    assert all(spoken == '"bar"' for spoken, _ in bodies[1:])
    assert bodies[-1][1] == worker.steps[-1]
