"""Notices that a workspace's budget is nearly spent: one a day, and who is told; and when somebody was written to last.

Nobody gets more than one message a day that they did not ask for, all features together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage import practice, queue
from storage.queue import Arrival
from storage.tables import accounts, budget_notices

KEPT = timedelta(days=7)
"""How long we keep that somebody was told."""
A_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Notice:
    """A workspace had nearly spent its budget on this day (UTC); `name` is what its people call it, if we know."""

    workspace: str
    day: date
    name: str = ""


def begin(conn: Connection, notice: Notice, arrival: Arrival) -> bool:
    """Let `arrival` tell of it, once for a workspace and day; False for everybody but the first."""
    row = {"workspace_id": notice.workspace, "day": notice.day.isoformat(), "name": notice.name}
    new = insert(budget_notices).on_conflict_do_nothing().returning(budget_notices.c.day)
    if conn.execute(new, row).first() is None:
        return False
    old = budget_notices.c.day < (notice.day - KEPT).isoformat()
    conn.execute(delete(budget_notices).where(budget_notices.c.workspace_id == notice.workspace, old))
    queue.accept(conn, arrival)
    return True


def give(conn: Connection, notice: Notice, account: str, told_at: datetime | None) -> None:
    """This account is told: it was at that time, or will be beside its next daily question."""
    conn.execute(
        update(budget_notices)
        .where(budget_notices.c.workspace_id == notice.workspace, budget_notices.c.day == notice.day.isoformat())
        .values(name=notice.name, account_id=account, told_at=told_at and told_at.timestamp())
    )
    if told_at is not None:
        wrote(conn, account, told_at)


def owed(conn: Connection, account: str, since: date) -> Sequence[Notice]:
    """What an account was not told yet, from that day on."""
    rows = conn.execute(
        select(budget_notices.c.workspace_id, budget_notices.c.day, budget_notices.c.name)
        .where(
            budget_notices.c.account_id == account,
            budget_notices.c.told_at.is_(None),
            budget_notices.c.day >= since.isoformat(),
        )
        .order_by(budget_notices.c.day, budget_notices.c.workspace_id)
    )
    return [Notice(row.workspace_id, date.fromisoformat(row.day), row.name) for row in rows]


def clear(conn: Connection, workspace: str, before: datetime) -> None:
    """Forget the notices of a workspace up to that day."""
    conn.execute(
        delete(budget_notices).where(
            budget_notices.c.workspace_id == workspace, budget_notices.c.day <= before.date().isoformat()
        )
    )


def wrote(conn: Connection, account: str, at: datetime) -> None:
    """An account gets a message that nobody asked for."""
    conn.execute(update(accounts).where(accounts.c.id == account).values(unasked_at=at.timestamp()))


def is_written_to(conn: Connection, account: str, now: datetime) -> bool:
    """Whether an account gets a daily question, or got anything else unasked within a day: nothing more is to come."""
    return practice.is_running(conn, account) or had_one(conn, account, now)


def had_one(conn: Connection, account: str, now: datetime) -> bool:
    """Whether an account got such a message within a day."""
    at = conn.execute(select(accounts.c.unasked_at).where(accounts.c.id == account)).scalar()
    return at is not None and at > (now - A_DAY).timestamp()
