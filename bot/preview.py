"""Feedback shown while it is written, in a message that the stored evaluation overwrites."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from structlog.typing import FilteringBoundLogger

from bot.ports import Conversation, Stream, Unreachable
from bot.speech import stored
from storage import queue
from storage.database import Database


class Preview:
    """A message that is being written. Failing to show it fails nothing: the stored evaluation is said later."""

    def __init__(self, database: Database, slot: str, stream: Stream | None) -> None:
        """Write to this stream; to nobody when there is none."""
        self._database = database
        self._slot = slot
        self._stream = stream
        self._remembered = False

    async def write(self, text: str) -> None:
        """Show some more, and keep the address of the message as soon as it has one."""
        if self._stream is None:
            return
        try:
            await self._stream.write(text)
        except Unreachable:
            self._stream = None
            return
        await self.remember()

    async def remember(self) -> None:
        """Store the address, so that whoever recovers this turn overwrites the same message."""
        spoken = self._stream.spoken if self._stream is not None else None
        if spoken is not None and not self._remembered:
            await self._database.write(queue.remember, self._slot, stored(spoken), spoken.at.timestamp())
            self._remembered = True


@asynccontextmanager
async def previewed(
    database: Database, there: Conversation | None, slot: str, log: FilteringBoundLogger
) -> AsyncIterator[Preview]:
    """A preview to write to; a silent one where the message exists already or cannot be shown."""
    if there is None or await database.read(queue.shown, slot) is not None:
        yield Preview(database, slot, None)
        return
    stack = AsyncExitStack()
    stream: Stream | None = None
    try:
        await stack.enter_async_context(there.thinking())
        stream = await stack.enter_async_context(there.stream(key=slot))
    except Unreachable as why:
        log.info("preview refused", slot=slot, why=str(why))
    preview = Preview(database, slot, stream)
    try:
        yield preview
    finally:
        try:
            await stack.aclose()
            await preview.remember()
        except Unreachable as why:
            log.info("preview broke off", slot=slot, why=str(why))
