"""How fast a turn goes through the engine: accepted, durable, judged in 0 ms, recorded, spoken to a sink.

Beside it, on the same PostgreSQL in the same run, procrastinate with one lock per interview and one insert per
turn. Interviews send their next answer when the last one was spoken. The rounds are interleaved, the figures are
medians over the rounds.

    python -m benchmarks.turns [--json] [--rounds 3] [--turns 3000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import asyncpg
import procrastinate
import procrastinate.sql
import psutil
import structlog
from sqlalchemy import Column, Connection, MetaData, Table, Text, bindparam, insert
from sqlalchemy.engine import make_url

from bot.turns import Outcome, Turns
from storage import migrations, queue
from storage.database import Database
from storage.queue import Arrival, Claim, Due, Outgoing
from storage.turnstile import Turnstile
from tests import servers

ALONE, MANY = 1, 500
"""Interviews at once."""
AT_ONCE = 256
"""Steps at once, for both engines."""
CONNECTIONS = 16
"""Of procrastinate; as many as ours opens at most."""
WARM_UP = 0.2
"""So much of the turns of a round is done before the clock starts."""

results = Table("results", MetaData(), Column("id", Text, primary_key=True), Column("body", Text, nullable=False))
BODY = json.dumps({"scores": [7.5, 6.0, 8.0], "feedback": "x" * 400})
ANSWER = json.dumps({"text": "y" * 400})
STORE = insert(results).values(id=bindparam("key"), body=bindparam("text"))

Turn = Callable[[int, str], Awaitable[float]]
"""Send one answer (interview, key), and return when it was spoken, once the interview may send the next."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One measurement. CPU is of this process, `server_cpu_ms` of the PostgreSQL beside it."""

    turns_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    server_cpu_ms: float


@asynccontextmanager
async def own(url: str) -> AsyncIterator[Turn]:
    """Our engine on this database."""
    database = await Database.open(url)
    spoken: dict[str, asyncio.Future[float]] = {}

    def store(conn: Connection, key: str) -> None:
        conn.execute(STORE, {"key": key, "text": BODY})

    async def step(claim: Claim) -> Outcome:
        return Outcome(writes=(partial(store, key=claim.dedup_key),), posts=(Outgoing(claim.dedup_key, BODY),))

    async def post(due: Due) -> tuple[str, float]:
        spoken.pop(due.slot).set_result(time.perf_counter())
        return '{"id": "1"}', time.time()

    async def buried(claim: Claim, reference: str) -> Outcome:
        raise RuntimeError(f"{claim.dedup_key} was given up ({reference})")

    turns = Turns(
        database,
        Turnstile(),
        owner="benchmark",
        step=step,
        post=post,
        buried=buried,
        log=structlog.wrap_logger(structlog.PrintLogger(sys.stderr)),
        concurrency=AT_ONCE,
    )

    async def turn(interview: int, key: str) -> float:
        done = spoken[key] = asyncio.get_running_loop().create_future()
        arrival = Arrival(key, f"interview:{interview}", f"{time.time_ns():020d}", "reply", ANSWER, "bench")
        if await database.write(queue.accept, arrival):
            turns.wake()
        return await done

    working = asyncio.create_task(turns.run())
    try:
        yield turn
    finally:
        await turns.drain(10)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await database.close()


