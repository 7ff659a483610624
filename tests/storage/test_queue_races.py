"""Two transactions on one lane, held open in the middle of the other: only PostgreSQL lets them meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.util import await_only

from storage import queue, upkeep
from storage.database import Database
from storage.queue import Outgoing
from tests.storage.queues import OVER, accept, arrival, claim, claim_one, record, record_one

T = TypeVar("T")

WAITING_FOR_A_LOCK = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
async def database(migrated_postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(migrated_postgres_url)
    yield opened
    await opened.close()


class Held:
    """A transaction that has done its work and commits only when it is let go."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self._commit = asyncio.Event()

    def holding(self, work: Callable[[Connection], T]) -> Callable[[Connection], T]:
        def held(conn: Connection) -> T:
            value = work(conn)
            self.done.set()
            await_only(self._commit.wait())
            return value

        return held

    async def let_go_when_awaited(self, database: Database) -> None:
        """Commit once another transaction waits for a lock of this one."""
        while not await database.read(lambda conn: conn.execute(WAITING_FOR_A_LOCK).scalar_one()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.let_go()

    def let_go(self) -> None:
        """Commit."""
        self._commit.set()


async def test_what_arrives_while_a_turn_is_being_recorded_is_seen_by_it(database: Database) -> None:
    await accept(database, arrival("a"))
    one = await claim_one(database)
    held = Held()
    async with asyncio.TaskGroup() as group:
        group.create_task(database.write(held.holding(lambda conn: queue.accept(conn, arrival("b")))))
        await held.done.wait()
        recording = group.create_task(record(database, one))
        await held.let_go_when_awaited(database)
    following, _ = recording.result()
    assert following is not None
    assert following.dedup_key == "b"


async def test_what_arrives_while_a_lane_goes_to_rest_wakes_it(database: Database) -> None:
    await accept(database, arrival("a"))
    one = await claim_one(database)
    held = Held()
    async with asyncio.TaskGroup() as group:
        group.create_task(database.write(held.holding(lambda conn: record_one(conn, one))))
        await held.done.wait()
        group.create_task(database.write(queue.accept, arrival("b")))
        await held.let_go_when_awaited(database)
    assert (await claim_one(database)).dedup_key == "b"
    assert await database.write(upkeep.sweep) == 0


async def test_a_turn_recorded_twice_at_once_is_recorded_once(database: Database) -> None:
    await accept(database, arrival("a"))
    one = await claim_one(database)
    held = Held()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(
            database.write(held.holding(lambda conn: record_one(conn, one, posts=[Outgoing("it", "text")])))
        )
        await held.done.wait()
        second = group.create_task(record(database, one, posts=[Outgoing("it", "text")]))
        await held.let_go_when_awaited(database)
    assert first.result()[1] is not None
    assert second.result() == (None, None)
    assert len(await database.write(queue.due_posts, 10)) == 1


async def test_a_lane_that_is_being_claimed_is_left_to_its_claimer(database: Database) -> None:
    await accept(database, arrival("a"), arrival("b", "interview:2"))
    held = Held()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(database.write(held.holding(lambda conn: queue.claim(conn, "me", 1, OVER))))
        await held.done.wait()
        others = await claim(database, "you")
        assert len(others) == 1
        group.create_task(database.write(queue.accept, arrival("c", first_lane(others[0].lane))))
        await held.let_go_when_awaited(database)
    assert {first.result()[0].lane, others[0].lane} == {"interview:1", "interview:2"}


def first_lane(taken: str) -> str:
    """The other one of the two."""
    return "interview:1" if taken == "interview:2" else "interview:2"


async def test_a_repetition_waits_for_nobody(database: Database) -> None:
    await accept(database, arrival("a"))
    held = Held()
    async with asyncio.TaskGroup() as group:
        group.create_task(database.write(held.holding(lambda conn: queue.accept(conn, arrival("b")))))
        await held.done.wait()
        assert await accept(database, arrival("a")) == [False]
        held.let_go()
    assert await accept(database, arrival("b")) == [False]
