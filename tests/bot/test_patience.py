"""Writes wait for a database that is away, and give up on one that answers no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from structlog.testing import LogCapture

from bot.patience import PatientWriter
from storage.tables import counters
from tests.bot.unsteady import Unsteady
from tests.bot.workers import stored, until


@pytest.fixture
async def unsteady(database_url: str) -> AsyncIterator[Unsteady]:
    opened = await Unsteady.open(database_url)
    assert isinstance(opened, Unsteady)
    yield opened
    await opened.close()


@pytest.fixture
def lines() -> LogCapture:
    return LogCapture()


@pytest.fixture
def writer(unsteady: Unsteady, lines: LogCapture) -> PatientWriter:
    return PatientWriter(unsteady, structlog.wrap_logger(None, processors=[lines]), pauses=(0, 0, 0))


def count(conn: Connection, name: str) -> str:
    conn.execute(insert(counters).values(name=name, value=1))
    return name


async def test_a_write_comes_through_and_gives_its_value(unsteady: Unsteady, writer: PatientWriter) -> None:
    assert await writer.write(count, name="a") == "a"
    assert await stored(unsteady) == ["a"]


async def test_all_who_wait_come_through_when_the_database_is_back_and_one_line_tells_of_it(
    unsteady: Unsteady, writer: PatientWriter, lines: LogCapture
) -> None:
    async def noticed() -> bool:
        return bool(lines.entries)

    unsteady.away = True
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(writer.write(count, f"{number:02}"))
        await until(noticed)
        unsteady.away = False
    assert await stored(unsteady) == [f"{number:02}" for number in range(20)]
    assert [line["event"] for line in lines.entries] == ["the database is away", "the database is back"]


async def test_what_we_asked_for_wrongly_is_not_repeated(writer: PatientWriter, lines: LogCapture) -> None:
    await writer.write(count, "a")
    with pytest.raises(IntegrityError):
        await writer.write(count, "a")
    assert lines.entries == []


async def test_what_fails_though_the_database_answers_is_raised_in_the_end(writer: PatientWriter) -> None:
    times = 0

    def ask(conn: Connection) -> None:
        nonlocal times
        times += 1
        if conn.dialect.name == "sqlite":
            conn.execute(text("SELECT nothing FROM nowhere"))
        conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError):
        await writer.write(ask)
    assert times == 4


async def test_a_mistake_in_the_work_itself_passes(writer: PatientWriter) -> None:
    def stumble(_conn: Connection) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await writer.write(stumble)
