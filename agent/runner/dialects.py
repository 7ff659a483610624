"""How three self-hosted engines are spoken to: Piston v2, Judge0 from 1.13.1 on, and snekbox."""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agent.runner.report import Limits
from agent.runner.transcript import End

Ask = Callable[..., Awaitable[Any]]
"""`await ask(method, path, body=None)` gives the answer as JSON; raises Unanswered."""

JUDGE0_FLOOR = (1, 13, 1)
"""Before it, three ways out of its sandbox are known: CVE-2024-28185, -28189 and -29021."""

JUDGE0_TOO_SLOW, JUDGE0_WAITING = 5, (1, 2)
JUDGE0_OWN_FAULTS = (6, 13, 14)
"""Compilation error, internal error, exec format error: nothing of these is in the candidate's hands."""
JUDGE0_POLL_SECONDS = 0.1

PISTON_TOO_SLOW, PISTON_OWN_FAULTS = "TO", ("XX", "OL", "EL")
"""`OL` and `EL`: its output limit, 1,024 bytes unless PISTON_OUTPUT_MAX_SIZE says more."""

SNEKBOX_KILLED, SNEKBOX_FAULT = 137, 255
SNEKBOX_SECONDS = 5.5
"""It kills after 6 s, and says no more than that it did."""

_NUMBER = re.compile(r"\d+")


class Unanswered(Exception):
    """The engine cannot be reached, refuses, or answers nonsense; says which in technical words."""


@dataclass(frozen=True, slots=True)
class Job:
    """One process to run: a Python program, the text it reads, and its limits, `seconds` in all."""

    program: str
    request: str
    limits: Limits
    seconds: float


@dataclass(frozen=True, slots=True)
class Output:
    """What the process printed, how it ended as far as the engine knows, and how long it took if it says so."""

    printed: str
    end: End
    complaint: str = ""
    seconds: float | None = None


class Dialect(Protocol):
    """The way one kind of engine wants to be asked."""

    name: str

    async def meet(self, ask: Ask) -> str:
        """Look the engine up and return its version; raises Unanswered when it will not do."""

    async def run(self, ask: Ask, job: Job) -> Output:
        """Run a job; raises Unanswered."""

    def headers(self, token: str) -> Mapping[str, str]:
        """The headers that carry the token of the engine's operator."""


class Piston:
    """Piston v2."""

    name = "piston"

    def __init__(self) -> None:
        """Nothing is known of the engine yet."""
        self._version = "*"

    def headers(self, token: str) -> Mapping[str, str]:
        """As its public instance wanted it; gateways in front of one take the same."""
        return {"Authorization": token} if token else {}

    async def meet(self, ask: Ask) -> str:
        """Choose the newest Python it has."""
        runtimes = [r for r in await ask("GET", "/api/v2/runtimes") if r.get("language") == "python"]
        versions = sorted((str(r["version"]) for r in runtimes), key=_numbers)
        if not versions:
            raise Unanswered("piston has no Python; install its package python")
        self._version = versions[-1]
        return f"piston, Python {self._version}"

    async def run(self, ask: Ask, job: Job) -> Output:
        """Run a job."""
        body = {
            "language": "python",
            "version": self._version,
            "files": [{"name": "main.py", "content": job.program}],
            "stdin": job.request,
            "run_timeout": int(1000 * job.seconds),
            "run_memory_limit": job.limits.memory_mb << 20,
        }
        run = (await ask("POST", "/api/v2/execute", body))["run"]
        status, signal = run.get("status"), run.get("signal")
        seconds = run["wall_time"] / 1000 if isinstance(run.get("wall_time"), int | float) else None
        end = End.KILLED
        if status in PISTON_OWN_FAULTS:
            end = End.FAULT
        elif status == PISTON_TOO_SLOW or (status is None and signal == "SIGKILL"):
            end = End.TIMEOUT
        complaint = str(run.get("message") or run.get("stderr") or "")
        return Output(str(run["stdout"]), end, complaint, seconds)


