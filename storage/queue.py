"""The queue: what arrived waits here for its turn, and leaves together with everything that came of it.

A lane is a key within which events are handled one after another, in order. Whoever works on a lane holds
its lease: an owner, an end by the database's clock, and an epoch that grows with each claim, so that a worker
taken for dead can record nothing. Whoever changes what waits in a lane locks the lane's row first and looks
afterwards, in a statement of its own: so no wake-up is lost. `ready_at` is the time from which a lane may be
claimed, NULL when nothing waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Double,
    Row,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.database import database_now
from storage.outbox import (
    LONGEST_ERROR,
    SEND_SECONDS,
    Due,
    Outgoing,
    due_posts,
    hurry,
    post_dead,
    post_later,
    put,
    remember,
    sent,
    shown,
    unsent,
)
from storage.tables import inbox, lanes

# All that the queue offers, the half that speaks included.
__all__ = [
    "Arrival",
    "Claim",
    "Due",
    "LeaseLost",
    "Outgoing",
    "Write",
    "accept",
    "claim",
    "clear_leases",
    "due_posts",
    "post_dead",
    "post_later",
    "record",
    "release",
    "remember",
    "renew",
    "retry",
    "sent",
    "shown",
    "unsent",
]

WAITING, DONE, DEAD = 0, 1, 2
"""The status of an inbox row."""
WINDOW = 2000
"""The most ready lanes among which a claim looks for the fairest choice."""

Write = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that happened. Rows of a lane are handled by `sort_key`, then in the order they came."""

    dedup_key: str
    lane: str
    sort_key: str
    kind: str
    payload: str
    workspace: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One row that is ours to handle, under the lease `epoch` of its lane.

    `claims` counts how often it was handed out, this time included; `attempts` how often handling it failed.
    """

    lane_id: int
    lane: str
    epoch: int
    inbox_id: int
    dedup_key: str
    kind: str
    payload: str
    claims: int
    attempts: int = 0


class LeaseLost(Exception):
    """Somebody else works on the lane now; whatever was computed here is dropped."""


_NOW = database_now()
_LEASE: BindParameter[float] = bindparam("lease", type_=Double())
_LANE: BindParameter[int] = bindparam("which")

# Locks the lane, makes it where it is new, and makes it ready; never sooner than it rests after a failure.
_touch = postgresql.insert(lanes).values(key=bindparam("lane"), workspace_id=bindparam("workspace"), ready_at=_NOW)
_TOUCH = _touch.on_conflict_do_update(
    index_elements=["key"], set_={"ready_at": func.coalesce(lanes.c.ready_at, _touch.excluded.ready_at)}
).returning(lanes.c.id)
_KNOWN = select(inbox.c.id).where(inbox.c.dedup_key == bindparam("key"))
_ARRIVE = (
    postgresql.insert(inbox)
    .values(received_at=_NOW)
    .on_conflict_do_nothing(index_elements=["dedup_key"])
    .returning(inbox.c.id)
)

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

_row = (
    inbox.c.id,
    inbox.c.dedup_key,
    inbox.c.kind,
    inbox.c.payload,
    inbox.c.claims,
    inbox.c.attempts,
    inbox.c.lane_id,
)
_waiting = inbox.alias("waiting")
_first = select(_waiting.c.id).where(_waiting.c.status == WAITING).order_by(_waiting.c.sort_key, _waiting.c.id).limit(1)
_TAKE_FIRSTS = (
    update(inbox)
    .where(
        inbox.c.id.in_(
            select(_first.where(_waiting.c.lane_id == lanes.c.id).correlate(lanes).scalar_subquery()).where(
                lanes.c.id.in_(bindparam("lanes", expanding=True))
            )
        )
    )
    .values(claims=inbox.c.claims + 1)
    .returning(*_row)
)
_TAKE_NEXT = (
    update(inbox)
    .where(inbox.c.id == _first.where(_waiting.c.lane_id == _LANE).scalar_subquery())
    .values(claims=inbox.c.claims + 1)
    .returning(*_row)
)

_FENCE = select(lanes.c.epoch, lanes.c.lease_owner).where(lanes.c.id == _LANE).with_for_update(key_share=True)
_LOCK_OTHERS = (
    select(lanes.c.id)
    .where(lanes.c.key.in_(bindparam("lanes", expanding=True)))
    .order_by(lanes.c.id)
    .with_for_update(key_share=True)
)
_SETTLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.status == WAITING)
    .values(status=bindparam("outcome"), error=bindparam("why"), payload=bindparam("left"), done_at=_NOW)
    .returning(inbox.c.id)
)
_FAILED = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.status == WAITING)
    .values(attempts=inbox.c.attempts + 1, error=bindparam("why"))
)
_REST = (
    update(lanes)
    .where(lanes.c.id == _LANE)
    .values(ready_at=_NOW + bindparam("delay", type_=Double()), lease_owner=None, lease_until=None)
)
# One statement may both look and let go here, because the caller holds the lane since an earlier one.
_LET_GO = (
    update(lanes)
    .where(
        lanes.c.id.in_(bindparam("lanes", expanding=True)),
        ~select(_waiting.c.id).where(_waiting.c.lane_id == lanes.c.id, _waiting.c.status == WAITING).exists(),
    )
    .values(ready_at=None, lease_owner=None, lease_until=None)
    .returning(lanes.c.id)
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


def accept(conn: Connection, arrival: Arrival) -> bool:
    """Store it, once: True when it is new, False when its key is known."""
    # A platform repeats itself most when we are slow; so a repetition must not wait for the lane, nor for the disk.
    if conn.execute(_KNOWN, {"key": arrival.dedup_key}).first() is not None:
        return False
    lane_id = conn.execute(_TOUCH, {"lane": arrival.lane, "workspace": arrival.workspace}).scalar_one()
    return _arrive(conn, lane_id, arrival, arrival.sort_key)


def claim(conn: Connection, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
    """Lease at most `limit` ready lanes and take the first row of each.

    Workspaces with the fewest lanes at work come first, so that none can starve the others.
    """
    leased = conn.execute(_LEASE_LANES, {"owner": owner, "most": limit, "lease": lease_seconds}).all()
    if not leased:
        return []
    firsts = {row.lane_id: row for row in conn.execute(_TAKE_FIRSTS, {"lanes": [lane.id for lane in leased]})}
    empty = [lane.id for lane in leased if lane.id not in firsts]
    if empty:
        conn.execute(_LET_GO, {"lanes": empty})
    return [_claim(lane.key, lane.epoch, firsts[lane.id]) for lane in leased if lane.id in firsts]


def renew(
    conn: Connection, owner: str, leases: Sequence[tuple[int, int]], lease_seconds: float
) -> set[tuple[int, int]]:
    """Prolong these leases, given as (lane id, epoch); returns those that are still ours."""
    if not leases:
        return set()
    kept = conn.execute(_RENEW, {"owner": owner, "leases": list(leases), "lease": lease_seconds})
    return {(row.id, row.epoch) for row in kept}


def record(
    conn: Connection,
    claim: Claim,
    *,
    writes: Sequence[Write] = (),
    posts: Sequence[Outgoing] = (),
    arrivals: Sequence[Arrival] = (),
    given_up: str | None = None,
    send_seconds: float = SEND_SECONDS,
) -> tuple[Claim | None, Due | None]:
    """Finish a turn: run `writes`, store its posts and arrivals, all in this transaction.

    Arrivals for the same lane come before everything else that waits in it. Returns the lane's next row,
    whose lease goes on, and the first post when it may be sent at once. Doing it twice is harmless: the
    second time nothing is written. `given_up` makes it a dead letter, and says why. Raises LeaseLost when the
    lane is somebody else's.
    """
    # Several lanes are locked by id, then made by name, so that two workers never wait for each other.
    elsewhere = sorted((a for a in arrivals if a.lane != claim.lane), key=lambda arrival: arrival.lane)
    if elsewhere:
        conn.execute(_LOCK_OTHERS, {"lanes": [claim.lane, *(arrival.lane for arrival in elsewhere)]}).all()
    leased = _fence(conn, claim)
    if not _settle(conn, claim, given_up):  # it was committed before, and the answer got lost
        hurry(conn, claim.inbox_id)
        return (_next(conn, claim) if leased else None), None
    if not leased:
        raise LeaseLost(claim.lane)
    for write in writes:
        write(conn)
    for arrival in arrivals:
        if arrival.lane == claim.lane:
            _arrive(conn, claim.lane_id, arrival, "")
    for arrival in elsewhere:
        accept(conn, arrival)
    due = put(conn, claim.inbox_id, claim.lane_id, posts, send_seconds)
    return _next(conn, claim), due


def retry(conn: Connection, claim: Claim, delay_seconds: float, error: str) -> None:
    """Handling it failed; the lane rests for so long and is then free for anybody. Raises LeaseLost."""
    if not _fence(conn, claim):
        return  # it was committed before, and the answer got lost
    conn.execute(_FAILED, {"row": claim.inbox_id, "why": error[:LONGEST_ERROR]})
    conn.execute(_REST, {"which": claim.lane_id, "delay": delay_seconds})


def release(conn: Connection, owner: str) -> None:
    """Give back every lease of this owner; the rows wait for the next claim."""
    conn.execute(_RELEASE, {"owner": owner})


def clear_leases(conn: Connection) -> None:
    """Free every lane and every post; only for a process that is alone with its database and just started."""
    conn.execute(_CLEAR)
    hurry(conn)


def _arrive(conn: Connection, lane_id: int, arrival: Arrival, sort_key: str) -> bool:
    row = {
        "dedup_key": arrival.dedup_key,
        "lane_id": lane_id,
        "sort_key": sort_key,
        "kind": arrival.kind,
        "payload": arrival.payload,
    }
    return conn.execute(_ARRIVE, row).first() is not None


def _fence(conn: Connection, claim: Claim) -> bool:
    """Lock the lane. False when it is nobody's, as after a release; raises LeaseLost when it moved on."""
    lane = conn.execute(_FENCE, {"which": claim.lane_id}).first()
    if lane is None or lane.epoch != claim.epoch:
        raise LeaseLost(claim.lane)
    return lane.lease_owner is not None


def _settle(conn: Connection, claim: Claim, given_up: str | None) -> bool:
    """Mark the row as dealt with; False when it was before."""
    # The words of a person are not kept here any longer than that; a dead letter keeps them for a while.
    if given_up is None:
        row = {"outcome": DONE, "why": None, "left": ""}
    else:
        row = {"outcome": DEAD, "why": given_up[:LONGEST_ERROR], "left": claim.payload}
    return conn.execute(_SETTLE, {"row": claim.inbox_id, **row}).first() is not None


def _next(conn: Connection, claim: Claim) -> Claim | None:
    if conn.execute(_LET_GO, {"lanes": [claim.lane_id]}).first() is not None:
        return None
    row = conn.execute(_TAKE_NEXT, {"which": claim.lane_id}).one()
    return _claim(claim.lane, claim.epoch, row)


def _claim(lane: str, epoch: int, row: Row[*tuple[Any, ...]]) -> Claim:
    inbox_id, dedup_key, kind, payload, claims, attempts, lane_id = row
    return Claim(lane_id, lane, epoch, inbox_id, dedup_key, kind, payload, claims, attempts)
