"""What every conversation in Discord shares: the wire, the memory, and what is known of ourselves."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from structlog.typing import FilteringBoundLogger

from adapters.discord.events import DIRECT, FORMS, place_of
from adapters.discord.handles import Handle
from adapters.discord.refusals import unreachable
from adapters.discord.transport import Paused, Refused, TooFast, Wire
from bot.ports import Traits, Unreachable
from bot.wording import discord as wording
from storage import keepsakes
from storage.addresses import Person, Place
from storage.database import Database

T = TypeVar("T")
MOST_HANDLES = 10_000
"""Of so many people and commands the last is remembered in this process."""
READY_SECONDS = 10.0
"""How long something that is to be said waits for the connection to be there."""


class Unopened(Unreachable):
    """Discord does not let us open direct messages with this person."""


@dataclass(slots=True)
class Station:
    """Shared by all conversations. `lost` is told of a place that cannot be written to any more.

    `me` is our own user id, and `reads` says whether what is typed in servers reaches us; both are known once `ready`.
    `answering` holds the tokens of interactions whose first answer is on its way: nothing may be added before it.
    `newest` is the last interaction of each person who did something lately, `originals` what each
    command was answered with first; both are lost with the process, which costs a whisper its own message at most.
    """

    wire: Wire
    database: Database
    now: Callable[[], datetime]
    log: FilteringBoundLogger
    lost: Callable[[Place, Person], Awaitable[None]]
    me: str = ""
    reads: bool = False
    over: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    answering: dict[str, asyncio.Event] = field(default_factory=dict)
    newest: dict[str, Handle] = field(default_factory=dict)
    originals: dict[str, str] = field(default_factory=dict)

    async def connected(self) -> None:
        """Return once Discord can be called. Raises Unreachable when that takes too long."""
        try:
            # Once it is over nobody will connect any more: what is left to say is said by the next life.
            async with asyncio.timeout(0 if self.over else READY_SECONDS):
                await self.ready.wait()
        except TimeoutError as late:
            raise Unreachable(wording.NOT_READY, for_good=False, retry_after=5) from late

    def traits(self, place: Place, notice: str = "") -> Traits:
        """What is special about a place."""
        if place.realm == FORMS:
            return Traits(reads=False, notice=notice, shared=False, direct=True)
        direct = place.realm == DIRECT
        link = f"https://discord.com/channels/{place.realm}/{place.channel}"
        return Traits(direct or self.reads, link, notice, shared=not direct, direct=direct)

    async def direct(self, person: Person) -> Place:
        """The direct messages with a person; opened once, and remembered. Raises Unreachable."""
        name = f"discord/direct/{person.user}"
        known = await self.database.read(keepsakes.get, name)
        if known is None:
            await self.connected()
            try:
                await self.wire.opening()
                opened = await self.wire.call("POST", "/users/@me/channels", {"recipient_id": person.user})
            except (Refused, Paused, TooFast, OSError) as error:
                why = unreachable(error)
                raise (Unopened(str(why)) if why.for_good else why) from error
            known = str(opened["id"])
            await self.database.write(keepsakes.keep, name, known)
        return place_of(None, known)

    def heard(self, user: str, handle: Handle) -> None:
        """A person did something that can be answered for some minutes."""
        _put(self.newest, user, handle)

    def first_answer(self, token: str, whisper: str) -> str:
        """The whisper that a command's first answer becomes: the first that asks."""
        if token not in self.originals:
            _put(self.originals, token, whisper)
        return self.originals[token]

    async def told(self, person: Person, what: str) -> bool:
        """Whether a person is to be told something now, for the first time."""
        return await self.database.write(keepsakes.claim, f"discord/told/{person.user}/{what}", "1")


def _put(kept: dict[str, T], key: str, value: T) -> None:
    """Keep the latest of these and drop the oldest, once they are many."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > MOST_HANDLES:
        del kept[next(iter(kept))]


def nonce_of(key: str) -> str:
    """What Discord tells a repeated message by: at most 25 characters, the same for the same key."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:18]).decode()
