"""The jail: a fork server of our own Python, whose children lock themselves before they read a submission.

What the lock consists of stands in `inside/lock.py`. This side starts and ends children, keeps time, and caps what
it reads; it never parses what a candidate wrote as anything but JSON.
"""

from __future__ import annotations

import asyncio
import json
import math
import platform
import socket
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from agent.runner.report import Limits
from agent.runner.transcript import Call, End, Program, Transcript, lines

SERVER = Path(__file__).parent / "inside" / "server.py"
SYSTEM, MACHINES = "Linux", ("x86_64", "aarch64")

START = struct.Struct("=III")
END = struct.Struct("=I")
ENDED = struct.Struct("=Iiq")
"""The messages of the control socket, as `inside/server.py` has them."""

CHUNK = 1 << 16
START_SECONDS = 20.0
LOCK_SECONDS = 10.0
"""How long the system may take to start the server, and a child; slowness of ours is a fault, not a timeout."""

STOP_SECONDS = 5.0


class Broken(Exception):
    """The fork server does not start or has died; says why in technical words."""


def missing_here() -> str:
    """Say what the jail needs and this system is not; empty where it can run."""
    if platform.system() != SYSTEM:
        return f"needs {SYSTEM}, not {platform.system()}"
    if platform.machine() not in MACHINES or sys.maxsize < 1 << 32:
        return f"needs 64-bit {' or '.join(MACHINES)}, not {platform.machine()}"
    return ""


class Server:
    """One fork server: the process, and the control socket on which children are asked for and ended."""

    def __init__(self, process: Process, control: socket.socket) -> None:
        """Take over a process that was just started."""
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._ended: dict[int, asyncio.Future[tuple[int, int]]] = {}
        self._number = 0
        self.is_alive = True
        self.hello: dict[str, Any] = {}

    @classmethod
    async def start(cls, python: str) -> Server:
        """Start a server with this Python; raises Broken."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    *(python, "-I", "-S", "-B", str(SERVER)),
                    stdin=theirs.fileno(),
                    stdout=DEVNULL,
                    stderr=PIPE,
                    env={},
                    cwd="/",
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise Broken(f"{python} does not start: {error.strerror}") from error
        server = cls(process, ours)
        try:
            async with asyncio.timeout(START_SECONDS):
                hello = await server._loop.sock_recv(ours, CHUNK)
        except TimeoutError:
            hello = b""
        except asyncio.CancelledError:
            await server.stop()
            raise
        if not hello:
            raise Broken(f"the fork server does not start: {await server.stop()}")
        server.hello = json.loads(hello)
        server._loop.add_reader(ours, server._on_ended)
        return server

    def fork(self, channel: socket.socket, limits: Limits) -> int:
        """Ask for a child that speaks on `channel`; returns its number. Raises Broken."""
        self._number += 1
        cpu = math.ceil(limits.load_s + limits.total_s) + 1
        self._send(START.pack(self._number, limits.memory_mb, cpu), channel)
        return self._number

    async def end(self, number: int) -> int:
        """End a child and return its wait status, once no process of it is left; raises Broken."""
        self._ended[number] = waiting = self._loop.create_future()
        self._send(END.pack(number))
        status, _ = await waiting
        return int(status)

    async def stop(self) -> str:
        """End the server, with it all children, and return the last line of its complaints."""
        self._fail()
        self._control.close()
        complaint = b""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                assert self._process.stderr is not None  # noqa: S101
                complaint = await self._process.stderr.read(CHUNK)
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        return complaint.decode(errors="replace").strip().rpartition("\n")[2] or "no answer"

    def _send(self, message: bytes, channel: socket.socket | None = None) -> None:
        if not self.is_alive:
            raise Broken("the fork server is gone")
        try:
            socket.send_fds(self._control, [message], [channel.fileno()] if channel else [])
        except OSError as error:
            self._fail()
            raise Broken(f"the fork server is gone: {error.strerror}") from error

    def _on_ended(self) -> None:
        try:
            message = self._control.recv(ENDED.size)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._fail()
            return
        number, status, held = ENDED.unpack(message)
        waiting = self._ended.pop(number, None)
        if waiting is not None and not waiting.done():
            waiting.set_result((status, held))

    def _fail(self) -> None:
        """From now on nothing answers: whoever waits is told so."""
        if self.is_alive:
            self.is_alive = False
            self._loop.remove_reader(self._control)
        for waiting in self._ended.values():
            if not waiting.done():
                waiting.set_exception(Broken("the fork server is gone"))
        self._ended.clear()


class Jail:
    """Runs submissions in children of a fork server, which is started again when it has died."""

    name = "jail"
    version = "1"
    is_near = True

    def __init__(self, python: str) -> None:
        """Use this Python."""
        self._python = python
        self._server: Server | None = None
        self._starting = asyncio.Lock()

    @property
    def python_version(self) -> str:
        """The version of the Python inside."""
        return str(self._server.hello["python"]) if self._server else ""

    @property
    def landlock(self) -> int:
        """The version of Landlock that stands behind the filter; 0 for none."""
        return int(self._server.hello["landlock"]) if self._server else 0

    async def start(self) -> Server:
        """Return a server that lives; raises Broken."""
        async with self._starting:
            if self._server is None or not self._server.is_alive:
                await self.stop()
                self._server = await Server.start(self._python)
            return self._server

    async def stop(self) -> None:
        """Leave no process behind."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop()

    async def execute(self, program: Program, calls: Sequence[Call], limits: Limits, seconds: float) -> Transcript:
        """Run one child until it is done, dead, silent for too long, or out of time; it has `seconds` in all.

        When the server died under it, a second one gets a try.
        """
        transcript = await self._once(program, calls, limits, seconds)
        if transcript.end is End.FAULT:
            transcript = await self._once(program, calls, limits, seconds)
        return transcript

    async def _once(self, program: Program, calls: Sequence[Call], limits: Limits, seconds: float) -> Transcript:
        transcript = Transcript(limits, calls, begun=asyncio.get_running_loop().time())
        try:
            server = await self.start()
            async with _child(server, limits) as channel, asyncio.TaskGroup() as group:
                examples_over = asyncio.Event()
                feeding = group.create_task(_feed(channel, program, transcript, examples_over))
                await _listen(channel, transcript, seconds, examples_over)
                feeding.cancel()
                transcript.spent = asyncio.get_running_loop().time() - transcript.begun
        except Broken as error:
            transcript.end, transcript.reason = End.FAULT, str(error)
        return transcript


