"""Runs a candidate's Python against cases, behind a wall, and reports facts.

Arguments go in and values come out; expected values never enter, and this process never reads a submission as code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent.runner.dialects import Unanswered
from agent.runner.engine import Engine, SelfTest
from agent.runner.jail import Broken, Jail, missing_here
from agent.runner.remote import Address, Remote
from agent.runner.report import CaseResult, CaseVerdict, Failure, Limits, Report, Status

__all__ = [
    "ENGINES",
    "Address",
    "CaseResult",
    "CaseVerdict",
    "Engine",
    "Failure",
    "Limits",
    "Report",
    "SelfTest",
    "Status",
    "open_engine",
]

ENGINES = ("jail", "http", "off")
SWITCHED_OFF = "switched off"
NO_ADDRESS = "no address of an engine"


@asynccontextmanager
async def open_engine(
    name: str, *, python: str = sys.executable, parallel: int = 0, address: Address | None = None
) -> AsyncIterator[Engine]:
    """Open the engine `jail`, `http` (at `address`) or `off` for the length of the block, after a self-test.

    An engine that cannot hold what it promises, here or at all, is off and says why; there is no weaker one behind
    it. `python` runs the jail's submissions. `parallel`: how many submissions run at once, 0 for one on each core.
    Raises ValueError for a name that is none of the three.
    """
    backend: Jail | Remote
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    if name == "off":
        yield Engine(None, reason=SWITCHED_OFF)
        return
    if name == "http":
        if address is None:
            yield Engine(None, reason=NO_ADDRESS)
            return
        backend = Remote(address)
    else:
        if missing := missing_here():
            yield Engine(None, reason=missing)
            return
        backend = Jail(python)
    try:
        yield await _tested(backend, parallel or _cores())
    finally:
        await backend.stop()


async def _tested(backend: Jail | Remote, parallel: int) -> Engine:
    try:
        await backend.start()
    except (Broken, Unanswered) as error:
        return Engine(None, reason=str(error))
    engine = Engine(backend, parallel=parallel)
    found = await engine.self_test()
    return engine if found.ok else Engine(None, reason=found.detail)


def _cores() -> int:
    """How many cores this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1
