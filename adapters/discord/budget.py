"""The fifty calls a second that a bot has, shared by all processes that name the same Redis.

Redis is a help and no condition: while it is away each process keeps to the budget by itself, and Discord's own
refusals do the rest.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError
from structlog.typing import FilteringBoundLogger

from adapters.discord.transport import PER_SECOND, Lane

CALL_SECONDS = 0.5
PAUSE_SECONDS = 3.0
"""How long a Redis that failed is left alone."""
LOOK_SECONDS = 0.02


class Shared:
    """The budget in Redis."""

    def __init__(self, url: str, log: FilteringBoundLogger) -> None:
        """Use this Redis."""
        self._pool = ConnectionPool.from_url(url, socket_timeout=CALL_SECONDS, socket_connect_timeout=CALL_SECONDS)
        # Its documentation names a pool among the options; its types forget it.
        options: dict[str, Any] = {"implementation": "redispy", "connection_pool": self._pool}
        storage = RedisStorage(f"async+{url}", **options)
        self._limiter = MovingWindowRateLimiter(storage)
        self._log = log
        self._away_until = 0.0

    async def turn(self, bot: str, lane: Lane) -> None:
        """Wait until this bot may call once more; at once while Redis is away. What can wait has a share of its own."""
        items = [("all", PER_SECOND["talk"])] + ([("work", PER_SECOND["work"])] if lane == "work" else [])
        for name, most in reversed(items):
            await self._one(RateLimitItemPerSecond(most), f"discord/{bot}/{name}")

    async def close(self) -> None:
        """Hang up."""
        await self._pool.aclose()

    async def _one(self, item: RateLimitItem, name: str) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            while not await self._limiter.hit(item, name):  # noqa: ASYNC110 - it is time that is waited for
                await asyncio.sleep(LOOK_SECONDS)
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            self._log.warning("no shared budget", error=type(error).__name__)
