"""A year of daily questions: many accounts in many zones, two replicas that tick twice, and long nights."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from bot.delivery import Deliveries, rescheduled
from bot.schedule import EVERY_DAY, LATE, WEEKDAYS, spread
from storage import practice
from storage.addresses import Person
from storage.database import Database
from storage.practice import Practice
from storage.tables import accounts, deliveries, inbox

ZONES = (
    *("Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage"),
    *("America/Asuncion", "America/Bogota", "America/Chicago", "America/Denver", "America/Havana"),
    *("America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Nuuk", "America/Santiago"),
    *("America/Sao_Paulo", "America/Scoresbysund", "America/St_Johns", "America/Toronto", "Antarctica/Troll"),
    *("Asia/Beirut", "Asia/Dubai", "Asia/Gaza", "Asia/Jerusalem", "Asia/Kathmandu"),
    *("Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Atlantic/Azores", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin"),
    *("Europe/London", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu", "Pacific/Kiritimati"),
)
HOURS = ("00:00", "00:15", "01:30", "02:00", "02:15", "02:30", "03:00", "07:45", "08:30", "12:00", "19:00", "23:45")
FIRST, DAYS = date(2026, 11, 1), 400
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=DAYS)
QUARTER = timedelta(minutes=15)


@dataclass
class Totals:
    """What a year came to."""

    accounts: int
    ticks: int = 0
    nights: int = 0
    questions: int = 0
    skipped: int = 0
    wrong: list[str] = field(default_factory=list)


def people(count: int, chance: random.Random) -> list[Practice]:
    """So many schedules, all zones and hours among them, some at rest for a while."""
    return [
        Practice(
            account=f"{number:032}",
            person=Person("stage", "hall", str(number)),
            minute=_minute(HOURS[number % len(HOURS)]),
            days=chance.choice((EVERY_DAY, WEEKDAYS, frozenset({0, 2, 4}), frozenset({5, 6}))),
            zone=ZONES[number % len(ZONES)],
            since=FIRST,
            level_since=FIRST,
            paused=practice.Paused.ASKED if number % 10 == 0 else practice.Paused.NO,
            paused_until=FIRST + timedelta(days=chance.randrange(1, 300)) if number % 10 == 0 else None,
        )
        for number in range(count)
    ]


def _minute(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


def settle(conn: Connection, everybody: list[Practice]) -> None:
    """Store all of them, waiting for their first question."""
    for someone in everybody:
        conn.execute(accounts.insert().values(id=someone.account, created_at=BEGIN.timestamp()))
        practice.save(conn, rescheduled(someone, BEGIN - timedelta(seconds=1)))


@cache
def first_moments(zone: str) -> Mapping[int, Mapping[date, datetime]]:
    """When each of the hours first comes on each local day, told by walking through the year with a clock."""
    tz = ZoneInfo(zone)
    found: dict[int, dict[date, datetime]] = {_minute(hour): {} for hour in HOURS}
    past = {minute: [hour for hour in found if 0 <= minute - hour < 180] for minute in range(0, 1440, 15)}
    moment = BEGIN - timedelta(days=1)
    while moment < END + timedelta(days=1):
        here = moment.astimezone(tz)
        day, minute = here.date(), here.hour * 60 + here.minute
        for hour in past[minute]:
            found[hour].setdefault(day, moment)
        if minute < 60 and day - timedelta(days=1) not in found[1425]:  # the last hour of yesterday was leapt over
            found[1425][day - timedelta(days=1)] = moment
        moment += QUARTER
    return found


def times(chance: random.Random) -> tuple[list[datetime], int]:
    """When replicas tick: every few hours, with outages from half an hour to three days; and how many outages."""
    found, nights = [], 0
    moment = BEGIN
    while moment < END:
        found.append(moment)
        moment += timedelta(minutes=chance.randrange(200, 340), seconds=chance.randrange(60))
        if chance.random() < 0.004:
            nights += 1
            moment += timedelta(hours=chance.choice((0.5, 3, 7, 20, 50, 72)))
    return found, nights


async def live(databases: list[Database], everybody: list[Practice], chance: random.Random) -> Totals:
    """Let the year pass, and compare what was asked with what a clock on the wall says."""
    ticks, nights = times(chance)
    totals = Totals(len(everybody), nights=nights)
    replicas = [Deliveries(database) for database in databases]
    for now in ticks:
        # Most often one of them ticks; now and then both at once, or one twice.
        who = chance.choice(("first", "second", "both", "twice"))
        ticking = {"first": replicas[:1], "second": replicas[1:], "both": replicas, "twice": replicas[:1] * 2}[who]
        await asyncio.gather(*(replica.ask_due(now) for replica in ticking))
        totals.ticks += len(ticking)
    asked = await databases[0].read(_asked, totals)
    _compare(totals, everybody, ticks, asked)
    return totals


def _asked(conn: Connection, totals: Totals) -> dict[str, dict[date, float]]:
    """When the question of each local day of each account was put into the queue (seconds since the epoch)."""
    days = {
        (FIRST + timedelta(days=number)).isoformat(): FIRST + timedelta(days=number) for number in range(-2, DAYS + 2)
    }
    found: dict[str, dict[date, float]] = {}
    for key in conn.execute(select(inbox.c.dedup_key)).scalars():
        _, account, on, at = key.split("/")
        mine = found.setdefault(account, {})
        if days[on] in mine:
            totals.wrong.append(f"{account} was asked twice on {on}")
        mine[days[on]] = float(at)
    rows = conn.execute(select(func.count()).select_from(deliveries)).scalar_one()
    assert rows == sum(map(len, found.values()))
    return found


def _compare(
    totals: Totals,
    everybody: list[Practice],
    ticks: list[datetime],
    asked: Mapping[str, Mapping[date, float]],
) -> None:
    clocks = {zone: first_moments(zone) for zone in {someone.zone for someone in everybody}}
    for someone in everybody:
        mine = dict(asked.get(someone.account, {}))
        later = spread(someone.account)
        at = 0
        for day, moment in sorted(clocks[someone.zone][someone.minute].items()):
            if not BEGIN <= moment < END or day.weekday() not in someone.days:
                continue
            if someone.paused_until is not None and day < someone.paused_until:
                continue
            while at < len(ticks) and ticks[at] < moment + later:
                at += 1
            up = at < len(ticks) and ticks[at] < moment + LATE
            got = mine.pop(day, None)
            totals.questions += got is not None
            totals.skipped += not up
            in_time = got is None or moment.timestamp() <= got < (moment + LATE).timestamp()
            if (got is not None) != up or not in_time:
                totals.wrong.append(f"{someone.zone} {day} {someone.minute}: due {moment}, asked at {got}, up {up}")
        totals.wrong += [f"{someone.zone}: asked on {day}, which was not wanted" for day in mine]
