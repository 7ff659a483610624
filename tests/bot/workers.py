"""A turn worker with everything around it noted down, for tests of the engine."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select
from structlog.testing import LogCapture

from bot.turns import Outcome, Turns
from storage import queue
from storage.database import Database
from storage.queue import Arrival, Claim, Due, Outgoing
from storage.tables import counters
from storage.turnstile import Turnstile

PATIENCE = 30.0
"""Seconds in which what must happen has happened; it is never waited for in vain."""


def store(conn: Connection, key: str) -> None:
    """Store the evaluation of this turn; storing it twice fails."""
    conn.execute(insert(counters).values(name=key, value=1))


def arrival(key: str, lane: str = "interview:1", workspace: str = "") -> Arrival:
    """Something that happened; its place in the order is its key."""
    return Arrival(dedup_key=key, lane=lane, sort_key=key, kind="reply", payload="{}", workspace=workspace)


def evaluated(claim: Claim) -> Outcome:
    """What a step leaves behind when all is well: an evaluation, and a post that tells it."""
    return Outcome(
        writes=(partial(store, key=claim.dedup_key),), posts=(Outgoing(claim.dedup_key, f"about {claim.dedup_key}"),)
    )


async def stored(database: Database) -> list[str]:
    """The turns that have an evaluation."""
    return await database.read(lambda conn: sorted(conn.execute(select(counters.c.name)).scalars()))


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so that nobody tells us of."""
    async with asyncio.timeout(PATIENCE):
        while not await check():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass
class Worker:
    """A worker: `steps` and `said` tell what it did, `thinking` and `sending` may be replaced to make it fail."""

    database: Database
    owner: str = "me"
    turnstile: Turnstile = field(default_factory=Turnstile)
    options: dict[str, Any] = field(default_factory=dict)
    thinking: Callable[[Claim], Awaitable[Outcome]] | None = None
    sending: Callable[[Due], Awaitable[tuple[str, float] | None]] | None = None
    burying: Callable[[Claim, str], Awaitable[Outcome]] | None = None
    steps: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    said_in: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    buried: list[tuple[str, str]] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    spoke: asyncio.Event = field(default_factory=asyncio.Event)
    lines: LogCapture = field(default_factory=LogCapture)

    def __post_init__(self) -> None:
        defaults: dict[str, Any] = {"poll_seconds": 0.05, "rests": (0.0,), "lease_seconds": 30.0}
        self.turns = Turns(
            self.database,
            self.turnstile,
            owner=self.owner,
            step=self._step,
            post=self._post,
            buried=self._buried,
            log=structlog.wrap_logger(None, processors=[self.lines]),
            **(defaults | self.options),
        )

    async def _step(self, claim: Claim) -> Outcome:
        self.steps.append(claim.dedup_key)
        return evaluated(claim) if self.thinking is None else await self.thinking(claim)

    async def _post(self, due: Due) -> tuple[str, float] | None:
        self.tried[due.slot] += 1
        where = (f'"{due.slot}"', 1.0) if self.sending is None else await self.sending(due)
        self.said.append(due.slot)
        self.said_in[due.lane_id].append(due.slot)
        self.spoke.set()
        self.spoke = asyncio.Event()
        return where

    async def _buried(self, claim: Claim, reference: str) -> Outcome:
        self.buried.append((claim.dedup_key, reference))
        if self.burying is not None:
            return await self.burying(claim, reference)
        return Outcome(posts=(Outgoing(f"sorry {claim.dedup_key}", reference),))

    async def accept(self, *arrivals: Arrival) -> None:
        """Take these in, as an adapter does."""
        for one in arrivals:
            if await self.database.write(queue.accept, one):
                self.turns.wake()

    async def settled(self) -> None:
        """Wait until everything is done."""
        async with asyncio.timeout(PATIENCE):
            await self.turns.settled()

    async def until_said(self, slot: str) -> None:
        """Wait until this was said."""
        async with asyncio.timeout(PATIENCE):
            while slot not in self.said:
                await self.spoke.wait()

    def events(self) -> list[str]:
        """What stands in the log."""
        return [line["event"] for line in self.lines.entries]


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Let them work inside the block; afterwards nothing of them may be left."""
    before = asyncio.all_tasks()
    running = [asyncio.create_task(worker.turns.run()) for worker in workers]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        ends = await asyncio.gather(*running, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    assert asyncio.all_tasks() <= {*before, asyncio.current_task()}
