"""Signed requests: whatever is not Slack's is refused before anything reads it."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier
from structlog.typing import FilteringBoundLogger

from adapters.slack.events import is_sound
from adapters.slack.manifest import REQUESTS

LARGEST = 1024 * 1024
"""Bytes of a request; Slack's are far smaller."""
SEEN_SECONDS = 310
"""How long a signature is remembered: a little longer than it is valid."""


class Door:
    """Takes Slack's requests at one address: events, commands, presses and forms."""

    def __init__(
        self, app: AsyncApp, signing_secret: str, log: FilteringBoundLogger, clock: Callable[[], float]
    ) -> None:
        """Let in what is signed with this secret, which is not empty; `clock` is the time of day in seconds."""
        if not signing_secret:
            raise ValueError("an empty signing secret lets everybody in")
        self._app = app
        self._verifier = SignatureVerifier(signing_secret, _Clock(clock))
        self._log = log
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    def mount(self, http: web.Application) -> None:
        """Add the address."""
        http.router.add_post(REQUESTS, self.take)

    async def take(self, request: web.Request) -> web.Response:
        """Verify, then read, then let bolt acknowledge what was made durable."""
        raw = await _body(request)
        if raw is None:
            return self._no(413, "too large")
        stamp, signature = (request.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12 or not signature.isascii():
            return self._no(401, "not signed")
        if not _is_text(raw) or not self._verifier.is_valid(raw, stamp, signature):
            return self._no(401, "not signed by Slack")
        if self._was_taken(signature):
            return self._no(409, "taken before")
        body = readable(raw, request.content_type)
        if body is None:
            return self._no(400, "cannot be read")
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=body, headers=dict(request.headers)))
        if answer.status >= 500:
            return web.Response(status=503)  # not durable: Slack sends it again
        if answer.status == 200:
            self._seen[signature] = self._clock()
        return await to_aiohttp_response(answer)

    def _was_taken(self, signature: str) -> bool:
        """Whether this very request was acknowledged; what Slack sends again is signed anew."""
        old = self._clock() - SEEN_SECONDS
        while self._seen and next(iter(self._seen.values())) < old:
            self._seen.popitem(last=False)
        return signature in self._seen

    def _no(self, status: int, why: str) -> web.Response:
        self._log.warning("slack request refused", status=status, why=why)
        return web.Response(status=status, headers={"X-Slack-No-Retry": "1"})


class _Clock(Clock):
    """The verifier's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        """The time of day in seconds."""
        return self._clock()


async def _body(request: web.Request) -> bytes | None:
    """The body, None when it is too large; no more than that is read."""
    if (request.content_length or 0) > LARGEST:
        return None
    body = bytearray()
    async for piece in request.content.iter_chunked(65536):
        body += piece
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _is_text(raw: bytes) -> bool:
    """Whether the body is UTF-8, as all that Slack sends is, and as its verifier takes for granted."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def readable(raw: bytes, content_type: str) -> str | None:
    """The body as text, None when bolt could not make sense of it."""
    try:
        text = raw.decode()
        if content_type == "application/json":
            payload: object = json.loads(text)
        elif text.startswith(("{", "[")):
            return None
        else:
            form = parse_qs(text, keep_blank_values=True)
            payload = json.loads(form["payload"][0]) if "payload" in form else {name: form[name][0] for name in form}
    except (ValueError, RecursionError):
        return None
    return text if payload and is_sound(payload) else None
