"""Writes that wait for the database while it is away, so that nothing computed is lost with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog.typing import FilteringBoundLogger

from storage.database import Database

P = ParamSpec("P")
T = TypeVar("T")

AWAY = (DBAPIError, NoConnection, OSError)
"""What a database raises that cannot be reached, breaks off, or is too busy; a timeout is an OSError."""
OURS = (DataError, IntegrityError, ProgrammingError)
"""Those of them that say that we asked for something impossible."""
PAUSES = (0.0, 0.2, 1.0, 5.0, 10.0)
"""Seconds between attempts that fail though the database answers."""
ASK_EVERY = 0.5
"""Seconds between two questions whether it is back."""


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
