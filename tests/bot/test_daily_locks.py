"""A tick locks schedules, then lanes; a step the other way round: where they wait for each other, both come through."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.util import await_only

from bot.delivery import Deliveries, ask
from bot.intake import person_lane
from bot.patience import PatientWriter
from storage import practice, queue
from storage.database import Database
from storage.practice import Delivery
from storage.tables import deliveries, inbox, lanes
from tests.bot.workers import until
from tests.storage.samples import NOON, PERSON
from tests.storage.test_practice import DUE, TODAY, settle


async def test_a_step_and_a_tick_that_wait_for_each_other_both_come_through(migrated_postgres_url: str) -> None:
    database = await Database.open(migrated_postgres_url)
    due = await database.write(settle)
    await database.write(queue.accept, ask(PERSON, Delivery(due.account, TODAY, DUE), DUE))  # so that there is a lane
    refused = steps = 0
    held = asyncio.Event()

    async def somebody_waits() -> bool:
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(await database.read(lambda conn: conn.execute(waiting).scalar()))

    def step(conn: Connection) -> None:
        nonlocal steps
        steps += 1
        conn.execute(select(lanes.c.id).where(lanes.c.key == person_lane(PERSON)).with_for_update())
        if steps == 1:
            held.set()
            await_only(until(somebody_waits))
        practice.save(conn, replace(due, minute=600))

    async def tick() -> None:
        nonlocal refused
        await held.wait()
        try:
            await Deliveries(database).ask_due(NOON)
        except DBAPIError:  # written to the log by the guard of the ticks
            refused += 1

    writer = PatientWriter(database, structlog.wrap_logger(None, processors=[lambda *_: ""]))
    async with asyncio.timeout(30):
        await asyncio.gather(writer.write(step), tick())
    assert (steps, refused) in ((2, 0), (1, 1))
    for _ in range(2):
        await Deliveries(database).ask_due(NOON)  # the next ticks

    def found(conn: Connection) -> list[int]:
        return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in (inbox, deliveries)]

    assert await database.read(found) == [2, 1]
    kept = await database.read(practice.get, due.account)
    assert kept is not None
    assert kept.minute == 600
    await database.close()
