"""A copy of a SQLite database in one file, taken while it is in use."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import Database, file_of


async def backup(database: Database, path: Path) -> None:
    """Write a copy to `path`, which only its owner may read.

    Raises FileExistsError when something is there, ValueError on PostgreSQL (which has pg_dump), and OSError or
    sqlite3.Error when it cannot be written; nothing is left behind then.
    """
    source = file_of(database.url)
    if source is None:
        raise ValueError("a backup is for SQLite; use pg_dump for PostgreSQL")
    await asyncio.to_thread(_backup, source, path)


def _backup(source: Path, path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(path)) as copy:
            # All in one step: it reads one snapshot and never waits for the writer, nor the writer for it.
            live.backup(copy)
            (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {verdict}")
    except (OSError, sqlite3.Error):
        path.unlink()
        raise
