"""How Slack brings things to the app: by Socket Mode to one of several connections, or by signed HTTP requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp
from aiohttp import WSMsgType, web

Kind = Literal["events_api", "slash_commands", "interactive"]


class NotAcknowledged(Exception):
    """No acknowledgement came in time, or the connection was lost before it."""


@dataclass
class Delivery:
    """Something that is brought to the app: `attempts` so far, what each came to, and the body of the ack."""

    kind: Kind
    payload: dict[str, Any]
    outcomes: list[str] = field(default_factory=list)
    body: dict[str, Any] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> bool:
        return "ack" in self.outcomes


@dataclass
class Connection:
    """One open WebSocket of the app's."""

    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    envelopes: list[str] = field(default_factory=list)


@dataclass
class Http:
    """Where signed requests go to. A test may spoil what is sent by `spoil`, given headers and body."""

    url: str
    secret: str


def signed(body: bytes, secret: str, *, at: float | None = None) -> dict[str, str]:
    """The headers of a request with this body."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(kind: Kind, payload: Mapping[str, Any]) -> tuple[bytes, str]:
    """The body of a signed request, and its type."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form, errors="replace").encode(), "application/x-www-form-urlencoded"


class Post:
    """Brings each delivery to the app, and an event again and again until it is acknowledged.

    `patience`: seconds in which an ack must come. `rests`: seconds before the second, third and fourth attempt, which
    is the last.
    `choose` picks one of the open connections.
    """

    def __init__(self, news: Callable[[], None]) -> None:
        self.http: Http | None = None
        self.patience = 3.0
        self.rests: tuple[float, ...] = (0.0, 0.2, 1.0)
        self.connections: list[Connection] = []
        self.deliveries: list[Delivery] = []
        self.opened = 0
        self._turn: Iterator[int] = itertools.count()
        self.choose: Callable[[list[Connection]], Connection] = self._next
        self._arrived = asyncio.Event()
        self._news = news
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def _next(self, connections: list[Connection]) -> Connection:
        return connections[next(self._turn) % len(connections)]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in [*self.connections]:
            await connection.socket.close()
        if self._session is not None:
            await self._session.close()

    def send(self, kind: Kind, payload: dict[str, Any]) -> Delivery:
        """Begin to deliver."""
        delivery = Delivery(kind, payload)
        self.deliveries.append(delivery)
        self._start(self._deliver(delivery))
        return delivery

    def send_again(self, delivery: Delivery) -> Delivery:
        """Deliver the same payload once more, as Slack does when the ack was lost on its way."""
        again = Delivery(delivery.kind, delivery.payload, outcomes=["lost"])
        self.deliveries.append(again)
        self._start(self._deliver(again))
        return again

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is on its way."""
        for delivery in [*self.deliveries]:
            await delivery.done.wait()

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            while not delivery.acknowledged and len(delivery.outcomes) <= len(self.rests):
                if delivery.outcomes:
                    await asyncio.sleep(self.rests[len(delivery.outcomes) - 1])
                try:
                    delivery.body = await self._attempt(delivery)
                    delivery.outcomes.append("ack")
                except NotAcknowledged as why:
                    delivery.outcomes.append(str(why))
                    if delivery.kind != "events_api" or str(why) == "no retry":
                        break
                self._news()
        finally:
            delivery.done.set()
            self._news()

    async def _attempt(self, delivery: Delivery) -> dict[str, Any]:
        if self.http is not None:
            return await self._by_http(delivery, self.http)
        return await self._by_socket(delivery)

    async def _by_socket(self, delivery: Delivery) -> dict[str, Any]:
        if not self.connections and delivery.kind != "events_api":
            raise NotAcknowledged("nobody there")
        while not self.connections:
            await self._arrived.wait()
        connection = self.choose(self.connections)
        envelope = str(uuid4())
        frame: dict[str, Any] = {
            "envelope_id": envelope,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            frame |= {"retry_attempt": len(delivery.outcomes), "retry_reason": "timeout" * bool(delivery.outcomes)}
        answer = connection.waiting[envelope] = asyncio.get_running_loop().create_future()
        connection.envelopes.append(envelope)
        try:
            await connection.socket.send_json(frame)
            async with asyncio.timeout(self.patience):
                return await answer
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        except (ConnectionError, aiohttp.ClientError):
            raise NotAcknowledged("connection lost") from None
        finally:
            connection.waiting.pop(envelope, None)

    async def _by_http(self, delivery: Delivery, http: Http) -> dict[str, Any]:
        body, kind = encoded(delivery.kind, delivery.payload)
        headers = {"Content-Type": kind, **signed(body, http.secret)}
        if delivery.outcomes:
            headers |= {"X-Slack-Retry-Num": str(len(delivery.outcomes)), "X-Slack-Retry-Reason": "http_timeout"}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.patience))
        try:
            async with self._session.post(http.url, data=body, headers=headers) as answer:
                text = await answer.text()
                if answer.status != 200:
                    no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                    raise NotAcknowledged("no retry" if no_retry else f"status {answer.status}")
                return _json(text)
        except (aiohttp.ClientError, TimeoutError):
            raise NotAcknowledged("http_timeout") from None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection of the app's, until it is closed."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        connection = Connection(socket)
        self.opened += 1
        hello = {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": "A0TALKPRO"},
            "debug_info": {"host": "applink-0", "approximate_connection_time": 18060},
        }
        await socket.send_json(hello)
        self.connections.append(connection)
        self._arrived.set()
        self._news()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(connection, message.data)
        finally:
            self._lost(connection)
        return socket

    def _acknowledged(self, connection: Connection, text: str) -> None:
        frame = _json(text)
        # An ack may come on another connection than its envelope went out on: the client answers on the newest.
        for one in (connection, *self.connections):
            answer = one.waiting.get(frame.get("envelope_id", ""))
            if answer is not None and not answer.done():
                answer.set_result(frame.get("payload") or {})
                return

    def _lost(self, connection: Connection) -> None:
        self.connections.remove(connection)
        if not self.connections:
            self._arrived.clear()
        for answer in connection.waiting.values():
            if not answer.done():
                answer.set_exception(NotAcknowledged("connection lost"))
        self._news()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to be opened anew, as Slack does every few hours, and close the old ones."""
        for connection in [*self.connections]:
            await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "a"}})

    def cut(self) -> None:
        """Break every connection without a word."""
        for connection in [*self.connections]:
            transport = connection.socket._req.transport if connection.socket._req is not None else None
            if transport is not None:
                transport.abort()


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text} if text.strip() else {}
    return found if isinstance(found, dict) else {}
