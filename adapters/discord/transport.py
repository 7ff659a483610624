"""The wire to Discord's REST API: one budget, one temper. discord.py keeps the rate-limit buckets; the rest is here.

What the library leaves to us: 503, resets and broken connections are tried again, every call has a time limit, all
calls together stay below fifty a second with people's turns first, and a flood of refusals pauses us before Discord
bans the address.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import aiohttp
import discord
from discord.http import HTTPClient, Route
from structlog.typing import FilteringBoundLogger

T = TypeVar("T")
Json = dict[str, Any]
Lane = Literal["talk", "work"]
"""Who goes first: what somebody waits for, or what can wait."""

PER_SECOND = {"talk": 45, "work": 20}
"""Calls per second, of fifty that a bot has (Discord's documentation, Rate Limits)."""
CALL_SECONDS = 20.0
"""The most that one call may take, with all its tries and rests."""
CALLBACK_SECONDS = 2.5
TRIES = 4
RESTS = (0.2, 0.8, 2.0)
"""Seconds before the second, third and fourth try."""
MOST_REFUSALS, REFUSAL_SECONDS = 2_000, 600.0
"""Discord bans an address after 10,000 answers of 401, 403 and 429 in ten minutes; we pause at a fifth of it."""
ALREADY_ANSWERED = 40060
OPENINGS, OPENING_SECONDS = 5, 10.0
"""How many direct messages may be opened in how many seconds: Discord punishes bots that open many at once."""


class Budget(Protocol):
    """The calls that all processes together may make."""

    async def turn(self, bot: str, lane: Lane) -> None:
        """Wait until this bot may call once more."""

    async def close(self) -> None:
        """Hang up."""


class Refused(Exception):
    """Discord said no. `code` is its own error code, 0 where it gave none; `retry_after` is in seconds."""

    def __init__(self, status: int, code: int, retry_after: float | None = None) -> None:
        """Keep what Discord said, without its words: they may quote ours."""
        super().__init__(f"{status}/{code}")
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Paused(Exception):
    """We do not call at all for a while, for too many calls were refused."""


class Unsent(ConnectionError):
    """A call never left: there is no connection."""


class TooFast(Exception):
    """Too many direct messages were opened just now; try again in `retry_after` seconds."""

    def __init__(self, retry_after: float) -> None:
        """Say when."""
        super().__init__(f"try again in {retry_after:.0f} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that goes with a message."""

    name: str
    data: bytes
    note: str = ""
    type: str = "image/png"


class Window:
    """How often something happened in the last so many seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        """Begin empty; `clock` is monotonic."""
        self._seconds = seconds
        self._clock = clock
        self._times: deque[float] = deque()

    def add(self) -> None:
        """It happened now."""
        self._times.append(self._clock())

    def wait(self, most: int) -> float:
        """In how many seconds it may happen again, if at most so often is allowed; 0 for now."""
        now = self._clock()
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        if len(self._times) < most:
            return 0.0
        return max(self._times[len(self._times) - most] + self._seconds - now, 0.001)


class Wire:
    """Calls Discord. `http` is the library's, once there is one that is logged in as `bot`."""

    def __init__(self, log: FilteringBoundLogger, clock: Callable[[], float], shared: Budget | None = None) -> None:
        """Call nobody yet. `shared` is the budget of all processes, where there is one."""
        self.bot = ""
        self._shared = shared
        self.http: HTTPClient | None = None
        self.calls = 0
        self._log = log
        self._session: aiohttp.ClientSession | None = None
        self._over = False
        self._recent = Window(1.0, clock)
        self._refusals = Window(REFUSAL_SECONDS, clock)
        self._openings = Window(OPENING_SECONDS, clock)

    async def close(self) -> None:
        """Hang up; nobody is called any more."""
        self._over = True
        if self._session is not None:
            await self._session.close()
        if self._shared is not None:
            await self._shared.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        lane: Lane = "talk",
        files: Sequence[Upload] = (),
        only_once: bool = False,
        **ids: str,
    ) -> Json:
        """One call with the bot's token; `ids` fill the path in. Raises Refused, Paused or OSError.

        A message carries a nonce in its body, so that trying again is safe; what cannot carry one is sent
        `only_once`: when its answer is lost this raises OSError, and the caller must look before trying again.
        """
        more: Json = {"form": _form(body or {}, files)} if files else {} if body is None else {"json": body}
        found = await self._call(Route(method, path, **ids), lane, more, only_once=only_once)
        return found if isinstance(found, dict) else {}

    async def listed(
        self, path: str, query: Mapping[str, str] | None = None, *, lane: Lane = "talk", **ids: str
    ) -> list[Json]:
        """The list that a GET gives. Raises as `call`."""
        found = await self._call(Route("GET", path, **ids), lane, {"params": query} if query else {})
        return found if isinstance(found, list) else []

    async def put(self, path: str, body: Sequence[Json], **ids: str) -> None:
        """Replace a list by this one."""
        await self._call(Route("PUT", path, **ids), "work", {"json": body})

    async def _call(self, route: Route, lane: Lane, more: Json, *, only_once: bool = False) -> object:
        http = self.http
        if http is None:
            raise Unsent("not connected")

        async def once() -> object:
            await self._turn(lane)
            self.calls += 1
            found: object = await http.request(route, **more)
            return found

        async with asyncio.timeout(CALL_SECONDS):
            return await self._tried(once, only_once=only_once)

    async def answer(self, interaction: str, token: str, kind: int, data: Json | None = None) -> None:
        """The first answer to an interaction, outside the budget. That it was answered before is no error."""
        body: Json = {"type": kind} | ({"data": data} if data is not None else {})
        try:
            async with asyncio.timeout(CALLBACK_SECONDS):
                await self._tried(lambda: self._post("POST", f"/interactions/{interaction}/{token}/callback", body))
        except Refused as refused:
            if refused.code != ALREADY_ANSWERED:
                raise

    async def by_token(self, method: str, application: str, token: str, rest: str, body: Json) -> Json:
        """Change or add to the answer of an interaction, outside the budget. `rest` follows the token in the path.

        Adding is not tried again once Discord may have it: nothing there tells a second one from the first.
        """
        path = f"/webhooks/{application}/{token}{rest}"
        async with asyncio.timeout(CALL_SECONDS):
            return await self._tried(lambda: self._post(method, path, body), only_once=method == "POST")

    async def fetch(self, address: str, most: int) -> bytes:
        """A file by its address, at most so many bytes of it and one more. Raises OSError or a timeout."""
        async with asyncio.timeout(CALL_SECONDS), self._own().get(address) as response:
            if response.status != 200:
                raise Refused(response.status, 0)
            return await _read(response, most + 1)

    async def opening(self) -> None:
        """Wait for one's turn to open direct messages. Raises TooFast when that is not soon."""
        pause = self._openings.wait(OPENINGS)
        if pause:
            raise TooFast(pause)
        self._openings.add()

    async def _turn(self, lane: Lane) -> None:
        if self._refusals.wait(MOST_REFUSALS):
            raise Paused
        pause = self._recent.wait(PER_SECOND[lane])
        while pause:
            await asyncio.sleep(pause)
            pause = self._recent.wait(PER_SECOND[lane])
        self._recent.add()
        if self._shared is not None:
            await self._shared.turn(self.bot, lane)

    async def _tried(self, once: Callable[[], Awaitable[T]], *, only_once: bool = False) -> T:
        """Do it, again where a second try may help. Raises Refused or OSError when it did not."""
        for rest in (*RESTS, None):
            try:
                return await once()
            except discord.RateLimited as limited:
                raise Refused(429, 0, limited.retry_after) from limited
            except discord.HTTPException as error:
                refused = _refused(error)
                if refused.status in (401, 403, 429):
                    self._refusals.add()
                if refused.status < 500 or rest is None:
                    raise refused from error
            except Refused as refused:
                if refused.status in (401, 403):
                    self._refusals.add()
                pause = refused.retry_after if refused.status == 429 else None
                if rest is None or (refused.status < 500 and pause is None):
                    raise
                await asyncio.sleep(pause or 0)
            except aiohttp.ClientConnectorError as error:
                if rest is None:
                    raise Unsent(type(error).__name__) from error
            except Unsent:
                raise
            except (aiohttp.ClientError, ConnectionError, ValueError) as error:  # ValueError: no JSON after all
                if rest is None or only_once:
                    raise ConnectionError(type(error).__name__) from error
            await asyncio.sleep(rest or 0)
        raise AssertionError("unreachable")

    async def _post(self, method: str, path: str, body: Json) -> Json:
        """One call that a token in its path allows."""
        async with self._own().request(method, Route.BASE + path, json=body) as response:
            if response.status >= 400:
                found = await _document(response)
                after = float(found.get("retry_after") or 0) or None
                raise Refused(response.status, int(found.get("code") or 0), after)
            return await _document(response)

    def _own(self) -> aiohttp.ClientSession:
        if self._over:
            raise Unsent("hung up")
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _document(response: aiohttp.ClientResponse) -> Json:
    if response.status == 204 or not response.content_type.endswith("json"):
        return {}
    found = await response.json()
    return found if isinstance(found, dict) else {}


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    made = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        made += chunk
        if len(made) >= most:
            break
    return bytes(made[:most])


def _refused(error: discord.HTTPException) -> Refused:
    after = error.response.headers.get("Retry-After")
    try:
        return Refused(error.status, error.code, float(after) if after else None)
    except ValueError:
        return Refused(error.status, error.code)


def _form(body: Json, files: Sequence[Upload]) -> list[dict[str, Any]]:
    """A message with files, as the parts of a form."""
    described = [
        {"id": str(number), "filename": file.name, **({"description": file.note} if file.note else {})}
        for number, file in enumerate(files)
    ]
    document = json.dumps({**body, "attachments": described})
    parts: list[dict[str, Any]] = [{"name": "payload_json", "value": document, "content_type": "application/json"}]
    for number, file in enumerate(files):
        parts.append({"name": f"files[{number}]", "value": file.data, "filename": file.name, "content_type": file.type})
    return parts
