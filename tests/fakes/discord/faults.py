"""What can go wrong on the way to Discord and back, to be switched on for the requests that a test names."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from aiohttp import web


class Kind(StrEnum):
    """Where it goes wrong."""

    REFUSED = "Discord says no"
    RATED = "too many requests"
    BROKEN = "a server error"
    RESET = "the connection is reset before anything is done"
    CUT = "the answer ends in the middle"
    UNKNOWN = "it is done, and the connection breaks before the answer"
    GARBAGE = "the answer is not what it says it is"
    SLOW = "the answer takes until the gate opens"


@dataclass
class Fault:
    """One fault, met by the next `times` requests of this method whose path has this pattern in it.

    `via`: whether a 429 comes from Discord itself (else from a wall before it). `gate` holds a slow request.
    """

    kind: Kind
    status: int = 0
    code: int = 0
    message: str = ""
    retry_after: float = 0.05
    via: bool = True
    everywhere: bool = False
    method: str = ""
    path: str = ""
    times: int = 1
    met: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def concerns(self, method: str, path: str) -> bool:
        return self.met < self.times and self.method in ("", method) and re.search(self.path, path) is not None


def refused(status: int, code: int, message: str) -> Fault:
    return Fault(Kind.REFUSED, status, code, message)


def rated(retry_after: float = 0.05, *, via: bool = True, everywhere: bool = False) -> Fault:
    return Fault(Kind.RATED, 429, retry_after=retry_after, via=via, everywhere=everywhere)


def broken(status: int) -> Fault:
    return Fault(Kind.BROKEN, status)


RESET, CUT, UNKNOWN, GARBAGE = (Fault(kind) for kind in (Kind.RESET, Kind.CUT, Kind.UNKNOWN, Kind.GARBAGE))
SLOW = Fault(Kind.SLOW)

THREAD_GONE = refused(404, 10003, "Unknown Channel")
ARCHIVED = refused(400, 50083, "Thread is archived")
LOCKED = refused(403, 160005, "Thread is locked")
TOO_MANY_THREADS = refused(400, 160006, "Maximum number of active threads reached")
TOO_OLD_TO_EDIT = refused(429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later")
OPENING_TOO_FAST = refused(400, 40003, "You are opening direct messages too fast")
DM_CLOSED = refused(403, 50007, "Cannot send messages to this user")
TOO_LATE = refused(404, 10062, "Unknown interaction")
UNAUTHORIZED = refused(401, 0, "401: Unauthorized")


class Faults:
    """What is switched on."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, fault: Fault, method: str = "", path: str = "", *, times: int = 1) -> Fault:
        """Let the next requests of this method, whose path has this pattern in it, meet this fault."""
        planned = replace(fault, method=method, path=path, times=times, met=0, gate=asyncio.Event())
        self._planned.append(planned)
        return planned

    def clear(self) -> None:
        """Let everything go well again; what was held goes on."""
        for fault in self._planned:
            fault.gate.set()
        self._planned.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets."""
        for fault in self._planned:
            if fault.concerns(method, path):
                fault.met += 1
                return fault
        return None


def answer(fault: Fault) -> web.Response:
    """What Discord, or a wall before it, answers where nothing is done."""
    match fault.kind:
        case Kind.REFUSED:
            refusal = plain_json(fault.status, {"message": fault.message, "code": fault.code})
            if fault.code == OPENING_TOO_FAST.code:
                refusal.headers["Retry-After"] = str(fault.retry_after)
            return refusal
        case Kind.RATED if not fault.via:
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": str(fault.retry_after)})
        case Kind.RATED:
            body = {
                "message": "You are being rate limited.",
                "retry_after": fault.retry_after,
                "global": fault.everywhere,
            }
            headers = {
                "Via": "1.1 google",
                "Retry-After": str(max(1, round(fault.retry_after))),
                "X-RateLimit-Scope": "global" if fault.everywhere else "user",
            }
            if fault.everywhere:
                headers["X-RateLimit-Global"] = "true"
            response = plain_json(429, body)
            response.headers.update(headers)
            return response
        case Kind.GARBAGE:
            return web.Response(body=b'{"id": "12', content_type="application/json")
        case _:
            return web.Response(status=fault.status, text="upstream connect error", content_type="text/html")


def plain_json(status: int, body: object) -> web.Response:
    """An answer whose content type is exactly application/json, without which discord.py takes it for text."""
    if body is None:
        return web.Response(status=status)
    packed = json.dumps(body).encode()
    return web.Response(status=status, body=packed, headers={"Content-Type": "application/json"})


def reset(request: web.Request) -> None:
    """Break the connection so that the other side sees a reset."""
    if request.transport is None:
        return
    plug: Any = request.transport.get_extra_info("socket")
    if plug is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


async def cut(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send the head and half of the body, and break."""
    body = whole.body if isinstance(whole.body, bytes) else b"{}  "
    half = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    half.content_length = len(body) + 10
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half
