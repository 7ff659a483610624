"""A practice board in figures: who is shown, at which place, and how somebody stands themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.schedule import local_day
from bot.standing import streak_for
from storage import boards, practice
from storage.boards import Member

DAYS = 30
SHOWN = 10
"""So many rows, and one's own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a board: `place` from 1, shared by those with as many `days` of the last thirty.

    `mine`: it is the asker's own.
    """

    place: int
    name: str
    pseudonym: bool
    days: int
    streak: int
    mine: bool


@dataclass(frozen=True, slots=True)
class View:
    """A board as one member, or a stranger, sees it: the first rows and whose they are, their own, how many joined."""

    rows: tuple[Row, ...]
    shown: tuple[Member, ...]
    own: Row | None
    members: int


def view_of(conn: Connection, workspace: str, account: str, now: datetime) -> View:
    """A board as this account sees it."""
    members = boards.members(conn, workspace)
    # Local days are at most one apart from the day in UTC.
    days = boards.days(conn, workspace, now.date() - timedelta(days=DAYS + 1))
    done: dict[str, int] = {}
    for one in members:
        first = local_day(now, one.zone) - timedelta(days=DAYS - 1)
        done[one.account] = sum(day >= first for day in days.get(one.account, ()))
    listed = sorted(
        (one for one in members if done[one.account]), key=lambda one: (-done[one.account], one.name.casefold())
    )
    places = {count: 1 + sum(other > count for other in done.values()) for count in set(done.values())}

    def row(one: Member) -> Row:
        due = practice.get(conn, one.account)
        streak = streak_for(conn, one.account, due, local_day(now, one.zone)).days
        count = done[one.account]
        return Row(places[count], one.name, one.pseudonym, count, streak, mine=one.account == account)

    shown = tuple(listed[:SHOWN])
    rows = {one.account: row(one) for one in shown}
    own = next((one for one in members if one.account == account), None)
    mine = None if own is None else rows.get(account) or row(own)
    return View(tuple(rows.values()), shown, mine, len(members))
