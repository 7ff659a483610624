"""The server: takes calls of the Web API, lets them fail as told, and tells the app what its people do."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from tests.fakes.slack.api import HISTORY, check_scope, method_of
from tests.fakes.slack.blocks import problems
from tests.fakes.slack.delivery import Delivery, Kind, Post
from tests.fakes.slack.faults import Fault, Faults, Limits, Trouble
from tests.fakes.slack.person import SlackUser
from tests.fakes.slack.world import Channel, Message, SlackError, Team, World

T = TypeVar("T")

APP_TOKEN = "xapp-1-A0TALKPRO-of-the-test"
CLIENT_ID, CLIENT_SECRET, SIGNING_SECRET = "1234.5678", "the client's secret of the test", "the secret of the test"
EVENTS = (
    *("agent_session_stopped", "app_home_opened", "app_rate_limited", "app_uninstalled", "tokens_revoked"),
    *("message.im", "message.channels", "message.groups"),
)
EVENT_OF = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
RESPONSES, RESPONSE_SECONDS, TRIGGER_SECONDS = 5, 30 * 60, 3.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Web API, as it came; `error` is empty when it was done."""

    method: str
    team: str
    args: Mapping[str, Any]
    error: str
    at: float


@dataclass
class ResponseUrl:
    """A response URL: who may be told what through it, and how often still."""

    channel: str
    user: str
    made_at: float
    left: int = RESPONSES
    message: Message | None = None


@dataclass
class Approval:
    """What the owner of a workspace agreed to, until the app fetches it."""

    team: Team
    redirect: str
    scopes: tuple[str, ...]


