"""Which keys this database was sealed with, so that a start without one of them is refused before anything is done."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.copy import batch_of
from storage.database import Database, database_now
from storage.sealing import Sealed, SealedBytes, Sealer
from storage.tables import keys, metadata


class KeyMissing(Exception):
    """Something here is sealed with a key that was not given; `given` tells whether any key was."""

    def __init__(self, missing: Sequence[str], *, given: bool) -> None:
        """Name the keys that are missing, by fingerprint."""
        super().__init__(f"sealed with keys that were not given: {', '.join(missing)}")
        self.missing = tuple(missing)
        self.given = given


def check(conn: Connection, sealer: Sealer) -> None:
    """Raise KeyMissing unless every key that something may be sealed with is among these."""
    used = conn.execute(select(keys.c.fingerprint).order_by(keys.c.first_used_at)).scalars()
    missing = [fingerprint for fingerprint in used if fingerprint not in sealer.fingerprints]
    if missing:
        raise KeyMissing(missing, given=sealer.seals)


def begin(conn: Connection, sealer: Sealer) -> None:
    """Check, and remember the key that is sealed with from now on. Raises KeyMissing."""
    check(conn, sealer)
    if sealer.seals:
        first = {"fingerprint": sealer.fingerprints[0], "first_used_at": database_now()}
        conn.execute(insert(keys).values(**first).on_conflict_do_nothing())


async def seal_all(database: Database) -> int:
    """Seal everything with the first key, also what was stored before there was one; returns how many rows.

    Afterwards the other keys are no longer needed. Safe while the coach runs, and to be repeated when it was cut off.
    """
    count = 0
    for table in metadata.sorted_tables:
        if any(isinstance(column.type, Sealed | SealedBytes) for column in table.columns):
            count += await _seal_table(database, table)
    await database.write(_forget_others, database.sealer)
    return count


async def _seal_table(database: Database, table: Table) -> int:
    count = 0
    last: Sequence[object] | None = None
    while page := await database.write(_seal_page, table, last):
        count += page[0]
        last = page[1]
    return count


def _seal_page(conn: Connection, table: Table, after: Sequence[object] | None) -> tuple[int, Sequence[object]] | None:
    """Read the next rows by primary key, open, and write them back, sealed; how many, and the last one's key."""
    key = list(table.primary_key)
    sealed = [column for column in table.columns if isinstance(column.type, Sealed | SealedBytes)]
    chosen = select(*key, *sealed).order_by(*key).limit(batch_of(table)).with_for_update()
    if after is not None:
        chosen = chosen.where(tuple_(*key) > tuple_(*after))
    rows = conn.execute(chosen).all()
    for row in rows:
        which = [column == value for column, value in zip(key, row[: len(key)], strict=True)]
        values = {column.name: value for column, value in zip(sealed, row[len(key) :], strict=True)}
        conn.execute(update(table).where(*which).values(values))
    return (len(rows), rows[-1][: len(key)]) if rows else None


def _forget_others(conn: Connection, sealer: Sealer) -> None:
    conn.execute(delete(keys).where(keys.c.fingerprint != sealer.fingerprints[0]))
