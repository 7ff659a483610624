"""The servers and the browser that tests are given are real, fresh and empty."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from playwright.async_api import Browser, Error
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from storage.tables import metadata

REPEATED = pytest.mark.parametrize("which", ["first", "again"])


async def _tables(address: str) -> set[str]:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    engine = create_async_engine(address)
    async with engine.connect() as connection:
        found = await connection.run_sync(names)
    await engine.dispose()
    return found


@REPEATED
async def test_a_postgresql_database_is_fresh(postgres_url: str, which: str) -> None:
    assert await _tables(postgres_url) == set()
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    await connection.execute("CREATE TABLE left_behind (id int)")
    await connection.close()


@REPEATED
async def test_a_redis_is_empty(redis_url: str, which: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
        await client.set("left", "behind")


async def test_a_database_holds_the_schema(database_url: str) -> None:
    assert await _tables(database_url) >= set(metadata.tables)


async def test_no_server_outlives_a_killed_run(tmp_path: Path) -> None:
    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from tests import servers\nwith servers.valkey() as url: print(url); input()"),
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert run.stdout is not None
    client = redis.asyncio.Redis.from_url((await run.stdout.readline()).decode().strip())
    async with client, client.pubsub() as channel:
        await channel.subscribe("until the end")
        run.kill()
        await run.communicate()
        with pytest.raises(redis.ConnectionError):
            _ = [message async for message in channel.listen()]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_browser_sees_this_machine_only(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<h1>Hello</h1>")
    assert await page.inner_text("h1") == "Hello"
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("http://example.invalid/")
    await page.close()
