"""Wake-ups between replicas: in this process, and through Redis where one is named.

A wake-up is a courtesy: whoever waits for it also looks by itself each second, so any of them may get lost, and
a Redis that is dead, frozen or empty costs nothing but that second.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

if TYPE_CHECKING:
    from redis.asyncio import Redis

CHANNEL = "talkpro:wake"
CALL_SECONDS = 0.5
"""How long one call of Redis may take; the client's own defaults would hang for a minute."""
PAUSE_SECONDS = 3.0
"""How long a Redis that failed is left alone."""
QUIET_SECONDS = 10.0
"""How long the subscription may be silent before the connection is tried."""


class Ear:
    """Hears the wake-ups since it was made, however many there were as one."""

    def __init__(self) -> None:
        """Hear nothing yet; `Turnstile.listening` lends it to the wake-ups."""
        self._called = asyncio.Event()

    def call(self) -> None:
        """Let `woken` return."""
        self._called.set()

    async def woken(self, timeout: float) -> bool:  # noqa: ASYNC109 - to wait so long is what it is for
        """Wait for a wake-up that was not heard yet, at most so many seconds; True when there was one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._called.wait()
        heard = self._called.is_set()
        self._called.clear()
        return heard


class Turnstile:
    """Wake-ups within this process."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._ears: set[Ear] = set()

    async def wake(self) -> None:
        """Call everybody who listens. Returns at once and never fails."""
        self._call()

    @contextmanager
    def listening(self, ear: Ear) -> Iterator[None]:
        """Call this ear at every wake-up inside the block."""
        self._ears.add(ear)
        try:
            yield
        finally:
            self._ears.remove(ear)

    def _call(self) -> None:
        for ear in self._ears:
            ear.call()


class RedisTurnstile(Turnstile):
    """Wake-ups within this process, and between all that share a Redis."""

    def __init__(self, client: Redis, log: FilteringBoundLogger, pause: float) -> None:
        """Use `open_turnstile` instead."""
        super().__init__()
        self._pause = pause
        self._client = client
        self._log = log
        self._name = secrets.token_hex(8)
        self._wanted = asyncio.Event()
        self._away = False

    async def wake(self) -> None:
        """Call everybody who listens, here at once and elsewhere soon. Never fails."""
        self._call()
        self._wanted.set()

    async def publish(self) -> None:
        """Pass our wake-ups on until cancelled; those that come together, as one."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            async with self._forgiving():
                await self._client.publish(CHANNEL, self._name)

    async def subscribe(self) -> None:
        """Hear the wake-ups of others until cancelled."""
        while True:
            async with self._forgiving(), self._client.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                self._back()
                self._call()  # nobody told us what happened before
                while True:
                    message = await channel.get_message(ignore_subscribe_messages=True, timeout=QUIET_SECONDS)
                    if message is None:
                        await self._client.ping()
                    elif message["data"] != self._name:
                        self._call()

    @asynccontextmanager
    async def _forgiving(self) -> AsyncIterator[None]:
        """Leave a Redis that fails inside the block alone for a while."""
        from redis.exceptions import RedisError

        try:
            yield
        except (RedisError, OSError) as error:
            if not self._away:
                self._log.warning("redis is away", error=type(error).__name__)
            self._away = True
            await asyncio.sleep(self._pause)
        else:
            self._back()

    def _back(self) -> None:
        if self._away:
            self._log.info("redis is back")
        self._away = False


@asynccontextmanager
async def open_turnstile(
    url: str, log: FilteringBoundLogger, *, pause: float = PAUSE_SECONDS
) -> AsyncIterator[Turnstile]:
    """The turnstile of this process; `url` is a Redis, or empty.

    Opening it waits for nothing. A Redis that fails is left alone for `pause` seconds.
    """
    if not url:
        yield Turnstile()
        return
    # Imported where a Redis is named: most do without, and it would take a tenth of the start.
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    client = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=CALL_SECONDS,
        socket_connect_timeout=CALL_SECONDS,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 1),
    )
    turnstile = RedisTurnstile(client, log, pause)
    tasks = [asyncio.create_task(work()) for work in (turnstile.publish, turnstile.subscribe)]
    try:
        yield turnstile
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.aclose()
