"""Keepsakes: small values that an adapter keeps between two lives, each under a name.

A name begins with the platform and a slash. What belongs to one person ends with their user id and is deleted with
their account.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, or_, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.addresses import Person
from storage.database import database_now
from storage.tables import keepsakes

_GET = select(keepsakes.c.value).where(keepsakes.c.name == bindparam("of"))
_INSERT = insert(keepsakes).values(name=bindparam("of"), value=bindparam("what"), kept_at=database_now())
_KEEP = _INSERT.on_conflict_do_update(
    index_elements=["name"], set_={"value": _INSERT.excluded.value, "kept_at": _INSERT.excluded.kept_at}
)
_DROP = delete(keepsakes).where(keepsakes.c.name == bindparam("of"))
_CLAIM = _INSERT.on_conflict_do_nothing().returning(keepsakes.c.name)


def get(conn: Connection, name: str) -> str | None:
    """The value kept under a name."""
    value: str | None = conn.execute(_GET, {"of": name}).scalar()
    return value


def kept_at(conn: Connection, name: str) -> float | None:
    """When something was last kept under a name, in seconds since the epoch; what it is stays sealed."""
    at: float | None = conn.execute(select(keepsakes.c.kept_at).where(keepsakes.c.name == name)).scalar()
    return at


def keep(conn: Connection, name: str, value: str) -> None:
    """Keep a value, in place of what was kept under that name."""
    conn.execute(_KEEP, {"of": name, "what": value})


def claim(conn: Connection, name: str, value: str) -> bool:
    """Keep a value unless something is kept under that name; True for whoever was first."""
    return conn.execute(_CLAIM, {"of": name, "what": value}).first() is not None


def take(conn: Connection, name: str, seconds: float) -> str | None:
    """The value kept under a name, which is kept no longer; None for whoever is not first, or came too late."""
    young = keepsakes.c.kept_at >= database_now() - seconds
    taken = delete(keepsakes).where(keepsakes.c.name == name, young).returning(keepsakes.c.value)
    value: str | None = conn.execute(taken).scalar()
    return value


def drop(conn: Connection, name: str) -> None:
    """Keep it no longer."""
    conn.execute(_DROP, {"of": name})


def drop_older(conn: Connection, prefix: str, seconds: float) -> int:
    """Forget what begins with this and was kept longer ago than so many seconds; returns how many."""
    old = keepsakes.c.kept_at < database_now() - seconds
    return conn.execute(delete(keepsakes).where(keepsakes.c.name.startswith(prefix, autoescape=True), old)).rowcount


def forget(conn: Connection, person: Person) -> None:
    """Forget what is kept of one person."""
    end = f"/{person.user}"
    conn.execute(
        delete(keepsakes).where(
            keepsakes.c.name.startswith(f"{person.platform}/", autoescape=True),
            or_(keepsakes.c.name.endswith(end, autoescape=True), keepsakes.c.name.contains(f"{end}/", autoescape=True)),
        )
    )
