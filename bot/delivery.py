"""Daily questions on their way: who is due, and what is put into whose lane; pure but for the one that looks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.events import Ask, packed
from bot.intake import person_lane
from bot.schedule import Occasion, Schedule, caught_up, moment_of, spread, upcoming
from storage import practice
from storage.addresses import Person
from storage.database import Database
from storage.practice import Advance, Delivery, Paused, Practice
from storage.queue import Arrival
from storage.team import TeamPractice

Due = TypeVar("Due", Practice, TeamPractice)
"""What has a schedule: a person's daily question, or a channel's weekly one."""

BATCH = 100
"""Schedules that are taken a step on in one transaction, few enough that nobody waits long for the database."""
SNOOZE = timedelta(hours=1)
TRY_AGAIN = timedelta(minutes=5)
"""When a question is tried again that a platform did not take."""
UNANSWERED = 3
"""After so many questions in a row without a sign of life no more come."""


class Deliveries:
    """Looks who is due. Safe in every replica at once: one local day of an account is one row."""

    def __init__(self, database: Database) -> None:
        """Look into this database."""
        self._database = database

    async def ask_due(self, now: datetime) -> int:
        """Put every question that is due into its person's lane; returns how many schedules were looked at."""
        if not await self._database.read(practice.is_due, now):
            return 0
        advance = Stepper(now).advance
        return await in_batches(lambda: self._database.write(practice.claim, now, BATCH, advance, again))


async def in_batches(claim: Callable[[], Awaitable[int]]) -> int:
    """Claim again as long as a batch was full; returns how much was looked at."""
    count = 0
    while seen := await claim():
        count += seen
        if seen < BATCH:
            break
    return count


class Stepper:
    """Takes a schedule one step on, at one moment."""

    def __init__(self, now: datetime) -> None:
        """It is so late."""
        self._now = now

    def advance(self, due: Practice) -> Advance:
        """Ask the latest local day that is due and not too late, and wait for the next."""
        moved, asked = stepped(due, self._now)
        if asked is None:
            return Advance(moved)
        if due.unanswered >= UNANSWERED:
            return Advance(planned(replace(moved, paused=Paused.UNANSWERED), None))
        if due.paused is Paused.ASKED:
            moved = replace(moved, paused=Paused.NO, paused_until=None)
        delivery = Delivery(due.account, asked.on, asked.at)
        return Advance(moved, delivery, ask(due.person, delivery, self._now))


def stepped(due: Due, now: datetime) -> tuple[Due, Occasion | None]:
    """A schedule one step on, and the occasion that is to be asked now: the latest that is not too late, if any."""
    if not is_running(due) or due.next_on is None:
        return planned(due, None), None
    at = moment_of(due.next_on, due.minute, due.zone)
    if at is None or at > now:  # the zone's rules changed since it was planned
        return rescheduled(due, now), None
    asked, coming = caught_up(schedule_of(due), Occasion(due.next_on, at), now)
    return planned(due, coming), asked


def is_running(due: Practice | TeamPractice) -> bool:
    """Whether questions come: turned on, and not paused for good; a pause with an end is a part of the schedule."""
    return due.turned_on and due.paused in (Paused.NO, Paused.ASKED)


def schedule_of(due: Practice | TeamPractice) -> Schedule:
    """The calendar part of it."""
    return Schedule(due.minute, due.days, due.zone, due.paused_until)


def planned(due: Due, occasion: Occasion | None) -> Due:
    """The next question is this one."""
    if occasion is None:
        return replace(due, next_on=None, next_due_at=None)
    return replace(due, next_on=occasion.on, next_due_at=occasion.at + spread(due.key))


def postponed(due: Practice, on: date, until: datetime) -> Practice:
    """The question of a day that was claimed cannot be shown now; it is tried again."""
    return replace(due, next_on=on, next_due_at=until)


def rescheduled(due: Due, now: datetime, done: Collection[date] = ()) -> Due:
    """The next question by the schedule as it is now; `done` days are not asked again."""
    return planned(due, upcoming(schedule_of(due), now, done) if is_running(due) else None)


def ask(person: Person, delivery: Delivery, now: datetime) -> Arrival:
    """Our own event that shows a day's question."""
    on = delivery.on.isoformat()
    kind, payload = packed(Ask(account=delivery.account, on=on, again=delivery.times))
    return Arrival(
        dedup_key=f"ask/{delivery.account}/{on}/{now.timestamp():.3f}",
        lane=person_lane(person),
        sort_key=f"{int(now.timestamp() * 1_000_000):020d}",
        kind=kind,
        payload=payload,
        workspace=f"{person.platform}:{person.realm}",
    )


def again(delivery: Delivery, due: Practice) -> Arrival:
    """Our own event that shows a question again that was put off."""
    return ask(due.person, delivery, delivery.again_at or delivery.due_at)
