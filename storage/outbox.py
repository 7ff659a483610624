"""The half of the queue that speaks: posts wait here, saved with what they tell, until the platform has them.

Posts of one lane are sent one after another in the order they were recorded, whatever fails in between. A
post is unsent while its `due_at` is not NULL; a time in the future means that somebody is sending it, or that
it rests after a failure. A slot is the name of one message: its first post says it, later ones edit it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    Connection,
    Double,
    Row,
    and_,
    bindparam,
    case,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from storage.database import database_now
from storage.tables import lanes, outbox, posts

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


@dataclass(frozen=True, slots=True)
class Sent:
    """A post that the platform took: its address as JSON and the platform's time, None where it has no address."""

    due: Due
    spoken: str | None = None
    shown_at: float | None = None


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

# The first post of a turn is ours at once when nothing older of the lane is unsent; the caller holds the lane.
_leads = and_(
    bindparam("leading", type_=Boolean()),
    ~select(outbox.c.id).where(outbox.c.lane_id == bindparam("lane_id"), _UNSENT).exists(),
)
_PUT = insert(outbox).values(
    lane_id=bindparam("lane_id"),
    due_at=case((_leads, _NOW + _LEASE), else_=_NOW),
    attempts=case((_leads, 1), else_=0),
    created_at=_NOW,
)
_LEADING = select(*_DUE, outbox.c.inbox_id).where(
    outbox.c.inbox_id.in_(bindparam("rows", expanding=True)), outbox.c.part == 0, outbox.c.attempts == 1
)

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
_next = (
    select(_waiting.c.id)
    .where(_waiting.c.lane_id == lanes.c.id, _waiting.c.due_at.is_not(None))
    .order_by(_waiting.c.id)
    .limit(1)
    .correlate(lanes)
    .scalar_subquery()
)
_TAKE_NEXTS = (
    update(outbox)
    .where(
        outbox.c.id.in_(select(_next).where(lanes.c.id.in_(bindparam("lanes", expanding=True)))),
        outbox.c.due_at <= _NOW,
    )
    .values(due_at=_NOW + _LEASE, attempts=outbox.c.attempts + 1)
    .returning(*_DUE)
)
_SENT = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("posts", expanding=True)))
    .values(due_at=None, sent_at=_NOW, body="", error=None)
)
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


def put(conn: Connection, said: Mapping[int, tuple[int, Sequence[Outgoing]]], send_seconds: float) -> dict[int, Due]:
    """Add what rows of the inbox have to say, given as id → (lane id, posts); the caller holds the lanes.

    Returns the first post of each row when nothing older of its lane is unsent: it is then the caller's to send.
    """
    rows = [
        {"inbox_id": inbox_id, "lane_id": lane_id, "part": part, "slot": slot, "body": body}
        for inbox_id, (lane_id, outgoing) in said.items()
        # Two versions of one message in one breath: the later text, where the first one stood.
        for part, (slot, body) in enumerate({post.slot: post.body for post in outgoing}.items())
    ]
    if not rows:
        return {}
    conn.execute(_PUT, [row | {"leading": row["part"] == 0, "lease": send_seconds} for row in rows])
    leading = {row.inbox_id: _due(row) for row in conn.execute(_LEADING, {"rows": padded(said)})}
    for row in rows:
        if row["inbox_id"] not in leading:
            merge = {"lane": row["lane_id"], "name": row["slot"], "source": row["inbox_id"], "text": row["body"]}
            if conn.execute(_MERGE, merge).first() is not None:
                conn.execute(_SUPERSEDED, {"source": row["inbox_id"], "number": row["part"]})
    return leading


def due_posts(conn: Connection, limit: int, send_seconds: float = SEND_SECONDS) -> list[Due]:
    """Take posts that are due, at most one per lane: its oldest unsent one."""
    return [_due(row) for row in conn.execute(_TAKE, {"most": limit, "lease": send_seconds})]


def sent(conn: Connection, done: Sequence[Sent], send_seconds: float = SEND_SECONDS) -> list[Due | None]:
    """The platform took these; take the next post of the lane of each."""
    conn.execute(_SENT, {"posts": padded([one.due.id for one in done])})
    spoken = [
        {"slot": one.due.slot, "spoken": one.spoken, "shown_at": one.shown_at}
        for one in sorted(done, key=lambda one: (one.due.slot, one.due.id))
        if one.spoken is not None
    ]
    if spoken:
        conn.execute(_REMEMBER, spoken)
    following = _take_nexts(conn, [one.due.lane_id for one in done], send_seconds)
    return [following.pop(one.due.lane_id, None) for one in done]


def post_later(conn: Connection, due: Due, delay: float, error: str = "later") -> None:
    """It was not sent; try again in `delay` seconds. Everything behind it waits."""
    conn.execute(_LATER, {"post": due.id, "delay": delay, "why": error[:LONGEST_ERROR]})


def post_dead(conn: Connection, due: Due, error: str, send_seconds: float = SEND_SECONDS) -> Due | None:
    """It will never be sent. Take the lane's next."""
    conn.execute(_DEAD, {"post": due.id, "why": error[:LONGEST_ERROR]})
    return _take_nexts(conn, [due.lane_id], send_seconds).get(due.lane_id)


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


def padded(ids: Collection[int]) -> list[int]:
    """The same ids with the last repeated up to a power of two, so that few statements differ in their length."""
    listed = list(ids)
    return listed + listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed))


def _take_nexts(conn: Connection, lane_ids: Sequence[int], send_seconds: float) -> dict[int, Due]:
    """The oldest unsent post of each of these lanes, by lane, unless somebody is sending it or it rests."""
    taken = conn.execute(_TAKE_NEXTS, {"lanes": padded(lane_ids), "lease": send_seconds})
    return {row.lane_id: _due(row) for row in taken}


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(*row[: len(_DUE)])
