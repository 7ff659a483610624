"""An admin is told once a day that the budget is nearly spent, and nobody gets a second unasked message for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.logs import make_log
from bot.purse import Purse
from bot.wording import notices as words
from storage import usage, workspaces
from storage.addresses import Person, Place
from storage.usage import Spending
from tests.fakes.stage import ANNA, BEN, LOBBY, PLATFORM, Stage, staged

HALL = f"{PLATFORM}:hall"
DIRECT = {person: Place(PLATFORM, "hall", f"dm-{person.user}") for person in (ANNA, BEN)}


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        opened.platform.admins |= {ANNA, BEN}
        await opened.database.write(workspaces.workspace_of, PLATFORM, "hall", opened.clock())
        yield opened  # it is Monday, 2 November 2026, 9:00 UTC


async def spends(stage: Stage, dollars: float) -> bool:
    """So much is spent, and two replicas ask whether more may be."""
    spending = Spending(HALL, None, "", 0, "claude-sonnet-5-5", 1, 1, 0, 0, dollars, stage.clock())
    await stage.database.write(usage.add, spending)
    purses = [Purse(stage.database, 5.0, stage.clock, make_log("error")) for _ in range(2)]
    granted = [await purse.may_spend(HALL) for purse in purses]
    await stage.settled()
    return all(granted)


async def told(stage: Stage, person: Person) -> list[str]:
    return [text for text in await stage.texts(DIRECT[person], person) if "budget" in text]


async def test_one_admin_is_told_once_a_day_until_they_stop_it(stage: Stage) -> None:
    assert await spends(stage, 3.9)
    assert await told(stage, ANNA) == []
    assert await spends(stage, 0.1)
    assert not await spends(stage, 2.0)
    assert await told(stage, ANNA) == [words.nearly_spent("Hall", used_up=False)]
    assert await told(stage, BEN) == []
    stage.clock.pass_by(days=1, hours=1)
    assert not await spends(stage, 5.0)
    assert (await told(stage, ANNA))[1:] == [words.nearly_spent("Hall", used_up=True)]
    await stage.send(stage.pressed(await stage.button(words.STOP), DIRECT[ANNA]))
    assert words.stopped() in (await stage.texts(DIRECT[ANNA]))[-1]
    stage.clock.pass_by(days=1)
    await spends(stage, 4.5)
    assert len(await told(stage, ANNA)) == 3  # with the answer to the button
    assert len(await told(stage, BEN)) == 1, "the next admin is told"
    await stage.send(stage.command("me"))
    await stage.send(stage.pressed(await stage.button(words.TELL_AGAIN), LOBBY))
    assert words.on_again() in await stage.whispers()


async def test_who_gets_a_daily_question_hears_of_it_with_the_next(stage: Stage) -> None:
    stage.platform.admins = {ANNA}
    stage.platform.zones[ANNA] = "Europe/Berlin"
    await stage.send(stage.command("daily 08:30"))
    await spends(stage, 4.5)
    assert await told(stage, ANNA) == []
    stage.clock.pass_by(days=1)
    await stage.tick()
    [beside] = await told(stage, ANNA)
    assert "**Hall** used 80 % or more of its budget for models on Monday 2 November" in beside
    assert "Why today" in beside
    await stage.button(words.STOP)
    stage.clock.pass_by(days=1)
    await stage.tick()
    assert len(await told(stage, ANNA)) == 1


async def test_a_nudge_and_a_notice_do_not_come_on_one_day(stage: Stage) -> None:
    stage.platform.admins = {BEN}
    record = await stage.start("easy quick", BEN)
    await spends(stage, 4.5)
    assert len(await told(stage, BEN)) == 1
    stage.clock.pass_by(hours=23, minutes=59)
    await stage.say(record, "A thought, and then silence.", person=BEN)
    stage.clock.pass_by(hours=24, minutes=1)
    await stage.tick()  # the nudge
    assert any("still" in text.lower() for text in await stage.texts(record.place, BEN))
    await spends(stage, 4.5)
    assert len(await told(stage, BEN)) == 1


async def test_where_no_admin_is_known_nobody_is_told(stage: Stage) -> None:
    stage.platform.admins = set()
    assert await spends(stage, 4.5)
    assert await told(stage, ANNA) == await told(stage, BEN) == []
