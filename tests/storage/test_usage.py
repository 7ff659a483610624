"""What models cost, counted and added up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage import accounts, usage
from storage.addresses import Person
from storage.database import Database
from storage.usage import Spending

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def spend(database: Database) -> Spending:
    account = await database.write(accounts.account_of, Person("web", "local", "anna"), NOW)
    one = Spending("web:local", account.id, "i1", 1, "big", 100, 50, 1000, 200, 0.02, NOW)
    for spending in (one, replace(one, turn=2, dollars=0.01), replace(one, model="small", dollars=0.001)):
        await database.write(usage.add, spending)
    await database.write(usage.add, replace(one, workspace="web:other", dollars=5.0))
    await database.write(usage.add, replace(one, at=NOW - timedelta(days=2), dollars=1.0))
    return one


async def test_a_workspace_pays_for_its_own_and_from_a_moment_on(database: Database) -> None:
    await spend(database)
    since = NOW - timedelta(hours=1)
    assert await database.read(usage.spent, "web:local", since) == pytest.approx(0.031)
    assert await database.read(usage.spent, "web:local", NOW - timedelta(days=3)) == pytest.approx(1.031)
    assert await database.read(usage.spent, "web:none", since) == 0.0


async def test_totals_name_the_dearest_first(database: Database) -> None:
    await spend(database)
    since = NOW - timedelta(hours=1)
    assert [total.name for total in await database.read(usage.by_workspace, since)] == ["web:other", "web:local"]
    [big, small] = await database.read(usage.by_model, since)
    assert (big.name, big.calls, big.tokens_in, big.cache_read) == ("big", 3, 300, 3000)
    assert small.dollars == pytest.approx(0.001)


async def test_forgetting_an_account_keeps_the_costs_without_it(database: Database) -> None:
    one = await spend(database)
    assert one.account is not None
    await database.write(accounts.forget, one.account)
    assert await database.read(usage.spent, "web:local", NOW - timedelta(hours=1)) == pytest.approx(0.031)
