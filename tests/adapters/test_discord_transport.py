"""The temper of the wire: windows, lanes, and when it stops calling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.discord import transport
from adapters.discord.transport import Refused, TooFast, Window, Wire
from adapters.discord.writing import written
from bot.logs import make_log
from bot.ports import Spoken, Unreachable
from storage.addresses import Place
from tests.adapters.discord_house import House, house_at
from tests.fakes.discord import Discord, far_end
from tests.fakes.discord.faults import refused


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def one_house(url: str, folder: Path) -> AsyncIterator[tuple[Discord, House]]:
    async with far_end() as far:
        far.lobby(far.member("Anna"))
        async with house_at(far, url, folder) as house:
            yield far, house


def test_a_window_lets_so_many_through_and_then_says_how_long_to_wait() -> None:
    clock = Clock()
    window = Window(10.0, clock)
    for _ in range(3):
        assert window.wait(3) == 0
        window.add()
        clock.time += 1
    assert window.wait(3) == pytest.approx(7)
    assert window.wait(4) == 0
    clock.time += 7
    assert window.wait(3) == 0


async def test_direct_messages_are_opened_slowly() -> None:
    clock = Clock()
    wire = Wire(make_log("error"), clock)
    for _ in range(transport.OPENINGS):
        await wire.opening()
    with pytest.raises(TooFast) as fast:
        await wire.opening()
    assert 0 < fast.value.retry_after <= transport.OPENING_SECONDS
    clock.time += transport.OPENING_SECONDS
    await wire.opening()


async def test_a_flood_of_refusals_ends_our_calls_for_a_while(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with one_house(migrated_sqlite_url, tmp_path) as (far, house):
        far.faults.plan(refused(403, 50001, "Missing Access"), "GET", "/users/", times=1)
        with pytest.raises(Refused):
            await house.platform.wire.call("GET", "/users/{user_id}", user_id="1")
        for _ in range(transport.MOST_REFUSALS):
            house.platform.wire._refusals.add()
        before = len(far.exchanges)
        with pytest.raises(transport.Paused):
            await house.platform.wire.call("GET", "/users/{user_id}", user_id="1")
        assert len(far.exchanges) == before


class Board:
    """Where a message is written: its versions, in order."""

    def __init__(self) -> None:
        self.versions: list[str] = []
        self.refuses = self.asked = False
        self.place = Place("discord", "1", "2")

    async def post(self, text: str) -> Spoken:
        self.asked = True
        if self.refuses:
            raise Unreachable("no")
        self.versions.append(text)
        return Spoken(self.place, "3", datetime(2026, 1, 1, tzinfo=UTC))

    async def change(self, spoken: Spoken, text: str) -> None:
        self.versions.append(text)


async def test_what_is_written_quickly_is_shown_once_and_whole() -> None:
    board = Board()
    async with written(board.post, board.change) as writing:
        for number in range(20):
            await writing.write(f"{number} ")
    assert board.versions == [" ".join(map(str, range(20))) + " "]


async def test_a_refused_message_tells_its_writer() -> None:
    board = Board()
    board.refuses = True
    async with written(board.post, board.change) as writing:
        await writing.write("a")
        async with asyncio.timeout(10):
            while not board.asked:  # noqa: ASYNC110 - nobody tells when it was asked
                await asyncio.sleep(0.01)
        with pytest.raises(Unreachable):
            await writing.write("b")
    assert board.versions == []
