"""Writes that wait for the database while it is away, and writes that share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog.typing import FilteringBoundLogger

from storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")
Value = TypeVar("Value")

AWAY = (DBAPIError, NoConnection, OSError)
"""What a database raises that cannot be reached, breaks off, or is too busy; a timeout is an OSError."""
OURS = (DataError, IntegrityError, ProgrammingError)
"""Those of them that say that we asked for something impossible."""
PAUSES = (0.0, 0.2, 1.0, 5.0, 10.0)
"""Seconds between attempts that fail though the database answers."""
ASK_EVERY = 0.5
"""Seconds between two questions whether it is back."""
GROUPS = 4
"""The most groups that are written at the same time, so that one that is held up holds up no other."""
GROUP = 64
"""The most items that share one transaction."""


class PatientWriter:
    """Writes to a database, again and again while it is away."""

    def __init__(self, database: Database, log: FilteringBoundLogger, pauses: tuple[float, ...] = PAUSES) -> None:
        """Write to this one."""
        self._pauses = pauses
        self._database = database
        self._log = log
        self._asking = asyncio.Lock()
        self._returns = 0

    async def write(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `Database.write`. `work` must bear to be done twice: a commit may succeed and its answer get lost.

        What fails again and again though the database answers is raised in the end.
        """
        for pause in self._pauses:
            seen = self._returns
            try:
                return await self._database.write(work, *args, **kwargs)
            except OURS:
                raise
            except AWAY as error:
                await self._until_back(seen, type(error).__name__)
                await asyncio.sleep(pause)
        return await self._database.write(work, *args, **kwargs)

    async def _until_back(self, seen: int, error: str) -> None:
        """Wait until the database answers; one of all who wait asks it."""
        async with self._asking:
            if self._returns != seen:
                return
            away = False
            while not await self._answers():
                if not away:
                    self._log.warning("the database is away", error=error)
                away = True
                await asyncio.sleep(ASK_EVERY)
            if away:
                self._log.info("the database is back")
            self._returns += 1

    async def _answers(self) -> bool:
        try:
            await self._database.check()
        except AWAY:
            return False
        return True


class Together(Generic[Item, Value]):
    """Lets items that wait at the same time share one transaction; one that comes alone waits for nobody."""

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Value]]], *, one_writer: bool = False
    ) -> None:
        """Write groups of items by this, which gives a value for each.

        `one_writer`: the database writes one group after another anyway, so that more items are to share one.
        """
        self._write = write
        self._groups = 1 if one_writer else GROUPS
        self._waiting: asyncio.Queue[tuple[Item, asyncio.Future[Value]]] = asyncio.Queue()

    async def write(self, item: Item) -> Value:
        """Write it, together with others, and give its value. An error that another item made is not ours."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((item, written))
        value: Value = await written
        return value

    async def run(self) -> None:
        """Write what waits, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._groups):
                group.create_task(self._write_groups())

    async def _write_groups(self) -> None:
        while True:
            group = [await self._waiting.get()]
            while len(group) < GROUP and not self._waiting.empty():
                group.append(self._waiting.get_nowait())
            await self._write_group(group)

    async def _write_group(self, group: Sequence[tuple[Item, asyncio.Future[Value]]]) -> None:
        [values] = await asyncio.gather(self._write([item for item, _ in group]), return_exceptions=True)
        if isinstance(values, BaseException) and len(group) > 1:
            await asyncio.gather(*(self._write_group([one]) for one in group))  # then each answers for itself
            return
        for index, (_, written) in enumerate(group):
            if written.cancelled():
                continue
            if isinstance(values, BaseException):
                written.set_exception(values)
            else:
                written.set_result(values[index])
