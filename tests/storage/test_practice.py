"""What is remembered of a daily question: kept, exported, forgotten, and claimed once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.delivery import Deliveries
from storage import accounts, plans, practice, queue
from storage.database import Database
from storage.export import export_account
from storage.plans import Plan
from storage.practice import Asked, Delivery, Paused, Practice
from storage.tables import deliveries, inbox, posts, practices, practised_days
from storage.tables import plans as plans_table
from tests.storage.samples import NOON, PERSON

TODAY = date(2026, 11, 2)
DUE = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def settle(conn: Connection) -> Practice:
    account = accounts.account_of(conn, PERSON, NOON)
    due = Practice(
        account.id,
        PERSON,
        510,
        frozenset({0, 2, 6}),
        "UTC",
        TODAY,
        level_since=TODAY,
        difficulty="hard",
        paused=Paused.ASKED,
        paused_until=TODAY,
        word_owed=True,
        unanswered=2,
        next_on=TODAY,
        next_due_at=DUE,
    )
    practice.save(conn, due)
    return due


async def test_a_practice_and_a_day_come_back_as_they_were(database: Database) -> None:
    due = await database.write(settle)
    assert await database.read(practice.get, due.account) == due
    day = Delivery(due.account, TODAY, DUE, Asked.OFFERED, DUE, DUE + timedelta(hours=1), 2, "q1", "{}", 1, "i1")
    await database.write(practice.keep, day)
    assert await database.read(practice.delivery, due.account, TODAY) == day
    assert await database.read(practice.delivery_of, due.account, "i1") == day
    assert await database.read(practice.latest, due.account, 5) == [day]
    await database.write(practice.unclaim, day)
    assert await database.read(practice.delivery, due.account, TODAY) is None


async def test_a_word_is_owed_to_its_person_alone(database: Database) -> None:
    due = await database.write(settle)
    assert await database.read(practice.owed_to, PERSON) == due
    assert await database.read(practice.owed_to, replace(PERSON, user="somebody else")) is None


async def test_ticks_at_the_same_moment_ask_once(database: Database) -> None:
    await database.write(settle)
    replicas = [Deliveries(database) for _ in range(4)]
    await asyncio.gather(*(replica.ask_due(DUE + timedelta(minutes=2)) for replica in replicas))
    assert await database.read(lambda conn: conn.execute(select(func.count()).select_from(inbox)).scalar()) == 1


async def test_nothing_is_left_of_somebody_who_is_forgotten_and_all_of_it_is_exported(database: Database) -> None:
    due = await database.write(settle)

    def fill(conn: Connection) -> None:
        practice.keep(conn, Delivery(due.account, TODAY, DUE))
        practice.practised(conn, due.account, TODAY)
        plans.save(conn, Plan(due.account, TODAY, TODAY, "backend", ("sql",)))
        queue.remember(conn, f"daily/{due.account}/2026-11-02", "{}", DUE.timestamp())

    await database.write(fill)
    exported = await database.read(export_account, due.account)
    assert exported is not None
    assert {name: len(rows) for name, rows in exported["practice"].items()} == {
        "practices": 1,
        "deliveries": 1,
        "practised_days": 1,
        "reviews": 0,
        "plans": 1,
    }
    await database.write(accounts.forget, due.account)

    def left(conn: Connection) -> int:
        tables = (practices, deliveries, practised_days, plans_table, posts)
        return sum(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)

    assert await database.read(left) == 0
