"""The half of the queue that speaks: posts wait here, saved with what they tell, until the platform has them.

Posts of one lane are sent one after another in the order they were recorded, whatever fails in between. A
post is unsent while its `due_at` is not NULL; a time in the future means that somebody is sending it, or that
it rests after a failure. A slot is the name of one message: its first post says it, later ones edit it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Double,
    Row,
    bindparam,
    case,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.database import database_now
from storage.tables import outbox, posts

SEND_SECONDS = 30.0
"""How long a post belongs to whoever took it, unless told otherwise; then it may be taken again."""
LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to say. `body` is opaque JSON; rows of one `slot` are successive versions of one message."""

    slot: str
    body: str


@dataclass(frozen=True, slots=True)
class Due:
    """A post that is ours to send, for as long as we asked for.

    `attempts` counts this one too. `spoken` is the stored address of the slot, None when it was never said.
    `error` is how an earlier attempt ended, None when there was none or no process lived to tell.
    """

    id: int
    lane_id: int
    slot: str
    body: str
    attempts: int
    spoken: str | None
    error: str | None = None


_NOW = database_now()
_UNSENT = outbox.c.due_at.is_not(None)
_LEASE: BindParameter[float] = bindparam("lease", type_=Double())
# In words, because a RETURNING for SQLite is written without table names, and two tables here have a slot.
_SPOKEN = select(posts.c.spoken).where(posts.c.slot == literal_column("outbox.slot")).scalar_subquery()
_DUE = (
    outbox.c.id,
    outbox.c.lane_id,
    outbox.c.slot,
    outbox.c.body,
    outbox.c.attempts,
    _SPOKEN.label("spoken"),
    outbox.c.error,
)

# Ours at once when nothing of the lane is unsent; the caller holds the lane, so nobody can come in between.
_behind = select(outbox.c.id).where(outbox.c.lane_id == bindparam("lane_id"), _UNSENT).exists()
_PUT_FIRST = (
    insert(outbox)
    .values(
        lane_id=bindparam("lane_id"),
        due_at=case((_behind, _NOW), else_=_NOW + _LEASE),
        attempts=case((_behind, 0), else_=1),
        created_at=_NOW,
    )
    .returning(*_DUE)
)
_PUT = insert(outbox).values(due_at=_NOW, created_at=_NOW)

# Only a post that was never tried may take a newer text: another may stand there already, with the old one.
_MERGE = (
    update(outbox)
    .where(
        outbox.c.lane_id == bindparam("lane"),
        outbox.c.slot == bindparam("name"),
        outbox.c.inbox_id != bindparam("source"),
        outbox.c.attempts == 0,
        _UNSENT,
    )
    .values(body=bindparam("text"))
    .returning(outbox.c.id)
)
_SUPERSEDED = (
    update(outbox)
    .where(outbox.c.inbox_id == bindparam("source"), outbox.c.part == bindparam("number"))
    .values(due_at=None, sent_at=_NOW, body="")
)

