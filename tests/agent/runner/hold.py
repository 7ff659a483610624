"""Runs the hostile programs through a jail of its own and prints what came of each, as JSON: a program for tests.

It is the coach's stand-in: it holds a secret in its environment and in a file, listens on a port, and watches its
own memory and its processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from agent.runner import Engine, Limits, Report, open_engine
from agent.types import Case
from tests.agent.runner.hostile import PROGRAMS

SECRET = "nightingale-in-the-reeds"
SIZE = 48_611
HIDDEN = 7001
LIMITS = Limits(load_s=0.7, case_s=0.3, total_s=0.7)
HONEST = "def solve(numbers):\n    return sum(k * number for k, number in enumerate(numbers))\n"
CASES = (
    Case("example-1", ([1, 2, 3],), 8, visibility="example"),
    Case("hidden-1", ([5, 0, 7, 1],), 17, category="zeros"),
    Case("hidden-2", ([HIDDEN, 9],), 9, category="large first"),
    Case("hidden-3", ([2] * 6,), 30, category="repeated"),
)


async def hold(names: list[str]) -> dict[str, Any]:
    """Run the named programs, all without any; an honest one after each must pass."""
    connected: list[object] = []
    folder = Path(tempfile.mkdtemp(prefix="hold"))
    folder.chmod(0o777)
    canary, write = folder / "canary", folder / "written"
    canary.write_text(SECRET.ljust(SIZE, "."))
    os.environ["CANARY_ENVIRONMENT"] = SECRET
    listening = await asyncio.start_server(lambda *both: connected.append(both), "127.0.0.1", 0)
    words = {
        "CANARY_ENVIRONMENT": "CANARY_ENVIRONMENT",
        "CANARY": str(canary),
        "WRITE": str(write),
        "PORT": str(listening.sockets[0].getsockname()[1]),
        "COACH": str(os.getpid()),
    }
    pattern = re.compile("|".join(words))
    outcomes = {}
    async with listening, open_engine("jail", parallel=1) as engine:
        assert engine.name == "jail", engine.reason
        await _honest(engine)
        children = psutil.Process().children(recursive=True)
        idle = psutil.Process().memory_info().rss / 1024
        for name in names or PROGRAMS:
            report = await engine.run(pattern.sub(lambda word: words[word[0]], PROGRAMS[name]), "solve", CASES, LIMITS)
            told = json.dumps(report.as_json())
            outcomes[name] = {
                "status": report.status,
                "reason": report.reason,
                "verdicts": {case.id: case.verdict for case in report.cases},
                "told": told,
                "read": [word for word in (SECRET, str(SIZE)) if word in told],
                "honest": await _honest(engine),
                "processes": len(psutil.Process().children(recursive=True)) - len(children),
            }
        facts = {
            "grown_mb": (_memory() - idle) / 1024,
            "written": [path.name for path in folder.iterdir() if path != canary],
            "canary_kept": canary.read_text() == SECRET.ljust(SIZE, "."),
            "connected": len(connected),
        }
    left = [process for process in psutil.process_iter() if process.pid != os.getpid()]
    return facts | {
        "outcomes": outcomes,
        "left": len(psutil.Process().children(recursive=True)),
        "alone": len(left),
        "uid": os.getuid(),
    }


async def _honest(engine: Engine) -> bool:
    report: Report = await engine.run(HONEST, "solve", CASES)
    return report.all_passed


def _memory() -> int:
    """The most memory this process has held, in KB."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s*(\d+)", status)
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    json.dump(asyncio.run(hold(sys.argv[1:])), sys.stdout)
