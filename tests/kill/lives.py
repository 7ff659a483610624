"""The program's lives: started, killed, started again, always at the same address, as a page expects it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from tests.kill import doomed
from tests.nursery import nursery

LEASE_SECONDS = "1"
"""On PostgreSQL what a process had in hand when it died waits for this long."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass
class Program:
    """One installation of the program: a database, a port, and the process that runs there now.

    `told` are settings beyond those that every life needs.
    """

    folder: Path
    database: str
    told: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    deaths: int = 0
    _death: str = doomed.NEVER
    _process: ForkServerProcess | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_doomed(self) -> bool:
        """Whether the present life has its end before it."""
        return self._death != doomed.NEVER

    @property
    def crossings(self) -> list[str]:
        """Every boundary that was crossed, in all lives."""
        return (self.folder / "crossings").read_text().splitlines()

    @property
    def faults(self) -> list[str]:
        """What was printed in all lives and is no good news: errors, tracebacks."""
        fine = ("TalkPro is at ", '"level": "info"', '"level": "warning"')
        return [line for line in self.log.splitlines() if not any(sign in line for sign in fine)]

    @property
    def log(self) -> str:
        """What was printed in all lives."""
        return (self.folder / "log").read_text()

    def start(self, death: str = doomed.NEVER) -> None:
        """Begin a life that ends at this boundary."""
        self._death = death
        self._process = nursery().Process(target=doomed.live, args=(self._settings(), str(self.folder / "log")))
        self._process.start()

    def bar(self, boundary: str) -> None:
        """Let it wait before this boundary until the way is cleared."""
        (self.folder / boundary).touch()

    def clear(self, boundary: str) -> None:
        """Let it cross this boundary again."""
        (self.folder / boundary).unlink()

    async def answers(self) -> None:
        """Wait until it listens."""
        while True:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return await writer.wait_closed()
            await asyncio.sleep(0.02)

    async def end(self) -> int:
        """Wait until this life has ended; gives the exit status, or minus the signal that ended it."""
        assert self._process is not None
        process, ended = self._process, asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(process.sentinel)
        process.join()
        self._process = None
        status = process.exitcode
        assert status is not None
        self.deaths += status == -signal.SIGKILL
        return status

    async def stop(self) -> int:
        """Tell it to stop, and wait until it has; gives the exit status."""
        assert self._process is not None
        self._process.terminate()
        return await self.end()

    def strike(self) -> None:
        """Kill it, and do not wait for its end."""
        if self._process is not None:
            self._process.kill()

    async def kill(self) -> None:
        """End it here and now, if it lives."""
        if self._process is not None:
            self._process.kill()
            await self.end()

    def _settings(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database,
            "TALKPRO_DATA": str(self.folder),
            "TALKPRO_HTTP_PORT": str(self.port),
            "TALKPRO_LEASE_SECONDS": LEASE_SECONDS,
            doomed.DEATH: self._death,
            doomed.CROSSINGS: str(self.folder / "crossings"),
            doomed.BARRIERS: str(self.folder),
            **self.told,
        }


@asynccontextmanager
async def program(folder: Path, database: str, **told: str) -> AsyncIterator[Program]:
    """An installation that nothing is left of when the block ends."""
    made = Program(folder, database, told)
    try:
        yield made
    finally:
        await made.kill()
