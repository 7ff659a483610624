"""The gateway: sessions that identify, hear what happened, lose their connection and resume where they stopped."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from aiohttp import WSMsgType, web

from tests.fakes.discord import payloads
from tests.fakes.discord.faults import reset
from tests.fakes.discord.world import GUILDS, MESSAGE_CONTENT, Happened, Json, World

HEARTBEAT_MS = 41250


@dataclass(eq=False)
class Session:
    """One shard's session: what it was told so far, and the connection it has now."""

    id: str
    shard: tuple[int, int]
    intents: int
    log: list[Json] = field(default_factory=list)
    line: Line | None = None

    def hears(self, happened: Happened, app: int) -> Json | None:
        """The event as this session may see it; None when it is not for it."""
        number, shards = self.shard
        if number != ((happened.guild or 0) >> 22) % shards or (happened.intent and not self.intents & happened.intent):
            return None
        message = happened.message
        if message is None or self.intents & MESSAGE_CONTENT or message.channel.guild is None:
            return happened.data
        if message.author.id == app or any(user.id == app for user in message.mentions):
            return happened.data
        return payloads.blanked(happened.data)


class Line:
    """One connection; frames go out compressed when the client asked for that."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.request = request
        self._socket = socket
        self._deflate = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._queue: asyncio.Queue[Json] = asyncio.Queue()

    def send(self, frame: Json) -> None:
        self._queue.put_nowait(frame)

    async def write(self) -> None:
        """Write what is to be sent until the connection is gone."""
        while True:
            text = json.dumps(await self._queue.get())
            if self._deflate is None:
                await self._socket.send_str(text)
            else:
                packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                await self._socket.send_bytes(packed)

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)


class Gateway:
    """All sessions. What a test may switch: `copies` of each event, `held` events, `may_resume`."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.address = ""
        self.sessions: dict[str, Session] = {}
        self.identifies = 0
        self.resumes = 0
        self.heartbeats = 0
        self.copies = 1
        self.may_resume = True
        self.last: Happened | None = None
        self._held: list[Happened] | None = None
        self._numbers = count(1)
        world.tell.append(self.happen)

    @property
    def connected(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.line is not None]

    # What happens.

    def happen(self, happened: Happened) -> None:
        if self._held is not None:
            self._held.append(happened)
            return
        self.last = happened
        for session in self.sessions.values():
            data = session.hears(happened, self.world.app.id)
            if data is not None:
                for _ in range(self.copies):
                    self._send(session, happened.name, data)

    def _send(self, session: Session, name: str, data: Json) -> None:
        frame = {"op": 0, "t": name, "s": len(session.log) + 1, "d": data}
        session.log.append(frame)
        if session.line is not None:
            session.line.send(frame)

    def repeat(self) -> None:
        """Tell the last event once more."""
        assert self.last is not None
        self.happen(self.last)

    def hold(self) -> None:
        """Keep events back from now on."""
        self._held = []

    def release(self, order: Callable[[list[Happened]], list[Happened]] = list) -> None:
        """Send what was kept back, in this order."""
        held, self._held = self._held or [], None
        for happened in order(held):
            self.happen(happened)

    def drop(self) -> None:
        """Break every connection; the sessions may be resumed."""
        for session in self.connected:
            assert session.line is not None
            reset(session.line.request)
            session.line = None

    def ask_to_reconnect(self) -> None:
        """Operation 7."""
        for session in self.connected:
            assert session.line is not None
            session.line.send({"op": 7, "d": None, "s": None, "t": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Operation 9; unless it is resumable the session is forgotten, and what was not told with it."""
        for session in self.connected:
            assert session.line is not None
            session.line.send({"op": 9, "d": resumable, "s": None, "t": None})
            if not resumable:
                del self.sessions[session.id]

    def send_raw(self, name: str, data: object) -> None:
        """Send whatever this is to every session."""
        for session in self.sessions.values():
            self._send(session, name, data)  # type: ignore[arg-type]

    # The connection.

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        line = Line(socket, request)
        writing = asyncio.create_task(line.write())
        try:
            line.send({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": None, "t": None})
            async for message in socket:
                if message.type is WSMsgType.TEXT and not await self._receive(line, json.loads(message.data)):
                    break
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            for session in self.sessions.values():
                if session.line is line:
                    session.line = None
            self.world.changed()
        return socket

    async def _receive(self, line: Line, frame: Json) -> bool:
        match frame["op"]:
            case 1:
                self.heartbeats += 1
                line.send({"op": 11, "d": None, "s": None, "t": None})
            case 2:
                return await self._identify(line, frame["d"])
            case 6:
                self._resume(line, frame["d"])
        self.world.changed()
        return True

    async def _identify(self, line: Line, data: Json) -> bool:
        self.identifies += 1
        if data["token"] != self.token:
            await line.close(4004)
            return False
        intents: int = data["intents"]
        if intents & MESSAGE_CONTENT and not self.world.content_flag:
            await line.close(4014)
            return False
        number, shards = data.get("shard") or (0, 1)
        session = Session(f"session{next(self._numbers)}", (number, shards), intents, line=line)
        self.sessions[session.id] = session
        mine = [
            guild for guild in self.world.guilds.values() if guild.installed and (guild.id >> 22) % shards == number
        ]
        ready = {
            "v": 10,
            "user": payloads.me(self.world.app),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in mine],
            "session_id": session.id,
            "resume_gateway_url": self.address,
            "shard": [number, shards],
            "application": {"id": str(self.world.app.id), "flags": payloads.application(self.world)["flags"]},
        }
        self._send(session, "READY", ready)
        if intents & GUILDS:
            for guild in mine:
                self._send(session, "GUILD_CREATE", payloads.guild_create(self.world, guild))
        self.world.changed()
        return True

    def _resume(self, line: Line, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if session is None or not self.may_resume or data["token"] != self.token or data["seq"] is None:
            if session is not None:
                del self.sessions[session.id]
            line.send({"op": 9, "d": False, "s": None, "t": None})
            return
        self.resumes += 1
        for frame in session.log[data["seq"] :]:
            line.send(frame)
        session.line = line
        self._send(session, "RESUMED", {"_trace": []})
