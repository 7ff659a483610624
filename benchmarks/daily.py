"""What 100,000 daily questions cost: memory, start-up, an idle tick, and a tick at which 2,000 are due.

Beside it, in the same run, APScheduler with one cron job per subscriber, which is how such bots are usually built. Each
figure comes from a process of its own; memory and start-up are what subscribers add to that process.

    python -m benchmarks.daily [--json] [--subscribers 100000] [--due 2000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psutil
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection

from bot.delivery import Deliveries, rescheduled
from bot.schedule import EVERY_DAY
from storage import migrations, practice
from storage.addresses import Person
from storage.database import Database
from storage.practice import Practice
from storage.tables import accounts

ROOT = Path(__file__).parents[1]
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Sydney")
IDLE_TICKS = 200
SMALL = 10_000
"""The number of cron jobs of the smaller baseline."""


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=2_000)
    parser.add_argument("--child", choices=("ours", "cron"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.child == "ours":
        print(json.dumps(asyncio.run(ours(asked.folder, asked.due))))
    elif asked.child == "cron":
        print(json.dumps(asyncio.run(cron(asked.subscribers, asked.due))))
    else:
        result = measure(asked.subscribers, asked.due)
        print(json.dumps(result) if asked.json else table(result))


def measure(subscribers: int, due: int) -> dict[str, dict[str, float]]:
    """All figures, and how many times more the cron jobs take than the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(fill(folder, subscribers))
        found = {"table": child("ours", folder, subscribers, due)}
    small = min(SMALL, subscribers)
    found[f"cron jobs, {small}"] = child("cron", Path(), small, due)
    found[f"cron jobs, {subscribers}"] = child("cron", Path(), subscribers, due)
    mine = found["table"]
    for figures in found.values():
        figures["start_ratio"] = round(figures["start_ms"] / mine["start_ms"], 1)
        figures["memory_ratio"] = round(figures["memory_kb"] / max(mine["memory_kb"], 1), 1)
    return found


def child(what: str, folder: Path, subscribers: int, due: int) -> dict[str, float]:
    """Measure one of them in a process of its own."""
    words = [f"--child={what}", f"--folder={folder}", f"--subscribers={subscribers}", f"--due={due}"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.daily", *words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    measured: dict[str, float] = json.loads(ran.stdout)
    return measured


def rss_kb() -> float:
    return float(psutil.Process().memory_info().rss) / 1024


async def fill(folder: Path, subscribers: int) -> None:
    """A database with this many schedules, none due now."""
    database = await Database.open(f"sqlite:///{folder}/talkpro.db")
    await migrations.upgrade(database)
    for start in range(0, subscribers, 5_000):
        await database.write(_fill, range(start, min(start + 5_000, subscribers)))
    await database.close()


def _fill(conn: Connection, numbers: range) -> None:
    now = datetime.now(UTC)
    conn.execute(accounts.insert(), [{"id": f"{number:032}", "created_at": now.timestamp()} for number in numbers])
    for number in numbers:
        zone = ZONES[number % len(ZONES)]
        someone = Practice(
            account=f"{number:032}",
            person=Person("slack", "T1", f"U{number}"),
            minute=number * 7 % 1440,
            days=EVERY_DAY,
            zone=zone,
            since=date(2026, 1, 1),
            level_since=date(2026, 1, 1),
        )
        # Nobody within the next hours, so that idle ticks are idle.
        practice.save(conn, rescheduled(someone, now + timedelta(hours=12)))


async def ours(folder: Path, due: int) -> dict[str, float]:
    """The table: opening it, the memory of it, an idle tick, and one that finds so many due."""
    warm = await Database.open(f"sqlite:///{folder}/empty.db")  # what any use of the database costs is not ours
    await warm.check()
    before, begun = rss_kb(), time.perf_counter()
    database = await Database.open(f"sqlite:///{folder}/talkpro.db")
    deliveries = Deliveries(database)
    await deliveries.ask_due(datetime.now(UTC))
    started = time.perf_counter() - begun
    idle = []
    for _ in range(IDLE_TICKS):
        begun = time.perf_counter()
        await deliveries.ask_due(datetime.now(UTC))
        idle.append(time.perf_counter() - begun)
    memory = rss_kb() - before
    await database.write(_make_due, due)
    lag = asyncio.create_task(longest_lag())
    await asyncio.sleep(0)
    begun = time.perf_counter()
    looked_at = await deliveries.ask_due(datetime.now(UTC))
    took = time.perf_counter() - begun
    lag.cancel()
    [blocked] = await asyncio.gather(lag, return_exceptions=True)
    assert looked_at == due, looked_at
    await warm.close()
    await database.close()
    return {
        "start_ms": round(started * 1000, 1),
        "memory_kb": round(memory),
        "idle_tick_ms": round(statistics.median(idle) * 1000, 2),
        "due_tick_ms": round(took * 1000),
        "blocked_ms": round(float(str(blocked)) * 1000, 1),
    }


def _make_due(conn: Connection, due: int) -> None:
    now = datetime.now(UTC)
    for number in range(due):
        account = f"{number:032}"
        someone = practice.get(conn, account)
        assert someone is not None
        here = now - timedelta(minutes=2)
        someone = replace(someone, zone="UTC", minute=here.hour * 60 + here.minute, next_on=here.date())
        practice.save(conn, replace(someone, next_due_at=here))


class Lag(Exception):
    """The longest time the event loop did not answer, in seconds."""


async def longest_lag() -> None:
    """Watch the event loop until cancelled, then raise Lag."""
    longest = 0.0
    try:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - begun - 0.001)
    except asyncio.CancelledError as ended:
        raise Lag(longest) from ended


async def cron(subscribers: int, due: int) -> dict[str, float]:
    """One cron job per subscriber, in memory: adding them, their memory, and so many due at once."""
    before, begun = rss_kb(), time.perf_counter()
    scheduler = AsyncIOScheduler(timezone="UTC")
    for number in range(subscribers):
        minute, zone = number * 7 % 1440, ZONES[number % len(ZONES)]
        trigger = CronTrigger(hour=minute // 60, minute=minute % 60, timezone=zone)
        scheduler.add_job(nothing, trigger, args=(number,), id=str(number), misfire_grace_time=None)
    scheduler.start()
    started = time.perf_counter() - begun
    memory = rss_kb() - before
    left, done = count(due - 1, -1), asyncio.Event()

    async def last_of_all() -> None:
        if next(left) == 0:
            done.set()

    lag = asyncio.create_task(longest_lag())
    await asyncio.sleep(0.1)
    for job in scheduler.get_jobs()[:due]:
        job.modify(next_run_time=datetime.now(UTC) + timedelta(milliseconds=500), func=last_of_all, args=())
    await asyncio.sleep(0.45)
    begun = time.perf_counter()
    await done.wait()
    took = time.perf_counter() - begun
    lag.cancel()
    [blocked] = await asyncio.gather(lag, return_exceptions=True)
    scheduler.shutdown(wait=False)
    return {
        "start_ms": round(started * 1000, 1),
        "memory_kb": round(memory),
        "due_tick_ms": round(took * 1000),
        "blocked_ms": round(float(str(blocked)) * 1000, 1),
    }


async def nothing(number: int) -> None:
    """What a job of the baseline does."""


def table(result: dict[str, dict[str, Any]]) -> str:
    """The figures as a table."""
    names = list(result["table"])
    lines = [f"{'':<20}" + "".join(f"{name:>14}" for name in names)]
    lines += [
        f"{row:<20}" + "".join(f"{figures.get(name, '-'):>14}" for name in names) for row, figures in result.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
