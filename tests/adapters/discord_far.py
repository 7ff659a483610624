"""The far end of the Discord adapter: two people in one server, and a watch on what the adapter accepts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from adapters.discord.platform import Discord as Adapter
from adapters.discord.settings import DiscordSettings
from agent.kinds import kinds
from agent.types import Attachment, Difficulty
from bot.commands import COMMANDS
from bot.core import Core
from bot.events import Event
from bot.ports import Accept, Conversation, Finding, Keepers, Platform, Profile
from storage.addresses import Person, Place
from tests.adapters.far import ANNA, BEN, Seen, Shared, plain
from tests.fakes.discord import Discord, Member, far_end
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.people import labels, words
from tests.fakes.discord.world import PATIENCE, Channel, Happened, Message

SWITCHES = {"public": "visibility", "private": "visibility", "timed": "clock", "untimed": "clock"}
SUBCOMMANDS = {*Difficulty, *(row.word for row in COMMANDS if row.word)}


class Watched:
    """The adapter, and the events that it had accepted."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.name = adapter.name
        self.accepted: list[Event] = []
        self._news = asyncio.Event()

    async def run(self, accept: Accept) -> None:
        async def counted(event: Event) -> None:
            await accept(event)
            self.accepted.append(event)
            self._news.set()
            self._news = asyncio.Event()

        await self.adapter.run(counted)

    def times(self, identity: int) -> int:
        """How often an event of this message or interaction was accepted."""
        return sum(str(identity) in event.id for event in self.accepted)

    async def accepts(self, identity: int, times: int) -> None:
        """Wait until it was accepted so often."""
        try:
            async with asyncio.timeout(PATIENCE):
                while self.times(identity) < times:
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{identity} was accepted {self.times(identity)} times, not {times}") from None

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Conversation:
        return self.adapter.at(place, person=person, reply=reply)

    async def direct(self, person: Person) -> Conversation:
        return await self.adapter.direct(person)

    async def profile(self, person: Person) -> Profile:
        return await self.adapter.profile(person)

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile | None:
        return await self.adapter.member(person, place, reply=reply)

    async def keepers(self, realm: str) -> Keepers:
        return await self.adapter.keepers(realm)

    async def fetch(self, file: Attachment) -> bytes:
        return await self.adapter.fetch(file)

    async def check(self) -> list[Finding]:
        return await self.adapter.check()


class DiscordFar:
    """Anna and Ben, who talk to the coach in one server's lobby, its threads, and their direct messages."""

    def __init__(self, discord: Discord) -> None:
        self.settings: Mapping[str, Any] = {}
        self.discord = discord
        self.people: dict[str, Member] = {name: discord.member(name.title()) for name in (ANNA, BEN)}
        self.lobby: Channel = discord.lobby(*self.people.values())
        self.watched: Watched | None = None
        self.said: dict[str, Message] = {}
        self._last: tuple[int, Happened] | None = None

    def build(self, core: Core) -> list[Platform]:
        settings = DiscordSettings(
            _env_file=None,
            token=SecretStr(self.discord.token),
            api_url=self.discord.api_url,
            gateway_url=self.discord.gateway_url,
        )
        self.watched = Watched(Adapter(core, settings, identify_seconds=0.05))
        return [self.watched]

    async def open(self, address: str) -> None:
        await self.discord.world.until(
            lambda: self.discord.gateway.connected and self.discord.world.commands,
            what=lambda: f"no session, or no commands: {self.discord.world.commands.keys()}",
        )

    def person(self, who: str) -> Person:
        return Person("discord", "", str(self.people[who].user.id))

    def newest(self, who: str) -> Channel:
        """Where this person's newest interview is, as far as they can see."""
        here = self.people[who]
        return max((*here.threads, here.dm), key=lambda one: one.last or 0)

    # What they do.

    async def command(self, who: str, words: str) -> None:
        name, options = spelled(words)
        begun = self.people[who].slashes(f"interview {name}", self.lobby, **options)
        await self._done(begun.id)
        await self.answered(begun)

    async def say(self, who: str, text: str, files: Sequence[Shared] = ()) -> str:
        message = self.people[who].types(text, self.newest(who), files=files)
        self.said[str(message.id)] = message
        await self._done(message.id)
        return str(message.id)

    async def edit(self, who: str, said: str, text: str | None) -> None:
        message = self.said[said]
        if text is None:
            self.people[who].deletes(message)
        else:
            self.people[who].edits(message, text)
        await self._done(message.id, before=1)

    async def press(self, who: str, label: str, values: Mapping[str, str] | None = None) -> None:
        await self._press(who, await self._find(who, label), values)

    async def button(self, who: str, label: str) -> Callable[[], Awaitable[None]]:
        found = await self._find(who, label)

        async def press() -> None:
            await self._press(who, found, None)

        return press

    async def again(self) -> None:
        assert self._last is not None
        assert self.watched is not None
        identity, happened = self._last
        before = self.watched.times(identity)
        self.discord.gateway.happen(happened)
        await self.watched.accepts(identity, before + 1)

    async def answered(self, begun: Interaction) -> None:
        """Wait until the first answer to an interaction has come."""
        await self.discord.world.until(lambda: begun.answered, what=lambda: f"no answer to {begun.data}")

    async def _find(self, who: str, label: str) -> tuple[Message, str]:
        for message in reversed(self._visible(who)):
            for part in message.components:
                for button in part.get("components", ()):
                    if button.get("label") == label:
                        return message, button["custom_id"]
        raise AssertionError(f"no button {label!r}; {who} sees {await self.seen(who)}")

    async def _press(self, who: str, found: tuple[Message, str], values: Mapping[str, str] | None) -> None:
        begun = self.people[who].pressing(*found)
        if values is not None:
            await self.answered(begun)
            begun = self.people[who].filling(begun, **values)
        await self._done(begun.id)
        await self.answered(begun)

    async def _done(self, identity: int, *, before: int = 0) -> None:
        """Remember what was told last, and wait until the adapter has taken it."""
        assert self.watched is not None
        assert self.discord.gateway.last is not None
        self._last = identity, self.discord.gateway.last
        await self.watched.accepts(identity, before + 1)

    # What they see.

    async def seen(self, who: str) -> list[Seen]:
        return [Seen(plain(words(message)), tuple(labels(message))) for message in self._visible(who)]

    async def documents(self, who: str) -> list[bytes]:
        files = [file for one in self._visible(who) if one.author is self.discord.world.app for file in one.files]
        return [file.content for file in files if file.kind == "application/json"]

    def pings(self) -> list[str]:
        return self.discord.rest.messages.pings

    def _visible(self, who: str) -> list[Message]:
        person = self.people[who]
        places = [self.lobby, *person.threads, person.dm]
        return sorted((message for place in places for message in person.visible(place)), key=lambda one: one.id)


def spelled(typed: str) -> tuple[str, dict[str, str]]:
    """Words in any order as Discord has them: a subcommand and its options."""
    first, _, rest = typed.partition(" ")
    if first in ("daily", "plan", "board", "team"):
        return first, {"words": rest} if rest else {}
    name, options, topics = "", {}, []
    for word in typed.split():
        if word in SUBCOMMANDS:
            name = word
        elif word in SWITCHES:
            options[SWITCHES[word]] = word
        elif word in kinds():
            options["kind"] = word
        else:
            topics.append(word)
    if topics:
        options["topic"] = " ".join(topics)
    return name or "medium", options


@asynccontextmanager
async def discord_far() -> AsyncIterator[DiscordFar]:
    """A far end that is there inside the block; every exchange with it must have been right."""
    async with far_end() as discord:
        yield DiscordFar(discord)
