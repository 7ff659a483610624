"""Writes wait for a database that is away, and give up on one that answers no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import structlog
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from structlog.testing import LogCapture

from bot.patience import PatientWriter, Together
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


class Scribe:
    """Writes groups of words; notes the groups, and fails on words that begin with a bang."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.go_on = asyncio.Event()

    async def write(self, words: Sequence[str]) -> list[str]:
        self.groups.append(list(words))
        await self.go_on.wait()
        if any(word.startswith("!") for word in words):
            raise KeyError
        return [word.upper() for word in words]


@asynccontextmanager
async def together(scribe: Scribe) -> AsyncIterator[Together[str, str]]:
    made = Together(scribe.write)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_comes_alone_waits_for_nobody_and_what_waits_goes_together() -> None:
    scribe = Scribe()
    async with together(scribe) as made, asyncio.TaskGroup() as group:
        tasks = []
        for word in "abcdefghij":
            tasks.append(group.create_task(made.write(word)))
            await until(lambda word=word: begun(scribe, word))  # type: ignore[misc]
        scribe.go_on.set()
    assert [task.result() for task in tasks] == list("ABCDEFGHIJ")
    assert [sorted(words) for words in scribe.groups] == [["a"], ["b"], ["c"], ["d"], list("efghij")]


async def begun(scribe: Scribe, word: str) -> bool:
    """Whether this word is being written, or all who write are at work."""
    return len(scribe.groups) == 4 or [word] in scribe.groups


async def test_a_group_is_not_endless() -> None:
    scribe = Scribe()
    async with together(scribe) as made, asyncio.TaskGroup() as group:
        for number in range(300):
            group.create_task(made.write(f"{number}"))
        scribe.go_on.set()
    assert max(map(len, scribe.groups)) == 64
    assert sum(map(len, scribe.groups)) == 300


async def test_one_that_fails_fails_alone() -> None:
    scribe = Scribe()
    scribe.go_on.set()
    async with together(scribe) as made:
        written = await asyncio.gather(*(made.write(word) for word in ("a", "!b", "c")), return_exceptions=True)
    assert written[0] == "A"
    assert isinstance(written[1], KeyError)
    assert written[2] == "C"


async def test_one_that_no_longer_waits_is_no_trouble_for_the_others() -> None:
    scribe = Scribe()
    async with together(scribe) as made:
        gone, stays = asyncio.create_task(made.write("a")), asyncio.create_task(made.write("b"))

        async def both() -> bool:
            return scribe.groups == [["a", "b"]]

        await until(both)
        gone.cancel()
        scribe.go_on.set()
        assert await stays == "B"
        assert gone.cancelled()
