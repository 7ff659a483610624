"""Two databases behind one write and one read."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database import Database, database_now, file_of, normalised, now
from storage.tables import counters

ROOT = Path(__file__).parent.parent.parent
ADD = insert(counters).values(name=bindparam("at"), value=bindparam("to"))


def add(conn: Connection, name: str, value: int = 1) -> str:
    conn.execute(ADD, {"at": name, "to": value})
    return name


def names(conn: Connection) -> list[str]:
    return list(conn.execute(select(counters.c.name).order_by(counters.c.name)).scalars())


@asynccontextmanager
async def busy_writer(database: Database) -> AsyncIterator[None]:
    """Keep the writer thread at one job inside the block, so that others wait in line behind it."""
    loop, started, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def wait(conn: Connection) -> None:
        loop.call_soon_threadsafe(started.set)
        go.wait(30)

    job = asyncio.ensure_future(database.write(wait))
    await started.wait()
    try:
        yield
    finally:
        go.set()
        await job


async def test_what_was_written_is_read(database: Database) -> None:
    assert await database.write(add, "one", value=7) == "one"
    assert await database.read(lambda conn: conn.execute(select(counters)).all()) == [("one", 7)]


async def test_what_was_written_is_on_disk_when_the_call_returns(migrated_sqlite_url: str) -> None:
    script = """
        import asyncio, os, signal, sys
        from storage.database import Database
        from tests.storage.test_database import add

        async def main():
            database = await Database.open(sys.argv[1])
            await asyncio.gather(*[database.write(add, f"n{number:02}") for number in range(50)])
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(script), migrated_sqlite_url], cwd=ROOT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    path = file_of(migrated_sqlite_url)
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM counters").fetchone() == (50,)


async def test_a_failing_job_takes_back_its_own_writes_only(database: Database) -> None:
    def fail(conn: Connection) -> None:
        add(conn, "gone")
        raise KeyError("reason")

    outcomes = await asyncio.gather(
        database.write(add, "a"),
        database.write(fail),
        database.write(add, "b"),
        database.write(add, "a"),
        database.write(add, "c"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes].count(str) == 3
    assert isinstance(outcomes[1], KeyError)
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1
    assert await database.read(names) == ["a", "b", "c"]


async def test_waiting_writes_share_one_transaction(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)

    def transaction(conn: Connection, number: int) -> int:
        add(conn, f"n{number}")
        return id(conn.get_transaction())

    async with busy_writer(database):
        waiting = [asyncio.ensure_future(database.write(transaction, number)) for number in range(100)]
        await asyncio.sleep(0)
    assert len(set(await asyncio.gather(*waiting))) == 1
    await database.close()


async def test_twenty_counting_at_once_lose_nothing(database: Database) -> None:
    await database.write(add, "total", 0)

    def count(conn: Connection) -> None:
        value = conn.execute(select(counters.c.value).with_for_update()).scalar_one()
        conn.execute(counters.update().values(value=value + 1))

    await asyncio.gather(*[database.write(count) for _ in range(20)])
    assert await database.read(lambda conn: conn.execute(select(counters.c.value)).scalar()) == 20


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await database.read(add, "one")
    assert await database.read(names) == []
    await database.write(add, "two")


async def test_a_read_sees_one_snapshot(database: Database) -> None:
    async def elsewhere() -> None:
        second = await Database.open(database.url)
        await second.write(add, "meanwhile")
        await second.close()

    def twice(conn: Connection) -> tuple[list[str], list[str]]:
        before = names(conn)
        thread = threading.Thread(target=asyncio.run, args=(elsewhere(),))
        thread.start()
        thread.join()
        return before, names(conn)

    assert await database.read(twice) == ([], [])
    assert await database.read(names) == ["meanwhile"]


async def test_the_clock_is_the_databases(database: Database) -> None:
    before = time.time()
    told = await database.read(now)
    assert before - 5 < told < time.time() + 5

    def compared(conn: Connection) -> bool:
        conn.execute(insert(counters).values(name="later", value=func.round(database_now() + 3600)))
        return bool(conn.execute(select(counters.c.value > database_now() + 3000)).scalar())

    assert await database.write(compared)


async def test_the_clock_moves_within_a_transaction(database: Database) -> None:
    def twice(conn: Connection) -> tuple[float, float]:
        first = now(conn)
        while (second := now(conn)) == first:
            pass
        return first, second

    first, second = await database.write(twice)
    assert second > first


async def test_a_cancelled_write_that_still_waits_is_not_done(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with busy_writer(database):
        given_up = asyncio.ensure_future(database.write(add, "given up"))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])
        kept = asyncio.ensure_future(database.write(add, "kept"))
        await asyncio.sleep(0)
    await kept
    assert await database.read(names) == ["kept"]
    await database.close()


