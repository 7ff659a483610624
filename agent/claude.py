"""One streamed call to a model over the Messages API; every way it can fail becomes one exception with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from agent.calls import StepReason, Usage
from agent.dialects import Dialect, arguments
from agent.keeping import Keep
from agent.prompts import MAX_TOKENS, Prompt

if TYPE_CHECKING:
    import anthropic
    from pydantic import BaseModel

HOME = "https://api.anthropic.com"

NO_KEY = "none"
"""What is sent to a server of one's own, which asks for no key but wants the header."""

HOUR_SECONDS = 3600.0

Seen = Callable[[str], Awaitable[None]]
"""Takes all that the model has written so far, each time it wrote more."""


@dataclass(frozen=True, slots=True)
class Access:
    """How models are reached. `models` go from the preferred one to the smallest, `dialect` may be `auto`.

    Seconds: `connect` until the connection stands, `silence` between two signs of life, `whole` for a whole call,
    longer for one that may be longer than a judgement.
    """

    api_key: str = field(default="", repr=False)
    base_url: str = ""
    models: tuple[str, ...] = ("claude-sonnet-5-5", "claude-haiku-5-5")
    dialect: str = "auto"
    connect: float = 3.0
    silence: float = 15.0
    whole: float = 120.0


@dataclass(frozen=True, slots=True)
class Written:
    """A whole reply, and what it took."""

    text: str
    usage: Usage


class CallFailed(Exception):
    """A call gave no whole reply. `usage` is what the server counted until then, `retry_after` its wish in seconds."""

    def __init__(self, reason: StepReason, usage: Usage | None = None, retry_after: float | None = None) -> None:
        """Fail for this reason."""
        super().__init__(reason.value)
        self.reason = reason
        self.usage = usage
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Opened:
    """What there is once the library is imported, which takes longer than a second."""

    sdk: ModuleType
    http: ModuleType
    client: anthropic.AsyncAnthropic
    timeout: Any


class Claude:
    """The one client of this process, with one pool of connections for all calls."""

    def __init__(self, access: Access) -> None:
        """Reach models this way; nothing happens before `open`."""
        self.access = access
        self._opening: asyncio.Task[_Opened] | None = None
        self._custom = _Custom()
        self._schemas: dict[type[BaseModel], dict[str, Any]] = {}

    async def open(self) -> None:
        """Import the library beside the running loop, and make the client. Calls wait for it; it is done once."""
        with suppress(CallFailed):  # each call will say so
            await self._opened()

    async def close(self) -> None:
        """Close the connections. Nothing can be called afterwards."""
        if self._opening is not None:
            with suppress(CallFailed):
                opened = await self._opening
                await opened.client.close()

    async def write(
        self, model: str, prompt: Prompt, shape: type[BaseModel], seen: Seen, dialect: Dialect | None = None
    ) -> Written:
        """Let a model reply in a shape; `seen` takes the reply as it grows. Raises CallFailed."""
        opened = await self._opened()
        dialect = dialect or Dialect.of(model, self.access.dialect)
        keep = self._custom.keeps(model, prompt, asyncio.get_running_loop().time())
        if shape not in self._schemas:  # making one takes milliseconds
            self._schemas[shape] = _bare(opened.sdk.transform_schema(shape))
        request = arguments(dialect, model, prompt, self._schemas[shape], keep=keep)
        call = _Call(opened, model)
        limit = asyncio.timeout(self.access.whole * max(1.0, prompt.max_tokens / MAX_TOKENS))
        try:
            async with limit, aclosing(call.texts(request)) as texts:
                async for text in texts:
                    await seen(text)
        except TimeoutError:
            if not limit.expired():
                raise  # it is the listener's own
            raise CallFailed(StepReason.TIMED_OUT, call.usage) from None
        return call.written()

    async def _opened(self) -> _Opened:
        if self._opening is None:
            self._opening = asyncio.create_task(asyncio.to_thread(_open, self.access), name="model client")
        # Whoever waits may be cancelled; the others still need it.
        return await asyncio.shield(self._opening)


class _Custom:
    """Tells from what was sent within the hour whether rules are worth keeping: when more than one interview uses them.

    Writing them to the cache costs as much as sending them twice, so a lone interview is better off without.
    """

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], tuple[str, float]] = {}
        self._kept: dict[tuple[str, str], float] = {}

    def keeps(self, model: str, prompt: Prompt, now: float) -> bool:
        """Tell it of a request that is about to be sent, and take note of that."""
        if not prompt.question:
            return False
        rules = (model, prompt.rules)
        question, at = self._sent.get(rules, (prompt.question, now))
        self._sent[rules] = (prompt.question, now)
        kept = now - self._kept.get(rules, -HOUR_SECONDS) < HOUR_SECONDS
        busy = question != prompt.question and now - at < HOUR_SECONDS
        if kept or busy or prompt.keep is Keep.HOUR:
            self._kept[rules] = now
            return True
        return False


