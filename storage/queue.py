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
    Connection,
    Double,
    Row,
    String,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.database import database_now
from storage.leases import Lease, clear_leases, release, renew, take
from storage.outbox import (
    LONGEST_ERROR,
    SEND_SECONDS,
    Due,
    Outgoing,
    Sent,
    due_posts,
    hurry,
    padded,
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
    "Finished",
    "Lease",
    "LeaseLost",
    "Outgoing",
    "Recorded",
    "Sent",
    "Write",
    "accept",
    "accept_new",
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

    @property
    def lease(self) -> Lease:
        """The lease under which it is ours."""
        return self.lane_id, self.epoch


@dataclass(frozen=True, slots=True)
class Finished:
    """A turn that was handled, and what it leaves behind. `given_up` makes it a dead letter, and says why."""

    claim: Claim
    writes: Sequence[Write] = ()
    posts: Sequence[Outgoing] = ()
    arrivals: Sequence[Arrival] = ()
    given_up: str | None = None


Recorded = tuple[Claim | None, Due | None]
"""What came of recording a turn: the lane's next row, whose lease goes on, and a post that may be sent at once."""


class LeaseLost(Exception):
    """Somebody else works on the lane now; whatever was computed here is dropped."""


_NOW = database_now()

_KNOWN = select(inbox.c.id).where(inbox.c.dedup_key == bindparam("key"))
_ARRIVE_QUIETLY = (
    postgresql.insert(inbox)
    .from_select(
        ["dedup_key", "lane_id", "sort_key", "kind", "payload", "received_at"],
        select(
            bindparam("key", type_=String()),
            lanes.c.id,
            bindparam("order", type_=String()),
            bindparam("what", type_=String()),
            bindparam("text", type_=inbox.c.payload.type),
            _NOW,
        ).where(lanes.c.key == bindparam("lane")),
    )
    .on_conflict_do_nothing(index_elements=["dedup_key"])
)
_ARRIVE = _ARRIVE_QUIETLY.returning(inbox.c.id)
# Locks the lane, makes it where it is new, and makes it ready; never sooner than it rests after a failure.
_touch = postgresql.insert(lanes).values(key=bindparam("lane"), workspace_id=bindparam("workspace"), ready_at=_NOW)
_TOUCH = _touch.on_conflict_do_update(
    index_elements=["key"], set_={"ready_at": func.coalesce(lanes.c.ready_at, _touch.excluded.ready_at)}
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
_first = (
    select(_waiting.c.id)
    .where(_waiting.c.lane_id == lanes.c.id, _waiting.c.status == WAITING)
    .order_by(_waiting.c.sort_key, _waiting.c.id)
    .limit(1)
    .correlate(lanes)
    .scalar_subquery()
)
_TAKE_FIRSTS = (
    update(inbox)
    .where(inbox.c.id.in_(select(_first).where(lanes.c.id.in_(bindparam("lanes", expanding=True)))))
    .values(claims=inbox.c.claims + 1)
    .returning(*_row)
)
_lock = select(lanes.c.id, lanes.c.epoch, lanes.c.lease_owner).order_by(lanes.c.id).with_for_update(key_share=True)
_ours = lanes.c.id.in_(bindparam("lanes", expanding=True))
_FENCE = _lock.where(_ours)
_FENCE_WITH = _lock.where(or_(_ours, lanes.c.key.in_(bindparam("others", expanding=True))))
# The words of a person are not kept here once they were dealt with; a dead letter keeps them for a while.
_SETTLE = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("rows", expanding=True)), inbox.c.status == WAITING)
    .values(status=DONE, payload="", error=None, done_at=_NOW)
    .returning(inbox.c.id)
)
_GIVE_UP = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.status == WAITING)
    .values(status=DEAD, error=bindparam("why"), done_at=_NOW)
    .returning(inbox.c.id)
)
_STATUS = select(inbox.c.status).where(inbox.c.id == bindparam("row"))
_FAILED = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.status == WAITING)
    .values(attempts=inbox.c.attempts + 1, error=bindparam("why"))
)
_PUT_OFF = (
    update(inbox).where(inbox.c.id == bindparam("row"), inbox.c.status == WAITING).values(claims=inbox.c.claims - 1)
)
_REST = (
    update(lanes)
    .where(lanes.c.id == bindparam("which"))
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


def accept(conn: Connection, arrival: Arrival) -> bool:
    """Store it, once: True when it is new, False when its key is known."""
    # A platform repeats itself most when we are slow, so a repetition waits for neither the lane nor the disk.
    new = _arrive(conn, arrival, arrival.sort_key)
    if not new and conn.execute(_KNOWN, {"key": arrival.dedup_key}).first() is not None:
        return False
    conn.execute(_TOUCH, {"lane": arrival.lane, "workspace": arrival.workspace})
    return new or _arrive(conn, arrival, arrival.sort_key)


def accept_new(conn: Connection, arrivals: Sequence[Arrival]) -> None:
    """Store many at once, of which a known key is passed over; lanes in the order of their names."""
    if arrivals:
        rows = sorted(map(_row_of, arrivals), key=lambda row: row["lane"])
        conn.execute(_TOUCH, [{"lane": row["lane"], "workspace": row["workspace"]} for row in rows])
        conn.execute(_ARRIVE_QUIETLY, rows)


def claim(conn: Connection, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
    """Lease at most `limit` ready lanes and take the first row of each.

    Workspaces with the fewest lanes at work come first, so that none can starve the others.
    """
    leased = take(conn, owner, limit, lease_seconds)
    if not leased:
        return []
    rows = conn.execute(_TAKE_FIRSTS, {"lanes": padded(leased)}).all()
    empty = leased.keys() - {row.lane_id for row in rows}
    if empty:
        conn.execute(_LET_GO, {"lanes": padded(empty)})
    return [_claim(leased[row.lane_id].key, leased[row.lane_id].epoch, row) for row in rows]


def record(
    conn: Connection, finished: Sequence[Finished], send_seconds: float = SEND_SECONDS
) -> list[Recorded | LeaseLost]:
    """Finish turns of different lanes: run their writes, store their posts and arrivals, all in this transaction.

    Arrivals for the same lane come before everything else that waits in it. Doing it twice is harmless: the
    second time nothing is written. Where a lane is somebody else's by now nothing is written either, and LeaseLost
    stands in the place of the outcome.
    """
    held = _fence(conn, finished)
    leased = [one for one in finished if held.get(one.claim.lease)]
    new = _settle(conn, leased)
    for one in new.values():
        for write in one.writes:
            write(conn)
        for arrival in one.arrivals:
            if arrival.lane == one.claim.lane:
                _arrive(conn, arrival, "")
    # Lanes are made in the order of their names, so that two workers never wait for each other.
    elsewhere = [arrival for one in new.values() for arrival in one.arrivals if arrival.lane != one.claim.lane]
    for arrival in sorted(elsewhere, key=lambda arrival: arrival.lane):
        accept(conn, arrival)
    due = put(conn, {one.claim.inbox_id: (one.claim.lane_id, one.posts) for one in new.values()}, send_seconds)
    following = _nexts(conn, [one.claim for one in leased])
    outcomes: list[Recorded | LeaseLost] = []
    for one in finished:
        if one.claim.lease in new:
            outcomes.append((following.get(one.claim.lane_id), due.get(one.claim.inbox_id)))
        elif one.claim.lease in held and _is_settled(conn, one.claim):  # before, and the answer got lost
            hurry(conn, one.claim.inbox_id)
            outcomes.append((following.get(one.claim.lane_id), None))
        else:
            outcomes.append(LeaseLost(one.claim.lane))
    return outcomes


def retry(conn: Connection, claim: Claim, delay_seconds: float, error: str) -> None:
    """Handling it failed; the lane rests for so long and is then free for anybody. Raises LeaseLost."""
    held = _fence(conn, [Finished(claim)])
    if claim.lease not in held:
        raise LeaseLost(claim.lane)
    if held[claim.lease]:  # else it was committed before, and the answer got lost
        conn.execute(_FAILED, {"row": claim.inbox_id, "why": error[:LONGEST_ERROR]})
        conn.execute(_REST, {"which": claim.lane_id, "delay": delay_seconds})


def wait(conn: Connection, claim: Claim, delay_seconds: float) -> None:
    """It cannot be handled yet, which is nobody's failure; the lane rests for so long. Raises LeaseLost."""
    held = _fence(conn, [Finished(claim)])
    if claim.lease not in held:
        raise LeaseLost(claim.lane)
    if held[claim.lease]:
        conn.execute(_PUT_OFF, {"row": claim.inbox_id})
        conn.execute(_REST, {"which": claim.lane_id, "delay": delay_seconds})


def _arrive(conn: Connection, arrival: Arrival, order: str) -> bool:
    """Add the row if its key is new and its lane is known."""
    return conn.execute(_ARRIVE, {**_row_of(arrival), "order": order}).first() is not None


def _row_of(arrival: Arrival) -> dict[str, str]:
    return {
        "key": arrival.dedup_key,
        "lane": arrival.lane,
        "workspace": arrival.workspace,
        "order": arrival.sort_key,
        "what": arrival.kind,
        "text": arrival.payload,
    }


def _fence(conn: Connection, finished: Sequence[Finished]) -> dict[Lease, bool]:
    """Lock the lanes of these, and those that they write to, all at once and by id.

    Tells of the present lease of each lane whether anybody has it, which is not so after a release.
    """
    ids = padded([one.claim.lane_id for one in finished])
    others = {arrival.lane for one in finished for arrival in one.arrivals if arrival.lane != one.claim.lane}
    if others:
        rows = conn.execute(_FENCE_WITH, {"lanes": ids, "others": sorted(others)})
    else:
        rows = conn.execute(_FENCE, {"lanes": ids})
    return {(row.id, row.epoch): row.lease_owner is not None for row in rows}


def _settle(conn: Connection, finished: Sequence[Finished]) -> dict[Lease, Finished]:
    """Mark these rows as dealt with; gives those that were not before, by lease."""
    done = [one.claim.inbox_id for one in finished if one.given_up is None]
    new = set(conn.execute(_SETTLE, {"rows": padded(done)}).scalars()) if done else set()
    for one in finished:
        if one.given_up is not None:
            row = {"row": one.claim.inbox_id, "why": one.given_up[:LONGEST_ERROR]}
            new.update(conn.execute(_GIVE_UP, row).scalars())
    return {one.claim.lease: one for one in finished if one.claim.inbox_id in new}


def _is_settled(conn: Connection, claim: Claim) -> bool:
    return bool(conn.execute(_STATUS, {"row": claim.inbox_id}).scalar() != WAITING)


def _nexts(conn: Connection, claims: Sequence[Claim]) -> dict[int, Claim]:
    """Let go of the lanes in which nothing waits, and take the first row of the others, by lane."""
    left = {claim.lane_id: claim for claim in claims}
    if left:
        for lane_id in conn.execute(_LET_GO, {"lanes": padded(left)}).scalars():
            del left[lane_id]
    if not left:
        return {}
    rows = conn.execute(_TAKE_FIRSTS, {"lanes": padded(left)})
    return {row.lane_id: _claim(left[row.lane_id].lane, left[row.lane_id].epoch, row) for row in rows}


def _claim(lane: str, epoch: int, row: Row[*tuple[Any, ...]]) -> Claim:
    inbox_id, dedup_key, kind, payload, claims, attempts, lane_id = row
    return Claim(lane_id, lane, epoch, inbox_id, dedup_key, kind, payload, claims, attempts)
