"""Leases, outages and endings: whoever was taken for dead changes nothing, and nothing computed is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, update

from bot.turns import Outcome
from storage import queue, upkeep
from storage.database import Database
from storage.queue import Claim
from storage.tables import lanes
from storage.turnstile import Ear, Turnstile
from tests.bot.unsteady import Unsteady
from tests.bot.workers import PATIENCE, Worker, arrival, evaluated, stored, until, working
from tests.storage.queues import LONG, expire, inbox_row, lane, record


@pytest.fixture
async def unsteady(database_url: str) -> AsyncIterator[Unsteady]:
    opened = await Unsteady.open(database_url)
    assert isinstance(opened, Unsteady)
    yield opened
    await opened.close()


class Held:
    """A step that waits until it is let go, and notes when it is cut off."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cut_off = asyncio.Event()

    async def think(self, claim: Claim) -> Outcome:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cut_off.set()
            raise
        return evaluated(claim)


async def test_a_worker_that_froze_and_thawed_records_and_says_nothing(database: Database) -> None:
    held = Held()
    frozen = Worker(database, "frozen", options={"poll_seconds": PATIENCE}, thinking=held.think)
    alive = Worker(database, "alive")
    async with working(frozen):
        await frozen.accept(arrival("a"))
        await held.begun.wait()
        await expire(database)
        async with working(alive):
            await alive.settled()
            held.go_on.set()
            await frozen.settled()
    assert (frozen.steps, alive.steps) == (["a"], ["a"])
    assert frozen.said == []
    assert alive.said == await stored(database) == ["a"]
    assert frozen.events() == ["lease lost"]


async def test_a_step_longer_than_the_lease_is_not_taken_over(database: Database) -> None:
    held = Held()
    slow = Worker(database, "slow", options={"lease_seconds": 3.0}, thinking=held.think)
    eager = Worker(database, "eager", thinking=held.think)
    async with working(slow, eager):
        await slow.accept(arrival("a"))
        await held.begun.wait()
        first = (await lane(database)).lease_until

        async def renewed_for_more_than_a_lease() -> bool:
            return bool((await lane(database)).lease_until > first + 3)

        await until(renewed_for_more_than_a_lease)
        held.go_on.set()
        await slow.settled()
    assert slow.steps + eager.steps == ["a"]


async def test_the_end_of_an_old_step_does_not_end_the_new_lease_of_the_same_lane(database: Database) -> None:
    old, new = Held(), Held()
    steps = iter((old, new))

    async def think(claim: Claim) -> Outcome:
        return await next(steps).think(claim)

    async def until_renewed() -> None:
        before = (await lane(database)).lease_until

        async def renewed() -> bool:
            return bool((await lane(database)).lease_until != before)

        await until(renewed)

    async def taken_again() -> bool:
        await expire(database)
        made.turns.wake()
        return new.begun.is_set()

    made = Worker(database, options={"lease_seconds": 3.0}, thinking=think)
    async with working(made):
        await made.accept(arrival("a"))
        await old.begun.wait()
        await until(taken_again)
        old.go_on.set()
        await until_renewed()
        await until_renewed()
        assert (await lane(database)).epoch == 2
        new.go_on.set()
        await made.settled()
    assert made.steps == ["a", "a"]
    assert made.said == await stored(database) == ["a"]


async def test_a_step_whose_lease_is_lost_is_cut_off(database: Database) -> None:
    held = Held()
    slow = Worker(database, "slow", options={"lease_seconds": 0.3, "poll_seconds": PATIENCE}, thinking=held.think)
    async with working(slow):
        await slow.accept(arrival("a"))
        await held.begun.wait()
        taken: list[Claim] = []
        while not taken:
            await expire(database)
            taken = await database.write(queue.claim, "other", 10, LONG)
        await asyncio.wait_for(held.cut_off.wait(), PATIENCE)
        await record(database, taken[0])
        await slow.settled()
    assert slow.said == await stored(database) == []
    assert slow.events()[-1] == "lease lost"
    assert (await inbox_row(database, "a")).attempts == 0


@pytest.mark.parametrize("lost", ["record", "sent"])
async def test_a_commit_whose_answer_got_lost_is_not_done_twice(unsteady: Unsteady, lost: str) -> None:
    made = Worker(unsteady)
    unsteady.losing = lost
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
        assert unsteady.losing == ""
        await made.accept(arrival("b"))
        await made.settled()
    assert made.steps == made.said == await stored(unsteady) == ["a", "b"]


