"""A backup is one file with all that was committed."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from storage import interviews, migrations
from storage.backup import backup
from storage.database import Database
from storage.tables import counters
from tests.storage.samples import record, settle, whole_interview


def fill(conn: Connection) -> None:
    interviews.start(conn, record(whole_interview(), settle(conn)))


async def test_a_backup_opens_as_a_database(migrated_sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(migrated_sqlite_url)
    await database.write(fill)
    path = tmp_path / "backup.db"
    await backup(database, path)
    await database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    copy = await Database.open(f"sqlite:///{path}")
    assert await migrations.is_current(copy)
    stored = await copy.read(interviews.get, "i1")
    assert stored is not None
    assert stored.interview == whole_interview()
    await copy.close()


async def test_a_backup_taken_in_use_is_whole(migrated_sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(migrated_sqlite_url)

    def pair(conn: Connection, number: int) -> None:
        conn.execute(insert(counters), [{"name": f"{side}{number}", "value": number} for side in "ab"])

    async def keep_writing() -> None:
        for number in range(200):
            await database.write(pair, number)

    writing = asyncio.ensure_future(keep_writing())
    for number in range(5):
        await backup(database, tmp_path / f"{number}.db")
    await writing
    await database.close()
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            names = [name for (name,) in copy.execute("SELECT name FROM counters")]
            assert sorted(name[1:] for name in names if name[0] == "a") == sorted(
                name[1:] for name in names if name[0] == "b"
            )
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_backup_overwrites_nothing(migrated_sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(migrated_sqlite_url)
    (tmp_path / "precious").write_text("keep me")
    with pytest.raises(FileExistsError):
        await backup(database, tmp_path / "precious")
    assert (tmp_path / "precious").read_text() == "keep me"
    with pytest.raises(FileNotFoundError):
        await backup(database, tmp_path / "missing" / "backup.db")
    await database.close()


async def test_postgresql_has_a_tool_of_its_own(migrated_postgres_url: str, tmp_path: Path) -> None:
    database = await Database.open(migrated_postgres_url)
    with pytest.raises(ValueError, match="pg_dump"):
        await backup(database, tmp_path / "backup.db")
    assert await database.read(lambda conn: conn.execute(select(counters)).all()) == []
    await database.close()
