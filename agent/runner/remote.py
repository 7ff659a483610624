"""Runs submissions on another machine, in an engine that its operator hosts; the harness travels along as text."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from agent.runner.dialects import DIALECTS, Dialect, Job, Output, Unanswered
from agent.runner.report import Limits
from agent.runner.transcript import MOST_OUTPUT, Call, End, Program, Transcript
from agent.runner.values import text

HARNESS = Path(__file__).parent / "inside" / "harness.py"
Json = Any
"""What JSON can be. A dialect that finds another shape than it expects says so by a KeyError, TypeError or the like."""

READY = "def ready():\n    return True\n"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine is: its base address, `piston`, `judge0` or `snekbox`, and a token if it wants one.

    `patience_s`: how long it may keep us waiting beyond the time that the submission has.
    """

    url: str
    dialect: str
    token: str = ""
    patience_s: float = 20.0


class Remote:
    """An engine reached over HTTP. There is no default address: the code of candidates goes where it was told to."""

    name = "http"
    is_near = False

    def __init__(self, address: Address) -> None:
        """Raises ValueError for an unknown dialect."""
        if address.dialect not in DIALECTS:
            raise ValueError(f"unknown dialect {address.dialect!r}; known: {', '.join(DIALECTS)}")
        self._dialect: Dialect = DIALECTS[address.dialect]()
        self._address = address
        self._harness = ""
        self._session: aiohttp.ClientSession | None = None
        self.version = address.dialect
        self.python_version = ""

    async def start(self) -> None:
        """Look the engine up and run a first program there; raises Unanswered."""
        self._harness = HARNESS.read_text(encoding="utf-8")
        headers = dict(self._dialect.headers(self._address.token))
        self._session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=None))
        limits = Limits()
        try:
            async with asyncio.timeout(self._address.patience_s):
                self.version = await self._dialect.meet(self._ask)
        except TimeoutError as error:
            raise Unanswered(f"{self._dialect.name} does not answer in time") from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unanswered(self._odd(error)) from error
        transcript = await self.execute(Program(READY, "ready"), [Call("ready")], limits, limits.case_s)
        answer = transcript.answers.get("ready")
        if answer is None or answer.value is not True:
            raise Unanswered(transcript.reason or f"{self._dialect.name} does not run a first program")

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def execute(self, program: Program, calls: Sequence[Call], limits: Limits, seconds: float) -> Transcript:
        """Run one process there. Examples go alone, so that no hidden argument is in memory while they run."""
        group = [call for call in calls if call.shown] or list(calls)
        transcript = Transcript(limits, group, begun=0.0)
        transcript.hand_in(group)
        seconds = min(seconds, limits.load_s + limits.case_s * len(group))
        prefix = f"{secrets.token_hex(8)} "
        messages = [program.message(limits), *(call.message() for call in group)]
        request = json.dumps({"prefix": prefix, "messages": messages})
        try:
            async with asyncio.timeout(seconds + self._address.patience_s):
                output = await self._dialect.run(self._ask, Job(self._harness, request, limits, seconds))
        except Unanswered as error:
            transcript.end, transcript.reason = End.FAULT, str(error)
            return transcript
        except TimeoutError:
            transcript.end, transcript.reason = End.FAULT, f"{self._dialect.name} does not answer in time"
            return transcript
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            transcript.end, transcript.reason = End.FAULT, self._odd(error)
            return transcript
        self._read(transcript, output, prefix)
        if output.seconds is not None:
            transcript.spent = output.seconds
        elif transcript.end is End.TIMEOUT:
            transcript.spent = seconds
        return transcript

    def _read(self, transcript: Transcript, output: Output, prefix: str) -> None:
        for line in output.printed.splitlines():
            if line.startswith(prefix) and transcript.end is None:
                transcript.read(line.removeprefix(prefix).encode(), 0.0)
        # One answer holds them all: our clock knows nothing of the single case.
        transcript.answers = {name: replace(answer, seconds=None) for name, answer in transcript.answers.items()}
        self.python_version = self.python_version or transcript.python
        if transcript.end is None:
            transcript.end = output.end if transcript.locked else End.FAULT
            transcript.reason = text(output.complaint.strip().rpartition("\n")[2])

    def _odd(self, error: Exception) -> str:
        return f"{self._dialect.name} answers in another form: {type(error).__name__} {error}"

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Ask the engine and return its answer as JSON; raises Unanswered."""
        assert self._session is not None, "the engine was not started"  # noqa: S101
        name, url = self._dialect.name, self._address.url.rstrip("/") + path
        try:
            async with self._session.request(method, url, json=body) as response:
                data = bytearray()
                async for chunk in response.content.iter_chunked(1 << 16):
                    data += chunk
                    if len(data) > MOST_OUTPUT:
                        raise Unanswered(f"{name} answers with more than {MOST_OUTPUT >> 20} MB")
                status = response.status
            answer = json.loads(data)
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"{name} does not answer: {type(error).__name__} {error}".strip()) from error
        except (ValueError, RecursionError) as error:
            raise Unanswered(f"{name} does not answer in JSON") from error
        if not 200 <= status < 300:
            said = answer.get("message", answer.get("error", answer)) if isinstance(answer, dict) else answer
            raise Unanswered(f"{name} answers {status}: {text(str(said))}")
        return answer