class Judge0:
    """Judge0 CE. It is given no expected output: comparing is our business."""

    name = "judge0"

    def __init__(self) -> None:
        """Nothing is known of the engine yet."""
        self._language = 0

    def headers(self, token: str) -> Mapping[str, str]:
        """Its own header."""
        return {"X-Auth-Token": token} if token else {}

    async def meet(self, ask: Ask) -> str:
        """Refuse a version with known ways out, and choose the newest Python 3."""
        version = str((await ask("GET", "/about"))["version"])
        if _numbers(version) < JUDGE0_FLOOR:
            floor = ".".join(map(str, JUDGE0_FLOOR))
            raise Unanswered(f"judge0 {version} has known escapes (CVE-2024-28185); it must be {floor} or newer")
        languages = [
            language for language in await ask("GET", "/languages") if str(language["name"]).startswith("Python (3")
        ]
        if not languages:
            raise Unanswered("judge0 has no Python 3")
        self._language = int(max(languages, key=lambda language: _numbers(language["name"]))["id"])
        return f"judge0 {version}"

    async def run(self, ask: Ask, job: Job) -> Output:
        """Run a job, asking until it is over."""
        body = {
            "source_code": _encoded(job.program),
            "language_id": self._language,
            "stdin": _encoded(job.request),
            "cpu_time_limit": job.seconds,
            "wall_time_limit": job.seconds + 1,
            "memory_limit": job.limits.memory_mb << 10,
            "enable_network": False,
        }
        token = (await ask("POST", "/submissions?base64_encoded=true&wait=false", body))["token"]
        fields = "status_id,stdout,stderr,message,wall_time"
        while True:
            result = await ask("GET", f"/submissions/{token}?base64_encoded=true&fields={fields}")
            status = int(result["status_id"])
            if status not in JUDGE0_WAITING:
                break
            await asyncio.sleep(JUDGE0_POLL_SECONDS)
        end = End.KILLED
        if status == JUDGE0_TOO_SLOW:
            end = End.TIMEOUT
        elif status in JUDGE0_OWN_FAULTS:
            end = End.FAULT
        complaint = _decoded(result.get("message")) or _decoded(result.get("stderr"))
        seconds = float(result["wall_time"]) if result.get("wall_time") is not None else None
        return Output(_decoded(result["stdout"]), end, complaint, seconds)


class Snekbox:
    """snekbox, which takes no limits: it has its own."""

    name = "snekbox"

    def headers(self, token: str) -> Mapping[str, str]:
        """It knows none of its own; a proxy in front of it takes the usual one."""
        return {"Authorization": f"Bearer {token}"} if token else {}

    async def meet(self, ask: Ask) -> str:
        """It says nothing of itself."""
        return self.name

    async def run(self, ask: Ask, job: Job) -> Output:
        """Run a job; what would be its input is a file beside it."""
        files = {"main.py": job.program, "request.json": job.request}
        body = {
            "args": [*files],
            "files": [{"path": path, "content": _encoded(content)} for path, content in files.items()],
        }
        begun = asyncio.get_running_loop().time()
        result = await ask("POST", "/eval", body)
        took = asyncio.get_running_loop().time() - begun
        code, printed = result["returncode"], str(result["stdout"])
        if code is None or code == SNEKBOX_FAULT:
            return Output(printed, End.FAULT, f"nsjail failed: {printed[-200:]}")
        slow = code == SNEKBOX_KILLED and took >= SNEKBOX_SECONDS
        return Output(printed, End.TIMEOUT if slow else End.KILLED)


DIALECTS: Mapping[str, Callable[[], Dialect]] = {"piston": Piston, "judge0": Judge0, "snekbox": Snekbox}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, _NUMBER.findall(version)))


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _decoded(text: str | None) -> str:
    return b64decode(text).decode(errors="replace") if text else ""
