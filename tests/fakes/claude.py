"""A Messages server on loopback that does as it is told: it replies, fails in every known way, and counts tokens.

What is read from its cache and written to it follows the documented rules, by the blocks that carry a marker.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate
from typing import Any

from aiohttp import web

from tests.fakes.request_lint import SMALLEST_CACHED, problems, texts

Request = Mapping[str, Any]
Text = str | Callable[[Request], str]

PER_TOKEN = 4
"""Characters of a token, about."""
IMAGE_TOKENS = 1500
LOOK_BACK = 20
"""So many blocks before a marker are looked at for an entry."""
SECONDS = {"5m": 300.0, "1h": 3600.0}


class Then(StrEnum):
    """What happens after the text."""

    STOP = "stop"
    NO_STOP = "the body ends without a stop"
    ERROR = "an error inside the stream"
    CUT = "the connection breaks"
    SILENCE = "nothing more comes"
    GARBAGE = "an event that is no JSON"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the server does with one request.

    `status` other than 200 fails before the stream with an error of this `type`; `body` is sent instead of a stream;
    `first` and `pace` are the seconds before the first piece of text and between two, `piece` its characters; `midway`
    is waited for in the middle of the text.
    """

    text: Text = ""
    status: int = 200
    type: str = ""
    retry_after: str | None = None
    body: str | None = None
    unsaid: bool = False
    first: float = 0.0
    pace: float = 0.0
    piece: int = 16
    midway: Callable[[], Awaitable[object]] | None = None
    stop: str = "end_turn"
    then: Then = Then.STOP


def says(text: Text, **how: Any) -> Act:
    return Act(text=text, **how)


def fails(status: int, kind: str, retry_after: str | None = None) -> Act:
    return Act(status=status, type=kind, retry_after=retry_after)


def rate_limited(retry_after: str | None = None) -> Act:
    return fails(429, "rate_limit_error", retry_after)


def overloaded() -> Act:
    return fails(529, "overloaded_error")


def hangs_up() -> Act:
    """The connection breaks before the first byte."""
    return Act(unsaid=True)


def garbage(body: str) -> Act:
    return Act(body=body)


def refuses(text: Text = "") -> Act:
    return Act(text=text, stop="refusal")


def runs_out(text: Text) -> Act:
    return Act(text=text, stop="max_tokens")


@dataclass
class Ledger:
    """Counts tokens, and what of them is read from the cache or written to it."""

    now: Callable[[], float] = time.monotonic
    kept: dict[str, tuple[float, float]] = field(default_factory=dict)
    """The entries: when each expires, and for how long a use keeps it."""

    def account(self, request: Request) -> dict[str, Any]:
        """Account for a request, keep what it marks, and return its usage without the output."""
        blocks = list(_blocks(request))
        sizes = list(accumulate(tokens for _, tokens, _ in blocks))
        names = list(accumulate((text for text, _, _ in blocks), _named, initial=_head(request)))[1:]
        marks = [(at, ttl) for at, (_, _, ttl) in enumerate(blocks) if ttl and sizes[at] >= SMALLEST_CACHED]
        now = self.now()
        hit = max((found for at, _ in marks if (found := self._found(names, at, now)) is not None), default=-1)
        if hit >= 0:
            self.kept[names[hit]] = (now + self.kept[names[hit]][1], self.kept[names[hit]][1])
        for at, ttl in marks:
            self.kept[names[at]] = (now + SECONDS[ttl], SECONDS[ttl])
        total, read = sizes[-1], sizes[hit] if hit >= 0 else 0
        written = {"1h": 0, "5m": 0}
        done = read
        for at, ttl in marks:
            if sizes[at] > done:
                written[ttl] += sizes[at] - done
                done = sizes[at]
        return {
            "input_tokens": total - done,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": sum(written.values()),
            "cache_creation": {
                "ephemeral_5m_input_tokens": written["5m"],
                "ephemeral_1h_input_tokens": written["1h"],
            },
        }

    def _found(self, names: list[str], mark: int, now: float) -> int | None:
        for at in range(mark, max(-1, mark - LOOK_BACK - 1), -1):
            if names[at] in self.kept and self.kept[names[at]][0] > now:
                return at
        return None


def tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // PER_TOKEN)


def told(request: Request) -> dict[str, Any]:
    """The JSON object of the last message."""
    found: dict[str, Any] = json.loads(texts(request["messages"][-1])[-1])
    return found


