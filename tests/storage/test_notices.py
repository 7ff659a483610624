"""Notices: one a workspace and day, told to one account, and the last unasked message of each account."""

from __future__ import annotations

from datetime import date, timedelta

from storage import accounts, leaving, notices
from storage.database import Database
from storage.notices import Notice
from storage.queue import Arrival, claim
from tests.storage.samples import NOON, settle

TODAY = date(2026, 11, 2)
NOTICE = Notice("web:", TODAY)


def arrival(day: date = TODAY) -> Arrival:
    return Arrival(f"budget/web:/{day}", "workspace:web:", "1", "nearly spent", "{}", "web:")


async def test_a_day_is_begun_once_and_its_event_waits_with_it(database: Database) -> None:
    account = await database.write(settle)
    assert await database.write(notices.begin, NOTICE, arrival())
    assert not await database.write(notices.begin, NOTICE, arrival())
    assert [one.kind for one in await database.write(claim, "me", 10, 30.0)] == ["nearly spent"]
    assert await database.read(notices.owed, account.id, TODAY) == []
    named = Notice("web:", TODAY, "The web")
    await database.write(notices.give, named, account.id, None)
    assert await database.read(notices.owed, account.id, TODAY) == [named]
    assert await database.read(notices.owed, account.id, TODAY + timedelta(days=1)) == []
    assert not await database.read(notices.is_written_to, account.id, NOON)
    await database.write(notices.give, named, account.id, NOON)
    assert await database.read(notices.owed, account.id, TODAY) == []
    assert await database.read(notices.is_written_to, account.id, NOON + timedelta(hours=23))
    assert not await database.read(notices.is_written_to, account.id, NOON + timedelta(hours=24))
    await database.write(accounts.forget, account.id)
    assert not await database.write(notices.begin, named, arrival()), "the day stays told"


async def test_old_days_and_those_of_a_workspace_that_left_are_forgotten(database: Database) -> None:
    account = await database.write(settle)
    days = [TODAY + timedelta(days=number) for number in (0, 7, 8)]
    for day in days:
        assert await database.write(notices.begin, Notice("web:", day), arrival(day))
        await database.write(notices.give, Notice("web:", day), account.id, None)
    assert [one.day for one in await database.read(notices.owed, account.id, TODAY)] == days[1:]
    await database.write(leaving.leave, "web:", NOON + timedelta(days=7), keep="")
    assert [one.day for one in await database.read(notices.owed, account.id, TODAY)] == days[2:]
