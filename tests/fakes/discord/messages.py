"""Posting, editing and deleting messages, with nonces, files and mentions, whoever does it and whichever way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.fakes.discord import payloads, rules
from tests.fakes.discord.world import (
    DIRECT_MESSAGES,
    EPHEMERAL,
    GUILD_MESSAGES,
    LOADING,
    V2,
    Channel,
    Happened,
    Json,
    Message,
    Permission,
    Refused,
    Upload,
    User,
    World,
    time_of,
)

REMEMBERED = timedelta(minutes=5)
"""How long an enforced nonce is known."""
OLD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in a request: the body, and the files beside it as (name, kind, content)."""

    body: Json
    files: Sequence[tuple[str, str, bytes]] = field(default=())


class Messages:
    """All that is done with messages. `old_edits` is how many edits of messages older than an hour are let through."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.posted: list[Message] = []
        self.deduplicated = 0
        self.pings: list[str] = []
        self.old_edits = 1000

    def post(
        self,
        channel: Channel,
        author: User,
        sent: Sent,
        *,
        only: User | None = None,
        cause: Json | None = None,
        flags: int = 0,
    ) -> Message:
        """Post, or give what was posted with the same enforced nonce before."""
        body = sent.body
        uploads = self._uploads(sent)
        nonce = None if body.get("nonce") is None else str(body["nonce"])
        if nonce is not None and body.get("enforce_nonce"):
            found = self._known(author, nonce)
            if found is not None:
                self.deduplicated += 1
                return found
        if not flags & LOADING:
            rules.message(body, names=tuple(each.name for each in uploads))
        if channel.archived:
            if channel.locked:
                raise Refused(403, 160005, "Thread is locked")
            channel.archived = False
        # Nobody says two things in one place within a millisecond.
        before = time_of(channel.last) + timedelta(milliseconds=1) if channel.last else self.world.now()
        message = Message(
            self.world.snowflake(max(before, self.world.now())),
            channel,
            author,
            body.get("content") or "",
            [{"type": "rich", **embed} for embed in body.get("embeds") or []],
            files=uploads,
            flags=(body.get("flags") or 0) | flags | (EPHEMERAL if only else 0),
            nonce=nonce,
            enforced=bool(body.get("enforce_nonce")),
            only=only,
            cause=cause,
        )
        reference = body.get("message_reference")
        if reference and author is self.world.app and not self.world.allowed(channel) & Permission.HISTORY:
            raise Refused(403, 160002, "Cannot reply without permission to read message history")
        if reference:
            message.answers = self.world.message(channel, int(reference["message_id"]))
        message.components = self._components(body, message)
        self._mentions(message, body.get("allowed_mentions"))
        message.versions.append(message.content)
        self.world.messages[message.id] = message
        self.posted.append(message)
        if only is None:
            channel.last = message.id
        self._tell("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, sent: Sent) -> Message:
        """Change what the body names; what it does not name stays."""
        body = sent.body
        if message.channel.archived and message.only is None:
            raise Refused(400, 50083, "Thread is archived")
        if self.world.now() - message.at > OLD and message.only is None:
            self.old_edits -= 1
            if self.old_edits < 0:
                sentence = "Maximum number of edits to messages older than 1 hour reached. Try again later"
                raise Refused(429, 30046, sentence)
        kept = [each for each in message.files if self._keeps(body, each)]
        uploads = [*kept, *self._uploads(sent)]
        flags = body.get("flags")
        if message.flags & V2 and flags is not None and not flags & V2:
            raise Refused(400, 50035, "Invalid Form Body: flags: IS_COMPONENTS_V2 cannot be removed")
        whole = {
            "content": message.content,
            "embeds": message.embeds,
            "components": message.components,
            **body,
            "flags": (flags or 0) | message.flags & V2,
        }
        rules.message(whole, names=tuple(each.name for each in uploads), empty_is_fine=bool(message.flags & LOADING))
        message.content = whole["content"] or ""
        message.embeds = [{"type": "rich", **embed} for embed in whole["embeds"] or []]
        message.files = uploads
        message.flags = message.flags & ~LOADING | whole["flags"]
        if body.get("components") is not None:
            message.components = self._components(body, message)
        message.edited_at = self.world.now()
        if "content" in body:
            self._mentions(message, body.get("allowed_mentions"))
        message.versions.append(message.content)
        self._tell("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        del self.world.messages[message.id]
        channel = message.channel
        data = {"id": str(message.id), "channel_id": str(channel.id)}
        if channel.guild is not None:
            data["guild_id"] = str(channel.guild.id)
        if message.only is None:
            self.world.happen(Happened("MESSAGE_DELETE", data, _guild(channel), _intent(channel)))
        self.world.changed()

    def _tell(self, name: str, message: Message) -> None:
        if message.only is not None or message.flags & LOADING:
            return self.world.changed()
        data = payloads.message_event(self.world, message)
        channel = message.channel
        return self.world.happen(Happened(name, data, _guild(channel), _intent(channel), message))

    def _known(self, author: User, nonce: str) -> Message | None:
        since = self.world.now() - REMEMBERED
        for message in reversed(self.posted):
            if message.author is author and message.nonce == nonce and message.enforced and message.at > since:
                return message
        return None

    def _uploads(self, sent: Sent) -> list[Upload]:
        if any(len(content) > rules.FILE_BYTES for _, _, content in sent.files):
            raise Refused(413, 40005, "Request entity too large")
        named = {str(each.get("id")): each for each in sent.body.get("attachments") or []}
        found = []
        for number, (name, kind, content) in enumerate(sent.files):
            more = named.get(str(number), {})
            found.append(
                Upload(
                    self.world.snowflake(), more.get("filename") or name, kind, content, more.get("description") or ""
                )
            )
        return found

    def _keeps(self, body: Json, upload: Upload) -> bool:
        if "attachments" not in body:
            return True
        return any(str(each.get("id")) == str(upload.id) for each in body["attachments"] or [])

    def _components(self, body: Json, message: Message) -> list[Json]:
        hidden = message.only is not None
        addresses = {
            each.name: payloads.upload(self.world, each, message.channel, only=hidden)["url"] for each in message.files
        }
        return rules.with_files(rules.numbered(body.get("components") or []), addresses)

    def _mentions(self, message: Message, allowed: Json | None) -> None:
        """Who is pinged. Without `allowed_mentions` everything that looks like a mention is one."""
        parse = ("users", "roles", "everyone") if allowed is None else allowed.get("parse", ())
        ids = [int(found) for found in re.findall(r"<@!?(\d+)>", message.content)]
        listed = {int(id) for id in (allowed or {}).get("users", ())}
        people = [self.world.users[id] for id in ids if id in self.world.users]
        message.mentions = [user for user in people if "users" in parse or user.id in listed]
        everyone = "everyone" in parse and re.search(r"@(everyone|here)\b", message.content) is not None
        message.pings = everyone or bool(message.mentions)
        if message.pings and message.author is self.world.app:
            self.pings.append(message.content)
        if message.answers is not None and message.answers.cause is None and (allowed or {}).get("replied_user", True):
            message.mentions.append(message.answers.author)


def _guild(channel: Channel) -> int | None:
    return channel.guild.id if channel.guild else None


def _intent(channel: Channel) -> int:
    return GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
