"""Reads of SQLite, each in one go in a thread of its own: one change of threads for a read, not one for every step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")


class Readers:
    """A few threads that share an engine whose connections only read."""

    def __init__(self, engine: Engine, count: int) -> None:
        """Read through this engine, so many at once."""
        self._engine = engine
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="sqlite-reader")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` over one snapshot and return its value."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    async def stop(self) -> None:
        """Finish what is being read, and let go of every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._engine.dispose)

    def _run(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)
