"""What kill tests over a wire share: deaths at the calls, lives after them, and what is kept in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection

from storage import upkeep
from storage.database import Database
from tests.kill.lives import Program

T = TypeVar("T")

PATIENCE = 90
"""Seconds in which an interview is held, with all its deaths, or never will be."""


@dataclass
class Fate:
    """Kills the program at the boundaries of its calls, one life after the other."""

    program: Program
    deaths: list[str] = field(default_factory=list)
    crossed: list[str] = field(default_factory=list)

    def cross(self, boundary: str) -> bool:
        self.crossed.append(boundary)
        if self.deaths and self.deaths[0] == boundary:
            self.deaths.pop(0)
            self.program.strike()
            return True
        return False


async def live(one: Program) -> None:
    """Start the program, and start it again whenever it was killed."""
    while True:
        one.start()
        await one.end()


async def kept_at(address: str, kept: Callable[[Connection], T]) -> T:
    """What is kept in a database once nothing waits there any more."""
    database = await Database.open(address)
    try:
        async with asyncio.timeout(PATIENCE):
            while await database.read(upkeep.busy):  # noqa: ASYNC110 - it is another process that works
                await asyncio.sleep(0.02)
        return await database.read(kept)
    finally:
        await database.close()
