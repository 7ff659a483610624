"""One message that is being written: a single task posts and edits it, and only the latest text counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from adapters.discord.text import LIMIT, messages
from bot.ports import Spoken, Unreachable

FIRST_SECONDS = 0.4
"""How long the first words are gathered before they are posted."""
BETWEEN_SECONDS = 1.2
"""The least time between two edits: Discord takes about five in five seconds of a channel, and says so nowhere."""
EDITS = 2
"""Edits of one message while it is being written; what is stored in the end edits it once more."""

MORE = " …"

Post = Callable[[str], Awaitable[Spoken]]
Change = Callable[[Spoken, str], Awaitable[None]]


class Writing:
    """The message. `write` never waits for Discord."""

    def __init__(self, post: Post, change: Change) -> None:
        """Use `written` instead."""
        self._post = post
        self._change = change
        self._text = ""
        self._shown = ""
        self._edits = 0
        self._more = asyncio.Event()
        self._over = asyncio.Event()
        self._spoken: Spoken | None = None
        self._refused: Unreachable | None = None

    @property
    def spoken(self) -> Spoken | None:
        """The address, once something is visible."""
        return self._spoken

    async def write(self, markdown: str) -> None:
        """Add text at the end. Raises Unreachable when Discord refused what was written before."""
        if self._refused is not None:
            raise self._refused
        self._text += markdown
        self._more.set()

    async def work(self) -> None:
        """Show what there is, from time to time, until it is over."""
        try:
            await self._more.wait()
            await self._rest(FIRST_SECONDS)
            # The last edit is for the end.
            while not self._over.is_set() and self._edits < EDITS - 1:
                await self._show()
                await self._rest(BETWEEN_SECONDS)
                await self._more.wait()
            await self._over.wait()
            await self._show()
        except Unreachable as why:
            self._refused = why

    def end(self) -> None:
        """Nothing more will be written: what there is may be shown at once."""
        self._over.set()
        self._more.set()

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def _show(self) -> None:
        self._more.clear()
        first, *rest = messages(self._text, LIMIT - len(MORE))
        text = first + MORE if rest else first
        if not self._text.strip() or text == self._shown:
            return
        if self._spoken is None:
            self._spoken = await self._post(text)
        else:
            self._edits += 1
            await self._change(self._spoken, text)
        self._shown = text


@asynccontextmanager
async def written(post: Post, change: Change) -> AsyncIterator[Writing]:
    """A message to write to inside the block; leaving it shows what was written last."""
    writing = Writing(post, change)
    task = asyncio.create_task(writing.work())
    try:
        yield writing
    finally:
        writing.end()
        await task
