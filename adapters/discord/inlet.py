"""What comes in from the gateway, one after another within a row, made durable with patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from structlog.typing import FilteringBoundLogger

from bot.events import Event
from bot.guard import guard
from bot.ports import Accept

RESTS = (0.1, 0.5, 2.0, 10.0, 30.0)
"""Seconds between the tries to store a message. What is lost after them is found again by the next replay."""
CLOSING_SECONDS = 3.0

Work = Callable[[], Awaitable[None]]


class Inlet:
    """Runs work in the order in which it came, row by row: what one person does in one channel is a row."""

    def __init__(self, accept: Accept, log: FilteringBoundLogger) -> None:
        """Store by `accept`."""
        self._accept = accept
        self._log = log
        self._last: dict[str, asyncio.Task[None]] = {}

    def put(self, row: str, work: Work) -> None:
        """Run this after all that came in the same row. Returns at once."""
        before = self._last.get(row)
        task = asyncio.create_task(self._after(before, work))
        self._last[row] = task
        task.add_done_callback(lambda done: self._ended(row, done))

    async def store(self, event: Event, rests: tuple[float, ...] = RESTS) -> bool:
        """Make an event durable, trying again after these rests; False when it could not be."""
        for rest in (0.0, *rests):
            await asyncio.sleep(rest)
            async with guard(self._log, "accept") as fault:
                await self._accept(event)
            if not fault:
                return True
        return False

    async def close(self) -> None:
        """Finish what has come in, or give it up after some seconds."""
        tasks = list(self._last.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _after(self, before: asyncio.Task[None] | None, work: Work) -> None:
        if before is not None:
            await asyncio.wait([before])
        async with guard(self._log, "inlet"):
            await work()

    def _ended(self, row: str, task: asyncio.Task[None]) -> None:
        if self._last.get(row) is task:
            del self._last[row]
