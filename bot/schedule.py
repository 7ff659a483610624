"""When a daily question is due: local days, hours that do not exist or come twice, lateness, pauses; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
WEEKENDS = frozenset((5, 6))
LATE = timedelta(hours=6)
"""How late a question may still come; after that its day is skipped."""
SPREAD_SECONDS = 60
"""Over how many seconds the questions of one minute are spread."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hour (minutes after local midnight), the weekdays (0 is Monday) and the IANA zone of a daily question.

    Nothing is due before the local day `resting_until`.
    """

    minute: int
    days: frozenset[int]
    zone: str
    resting_until: date | None = None

    def has(self, day: date) -> bool:
        """Whether a question is wanted on this local day."""
        return day.weekday() in self.days and (self.resting_until is None or day >= self.resting_until)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One local day's question, and the moment from which it is due."""

    on: date
    at: datetime


@cache
def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name. Python remembers the last eight only, and reads the file of each other one again."""
    return ZoneInfo(name)


def local_day(moment: datetime, zone: str) -> date:
    """The day it is in a zone."""
    return moment.astimezone(zone_of(zone)).date()


@lru_cache(maxsize=4096)  # many ask for the same minute
def moment_of(day: date, minute: int, zone: str) -> datetime | None:
    """When the clocks of a zone first show this minute of this day, in UTC.

    An hour that the clocks leap over comes at the first moment after the leap; one that comes twice comes the first
    time. None for a day that a zone left out altogether (Samoa's 30 December 2011).
    """
    tz = zone_of(zone)
    wanted = datetime.combine(day, time(minute // 60, minute % 60), tz)
    moment = wanted.astimezone(UTC)
    if moment.astimezone(tz).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return moment
    if _midnight(day, tz) == _midnight(day + DAY, tz):
        return None
    return _leap(wanted.replace(fold=1).astimezone(UTC), moment, tz)


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    wanted = datetime.combine(day, time(), tz)
    moment = wanted.astimezone(UTC)
    if moment.astimezone(tz).replace(tzinfo=None) == wanted.replace(tzinfo=None):
        return moment
    return _leap(wanted.replace(fold=1).astimezone(UTC), moment, tz)


def _leap(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The moment between these two at which a zone's clocks leap forward, to the second."""
    old = before.astimezone(tz).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def following(schedule: Schedule, after: date) -> Occasion | None:
    """The first occasion on a local day later than this; None when no weekday is wanted."""
    start = after if schedule.resting_until is None else max(after, schedule.resting_until - DAY)
    for days in range(1, 16):
        day = start + days * DAY
        if schedule.has(day):
            at = moment_of(day, schedule.minute, schedule.zone)
            if at is not None:
                return Occasion(day, at)
    return None


def upcoming(schedule: Schedule, now: datetime, done: Collection[date] = ()) -> Occasion | None:
    """The first occasion that lies ahead, on a day that is not `done`."""
    today = local_day(now, schedule.zone)
    occasion = following(schedule, today - 2 * DAY)
    while occasion is not None and (occasion.at <= now or occasion.on in done):
        occasion = following(schedule, occasion.on)
    return occasion


def caught_up(schedule: Schedule, waiting: Occasion, now: datetime) -> tuple[Occasion | None, Occasion | None]:
    """What is to be asked now and what comes after it, where `waiting` has been due for a while.

    After a downtime only the latest occasion is asked, and only as long as it is not too late for it.
    """
    latest = waiting
    coming = following(schedule, waiting.on)
    while coming is not None and coming.at <= now:
        latest, coming = coming, following(schedule, coming.on)
    return (latest if in_window(latest, now) else None), coming


def in_window(occasion: Occasion, now: datetime) -> bool:
    """Whether a question may come now: not before its time, and not too late."""
    return occasion.at <= now < occasion.at + LATE


def spread(account: str) -> timedelta:
    """How long after its minute an account's question comes, so that not all come at once; always the same."""
    chance = int.from_bytes(blake2b(account.encode(), digest_size=4).digest())
    return timedelta(seconds=chance % SPREAD_SECONDS)
