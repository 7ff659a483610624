"""When much arrives at once, what arrives comes first, and what waits does not wait for ever."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from bot import rush as limits
from bot.rush import IN_A_RUSH, MANY, USUALLY, Rush


class Work:
    """Pieces of work that go on until they are told to end; `begun` counts those that were let in."""

    def __init__(self, group: asyncio.TaskGroup, number: int = 0, rush: Rush | None = None) -> None:
        self._rush = rush or Rush()
        self._group = group
        self._tasks: list[asyncio.Task[None]] = []
        self.begun = 0
        self.may_end = asyncio.Event()
        self.add(number)

    def add(self, number: int) -> None:
        for _ in range(number):
            self._tasks.append(self._group.create_task(self.do()))

    def leave(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def do(self) -> None:
        async with self._rush.admitted():
            self.begun += 1
            await self.may_end.wait()

    async def until(self, begun: int) -> None:
        while self.begun < begun:  # noqa: ASYNC110 - the loop turns until it is so
            await asyncio.sleep(0)


@pytest.fixture
def no_slice_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SLICE_SECONDS", 3600.0)


@pytest.fixture
def always_a_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LATE_SECONDS", -3600.0)
    monkeypatch.setattr(limits, "LATE_WITH_MANY_SECONDS", -3600.0)


async def rushed(group: asyncio.TaskGroup) -> Rush:
    """A rush that is known to be one, with nothing at work."""
    rush = Rush()
    first = Work(group, USUALLY + 1, rush)
    await first.until(USUALLY + 1)
    first.may_end.set()
    return rush


@pytest.mark.usefixtures("no_slice_ends")
async def test_a_few_pieces_of_work_go_on_at_once_and_the_next_follow_as_they_end() -> None:
    async with asyncio.TaskGroup() as group:
        work = Work(group, USUALLY + 3)
        await work.until(USUALLY)
        await asyncio.sleep(0)
        assert work.begun == USUALLY
        work.may_end.set()
        await work.until(USUALLY + 3)


@pytest.mark.usefixtures("always_a_rush")
async def test_in_a_rush_one_begins_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.TaskGroup() as group:
        rush = await rushed(group)
        monkeypatch.setattr(limits, "SLICE_SECONDS", 3600.0)
        work = Work(group, 6, rush)
        await work.until(IN_A_RUSH)
        await asyncio.sleep(0)
        assert work.begun <= 2 * IN_A_RUSH, "one in what was left of a short slice, one in the long one"
        work.may_end.set()
        await work.until(6)


@pytest.mark.usefixtures("always_a_rush")
async def test_while_many_events_are_taken_none_begins_for_one_that_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.TaskGroup() as group:
        rush = await rushed(group)
        monkeypatch.setattr(limits, "SLICE_SECONDS", 3600.0)
        with ExitStack() as taken:
            for _ in range(MANY + 1):
                taken.enter_context(rush.taking())
            work = Work(group, 6, rush)
            work.may_end.set()
            await work.until(IN_A_RUSH)
            for _ in range(20):
                await asyncio.sleep(0)
            assert work.begun <= 2 * IN_A_RUSH, "one in what was left of a short slice, one in the long one"
        work.leave()


async def test_with_many_events_being_taken_a_little_lateness_is_a_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LATE_SECONDS", 3600.0)
    monkeypatch.setattr(limits, "LATE_WITH_MANY_SECONDS", -3600.0)
    async with asyncio.TaskGroup() as group:
        calm = await rushed(group)
        before = calm.is_on
        with ExitStack() as taken:
            for _ in range(MANY + 1):
                taken.enter_context(calm.taking())
            work = Work(group, USUALLY + 1, calm)
            await work.until(USUALLY + 1)
            assert (before, calm.is_on) == (False, True)
            work.may_end.set()


@pytest.mark.usefixtures("always_a_rush")
async def test_work_that_waits_for_somebody_else_keeps_nobody_from_beginning() -> None:
    async with asyncio.TaskGroup() as group:
        work = Work(group, USUALLY + 3)
        await work.until(USUALLY + 3)
        work.may_end.set()


@pytest.mark.usefixtures("always_a_rush")
async def test_what_has_waited_long_begins_as_if_there_were_no_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.TaskGroup() as group:
        rush = await rushed(group)
        monkeypatch.setattr(limits, "PATIENCE_SECONDS", -1.0)
        work = Work(group, USUALLY, rush)
        monkeypatch.setattr(limits, "SLICE_SECONDS", 3600.0)
        await work.until(USUALLY)
        work.may_end.set()


async def test_whoever_is_cancelled_while_waiting_takes_nobody_s_place() -> None:
    async with asyncio.TaskGroup() as group:
        work = Work(group, USUALLY)
        leaving = asyncio.create_task(work.do())
        await work.until(USUALLY)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        work.may_end.set()
        await work.do()
        assert work.begun == USUALLY + 1
