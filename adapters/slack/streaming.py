"""A message that is being written: Slack's streaming, flushed by time and size, within the workspace's budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from enum import Enum

from adapters.slack.blocks import message
from adapters.slack.text import fallback, safe
from adapters.slack.voice import Voice
from adapters.slack.wire import NotTaken, Refused
from bot.guard import guard
from bot.ports import Spoken, Unreachable
from storage.addresses import Person, Place

FLUSH_SECONDS, FLUSH_CHARACTERS = 0.4, 300
LONGEST = 11_000
"""Characters that are shown while they are written; the stored text that follows may be longer."""


class State(Enum):
    """How the message is being shown."""

    FRESH = "nothing is shown yet"
    STREAMING = "it grows before the person"
    WHOLE = "it is posted in one piece when it is done"
    EXPIRED = "Slack ended the stream; the rest comes by an edit"
    SILENT = "no more is shown: the person stopped it, or it cannot be"


class Streamer:
    """One message. Writing to it never waits for Slack and never fails."""

    def __init__(
        self, voice: Voice, place: Place, person: Person | None, post: Callable[[str], Awaitable[Spoken]]
    ) -> None:
        """`post` says it in one piece, where streaming cannot be."""
        self._voice = voice
        self._place = place
        self._person = person
        self._post = post
        self._state = State.FRESH
        self._text = ""
        self._shown = 0
        self._ts = ""
        self._spoken: Spoken | None = None
        self._fresh = asyncio.Event()
        self._enough = asyncio.Event()

    @property
    def spoken(self) -> Spoken | None:
        """The address, once something is visible."""
        return self._spoken

    async def write(self, markdown: str) -> None:
        """Add text at the end."""
        self._text += markdown
        self._fresh.set()
        if len(self._text) - self._shown >= FLUSH_CHARACTERS:
            self._enough.set()

    def stop(self) -> None:
        """The person pressed Stop: show no more."""
        self._state = State.SILENT

    async def pump(self) -> None:
        """Show what is written, little by little, until cancelled."""
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            if self._text.strip():
                await self._flush()
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await self._enough.wait()
                self._enough.clear()

    async def end(self) -> None:
        """Show the rest, in the way that is left."""
        whole = safe(self._text)[:LONGEST]
        team, channel = self._place.realm, self._place.channel
        if self._state is State.STREAMING:
            rest = whole[self._shown :]
            try:
                await self._voice.wire.call(
                    team, "chat.stopStream", channel=channel, ts=self._ts, markdown_text=rest or None
                )
            except (Unreachable, NotTaken) as why:
                self._state = self._after(why)
        elif self._state is State.SILENT and self._ts:
            with suppress(Unreachable, NotTaken):
                await self._voice.wire.call(team, "chat.stopStream", channel=channel, ts=self._ts)
        if self._state is State.EXPIRED:
            blocks = message(whole)
            await self._voice.wire.call(
                team, "chat.update", channel=channel, ts=self._ts, text=fallback(whole), blocks=blocks
            )
        elif self._state in (State.WHOLE, State.FRESH) and whole.strip():
            self._spoken = await self._post(self._text)

    async def _flush(self) -> None:
        whole = safe(self._text)[:LONGEST]
        piece = whole[self._shown :]
        if not piece or self._state not in (State.FRESH, State.STREAMING):
            return
        try:
            if self._state is State.FRESH:
                await self._start(piece)
            elif self._voice.pace.may_append(self._place.realm):
                channel = self._place.channel
                await self._voice.wire.call(
                    self._place.realm, "chat.appendStream", channel=channel, ts=self._ts, markdown_text=piece
                )
                self._shown = len(whole)
        except (Unreachable, NotTaken) as why:
            self._state = self._after(why)

    async def _start(self, piece: str) -> None:
        place, pace = self._place, self._voice.pace
        if not place.thread or not pace.may_start(place.realm):
            self._state = State.WHOLE
            return
        outside = not place.channel.startswith("D")
        answer = await self._voice.wire.call(
            place.realm,
            "chat.startStream",
            channel=place.channel,
            thread_ts=place.thread,
            markdown_text=piece,
            recipient_team_id=place.realm if outside else None,
            recipient_user_id=self._person.user if outside and self._person else None,
        )
        self._ts = str(answer["ts"])
        self._shown = len(piece)
        self._spoken = Spoken(place, self._ts, datetime.fromtimestamp(float(self._ts), UTC))
        self._voice.streams[place.channel, self._ts] = self.stop
        self._state = State.STREAMING

    def _after(self, why: Unreachable | NotTaken) -> State:
        """What is left after Slack refused a piece, or did not answer."""
        if self._state is State.SILENT:
            return State.SILENT  # stopped meanwhile
        error = why.error if isinstance(why, Refused | NotTaken) else ""
        if error == "ratelimited" and self._ts:
            return State.STREAMING  # the next piece carries this one
        if error == "message_not_in_streaming_state":
            return State.EXPIRED
        if not self._ts and error:
            return State.WHOLE  # it was refused, so nothing stands there
        return State.SILENT  # nobody knows what stands there; the stored text follows


@asynccontextmanager
async def streaming(
    voice: Voice, place: Place, person: Person | None, post: Callable[[str], Awaitable[Spoken]]
) -> AsyncIterator[Streamer]:
    """Write a message inside the block; leaving it completes the message. Raises Unreachable when that fails."""
    streamer = Streamer(voice, place, person, post)
    pump = asyncio.create_task(_pumped(voice, streamer))
    try:
        yield streamer
    finally:
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        try:
            await streamer.end()
        finally:
            voice.streams.pop((place.channel, streamer._ts), None)


async def _pumped(voice: Voice, streamer: Streamer) -> None:
    async with guard(voice.log, "streaming"):
        await streamer.pump()
