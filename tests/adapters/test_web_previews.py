"""What is written bit by bit only ever grows on the page, however slow the database is in telling the news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from storage.addresses import Place
from storage.database import Database
from tests.adapters.playground import Page, playground

HERE = Place("web", "local", "practice")
LATER = "web:coach:later"


class Slow(Database):
    """A database that tells the news only when it may."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._may, self._asked = asyncio.Semaphore(1000), asyncio.Event()

    async def read(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if work.__name__ == "_news":
            self._asked.set()
            await self._may.acquire()
        return await super().read(work, *args, **kwargs)

    async def withhold(self) -> None:
        """Tell no more news."""
        while not self._may.locked():
            await self._may.acquire()
        self._asked.clear()

    async def asked_for(self) -> None:
        """Wait until somebody waits for news."""
        await self._asked.wait()
        self._asked.clear()

    def tell(self, times: int = 1) -> None:
        """Tell the news as often as this."""
        for _ in range(times):
            self._may.release()


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Slow]:
    opened = await Slow.open(migrated_sqlite_url)
    assert isinstance(opened, Slow)
    yield opened
    await opened.close()


def shown(page: Page) -> list[tuple[str, bool]]:
    """Every state of the message that the page was told of, oldest first: its text, and whether it is live."""
    told = [row for frame in page.seen for row in frame.get("rows", [frame]) if row.get("id") == LATER]
    return [(row["html"], row["live"]) for row in told]


async def test_the_page_never_falls_back_behind_what_the_news_have_told(database: Slow) -> None:
    async with playground(database, answers=False) as ground, ground.page() as page:
        await page.enter()
        room = ground.platform.at(HERE)
        await database.withhold()
        async with room.stream(key="later") as stream:
            await stream.write("one")
            await database.asked_for()
            await stream.write(" two")
            await room.say("Something else")
            database.tell()
            await database.asked_for()  # with "one two" on its way
            await stream.write(" three")
        assert stream.spoken is not None
        await room.edit(stream.spoken, "one two three four")
        database.tell(5)
        await room.say("The end")
        await page.row(lambda row: row["html"] == "<p>The end</p>\n")
    assert shown(page)[-1] == ("<p>one two three four</p>\n", False)
    assert sorted(shown(page), key=lambda state: len(state[0])) == shown(page)
    assert len(shown(page)) >= 2
