"""One open database, SQLite or PostgreSQL, behind two calls: write and read."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Double,
    Engine,
    NullPool,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage import sealing
from storage.readers import Readers
from storage.sealing import Sealer
from storage.writer import Writer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]

SQLITE_READERS = 4
POSTGRESQL_CONNECTIONS = 8
"""Kept open; as many again for a burst."""
COMMAND_SECONDS = 30
CHECK_SECONDS = 5
MIGRATION_LOCK = 7_250_184_961_032_447
"""Any number, the same in every replica: the name of an advisory lock."""


class Database:
    """One open database.

    `write` and `read` take a plain synchronous function over a SQLAlchemy Connection and run it in one
    transaction: it must not commit, wait for anything else, or keep the connection. Whatever it raises rolls
    it back and reaches the caller. Errors never carry the values of a statement.
    """

    def __init__(
        self, url: str, dialect: Dialect, engine: AsyncEngine | tuple[Writer, Readers], sealer: Sealer
    ) -> None:
        """Use `Database.open` instead."""
        self.url = url
        self.dialect: Dialect = dialect
        self.sealer = sealer
        self._closed = False
        self._sqlite = engine if isinstance(engine, tuple) else None
        if not isinstance(engine, tuple):
            self._engine = engine
            # One snapshot per read, as SQLite gives by itself; said in the BEGIN, at no extra round trip.
            self._reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def __repr__(self) -> str:
        """Name the database without its password."""
        return f"Database({make_url(self.url).render_as_string(hide_password=True)})"

    @classmethod
    async def open(cls, url: str, sealer: Sealer | None = None) -> Database:
        """Open `sqlite:///path` or `postgresql://...`, also with `+aiosqlite`, `+asyncpg`, or `postgres://`.

        What people wrote lies there sealed with `sealer`, without one as it is (see `storage/keys.py`).

        A missing SQLite file is made, readable by its owner only. PostgreSQL is first spoken to by the first
        call. Raises ValueError for any other URL, and SQLAlchemy's OperationalError or OSError when a SQLite
        file cannot be opened.
        """
        address = normalised(url)
        full = address.render_as_string(hide_password=False)
        sealer = sealer or Sealer()
        if address.get_backend_name() == "postgresql":
            engine = _postgresql(address)
            sealing.give(engine.dialect, sealer)
            return cls(full, "postgresql", engine, sealer)
        await asyncio.to_thread(_make_private, file_of(full))
        writing, reading = _sqlite_writer(address), _sqlite_reader(address)
        sealing.give(writing.dialect, sealer)
        sealing.give(reading.dialect, sealer)
        writer = Writer(writing)
        await writer.start()
        return cls(full, "sqlite", (writer, Readers(reading, SQLITE_READERS)), sealer)

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a transaction of its own and return its value once it is durable."""
        self._must_be_open()
        if self._sqlite is not None:
            return await self._sqlite[0].write(partial(_call, work, args, kwargs))
        async with self._engine.begin() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    async def read(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` over one snapshot; the database refuses it any write."""
        self._must_be_open()
        if self._sqlite is not None:
            return await self._sqlite[1].read(partial(_call, work, args, kwargs))
        async with self._reading.connect() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    async def migrate(self, work: Callable[[Connection], None]) -> None:
        """Run `work`, which changes tables, in one transaction; nobody else migrates meanwhile.

        On SQLite foreign keys are off during the work, since rebuilding a table drops it and would take its
        children along, and are checked before the commit. Call it before anything else writes.
        """
        self._must_be_open()
        address = make_url(self.url)
        if self.dialect == "sqlite":
            await asyncio.to_thread(_migrate_sqlite, address, work)
            return
        from sqlalchemy.ext.asyncio import create_async_engine

        engine = create_async_engine(address, hide_parameters=True, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                await connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                await connection.run_sync(work)
        finally:
            await engine.dispose()
            await self._engine.dispose()  # its connections remember how the tables were

    async def check(self) -> None:
        """Raise, within five seconds, when it cannot be written or read now."""
        async with asyncio.timeout(CHECK_SECONDS):
            await self.write(now)
            await self.read(now)

    async def close(self) -> None:
        """Finish the writes that wait and let go of every connection; a later call raises RuntimeError."""
        self._closed = True
        if self._sqlite is None:
            await self._engine.dispose()
            return
        for part in self._sqlite:
            await part.stop()

    def _must_be_open(self) -> None:
        if self._closed:
            raise RuntimeError("the database is closed")


def normalised(url: str) -> URL:
    """The URL with the drivers we use; `sslmode`, which asyncpg calls otherwise, is understood.

    Raises ValueError when it is neither a SQLite file nor PostgreSQL.
    """
    scheme, mark, rest = url.partition("://")
    match scheme.partition("+")[0] if mark else "":
        case "sqlite":
            address = make_url(f"sqlite+aiosqlite://{rest}")
            if not address.database or address.database == ":memory:":
                raise ValueError("a SQLite database needs a file: sqlite:///path/to/talkpro.db")
            return address
        case "postgres" | "postgresql":
            address = make_url(f"postgresql+asyncpg://{rest}")
            query = {name: value for name, value in address.query.items() if name != "channel_binding"}
            if "sslmode" in query:
                query["ssl"] = query.pop("sslmode")
            return address.set(query=query)
    raise ValueError("a database URL begins with sqlite:/// or postgresql://")


def file_of(url: str) -> Path | None:
    """The file of a SQLite URL, links followed; None for PostgreSQL."""
    address = normalised(url)
    return Path(address.database or "").resolve() if address.get_backend_name() == "sqlite" else None


class database_now(FunctionElement[float]):  # noqa: N801 - it reads as a function in a statement
    """The database's own clock, in seconds since the epoch, to compute with inside a statement."""

    type = Double()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(_element: database_now, _compiler: SQLCompiler, **_kwargs: object) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"  # unixepoch('subsec') would need SQLite 3.42


@compiles(database_now, "postgresql")
def _postgresql_now(_element: database_now, _compiler: SQLCompiler, **_kwargs: object) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"


_NOW = select(database_now())


def now(connection: Connection) -> float:
    """The database's clock, in seconds since the epoch."""
    return connection.execute(_NOW).scalar_one()


def _make_private(path: Path | None) -> None:
    if path is not None:
        path.touch(mode=0o600)  # the log and index files beside it take over its mode


def _call(work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], connection: Connection) -> T:
    return work(connection, *args, **kwargs)


def _migrate_sqlite(address: URL, work: Callable[[Connection], None]) -> None:
    engine = _sqlite_writer(address, foreign_keys=False)
    with engine.begin() as connection:
        work(connection)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration left {len(broken)} rows that refer to nothing")


def _postgresql(address: URL) -> AsyncEngine:
    # Imported where it is named: it brings all of the ORM along, which takes a tenth of the start.
    from sqlalchemy.ext.asyncio import create_async_engine

    return create_async_engine(
        address,
        hide_parameters=True,
        pool_size=POSTGRESQL_CONNECTIONS,
        max_overflow=POSTGRESQL_CONNECTIONS,
        pool_timeout=30,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "timeout": 5,
            "command_timeout": COMMAND_SECONDS,
            "server_settings": {
                "application_name": "talkpro",
                "jit": "off",
                "lock_timeout": "10s",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )


def _sqlite_writer(address: URL, *, foreign_keys: bool = True) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite"),
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={"isolation_level": None},
    )
    pragmas = [f"foreign_keys={int(foreign_keys)}", "journal_mode=WAL", "synchronous=FULL"]
    pragmas += ["secure_delete=ON"]  # what a person deletes is overwritten in the file
    if sys.platform == "darwin":  # there a plain fsync does not reach the disk
        pragmas += ["fullfsync=ON", "checkpoint_fullfsync=ON"]
    _on_connect(engine, pragmas)
    # IMMEDIATE takes the lock first: what the transaction read cannot be overtaken by another process.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _sqlite_reader(address: URL) -> Engine:
    engine = create_engine(
        address.set(drivername="sqlite"),
        hide_parameters=True,
        pool_size=SQLITE_READERS,
        max_overflow=0,
        connect_args={"isolation_level": None},
    )
    _on_connect(engine, ["query_only=ON"])
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _on_connect(engine: Engine, pragmas: list[str]) -> None:
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ["busy_timeout=5000", *pragmas]:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", prepare)
