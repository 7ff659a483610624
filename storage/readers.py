"""Reads of SQLite, each in one go in a thread of its own: one change of threads for a read, not one for every step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine

from storage.writer import Job, tell

T = TypeVar("T")


class Readers:
    """A few threads, each with a connection of its own that only reads."""

    def __init__(self, engine: Engine, count: int) -> None:
        """Read through this engine, so many at once."""
        self._engine = engine
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads = [Thread(target=self._main, name=f"sqlite-reader-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` over one snapshot and return its value."""
        job = Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return cast(T, await job.future)

    async def stop(self) -> None:
        """Finish what is being read, and let go of every connection."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        await asyncio.to_thread(self._engine.dispose)

    def _main(self) -> None:
        connection: Connection | None = None
        with ExitStack() as stack:
            while (job := self._jobs.get()) is not None:
                if job.future.cancelled():
                    continue
                with job:
                    connection = connection or stack.enter_context(self._engine.connect())
                    with connection.begin():
                        job.value = job.work(connection)
                tell(job.future.get_loop(), [job])
