"""A page without a screen: keeps what is not acknowledged, connects again and again, and reads on where it stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp

T = TypeVar("T")
Frame = dict[str, Any]

SECRET = "the-same-person-in-every-run-of-this-test"
"""The cookie of the person, so that every id that the product makes is the same in every run."""
USER = sha256(SECRET.encode()).hexdigest()[:32]
AGAIN = 0.05
"""Seconds between two tries to connect."""
PRACTICE = "practice"


class Refused(AssertionError):
    """The server refused a frame."""


@dataclass
class Page:
    """An open page: the rows it has seen, by id, each as it stands now, and its frames that wait for their ack."""

    address: str
    secret: str = SECRET
    rows: dict[str, Frame] = field(default_factory=dict)
    outbox: dict[str, Frame] = field(default_factory=dict)
    revision: int = 0
    person: str = ""
    connections: int = 0
    refused: list[Frame] = field(default_factory=list)
    _http: aiohttp.ClientSession | None = None
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _histories: dict[str, list[Frame]] = field(default_factory=dict)

    @property
    def thread(self) -> str:
        """The thread of the interview."""
        return next((row["opens"] for row in self.rows.values() if "opens" in row), "")

    async def say(self, id: str, text: str, *, thread: str = "", files: Sequence[Frame] = ()) -> None:
        frame = {"type": "message", "id": id, "channel": PRACTICE, "thread": thread, "text": text}
        await self.send(frame | {"files": [*files]})

    async def upload(self, name: str, picture: bytes) -> Frame:
        """Send a picture until it arrives; gives the file of the message that will name it."""
        address = f"{self.address}/web/pictures/{name}"
        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                assert self._http is not None
                async with self._http.post(address, data=picture, headers={"Origin": self.address}) as answer:
                    if answer.status == 200:
                        return {"name": f"{name}.png", "size": len(picture), "upload": name}
            await asyncio.sleep(AGAIN)

    async def download(self, row: str) -> tuple[int, bytes]:
        """Fetch the file that a row hands over: the answer's status and body."""
        assert self._http is not None
        async with self._http.get(f"{self.address}/web/files/{quote(row, safe='')}") as answer:
            return answer.status, await answer.read()

    async def edit(self, id: str, message: str, text: str) -> None:
        await self.send({"type": "edit", "id": id, "message": f"web:{USER}:{message}", "text": text})

    async def press(self, id: str, row: Frame, action: str) -> None:
        choice = next(choice for choice in row["choices"] if choice["action"] == action)
        frame = {"type": "press", "id": id, "message": row["id"], "action": action, "value": choice["value"]}
        await self.send(frame)

    async def send(self, frame: Frame) -> None:
        """Send something that must arrive: kept until it is acknowledged."""
        self.outbox[frame["id"]] = frame
        await self._write(frame)

    async def row(self, wanted: Callable[[Frame], object]) -> Frame:
        """Wait for a row."""
        return await self.until(lambda: next((row for row in self.rows.values() if wanted(row)), None))

    async def heard(self) -> None:
        """Wait until everything that was sent is acknowledged."""
        await self.until(lambda: not self.outbox or None)

    async def connected(self, times: int) -> None:
        """Wait until there was a connection so many times."""
        await self.until(lambda: self.connections >= times or None)

    async def until(self, found: Callable[[], T | None]) -> T:
        """Wait until this gives something."""
        while True:
            if self.refused:
                raise Refused(str(self.refused))
            result = found()
            if result is not None:
                return result
            await self._news.wait()

    async def history(self, thread: str = "", channel: str = PRACTICE) -> list[Frame]:
        """The rows of a place, oldest first, as the server has them."""
        id = f"history-{thread or channel}"
        await self._write({"type": "history", "id": id, "channel": channel, "thread": thread})
        return await self.until(lambda: self._histories.pop(id, None))

    async def stay(self) -> None:
        """Connect, and connect again whenever the connection is lost, until cancelled."""
        cookies = {"talkpro_person": self.secret}
        async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as self._http:
            while True:
                with suppress(aiohttp.ClientError, ConnectionError):
                    await self._connect(self._http)
                self._socket = None
                await asyncio.sleep(AGAIN)

    async def _connect(self, http: aiohttp.ClientSession) -> None:
        headers = {"Origin": self.address}
        async with http.ws_connect(f"{self.address}/web/socket", headers=headers) as socket:
            await socket.send_json({"type": "hello", "since": self.revision, "person": self.person, "zone": "UTC"})
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                frame = json.loads(message.data)
                self._take(frame)
                if frame["type"] == "welcome":
                    self.connections += 1
                    self._socket = socket
                    for waiting in [*self.outbox.values()]:
                        await self._write(waiting)
                self._news.set()
                self._news = asyncio.Event()

    def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                assert self.person in ("", frame["person"]["id"])
                assert not self.person or not frame["fresh"], "the server has forgotten what this page has seen"
                self.person = frame["person"]["id"]
                self.revision = max(self.revision, frame["revision"])
            case "changes":
                self.revision = frame["revision"]
                self._keep(frame["rows"])
            case "history":
                self._histories[frame["id"]] = frame["rows"]
            case "ack":
                self.outbox.pop(frame["id"], None)
            case "refused":
                self.refused.append(frame)

    def _keep(self, rows: list[Frame]) -> None:
        for row in rows:
            known = self.rows.get(row["id"])
            if known is None or known["revision"] <= row["revision"]:
                self.rows[row["id"]] = row

    async def _write(self, frame: Frame) -> None:
        if self._socket is not None:
            with suppress(ConnectionError):
                await self._socket.send_json(frame)


@asynccontextmanager
async def page(address: str) -> AsyncIterator[Page]:
    """A page that stays open inside the block."""
    async with asyncio.TaskGroup() as group:
        opened = Page(address)
        staying = group.create_task(opened.stay())
        yield opened
        staying.cancel()
