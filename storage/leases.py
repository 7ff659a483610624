"""The right to work on a lane: who has it, how it is chosen among many, prolonged, and given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Double, Row, bindparam, case, func, or_, select, tuple_, update

from storage.database import database_now
from storage.outbox import hurry
from storage.tables import lanes

WINDOW = 2000
"""The most ready lanes among which a claim looks for the fairest choice."""

Lease = tuple[int, int]
"""The id of a lane, and the epoch in which it is ours."""

_NOW = database_now()
_LEASE: BindParameter[float] = bindparam("lease", type_=Double())

_free = or_(lanes.c.lease_until.is_(None), lanes.c.lease_until < _NOW)
_ready = (
    select(lanes.c.id, lanes.c.workspace_id, lanes.c.ready_at, case((_free, 0), else_=1).label("taken"))
    .where(lanes.c.ready_at <= _NOW)
    .order_by(lanes.c.ready_at)
    .limit(WINDOW)
    .subquery("ready")
)
# A lane's place in the queue: how many lanes of its workspace are worked on already or come before it.
_ranked = select(
    _ready.c.id,
    _ready.c.ready_at,
    (
        func.sum(_ready.c.taken).over(partition_by=_ready.c.workspace_id)
        + func.row_number().over(
            partition_by=(_ready.c.workspace_id, _ready.c.taken), order_by=(_ready.c.ready_at, _ready.c.id)
        )
    ).label("place"),
).subquery("ranked")
_picked = (
    select(lanes.c.id)
    .join(_ranked, _ranked.c.id == lanes.c.id)
    .where(lanes.c.ready_at <= _NOW, _free)
    .order_by(_ranked.c.place, _ranked.c.ready_at)
    .limit(bindparam("most"))
    .with_for_update(of=lanes, skip_locked=True, key_share=True)
    .cte("picked")
)
_LEASE_LANES = (
    update(lanes)
    .where(lanes.c.id.in_(select(_picked.c.id)))
    .values(lease_owner=bindparam("owner"), lease_until=_NOW + _LEASE, epoch=lanes.c.epoch + 1)
    .returning(lanes.c.id, lanes.c.key, lanes.c.epoch)
)
_RENEW = (
    update(lanes)
    .where(
        lanes.c.lease_owner == bindparam("owner"),
        tuple_(lanes.c.id, lanes.c.epoch).in_(bindparam("leases", expanding=True)),
    )
    .values(lease_until=_NOW + _LEASE)
    .returning(lanes.c.id, lanes.c.epoch)
)
_RELEASE = (
    update(lanes)
    .where(lanes.c.ready_at.is_not(None), lanes.c.lease_owner == bindparam("owner"))
    .values(lease_owner=None, lease_until=None)
)
_CLEAR = update(lanes).where(lanes.c.lease_owner.is_not(None)).values(lease_owner=None, lease_until=None)


def take(conn: Connection, owner: str, limit: int, lease_seconds: float) -> dict[int, Row[*tuple[Any, ...]]]:
    """Lease at most `limit` ready lanes; gives id, key and epoch of each, by id.

    Workspaces with the fewest lanes at work come first, so that none can starve the others.
    """
    taken = conn.execute(_LEASE_LANES, {"owner": owner, "most": limit, "lease": lease_seconds})
    return {row.id: row for row in taken}


def renew(conn: Connection, owner: str, leases: Sequence[Lease], lease_seconds: float) -> set[Lease]:
    """Prolong these leases; returns those that are still ours."""
    if not leases:
        return set()
    kept = conn.execute(_RENEW, {"owner": owner, "leases": list(leases), "lease": lease_seconds})
    return {(row.id, row.epoch) for row in kept}


def release(conn: Connection, owner: str) -> None:
    """Give back every lease of this owner; the rows wait for the next claim."""
    conn.execute(_RELEASE, {"owner": owner})


def clear_leases(conn: Connection) -> None:
    """Free every lane and every post; only for a process that is alone with its database and just started."""
    conn.execute(_CLEAR)
    hurry(conn)
