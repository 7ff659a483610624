"""Commands, buttons and forms: stored first, then answered within the three seconds that Discord gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.discord import commands, controls, events
from adapters.discord.controls import Kept, Pressed
from adapters.discord.events import MALFORMED, Payload
from adapters.discord.station import Station
from adapters.discord.transport import Json, Paused, Refused
from bot.events import Event
from bot.ports import Choice
from bot.wording import discord as wording
from storage import keepsakes

COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5
MESSAGE, NOTED, SUGGESTIONS, MODAL = 4, 6, 8, 9
"""Sorts of first answers: a message, nothing to see, suggestions, a form."""
EPHEMERAL = 64
RESTS = (0.2, 0.6)
"""Seconds between the tries to store what somebody waits for."""
SEND_MESSAGES, SEND_IN_THREADS = 11, 38
LONGEST_FOREIGN_ID = 100

Store = Callable[[Event, tuple[float, ...]], Awaitable[bool]]
Topics = Callable[[], Awaitable[Sequence[str]]]


class Interactions:
    """Takes interactions as they come from the gateway."""

    def __init__(self, station: Station, store: Store, topics: Topics) -> None:
        """Store by `store`; suggest from `topics`."""
        self._station = station
        self._store = store
        self._topics = topics

    async def take(self, data: Payload) -> None:
        """Store and answer one. What is none of ours gets a clear answer and changes nothing."""
        try:
            if data["type"] in (COMMAND, COMPONENT, FORM):
                self._station.heard(events.user_of(data), events.handle(data, command=False))
            takes = {COMMAND: self._command, COMPONENT: self._pressed, AUTOCOMPLETE: self._suggest, FORM: self._sent}
            take = takes.get(data["type"])
            if take is not None:
                await take(data)
        except MALFORMED:
            self._station.log.warning("malformed interaction")
            await self._say(data, wording.OLD_BUTTON)

    async def _command(self, data: Payload) -> None:
        try:
            event = events.command_of(data)
        except MALFORMED:
            await self._say(data, wording.NO_SUCH_COMMAND)
            return
        async with self._answering(data):
            stored = await self._store(event, RESTS)
            await self._say(data, wording.ON_IT if stored else wording.NOT_STORED)

    async def _suggest(self, data: Payload) -> None:
        """Offer what can be typed; what is typed so far is looked at, and neither kept nor logged."""
        try:
            option, typed = events.being_typed(data)
        except MALFORMED:
            option, typed = "", ""
        topics = await self._topics() if option == "topic" else ()
        # Not here: the first look at the zones takes as long as a hundred answers.
        choices = await asyncio.to_thread(commands.suggestions, option, typed, topics, self._station.now())
        await self._answer(data, SUGGESTIONS, {"choices": choices})

    async def _pressed(self, data: Payload) -> None:
        found = await self._read(str(data["data"]["custom_id"]))
        match found:
            case None:
                await self._say(data, wording.OLD_BUTTON)
            case Choice(form=form) if form is not None:
                in_server = bool(data.get("guild_id"))
                await self._answer(data, MODAL, controls.modal(found, form, in_server=in_server))
            case Choice() | Pressed():
                await self._press(data, found.action, found.value, {})

    async def _sent(self, data: Payload) -> None:
        found = await self._read(str(data["data"]["custom_id"]))
        if found is None:
            await self._say(data, wording.OLD_BUTTON)
        elif not _may_post(data):
            await self._say(data, wording.NOT_YOUR_CHANNEL)
        else:
            await self._press(data, found.action, found.value, events.fields_of(data))

    async def _press(self, data: Payload, action: str, value: str, values: dict[str, str]) -> None:
        event = events.press_of(data, action, value, values)
        async with self._answering(data):
            if await self._store(event, RESTS):
                await self._answer(data, NOTED)
            else:
                await self._say(data, wording.NOT_STORED)

    async def _read(self, custom_id: str) -> Choice | Pressed | None:
        """What an id stands for; a choice whose form is to be opened keeps its form."""
        match controls.read(custom_id[:LONGEST_FOREIGN_ID]):
            case Kept() as kept:
                stored = await self._station.database.read(keepsakes.get, f"discord/choice/{kept.key}")
                if stored is None:
                    return None
                choice = controls.unpacked(stored)
                return choice if kept.opens else replace(choice, form=None)
            case found:
                return found

    # Answering.

    @asynccontextmanager
    async def _answering(self, data: Payload) -> AsyncIterator[None]:
        """Let whatever is to be whispered wait for the first answer, which is given inside."""
        token = str(data["token"])
        event = self._station.answering[token] = asyncio.Event()
        try:
            yield
        finally:
            event.set()
            del self._station.answering[token]

    async def _say(self, data: Payload, text: str) -> None:
        await self._answer(data, MESSAGE, {"content": text, "flags": EPHEMERAL, "allowed_mentions": {"parse": []}})

    async def _answer(self, data: Payload, kind: int, body: Json | None = None) -> None:
        try:
            await self._station.wire.answer(str(data["id"]), str(data["token"]), kind, body)
        except Refused as refused:
            # Three seconds are over: the person saw that it failed, and what they did is stored all the same.
            self._station.log.warning("answered too late or wrongly", kind=kind, code=refused.code)
        except (Paused, OSError) as error:
            self._station.log.warning("could not answer", kind=kind, error=type(error).__name__)


def _may_post(data: Payload) -> bool:
    """Whether the person may write in the channels that they picked in a form."""
    picked = (data["data"].get("resolved") or {}).get("channels") or {}
    may = [int(channel.get("permissions") or 0) for channel in picked.values()]
    return all(bits >> SEND_MESSAGES & 1 or bits >> SEND_IN_THREADS & 1 or bits >> 3 & 1 for bits in may)
