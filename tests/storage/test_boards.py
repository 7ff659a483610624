"""Boards: one row for an account and a workspace, gone with either, and nothing of it elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from storage import accounts, boards, leaving, workspaces
from storage.accounts import Account, Preferences
from storage.addresses import Person
from storage.boards import Member
from storage.database import Database
from storage.export import export_account
from tests.storage.samples import NOON, OTHER, PERSON, settle

HERE, THERE = "web:", "web:elsewhere"


def on(account: Account, workspace: str = HERE, name: str = "Night Owl", *, pseudonym: bool = True) -> Member:
    return Member(account.id, workspace, PERSON, name, pseudonym, NOON, NOON)


def both(conn: Connection) -> tuple[Account, Account]:
    workspaces.workspace_of(conn, "web", "elsewhere", NOON)
    return settle(conn), settle(conn, OTHER)


async def test_a_pseudonym_is_taken_once_in_a_workspace_and_a_name_may_be_two_peoples(database: Database) -> None:
    one, two = await database.write(both)
    assert await database.write(boards.join, on(one))
    assert await database.write(boards.join, on(one)), "one's own name is no other's"
    assert not await database.write(boards.join, on(two, name="NIGHT owl"))
    assert await database.write(boards.join, on(two, THERE))
    assert await database.write(boards.join, on(two, name="Night Owl", pseudonym=False))
    assert [member.name for member in await database.read(boards.members, HERE)] == ["Night Owl"] * 2
    later = replace(on(one, name="Fox"), joined_at=NOON + timedelta(days=1))
    assert await database.write(boards.join, later)
    found = await database.read(boards.member, HERE, one.id)
    assert found == replace(later, joined_at=NOON)


async def test_of_those_who_choose_one_pseudonym_at_the_same_moment_one_gets_it(database: Database) -> None:
    people = [await database.write(settle, Person("web", "", f"p{number}")) for number in range(4)]
    got = await asyncio.gather(*(database.write(boards.join, on(account)) for account in people))
    assert sorted(got) == [False, False, False, True]


async def test_leaving_and_removing_take_the_row_away(database: Database) -> None:
    one, two = await database.write(both)
    for account in (one, two):
        for workspace in (HERE, THERE):
            assert await database.write(boards.join, on(account, workspace, f"{account.id[:8]} {workspace}"))
    assert await database.write(boards.leave, one.id, HERE) == 1
    assert await database.write(boards.leave, one.id, HERE) == 0
    await database.write(boards.seen, on(one, name="Back again"))
    assert [member.account for member in await database.read(boards.members, HERE)] == [two.id]
    await database.write(leaving.leave, HERE, NOON - timedelta(days=1), keep="")
    assert await database.read(boards.count, two.id) == 2, "it was installed anew since then"
    await database.write(leaving.leave, HERE, NOON + timedelta(days=1), keep="")
    assert await database.read(boards.count, two.id) == 1
    await database.write(accounts.forget, two.id)
    assert [member.account for member in await database.read(boards.members, THERE)] == [one.id]


async def test_days_are_counted_in_the_accounts_zone_and_an_export_has_the_row(database: Database) -> None:
    one, _ = await database.write(both)
    await database.write(accounts.save_preferences, one.id, Preferences(zone="Asia/Tokyo"))
    await database.write(boards.join, on(one))
    found = await database.read(boards.member, HERE, one.id)
    assert found is not None
    assert found.zone == "Asia/Tokyo"
    exported = await database.read(export_account, one.id)
    assert exported is not None
    [row] = exported["boards"]
    assert (row["workspace_id"], row["name"], row["joined_at"]) == (HERE, "Night Owl", NOON.isoformat())
