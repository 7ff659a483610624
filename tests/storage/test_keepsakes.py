"""What an adapter keeps between two lives."""

from __future__ import annotations

from datetime import UTC, datetime

from storage import accounts, keepsakes
from storage.addresses import Person
from storage.database import Database

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def test_the_first_claim_wins_and_a_later_value_replaces_an_earlier_one(database: Database) -> None:
    assert await database.read(keepsakes.get, "chat/a") is None
    assert await database.write(keepsakes.claim, "chat/a", "1")
    assert not await database.write(keepsakes.claim, "chat/a", "2")
    assert await database.read(keepsakes.get, "chat/a") == "1"
    await database.write(keepsakes.keep, "chat/a", "3")
    assert await database.read(keepsakes.get, "chat/a") == "3"
    await database.write(keepsakes.drop, "chat/a")
    assert await database.read(keepsakes.get, "chat/a") is None


async def test_what_is_kept_of_a_person_goes_with_their_account(database: Database) -> None:
    anna = Person("chat", "", "7")
    account = await database.write(accounts.account_of, anna, NOW)
    for name in ("chat/direct/7", "chat/told/7/content", "chat/direct/77", "other/direct/7"):
        await database.write(keepsakes.keep, name, "x")
    await database.write(accounts.forget, account.id)
    left = [name for name in ("chat/direct/77", "other/direct/7") if await database.read(keepsakes.get, name)]
    gone = [name for name in ("chat/direct/7", "chat/told/7/content") if await database.read(keepsakes.get, name)]
    assert (left, gone) == (["chat/direct/77", "other/direct/7"], [])


async def test_what_is_old_can_be_forgotten(database: Database) -> None:
    await database.write(keepsakes.keep, "chat/choice/a", "x")
    await database.write(keepsakes.keep, "chat/direct/7", "x")
    assert await database.write(keepsakes.drop_older, "chat/choice/", 3600) == 0
    assert await database.write(keepsakes.drop_older, "chat/choice/", -3600) == 1
    assert await database.read(keepsakes.get, "chat/direct/7") == "x"


async def test_what_is_taken_is_taken_once_and_in_time(database: Database) -> None:
    await database.write(keepsakes.keep, "slack/state/a", "mine")
    assert await database.write(keepsakes.take, "slack/state/a", -1) is None
    assert await database.write(keepsakes.take, "slack/state/a", 60) == "mine"
    assert await database.write(keepsakes.take, "slack/state/a", 60) is None
