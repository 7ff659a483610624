"""The contract of all adapters, held by the playground over its WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from adapters.room import DOWNLOAD
from adapters.web import build, places
from agent.pictures import picture_type
from bot.core import Core
from bot.ports import Platform
from storage.addresses import Person
from tests.adapters.contract import Contract
from tests.adapters.far import ANNA, BEN, Seen, Shared, plain
from tests.kill.client import PRACTICE, Frame, Page


class WebFar:
    """Two browsers that stay open, come what may."""

    def __init__(self) -> None:
        self.settings: Mapping[str, Any] = {}
        self._pages: dict[str, Page] = {}
        self._staying: list[asyncio.Task[None]] = []
        self._lives = 0
        self._numbers = count(1)
        self._last: tuple[Page, Frame] | None = None

    def build(self, core: Core) -> list[Platform]:
        return build(core)

    async def open(self, address: str) -> None:
        if not self._pages:
            for who in (ANNA, BEN):
                page = self._pages[who] = Page(address, secret=f"the browser of {who}".ljust(40, "."))
                self._staying.append(asyncio.create_task(page.stay()))
        # It may have found the new program before we look, so we count on from the life before.
        self._lives += 1
        for page in self._pages.values():
            await page.connected(self._lives)

    async def close(self) -> None:
        for task in self._staying:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def person(self, who: str) -> Person:
        return places.person(sha256(f"the browser of {who}".ljust(40, ".").encode()).hexdigest()[:32])

    async def command(self, who: str, words: str) -> None:
        await self._send(self._pages[who], type="message", channel=PRACTICE, thread="", text=f"/interview {words}")

    async def say(self, who: str, text: str, files: Sequence[Shared] = ()) -> str:
        page = self._pages[who]
        attached = [await self._attached(page, *file) for file in files]
        channel, thread = await self._newest(page)
        return await self._send(page, type="message", channel=channel, thread=thread, text=text, files=attached)

    async def _attached(self, page: Page, name: str, kind: str, content: bytes) -> Frame:
        """What the page makes of a file: a picture goes ahead, of all else the text comes along if it has one."""
        file: Frame = {"name": name, "size": len(content), "media_type": kind, "text": None}
        if picture_type(content):
            return file | {"upload": (await page.upload(f"upload-{next(self._numbers):05}", content))["upload"]}
        with suppress(UnicodeDecodeError):
            file["text"] = content.decode()
        return file

    async def edit(self, who: str, said: str, text: str | None) -> None:
        message = f"web:{self.person(who).user}:{said}"
        await self._send(self._pages[who], type="edit", message=message, text=text)

    async def press(self, who: str, label: str, values: Mapping[str, str] | None = None) -> None:
        await self._press(self._pages[who], *await self._find(who, label), values)

    async def button(self, who: str, label: str) -> Callable[[], Awaitable[None]]:
        row, choice = await self._find(who, label)

        async def press() -> None:
            await self._press(self._pages[who], row, choice, None)

        return press

    async def _find(self, who: str, label: str) -> tuple[Frame, Frame]:
        for row in reversed(await self._rows(who)):
            for choice in row["choices"]:
                if choice["label"] == label:
                    return row, choice
        raise AssertionError(f"no button {label!r}; {who} sees {await self.seen(who)}")

    async def _press(self, page: Page, row: Frame, choice: Frame, values: Mapping[str, str] | None) -> None:
        told = {"action": choice["action"], "value": choice["value"], "values": dict(values or {})}
        await self._send(page, type="press", message=row["id"], **told)

    async def again(self) -> None:
        assert self._last is not None
        page, frame = self._last
        await page.send(frame)
        await page.heard()

    async def seen(self, who: str) -> list[Seen]:
        return [
            Seen(plain(row["html"] or row.get("title", "")), tuple(choice["label"] for choice in row["choices"]))
            for row in await self._rows(who)
        ]

    async def documents(self, who: str) -> list[bytes]:
        rows = await self._rows(who)
        handed = [row["id"] for row in rows for choice in row["choices"] if choice["action"] == DOWNLOAD]
        found = [await self._pages[who].download(row) for row in handed]
        others = [await self._pages[other].download(row) for row in handed for other in self._pages if other != who]
        assert not any(status == 200 for status, _ in others), "somebody else may have it"
        assert all(status == 200 for status, _ in found)
        return [content for _, content in found]

    def pings(self) -> list[str]:
        return []

    async def _send(self, page: Page, **frame: Any) -> str:
        id = f"frame-{next(self._numbers):05}"
        await page.send({"id": id, **frame})
        self._last = page, page.outbox[id]
        await page.heard()
        return id

    async def _rows(self, who: str) -> list[Frame]:
        page = self._pages[who]
        rows: list[Frame] = []
        for channel in (PRACTICE, places.direct(self.person(who).user).channel):
            found = await page.history(channel=channel)
            threads = [row["opens"] for row in found if "opens" in row]
            rows += found + [row for thread in threads for row in await page.history(thread, channel)]
        return sorted(rows, key=lambda row: row["at"])

    async def _newest(self, page: Page) -> tuple[str, str]:
        """The channel and thread that was opened last, in the open or in the direct messages."""
        opened = [row for row in page.rows.values() if "opens" in row]
        newest = max(opened, key=lambda row: row["at"])
        return newest["channel"], newest["opens"]


@pytest.fixture
async def far() -> AsyncIterator[WebFar]:
    opened = WebFar()
    yield opened
    await opened.close()


class TestWeb(Contract):
    """The playground."""
