"""Kill it anywhere: the interview goes on and ends with the same transcript, evaluations and scores."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from pathlib import Path
from zlib import crc32

import pytest
import pytest_asyncio

from agent import bank
from agent.bank import Bank
from tests.conftest import Postgres
from tests.kill import script
from tests.kill.client import Page, page
from tests.kill.doomed import BY_CHANCE
from tests.kill.lives import Program, program
from tests.kill.script import is_about
from tests.kill.wire import kept_at

AT_ONCE = 2
"""So many programs run side by side."""
PARTS = 3
"""Into so many tests the boundaries are dealt out, so that none takes very long."""
IN_A_RUN = 4
"""At so many boundaries, far from each other, one run is killed."""
LIFETIMES = (11, 17, 13, 23, 19)
"""How many boundaries are crossed in a life, where one life after the other ends; were it always the same number, each
could end in the same place, and what kills ten processes is given up."""
PATIENCE = 120
"""Seconds in which a run is through, or something is lost."""

Fresh = Callable[[Path], AbstractContextManager[str]]
Fate = Callable[[Program, Page], Coroutine[None, None, None]]


@dataclass(frozen=True)
class Ended:
    """How a run ended: what is to be seen and kept, and what was logged that should not have been."""

    seen: script.Seen
    kept: script.Kept
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """One interview with one installation: how it ended, the boundaries it crossed, how often it was killed."""

    ended: Ended
    crossings: tuple[str, ...]
    deaths: int


@dataclass
class Stage:
    """Where interviews are held, each with an installation of its own."""

    fresh: Fresh
    folder: Path
    questions: Bank
    numbers: Iterator[int] = field(default_factory=count)

    async def hold(self, name: str, fate: Fate) -> Run:
        """Hold the interview while this happens to the program; in the end it is told to stop."""
        folder = self.folder / name
        with self.fresh(folder) as database:
            async with program(folder, database) as one, asyncio.timeout(PATIENCE), page(one.address) as visitor:
                async with asyncio.TaskGroup() as group:
                    happening = group.create_task(fate(one, visitor))
                    await script.hold(visitor, self.questions)
                    happening.cancel()
                deaths = one.deaths
                if one.is_doomed:
                    before = visitor.connections
                    await one.kill()
                    one.start()
                    await visitor.connected(before + 1)
                seen = await script.seen_by(visitor)
                kept = await kept_at(database, script.kept)
                assert await one.stop() == 0, one.log
                return Run(Ended(seen, kept, tuple(one.faults)), tuple(one.crossings), deaths)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes empty databases, each for a new folder."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("_sqlite_template")

        @contextmanager
        def sqlite(folder: Path) -> Iterator[str]:
            folder.mkdir()
            shutil.copyfile(template, folder / "talkpro.db")
            yield f"sqlite+aiosqlite:///{folder / 'talkpro.db'}"

        return sqlite

    server: Postgres = request.getfixturevalue("postgres_server")
    schema: str = request.getfixturevalue("_postgres_template")

    @contextmanager
    def postgresql(folder: Path) -> Iterator[str]:
        folder.mkdir()
        with server.database(copy_of=schema) as name:
            yield server.address_of(name)

    return postgresql


@pytest.fixture
def stage(fresh: Fresh, tmp_path: Path) -> Stage:
    return Stage(fresh, tmp_path, bank.load())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(fresh: Fresh, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The interview as it goes when nothing happens to the program."""
    return await Stage(fresh, tmp_path_factory.mktemp("whole"), bank.load()).hold("run", undisturbed)


async def undisturbed(one: Program, _: Page) -> None:
    one.start()


def killed_before_and_after(*deeds: str) -> Fate:
    """One life ends right before each of these is done for the first time in it, the next one right after that."""

    async def killed(one: Program, _: Page) -> None:
        for deed in deeds:
            for moment in ("before", "after"):
                one.start(f"{moment} {deed}#1")
                assert await one.end() == -signal.SIGKILL
        one.start()

    return killed


async def killed_again_and_again(one: Program, _: Page) -> None:
    for crossings in cycle(LIFETIMES):
        one.start(f"#{crossings}")
        assert await one.end() == -signal.SIGKILL


async def stopped_while_answering_and_while_judged(one: Program, visitor: Page) -> None:
    for topic in ("draft/0/0", "feedback/1"):
        one.start()
        await visitor.row(partial(is_about, topic=topic))
        assert await one.stop() == 0
    one.start()


@pytest.mark.parametrize("part", range(PARTS))
async def test_killed_at_any_boundary_it_goes_on(
    stage: Stage, whole: Run, part: int, subtests: pytest.Subtests
) -> None:
    done = dict.fromkeys(crossing.partition(" ")[2] for crossing in whole.crossings)
    deeds = [deed for deed in done if deed not in BY_CHANCE and crc32(deed.encode()) % PARTS == part]
    assert len(deeds) >= 6
    apart = -(-len(deeds) // IN_A_RUN)
    together = asyncio.Semaphore(AT_ONCE)

    async def killed(*deeds: str) -> int:
        """How many of the deeds it died at: in a life that went another way, a later one was perhaps done before."""
        async with together:
            run = await stage.hold(str(next(stage.numbers)), killed_before_and_after(*deeds))
        assert run.ended == whole.ended
        return run.deaths // 2

    together_in = [tuple(deeds[first::apart]) for first in range(apart)]
    ended = await asyncio.gather(*(killed(*some) for some in together_in), return_exceptions=True)
    for some, came_of_it in zip(together_in, ended, strict=True):
        print("killed before and after", *some, sep="\n  ")
        failed = came_of_it if isinstance(came_of_it, BaseException) else None
        for deed in some if isinstance(came_of_it, BaseException) else some[came_of_it:]:
            with subtests.test(deed):
                assert await killed(deed) == 1
        with subtests.test("; ".join(some)):
            if failed:
                raise failed


async def test_killed_again_and_again_it_goes_on(stage: Stage, whole: Run) -> None:
    run = await stage.hold("killed", killed_again_and_again)
    assert run.deaths >= 12
    assert run.ended == whole.ended


async def test_told_to_stop_it_finishes_what_it_does_and_goes_on_later(stage: Stage, whole: Run) -> None:
    run = await stage.hold("stopped", stopped_while_answering_and_while_judged)
    assert run.ended == whole.ended
