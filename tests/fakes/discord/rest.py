"""Discord's REST API on loopback: every route that a coach needs, its limits, and the faults that a test plans."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from aiohttp import web

from tests.fakes.discord import faults, rules
from tests.fakes.discord.faults import Fault, Faults, Kind
from tests.fakes.discord.interactions import Interactions
from tests.fakes.discord.messages import Messages, Sent
from tests.fakes.discord.routes import Routes
from tests.fakes.discord.world import Json, Refused, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
API = "/api/v10"
ANSWERS = ("/interactions/", "/webhooks/")
"""Where the shared limit of all routes does not hold."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `route` is the path as the OpenAPI file writes it."""

    method: str
    path: str
    route: str
    body: Any
    kind: str
    status: int
    answer: Any
    token: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether this went through the interaction's own lane, which has no shared limit."""
        return self.route.startswith(ANSWERS)


@dataclass
class Bucket:
    """So many requests in so many seconds; `began` is when the present count began."""

    limit: int
    seconds: float
    used: int = 0
    began: float = 0.0

    def take(self) -> float:
        """Seconds to wait; 0 when there was room."""
        now = time.monotonic()
        if now - self.began >= self.seconds:
            self.began, self.used = now, 0
        if self.used >= self.limit:
            return self.began + self.seconds - now
        self.used += 1
        return 0.0

    @property
    def ends_in(self) -> float:
        return max(0.0, self.began + self.seconds - time.monotonic())


@dataclass
class Limits:
    """How much is let through: 50 a second over everything, and by route (`"POST /channels/{channel_id}/messages"`)."""

    everything: Bucket = field(default_factory=lambda: Bucket(50, 1.0))
    routes: dict[str, tuple[int, float]] = field(default_factory=dict)
    usual: tuple[int, float] = (1000, 1.0)
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    exceeded: int = 0

    def bucket(self, request: web.Request, route: str) -> Bucket:
        major = request.match_info.get("channel_id") or request.match_info.get("webhook_token") or ""
        name = f"{request.method} {route}"
        if (name, major) not in self.buckets:
            self.buckets[name, major] = Bucket(*self.routes.get(name, self.usual))
        return self.buckets[name, major]


class Rest:
    """The API. Every exchange is kept, in order, and shown to the judge.

    `crossed` is told before and after each deed, and says whether the connection breaks there.
    """

    def __init__(self, world: World, token: str, judge: Callable[[Exchange], None] | None = None) -> None:
        self.world = world
        self.token = token
        self.messages = Messages(world)
        self.interactions = Interactions(world, self.messages)
        self.faults = Faults()
        self.limits = Limits()
        self.exchanges: list[Exchange] = []
        self.keeps = True
        self.crossed: Callable[[str], bool] = lambda _: False
        self._judge = judge
        self.app = web.Application(client_max_size=rules.REQUEST_BYTES + 2**20)
        self._mount()

    def _mount(self) -> None:
        routes = Routes(self.world, self.messages, self.interactions)
        for method, path, handler in routes.table():
            self.app.router.add_route(method, API + path, self._handling(path, handler))
        self.app.router.add_get("/{place:attachments|ephemeral-attachments}/{channel}/{id}/{name}", self._download)

    def sent(self, method: str = "", route: str = "") -> list[Exchange]:
        """What was asked of this route."""
        return [each for each in self.exchanges if method in ("", each.method) and route in ("", each.route)]

    def _handling(self, route: str, handler: Callable[[web.Request, Sent], Any]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            sent = await _read(request)
            if self.crossed(f"before {request.method} {route}"):
                faults.reset(request)
                return web.Response()
            fault = self.faults.meet(request.method, request.path)
            response = await self._respond(request, route, handler, sent, fault)
            self._keep(request, route, sent, response)
            if self.crossed(f"after {request.method} {route}"):
                faults.reset(request)
            return await self._break(request, response, fault)

        return handle

    async def _respond(
        self,
        request: web.Request,
        route: str,
        handler: Callable[[web.Request, Sent], Any],
        sent: Sent,
        fault: Fault | None,
    ) -> web.Response:
        if fault is not None:
            if fault.kind is Kind.SLOW:
                await fault.gate.wait()
            elif fault.kind in (Kind.REFUSED, Kind.RATED, Kind.BROKEN, Kind.GARBAGE):
                return faults.answer(fault)
            elif fault.kind is Kind.RESET:
                return web.Response()
        bucket = self.limits.bucket(request, route)
        waits = [bucket.take()]
        is_answer = route.startswith(ANSWERS)
        if not is_answer and not waits[0]:
            waits.append(self.limits.everything.take())
        if any(waits):
            self.limits.exceeded += 1
            return faults.answer(faults.rated(max(waits), everywhere=not waits[0]))
        try:
            if not is_answer and request.headers.get("Authorization") != f"Bot {self.token}":
                raise Refused(401, 0, "401: Unauthorized")
            status, body = handler(request, sent)
        except Refused as why:
            status, body = why.status, why.body
        response = faults.plain_json(status, body)
        response.headers.update(
            {
                "X-RateLimit-Limit": str(bucket.limit),
                "X-RateLimit-Remaining": str(bucket.limit - bucket.used),
                "X-RateLimit-Reset": str(time.time() + bucket.ends_in),
                "X-RateLimit-Reset-After": f"{bucket.ends_in:.3f}",
                "X-RateLimit-Bucket": f"{crc32(f'{request.method} {route}'.encode()):08x}",
                "Via": "1.1 google",
            }
        )
        return response

    async def _break(self, request: web.Request, response: web.Response, fault: Fault | None) -> web.StreamResponse:
        if fault is not None and fault.kind is Kind.CUT:
            return await faults.cut(request, response)
        if fault is not None and fault.kind in (Kind.RESET, Kind.UNKNOWN):
            faults.reset(request)
        return response

    def _keep(self, request: web.Request, route: str, sent: Sent, response: web.Response) -> None:
        if not self.keeps:
            return
        text = response.body if isinstance(response.body, bytes) else b""
        is_json = response.content_type == "application/json" and text
        try:
            answer = json.loads(text) if is_json else None
        except ValueError:
            answer = None
        exchange = Exchange(
            request.method,
            request.path.removeprefix(API),
            route,
            sent.body if request.body_exists else None,
            request.content_type,
            response.status,
            answer,
            request.match_info.get("interaction_token", request.match_info.get("webhook_token", "")),
        )
        self.exchanges.append(exchange)
        if self._judge is not None:
            self._judge(exchange)
        self.world.changed()

    async def _download(self, request: web.Request) -> web.Response:
        fault = self.faults.meet("GET", request.path)
        if fault is not None and fault.kind is Kind.SLOW:
            await fault.gate.wait()
        elif fault is not None:
            if fault.kind is Kind.RESET:
                faults.reset(request)
            return faults.answer(fault)
        for message in self.world.messages.values():
            for upload in message.files:
                if str(upload.id) == request.match_info["id"]:
                    return web.Response(body=upload.content, headers={"Content-Type": upload.kind})
        return web.Response(status=404, text="This content is no longer available.")


async def _read(request: web.Request) -> Sent:
    """The body, and the files beside it."""
    if not request.body_exists:
        return Sent({})
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        return Sent(json.loads(raw) if raw else {})
    body: Json = {}
    files: list[tuple[str, str, bytes]] = []
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        assert not isinstance(part, type(reader))
        content = bytes(await part.read(decode=False))  # type: ignore[union-attr]
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = json.loads(content)
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append((part.filename or "file", kind, content))  # type: ignore[union-attr]
    return Sent(body, files)