@asynccontextmanager
async def _child(server: Server, limits: Limits) -> AsyncIterator[socket.socket]:
    """Give the channel to a new child, which is gone when the block is left."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        with theirs:
            number = server.fork(theirs, limits)
        try:
            yield ours
        finally:
            await server.end(number)


async def _feed(channel: socket.socket, program: Program, transcript: Transcript, examples_over: asyncio.Event) -> None:
    """Hand in the submission and the examples; hidden arguments only when the examples can print no more."""
    examples = [call for call in transcript.calls if call.shown]
    hidden = [call for call in transcript.calls if not call.shown]
    loop = asyncio.get_running_loop()
    with suppress(ConnectionError):
        transcript.hand_in(examples)
        messages = [program.message(transcript.limits), *(call.message() for call in examples)]
        await loop.sock_sendall(channel, lines(messages))
        await examples_over.wait()
        transcript.hand_in(hidden)
        await loop.sock_sendall(channel, lines([call.message() for call in hidden]))


async def _listen(channel: socket.socket, transcript: Transcript, seconds: float, examples_over: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    while transcript.end is None:
        due = min(transcript.due, transcript.begun + seconds) if transcript.locked else transcript.begun + LOCK_SECONDS
        data = b""
        try:
            async with asyncio.timeout_at(due):
                data = await loop.sock_recv(channel, CHUNK)
        except TimeoutError:
            transcript.end = End.TIMEOUT if transcript.locked else End.FAULT
            return
        except ConnectionError:
            pass  # it died with our lines unread
        if not data:
            transcript.end = End.KILLED if transcript.locked else End.FAULT
            return
        transcript.feed(data, loop.time())
        if transcript.is_shown_done:
            examples_over.set()
