"""What keeps the queue clean: wakes what was forgotten, forgets what is over, lists what was given up."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Double, bindparam, delete, select, update

from storage.database import database_now
from storage.queue import DEAD, WAITING
from storage.tables import inbox, lanes, outbox

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that was given up: a row of the inbox (`turn`) or of the outbox (`post`).

    `name` is the kind of a turn, the slot of a post; `at` is in seconds since the epoch.
    """

    what: str
    id: int
    lane: str
    name: str
    error: str
    at: float


_NOW = database_now()
_SWEEP = (
    update(lanes)
    .where(
        lanes.c.ready_at.is_(None),
        lanes.c.id.in_(select(inbox.c.lane_id).where(inbox.c.status == WAITING)),
    )
    .values(ready_at=_NOW)
    .returning(lanes.c.id)
)
_BUSY_LANE = select(lanes.c.id).where(lanes.c.ready_at.is_not(None)).limit(1)
_UNSENT = select(outbox.c.id).where(outbox.c.due_at.is_not(None)).limit(1)
_OLD = (
    select(inbox.c.id)
    .where(
        inbox.c.done_at < _NOW - bindparam("age", type_=Double()),
        ~select(outbox.c.id).where(outbox.c.inbox_id == inbox.c.id, outbox.c.due_at.is_not(None)).exists(),
    )
    .order_by(inbox.c.done_at)
    .limit(bindparam("most"))
)
_FORGET_POSTS = delete(outbox).where(outbox.c.inbox_id.in_(bindparam("rows", expanding=True)))
_FORGET = delete(inbox).where(inbox.c.id.in_(bindparam("rows", expanding=True)))
_DEAD_TURNS = (
    select(inbox.c.id, lanes.c.key, inbox.c.kind, inbox.c.error, inbox.c.done_at)
    .join(lanes, lanes.c.id == inbox.c.lane_id)
    .where(inbox.c.done_at.is_not(None), inbox.c.status == DEAD)
    .order_by(inbox.c.done_at.desc())
    .limit(bindparam("most"))
)
_DEAD_POSTS = (
    select(outbox.c.id, lanes.c.key, outbox.c.slot, outbox.c.error, outbox.c.created_at)
    .join(lanes, lanes.c.id == outbox.c.lane_id)
    .where(outbox.c.due_at.is_(None), outbox.c.sent_at.is_(None))
    .order_by(outbox.c.id.desc())
    .limit(bindparam("most"))
)


def sweep(conn: Connection) -> int:
    """Wake lanes that sleep though rows wait in them, which should never happen; returns how many."""
    return len(conn.execute(_SWEEP).all())


def busy(conn: Connection) -> bool:
    """Whether anything waits, runs, rests after a failure or is unsent."""
    return any(conn.execute(statement).first() is not None for statement in (_BUSY_LANE, _UNSENT))


def prune(conn: Connection, days: float = 7, limit: int = 1000) -> int:
    """Forget rows that were finished so long ago, at most `limit`; returns how many. Unsent posts stay."""
    rows = conn.execute(_OLD, {"age": days * DAY, "most": limit}).scalars().all()
    if rows:
        conn.execute(_FORGET_POSTS, {"rows": rows})
        conn.execute(_FORGET, {"rows": rows})
    return len(rows)


def dead_letters(conn: Connection, limit: int = 100) -> list[DeadLetter]:
    """What was given up and is not yet forgotten: the latest turns first, then the latest posts."""
    turns = [DeadLetter("turn", *row) for row in conn.execute(_DEAD_TURNS, {"most": limit})]
    return turns + [DeadLetter("post", *row) for row in conn.execute(_DEAD_POSTS, {"most": limit})]
