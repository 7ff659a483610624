"""The pictures that came with answers: kept under their message, sealed, and gone with the interview's texts.

The text of a file is a part of its message and lies there; only what a model has to see is kept here, and for a day a
file that was handed over where nobody else keeps it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.database import database_now
from storage.tables import files

UNCLAIMED_SECONDS = 86_400.0
"""How long a picture is kept that no interview has asked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture: the message it came with, its number there (from 1), what it is, and its bytes."""

    message: str
    number: int
    media_type: str
    content: bytes


_KEPT = (files.c.message, files.c.number, files.c.media_type, files.c.content)
_ONE = (files.c.message == bindparam("of_message"), files.c.number == bindparam("of_number"))
_insert = insert(files).values(kept_at=database_now())
_PUT_ASIDE = _insert.on_conflict_do_nothing().returning(files.c.number)
_KEEP = _insert.on_conflict_do_update(
    index_elements=["message", "number"],
    set_={
        "interview_id": _insert.excluded.interview_id,
        "media_type": _insert.excluded.media_type,
        "content": _insert.excluded.content,
        "size": _insert.excluded.size,
    },
)


def put_aside(conn: Connection, picture: Kept) -> bool:
    """Keep a picture whose message is still to come, for a day at most; False when there is one already."""
    return conn.execute(_PUT_ASIDE, _row(picture, None)).first() is not None


def keep(conn: Connection, interview: str, picture: Kept) -> None:
    """Keep a picture with an interview, in place of what was put aside for it."""
    conn.execute(_KEEP, _row(picture, interview))


def get(conn: Connection, message: str, number: int) -> Kept | None:
    """The picture with this number of a message."""
    row = conn.execute(select(*_KEPT).where(*_ONE), {"of_message": message, "of_number": number}).first()
    return None if row is None else Kept(*row)


def has(conn: Connection, message: str, number: int) -> bool:
    """Whether there is a picture with this number of a message."""
    return (
        conn.execute(select(files.c.size).where(*_ONE), {"of_message": message, "of_number": number}).first()
        is not None
    )


def give(conn: Connection, upload: str, message: str, number: int) -> None:
    """Give a picture that was put aside to its message; does nothing when it is there already, or nowhere."""
    if not has(conn, message, number):
        waiting = (files.c.message == upload, files.c.number == 0, files.c.interview_id.is_(None))
        conn.execute(update(files).where(*waiting).values(message=message, number=number))


def of_interview(conn: Connection, interview: str) -> list[Kept]:
    """All pictures of an interview, by message and number."""
    chosen = select(*_KEPT).where(files.c.interview_id == interview).order_by(files.c.message, files.c.number)
    return [Kept(*row) for row in conn.execute(chosen)]


def taken(conn: Connection, interview: str) -> tuple[int, int]:
    """How many pictures an interview has, and their bytes together."""
    row = conn.execute(
        select(func.count(), func.coalesce(func.sum(files.c.size), 0)).where(files.c.interview_id == interview)
    ).one()
    return row[0], int(row[1])


def unclaimed(conn: Connection, prefix: str) -> int:
    """How many pictures wait for messages whose ids begin like this."""
    waiting = select(func.count()).where(
        files.c.interview_id.is_(None), files.c.message.startswith(prefix, autoescape=True)
    )
    return conn.execute(waiting).scalar_one()


def drop(conn: Connection, messages: Collection[str], number: int | None = None) -> None:
    """Delete the pictures of these messages, or the one with this number of each."""
    which = files.c.message.in_(list(messages))
    conn.execute(delete(files).where(which if number is None else and_(which, files.c.number == number)))


def take_back(conn: Connection, message: str) -> None:
    """Delete the pictures of a message that no interview has asked for."""
    conn.execute(delete(files).where(files.c.message == message, files.c.interview_id.is_(None)))


def erase(conn: Connection, interview: str) -> None:
    """Delete the pictures of an interview."""
    conn.execute(delete(files).where(files.c.interview_id == interview))


def forget_unclaimed(conn: Connection, seconds: float = UNCLAIMED_SECONDS) -> int:
    """Delete the pictures that no interview has asked for within so many seconds; returns how many."""
    old = files.c.kept_at < database_now() - seconds
    return conn.execute(delete(files).where(files.c.interview_id.is_(None), old)).rowcount


def _row(picture: Kept, interview: str | None) -> dict[str, object]:
    return {
        "message": picture.message,
        "number": picture.number,
        "interview_id": interview,
        "media_type": picture.media_type,
        "content": picture.content,
        "size": len(picture.content),
    }