async def test_a_failure_whose_record_got_lost_counts_once(unsteady: Unsteady) -> None:
    async def think(claim: Claim) -> Outcome:
        if claim.attempts == 0:
            raise KeyError
        return evaluated(claim)

    made = Worker(unsteady, thinking=think)
    unsteady.losing = "retry"
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
    assert (await inbox_row(unsteady, "a")).attempts == 1
    assert made.said == ["a"]


async def test_a_claim_whose_answer_got_lost_comes_back_with_its_lease(unsteady: Unsteady) -> None:
    made = Worker(unsteady, options={"lease_seconds": 0.3})
    unsteady.losing = "claim"
    async with working(made):
        await made.accept(arrival("a"))
        await made.settled()
    assert made.said == ["a"]


async def test_what_was_computed_is_kept_until_the_database_is_back(unsteady: Unsteady) -> None:
    async def think(claim: Claim) -> Outcome:
        unsteady.away = True
        return evaluated(claim)

    async def noticed() -> bool:
        return "the database is away" in made.events()

    made = Worker(unsteady, thinking=think)
    async with working(made):
        await made.accept(arrival("a"))
        await until(noticed)
        unsteady.away = False
        await made.settled()
    assert made.steps == made.said == await stored(unsteady) == ["a"]
    assert set(made.events()) == {"the database is away", "the database is back"}


async def test_a_lost_wake_up_is_found_by_the_heartbeat(database: Database) -> None:
    def forget(conn: Connection) -> None:
        queue.accept(conn, arrival("a"))
        conn.execute(update(lanes).values(ready_at=None))

    made = Worker(database, options={"lease_seconds": 0.9})
    async with working(made):
        await database.write(forget)
        await made.until_said("a")
    assert "a wake-up was lost" in made.events()


async def test_draining_finishes_what_runs_and_leaves_the_rest_to_others(database: Database) -> None:
    held = Held()
    leaving = Worker(database, "leaving", thinking=held.think)
    staying = Worker(database, "staying")
    async with working(leaving):
        await leaving.accept(arrival("a"), arrival("b"))
        await held.begun.wait()
        drained = asyncio.create_task(leaving.turns.drain(PATIENCE))
        await asyncio.sleep(0)
        await leaving.accept(arrival("c", "interview:2"))
        held.go_on.set()
        await drained
        assert leaving.steps == leaving.said == ["a"]
        async with working(staying):
            await staying.settled()
    assert sorted(staying.said) == ["b", "c"]
    assert await stored(database) == ["a", "b", "c"]


async def test_draining_cuts_off_what_takes_too_long_and_frees_its_lane(database: Database) -> None:
    held = Held()
    leaving = Worker(database, "leaving", thinking=held.think)
    staying = Worker(database, "staying")
    async with working(leaving):
        await leaving.accept(arrival("a"))
        await held.begun.wait()
        await leaving.turns.drain(0.05)
        assert held.cut_off.is_set()
        assert (await lane(database)).lease_owner is None
        async with working(staying):
            await staying.settled()
    assert staying.said == await stored(database) == ["a"]


async def test_draining_ends_though_the_database_is_away(unsteady: Unsteady) -> None:
    made = Worker(unsteady)
    async with working(made):
        unsteady.away = True
        await made.turns.drain(1)
    assert "fault" in made.events()


async def test_whoever_is_full_or_leaving_wakes_the_others(database: Database) -> None:
    turnstile = Turnstile()
    held = Held()
    full = Worker(
        database,
        "full",
        turnstile,
        options={"concurrency": 1, "poll_seconds": PATIENCE},
        thinking=held.think,
    )
    free = Worker(database, "free", turnstile, options={"poll_seconds": PATIENCE})
    async with working(full):
        await full.accept(arrival("a"))
        await held.begun.wait()
        async with working(free):
            await full.accept(arrival("b", "interview:2"))
            await free.until_said("b")
            held.go_on.set()
            await full.until_said("a")
            ear = Ear()
            with turnstile.listening(ear):
                await full.turns.drain(PATIENCE)
                assert await ear.woken(0)
    assert not await database.read(upkeep.busy)
