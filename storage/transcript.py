"""What was said in the places we keep ourselves (browser and terminal), replayed by revision.

Every change takes the next number of one counter, in the transaction that makes it. The counter's row is
locked until that transaction ends, so revisions become visible in order, and whoever asks for "all after 17"
misses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.addresses import Place
from storage.tables import counters, transcript

COACH = "coach"
"""The author of what we say ourselves."""

_COUNTER = "transcript"
_STEP = 0.001
"""Seconds put between two rows of a place that have the same time, so that their order is never in doubt."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message as it stands now.

    `viewer` is the user who alone sees it; empty: everybody. A deleted row keeps its id and loses its text.
    """

    id: str
    revision: int
    place: Place
    author: str
    viewer: str
    markdown: str
    choices: tuple[Mapping[str, Any], ...]
    chart: Mapping[str, Any] | None
    deleted: bool
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread: the row that opened it (its text is the title), and the revision and time of its latest change.

    `mine`: it is for this viewer alone, or the viewer wrote in it.
    """

    place: Place
    opening: Row
    revision: int
    last_at: datetime
    mine: bool


def thread_of(key: str) -> str:
    """The id of the thread that a key opens; the same key gives the same thread."""
    return sha256(key.encode()).hexdigest()[:20]


def opening_of(place: Place) -> str:
    """The id of the row that opens this thread."""
    return f"{place.platform}:thread:{place.thread}"


def add(
    conn: Connection,
    *,
    id: str,
    place: Place,
    author: str,
    markdown: str,
    said_at: datetime,
    viewer: str = "",
    choices: Sequence[Mapping[str, Any]] = (),
    chart: Mapping[str, Any] | None = None,
) -> tuple[Row, bool]:
    """Add a row; a row with this id stays as it is. Returns the row, and whether it is new.

    What is said in a thread that one person alone sees is for that person alone.
    """
    known = get(conn, id)
    if known is not None:
        return known, False
    revision = _next(conn)
    known = get(conn, id)  # somebody may have added it before we held the counter
    if known is not None:
        return known, False
    last = conn.execute(select(func.max(transcript.c.said_at)).where(_in(place))).scalar()
    at = said_at.timestamp()
    conn.execute(
        transcript.insert().values(
            id=id,
            revision=revision,
            platform=place.platform,
            realm=place.realm,
            channel=place.channel,
            thread=place.thread,
            author=author,
            viewer=viewer or audience(conn, place),
            markdown=_storable(markdown),
            choices=json.dumps(list(choices)),
            chart="" if chart is None else json.dumps(chart),
            deleted=False,
            said_at=at if last is None else max(at, last + _STEP),
        )
    )
    return _known(conn, id), True


def change(
    conn: Connection,
    id: str,
    *,
    markdown: str,
    choices: Sequence[Mapping[str, Any]] = (),
    chart: Mapping[str, Any] | None = None,
) -> Row | None:
    """Replace what a row says; None when it is missing or deleted. The same again changes nothing."""
    row = get(conn, id)
    if row is None or row.deleted:
        return None
    wanted = (_storable(markdown), json.loads(json.dumps(list(choices))), json.loads(json.dumps(chart)))
    if (row.markdown, list(row.choices), row.chart) == wanted:
        return row
    conn.execute(
        update(transcript)
        .where(transcript.c.id == id, transcript.c.deleted.is_(False))
        .values(
            revision=_next(conn),
            markdown=wanted[0],
            choices=json.dumps(wanted[1]),
            chart="" if chart is None else json.dumps(wanted[2]),
        )
    )
    return _known(conn, id)


def delete(conn: Connection, id: str) -> Row | None:
    """Take a row's text away; those who have it are told by its new revision. None when there is none."""
    row = get(conn, id)
    if row is None or row.deleted:
        return row
    conn.execute(
        update(transcript)
        .where(transcript.c.id == id)
        .values(revision=_next(conn), markdown="", choices="[]", chart="", deleted=True)
    )
    return _known(conn, id)


def get(conn: Connection, id: str) -> Row | None:
    """The row with this id."""
    found = conn.execute(select(transcript).where(transcript.c.id == id)).mappings().first()
    return None if found is None else _row(found)


def audience(conn: Connection, place: Place) -> str:
    """The user for whom alone a thread was opened; empty for every other place."""
    if not place.thread:
        return ""
    found = conn.execute(select(transcript.c.viewer).where(transcript.c.id == opening_of(place))).scalar()
    return found or ""


