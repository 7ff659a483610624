"""The one thread that writes to a SQLite file: the jobs that wait share one transaction and one sync."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")

GROUP = 128
"""The most jobs that share one commit; more would keep the first one waiting for the last."""


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work and what came of it; as a context manager it keeps an error instead of raising it."""

    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None

    def __enter__(self) -> None:
        self.error = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[True]:
        self.error = error
        return True


@dataclass(slots=True, eq=False)
class Writer:
    """A writer thread. Jobs run in the order they came; each is told its outcome only after the commit."""

    engine: Engine
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _jobs: SimpleQueue[Job | None] = field(default_factory=SimpleQueue)
    _thread: threading.Thread | None = None

    async def start(self) -> None:
        """Open the file in the thread; raises what SQLite says when it cannot be opened."""
        opened = self.loop.create_future()
        # A daemon, so that a process that forgets to close can still end; what was promised is committed.
        self._thread = threading.Thread(target=self._main, args=(opened,), name="talkpro-writer", daemon=True)
        self._thread.start()
        await opened

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and return its value once that is on disk.

        A caller that is cancelled while its work waits in line may or may not have written.
        """
        if self._thread is None:
            raise RuntimeError("the database is closed")
        job = Job(work, self.loop.create_future())
        self._jobs.put(job)
        return cast(T, await job.future)

    async def stop(self) -> None:
        """Finish the jobs that wait, close the file, end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(thread.join)

    def _main(self, opened: asyncio.Future[Any]) -> None:
        opening = Job(lambda _connection: None, opened)
        with opening:
            connection = self.engine.connect()
        tell(self.loop, [opening])
        if opening.error is None:
            with connection:
                while self._turn(connection):
                    pass
        self.engine.dispose()

    def _turn(self, connection: Connection) -> bool:
        """Run the jobs that wait, at least one; False when it was told to stop."""
        group: list[Job] = []
        job = self._jobs.get()
        with contextlib.suppress(Empty):
            while job is not None:
                group.append(job)
                if len(group) == GROUP:
                    break
                job = self._jobs.get_nowait()
        group = [waiting for waiting in group if not waiting.future.cancelled()]
        if group:
            self._commit(connection, group)
            tell(self.loop, group)
        return job is not None

    def _commit(self, connection: Connection, group: list[Job]) -> None:
        if len(group) == 1:  # it needs no savepoint
            [job] = group
            with job, connection.begin():
                job.value = job.work(connection)
            return
        raw = connection.connection.driver_connection
        assert raw is not None  # noqa: S101 - told to the type checker
        try:
            with connection.begin():
                for job in group:
                    raw.execute("SAVEPOINT job")
                    with job:
                        job.value = job.work(connection)
                    if job.error is not None:
                        raw.execute("ROLLBACK TO job")
                    raw.execute("RELEASE job")
        except (SQLAlchemyError, sqlite3.Error) as error:  # no lock, a full disk: nothing was kept
            for job in group:
                job.error = job.error or error


def tell(loop: asyncio.AbstractEventLoop, group: list[Job]) -> None:
    """Tell those who wait what came of these jobs; called in another thread than the loop's."""
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(_resolve, group)


def _resolve(group: list[Job]) -> None:
    for job in group:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
