"""Kill it while a question is written: the interview begins all the same, once, and no call is counted twice."""

from __future__ import annotations

import asyncio
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from storage import upkeep, usage
from storage.database import Database
from storage.tables import interviews, questions, wishes
from tests.fakes import claude
from tests.fakes.claude import Request, says, told
from tests.fakes.manuscripts import manuscript
from tests.kill.client import Page, page
from tests.kill.lives import Program, program
from tests.kill.script import is_about

PATIENCE = 60
"""Seconds in which a run is through, or something is lost."""
AT_ONCE = 2
"""So many programs run side by side."""
WRITE, TELL = "the commit of record write question", "the commit of record question written"
DEATHS = {
    (): 0,
    (f"before {WRITE}#1", f"after {WRITE}#1"): 1,
    (f"before {WRITE}#2", f"after {WRITE}#1"): 1,
    ("after the commit of claim write question#1", "after the commit of claim question written#1"): 0,
    (f"before {TELL}#1", f"after {TELL}#1"): 0,
}
"""Where one life after the other ends, and how many calls more than two that may take."""


def reply(request: Request) -> str:
    """A question that does not pass, and once that was said one that does."""
    return manuscript() if "problems" in told(request) else manuscript(hints=[])


def left(conn: Connection) -> list[int]:
    """How many interviews, questions, wishes and counted calls there are."""
    tables = (interviews, questions, wishes)
    counts = [conn.execute(select(func.count()).select_from(table)).scalar() or 0 for table in tables]
    return [*counts, sum(total.calls for total in usage.by_model(conn, datetime(2020, 1, 1, tzinfo=UTC)))]


async def kept(address: str) -> list[int]:
    database = await Database.open(address)
    try:
        while await database.read(upkeep.busy):  # noqa: ASYNC110 - it is another process that works
            await asyncio.sleep(0.02)
        return await database.read(left)
    finally:
        await database.close()


async def begun(visitor: Page) -> None:
    await visitor.say("start-001", "/interview easy quick rust-borrow-checker")
    intro = await visitor.row(lambda row: is_about(row, "intro"))
    assert "Written by claude-sonnet-5-5 for this topic." in intro["html"]
    await visitor.row(lambda row: is_about(row, "question/0"))


async def calls(template: Path, folder: Path, *deaths: str) -> int:
    """Have a question written while the program dies at each of these; gives how often the model was asked."""
    folder.mkdir()
    shutil.copyfile(template, folder / "talkpro.db")
    database = f"sqlite+aiosqlite:///{folder / 'talkpro.db'}"
    async with claude.serving() as server, asyncio.timeout(PATIENCE):
        server.always = says(reply)
        settings = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": server.address, "NO_PROXY": "*"}
        async with program(folder, database, **settings) as one, page(one.address) as visitor:
            async with asyncio.TaskGroup() as group:
                living = group.create_task(live(one, deaths))
                await begun(visitor)
                living.cancel()
            assert await kept(database) == [1, 1, 0, 2]
            assert one.deaths == len(deaths)
            await one.kill()
            assert one.faults == []
            return len(server.requests)


async def live(one: Program, deaths: tuple[str, ...]) -> None:
    for death in deaths:
        one.start(death)
        assert await one.end() == -signal.SIGKILL
    one.start()


async def test_killed_while_a_question_is_written_the_interview_begins_once(
    migrated_sqlite_url: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    template = Path(migrated_sqlite_url.removeprefix("sqlite+aiosqlite:///"))
    together = asyncio.Semaphore(AT_ONCE)

    async def killed(number: int, deaths: tuple[str, ...]) -> int:
        async with together:
            return await calls(template, tmp_path / str(number), *deaths)

    runs = await asyncio.gather(*(killed(*one) for one in enumerate(DEATHS)), return_exceptions=True)
    for (deaths, more), made in zip(DEATHS.items(), runs, strict=True):
        with subtests.test(", ".join(deaths)):
            if isinstance(made, BaseException):
                raise made
            assert made == 2 + more
