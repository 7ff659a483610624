"""The playground's routes: the page and its parts, the login, the WebSocket; each answer with strict headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from aiohttp import WSCloseCode, web
from structlog.typing import FilteringBoundLogger

from adapters.web import access, frames
from adapters.web.access import Door
from adapters.web.pictures import Pictures
from adapters.web.session import Left
from bot.guard import guard
from bot.wording import playground

STATIC = Path(__file__).parent / "static"
PAGE, LOGIN = "index.html", "login.html"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEARTBEAT_SECONDS = 25
FAREWELL_SECONDS = 2
LARGEST_FORM = 4096
"""Bytes of a login."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Served(Protocol):
    """What the server asks of the platform."""

    async def serve(self, socket: web.WebSocketResponse, user: str) -> None:
        """Serve one page until it leaves. Raises Left when it takes nothing any more."""
        ...

    @property
    def open(self) -> bool:
        """Whether pages are served now."""
        ...

    @property
    def pictures(self) -> Pictures:
        """What takes and shows pictures."""
        ...

    async def download(self, request: web.Request, user: str) -> web.StreamResponse:
        """A file that was handed over."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the page, read once."""

    body: bytes
    type: str
    etag: str


class Server:
    """Serves the page to whom the door admits."""

    def __init__(self, door: Door, served: Served, log: FilteringBoundLogger) -> None:
        self._door = door
        self._served = served
        self._log = log
        self._parts = {path.name: _part(path) for path in sorted(STATIC.iterdir()) if path.suffix in TYPES}

    def mount(self, http: web.Application) -> None:
        """Add the routes."""
        http.router.add_get("/", self._guarded(self._page))
        http.router.add_get("/web/socket", self._guarded(self._socket))
        http.router.add_get("/web/login", self._guarded(self._login))
        http.router.add_post("/web/login", self._guarded(self._try_login))
        http.router.add_post("/web/pictures/{name}", self._guarded(self._take_picture))
        http.router.add_get("/web/pictures/{name}", self._guarded(self._show_picture))
        http.router.add_get("/web/files/{name}", self._guarded(self._download))
        http.router.add_get("/web/{name}", self._guarded(self._file))

    def _guarded(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._door.is_for_us(request):
                return _refusal(421, playground.OTHER_HOST)
            response = await handler(request)
            if not response.prepared:
                response.headers.update(
                    {name: value for name, value in HEADERS.items() if name not in response.headers}
                )
            return response

        return guarded

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if not self._door.admits(request):
            return _to("/web/login")
        response = self._answer(request, PAGE)
        access.remember(request, response)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._parts or name.endswith(".html"):
            return _refusal(404, playground.NO_SUCH_FILE)
        return self._answer(request, name)

    async def _login(self, request: web.Request) -> web.StreamResponse:
        return _to("/") if self._door.admits(request) else self._answer(request, LOGIN)

    async def _try_login(self, request: web.Request) -> web.StreamResponse:
        if not access.same_origin(request):
            return _refusal(403, playground.FOREIGN_FORM)
        if (request.content_length or 0) > LARGEST_FORM:
            return _refusal(413, playground.PASSWORD_TOO_LONG)
        password = str((await request.post()).get("password", ""))
        if not self._door.may_try(request):
            self._log.warning("too many wrong passwords")
            return self._notice("wait", 429, {"Retry-After": str(int(access.TRIES_PER.total_seconds()))})
        response = _to("/")
        return response if self._door.open(request, response, password) else self._notice("wrong", 401)

    async def _take_picture(self, request: web.Request) -> web.StreamResponse:
        user = access.user_of(request)
        if not access.same_origin(request):
            return _refusal(403, playground.FOREIGN_PAGE)
        if user is None or not self._door.admits(request):
            return _refusal(401, playground.PAGE_FIRST)
        return await self._served.pictures.take(request, user)

    async def _show_picture(self, request: web.Request) -> web.StreamResponse:
        user = access.user_of(request)
        if user is None or not self._door.admits(request):
            return _refusal(401, playground.PAGE_FIRST)
        return await self._served.pictures.show(request, user)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        user = access.user_of(request)
        if user is None or not self._door.admits(request):
            return _refusal(401, playground.PAGE_FIRST)
        return await self._served.download(request, user)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        user = access.user_of(request)
        if not access.same_origin(request):
            return _refusal(403, playground.FOREIGN_PAGE)
        if user is None or not self._door.admits(request):
            return _refusal(401, playground.PAGE_FIRST)
        if not self._served.open:
            return _refusal(503, playground.NOT_READY)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=frames.LARGEST_FRAME, timeout=FAREWELL_SECONDS, compress=False
        )
        await socket.prepare(request)
        async with guard(self._log, "serving a page") as fault:
            try:
                await self._served.serve(socket, user)
            except* Left:
                if request.transport is not None:
                    request.transport.abort()
        await socket.close(code=WSCloseCode.INTERNAL_ERROR if fault else WSCloseCode.OK)
        return socket

    def _answer(self, request: web.Request, name: str) -> web.Response:
        part = self._parts[name]
        if part.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers={"ETag": part.etag})
        return web.Response(body=part.body, content_type=part.type, charset="utf-8", headers={"ETag": part.etag})

    def _notice(self, state: str, status: int, headers: dict[str, str] | None = None) -> web.Response:
        """The login page with its notice of that name shown."""
        page = self._parts[LOGIN].body.replace(b'data-notice=""', f"data-notice={json.dumps(state)}".encode())
        return web.Response(body=page, status=status, content_type="text/html", charset="utf-8", headers=headers)


def _part(path: Path) -> _Part:
    body = path.read_bytes()
    return _Part(body, TYPES[path.suffix], f'"{sha256(body).hexdigest()[:20]}"')


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})


def _refusal(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=why, headers=HEADERS)
