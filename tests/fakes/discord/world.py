"""What Discord knows: people, servers, channels, threads and messages; whatever changes is told to the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
Json = dict[str, Any]

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
PATIENCE = 20.0
"""Seconds a test waits for something to appear before it says what is there instead."""

TEXT, DM, VOICE, NEWS, NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 5, 10, 11, 12, 15
THREADS = (NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD)

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15


class Permission:
    """The bits that matter here."""

    VIEW = 1 << 10
    SEND = 1 << 11
    EMBED = 1 << 14
    ATTACH = 1 << 15
    HISTORY = 1 << 16
    MANAGE_GUILD = 1 << 5
    MANAGE_THREADS = 1 << 34
    PUBLIC_THREADS = 1 << 35
    PRIVATE_THREADS = 1 << 36
    SEND_IN_THREADS = 1 << 38


ASKED_FOR = 377957239808
"""View Channel, Send Messages, Embed Links, Attach Files, Read History, both kinds of threads, Send in Threads."""
MEMBERS = ASKED_FOR


class Refused(Exception):
    """Discord says no: the status, its own code, and its sentence."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code, **more}


@dataclass(eq=False)
class User:
    """Somebody. `dms`: whether the app's direct messages get through to them."""

    id: int
    name: str
    bot: bool = False
    dms: bool = True
    locale: str = "en-US"


@dataclass(eq=False)
class Guild:
    """A server. `installed`: the app is a member, with `permissions` in every channel; people have `members`."""

    id: int
    name: str
    owner: User
    installed: bool = True
    permissions: int = ASKED_FOR
    members: dict[int, int] = field(default_factory=dict)
    active_threads: int = 1000


@dataclass(eq=False)
class Channel:
    """A channel, a thread, or direct messages. `denied`: what the app may not do here though the server lets it."""

    id: int
    type: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    people: set[int] = field(default_factory=set)
    denied: int = 0
    owner: int = 0
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    keeps: int = 1440
    slow: int = 0
    last: int | None = None

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that hangs on a message."""

    id: int
    name: str
    kind: str
    content: bytes
    note: str = ""


@dataclass(eq=False)
class Message:
    """A message. `only`: the one person who sees it, where it is ephemeral. `versions` are its texts so far."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    files: list[Upload] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    enforced: bool = False
    edited_at: datetime | None = None
    answers: Message | None = None
    mentions: list[User] = field(default_factory=list)
    pings: bool = False
    only: User | None = None
    cause: Json | None = None
    versions: list[str] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return time_of(self.id)


@dataclass(frozen=True, slots=True)
class Happened:
    """A gateway event before it is cut to what a session may see. Without a guild it goes to the first shard."""

    name: str
    data: Json
    guild: int | None = None
    intent: int = 0
    message: Message | None = None


def time_of(snowflake: int) -> datetime:
    return EPOCH + timedelta(milliseconds=snowflake >> 22)


class World:
    """Everything there is, and a clock that can be turned ahead."""

    def __init__(self) -> None:
        self.tell: list[Callable[[Happened], None]] = []
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.commands: dict[int | None, list[Json]] = {}
        self.dms_opened: list[int] = []
        self.typed: list[int] = []
        self.base = ""
        self.gateway = ""
        self._ahead = timedelta()
        self._last = 0
        self._news = asyncio.Event()
        self.app = self.user("TalkPro", bot=True)
        self.shards = 1
        self.content_flag = True
        self.patience = PATIENCE

    # Time and news.

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_by(self, **time: float) -> None:
        self._ahead += timedelta(**time)

    def snowflake(self, at: datetime | None = None) -> int:
        """A new id, larger than all before it; it tells the time it was made."""
        made = int(((at or self.now()) - EPOCH) / timedelta(milliseconds=1)) << 22
        self._last = max(self._last + 1, made)
        return self._last

    def changed(self) -> None:
        """Wake whoever waits for something to appear."""
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, found: Callable[[], T | None], *, what: Callable[[], str] = str) -> T:
        """Wait until this gives something; it is looked at again after every change."""
        try:
            async with asyncio.timeout(self.patience):
                while not (result := found()):
                    await self._news.wait()
                return result
        except TimeoutError:
            raise AssertionError(f"it never came to be; there is {what()}") from None

    def happen(self, happened: Happened) -> None:
        for listener in self.tell:
            listener(happened)
        self.changed()

    # People and places.

    def user(self, name: str, *, bot: bool = False) -> User:
        made = User(self.snowflake(), name, bot)
        self.users[made.id] = made
        return made

    def guild(self, name: str, *people: User, installed: bool = True) -> Guild:
        """A server with these members; the first of them owns it."""
        made = Guild(self.snowflake(), name, people[0], installed)
        made.members = dict.fromkeys((person.id for person in people), MEMBERS)
        made.members[people[0].id] |= Permission.MANAGE_GUILD | Permission.MANAGE_THREADS
        self.guilds[made.id] = made
        return made

    def channel(self, guild: Guild, name: str, kind: int = TEXT) -> Channel:
        made = Channel(self.snowflake(), kind, name, guild)
        self.channels[made.id] = made
        return made

    def dm(self, user: User) -> Channel:
        """The direct messages between a person and the app, opened at the first call."""
        for channel in self.channels.values():
            if channel.type == DM and user.id in channel.people:
                return channel
        made = Channel(self.snowflake(), DM, people={user.id})
        self.channels[made.id] = made
        return made

    def threads_of(self, guild: Guild) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.is_thread and channel.guild is guild]

    def at(self, id: int) -> Channel:
        if id not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")
        return self.channels[id]

    def message(self, channel: Channel, id: int) -> Message:
        found = self.messages.get(id)
        if found is None or found.channel is not channel:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def in_channel(self, channel: Channel, viewer: User | None = None) -> list[Message]:
        """What stands here, oldest first; ephemeral messages only for whom they are meant."""
        return [
            message
            for message in self.messages.values()
            if message.channel is channel and (message.only is None or message.only is viewer)
        ]

    def may_see(self, channel: Channel, user: User) -> bool:
        if channel.type == DM:
            return user.id in channel.people
        if channel.guild is None or user.id not in channel.guild.members:
            return False
        if channel.type == PRIVATE_THREAD:
            return user.id in channel.people or bool(channel.guild.members[user.id] & Permission.MANAGE_THREADS)
        return True

    # What the app may do.

    def allowed(self, channel: Channel) -> int:
        """The app's permissions in this channel."""
        if channel.guild is None:
            return MEMBERS
        denied = channel.denied | (channel.parent.denied if channel.parent else 0)
        return channel.guild.permissions & ~denied

    def require(self, channel: Channel, *bits: int) -> None:
        """Refuse what the app may not do here."""
        if channel.guild is not None:
            if not channel.guild.installed or not self.allowed(channel) & Permission.VIEW:
                raise Refused(403, 50001, "Missing Access")
            if channel.type == PRIVATE_THREAD and not (
                self.app.id in channel.people or self.allowed(channel) & Permission.MANAGE_THREADS
            ):
                raise Refused(403, 50001, "Missing Access")
        elif not self.users[next(iter(channel.people))].dms:
            raise Refused(403, 50007, "Cannot send messages to this user")
        for bit in bits:
            if not self.allowed(channel) & bit:
                raise Refused(403, 50013, "Missing Permissions")
