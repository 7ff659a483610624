"""The clockwork: a few periodic jobs that ask the database who is due, safe to run in every replica at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from structlog.typing import FilteringBoundLogger

from bot.delivery import Deliveries
from bot.events import Wake, packed
from bot.guard import guard
from bot.team_delivery import TeamDeliveries
from storage import files, interviews, questions, queue
from storage.database import Database
from storage.queue import Arrival
from storage.upkeep import prune

WAKE_EVERY = 1.0
WAKE_AT_ONCE = 500
ASK_EVERY = 5.0
"""Seconds between two looks at who is due for the daily question; within a minute they are spread by the second."""
RETENTION_EVERY = 3600.0
REFILL_EVERY = 20.0


class Ticks:
    """Wakes interviews whose time has come, asks daily questions, and forgets what has been kept long enough."""

    def __init__(
        self,
        database: Database,
        wake: Callable[[], None],
        now: Callable[[], datetime],
        retention: timedelta,
        log: FilteringBoundLogger,
        *,
        lacking: Callable[[], Awaitable[list[Arrival]]] | None = None,
    ) -> None:
        """Look into this database; `wake` is called when something new waits in a lane.

        `lacking` tells what is to arrive so that there are enough questions of the topics that people want.
        """
        self._database = database
        self._wake = wake
        self._now = now
        self._retention = retention
        self._log = log
        self._deliveries = Deliveries(database)
        self._teams = TeamDeliveries(database)
        self._lacking = lacking
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Tick until cancelled."""
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # that a slow tick skips the next is no news
        scheduler = AsyncIOScheduler(timezone="UTC")
        for seconds, work in (
            (WAKE_EVERY, self.wake_due),
            (ASK_EVERY, self.ask_due),
            (REFILL_EVERY, self.refill),
            (RETENTION_EVERY, self.forget_old),
        ):
            scheduler.add_job(
                self._guarded,
                "interval",
                (work,),
                seconds=seconds,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        scheduler.start()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            scheduler.pause()
            await asyncio.sleep(0)  # what it has just begun makes itself known
            await asyncio.gather(*self._running, return_exceptions=True)
            scheduler.shutdown(wait=False)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        # The scheduler cancels its tasks when it shuts down; we let them finish first.
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        async with guard(self._log, f"tick {work.__name__}"):
            await work()

    async def wake_due(self) -> None:
        """Put a wake-up into the lane of every interview whose time has come."""
        now = self._now()
        waiting = await self._database.read(interviews.due, now, WAKE_AT_ONCE)
        for interview, wake_at in waiting:
            kind, payload = packed(Wake(interview=interview))
            arrival = Arrival(
                dedup_key=f"wake/{interview}/{wake_at.timestamp()}",
                lane=f"interview:{interview}",
                sort_key=f"{int(now.timestamp() * 1_000_000):020d}",
                kind=kind,
                payload=payload,
            )
            if await self._database.write(queue.accept, arrival):
                self._wake()

    async def ask_due(self) -> None:
        """Put the daily question into the lane of everybody who is due, and the weekly one into every channel's."""
        now = self._now()
        if await self._deliveries.ask_due(now) + await self._teams.ask_due(now):
            self._wake()

    async def refill(self) -> None:
        """Have questions written for topics of which too few are in store."""
        for arrival in await self._lacking() if self._lacking else ():
            if await self._database.write(queue.accept, arrival):
                self._wake()

    async def forget_old(self) -> None:
        """Erase texts older than the retention, and the queue's own finished rows."""
        while await self._database.write(interviews.erase_older, self._now() - self._retention):
            continue
        while await self._database.write(prune):
            continue
        await self._database.write(questions.forget, self._now() - self._retention)
        await self._database.write(files.forget_unclaimed)
