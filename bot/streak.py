"""How many days in a row somebody practised, and the freezes that protect it; pure, told from local days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_PER_FREEZE = 7
MOST_FREEZES = 2
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """Days practised in a row, the freezes kept, and the days on which one was used in this row."""

    days: int = 0
    freezes: int = 0
    frozen: tuple[date, ...] = ()


def streak(answered: Collection[date], asked: Collection[date], since: date | None, today: date) -> Streak:
    """Fold local days into a streak.

    `answered`: days with any submitted answer. `asked`: days on which a question was delivered. From `since`, when
    the daily was turned on, only a day that was asked and not answered is missed, so quiet days, pauses and outages
    break nothing; before it, or without one, each day without an answer breaks the row. Today is never missed yet.
    """
    done, wanted = set(answered), set(asked)
    if not done:
        return Streak()
    row = Streak()
    day = min(done)
    while day <= today:
        if day in done:
            row = _practised(row)
        elif day < today and (day in wanted or since is None or day < since):
            row = _missed(row, day) if since is not None and day >= since else Streak()
        day += DAY
    return row


def _practised(row: Streak) -> Streak:
    days = row.days + 1
    earned = days % DAYS_PER_FREEZE == 0
    return Streak(days, min(MOST_FREEZES, row.freezes + earned), row.frozen)


def _missed(row: Streak, day: date) -> Streak:
    """A freeze is used by itself; it keeps the row as it is and adds no day."""
    if row.days and row.freezes:
        return Streak(row.days, row.freezes - 1, (*row.frozen, day))
    return Streak()