def revision(conn: Connection) -> int:
    """The latest revision of all."""
    return conn.execute(select(counters.c.value).where(counters.c.name == _COUNTER)).scalar() or 0


def since(conn: Connection, platform: str, realm: str, viewer: str, *, after: int, limit: int = 100) -> list[Row]:
    """What changed for this viewer after a revision, oldest change first; edits and deletions included."""
    return _rows(
        conn,
        select(transcript)
        .where(
            transcript.c.revision > after,
            transcript.c.platform == platform,
            transcript.c.realm == realm,
            transcript.c.viewer.in_(("", viewer)),
        )
        .order_by(transcript.c.revision)
        .limit(limit),
    )


def in_place(conn: Connection, place: Place, viewer: str, *, before: str = "", limit: int = 100) -> list[Row]:
    """The newest rows of a place that this viewer sees, oldest first; `before`: those older than that row."""
    chosen = select(transcript).where(
        _in(place), transcript.c.viewer.in_(("", viewer)), transcript.c.deleted.is_(False)
    )
    if before:
        edge = select(transcript.c.said_at).where(transcript.c.id == before).scalar_subquery()
        chosen = chosen.where(transcript.c.said_at < edge)
    return _rows(conn, chosen.order_by(transcript.c.said_at.desc()).limit(limit))[::-1]


def threads(conn: Connection, platform: str, realm: str, viewer: str, limit: int = 50) -> list[Thread]:
    """The threads this viewer sees, the latest opened first."""
    seen = and_(
        transcript.c.platform == platform,
        transcript.c.realm == realm,
        transcript.c.viewer.in_(("", viewer)),
        transcript.c.deleted.is_(False),
    )
    openings = _rows(
        conn,
        select(transcript)
        .where(seen, transcript.c.id.startswith(f"{platform}:thread:", autoescape=True))
        .order_by(transcript.c.said_at.desc())
        .limit(limit),
    )
    names = {row.id.rpartition(":")[2]: row for row in openings}
    inside = {
        found.thread: found
        for found in conn.execute(
            select(
                transcript.c.thread,
                func.max(transcript.c.revision).label("revision"),
                func.max(transcript.c.said_at).label("last_at"),
                func.count().filter(transcript.c.author == viewer).label("own"),
            )
            .where(seen, transcript.c.thread.in_(names))
            .group_by(transcript.c.thread)
        )
    }
    return [
        Thread(
            place=Place(platform, realm, row.place.channel, name),
            opening=row,
            revision=max(row.revision, inside[name].revision if name in inside else 0),
            last_at=_moment(inside[name].last_at) if name in inside else row.said_at,
            mine=row.viewer == viewer or (name in inside and inside[name].own > 0),
        )
        for name, row in names.items()
    ]


def _in(place: Place) -> ColumnElement[bool]:
    return and_(
        transcript.c.platform == place.platform,
        transcript.c.realm == place.realm,
        transcript.c.channel == place.channel,
        transcript.c.thread == place.thread,
    )


def _next(conn: Connection) -> int:
    insert = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    count = (
        insert(counters)
        .values(name=_COUNTER, value=1)
        .on_conflict_do_update(index_elements=[counters.c.name], set_={"value": counters.c.value + 1})
        .returning(counters.c.value)
    )
    number: int = conn.execute(count).scalar_one()
    return number


def _known(conn: Connection, id: str) -> Row:
    return _row(conn.execute(select(transcript).where(transcript.c.id == id)).mappings().one())


def _rows(conn: Connection, chosen: Select[Any]) -> list[Row]:
    return [_row(found) for found in conn.execute(chosen).mappings()]


def _row(found: RowMapping) -> Row:
    return Row(
        id=found["id"],
        revision=found["revision"],
        place=Place(found["platform"], found["realm"], found["channel"], found["thread"]),
        author=found["author"],
        viewer=found["viewer"],
        markdown=found["markdown"],
        choices=tuple(json.loads(found["choices"])),
        chart=json.loads(found["chart"]) if found["chart"] else None,
        deleted=found["deleted"],
        said_at=_moment(found["said_at"]),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _storable(text: str) -> str:
    """PostgreSQL takes no NUL and neither database takes half a surrogate pair."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
