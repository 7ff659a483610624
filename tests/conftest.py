"""What every test may ask for: a database, a Redis, a browser; and the guard around them all."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import redis
from playwright.async_api import async_playwright
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


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    with guard.only_loopback():
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Where databases can be created: TEST_DATABASE_URL, else a server of our own."""
    if named := os.environ.get("TEST_DATABASE_URL"):
        yield make_url(named).set(drivername="postgresql+asyncpg")
        return
    with servers.postgres() as address:
        yield make_url(address)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a Redis that tests may flush: TEST_REDIS_URL, else a server of our own."""
    if named := os.environ.get("TEST_REDIS_URL"):
        with redis.Redis.from_url(named) as client:
            if kept := client.dbsize():
                pytest.fail(f"TEST_REDIS_URL holds {kept} keys and tests flush it; name an empty database")
            yield named
            client.flushdb()
        return
    with servers.valkey() as address:
        yield address


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server


@pytest.fixture(scope="session")
def _names() -> Iterator[str]:
    return (f"talkpro_test_{os.getpid()}_{number}" for number in count())


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: URL, _names: Iterator[str]) -> Iterator[str]:
    """The name of a database that holds the schema and nothing else; a test's database is a copy of it."""
    name = next(_names)
    asyncio.run(_create(postgres_server, name))
    asyncio.run(_migrate(_spelled(postgres_server, name)))
    yield name
    asyncio.run(_drop(postgres_server, name))


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "talkpro.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
async def postgres_url(postgres_server: URL, _names: Iterator[str]) -> AsyncIterator[str]:
    """The address of a fresh PostgreSQL database without any table."""
    name = next(_names)
    await _create(postgres_server, name)
    yield _spelled(postgres_server, name)
    await _drop(postgres_server, name)


@pytest.fixture
async def migrated_postgres_url(
    postgres_server: URL, _postgres_template: str, _names: Iterator[str]
) -> AsyncIterator[str]:
    """The address of a migrated, empty PostgreSQL database."""
    name = next(_names)
    await _create(postgres_server, name, template=_postgres_template)
    yield _spelled(postgres_server, name)
    await _drop(postgres_server, name)


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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of its own. Where none is installed the test is skipped, and fails where CI=true."""
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


async def _create(server: URL, name: str, *, template: str = "template0") -> None:
    await _tell(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


async def _drop(server: URL, name: str) -> None:
    await _tell(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _tell(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(_spelled(server.set(drivername="postgresql")))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _spelled(server: URL, database: str | None = None) -> str:
    address = server if database is None else server.set(database=database)
    return address.render_as_string(hide_password=False)
