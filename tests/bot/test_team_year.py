"""Each channel gets exactly one question in each local week that was not wholly missed, for 400 days."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from bot.delivery import rescheduled
from bot.schedule import LATE, spread
from bot.team_delivery import TeamDeliveries, TeamStepper, week_of
from storage import team, workspaces
from storage.addresses import Place
from storage.database import Database
from storage.tables import inbox
from storage.team import TeamPractice
from tests.bot.daily_year import BEGIN, END, HOURS, first_moments, times

ZONES = ("America/Sao_Paulo", "Australia/Lord_Howe", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
"""Some whose clocks leap, by an hour and by half of one, and some whose clocks do not."""
SUNDAY = 6


def channels() -> list[TeamPractice]:
    """Some hours of Sundays, when clocks leap."""
    return [
        TeamPractice(
            id=f"{number:016}",
            workspace="stage:hall",
            place=Place("stage", "hall", str(number)),
            account=None,
            person=None,
            minute=int(hour[:2]) * 60 + int(hour[3:]),
            day=SUNDAY,
            zone=ZONES[number % len(ZONES)],
            kind="quick",
            set_at=BEGIN,
        )
        for number, hour in enumerate(HOURS)
    ]


def settle(conn: Connection, everybody: list[TeamPractice]) -> None:
    workspaces.workspace_of(conn, "stage", "hall", BEGIN)
    for channel in everybody:
        team.save(conn, rescheduled(channel, BEGIN - timedelta(seconds=1)))


def asked(conn: Connection) -> dict[str, dict[date, datetime]]:
    """When the question of each week of each channel was put into the queue; none twice."""
    found: dict[str, dict[date, datetime]] = {}
    for key in conn.execute(select(inbox.c.dedup_key)).scalars():
        _, channel, week, what, at = key.split("/")
        mine = found.setdefault(channel, {})
        assert what == "ask"
        assert date.fromisoformat(week) not in mine, key
        mine[date.fromisoformat(week)] = datetime.fromtimestamp(float(at), BEGIN.tzinfo)
    return found


def compare(
    channel: TeamPractice, clock: Mapping[date, datetime], ticks: list[datetime], mine: dict[date, datetime]
) -> int:
    """Hold what was asked against a clock on the wall; gives how many weeks were missed."""
    missed = 0
    for day, moment in clock.items():
        if day.weekday() != channel.day or not BEGIN <= moment < END:
            continue
        first = next((tick for tick in ticks if tick >= moment + spread(channel.id)), END)
        got = mine.pop(week_of(day), None)
        missed += got is None
        assert (got is not None) == (first < moment + LATE), f"{channel.zone} {day}: due {moment}, asked {got}"
        assert got is None or abs(got - first) < timedelta(seconds=1)
    assert not mine, f"{channel.zone}: {mine} was not wanted"
    return missed


async def test_a_year_of_weeks(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    chance, everybody = random.Random("weeks"), channels()
    await database.write(settle, everybody)
    ticks = [tick for tick in times(chance)[0] if tick.weekday() in (5, 6, 0)]  # no Sunday is on other days of UTC
    replicas = [TeamDeliveries(database), TeamDeliveries(database)]
    for now in ticks:
        await asyncio.gather(*(replica.ask_due(now) for replica in replicas[: chance.choice((1, 1, 2))]))
    found = await database.read(asked)
    await database.close()
    clocks = {zone: first_moments(zone) for zone in ZONES}
    missed = sum(compare(one, clocks[one.zone][one.minute], ticks, found.get(one.id, {})) for one in everybody)
    assert missed > 0
    assert sum(map(len, found.values())) == 0  # all that was asked was looked at


async def test_two_replicas_ask_a_week_once_and_the_next_one_later(database: Database) -> None:
    other = database if database.dialect == "sqlite" else await Database.open(database.url)
    everybody = channels()
    await database.write(settle, everybody)
    now = BEGIN + timedelta(days=7, hours=14)
    looked = await asyncio.gather(*(TeamDeliveries(one).ask_due(now) for one in (database, other, database)))
    found = await database.read(asked)
    assert sum(looked) == len(everybody)
    # A schedule that is moved back within a week that was asked stays silent until the next.
    channel = next(one for one in everybody if found.get(one.id))
    await database.write(team.save, replace(channel, next_on=week_of(now.date()), next_due_at=now))
    await TeamDeliveries(other).ask_due(now + timedelta(seconds=1))
    assert await database.read(asked) == found
    week = await database.read(team.latest, channel.id)
    assert week is not None
    await database.write(team.keep, replace(week, reveal_at=now))
    reveals = [database.write(team.claim, now, 10, TeamStepper(now).advance, TeamStepper(now).reveal) for _ in range(2)]
    assert sum(await asyncio.gather(*reveals)) == 1
    if other is not database:
        await other.close()
