"""What models cost: tokens and dollars of every call, by workspace, account and interview."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from storage.tables import usage


@dataclass(frozen=True, slots=True)
class Spending:
    """One call of a model. `tokens_in` are those that were neither read from nor written to the cache."""

    workspace: str
    account: str | None
    interview: str
    turn: int
    model: str
    tokens_in: int
    tokens_out: int
    cache_read: int
    cache_written: int
    dollars: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Total:
    """What was spent under one name: a workspace, a model."""

    name: str
    calls: int
    tokens_in: int
    tokens_out: int
    cache_read: int
    cache_written: int
    dollars: float


def add(conn: Connection, spending: Spending) -> None:
    """Count one call."""
    row = asdict(spending)
    row["workspace_id"] = row.pop("workspace")
    row["account_id"] = row.pop("account")
    row["interview_id"] = row.pop("interview")
    row["spent_at"] = row.pop("at").timestamp()
    conn.execute(usage.insert().values(**row))


def spent(conn: Connection, workspace: str, since: datetime) -> float:
    """The dollars a workspace has spent since then."""
    total = select(func.sum(usage.c.dollars)).where(
        usage.c.workspace_id == workspace, usage.c.spent_at >= since.timestamp()
    )
    return float(conn.execute(total).scalar() or 0.0)


def by_workspace(conn: Connection, since: datetime) -> list[Total]:
    """What each workspace has spent since then, the dearest first."""
    return _totals(conn, usage.c.workspace_id.label("name"), since)


def by_model(conn: Connection, since: datetime) -> list[Total]:
    """What each model has cost since then, the dearest first."""
    return _totals(conn, usage.c.model.label("name"), since)


def _totals(conn: Connection, name: ColumnElement[str], since: datetime) -> list[Total]:
    dollars = func.sum(usage.c.dollars)
    rows = conn.execute(
        select(
            name,
            func.count(),
            func.sum(usage.c.tokens_in),
            func.sum(usage.c.tokens_out),
            func.sum(usage.c.cache_read),
            func.sum(usage.c.cache_written),
            dollars,
        )
        .where(usage.c.spent_at >= since.timestamp())
        .group_by("name")
        .order_by(dollars.desc())
    )
    return [Total(*row) for row in rows]
