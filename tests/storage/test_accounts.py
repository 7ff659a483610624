"""Accounts and workspaces are opened on first sight."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from storage import accounts, workspaces
from storage.accounts import Preferences
from storage.addresses import Person
from storage.database import Database
from storage.tables import accounts as table
from storage.tables import identities
from storage.workspaces import Settings, Workspace
from tests.storage.samples import NOON, OTHER, PERSON


async def test_the_first_sight_opens_an_account_and_the_second_finds_it(database: Database) -> None:
    opened = await database.write(accounts.account_of, PERSON, NOON)
    again = await database.write(accounts.account_of, PERSON, NOON + timedelta(days=1))
    assert again == opened
    assert opened.created_at == NOON
    assert opened.preferences == Preferences()
    assert await database.read(accounts.get, opened.id) == opened


async def test_twenty_first_sights_at_once_open_one_account(database: Database) -> None:
    seen = await asyncio.gather(*[database.write(accounts.account_of, PERSON, NOON) for _ in range(20)])
    assert len({account.id for account in seen}) == 1
    assert await database.read(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar()) == 1


async def test_everybody_has_an_account_of_their_own(database: Database) -> None:
    people = [PERSON, OTHER, Person("slack", "", "u-one"), Person("web", "E1", "u-one")]
    opened = [await database.write(accounts.account_of, person, NOON) for person in people]
    assert len({account.id for account in opened}) == 4
    assert [await database.read(accounts.identities_of, account.id) for account in opened] == [[p] for p in people]


async def test_an_account_may_have_several_identities(database: Database) -> None:
    account = await database.write(accounts.account_of, PERSON, NOON)

    def link(conn: Connection) -> None:
        conn.execute(
            insert(identities).values(
                platform="discord", realm="", user="42", account_id=account.id, first_seen_at=NOON.timestamp() + 1
            )
        )

    await database.write(link)
    assert await database.read(accounts.identities_of, account.id) == [PERSON, Person("discord", "", "42")]
    assert await database.write(accounts.account_of, Person("discord", "", "42"), NOON) == account


async def test_preferences_are_kept(database: Database) -> None:
    account = await database.write(accounts.account_of, PERSON, NOON)
    liked = Preferences("system-design", "hard", quiet_seconds=45, numbers="card", zone="Asia/Kathmandu")
    await database.write(accounts.save_preferences, account.id, liked)
    assert await database.write(accounts.account_of, PERSON, NOON) == replace(account, preferences=liked)


@pytest.mark.parametrize("seconds", [1, 29, -1])
def test_a_quiet_too_short_is_no_preference(seconds: int) -> None:
    with pytest.raises(ValueError, match="at least 30"):
        Preferences(quiet_seconds=seconds)
    assert Preferences(quiet_seconds=30).quiet_seconds == 30


async def test_nobody_has_no_account(database: Database) -> None:
    assert await database.read(accounts.get, "nobody") is None
    assert await database.read(accounts.identities_of, "nobody") == []


async def test_a_workspace_is_remembered_with_its_settings(database: Database) -> None:
    first = await asyncio.gather(*[database.write(workspaces.workspace_of, "slack", "T1", NOON) for _ in range(10)])
    assert set(first) == {Workspace("slack:T1", Settings(default_place="private"))}
    await database.write(workspaces.save_settings, "slack:T1", Settings(default_place="public"))
    again = await database.write(workspaces.workspace_of, "slack", "T1", NOON)
    assert again == Workspace("slack:T1", Settings(default_place="public"))
    other = await database.write(workspaces.workspace_of, "slack", "T2", NOON)
    assert other.settings.default_place == "private"
