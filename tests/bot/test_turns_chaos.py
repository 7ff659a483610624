"""Real processes, killed and frozen again and again: nothing is lost, nothing is doubled, nothing overtakes."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from storage import upkeep
from storage.database import Database
from tests.bot.chaos_worker import LEASE_SECONDS
from tests.bot.workers import stored, until

LANES = 8
TURNS = 6
"""In each lane; the next is sent when the last was taken, as a person does."""
ROOT = Path(__file__).parents[2]


class Platform:
    """A chat platform: it redelivers until acknowledged, knows its idempotency keys, and fails now and then."""

    def __init__(self) -> None:
        self._random = random.Random(20261122)
        self._lines: set[asyncio.StreamWriter] = set()
        self._accepted: set[str] = set()
        self._changed = asyncio.Event()
        self.thoughts: Counter[str] = Counter()
        self.visible: dict[int, list[str]] = defaultdict(list)
        self.repeats = 0
        self.buried: list[str] = []

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            while line := await reader.readline():
                self._take(json.loads(line), writer)
        except ConnectionResetError:
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    async def converse(self, lane: str) -> None:
        """Send a lane's events one after another, each several times and to everybody."""
        for number in range(TURNS):
            key = f"{lane}/{number}"
            deliveries = 0
            while key not in self._accepted or deliveries < 2:
                deliveries += 1
                for line in tuple(self._lines):
                    line.write(json.dumps({"event": key, "lane": lane}).encode() + b"\n")
                await self._change(0.5)

    async def shown(self, how_many: int) -> None:
        """Wait until so many posts are visible."""
        while sum(map(len, self.visible.values())) < how_many:
            await self._change(5)

    async def _change(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _take(self, message: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if "accepted" in message:
            self._accepted.add(message["accepted"])
        elif "thinking" in message:
            self.thoughts[message["thinking"]] += 1
        elif "buried" in message:
            self.buried.append(message["buried"])
        else:
            answer = self._post(message["post"], message["lane"])
            writer.write(json.dumps({"number": message["number"], "answer": answer}).encode() + b"\n")
        self._changed.set()
        self._changed = asyncio.Event()

    def _post(self, key: str, lane: int) -> str:
        mood = self._random.random()
        if mood < 0.03:
            return "later"
        if key in self.visible[lane]:
            self.repeats += 1
        else:
            self.visible[lane].append(key)
        return "broken" if mood < 0.06 else "ok"


class Herd:
    """Worker processes; one that is killed is born again."""

    def __init__(self, url: str, port: int, size: int) -> None:
        self._arguments = [url, str(port), "alone" if size == 1 else "among"]
        self._size = size
        self._workers: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        while len(self._workers) < self._size:
            module = [sys.executable, "-m", "tests.bot.chaos_worker"]
            self._workers.append(await asyncio.create_subprocess_exec(*module, *self._arguments, cwd=ROOT))

    async def kill(self) -> None:
        """End one as the power does, and start another."""
        victim = self._workers.pop(0)
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
        await self.start()

    async def freeze(self) -> None:
        """Hold one for longer than its lease."""
        self._workers[0].send_signal(signal.SIGSTOP)
        await asyncio.sleep(LEASE_SECONDS * 1.5)
        self._workers[0].send_signal(signal.SIGCONT)

    async def end(self) -> None:
        for worker in self._workers:
            worker.send_signal(signal.SIGKILL)
            await worker.wait()


@asynccontextmanager
async def herd(url: str, platform: Platform, size: int) -> AsyncIterator[Herd]:
    server = await asyncio.start_server(platform.connect, "127.0.0.1", 0)
    made = Herd(url, server.sockets[0].getsockname()[1], size)
    try:
        await made.start()
        yield made
    finally:
        await made.end()
        server.close()
        await server.wait_closed()


async def test_kills_and_freezes_lose_nothing_double_nothing_and_keep_the_order(database: Database) -> None:
    size = 1 if database.dialect == "sqlite" else 2
    platform = Platform()
    everything = LANES * TURNS * 2

    async def quiet() -> bool:
        return not await database.read(upkeep.busy)

    async with herd(database.url, platform, size) as workers, asyncio.TaskGroup() as group:
        for lane in range(LANES):
            group.create_task(platform.converse(f"interview:{lane}"))
        for share in (0.1, 0.3, 0.5, 0.7):
            await platform.shown(int(everything * share))
            if size > 1 and share == 0.5:
                await workers.freeze()
            else:
                await workers.kill()
        await platform.shown(everything)
        await until(quiet)

    keys = [f"interview:{lane}/{number}" for lane in range(LANES) for number in range(TURNS)]
    assert await stored(database) == sorted(keys)
    assert platform.buried == []
    assert sorted(platform.visible.values()) == sorted(
        [post for number in range(TURNS) for post in (f"interview:{lane}/{number} read", f"interview:{lane}/{number}")]
        for lane in range(LANES)
    )
    assert set(platform.thoughts) == set(keys)
    assert await database.read(upkeep.dead_letters) == []
