"""Short words for tests of the queue: an arrival, a claim, what stands in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage import queue
from storage.database import Database
from storage.queue import Arrival, Claim, Due, Finished, LeaseLost, Recorded, Sent
from storage.tables import inbox, lanes, outbox

LONG = 1000.0
"""Seconds of a lease that outlives any test."""
OVER = -1.0
"""Seconds of a lease that is over as soon as it is given."""


def arrival(
    key: str, lane: str = "interview:1", *, sort_key: str | None = None, workspace: str = "", payload: str = "{}"
) -> Arrival:
    """Something that happened; by default its place in the order is its key."""
    return Arrival(
        dedup_key=key,
        lane=lane,
        sort_key=key if sort_key is None else sort_key,
        kind="reply",
        payload=payload,
        workspace=workspace,
    )


async def accept(database: Database, *arrivals: Arrival) -> list[bool]:
    """Accept them one after another; says of each whether it was new."""
    return [await database.write(queue.accept, one) for one in arrivals]


async def claim(database: Database, owner: str = "me", limit: int = 10, lease_seconds: float = LONG) -> list[Claim]:
    """Claim, in the order of the lanes' names."""
    claims = await database.write(queue.claim, owner, limit, lease_seconds)
    return sorted(claims, key=lambda one: one.lane)


async def claim_one(database: Database, owner: str = "me", lease_seconds: float = LONG) -> Claim:
    """Claim the only lane that is ready."""
    [one] = await claim(database, owner, lease_seconds=lease_seconds)
    return one


def record_one(conn: Connection, claim: Claim, /, **left: Any) -> Recorded:
    """Record this turn and what it leaves behind; raises LeaseLost."""
    [outcome] = queue.record(conn, [Finished(claim, **left)])
    if isinstance(outcome, LeaseLost):
        raise outcome
    return outcome


async def record(database: Database, claim: Claim, **left: Any) -> Recorded:
    """Record this turn and what it leaves behind; raises LeaseLost."""
    return await database.write(record_one, claim, **left)


async def sent(database: Database, due: Due, spoken: str | None = None, shown_at: float | None = None) -> Due | None:
    """Tell that this post was sent; gives the lane's next."""
    [following] = await database.write(queue.sent, [Sent(due, spoken, shown_at)])
    return following


async def lane(database: Database, key: str = "interview:1") -> Row[Any]:
    """The lane's row as it stands."""
    return await database.read(lambda conn: conn.execute(select(lanes).where(lanes.c.key == key)).one())


async def inbox_row(database: Database, key: str) -> Row[Any]:
    """The inbox row of this key as it stands."""
    return await database.read(lambda conn: conn.execute(select(inbox).where(inbox.c.dedup_key == key)).one())


async def outbox_rows(database: Database) -> Sequence[Row[Any]]:
    """All posts, sent or not, in the order they were recorded."""
    return await database.read(lambda conn: conn.execute(select(outbox).order_by(outbox.c.id)).all())


async def expire(database: Database, key: str = "interview:1", epoch: int = 1) -> None:
    """Let this lease of the lane be over, as it is when its holder froze."""

    def work(conn: Connection) -> None:
        conn.execute(update(lanes).where(lanes.c.key == key, lanes.c.epoch == epoch).values(lease_until=0))

    await database.write(work)