@dataclass
class FakeSlack:
    """All of Slack that the app sees. `subscribed` are the events that the app's manifest asks for."""

    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    subscribed: set[str] = field(default_factory=lambda: set(EVENTS))
    calls: list[Call] = field(default_factory=list)
    responses: dict[str, ResponseUrl] = field(default_factory=dict)
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
    approvals: dict[str, Approval] = field(default_factory=dict)
    tombstones_closed: bool = False
    hide_files: bool = False
    crossed: Callable[[str], bool] = lambda _: False
    """Told `before X` and `after X` of each call X; where it gives True the connection is cut there."""
    address: str = ""
    clock: Callable[[], float] = time.time
    patience: float = 30
    """Seconds in which something that is waited for must be there."""
    post: Post = field(init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.post = Post(self.tell)

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"{self.address}/api/"

    def person(self, team: Team, name: str, **more: Any) -> SlackUser:
        """Somebody in a workspace, with a client."""
        return SlackUser(self, team, self.world.user(team, name, **more))

    # Waiting.

    def tell(self) -> None:
        """Something changed: let everybody who waits look again."""
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, found: Callable[[], T | None], what: str = "") -> T:
        """Wait until this gives something that is not None or False."""
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    news = self._news
                    result = found()
                    if result is not None and result is not False:
                        return result
                    await news.wait()
        except TimeoutError:
            raise AssertionError(f"never came: {what or found}") from None

    async def connected(self, count: int = 1) -> None:
        """Wait until the app holds so many connections."""
        await self.until(lambda: len(self.post.connections) >= count, f"{count} connections")

    def called(self, method: str) -> list[Call]:
        """The calls of a method."""
        return [call for call in self.calls if call.method == method]

    # What the app is told.

    def event(self, team: Team, body: Mapping[str, Any]) -> Delivery:
        """Bring an event to the app, subscribed or not."""
        payload = {
            "token": "verification",
            "team_id": team.id,
            "enterprise_id": team.enterprise or None,
            "api_app_id": self.world.app,
            "event": {"event_ts": self.world.new_ts(), **body},
            "type": "event_callback",
            "event_id": self.world.new_id("Ev"),
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": team.enterprise or None,
                    "team_id": team.id,
                    "user_id": team.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }
        return self.post.send("events_api", payload)

    def in_channel(self, team: Team, channel: Channel, body: Mapping[str, Any]) -> Delivery | None:
        """Bring an event of a channel's, if the app is in there, subscribed, and has the scope."""
        name = EVENT_OF[channel.kind]
        if (
            not team.installed
            or team.bot_user not in channel.members
            or name not in self.subscribed
            or HISTORY[channel.kind] not in team.scopes
        ):
            return None
        kind = {"channel": "channel", "group": "group", "im": "im"}[channel.kind]
        return self.event(team, {**body, "channel": channel.id, "channel_type": kind})

    def spoken(self, team: Team, channel: Channel, message: Message) -> None:
        """The app said something: it is told of it like everybody."""
        self.in_channel(team, channel, {**message.shown(), "app_id": self.world.app, "team": team.id})

    def changed(self, team: Team, channel: Channel, message: Message, before: Mapping[str, Any]) -> Delivery | None:
        """A message was changed."""
        body = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "message": message.shown(),
            "previous_message": dict(before),
            "ts": self.world.new_ts(),
        }
        return self.in_channel(team, channel, body)

    def remove(self, message: Message) -> Delivery | None:
        """Delete a message; the first of a thread that has answers leaves a tombstone."""
        channel = self.world.channels[message.channel]
        team = self.world.teams[channel.team]
        before = message.shown()
        if len(self.world.thread(message.channel, message.ts)) > 1:
            message.tombstone, message.text, message.blocks = True, "", []
            self.tell()
            return self.changed(team, channel, message, before)
        self.world.messages.remove(message)
        self.tell()
        body = {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": message.ts,
            "previous_message": before,
            "ts": self.world.new_ts(),
        }
        return self.in_channel(team, channel, body)

    def send(self, kind: Kind, payload: dict[str, Any]) -> Delivery:
        """Bring a command or an interaction to the app."""
        return self.post.send(kind, payload)

    def new_trigger(self, user: str) -> str:
        trigger = self.world.new_id("trigger.")
        self.triggers[trigger] = (user, self.clock())
        return trigger

    def take_trigger(self, trigger: str) -> str:
        """Whose trigger it is; it works once and for three seconds. Raises SlackError."""
        user, made_at = self.triggers.get(trigger, ("", 0.0))
        if not user:
            raise SlackError("invalid_trigger_id")
        if made_at < 0:
            raise SlackError("exchanged_trigger_id")
        self.triggers[trigger] = (user, -1.0)
        if self.clock() - made_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        return user

    def new_response_url(self, channel: str, user: str, message: Message | None = None) -> str:
        code = self.world.new_id("reply-")
        self.responses[code] = ResponseUrl(channel, user, self.clock(), message=message)
        return f"{self.address}/commands/{code}"

    def approve(self, team: Team, page: str, scopes: tuple[str, ...] | None = None) -> str:
        """Press Allow on the page that the app sent the browser to; gives where Slack sends it back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        assert query["client_id"] == CLIENT_ID
        code = secrets.token_urlsafe(12)
        asked = tuple(query["scope"].split(","))
        self.approvals[code] = Approval(team, query.get("redirect_uri", ""), asked if scopes is None else scopes)
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"

    def uninstall(self, team: Team) -> None:
        """Remove the app from a workspace."""
        team.installed = False

    # What the app calls.

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        if self.crossed(f"before {method}"):
            return await _broken_off(request, "", cut=False)
        trouble = self.faults.next(method)
        if trouble is not None:
            early = await self._before(request, method, args, trouble)
            if early is not None:
                return early
        status, answer, headers = self._answered(request, method, args)
        self.tell()
        if self.crossed(f"after {method}"):
            return await _broken_off(request, "", cut=False)
        if trouble is not None and trouble.fault in (Fault.UNKNOWN, Fault.CUT):
            return await _broken_off(request, json.dumps(answer), cut=trouble.fault is Fault.CUT)
        return web.json_response(answer, status=status, headers=headers)

    async def _before(
        self, request: web.Request, method: str, args: Mapping[str, Any], trouble: Trouble
    ) -> web.StreamResponse | None:
        match trouble.fault:
            case Fault.SLOW:
                await asyncio.sleep(trouble.seconds)
                return None
            case Fault.UNKNOWN | Fault.CUT:
                return None
        self.calls.append(Call(method, "", args, str(trouble.fault), time.monotonic()))
        self.tell()
        match trouble.fault:
            case Fault.RATE_LIMITED:
                return _rate_limited(int(trouble.seconds))
            case Fault.BROKEN:
                return web.Response(status=500, text="fatal_error")
            case Fault.AWAY:
                return web.Response(status=503, text="Service Unavailable")
            case Fault.GARBAGE:
                return web.Response(text="<html>maintenance</html>", content_type="text/html")
            case Fault.REFUSED:
                return web.json_response({"ok": False, "error": trouble.error})
            case _:
                return await _broken_off(request, "", cut=False)

    def _answered(
        self, request: web.Request, method: str, args: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.get("token", ""))
        headers: dict[str, str] = {}
        team_id, error = "", ""
        try:
            if method == "apps.connections.open":
                return 200, self._connection(token), headers
            if method == "oauth.v2.access":
                return 200, self._exchanged(request, args), headers
            team = self.world.team_of(token)
            team_id = team.id
            wait = self.limits.wait(method, team.id, str(args.get("channel", "")))
            if wait:
                error = "ratelimited"
                return 429, {"ok": False, "error": error}, {"Retry-After": str(wait)}
            headers["x-oauth-scopes"] = ",".join(team.scopes)
            work = method_of(method)
            check_scope(method, team)
            return 200, {"ok": True, **work(self, team, args)}, headers
        except SlackError as refused:
            error = refused.name
            answer: dict[str, Any] = {"ok": False, "error": refused.name, **refused.more}
            if refused.messages:
                answer |= {"errors": [*refused.messages], "response_metadata": {"messages": [*refused.messages]}}
            return 200, answer, headers
        finally:
            self.calls.append(Call(method, team_id, args, error, time.monotonic()))

    def _connection(self, token: str) -> dict[str, Any]:
        if token != APP_TOKEN:
            raise SlackError("not_allowed_token_type" if token.startswith("xoxb") else "invalid_auth")
        socket = self.address.replace("http", "ws", 1)
        return {"ok": True, "url": f"{socket}/link?ticket={secrets.token_urlsafe(8)}"}

    def _exchanged(self, request: web.Request, args: Mapping[str, Any]) -> dict[str, Any]:
        auth = request.headers.get("Authorization", "")
        client, secret = str(args.get("client_id", "")), str(args.get("client_secret", ""))
        if auth.startswith("Basic "):
            client, _, secret = b64decode(auth.removeprefix("Basic ")).decode().partition(":")
        if (client, secret) != (CLIENT_ID, CLIENT_SECRET):
            raise SlackError("bad_client_secret" if client == CLIENT_ID else "invalid_client_id")
        approval = self.approvals.pop(str(args.get("code", "")), None)
        if approval is None:
            raise SlackError("invalid_code")
        if args.get("redirect_uri", "") != approval.redirect:
            raise SlackError("bad_redirect_uri")
        team = approval.team
        team.scopes, team.installed = approval.scopes, True
        team.token = f"xoxb-{team.id}-{secrets.token_hex(6)}"
        return {
            "ok": True,
            "app_id": self.world.app,
            "authed_user": {"id": next(user.id for user in self.world.users.values() if user.team == team.id)},
            "scope": ",".join(team.scopes),
            "token_type": "bot",
            "access_token": team.token,
            "bot_user_id": team.bot_user,
            "team": {"id": team.id, "name": team.name},
            "enterprise": {"id": team.enterprise, "name": "enterprise"} if team.enterprise else None,
            "is_enterprise_install": False,
        }

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        url = self.responses.get(request.match_info["code"])
        body = await request.json()
        trouble = self.faults.next("response_url")
        if trouble is not None and trouble.fault is Fault.RATE_LIMITED:
            return _rate_limited(int(trouble.seconds))
        if trouble is not None and trouble.fault in (Fault.BROKEN, Fault.AWAY):
            return web.Response(status=500, text="fatal_error")
        if url is None or url.left == 0 or self.clock() - url.made_at > RESPONSE_SECONDS:
            error = "used_url" if url is not None and url.left == 0 else "expired_url"
            return web.json_response({"ok": False, "error": error}, status=404)
        if self.crossed("before response_url"):
            return await _broken_off(request, "", cut=False)
        url.left -= 1
        blocks = body.get("blocks") or []
        wrong = [*problems(blocks, "message")]
        if wrong or not (body.get("text") or blocks or body.get("delete_original")):
            error = "invalid_blocks" if wrong else "no_text"
            return web.json_response(
                {"ok": False, "error": error, "response_metadata": {"messages": wrong}}, status=400
            )
        self._responded(url, body)
        self.tell()
        if self.crossed("after response_url") or (trouble is not None and trouble.fault is Fault.UNKNOWN):
            return await _broken_off(request, "", cut=False)
        return web.Response(text="ok")

    def _responded(self, url: ResponseUrl, body: Mapping[str, Any]) -> None:
        if body.get("delete_original") and url.message in self.world.messages:
            self.world.messages.remove(url.message)
            return
        if body.get("replace_original") and url.message is not None:
            url.message.text, url.message.blocks = body.get("text", ""), body.get("blocks") or []
            return
        self.show(url.channel, url.user, body)

    def show(self, channel: str, user: str, body: Mapping[str, Any]) -> None:
        """Put the answer to a command or a press before its person, or before all with `in_channel`."""
        team = self.world.teams[self.world.users[user].team]
        only_for = "" if body.get("response_type") == "in_channel" else user
        message = Message(
            channel,
            self.world.new_ts(),
            team.bot_user,
            str(body.get("text") or ""),
            str(body.get("thread_ts") or ""),
            [*(body.get("blocks") or [])],
            bot_id=team.bot_id,
            only_for=only_for,
        )
        self.world.messages.append(message)

    async def _file(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["file"])
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        team = next((one for one in self.world.teams.values() if one.token == token and one.installed), None)
        trouble = self.faults.next("file")
        if trouble is not None and trouble.fault in (Fault.BROKEN, Fault.AWAY):
            return web.Response(status=500)
        if file is None or self.hide_files:
            return web.Response(status=404, text="not found")
        if team is None or team.id != file.team or "files:read" not in team.scopes:
            # Slack shows its sign-in page to whoever has no right to a file, with status 200.
            return web.Response(text="<!DOCTYPE html><html>Sign in to Slack</html>", content_type="text/html")
        return web.Response(body=file.content, content_type=file.mimetype)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file, at the address that was given for it; no token is asked for."""
        content = await request.read()
        trouble = self.faults.next("upload")
        if self.crossed("before upload") or (trouble is not None and trouble.fault is Fault.RESET):
            return await _broken_off(request, "", cut=False)
        if trouble is not None:
            return web.Response(status=500)
        file = self.world.files.get(request.match_info["file"])
        if file is None or len(content) != file.awaited:
            return web.Response(status=400, text="bad upload")
        file.content, file.mimetype = content, request.content_type
        return web.Response(text=f"OK - {len(content)}")

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self.post.serve)
        app.router.add_post("/commands/{code}", self._respond)
        app.router.add_post("/upload/v1/{file}", self._upload)
        app.router.add_get("/files-pri/{file}/{name}", self._file)
        return app


async def _arguments(request: web.Request) -> dict[str, Any]:
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        found |= body
    elif request.can_read_body:
        found |= {name: str(value) for name, value in (await request.post()).items()}
    return found


def _rate_limited(seconds: int) -> web.Response:
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)})


async def _broken_off(request: web.Request, text: str, *, cut: bool) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(text) + 9)})
    if cut:
        await response.prepare(request)
        await response.write(text[: len(text) // 2].encode())
    if request.transport is not None:
        request.transport.abort()
    return response


@asynccontextmanager
async def fake_slack(port: int = 0) -> AsyncIterator[FakeSlack]:
    """Slack on loopback, inside the block."""
    slack = FakeSlack()
    runner = web.AppRunner(slack.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    slack.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield slack
    finally:
        await slack.post.close()
        await runner.cleanup()
