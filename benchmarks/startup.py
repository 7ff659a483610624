"""How soon `talkpro run` answers and how much memory it takes, idle and with 1,000 open interviews.

Beside it, in the same run, the same interpreter with an empty aiohttp server: what no program of this kind can
go below. The rounds are interleaved, the figures are medians over the rounds.

    python -m benchmarks.startup [--json] [--rounds 5] [--interviews 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from sqlalchemy import Connection

from agent import bank
from agent.types import FOLLOW_UPS, Interview, Message
from bot.clock import next_wake
from storage import accounts, interviews, migrations, workspaces
from storage.addresses import Person, Place
from storage.database import Database
from storage.interviews import Record

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
BARE = """
from aiohttp import web
async def ready(request): return web.json_response({"ready": True})
http = web.Application()
http.router.add_get("/health/ready", ready)
web.run_app(http, host="127.0.0.1", port=PORT, print=lambda line: print(line.split()[3], flush=True))
"""
DRAFT = "I would sort by the first column and keep the largest end seen so far. " * 5


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--interviews", type=int, default=1000)
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), asked.rounds, asked.interviews)
    print(json.dumps(result) if asked.json else table(result))


def measure(folder: Path, rounds: int, open_interviews: int) -> dict[str, dict[str, float]]:
    """Seconds to the first answer and megabytes afterwards, for each of the three, and the ratios to the bare one."""
    idle, busy = folder / "idle", folder / "busy"
    for place, number in ((idle, 0), (busy, open_interviews)):
        place.mkdir()
        asyncio.run(fill(place / "talkpro.db", number))
    talkpro = [sys.executable, "-m", "bot", "run"]
    runs: dict[str, list[tuple[float, float]]] = {"bare": [], "idle": [], "busy": []}
    for _ in range(rounds):
        runs["bare"].append(start([sys.executable, "-c", BARE.replace("PORT", "0")], folder))
        runs["idle"].append(start(talkpro, idle))
        runs["busy"].append(start(talkpro, busy))
    result = {
        name: {
            "seconds_to_ready": round(statistics.median(seconds for seconds, _ in found), 3),
            "megabytes": round(statistics.median(memory for _, memory in found), 1),
        }
        for name, found in runs.items()
    }
    bare = dict(result["bare"])
    for figures in result.values():
        figures["start_ratio"] = round(figures["seconds_to_ready"] / bare["seconds_to_ready"], 2)
        figures["memory_ratio"] = round(figures["megabytes"] / bare["megabytes"], 2)
    return result


def start(command: list[str], folder: Path) -> tuple[float, float]:
    """Start it, wait until it answers, let it settle; returns seconds and resident megabytes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TALKPRO_", "DATABASE_URL"))}
    env = {**kept, "TALKPRO_DATA": str(folder), "TALKPRO_HTTP_PORT": "0", "TALKPRO_LOG": "error"}
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = next((word for word in line.split() if word.startswith("http://")), "")
        if not address:
            raise RuntimeError(f"it did not start: {line!r}")
        wait_for(f"{address}/health/ready")
        seconds = time.perf_counter() - begun
        time.sleep(2.5)  # two ticks of the clockwork over what is open
        return seconds, psutil.Process(process.pid).memory_info().rss / 2**20
    finally:
        process.kill()
        process.wait()


def wait_for(address: str) -> None:
    """Ask until it answers."""
    until = time.perf_counter() + PATIENCE
    while True:
        try:
            with urlopen(address) as answer:
                answer.read()
                return
        except URLError:
            if time.perf_counter() > until:
                raise
            time.sleep(0.01)


async def fill(file: Path, number: int) -> None:
    """Make a database with this many open interviews, each with a draft."""
    database = await Database.open(f"sqlite+aiosqlite:///{file}")
    try:
        await migrations.upgrade(database)
        await database.write(_fill, number)
    finally:
        await database.close()


def _fill(conn: Connection, number: int) -> None:
    now = datetime.now(UTC)
    questions = bank.load().questions
    workspace = workspaces.workspace_of(conn, "web", "local", now)
    for at in range(number):
        question = questions[at % len(questions)]
        person = Person("web", "local", f"person-{at}")
        interview = Interview(f"{at:016x}", question, now, now, FOLLOW_UPS[question.difficulty], asked_at=now).drafted(
            Message(f"web:{at}", DRAFT, now), now
        )
        record = Record(
            interview=interview,
            account=accounts.account_of(conn, person, now).id,
            workspace=workspace.id,
            person=person,
            origin=Place("web", "local", "practice"),
            public=False,
            wake_at=next_wake(interview, 0),
        )
        interviews.start(conn, replace(record, place=Place("web", "local", "practice", f"{at:020x}")))


def table(result: dict[str, dict[str, float]]) -> str:
    """The figures as a table."""
    names = list(result["bare"])
    lines = [f"{'':<6}" + "".join(f"{name:>18}" for name in names)]
    lines += [f"{row:<6}" + "".join(f"{figures[name]:>18}" for name in names) for row, figures in result.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
