"""What Slack knows: workspaces, people, channels, messages, views and files, and who may see and do what."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

BOT_SCOPES = (
    *("assistant:write", "channels:history", "chat:write", "commands", "files:read", "files:write"),
    *("groups:history", "im:history", "im:write", "users:read"),
)

AUTO_LINKED = re.compile(r"(?<![\w/@.<|])(https?://[^\s<>|]+|[a-z0-9-]+\.(?:com|org|net|io|dev|py)\b)", re.IGNORECASE)
"""What a client turns into a link by itself; `py` is a country, so `main.py` becomes one."""
CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)


class SlackError(Exception):
    """The Web API refuses; `name` is its error code, `messages` say more."""

    def __init__(self, name: str, *messages: str, **more: Any) -> None:
        super().__init__(name)
        self.name = name
        self.messages = messages
        self.more = more


@dataclass
class Team:
    """A workspace, and how the app is installed in it."""

    id: str
    name: str
    token: str
    bot_user: str
    bot_id: str
    enterprise: str = ""
    scopes: tuple[str, ...] = BOT_SCOPES
    installed: bool = True
    revoked: set[str] = field(default_factory=set)


@dataclass
class Member:
    """Somebody who works there."""

    id: str
    team: str
    name: str
    tz: str = "Europe/Lisbon"
    admin: bool = False
    owner: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """Somewhere people talk: `kind` is channel, group (a private one) or im."""

    id: str
    team: str
    name: str
    kind: str
    members: set[str] = field(default_factory=set)
    archived: bool = False


@dataclass
class File:
    """A file that was shared."""

    id: str
    team: str
    name: str
    mimetype: str
    content: bytes
    url: str
    awaited: int = 0
    """Bytes that an upload is to have, -1 once it was completed."""

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "title": self.name,
            "mimetype": self.mimetype,
            "filetype": self.name.rpartition(".")[2],
            "size": len(self.content),
            "mode": "hosted",
            "is_external": False,
            "url_private": self.url,
            "url_private_download": self.url,
        }


@dataclass
class Message:
    """A message; `only_for` is the one who sees an ephemeral message."""

    channel: str
    ts: str
    user: str
    text: str
    thread_ts: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    bot_id: str = ""
    only_for: str = ""
    metadata: dict[str, Any] | None = None
    client_msg_id: str = ""
    files: list[File] = field(default_factory=list)
    edited: bool = False
    tombstone: bool = False
    streaming: bool = False
    stoppable: bool = True
    streamed: str = ""

    @property
    def root(self) -> str:
        return self.thread_ts or self.ts

    def shown(self) -> dict[str, Any]:
        """As the API and events give it."""
        if self.tombstone:
            return {
                "type": "message",
                "subtype": "tombstone",
                "user": "USLACKBOT",
                "text": "This message was deleted.",
                "hidden": True,
                "ts": self.ts,
                "thread_ts": self.ts,
            }
        body: dict[str, Any] = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        if self.thread_ts:
            body["thread_ts"] = self.thread_ts
        if self.blocks:
            body["blocks"] = self.blocks
        if self.bot_id:
            body["bot_id"] = self.bot_id
        if self.client_msg_id:
            body["client_msg_id"] = self.client_msg_id
        if self.files:
            body["subtype"] = "file_share"
            body["files"] = [file.shown() for file in self.files]
        if self.edited:
            body["edited"] = {"user": self.user, "ts": self.ts}
        return body


@dataclass
class View:
    """A modal or a home tab, with what was filled in."""

    id: str
    team: str
    user: str
    body: dict[str, Any]
    hash: str
    external_id: str = ""

    def shown(self, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": self.team,
            "hash": self.hash,
            "private_metadata": "",
            "callback_id": "",
            "root_view_id": self.id,
            "previous_view_id": None,
            **self.body,
            "state": {"values": dict(values or {})},
        }


@dataclass
class World:
    """All of it. Times are this machine's; `ts` values are unique and rise. `first` may fix the first of them."""

    app: str = "A0TALKPRO"
    teams: dict[str, Team] = field(default_factory=dict)
    users: dict[str, Member] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    prompts: dict[str, Any] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    first: int = 0
    _last: int = 0

    def new_ts(self) -> str:
        now = time.time_ns() // 1000
        self._last = self.first if self.first and not self._last else max(self._last + 1, now)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self.numbers):09d}"

    def team(self, name: str = "hall", **more: Any) -> Team:
        """Add a workspace where the app is installed."""
        identity = self.new_id("T")
        bot = self.new_id("U")
        made = Team(identity, name, f"xoxb-{identity}-of-the-test", bot, self.new_id("B"), **more)
        self.teams[identity] = made
        self.users[bot] = Member(bot, identity, "talkpro")
        return made

    def user(self, team: Team, name: str, **more: Any) -> Member:
        """Add a person."""
        made = Member(self.new_id("U"), team.id, name, **more)
        self.users[made.id] = made
        return made

    def channel(self, team: Team, name: str, *members: str, kind: str = "channel", bot: bool = True) -> Channel:
        """Add a channel, with or without the app in it."""
        letter = {"channel": "C", "group": "G", "im": "D"}[kind]
        made = Channel(self.new_id(letter), team.id, name, kind, {*members, *([team.bot_user] if bot else [])})
        self.channels[made.id] = made
        return made

    def direct(self, team: Team, user: str) -> Channel:
        """The direct messages between the app and a person, which always exist for us."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == {user, team.bot_user}:
                return channel
        return self.channel(team, "directmessage", user, kind="im")

    def new_file(self, team: Team, name: str, address: str, mimetype: str = "", content: bytes = b"") -> File:
        """Add a file; nobody sees it yet."""
        identity = self.new_id("F")
        url = f"{address}/files-pri/{identity}/{name}"
        made = self.files[identity] = File(identity, team.id, name, mimetype, content, url)
        return made

    def found(self, channel: str, ts: str) -> Message | None:
        return next((one for one in self.messages if (one.channel, one.ts) == (channel, ts)), None)

    def thread(self, channel: str, root: str) -> list[Message]:
        return [one for one in self.messages if one.channel == channel and one.root == root]

    def team_of(self, token: str) -> Team:
        """Whose token it is. Raises SlackError as the Web API answers."""
        for team in self.teams.values():
            if token in team.revoked:
                raise SlackError("token_revoked")
            if token == team.token:
                if not team.installed:
                    raise SlackError("account_inactive")
                return team
        raise SlackError("invalid_auth" if token else "not_authed")

    def spoken_in(self, team: Team, channel: str) -> Channel:
        """A channel in which the app may speak. Raises SlackError where it may not."""
        if channel.startswith("U"):
            person = self.users.get(channel)
            if person is None or person.team != team.id or person.deleted:
                raise SlackError("channel_not_found")
            return self.direct(team, channel)
        there = self.seen_by_app(team, channel)
        if team.bot_user not in there.members:
            raise SlackError("not_in_channel")
        if there.archived:
            raise SlackError("is_archived")
        if there.kind == "im" and any(self.users[user].deleted for user in there.members):
            raise SlackError("user_disabled" if "chat:write" not in team.scopes else "channel_not_found")
        return there

    def seen_by_app(self, team: Team, channel: str) -> Channel:
        there = self.channels.get(channel)
        if there is None or there.team != team.id:
            raise SlackError("channel_not_found")
        if there.kind != "channel" and team.bot_user not in there.members:
            raise SlackError("channel_not_found")
        return there


def as_sent(typed: str) -> str:
    """What a client makes of typed text: three characters escaped, and what looks like an address linked."""
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = CODE.split(escaped)
    return "".join(part if number % 2 else AUTO_LINKED.sub(_link, part) for number, part in enumerate(parts))


def _link(match: re.Match[str]) -> str:
    word = match[1]
    return f"<{word}>" if "://" in word else f"<http://{word}|{word}>"