class ClaudeServer:
    """The far end of all calls. `acts` are played one request each, then `always`."""

    def __init__(self, *, generic: bool = False) -> None:
        self.generic = generic
        self.acts: deque[Act] = deque()
        self.always: Act = overloaded()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.usages: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.private: set[str] = set()
        self.said: set[str] = set()
        self.ledger = Ledger()
        self.address = ""
        self.left = asyncio.Event()
        """Set when a client went away in the middle of a reply."""
        self.first_sent: dict[str, float] = {}
        """When the first piece of text was sent, by the candidate's answer."""

    def will(self, *acts: Act) -> None:
        """Play these for the next requests."""
        self.acts.extend(acts)

    @property
    def models(self) -> list[str]:
        """The models that were asked for, in order."""
        return [request["model"] for request in self.requests]

    async def messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        self.problems += problems(body, generic=self.generic, private=self.private, said=self.said)
        act = self.acts.popleft() if self.acts else self.always
        if act.unsaid:
            _hang_up(request)
            return web.Response()
        if act.status != 200:
            headers = {} if act.retry_after is None else {"retry-after": act.retry_after}
            return web.json_response(_error(act), status=act.status, headers=headers)
        if act.body is not None:
            return web.Response(text=act.body, content_type="text/event-stream")
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        try:
            await self._stream(request, response, body, act)
        except ConnectionResetError:
            self.left.set()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return response

    async def sent(self, request: web.Request) -> web.Response:
        """When the first pieces were sent, and what was wrong with requests, for who runs this in another process."""
        return web.json_response({"first": self.first_sent, "problems": self.problems})

    async def _stream(self, request: web.Request, response: web.StreamResponse, body: dict[str, Any], act: Act) -> None:
        text = act.text if isinstance(act.text, str) else act.text(body)
        usage = self.ledger.account(body)
        await _send(response, "message_start", message=_message(body["model"], usage))
        await _send(response, "content_block_start", index=0, content_block={"type": "text", "text": ""})
        await _send(response, "ping")
        await asyncio.sleep(act.first)
        for at in range(0, len(text), act.piece):
            if at == 0:
                self.first_sent[str(told(body).get("candidate_answer", ""))] = time.perf_counter()
            elif act.pace:
                await asyncio.sleep(act.pace)
            if act.midway is not None and at <= len(text) // 2 < at + act.piece:
                await act.midway()
            piece = {"type": "text_delta", "text": text[at : at + act.piece]}
            await _send(response, "content_block_delta", index=0, delta=piece)
        match act.then:
            case Then.ERROR:
                await _send(response, "error", **_error(act))
            case Then.CUT:
                _hang_up(request)
            case Then.SILENCE:
                await asyncio.Event().wait()
            case Then.GARBAGE:
                await response.write(b"event: content_block_delta\ndata: {broken\n\n")
            case Then.STOP:
                used = {"output_tokens": tokens(text)}
                self.usages.append(usage | used)
                await _send(response, "content_block_stop", index=0)
                details = {"type": "refusal", "category": "cyber"} if act.stop == "refusal" else None
                delta: dict[str, Any] = {"stop_reason": act.stop, "stop_sequence": None, "stop_details": details}
                await _send(response, "message_delta", delta=delta, usage=used)
                await _send(response, "message_stop")
            case Then.NO_STOP:
                pass
        if act.then is not Then.CUT:
            await response.write_eof()


@asynccontextmanager
async def serving(*, generic: bool = False) -> AsyncIterator[ClaudeServer]:
    """A running server; when the block ends, no request may have had a fault."""
    server = ClaudeServer(generic=generic)
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_post("/v1/messages", server.messages)
    app.router.add_get("/sent", server.sent)
    # Without this a request whose client has gone away would go on to its end.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        server.address = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()
    assert not server.problems, "\n".join(dict.fromkeys(server.problems))


def judgement(**changes: Any) -> str:
    """A reply as the schema wants it, in its order."""
    whole: dict[str, Any] = {
        "feedback": "You name the right idea.",
        "points": [],
        "correctness": 5,
        "clarity": 6,
        "depth": 4,
        "follow_up_points": [],
        "follow_up": "",
    }
    return json.dumps(whole | changes, ensure_ascii=False)


def point(id: str, verdict: str = "hit", quote: str = "") -> dict[str, str]:
    return {"id": id, "verdict": verdict, "quote": quote}


def slowly(act: Act, pace: float) -> Act:
    """The same, a few letters at a time."""
    return replace(act, pace=pace, piece=4)


def _error(act: Act) -> dict[str, Any]:
    return {"type": "error", "error": {"type": act.type or "api_error", "message": "scripted"}}


def _message(model: str, usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }


async def _send(response: web.StreamResponse, event: str, **data: Any) -> None:
    line = json.dumps({"type": event, **data}, ensure_ascii=True)
    await response.write(f"event: {event}\ndata: {line}\n\n".encode())


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def _blocks(request: Request) -> Iterator[tuple[str, int, str | None]]:
    """Every block in the order in which it is read: its content, its tokens, for how long it is marked to be kept."""
    schema = json.dumps(request.get("output_config", {}).get("format", {}))
    system = request["system"]
    parts = [{"type": "text", "text": system}] if isinstance(system, str) else list(system)
    for at, block in enumerate(parts):
        yield _block("system", block, extra=tokens(schema) if at == 0 and len(schema) > 2 else 0)
    for message in request["messages"]:
        content = message["content"]
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            yield _block(message["role"], block)


def _block(role: str, block: Mapping[str, Any], extra: int = 0) -> tuple[str, int, str | None]:
    marker = block.get("cache_control")
    content = {name: value for name, value in block.items() if name != "cache_control"}
    size = tokens(block["text"]) if block["type"] == "text" else IMAGE_TOKENS
    return f"{role}:{json.dumps(content)}", size + extra, None if marker is None else marker.get("ttl", "5m")


def _head(request: Request) -> str:
    """What changes everything that follows: the model, and the schema, which the server puts before the rest."""
    return json.dumps([request["model"], request.get("output_config", {}).get("format"), request.get("thinking")])


def _named(before: str, content: str) -> str:
    return hashlib.sha256(f"{before}\n{content}".encode()).hexdigest()
