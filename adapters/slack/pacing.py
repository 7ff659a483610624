"""How fast we may speak: a message a second in a channel, few streams a minute in a workspace, and what Slack asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from time import monotonic

from bot.ports import Unreachable
from bot.wording import slack as wording

CHANNEL = 5, 5.0
"""Posts in so many seconds in one channel: Slack allows one a second and tolerates short bursts."""
STARTS, APPENDS = (18, 60.0), (90, 60.0)
"""Streams begun, and pieces added to streams, in so many seconds in one workspace: a little under tiers 2 and 4."""
PATIENCE_SECONDS = 3.0
"""How long a post waits for its turn here; longer waits are the queue's."""
MOST = 10_000


class Windows:
    """Counts what was done lately, by key; `limit` is how much in how many seconds."""

    def __init__(self, limit: tuple[int, float], clock: Callable[[], float]) -> None:
        """Nothing was done yet."""
        self._most, self._seconds = limit
        self._clock = clock
        self._done: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def take(self, key: Hashable, patience: float = 0.0) -> float | None:
        """Take the next turn, in so many seconds from now; None when that would be beyond the patience."""
        now = self._clock()
        done = self._done.setdefault(key, deque(maxlen=self._most))
        self._done.move_to_end(key)
        if len(self._done) > MOST:
            self._done.popitem(last=False)
        turn = max(now, done[0] + self._seconds) if len(done) == self._most else now
        if turn - now > patience:
            return None
        done.append(turn)
        return turn - now


class Pace:
    """The turns of this process. What several replicas do together is bounded by Slack's 429, which is obeyed."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Start fresh."""
        self._clock = clock
        self._channels = Windows(CHANNEL, clock)
        self._starts = Windows(STARTS, clock)
        self._appends = Windows(APPENDS, clock)
        self._held: dict[tuple[str, str], float] = {}

    def hold(self, team: str, method: str, seconds: float) -> None:
        """Slack answered 429: leave this method alone in this workspace for so long."""
        now = self._clock()
        self._held = {key: until for key, until in self._held.items() if until > now}
        self._held[team, method] = now + seconds

    def check(self, team: str, method: str) -> None:
        """Raise Unreachable, with when to come back, as long as Slack wants to be left alone."""
        left = self._held.get((team, method), 0.0) - self._clock()
        if left > 0:
            raise Unreachable(wording.SLACK_BUSY, for_good=False, retry_after=left)

    async def in_channel(self, team: str, channel: str) -> None:
        """Wait for a turn to post. Raises Unreachable, with when to come back, when that would take long."""
        wait = self._channels.take((team, channel), PATIENCE_SECONDS)
        if wait is None:
            raise Unreachable(wording.SLACK_BUSY, for_good=False, retry_after=PATIENCE_SECONDS)
        await asyncio.sleep(wait)

    def may_start(self, team: str) -> bool:
        """Whether one more stream may begin in this workspace; it then counts."""
        return self._starts.take(team) is not None

    def may_append(self, team: str) -> bool:
        """Whether one more piece may be added to a stream in this workspace; it then counts."""
        return self._appends.take(team) is not None
