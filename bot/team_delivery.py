"""Weekly channel questions on their way: which channel is due, and whose model answer is to be shown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from bot.delivery import BATCH, in_batches, stepped
from bot.events import TeamStep, packed
from storage import team
from storage.database import Database
from storage.queue import Arrival
from storage.team import TeamAdvance, TeamDelivery, TeamPractice

REVEAL_AFTER = timedelta(hours=48)
"""How long after the question the model answer follows."""
WEEK_DAYS = 7


class TeamDeliveries:
    """Looks which channel is due. Safe in every replica at once: one local week of a channel is one row."""

    def __init__(self, database: Database) -> None:
        """Look into this database."""
        self._database = database

    async def ask_due(self, now: datetime) -> int:
        """Put all that is due into its channel's lane; returns how much was looked at."""
        if not await self._database.read(team.is_due, now):
            return 0
        stepper = TeamStepper(now)
        return await in_batches(lambda: self._database.write(team.claim, now, BATCH, stepper.advance, stepper.reveal))


class TeamStepper:
    """Takes a channel's schedule one step on, at one moment."""

    def __init__(self, now: datetime) -> None:
        """It is so late."""
        self._now = now

    def advance(self, due: TeamPractice) -> TeamAdvance:
        """Ask the latest week that is due and not too late, and wait for the next."""
        moved, asked = stepped(due, self._now)
        if asked is None:
            return TeamAdvance(moved)
        delivery = TeamDelivery(due.id, week_of(asked.on), asked.on, asked.at)
        return TeamAdvance(moved, delivery, step_event(delivery, due.workspace, "ask", self._now))

    def reveal(self, delivery: TeamDelivery, workspace: str) -> Arrival:
        """Show the model answer of a week."""
        return step_event(delivery, workspace, "reveal", self._now)


def week_of(day: date) -> date:
    """The Monday of a day's week, by which a week is known."""
    return day - timedelta(days=day.weekday())


def days_of(week: date) -> list[date]:
    """The days of a week, by its Monday."""
    return [week + timedelta(days=number) for number in range(WEEK_DAYS)]


def step_event(
    delivery: TeamDelivery, workspace: str, what: Literal["ask", "reveal", "tell"], now: datetime
) -> Arrival:
    """Our own event that does something about a week's question, once."""
    week = delivery.week.isoformat()
    kind, payload = packed(TeamStep(team=delivery.team, week=week, what=what))
    return Arrival(
        dedup_key=f"team/{delivery.team}/{week}/{what}/{now.timestamp():.3f}",
        lane=f"team:{delivery.team}",
        sort_key=f"{int(now.timestamp() * 1_000_000):020d}",
        kind=kind,
        payload=payload,
        workspace=workspace,
    )