_older = outbox.alias("older")
_oldest = (
    select(outbox.c.id)
    .where(
        outbox.c.due_at <= _NOW,
        ~select(_older.c.id)
        .where(_older.c.lane_id == outbox.c.lane_id, _older.c.due_at.is_not(None), _older.c.id < outbox.c.id)
        .exists(),
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
    .cte("oldest")
)
_TAKE = (
    update(outbox)
    .where(outbox.c.id.in_(select(_oldest.c.id)))
    .values(due_at=_NOW + _LEASE, attempts=outbox.c.attempts + 1)
    .returning(*_DUE)
)
_waiting = outbox.alias("waiting")
_TAKE_NEXT = (
    update(outbox)
    .where(
        outbox.c.id
        == select(_waiting.c.id)
        .where(_waiting.c.lane_id == bindparam("lane"), _waiting.c.due_at.is_not(None))
        .order_by(_waiting.c.id)
        .limit(1)
        .scalar_subquery(),
        outbox.c.due_at <= _NOW,
    )
    .values(due_at=_NOW + _LEASE, attempts=outbox.c.attempts + 1)
    .returning(*_DUE)
)
_SENT = update(outbox).where(outbox.c.id == bindparam("post")).values(due_at=None, sent_at=_NOW, body="", error=None)
_LATER = (
    update(outbox)
    .where(outbox.c.id == bindparam("post"), _UNSENT)
    .values(due_at=_NOW + bindparam("delay", type_=Double()), error=bindparam("why"))
)
_DEAD = update(outbox).where(outbox.c.id == bindparam("post"), _UNSENT).values(due_at=None, error=bindparam("why"))
_HURRY_ALL = update(outbox).where(outbox.c.due_at > _NOW).values(due_at=_NOW)
_HURRY = update(outbox).where(outbox.c.inbox_id == bindparam("source"), _UNSENT).values(due_at=_NOW)

_SHOWN = select(posts.c.spoken, posts.c.shown_at).where(posts.c.slot == bindparam("name"))
_ON_ITS_WAY = select(outbox.c.id).where(outbox.c.slot == bindparam("name"), _UNSENT).limit(1)
_remember = postgresql.insert(posts)
_REMEMBER = _remember.on_conflict_do_update(
    index_elements=["slot"],
    set_={"spoken": _remember.excluded.spoken, "shown_at": _remember.excluded.shown_at},
)


def put(conn: Connection, inbox_id: int, lane_id: int, outgoing: Sequence[Outgoing], send_seconds: float) -> Due | None:
    """Add what the row `inbox_id` has to say; the caller holds the lane's lock.

    Returns the first post when nothing older of the lane is unsent: it is then the caller's to send.
    """
    # Two versions of one message in one breath: the later text, where the first one stood.
    bodies: dict[str, str] = {}
    for post in outgoing:
        bodies[post.slot] = post.body
    rows = [
        {"inbox_id": inbox_id, "part": part, "lane_id": lane_id, "slot": slot, "body": body}
        for part, (slot, body) in enumerate(bodies.items())
    ]
    if not rows:
        return None
    first = _due(conn.execute(_PUT_FIRST, rows[0] | {"lease": send_seconds}).one())
    if rows[1:]:
        conn.execute(_PUT, rows[1:])
    if first.attempts:
        return first
    for row in rows:
        merge = {"lane": lane_id, "name": row["slot"], "source": inbox_id, "text": row["body"]}
        if conn.execute(_MERGE, merge).first() is not None:
            conn.execute(_SUPERSEDED, {"source": inbox_id, "number": row["part"]})
    return None


def due_posts(conn: Connection, limit: int, send_seconds: float = SEND_SECONDS) -> list[Due]:
    """Take posts that are due, at most one per lane: its oldest unsent one."""
    return [_due(row) for row in conn.execute(_TAKE, {"most": limit, "lease": send_seconds})]


def sent(
    conn: Connection,
    due: Due,
    spoken: str | None,
    shown_at: float | None,
    *,
    send_seconds: float = SEND_SECONDS,
) -> Due | None:
    """The platform took it and gave it this address (JSON) and time; take the lane's next."""
    conn.execute(_SENT, {"post": due.id})
    if spoken is not None and shown_at is not None:
        remember(conn, due.slot, spoken, shown_at)
    return _next(conn, due, send_seconds)


def post_later(conn: Connection, due: Due, delay: float, error: str = "later") -> None:
    """It was not sent; try again in `delay` seconds. Everything behind it waits."""
    conn.execute(_LATER, {"post": due.id, "delay": delay, "why": error[:LONGEST_ERROR]})


def post_dead(conn: Connection, due: Due, error: str, *, send_seconds: float = SEND_SECONDS) -> Due | None:
    """It will never be sent. Take the lane's next."""
    conn.execute(_DEAD, {"post": due.id, "why": error[:LONGEST_ERROR]})
    return _next(conn, due, send_seconds)


def hurry(conn: Connection, inbox_id: int | None = None) -> None:
    """What this row of the inbox, or else anybody, has to say is due now; whoever took it is not sending it."""
    if inbox_id is None:
        conn.execute(_HURRY_ALL)
    else:
        conn.execute(_HURRY, {"source": inbox_id})


def shown(conn: Connection, slot: str) -> tuple[str, float] | None:
    """The address of a message as JSON and the platform's time of it; None when it was never said."""
    row = conn.execute(_SHOWN, {"name": slot}).first()
    return None if row is None else (row.spoken, row.shown_at)


def unsent(conn: Connection, slot: str) -> bool:
    """Whether something that this message is to say is still on its way."""
    return conn.execute(_ON_ITS_WAY, {"name": slot}).first() is not None


def remember(conn: Connection, slot: str, spoken: str, shown_at: float) -> None:
    """Store where a message stands; also for a preview, which was not sent from here."""
    conn.execute(_REMEMBER, {"slot": slot, "spoken": spoken, "shown_at": shown_at})


def _next(conn: Connection, due: Due, send_seconds: float) -> Due | None:
    row = conn.execute(_TAKE_NEXT, {"lane": due.lane_id, "lease": send_seconds}).first()
    return None if row is None else _due(row)


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(*row)
