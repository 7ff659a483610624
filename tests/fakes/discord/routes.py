"""What each route of the API does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.fakes.discord import payloads, rules
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.messages import Messages, Sent
from tests.fakes.discord.world import (
    GUILDS,
    NEWS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Guild,
    Happened,
    Json,
    Message,
    Permission,
    Refused,
    World,
)

Answer = tuple[int, Any]
Handler = Callable[[web.Request, Sent], Answer]
Row = tuple[str, str, Handler]


class Routes:
    """The routes, by the paths of the OpenAPI file."""

    def __init__(self, world: World, messages: Messages, interactions: Interactions) -> None:
        self.world = world
        self.messages = messages
        self.interactions = interactions

    def table(self) -> list[Row]:
        """Every route; `@me` and `@original` before what would swallow them."""
        channel, message = "/channels/{channel_id}", "/channels/{channel_id}/messages/{message_id}"
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        commands = "/applications/{application_id}/commands"
        guild_commands = "/applications/{application_id}/guilds/{guild_id}/commands"
        return [
            ("GET", "/users/@me", lambda *_: (200, payloads.me(self.world.app))),
            ("GET", "/applications/@me", lambda *_: (200, payloads.application(self.world))),
            ("GET", "/oauth2/applications/@me", lambda *_: (200, payloads.application(self.world))),
            ("GET", "/gateway", lambda *_: (200, {"url": self._gateway()})),
            ("GET", "/gateway/bot", lambda *_: (200, self._gateway_bot())),
            ("GET", "/users/@me/guilds", lambda *_: (200, [self._my_guild(one) for one in self._mine()])),
            ("POST", "/users/@me/channels", self._open_dm),
            ("GET", "/users/{user_id}", self._get_user),
            ("PUT", commands, self._put_commands),
            ("GET", commands, self._get_commands),
            ("PUT", guild_commands, self._put_commands),
            ("GET", guild_commands, self._get_commands),
            ("GET", "/guilds/{guild_id}", self._get_guild),
            ("GET", "/guilds/{guild_id}/threads/active", self._active_threads),
            ("GET", "/guilds/{guild_id}/roles", self._get_roles),
            ("GET", "/guilds/{guild_id}/channels", self._get_channels),
            ("GET", "/guilds/{guild_id}/members/{user_id}", self._get_member),
            ("GET", channel, self._get_channel),
            ("PATCH", channel, self._patch_channel),
            ("DELETE", channel, self._delete_channel),
            ("POST", f"{channel}/typing", self._type),
            ("GET", f"{channel}/messages", self._history),
            ("POST", f"{channel}/messages", self._post),
            ("GET", message, lambda request, _: (200, payloads.message(self.world, self._message(request)))),
            ("PATCH", message, self._edit),
            ("DELETE", message, self._delete),
            ("POST", f"{message}/threads", self._thread_from_message),
            ("POST", f"{channel}/threads", self._thread),
            ("GET", f"{channel}/thread-members", self._thread_members),
            ("PUT", f"{channel}/thread-members/@me", self._join),
            ("PUT", f"{channel}/thread-members/{{user_id}}", self._add_member),
            ("GET", f"{channel}/thread-members/{{user_id}}", self._thread_member),
            ("DELETE", f"{channel}/thread-members/{{user_id}}", self._remove_member),
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self._callback),
            ("POST", hook, self._follow_up),
            ("GET", f"{hook}/messages/@original", self._hooked(self._see)),
            ("PATCH", f"{hook}/messages/@original", self._hooked(self._change)),
            ("DELETE", f"{hook}/messages/@original", self._hooked(self._remove)),
            ("GET", f"{hook}/messages/{{message_id}}", self._hooked(self._see)),
            ("PATCH", f"{hook}/messages/{{message_id}}", self._hooked(self._change)),
            ("DELETE", f"{hook}/messages/{{message_id}}", self._hooked(self._remove)),
        ]

    # The application.

    def _gateway(self) -> str:
        return self.world.base.replace("http://", "ws://")

    def _gateway_bot(self) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}
        return {"url": self.world.gateway, "shards": self.world.shards, "session_start_limit": limit}

    def _mine(self) -> list[Guild]:
        return [guild for guild in self.world.guilds.values() if guild.installed]

    def _my_guild(self, one: Guild) -> Json:
        return {
            "id": str(one.id),
            "name": one.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(one.permissions),
            "features": [],
        }

    def _get_user(self, request: web.Request, _: Sent) -> Answer:
        found = self.world.users.get(int(request.match_info["user_id"]))
        if found is None:
            raise Refused(404, 10013, "Unknown User")
        return 200, payloads.user(found)

    def _put_commands(self, request: web.Request, sent: Sent) -> Answer:
        body: list[Json] = sent.body  # type: ignore[assignment]
        rules.commands(body)
        guild = request.match_info.get("guild_id")
        version = str(self.world.snowflake())
        made = []
        for command in body:
            given = {key: value for key, value in command.items() if value is not None}
            if "default_member_permissions" in given:  # told as a number, shown as a string
                given["default_member_permissions"] = str(given["default_member_permissions"])
            made.append(
                {
                    "type": 1,
                    "description": "",
                    "default_member_permissions": None,
                    "nsfw": False,
                    **given,
                    "id": str(self.world.snowflake()),
                    "application_id": str(self.world.app.id),
                    "version": version,
                    **({"guild_id": guild} if guild else {}),
                }
            )
        self.world.commands[int(guild) if guild else None] = made
        return 200, made

    def _get_commands(self, request: web.Request, _: Sent) -> Answer:
        guild = request.match_info.get("guild_id")
        return 200, self.world.commands.get(int(guild) if guild else None, [])

    def _guild(self, request: web.Request) -> Guild:
        guild = self.world.guilds.get(int(request.match_info["guild_id"]))
        if guild is None:
            raise Refused(404, 10004, "Unknown Guild")
        if not guild.installed:
            raise Refused(403, 50001, "Missing Access")
        return guild

    def _get_guild(self, request: web.Request, _: Sent) -> Answer:
        return 200, payloads.guild(self.world, self._guild(request))

    def _get_roles(self, request: web.Request, _: Sent) -> Answer:
        guild = self._guild(request)
        return 200, [payloads.role(guild, guild.permissions)]

    def _get_channels(self, request: web.Request, _: Sent) -> Answer:
        guild = self._guild(request)
        channels = [one for one in self.world.channels.values() if one.guild is guild and not one.is_thread]
        return 200, [payloads.channel(self.world, one) for one in channels]

    def _active_threads(self, request: web.Request, _: Sent) -> Answer:
        threads = [one for one in self.world.threads_of(self._guild(request)) if not one.archived]
        mine = [payloads.thread_member(one, self.world.app.id) for one in threads if self.world.app.id in one.people]
        return 200, {
            "threads": [payloads.channel(self.world, one) for one in threads],
            "members": mine,
            "has_more": False,
        }

    def _get_member(self, request: web.Request, _: Sent) -> Answer:
        guild, id = self._guild(request), int(request.match_info["user_id"])
        if id not in guild.members and id != self.world.app.id:
            raise Refused(404, 10007, "Unknown Member")
        return 200, payloads.member(guild, self.world.users[id])

    # Channels and threads.

    def _channel(self, request: web.Request) -> Channel:
        return self.world.at(int(request.match_info["channel_id"]))

    def _get_channel(self, request: web.Request, _: Sent) -> Answer:
        channel = self._channel(request)
        if channel.guild is not None:
            self.world.require(channel)
        return 200, payloads.channel(self.world, channel)

    def _patch_channel(self, request: web.Request, sent: Sent) -> Answer:
        thread, body = self._channel(request), sent.body
        self.world.require(thread)
        manages = bool(self.world.allowed(thread) & Permission.MANAGE_THREADS)
        mine = thread.owner == self.world.app.id and not body.keys() - {"name", "archived", "auto_archive_duration"}
        if not thread.is_thread or not (manages or mine):
            raise Refused(403, 50013, "Missing Permissions")
        if thread.archived and body.get("archived") is not False:
            raise Refused(400, 50083, "Thread is archived")
        if thread.locked and not manages:
            raise Refused(403, 160005, "Thread is locked")
        thread.archived = body.get("archived", thread.archived)
        thread.locked = body.get("locked", thread.locked)
        thread.name = body.get("name", thread.name)
        thread.keeps = body.get("auto_archive_duration", thread.keeps)
        self.tell_of("THREAD_UPDATE", thread)
        return 200, payloads.channel(self.world, thread)

    def _delete_channel(self, request: web.Request, _: Sent) -> Answer:
        channel = self._channel(request)
        self.world.require(channel, Permission.MANAGE_THREADS)
        shown = payloads.channel(self.world, channel)
        del self.world.channels[channel.id]
        return 200, shown

    def tell_of(self, name: str, thread: Channel, **more: Any) -> None:
        """Tell the gateway something about a thread."""
        assert thread.guild is not None
        data = payloads.channel(self.world, thread) | more
        self.world.happen(Happened(name, data, thread.guild.id, GUILDS))

    def _thread(self, request: web.Request, sent: Sent) -> Answer:
        parent, body = self._channel(request), sent.body
        rules.thread(body)
        kind = body.get("type", PRIVATE_THREAD)
        private = kind == PRIVATE_THREAD
        self.world.require(parent, Permission.PRIVATE_THREADS if private else Permission.PUBLIC_THREADS)
        if parent.type not in (TEXT, 5) or (private and parent.type != TEXT):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        return 201, self._made(parent, body, kind)

    def _thread_from_message(self, request: web.Request, sent: Sent) -> Answer:
        parent, message = self._channel(request), self._message(request)
        rules.thread(sent.body)
        self.world.require(parent, Permission.PUBLIC_THREADS)
        if parent.type not in (TEXT, 5):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if message.id in self.world.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        kind = PUBLIC_THREAD if parent.type == TEXT else NEWS_THREAD
        return 201, self._made(parent, sent.body, kind, id=message.id)

    def _made(self, parent: Channel, body: Json, kind: int, *, id: int | None = None) -> Json:
        assert parent.guild is not None
        active = sum(not thread.archived for thread in self.world.threads_of(parent.guild))
        if active >= parent.guild.active_threads:
            raise Refused(400, 160006, "Maximum number of active threads reached")
        thread = Channel(
            id or self.world.snowflake(),
            kind,
            body["name"],
            parent.guild,
            parent,
            people={self.world.app.id},
            owner=self.world.app.id,
            invitable=body.get("invitable", True),
            keeps=body.get("auto_archive_duration", 1440),
            slow=body.get("rate_limit_per_user") or 0,
        )
        self.world.channels[thread.id] = thread
        self.tell_of("THREAD_CREATE", thread, newly_created=True)
        me = payloads.thread_member(thread, self.world.app.id)
        return payloads.channel(self.world, thread) | {"member": me}

    def _open_thread(self, request: web.Request) -> Channel:
        thread = self._channel(request)
        self.world.require(thread)
        if thread.archived:
            raise Refused(400, 50083, "Thread is archived")
        return thread

    def _add_member(self, request: web.Request, _: Sent) -> Answer:
        thread, id = self._open_thread(request), int(request.match_info["user_id"])
        self.world.require(thread, Permission.SEND_IN_THREADS)
        assert thread.guild is not None
        if id not in thread.guild.members:
            raise Refused(403, 50001, "Missing Access")
        thread.people.add(id)
        self.world.changed()
        return 204, None

    def _remove_member(self, request: web.Request, _: Sent) -> Answer:
        self._open_thread(request).people.discard(int(request.match_info["user_id"]))
        return 204, None

    def _join(self, request: web.Request, _: Sent) -> Answer:
        self._open_thread(request).people.add(self.world.app.id)
        return 204, None

    def _thread_member(self, request: web.Request, _: Sent) -> Answer:
        thread, id = self._channel(request), int(request.match_info["user_id"])
        if id not in thread.people:
            raise Refused(404, 10007, "Unknown Member")
        return 200, payloads.thread_member(thread, id)

    def _thread_members(self, request: web.Request, _: Sent) -> Answer:
        thread = self._channel(request)
        self.world.require(thread)
        return 200, [payloads.thread_member(thread, id) for id in sorted(thread.people)]

    def _open_dm(self, _: web.Request, sent: Sent) -> Answer:
        user = self.world.users.get(int(sent.body["recipient_id"]))
        if user is None or user.bot:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        self.world.dms_opened.append(user.id)
        return 200, payloads.channel(self.world, self.world.dm(user))

    # Messages.

    def _type(self, request: web.Request, _: Sent) -> Answer:
        channel = self._channel(request)
        self.world.require(channel)
        self.world.typed.append(channel.id)
        return 204, None

    def _message(self, request: web.Request) -> Message:
        channel = self._channel(request)
        self.world.require(channel)
        found = self.world.message(channel, int(request.match_info["message_id"]))
        if found.only is not None:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def _history(self, request: web.Request, _: Sent) -> Answer:
        channel = self._channel(request)
        if channel.guild is not None:
            self.world.require(channel)
            if not self.world.allowed(channel) & Permission.HISTORY:
                return 200, []
        limit = int(request.query.get("limit", "50"))
        after, before = int(request.query.get("after", "0")), int(request.query.get("before", str(2**63)))
        rules.check(1 <= limit <= 100, "limit", "Must be between 1 and 100.")
        found = sorted(self.world.in_channel(channel), key=lambda message: message.id)
        found = [message for message in found if after < message.id < before]
        found = found[:limit] if "after" in request.query else found[-limit:]
        return 200, [self._seen(message) for message in reversed(found)]

    def _seen(self, message: Message) -> Json:
        """A message as this application may read it."""
        shown = payloads.message(self.world, message)
        mine = message.author is self.world.app or self.world.app in message.mentions
        readable = self.world.content_flag or message.channel.guild is None or mine
        return shown if readable else payloads.blanked(shown)

    def _post(self, request: web.Request, sent: Sent) -> Answer:
        channel = self._channel(request)
        self.world.require(channel, Permission.SEND_IN_THREADS if channel.is_thread else Permission.SEND)
        if sent.files:
            self.world.require(channel, Permission.ATTACH)
        return 200, payloads.message(self.world, self.messages.post(channel, self.world.app, sent))

    def _edit(self, request: web.Request, sent: Sent) -> Answer:
        message = self._message(request)
        if message.author is not self.world.app:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return 200, payloads.message(self.world, self.messages.edit(message, sent))

    def _delete(self, request: web.Request, _: Sent) -> Answer:
        message = self._message(request)
        if message.author is not self.world.app:
            raise Refused(403, 50003, "Cannot execute action on a message of another user")
        self.messages.delete(message)
        return 204, None

    # Interactions.

    def _callback(self, request: web.Request, sent: Sent) -> Answer:
        token, id = request.match_info["interaction_token"], int(request.match_info["interaction_id"])
        answer = self.interactions.callback(id, token, sent)
        return (200, answer) if request.query.get("with_response") in ("1", "true") else (204, None)

    def _follow_up(self, request: web.Request, sent: Sent) -> Answer:
        message = self.interactions.follow_up(request.match_info["webhook_token"], sent)
        return 200, payloads.message(self.world, message)

    def _hooked(self, act: Callable[[Message, Sent], Answer]) -> Handler:
        def handle(request: web.Request, sent: Sent) -> Answer:
            token, id = request.match_info["webhook_token"], request.match_info.get("message_id")
            if id is None:
                return act(self.interactions.original(token), sent)
            return act(self.interactions.followed(token, int(id)), sent)

        return handle

    def _see(self, message: Message, _: Sent) -> Answer:
        return 200, payloads.message(self.world, message)

    def _change(self, message: Message, sent: Sent) -> Answer:
        return 200, payloads.message(self.world, self.messages.edit(message, sent))

    def _remove(self, message: Message, _: Sent) -> Answer:
        self.messages.delete(message)
        return 204, None
