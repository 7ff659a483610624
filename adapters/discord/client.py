"""The gateway connection: discord.py's sharded client, with our own ears and nothing remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.typing import FilteringBoundLogger

from adapters.discord.events import MALFORMED, Payload
from adapters.discord.settings import DiscordSettings

IDENTIFY_SECONDS = 5.0
"""The least time between two sessions that one process begins (Discord's documentation, Identify)."""
SPARE = 100
"""Sessions of the day's thousand that are kept for emergencies: once more are used up Discord resets the token."""
LONGEST_WAIT = 60.0
"""The most that a rate limit may hold a call up inside the library; longer ones come back as errors. Seconds."""

Ear = Callable[[Payload], None]


def point(settings: DiscordSettings) -> None:
    """Lead the library to where Discord is. It knows these two as attributes of classes, and offers no other way."""
    Route.BASE = settings.api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)


class Gateway(discord.AutoShardedClient):
    """One connection to Discord. `ears` hear the gateway's events by name, as they come, in order."""

    def __init__(
        self,
        ears: Mapping[str, Ear],
        log: FilteringBoundLogger,
        *,
        content: bool = True,
        identify_seconds: float = IDENTIFY_SECONDS,
    ) -> None:
        """Listen with these. `content`: ask for what people write, where the application may have it."""
        # Kept here too: what may be asked for is known only after login, and read when a session begins.
        self._wanted = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            intents=self._wanted,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT,
        )
        self._log = log
        self._content = content
        self._identify_seconds = identify_seconds
        self._identified_at: float | None = None
        # The library would remember servers and members, and end with the first event it cannot read.
        self._connection.parsers = {name: self._forgiving(name, ear) for name, ear in ears.items()}

    @property
    def reads(self) -> bool:
        """Whether what people write in servers reaches us; known after login."""
        return self._wanted.message_content

    async def setup_hook(self) -> None:
        """Ask for what people write if the application may have it, and learn how many shards there are to be."""
        flags = self.application_flags
        may = flags.gateway_message_content or flags.gateway_message_content_limited
        self._wanted.message_content = self._content and may
        self.shard_count, _, _ = await self.http.get_bot_gateway()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Never begin so many sessions that Discord resets the token; a program that crashes all the time would."""
        loop = asyncio.get_running_loop()
        if self._identified_at is not None:
            await asyncio.sleep(max(self._identified_at + self._identify_seconds - loop.time(), 0))
        self._identified_at = loop.time()
        found: dict[str, Any] = await self.http.request(Route("GET", "/gateway/bot"))
        limit = found.get("session_start_limit") or {}
        left = int(limit.get("remaining", SPARE))
        if left < SPARE:
            pause = int(limit.get("reset_after", 0)) / 1000 / max(left, 1)
            self._log.warning("sessions run short", left=left, pause=round(pause))
            await asyncio.sleep(pause)

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        """Say that a hook failed, without its values."""
        self._log.error("hook failed", hook=event_method)

    def _forgiving(self, name: str, ear: Ear) -> Callable[[Any], None]:
        def hear(data: Any) -> None:  # noqa: ANN401 - whatever the gateway sent
            try:
                ear(data)
            except MALFORMED as error:
                self._log.warning("malformed event", name=name, error=type(error).__name__)

        return hear
