"""The turn worker: takes what waits in the queue, lets a step be computed, records it, and has it said.

A step is computed outside any transaction; everything it leaves behind is recorded in one. A lane is worked on under
a lease that a heartbeat prolongs; steps of one lane run one after another, and so do its posts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from structlog.typing import FilteringBoundLogger

from bot.guard import Fault, forever, guard, new_reference
from bot.patience import PatientWriter, Together
from storage import queue, upkeep
from storage.database import Database
from storage.queue import Arrival, Claim, Due, Finished, Lease, LeaseLost, Outgoing, Recorded, Sent
from storage.turnstile import Ear, Turnstile

MOST_ATTEMPTS = 5
"""So often may a step fail before it is given up."""
MOST_CLAIMS = 10
"""So often may a step be begun: one that kills the process never lives to be counted as failed."""
MOST_POST_FAULTS = 10
"""So often may a post fail for no reason the platform gave."""
RESTS = (1.0, 5.0, 20.0, 60.0)
"""Seconds of rest after the first, second, third and any later failure of a step or a post."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step leaves behind; all of it is committed together, or nothing."""

    writes: tuple[Callable[[Connection], object], ...] = ()
    posts: tuple[Outgoing, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


class Later(Exception):
    """It cannot be done now, a post or a step; try again in `delay` seconds. For a step this is no failure."""

    def __init__(self, delay: float) -> None:
        """Wait so many seconds."""
        super().__init__(f"try again in {delay} s")
        self.delay = delay


class Dead(Exception):
    """A post can never be sent; `reason` is for the operator."""

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason


class Turns:
    """The worker of one process.

    `step` computes one step and touches nothing that it could not touch twice. `post` sends one post and returns its
    address (JSON) and the platform's time (epoch seconds), or None when it has none; it raises Later or Dead.
    `buried` says what is to be done and said about a step that was given up, under a reference that stands in the log.
    """

    def __init__(
        self,
        database: Database,
        turnstile: Turnstile,
        *,
        owner: str,
        step: Callable[[Claim], Awaitable[Outcome]],
        post: Callable[[Due], Awaitable[tuple[str, float] | None]],
        buried: Callable[[Claim, str], Awaitable[Outcome]],
        log: FilteringBoundLogger,
        lease_seconds: float = 30.0,
        step_seconds: float = 900.0,
        poll_seconds: float = 1.0,
        concurrency: int = 256,
        rests: tuple[float, ...] = RESTS,
        admitted: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> None:
        """`owner` names this process among all.

        What a process that died had in hand, a step or a post, others take up after `lease_seconds`. A step that
        takes `step_seconds` has failed. Each step, and each post, waits until it is `admitted`.
        """
        self._database = database
        self._writer = PatientWriter(database, log)
        one_writer = database.dialect == "sqlite"
        self._records: Together[Finished, Recorded | LeaseLost] = Together(
            lambda group: self._writer.write(queue.record, group, lease_seconds), one_writer=one_writer
        )
        self._sent: Together[Sent, Due | None] = Together(
            lambda group: self._writer.write(queue.sent, group, lease_seconds), one_writer=one_writer
        )
        self._turnstile = turnstile
        self._owner = owner
        self._step = step
        self._post = post
        self._buried = buried
        self._log = log
        self._lease_seconds = lease_seconds
        self._step_seconds = step_seconds
        self._poll_seconds = poll_seconds
        self._concurrency = concurrency
        self._least_free = max(1, concurrency // 8)
        self._rests = rests
        self._admitted = admitted
        self._arrived = Ear()
        self._outgoing = Ear()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._draining = False
        # A wake-up of our own that may be too much for us, and whether lanes wait for one of ours to end.
        self._called = False
        self._full = False
        # The leases we hold: the limit of the step that runs under each, None between steps.
        self._held: dict[Lease, asyncio.Timeout | None] = {}
        # Lanes that are speaking here, and those of them that got more to say meanwhile.
        self._speaking: set[int] = set()
        self._behind: set[int] = set()
        self._post_faults: Counter[int] = Counter()

    async def run(self) -> None:
        """Work until cancelled."""
        with self._turnstile.listening(self._arrived):
            async with asyncio.TaskGroup() as group:
                self._group = group
                self._arrived.call()
                self._outgoing.call()
                for together in (self._records, self._sent):
                    group.create_task(together.run())
                for doing in (self._claim, self._take_posts, self._beat):
                    group.create_task(forever(self._log, doing.__name__.strip("_"), doing))

    def wake(self) -> None:
        """Something new waits in a lane."""
        self._called = True
        self._arrived.call()

    async def settled(self) -> None:
        """Return once nothing waits, runs, rests after a failure or is unsent; for a process that is alone."""
        while True:
            stirred = self._stirred
            if not self._tasks and not await self._database.read(upkeep.busy):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await stirred.wait()

    async def drain(self, timeout: float) -> None:  # noqa: ASYNC109 - what is cut off is not this call
        """Begin nothing new, finish what runs within `timeout` seconds, and give the leases back."""
        self._draining = True
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        async with guard(self._log, "release"):
            await self._database.write(queue.release, self._owner)
            await self._turnstile.wake()

    # Taking work.

    @property
    def _free(self) -> int:
        """So many more lanes may be worked on here."""
        return self._concurrency - len(self._held)

    async def _claim(self) -> None:
        woken = await self._arrived.woken(self._poll_seconds)
        # A claim looks through all that is ready, so with little room it is left to the poll.
        self._full = self._free < (self._least_free if woken else 1)
        if self._full or self._draining:
            if self._called:
                await self._turnstile.wake()  # perhaps somebody else has room
            self._called = False
            return
        self._called = False
        free = self._free
        claims = await self._writer.write(queue.claim, self._owner, free, self._lease_seconds)
        for claim in claims:
            self._held[claim.lease] = None
            self._start(self._lane(claim), lane=claim.lane)
        if len(claims) == free:
            self._arrived.call()

    async def _take_posts(self) -> None:
        await self._outgoing.woken(self._poll_seconds)
        free = self._concurrency - len(self._speaking)
        if free > 0 and not self._draining:
            for due in await self._writer.write(queue.due_posts, free, self._lease_seconds):
                self._speak(due)

    async def _beat(self) -> None:
        await asyncio.sleep(self._lease_seconds / 3)
        held = list(self._held)
        kept = await self._writer.write(queue.renew, self._owner, held, self._lease_seconds)
        for lease in held:
            limit = self._held.get(lease)
            if lease not in kept and limit is not None and not limit.expired():
                limit.reschedule(0)  # somebody else computes this step now; ours would be dropped
        if await self._writer.write(upkeep.sweep):
            self._log.error("a wake-up was lost")
            self._arrived.call()

    def _start(self, work: Coroutine[Any, Any, None], **facts: object) -> None:
        if self._group is None:
            raise RuntimeError("not running")
        task = self._group.create_task(self._guarded(work, **facts))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _guarded(self, work: Coroutine[Any, Any, None], **facts: object) -> None:
        async with guard(self._log, "turns", **facts):
            await work

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._stirred.set()
        self._stirred = asyncio.Event()

    # Working on a lane.

    async def _lane(self, claim: Claim) -> None:
        """Handle what waits in a lane, one row after another, under one lease."""
        following: Claim | None = claim
        try:
            while following is not None and not self._draining:
                following = await self._turn(following)
        except LeaseLost:
            self._log.info("lease lost", lane=claim.lane)
        finally:
            del self._held[claim.lease]
            if self._full and self._free >= self._least_free:
                self._arrived.call()

    async def _turn(self, claim: Claim) -> Claim | None:
        """Handle one row and return the lane's next."""
        if claim.claims > MOST_CLAIMS:
            return await self._give_up(claim, Fault(new_reference(), "Killed"))
        try:
            facts = {"lane": claim.lane, "kind": claim.kind}
            async with guard(self._log, "step", LeaseLost, Later, **facts) as fault, self._admitted():
                outcome = await self._compute(claim)
                return await self._record(claim, outcome)
        except Later as later:
            await self._writer.write(queue.wait, claim, later.delay)
            return None
        if claim.attempts + 1 >= MOST_ATTEMPTS:
            return await self._give_up(claim, fault)
        await self._writer.write(queue.retry, claim, self._rest(claim.attempts), str(fault))
        return None

    async def _compute(self, claim: Claim) -> Outcome:
        async with asyncio.timeout(self._step_seconds) as limit:
            self._held[claim.lease] = limit
            try:
                return await self._step(claim)
            finally:
                self._held[claim.lease] = None

    async def _give_up(self, claim: Claim, fault: Fault) -> Claim | None:
        self._log.error("given up", lane=claim.lane, kind=claim.kind, error=fault.kind, reference=fault.reference)
        async with guard(self._log, "giving up", LeaseLost, lane=claim.lane):
            outcome = await self._buried(claim, fault.reference)
            return await self._record(claim, outcome, str(fault))
        return await self._record(claim, Outcome(), str(fault))  # then without a word

    async def _record(self, claim: Claim, outcome: Outcome, given_up: str | None = None) -> Claim | None:
        finished = Finished(claim, outcome.writes, outcome.posts, outcome.arrivals, given_up)
        recorded = await self._records.write(finished)
        if isinstance(recorded, LeaseLost):
            raise recorded
        following, due = recorded
        if due is not None:
            self._speak(due)
        elif outcome.posts:
            # Whoever is speaking takes them along, or looked for them a moment too early.
            if claim.lane_id in self._speaking:
                self._behind.add(claim.lane_id)
            else:
                self._outgoing.call()
        if any(arrival.lane != claim.lane for arrival in outcome.arrivals):
            self._arrived.call()
        return following

    # Speaking.

    def _speak(self, due: Due) -> None:
        self._speaking.add(due.lane_id)
        self._start(self._posts(due), lane_id=due.lane_id)

    async def _posts(self, due: Due) -> None:
        """Send what a lane has to say, one post after another."""
        following: Due | None = due
        try:
            while following is not None:
                following = await self._say(following)
        finally:
            full = len(self._speaking) >= self._concurrency
            self._speaking.discard(due.lane_id)
            if full or due.lane_id in self._behind:
                self._behind.discard(due.lane_id)
                self._outgoing.call()

    async def _say(self, due: Due) -> Due | None:
        """Send one post and return the lane's next."""
        if due.attempts > MOST_POST_FAULTS and due.error is None:  # no attempt lived to tell
            return await self._drop(due, "Killed")
        async with guard(self._log, "post", lane_id=due.lane_id, slot=due.slot) as fault:
            try:
                async with asyncio.timeout(self._lease_seconds * 0.8), self._admitted():
                    spoken, shown_at = await self._post(due) or (None, None)
            except Later as later:
                return await self._later(due, later.delay, "Later")
            except Dead as dead:
                return await self._drop(due, dead.reason)
            except OSError as error:  # a timeout is one of these
                return await self._later(due, self._rest(due.attempts - 1), type(error).__name__)
            self._post_faults.pop(due.id, None)
            return await self._sent.write(Sent(due, spoken, shown_at))
        self._post_faults[due.id] += 1
        if self._post_faults[due.id] >= MOST_POST_FAULTS:
            return await self._drop(due, str(fault))
        return await self._later(due, self._rest(self._post_faults[due.id] - 1), str(fault))

    async def _later(self, due: Due, delay: float, why: str) -> Due | None:
        await self._writer.write(queue.post_later, due, delay, why)
        return None

    async def _drop(self, due: Due, why: str) -> Due | None:
        self._log.error("post dropped", lane_id=due.lane_id, slot=due.slot, reason=why)
        self._post_faults.pop(due.id, None)
        return await self._writer.write(queue.post_dead, due, why, self._lease_seconds)

    def _rest(self, failures: int) -> float:
        """How long to wait after one more failure than these, in seconds."""
        return self._rests[min(failures, len(self._rests) - 1)]
