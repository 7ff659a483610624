"""Interactions: what a person did, and what the app answers within three seconds, and then fifteen minutes."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.discord import payloads, rules
from tests.fakes.discord.messages import Messages, Sent
from tests.fakes.discord.world import (
    EPHEMERAL,
    LOADING,
    Channel,
    Guild,
    Happened,
    Json,
    Message,
    Refused,
    User,
    World,
)

FIRST_ANSWER = timedelta(seconds=3)
TOKEN = timedelta(minutes=15)
FOLLOW_UPS_OF_A_USER_INSTALL = 5
COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5


@dataclass(eq=False)
class Interaction:
    """One thing a person did. `by_user`: the app is here only because this person installed it for themselves."""

    id: int
    token: str
    type: int
    user: User
    channel: Channel
    at: datetime
    data: Json
    by_user: bool = False
    source: Message | None = None
    answer: int | None = None
    answered_at: datetime | None = None
    original: Message | None = None
    form: Json | None = None
    suggestions: list[Json] | None = None
    followups: list[Message] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def answered(self) -> bool:
        return self.answer is not None


class Interactions:
    """All interactions, by token."""

    def __init__(self, world: World, messages: Messages) -> None:
        self.world = world
        self.messages = messages
        self.all: dict[str, Interaction] = {}
        self.first_answer = FIRST_ANSWER

    def begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        by_user: bool = False,
    ) -> Interaction:
        """Tell the app what somebody did."""
        made = Interaction(
            self.world.snowflake(),
            secrets.token_urlsafe(40),
            kind,
            user,
            channel,
            self.world.now(),
            data,
            by_user,
            source,
        )
        self.all[made.token] = made
        guild = channel.guild
        happened = Happened("INTERACTION_CREATE", self.payload(made), guild.id if guild else None)
        self.world.happen(happened)
        return made

    def payload(self, one: Interaction) -> Json:
        """The event as the gateway sends it."""
        guild = one.channel.guild
        found: Json = {
            "id": str(one.id),
            "application_id": str(self.world.app.id),
            "type": one.type,
            "data": one.data,
            "channel_id": str(one.channel.id),
            "channel": {
                **payloads.channel(self.world, one.channel),
                "permissions": str(guild.members.get(one.user.id, 0)) if guild else "0",
            },
            "token": one.token,
            "version": 1,
            "locale": one.user.locale,
            "entitlements": [],
            "app_permissions": str(self.world.allowed(one.channel)),
            "attachment_size_limit": rules.FILE_BYTES,
            "authorizing_integration_owners": self._owners(one),
            "context": 0 if guild else 1,
        }
        if guild is None:
            found["user"] = payloads.user(one.user)
        else:
            found |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": payloads.member(guild, one.user, permissions=True),
            }
        if one.source is not None:
            found["message"] = payloads.message(self.world, one.source)
        return found

    def _owners(self, one: Interaction) -> Json:
        guild: Guild | None = one.channel.guild
        if one.by_user or guild is None:
            return {"1": str(one.user.id)}
        return {"0": str(guild.id)}

    # The first answer.

    def callback(self, id: int, token: str, sent: Sent) -> Json:
        """Take the first answer; gives the body of `with_response`."""
        one = self.all.get(token)
        if one is None or one.id != id:
            raise Refused(404, 10062, "Unknown interaction")
        if one.answered:
            one.refusals.append(40060)
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if self.world.now() - one.at > self.first_answer:
            one.refusals.append(10062)
            raise Refused(404, 10062, "Unknown interaction")
        data = sent.body.get("data") or {}
        kind = sent.body["type"]
        self._answer(one, kind, Sent(data, sent.files))
        one.answer = kind
        one.answered_at = self.world.now()
        one.done.set()
        self.world.changed()
        shown = one.original
        resource: Json = {"type": kind}
        told: Json = {"id": str(one.id), "type": one.type, "activity_instance_id": None}
        if shown is not None and kind in (4, 5, 6, 7):
            told |= {
                "response_message_id": str(shown.id),
                "response_message_loading": bool(shown.flags & LOADING),
                "response_message_ephemeral": shown.only is not None,
            }
            if kind in (4, 7):
                resource["message"] = payloads.message(self.world, shown)
        told = {key: value for key, value in told.items() if value is not None}
        return {"interaction": told, "resource": resource} if kind in (4, 7) else {"interaction": told}

    def _answer(self, one: Interaction, kind: int, sent: Sent) -> None:
        data = sent.body
        rules.check((kind == 8) == (one.type == AUTOCOMPLETE), "type", "Not an answer to this interaction.")
        match kind:
            case 4 | 5:
                one.original = self._say(one, sent, loading=kind == 5)
            case 6 | 7:
                rules.check(one.source is not None, "type", "There is no message to update.")
                one.original = one.source
                if kind == 7 and one.source is not None:
                    self.messages.edit(one.source, sent)
            case 8:
                choices = data.get("choices") or []
                rules.check(len(choices) <= 25, "choices", "Must be 25 or fewer in length.")
                for choice in choices:
                    rules.within(choice["name"], 1, 100, "choices.name")
                    rules.within(str(choice["value"]), 1, 100, "choices.value")
                one.suggestions = choices
            case 9:
                rules.check(one.type != FORM, "type", "A form cannot answer a form.")
                rules.form(data)
                one.form = data
            case _:
                raise Refused(400, 50035, "Invalid Form Body: type")

    def _say(self, one: Interaction, sent: Sent, *, loading: bool = False) -> Message:
        flags = sent.body.get("flags") or 0
        hidden = bool(flags & EPHEMERAL)
        cause = {
            "id": str(one.id),
            "type": one.type,
            "user": payloads.user(one.user),
            "authorizing_integration_owners": self._owners(one),
        }
        if one.type == COMPONENT and one.source is not None:
            cause["interacted_message_id"] = str(one.source.id)
        if one.type == FORM:
            owners = cause["authorizing_integration_owners"]
            began = {"id": str(one.id), "type": COMMAND, "authorizing_integration_owners": owners}
            cause["triggering_interaction_metadata"] = began | {"user": cause["user"]}
        return self.messages.post(
            one.channel,
            self.world.app,
            sent,
            only=one.user if hidden else None,
            cause=cause,
            flags=LOADING if loading else 0,
        )

    # What follows.

    def of(self, token: str) -> Interaction:
        """The interaction of a webhook's token."""
        one = self.all.get(token)
        if one is None or self.world.now() - one.at > TOKEN:
            raise Refused(401, 50027, "Invalid Webhook Token")
        if not one.answered:
            raise Refused(404, 10015, "Unknown Webhook")
        return one

    def original(self, token: str) -> Message:
        shown = self.of(token).original
        if shown is None or shown.id not in self.world.messages:
            raise Refused(404, 10008, "Unknown Message")
        return shown

    def followed(self, token: str, id: int) -> Message:
        one = self.of(token)
        for message in (one.original, *one.followups):
            if message is not None and message.id == id and id in self.world.messages:
                return message
        raise Refused(404, 10008, "Unknown Message")

    def follow_up(self, token: str, sent: Sent) -> Message:
        """A further message; the first one after a deferral takes its place."""
        one = self.of(token)
        if one.original is not None and one.original.flags & LOADING:
            return self.messages.edit(one.original, Sent({"flags": 0, **sent.body}, sent.files))
        if one.by_user and len(one.followups) >= FOLLOW_UPS_OF_A_USER_INSTALL:
            raise Refused(400, 40094, "This interaction has reached the maximum number of follow-up messages")
        message = self._say(one, sent)
        one.followups.append(message)
        return message
