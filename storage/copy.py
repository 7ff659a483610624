"""Moving everything from one database to another, SQLite to PostgreSQL or back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import Connection, Integer, Table, delete, exists, func, insert, select, text, tuple_

from storage import migrations
from storage.database import Database
from storage.sealing import SealedBytes
from storage.tables import metadata

BATCH, BATCH_OF_FILES = 500, 5
"""Rows per transaction; of those that hold megabytes each, fewer."""


class NotEmpty(Exception):
    """The target holds something already; `table` is one that does."""

    def __init__(self, table: str) -> None:
        """Name the table."""
        super().__init__(f"the target is not empty: {table} has rows; name a fresh database")
        self.table = table


async def copy(source: Database, target: Database) -> dict[str, int]:
    """Copy every row; returns how many per table. The target gets its tables first, and must be empty.

    Nobody may write to the source meanwhile. Raises NotEmpty; when anything else fails the target is emptied again.
    """
    await migrations.upgrade(target)
    await target.read(_must_be_empty)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(target.write, _empty)
        counts = {table.name: await _copy_table(source, target, table) for table in metadata.sorted_tables}
        await target.write(_set_sequences)
        stack.pop_all()
    return counts


async def _copy_table(source: Database, target: Database, table: Table) -> int:
    count = 0
    last: Sequence[Any] | None = None
    while rows := await source.read(_page, table, last):
        await target.write(_fill, table, rows)
        count += len(rows)
        last = [rows[-1][column.name] for column in table.primary_key]
    return count


def _page(conn: Connection, table: Table, after: Sequence[Any] | None) -> list[dict[str, Any]]:
    """The next rows by primary key, so that no page is read twice however long the table."""
    key = list(table.primary_key)
    chosen = select(table).order_by(*key).limit(batch_of(table))
    if after is not None:
        chosen = chosen.where(tuple_(*key) > tuple_(*after))
    return [dict(row) for row in conn.execute(chosen).mappings()]


def batch_of(table: Table) -> int:
    """How many rows of a table are handled at a time."""
    return BATCH_OF_FILES if any(isinstance(column.type, SealedBytes) for column in table.columns) else BATCH


def _fill(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    conn.execute(insert(table), rows)


def _must_be_empty(conn: Connection) -> None:
    for table in metadata.sorted_tables:
        if conn.execute(select(exists().select_from(table))).scalar():
            raise NotEmpty(table.name)


def _empty(conn: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        conn.execute(delete(table))


def _set_sequences(conn: Connection) -> None:
    """Let PostgreSQL count on from where the copied keys end; SQLite does so by itself."""
    if conn.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or not isinstance(column.type, Integer):
            continue
        following = conn.execute(select(func.coalesce(func.max(column), 0) + 1)).scalar()
        conn.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :following, false)"),
            {"table": table.name, "column": column.name, "following": following},
        )
