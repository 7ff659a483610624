"""What every test may ask for: a database, a Redis, a browser; and the guard around them all."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg
import pytest
import pytest_asyncio
import redis
from playwright.async_api import async_playwright
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, make_url

from storage import migrations
from storage.database import Database
from tests import guard, servers

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What is asked for by hand, for it takes long."""
    parser.addoption("--every-boundary", action="store_true", help="kill at every boundary, not at a handful")


@dataclass(frozen=True)
class Postgres:
    """A server that makes databases and drops them."""

    url: URL
    connection: psycopg.Connection
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @contextmanager
    def at(cls, address: str) -> Iterator[Self]:
        """Stay connected to a server while tests run."""
        url = make_url(address).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            yield cls(url, connection)

    @contextmanager
    def database(self, *, copy_of: str = "template0") -> Iterator[str]:
        """The name of a new database, which is dropped in the end, whoever still holds it."""
        name = f"talkpro_test_{os.getpid()}_{next(self.numbers)}"
        make = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self.connection.execute(make.format(Identifier(name), Identifier(copy_of)))
        try:
            yield name
        finally:
            self.connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def address_of(self, name: str) -> str:
        """The address of one of its databases, as DATABASE_URL takes it."""
        address = self.url.set(drivername="postgresql+asyncpg", database=name)
        return address.render_as_string(hide_password=False)


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    with guard.only_loopback():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """Where databases can be made: TEST_DATABASE_URL, else a server of our own."""
    with ExitStack() as stack:
        address = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(servers.postgres())
        yield stack.enter_context(Postgres.at(address))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis that tests may flush: TEST_REDIS_URL, else a server of our own."""
    if named := os.environ.get("TEST_REDIS_URL"):
        named = _of_this_worker(named)
        with redis.Redis.from_url(named) as client:
            if kept := client.dbsize():
                pytest.fail(f"TEST_REDIS_URL holds {kept} keys and tests flush it; name an empty database")
            yield named
            client.flushdb()
        return
    with servers.valkey() as address:
        yield address


def _of_this_worker(address: str) -> str:
    """A Redis database of its own for each process that tests beside others, counted on from the named one."""
    url = make_url(address)
    number = int(url.database or 0) + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return url.set(database=str(number)).render_as_string(hide_password=False)


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: Postgres) -> Iterator[str]:
    """The name of a database that holds the schema and nothing else; a test's database is a copy of it."""
    with postgres_server.database() as name:
        asyncio.run(_migrate(postgres_server.address_of(name)))
        yield name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "talkpro.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """The address of a fresh PostgreSQL database without any table."""
    with postgres_server.database() as name:
        yield postgres_server.address_of(name)


@pytest.fixture
def migrated_postgres_url(postgres_server: Postgres, _postgres_template: str) -> Iterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    with postgres_server.database(copy_of=_postgres_template) as name:
        yield postgres_server.address_of(name)


@pytest.fixture
def migrated_sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a migrated, empty SQLite file."""
    file = tmp_path / "talkpro.db"
    shutil.copyfile(_sqlite_template, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database: each test runs on SQLite and on PostgreSQL."""
    fixture = "migrated_sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated, empty database: each test runs on SQLite and on PostgreSQL."""
    opened = await Database.open(database_url)
    try:
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium for the tests of a file. Where none is installed they are skipped, and fail where CI=true."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if path is None:
        missing = "no Chromium: install it, or name it in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield chromium
        await chromium.close()


async def _migrate(address: str) -> None:
    database = await Database.open(address)
    try:
        await migrations.upgrade(database)
    finally:
        await database.close()
