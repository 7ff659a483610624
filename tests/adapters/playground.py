"""A playground on a free port of this machine, with the stand-in coach behind it, and clients for its WebSocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import aiohttp
import structlog
from aiohttp import ClientWebSocketResponse, WSMsgType, web
from structlog.testing import CapturingLogger
from structlog.typing import FilteringBoundLogger

from adapters.web import build
from adapters.web.access import Door
from adapters.web.platform import Web
from adapters.web.server import Server
from bot.core import Core
from bot.settings import Settings
from storage.database import Database
from tests.adapters.stand_in import StandIn

Frame = dict[str, Any]


@dataclass
class Logged:
    """What was logged, as a structlog logger that keeps it."""

    kept: CapturingLogger = field(default_factory=CapturingLogger)

    def logger(self) -> FilteringBoundLogger:
        made: FilteringBoundLogger = structlog.wrap_logger(
            self.kept, processors=[], wrapper_class=structlog.make_filtering_bound_logger("debug")
        )
        return made

    @property
    def names(self) -> list[str]:
        return [str(call.kwargs.get("event")) for call in self.kept.calls]


@dataclass
class Playground:
    """A running playground: its address, the platform, the stand-in that answers."""

    address: str
    platform: Web
    coach: StandIn
    logged: Logged

    def page(self, beside: Page | None = None) -> Page:
        """A browser; `beside` another page: one more tab of the same browser."""
        return Page(self, beside)


@asynccontextmanager
async def playground(
    database: Database,
    *,
    answers: bool = True,
    patience: float | None = None,
    now: Callable[[], datetime] | None = None,
    **settings: Any,
) -> AsyncIterator[Playground]:
    """Serve the playground.

    `answers`: the stand-in answers, else it only takes events. `patience`: how long a slow page is waited for.
    """
    http, logged = web.Application(), Logged()
    chosen = Settings(_env_file=None, http_port=0, **settings)
    core = Core(chosen, database, http, logged.logger(), now or (lambda: datetime.now(UTC)), nothing)
    if patience is None:
        (built,) = build(core)
        assert isinstance(built, Web)
        platform = built
    else:
        platform = Web(core, patience=patience)
        Server(Door(None, "127.0.0.1", core.now), platform, core.log).mount(http)
    coach = StandIn(platform)
    runner = web.AppRunner(http, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(platform.run(coach.accept))]
        if answers:
            tasks.append(group.create_task(coach.run()))
        await asyncio.sleep(0)
        try:
            yield Playground(f"http://127.0.0.1:{runner.addresses[0][1]}", platform, coach, logged)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await runner.cleanup()


async def nothing() -> None:
    return


class Wire:
    """A way to the playground that can be cut and mended."""

    def __init__(self, ground: Playground) -> None:
        self._to = int(ground.address.rpartition(":")[2])
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Future[None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._ends:
                writer.transport.abort()
            await asyncio.gather(*self._open)
            await self._server.wait_closed()
            self._server = None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        done = asyncio.get_running_loop().create_future()
        self._open.add(done)
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {writer, back}
        self._ends |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pour(reader, back))
                group.create_task(_pour(there, writer))
        except* ConnectionError:
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._ends -= ends
            self._open.discard(done)
            done.set_result(None)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError


class Page:
    """A browser: its cookies, and one open page after the other. `number` is which of its persons it is."""

    def __init__(self, ground: Playground, beside: Page | None = None) -> None:
        self.ground = ground
        self.beside = beside
        jar = aiohttp.CookieJar(unsafe=True)
        self.http: aiohttp.ClientSession = beside.http if beside else aiohttp.ClientSession(cookie_jar=jar)
        self.seen: list[Frame] = []
        self.welcome: Frame = {}
        self.socket: ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()
        if self.beside is None:
            await self.http.close()

    async def enter(self, number: int = 1, *, since: int = 0, person: str = "", load: bool = True) -> Self:
        """Load the page and say hello."""
        if load:
            async with self.http.get(f"{self.ground.address}/?as={number}") as answer:
                assert answer.status == 200
        self.socket = await self.connect(number)
        await self.send(type="hello", since=since, person=person, zone="Europe/Lisbon")
        self.welcome = await self.until("welcome")
        return self

    async def connect(self, number: int = 1, **headers: str) -> ClientWebSocketResponse:
        return await self.http.ws_connect(
            f"{self.ground.address}/web/socket?as={number}",
            headers={"Origin": self.ground.address, **headers},
            max_msg_size=0,
        )

    async def leave(self) -> None:
        if self.socket is not None:
            await self.socket.close()

    async def sent_away(self) -> int | None:
        """Read until the server closes; gives its code."""
        while not self.open_socket.closed:
            message = await self.open_socket.receive()
            if message.type is WSMsgType.TEXT:
                self.seen.append(json.loads(message.data))
        return self.open_socket.close_code

    @property
    def user(self) -> str:
        return str(self.welcome["person"]["id"])

    @property
    def open_socket(self) -> ClientWebSocketResponse:
        assert self.socket is not None
        return self.socket

    def new_id(self) -> str:
        return uuid4().hex

    async def send(self, **frame: Any) -> None:
        await self.open_socket.send_str(json.dumps(frame))

    async def say(self, text: str, *, thread: str = "", channel: str = "practice", **more: Any) -> str:
        """Send a message and wait for its ack; gives its id."""
        id = more.pop("id", None) or self.new_id()
        await self.send(type="message", id=id, channel=channel, thread=thread, text=text, **more)
        await self.until("ack", id=id)
        return str(id)

    async def start(self, words: str = "medium") -> str:
        """Start an interview and wait for its question; gives the thread."""
        known = set(self.rows())
        await self.say(f"/interview {words}")
        opening = await self.row(lambda row: "opens" in row and row["id"] not in known)
        await self.row(lambda row: row["thread"] == opening["opens"] and "Think aloud" in row["html"])
        return str(opening["opens"])

    async def press(self, row: Frame, action: str, **more: Any) -> Frame:
        id = more.pop("id", None) or self.new_id()
        await self.send(type="press", id=id, message=row["id"], action=action, **more)
        return await self.until("ack", id=id)

    async def edit(self, message: str, text: str | None) -> Frame:
        id = self.new_id()
        await self.send(type="edit", id=id, message=message, text=text)
        return await self.answer(id)

    async def answer(self, id: str) -> Frame:
        """The ack or refusal of a frame."""
        return await self._next(lambda frame: frame.get("id") == id and frame["type"] in ("ack", "refused"))

    async def history(self, channel: str, thread: str = "", before: str = "") -> Frame:
        id = self.new_id()
        await self.send(type="history", id=id, channel=channel, thread=thread, before=before)
        return await self._next(lambda frame: frame.get("id") == id and frame["type"] in ("history", "refused"))

    async def until(self, kind: str, **facts: Any) -> Frame:
        """The first frame of this type with these values, among those that came and come."""
        return await self._next(
            lambda frame: frame["type"] == kind and all(frame.get(name) == value for name, value in facts.items())
        )

    async def row(self, wanted: Callable[[Frame], Any]) -> Frame:
        """The first row so wanted, among those that came and come; as it stood then."""
        frame = await self._next(lambda frame: frame["type"] == "changes" and any(wanted(row) for row in frame["rows"]))
        return next(row for row in frame["rows"] if wanted(row))

    async def _next(self, wanted: Callable[[Frame], Any]) -> Frame:
        for frame in self.seen:
            if wanted(frame):
                return frame
        async with asyncio.timeout(20):
            while True:
                frame = json.loads(await self.open_socket.receive_str())
                self.seen.append(frame)
                if wanted(frame):
                    return frame

    def rows(self) -> dict[str, Frame]:
        """Every row that came, as it stands now."""
        return {row["id"]: row for frame in self.seen if frame["type"] == "changes" for row in frame["rows"]}

    @property
    def revision(self) -> int:
        """The last revision this page was told of."""
        told = [frame["revision"] for frame in self.seen if frame["type"] in ("welcome", "changes")]
        return int(max(told))