class Connector(procrastinate.PsycopgConnector):
    """Tells when a job is over: until then its lock is held, and the next job would wait for the slow poll."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401
        super().__init__(**arguments)
        self.over: dict[int, asyncio.Future[None]] = {}

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:  # noqa: ANN401, D102
        await super().execute_query_async(query, **arguments)
        if query == procrastinate.sql.queries["finish_job"]:
            self.over.setdefault(arguments["job_id"], asyncio.get_running_loop().create_future()).set_result(None)


@asynccontextmanager
async def theirs(url: str) -> AsyncIterator[Turn]:
    """Procrastinate on this database: a lock per interview, an insert per turn."""
    connector = Connector(conninfo=url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    app = procrastinate.App(connector=connector)
    spoken: dict[str, float] = {}

    @app.task(name="turn")
    async def judge(key: str, answer: str) -> None:
        assert answer
        await connector.execute_query_async("INSERT INTO results VALUES (%(key)s, %(text)s)", key=key, text=BODY)
        spoken[key] = time.perf_counter()

    async def turn(interview: int, key: str) -> float:
        job = await judge.configure(lock=f"interview:{interview}").defer_async(key=key, answer=ANSWER)
        await connector.over.setdefault(job, asyncio.get_running_loop().create_future())
        del connector.over[job]
        return spoken.pop(key)

    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=AT_ONCE,
                fetch_job_polling_interval=0.5,  # a tenth of its own: now and then it misses a notification
                install_signal_handlers=False,
                shutdown_graceful_timeout=10,
            )
        )
        try:
            yield turn
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def measure(turn: Turn, interviews: int, turns: int, keys: count[int]) -> Figures:
    """Let so many interviews send so many turns in all."""
    left = count(int(turns * (1 + WARM_UP)), -1)
    latencies: list[float] = []

    async def interview(number: int, *, warm: bool) -> None:
        while next(left) > (turns if warm else 0):
            begun = time.perf_counter()
            spoken = await turn(number, f"turn-{next(keys)}")
            if not warm:
                latencies.append((spoken - begun) * 1000)

    await asyncio.gather(*(interview(number, warm=True) for number in range(interviews)))
    left = count(turns, -1)
    begun, cpu, server = time.perf_counter(), time.process_time(), _server_cpu()
    await asyncio.gather(*(interview(number, warm=False) for number in range(interviews)))
    seconds = time.perf_counter() - begun
    done = len(latencies)
    return Figures(
        turns_per_s=round(done / seconds, 1),
        p50_ms=round(statistics.median(latencies), 2),
        p99_ms=round(statistics.quantiles(latencies, n=100)[98], 2),
        cpu_ms=round((time.process_time() - cpu) / done * 1000, 3),
        server_cpu_ms=round((_server_cpu() - server) / done * 1000, 3),
    )


def _server_cpu() -> float:
    """Seconds of CPU that the PostgreSQL we started has used, ended connections included."""
    used = 0.0
    for process in psutil.Process().children(recursive=True):
        if process.name().startswith("postgres"):
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


async def prepare_own(url: str) -> None:
    database = await Database.open(url)
    await migrations.upgrade(database)
    await database.write(results.metadata.create_all)
    await database.close()


async def prepare_theirs(url: str) -> None:
    async with procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url)).open_async() as app:
        await app.schema_manager.apply_schema_async()
        await app.connector.execute_query_async("CREATE TABLE results (id text PRIMARY KEY, body text NOT NULL)")


async def create(server: str, name: str) -> str:
    """Make a database on the server, empty even if a run before left one, and return its plain address."""
    plain = make_url(server).set(drivername="postgresql")
    connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
    await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return plain.set(database=name).render_as_string(hide_password=False)


async def run(server: str, folder: Path, rounds: int, turns: int) -> dict[str, dict[str, list[Figures]]]:
    sqlite = f"sqlite:///{folder / 'turns.db'}"
    ours, procrastinates = await create(server, "bench_own"), await create(server, "bench_procrastinate")
    await prepare_own(sqlite)
    await prepare_own(ours)
    await prepare_theirs(procrastinates)
    candidates: dict[str, Callable[[], AbstractAsyncContextManager[Turn]]] = {
        "sqlite": partial(own, sqlite),
        "postgresql": partial(own, ours),
        "procrastinate": partial(theirs, procrastinates),
    }
    keys = count()
    found: dict[str, dict[str, list[Figures]]] = {name: {str(n): [] for n in (ALONE, MANY)} for name in candidates}
    for _ in range(rounds):
        for interviews, share in ((ALONE, 0.1), (MANY, 1.0)):
            for name, opened in candidates.items():
                async with opened() as turn:
                    figures = await measure(turn, interviews, int(turns * share), keys)
                found[name][str(interviews)].append(figures)
                print(f"{name:14} {interviews:4} {figures}", file=sys.stderr)
    return found


def summary(found: dict[str, dict[str, list[Figures]]], turns: int) -> dict[str, object]:
    medians = {
        name: {
            interviews: {
                field: round(statistics.median(asdict(one)[field] for one in figures), 3)
                for field in asdict(figures[0])
            }
            for interviews, figures in by_number.items()
        }
        for name, by_number in found.items()
    }
    ratio = {
        str(number): round(
            statistics.median(
                mine.turns_per_s / other.turns_per_s
                for mine, other in zip(
                    found["postgresql"][str(number)], found["procrastinate"][str(number)], strict=True
                )
            ),
            2,
        )
        for number in (ALONE, MANY)
    }
    rounds = len(found["sqlite"][str(MANY)])
    return {"turns": turns, "rounds": rounds, "results": medians, "postgresql_to_procrastinate": ratio}


def table(outcome: dict[str, object]) -> str:
    lines = [f"{'engine':14} {'at once':>7} {'turns/s':>9} {'p50 ms':>9} {'p99 ms':>9} {'CPU ms':>8} {'server':>8}"]
    found = outcome["results"]
    assert isinstance(found, dict)
    for name, by_number in found.items():
        for interviews, one in by_number.items():
            figures = " ".join(
                f"{one[field]:>{width}}"
                for field, width in (
                    ("turns_per_s", 9),
                    ("p50_ms", 9),
                    ("p99_ms", 9),
                    ("cpu_ms", 8),
                    ("server_cpu_ms", 8),
                )
            )
            lines.append(f"{name:14} {interviews:>7} {figures}")
    lines.append(f"PostgreSQL / procrastinate, turns/s: {outcome['postgresql_to_procrastinate']}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a turn goes through the engine.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3000, help="turns of a round at 500 interviews; at one, a tenth")
    arguments = parser.parse_args()
    named = os.environ.get("TEST_DATABASE_URL")
    with (
        tempfile.TemporaryDirectory(prefix="talkpro-turns-") as folder,
        nullcontext(named) if named else servers.postgres(durable=True) as server,
    ):
        found = asyncio.run(run(server, Path(folder), arguments.rounds, arguments.turns))
    outcome = summary(found, arguments.turns)
    print(json.dumps(outcome) if arguments.json else table(outcome))


if __name__ == "__main__":
    main()
