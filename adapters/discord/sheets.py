"""An interview by forms alone, where we can neither post nor read: everything is said as answers to what is pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from adapters.discord import refusals
from adapters.discord.handles import Handle, handle_of
from adapters.discord.refusals import unreachable
from adapters.discord.speech import EPHEMERAL, Channel
from adapters.discord.station import nonce_of
from adapters.discord.transport import Json, Refused, Upload
from bot.ports import Chart, Choice, Spoken, Unreachable
from bot.wording import discord as wording
from storage import keepsakes

WAIT_SECONDS = 120.0
"""How long to wait before looking again whether the person did something that can be answered."""


class Sheet(Channel):
    """A Conversation in messages that the person alone sees; only while an interaction of theirs can be answered."""

    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        """Add an answer to what the person did last; pictures are said in words."""
        return await super().say(_in_words(markdown, chart), choices=choices, key=key)

    async def edit(
        self, spoken: Spoken, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None
    ) -> None:
        """Change it while that is possible; afterwards say it anew."""
        await super().edit(spoken, _in_words(markdown, chart), choices=choices)

    async def whisper(self, markdown: str, *, choices: tuple[Choice, ...] = (), key: str | None = None) -> None:
        """Here everything is a whisper."""
        if self._handle is not None and self._handle.works(self._station.now()):
            await super().whisper(markdown, choices=choices, key=key)
        else:
            await self.say(markdown, choices=choices, key=key)

    async def thread(self, title: str, *, private: bool, key: str) -> Channel:
        """There are no threads in here: this is the place."""
        return self

    @asynccontextmanager
    async def _thinking(self) -> AsyncIterator[None]:
        yield

    async def _post(self, body: Json, key: str, files: Sequence[Upload]) -> str:
        database = self._station.database
        name = f"discord/sheet/{self._place.channel}/{nonce_of(key)}"
        known = await database.read(keepsakes.get, name)
        if known is not None:
            await self._patch(known, body, files)
            return known
        handle = await self._newest()
        made = await self._by(handle, "POST", "", {**body, "flags": body["flags"] | EPHEMERAL})
        message = str(made["id"])
        await database.write(keepsakes.keep, name, message)
        await database.write(keepsakes.keep, self._by_whom(message), handle.packed())
        return message

    async def _patch(self, message: str, body: Json, files: Sequence[Upload]) -> bool:
        handle = handle_of(await self._station.database.read(keepsakes.get, self._by_whom(message)))
        if handle is None or not handle.works(self._station.now()):
            return False
        try:
            await self._by(handle, "PATCH", f"/messages/{message}", body)
        except Unreachable as why:
            if not why.for_good:
                raise
            return False
        return True

    async def _newest(self) -> Handle:
        """The latest interaction of this person. Raises Unreachable when it can be answered no more."""
        station, user = self._station, self._place.channel
        name = f"discord/handle/{user}"
        kept = handle_of(await station.database.read(keepsakes.get, name))
        known = [one for one in (self._handle, station.newest.get(user), kept) if one is not None]
        newest = max(known, key=lambda one: one.issued_at, default=None)
        if newest is None or not newest.works(station.now()):
            raise Unreachable(wording.NOT_READY, for_good=False, retry_after=WAIT_SECONDS)
        if newest != kept:
            await station.database.write(keepsakes.keep, name, newest.packed())
        return newest

    async def _by(self, handle: Handle, method: str, rest: str, body: Json) -> Json:
        on_its_way = self._station.answering.get(handle.token)
        if on_its_way is not None:
            await on_its_way.wait()
        try:
            return await self._station.wire.by_token(method, handle.application, handle.token, rest, body)
        except Refused as refused:
            if method == "POST" and refused.code in refusals.EXPIRED:
                raise Unreachable(wording.NOT_READY, for_good=False, retry_after=WAIT_SECONDS) from refused
            raise unreachable(refused) from refused
        except OSError as error:
            raise unreachable(error) from error

    def _by_whom(self, message: str) -> str:
        """Where it is kept which interaction a message answers."""
        return f"discord/answers/{self._place.channel}/{message}"


def _in_words(markdown: str, chart: Chart | None) -> str:
    return f"{markdown}\n{chart.alt}" if chart is not None else markdown
