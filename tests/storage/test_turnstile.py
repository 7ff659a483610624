"""Wake-ups, in this process and through Redis; a Redis that is cut off, frozen or killed costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

import pytest
import structlog
from structlog.testing import LogCapture

from storage.turnstile import Ear, Turnstile, open_turnstile
from tests import servers

SOON = 20.0
"""Seconds in which what must happen has happened; it is never waited for in vain."""
NEVER = 0.2
"""Seconds in which what must not happen would have happened."""


@pytest.fixture
def lines() -> LogCapture:
    return LogCapture()


@pytest.fixture(params=["here", "redis"])
async def pair(request: pytest.FixtureRequest, lines: LogCapture) -> AsyncIterator[tuple[Turnstile, Turnstile]]:
    """What two workers have: the same turnstile in one process, or one each with a Redis between them."""
    if request.param == "here":
        async with opened("", lines) as turnstile:
            yield turnstile, turnstile
    else:
        url = request.getfixturevalue("redis_url")
        async with opened(url, lines) as one, opened(url, lines) as other:
            await connected(one, other)
            yield one, other


def opened(url: str, lines: LogCapture) -> AbstractAsyncContextManager[Turnstile]:
    log = structlog.wrap_logger(None, processors=[lines])
    return open_turnstile(url, log, pause=0.05)


@contextlib.contextmanager
def heard_by(turnstile: Turnstile) -> Iterator[Ear]:
    ear = Ear()
    with turnstile.listening(ear):
        yield ear


async def connected(*turnstiles: Turnstile) -> None:
    """Wait until each hears the others: subscribing calls everybody once, so only calling tells."""
    for caller in turnstiles:
        for listener in turnstiles:
            if listener is not caller:
                with heard_by(listener) as ear:
                    await heard_call(caller, ear)


async def heard_call(caller: Turnstile, ear: Ear) -> None:
    async with asyncio.timeout(SOON):
        while True:
            await caller.wake()
            if await ear.woken(0.1):
                break
    while await ear.woken(NEVER):  # late echoes of our impatience
        pass


async def test_everybody_who_listens_is_woken(pair: tuple[Turnstile, Turnstile]) -> None:
    one, other = pair
    ears = [Ear(), Ear(), Ear()]
    with one.listening(ears[0]), one.listening(ears[1]), other.listening(ears[2]):
        await one.wake()
        assert [await ear.woken(SOON) for ear in ears] == [True, True, True]
        await other.wake()
        assert [await ear.woken(SOON) for ear in ears] == [True, True, True]


async def test_a_wake_up_before_one_listens_to_it_is_heard_and_many_are_one(
    pair: tuple[Turnstile, Turnstile],
) -> None:
    one, other = pair
    ear = Ear()
    with other.listening(ear):
        for _ in range(5):
            await other.wake()
        assert await ear.woken(SOON)
        assert not await ear.woken(NEVER)
        await one.wake()
        assert await ear.woken(SOON)


async def test_nobody_is_woken_for_nothing(pair: tuple[Turnstile, Turnstile]) -> None:
    one, _ = pair
    ear, gone = Ear(), Ear()
    with one.listening(gone):
        pass
    with one.listening(ear):
        assert not await ear.woken(0)
        assert not await ear.woken(NEVER)
    await one.wake()
    assert not await gone.woken(NEVER)


async def test_one_does_not_hear_its_own_call_come_back(redis_url: str, lines: LogCapture) -> None:
    async with opened(redis_url, lines) as one, opened(redis_url, lines) as other:
        await connected(one, other)
        mine, theirs = Ear(), Ear()
        with one.listening(mine), other.listening(theirs):
            await one.wake()
            assert await mine.woken(0)
            assert await theirs.woken(SOON)
            assert not await mine.woken(NEVER)


class Line:
    """A line to a Redis that can be cut and frozen."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2].partition("/")[0])
        self._open = asyncio.Event()
        self._open.set()
        self._links: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    async def mend(self) -> None:
        port = int(self.url.rpartition(":")[2].partition("/")[0]) if self.url else 0
        self._server = await asyncio.start_server(self._link, "127.0.0.1", port)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for link in tuple(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)
        await self._server.wait_closed()

    def freeze(self) -> None:
        self._open.clear()

    def thaw(self) -> None:
        self._open.set()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                behind, before = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    await asyncio.gather(self._pass_on(reader, before), self._pass_on(behind, writer))
                finally:
                    before.close()
        finally:
            writer.close()
            self._links.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def lined(redis_url: str) -> AsyncIterator[Line]:
    line = Line(redis_url)
    await line.mend()
    try:
        yield line
    finally:
        line.thaw()
        await line.cut()


async def test_a_redis_that_is_cut_off_costs_only_the_others(redis_url: str, lines: LogCapture) -> None:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(lined(redis_url))
        one = await stack.enter_async_context(opened(line.url, lines))
        other = await stack.enter_async_context(opened(line.url, lines))
        await connected(one, other)
        mine = stack.enter_context(heard_by(one))
        theirs = stack.enter_context(heard_by(other))

        await line.cut()
        for _ in range(3):
            await one.wake()
            assert await mine.woken(0)
            assert not await theirs.woken(NEVER)

        await line.mend()
        assert await theirs.woken(SOON)  # whoever comes back looks, for it cannot know what it missed
        await heard_call(one, theirs)
    told = [line["event"] for line in lines.entries]
    assert "redis is away" in told
    assert "redis is back" in told


async def test_a_redis_that_hangs_holds_nobody_up(redis_url: str, lines: LogCapture) -> None:
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(lined(redis_url))
        one = await stack.enter_async_context(opened(line.url, lines))
        other = await stack.enter_async_context(opened(line.url, lines))
        await connected(one, other)
        mine = stack.enter_context(heard_by(one))
        theirs = stack.enter_context(heard_by(other))

        line.freeze()
        await one.wake()
        assert await mine.woken(0)
        assert not await theirs.woken(NEVER)
        line.thaw()
        await heard_call(one, theirs)


async def test_a_redis_that_is_stopped_in_the_middle_takes_nobody_with_it(lines: LogCapture) -> None:
    async with AsyncExitStack() as stack:
        with servers.valkey() as url:
            one = await stack.enter_async_context(opened(url, lines))
            other = await stack.enter_async_context(opened(url, lines))
            await connected(one, other)
        late = await stack.enter_async_context(opened(url, lines))
        for turnstile in (one, other, late):
            ear = stack.enter_context(heard_by(turnstile))
            await turnstile.wake()
            assert await ear.woken(0)
            assert not await ear.woken(NEVER)
