"""How fast submissions run: the jail, beside a bare `python -I -S` per submission that does the same work unlocked.

The submissions are the reference solutions of the question bank with all their cases. Both run the same harness;
the bare process is started, fed and read, and nothing is compared. The rounds are interleaved, figures are medians
over the rounds.

    python -m benchmarks.runner [--rounds 5] [--submissions 100]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from agent.bank import load
from agent.runner import Engine, Limits, assess, open_engine
from agent.runner.jail import Jail
from agent.runner.remote import HARNESS
from agent.runner.transcript import Program
from agent.types import CodeTask

WARM_UP = 10
AIM_MS, AIM_RATIO = 10.0, 4.0

Submit = Callable[[CodeTask], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Round:
    """One after the other: seconds of each. All at once, as many as there are cores: submissions per second."""

    seconds: list[float]
    per_second: float


async def measure(rounds: int, submissions: int) -> dict[str, Any]:
    """Run the rounds and return all figures."""
    tasks = [question.code for question in load().questions if question.code is not None]
    work = [tasks[number % len(tasks)] for number in range(submissions)]
    cold, locked = await _cold_starts()
    ours, bare = [], []
    async with open_engine("jail") as engine:
        assert engine.name == "jail", engine.reason
        idle = psutil.Process().memory_info().rss
        submit = _jailed(engine)
        await _round(submit, work[:WARM_UP], engine.parallel)
        for _ in range(rounds):
            ours.append(await _round(submit, work, engine.parallel))
            bare.append(await _round(_bare, work, engine.parallel))
        server = psutil.Process().children()[0].memory_info().rss
        grown = psutil.Process().memory_info().rss - idle
        parallel = engine.parallel
    figures = {"jail": _figures(ours), "bare": _figures(bare)}
    ratio = figures["jail"]["per_second"] / figures["bare"]["per_second"]
    return {
        "submissions": submissions,
        "rounds": rounds,
        "at_once": parallel,
        "cold_start_ms": {"server": cold, "server_and_self_test": locked},
        **figures,
        "memory_mb": {"server": round(server / 2**20, 1), "coach_grown": round(grown / 2**20, 1)},
        "ratio_per_second": round(ratio, 2),
        "ratio_median": round(figures["bare"]["median_ms"] / figures["jail"]["median_ms"], 2),
        "aims_met": figures["jail"]["median_ms"] < AIM_MS and ratio >= AIM_RATIO,
    }


async def _cold_starts() -> tuple[float, float]:
    """Milliseconds until the server answers, and until the engine has tested itself."""
    begun = time.perf_counter()
    jail = Jail(sys.executable)
    await jail.start()
    server = time.perf_counter() - begun
    await jail.stop()
    begun = time.perf_counter()
    async with open_engine("jail"):
        tested = time.perf_counter() - begun
    return round(1000 * server, 1), round(1000 * tested, 1)


async def _round(submit: Submit, work: Sequence[CodeTask], at_once: int) -> Round:
    seconds = []
    for task in work:
        begun = time.perf_counter()
        await submit(task)
        seconds.append(time.perf_counter() - begun)
    turns = asyncio.Semaphore(at_once)

    async def in_turn(task: CodeTask) -> None:
        async with turns:
            await submit(task)

    begun = time.perf_counter()
    await asyncio.gather(*map(in_turn, work))
    return Round(seconds, len(work) / (time.perf_counter() - begun))


def _jailed(engine: Engine) -> Submit:
    async def submit(task: CodeTask) -> None:
        report = await engine.run(task.solution, task.entry, task.cases, checker=task.checker)
        assert report.all_passed, report

    return submit


async def _bare(task: CodeTask) -> None:
    calls = assess.calls_of(task.cases, has_checker=True)
    messages = [Program(task.solution, task.entry).message(Limits()), *(call.message() for call in calls)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(HARNESS)), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    answer, _ = await process.communicate(json.dumps({"prefix": "", "messages": messages}).encode())
    assert answer.count(b'"value"') == len(calls), answer


def _figures(measured: Sequence[Round]) -> dict[str, float]:
    medians = [statistics.median(one.seconds) for one in measured]
    tails = [statistics.quantiles(one.seconds, n=100)[98] for one in measured]
    return {
        "median_ms": round(1000 * statistics.median(medians), 2),
        "p99_ms": round(1000 * statistics.median(tails), 2),
        "per_second": round(statistics.median(one.per_second for one in measured), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="JSON is what it always prints")
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.rounds, given.submissions)), indent=2))


if __name__ == "__main__":
    main()