class _Call:
    """One call: what came of it so far. `usage` is None before the server said anything."""

    def __init__(self, opened: _Opened, model: str) -> None:
        self._opened = opened
        self._model = model
        self._text = ""
        self._stop: str | None = None
        self._ended = False
        self.usage: Usage | None = None

    async def texts(self, request: dict[str, Any]) -> AsyncGenerator[str, None]:
        """Give the text whenever there is more of it. Raises CallFailed for all that the library may raise."""
        sdk, http, timeout = self._opened.sdk, self._opened.http, self._opened.timeout
        try:
            # The raw events: the library's own helper would add every text up twice more.
            async with await self._opened.client.messages.create(**request, stream=True, timeout=timeout) as stream:
                async for event in stream:
                    if self._takes(event):
                        yield self._text
        except (sdk.APIError, http.HTTPError) as error:
            raise CallFailed(_reason(error, sdk, http), self.usage, _retry_after(error)) from error
        except (ValueError, AttributeError, LookupError, RuntimeError, TypeError) as error:
            # What is no stream of messages at all makes the library stumble in many ways.
            raise CallFailed(StepReason.UNREADABLE, self.usage) from error

    def _takes(self, event: Any) -> bool:  # noqa: ANN401 - its types take a second to import
        """Take an event; true when there is more text."""
        match event.type:
            case "message_start":
                self.usage = _usage(self._model, event.message.usage)
            case "content_block_delta" if event.delta.type == "text_delta":
                self._text += event.delta.text
                return bool(event.delta.text)
            case "message_delta":
                self._stop = event.delta.stop_reason
                self.usage = _usage(self._model, event.usage, self.usage)
            case "message_stop":
                self._ended = True
        return False

    def written(self) -> Written:
        """Return the reply, if it came to its end."""
        if self.usage is None:
            raise CallFailed(StepReason.UNREADABLE)
        if not self._ended:
            raise CallFailed(StepReason.CUT_OFF, self.usage)
        if self._stop == "end_turn" and self._text.strip():
            return Written(self._text, self.usage)
        raise CallFailed(_STOPS.get(self._stop or "", StepReason.UNREADABLE), self.usage)


_STOPS = {
    "refusal": StepReason.REFUSED,
    "max_tokens": StepReason.TOO_LONG,
    "model_context_window_exceeded": StepReason.TOO_LONG,
}
_TYPES = {
    "rate_limit_error": StepReason.RATE_LIMITED,
    "overloaded_error": StepReason.OVERLOADED,
    "authentication_error": StepReason.NOT_ALLOWED,
    "billing_error": StepReason.NOT_ALLOWED,
    "permission_error": StepReason.NOT_ALLOWED,
    "timeout_error": StepReason.TIMED_OUT,
    "api_error": StepReason.SERVER_FAULT,
}
_STATUSES = {
    401: StepReason.NOT_ALLOWED,
    402: StepReason.NOT_ALLOWED,
    403: StepReason.NOT_ALLOWED,
    408: StepReason.TIMED_OUT,
    429: StepReason.RATE_LIMITED,
    504: StepReason.TIMED_OUT,
    529: StepReason.OVERLOADED,
}


def _open(access: Access) -> _Opened:
    import anthropic
    import httpx2

    try:
        client = anthropic.AsyncAnthropic(
            api_key=access.api_key or NO_KEY,
            base_url=access.base_url or HOME,
            max_retries=0,  # its own retries are silent, and wait as long as a server asks
        )
    except (ValueError, httpx2.InvalidURL) as error:
        raise CallFailed(StepReason.UNREACHABLE) from error
    timeout = httpx2.Timeout(access.whole, connect=access.connect, read=access.silence)
    return _Opened(anthropic, httpx2, client, timeout)


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Take a schema without titles and descriptions, which would be read, and paid for, with every call."""
    kept = {name: part for name, part in schema.items() if name not in ("title", "description")}
    return {name: _bare_part(name, part) if isinstance(part, dict) else part for name, part in kept.items()}


def _bare_part(name: str, part: Mapping[str, Any]) -> dict[str, Any]:
    """Among properties and definitions every name is somebody's own, `title` too."""
    if name in ("properties", "$defs"):
        return {own: _bare(inner) for own, inner in part.items()}
    return _bare(part)


def _reason(error: Exception, sdk: ModuleType, http: ModuleType) -> StepReason:
    if isinstance(error, sdk.APITimeoutError | http.TimeoutException):
        return StepReason.TIMED_OUT
    if isinstance(error, sdk.APIConnectionError):
        return StepReason.UNREACHABLE
    if isinstance(error, sdk.APIStatusError):
        # An error inside a stream comes with status 200; its type alone tells what it is.
        known = _TYPES.get(str(error.type)) or _STATUSES.get(error.status_code)
        return known or (StepReason.SERVER_FAULT if error.status_code >= 500 else StepReason.REJECTED)
    return StepReason.CUT_OFF if isinstance(error, http.HTTPError) else StepReason.UNREADABLE


def _retry_after(error: Exception) -> float | None:
    """Return the seconds that the server asks to wait; a date instead of seconds is too far away anyway."""
    response = getattr(error, "response", None)
    if response is None or response.status_code < 400:
        return None
    with suppress(ValueError):
        seconds = float(response.headers.get("retry-after", ""))
        return seconds if seconds >= 0 else None
    return None


def _usage(model: str, counted: object, known: Usage | None = None) -> Usage:
    """Read what the server counted; what it leaves out is as `known`, and nothing when nobody knows."""
    known = known or Usage(model)

    def number(source: object, name: str, otherwise: int) -> int:
        value = getattr(source, name, None)
        return value if isinstance(value, int) else otherwise

    hour = number(getattr(counted, "cache_creation", None), "ephemeral_1h_input_tokens", known.cache_written_hour)
    written = number(counted, "cache_creation_input_tokens", known.cache_written + known.cache_written_hour)
    return Usage(
        model,
        tokens_in=number(counted, "input_tokens", known.tokens_in),
        tokens_out=number(counted, "output_tokens", known.tokens_out),
        cache_read=number(counted, "cache_read_input_tokens", known.cache_read),
        cache_written=max(0, written - hour),
        cache_written_hour=hour,
    )