async def test_closing_finishes_what_waits(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    async with busy_writer(database):
        waiting = [asyncio.ensure_future(database.write(add, name)) for name in "abc"]
        await asyncio.sleep(0)
        closing_down = asyncio.ensure_future(database.close())
        await asyncio.sleep(0)
    await closing_down
    assert [await job for job in waiting] == ["a", "b", "c"]


async def test_a_closed_database_says_so(database: Database) -> None:
    await database.close()
    with pytest.raises(RuntimeError, match="closed"):
        await database.write(add, "one")
    with pytest.raises(RuntimeError, match="closed"):
        await database.read(names)


async def test_a_lock_held_elsewhere_fails_the_write_and_passes(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    await database.write(lambda conn: conn.exec_driver_sql("PRAGMA busy_timeout=1"))
    path = file_of(migrated_sqlite_url)
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            await database.write(add, "one")
        other.execute("ROLLBACK")
    assert await database.write(add, "two") == "two"
    assert await database.read(names) == ["two"]
    await database.close()


async def test_a_full_disk_fails_the_write_and_leaves_the_rest(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    await database.write(add, "before")
    pages = await database.write(lambda conn: conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await database.write(lambda conn: conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}"))

    def fill(conn: Connection) -> None:
        for number in range(10_000):
            add(conn, f"{number:064}")

    with pytest.raises(OperationalError, match="full"):
        await database.write(fill)
    assert await database.write(add, "after") == "after"
    assert await database.read(names) == ["after", "before"]
    await database.close()


async def test_sqlite_is_opened_for_safety(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)

    def pragmas(conn: Connection) -> dict[str, object]:
        wanted = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout", "query_only")
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    safe = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "query_only": 0,
    }
    assert await database.write(pragmas) == safe
    assert (await database.read(pragmas))["query_only"] == 1
    await database.close()


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/new.db")
    await database.write(lambda conn: conn.exec_driver_sql("CREATE TABLE t (a)"))
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 3
    await database.close()


async def test_a_file_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        await Database.open(f"sqlite:///{tmp_path}/missing/new.db")
    (tmp_path / "no.db").write_text("this is no database, however long one looks at it")
    with pytest.raises(DBAPIError, match="not a database"):
        await Database.open(f"sqlite:///{tmp_path}/no.db")


async def test_no_error_carries_the_values_of_a_statement(database: Database) -> None:
    await database.write(add, "twice")
    with pytest.raises(IntegrityError) as error:
        await database.write(add, "twice", value=424242)
    assert "424242" not in str(error.value)
    with pytest.raises(DBAPIError) as refused:
        await database.read(add, "secret")
    assert "secret" not in str(refused.value)


async def test_check_passes_on_a_good_database(database: Database) -> None:
    await database.check()


async def test_check_fails_without_a_server() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody can answer there
        database = await Database.open(f"postgresql://nobody@127.0.0.1:{taken.getsockname()[1]}/none")
        with pytest.raises(ConnectionRefusedError):
            await database.check()
        await database.close()


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("sqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://h/d?sslmode=require&channel_binding=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql+asyncpg://h:1/d", "postgresql+asyncpg://h:1/d"),
    ],
)
def test_every_usual_spelling_is_understood(url: str, full: str) -> None:
    assert normalised(url).render_as_string(hide_password=False) == full


@pytest.mark.parametrize("url", ["", "talkpro.db", "mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        normalised(url)


async def test_the_password_is_not_shown() -> None:
    database = await Database.open("postgres://user:hush@127.0.0.1/d")
    assert "hush" not in repr(database)
    assert "hush" in database.url
    await database.close()


@pytest.mark.skipif(os.name != "posix", reason="links and their targets are a POSIX matter")
def test_a_link_leads_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    assert file_of(f"sqlite:///{tmp_path}/link.db") == (tmp_path / "real.db").resolve()
    assert file_of("postgresql://h/d") is None
