"""How fast a command of Slack's is acknowledged: the whole product, durable before the ack, beside a bare bolt handler.

Both run in a process of their own before the same Slack on loopback, in turns, by Socket Mode and by signed requests.
A command is `/interview help`; the product also answers it, through its queue. `at once`: 64 commands are always in
flight; what was put off meanwhile shows in the answers a second, counted until the last of them is there. `steady`: 200
arrive each second, whatever becomes of those before.

    python -m benchmarks.slack [--json] [--seconds 5] [--rounds 2]
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
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.fakes.slack import APP_TOKEN, SIGNING_SECRET, FakeSlack, fake_slack
from tests.fakes.slack.delivery import Delivery, Http
from tests.fakes.slack.server import RESPONSES
from tests.kill.lives import free_port

AT_ONCE, A_SECOND = 64, 200
PEOPLE = 500
ANSWER_SECONDS = 300.0
TOKEN = "xoxb-T000000001-of-the-test"


@dataclass(frozen=True, slots=True)
class Figures:
    """What one process did: commands a second at once, ack times when steady, and its CPU for a command of those.

    `answers_per_s` is of the same commands, and of the time until the last was answered; `behind_s` is how long after
    the last ack of the steady ones that was. `cpu_ms` holds everything that the process did for the commands, the
    answers of the product included.
    """

    commands_per_s: float
    answers_per_s: float
    behind_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    lost: int


# The two programs.


async def bare(mode: str, api: str, port: int) -> None:
    """As a short bolt program is written, with the flag that makes it quick."""
    from aiohttp import ClientSession, web
    from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
    from slack_bolt.app.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    async with ClientSession() as session:
        client = AsyncWebClient(token=TOKEN, base_url=api, session=session)
        app = AsyncApp(client=client, signing_secret=SIGNING_SECRET, process_before_response=True)

        @app.command("/interview")
        async def answer(ack: Callable[..., Any]) -> None:
            await ack("ok")

        if mode == "socket":
            await AsyncSocketModeHandler(app, APP_TOKEN).connect_async()  # type: ignore[no-untyped-call]
        else:
            runner = web.AppRunner(app.web_app("/slack/events"), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
        print("up", flush=True)
        await asyncio.Event().wait()


async def product(mode: str, api: str, port: int, folder: Path) -> None:
    """All of it, as `talkpro run` runs it."""
    from adapters.slack.settings import SlackSettings
    from adapters.slack.setup import set_up
    from bot.core import Core
    from bot.logs import make_log
    from bot.ports import Platform
    from bot.settings import Settings
    from bot.wiring import Running, run_until_told

    told: dict[str, Any] = {"bot_token": TOKEN, "api_url": api}
    told |= {"app_token": APP_TOKEN} if mode == "socket" else {"signing_secret": SIGNING_SECRET}

    def build(core: Core) -> list[Platform]:
        return set_up(core, SlackSettings(_env_file=None, **told))

    settings = Settings(_env_file=None, data=folder, http_port=port, runner="off")

    def ready(_house: Running) -> None:
        print("up", flush=True)

    await run_until_told(settings, build, make_log("error"), ready)


# What drives them.


async def measure(name: str, mode: str, seconds: float) -> Figures:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="talkpro-slack-") as folder:
        async with fake_slack() as slack:
            team = slack.world.team("hall")
            words = [sys.executable, "-m", "benchmarks.slack", "--child", name, "--mode", mode, "--api", slack.api_url]
            with subprocess.Popen(
                [*words, "--port", str(port), "--folder", folder], stdout=subprocess.PIPE, env={**os.environ}
            ) as process:
                try:
                    assert process.stdout is not None
                    assert await asyncio.to_thread(process.stdout.readline) == b"up\n"
                    if mode == "socket":
                        await slack.connected(2 if name == "product" else 1)
                    else:
                        slack.post.http = Http(f"http://127.0.0.1:{port}/slack/events", SIGNING_SECRET)
                    driver = Driver(slack, team.id, answered_by_ack=name == "bolt")
                    return await _driven(driver, psutil.Process(process.pid), seconds)
                finally:
                    process.terminate()


class Driver:
    """People who type commands, without the parts of the pretended Slack that would only cost time here."""

    def __init__(self, slack: FakeSlack, team: str, *, answered_by_ack: bool) -> None:
        self.slack = slack
        self.people = [slack.person(slack.world.teams[team], f"p{n}") for n in range(PEOPLE)]
        self.lobby = slack.world.channel(slack.world.teams[team], "lobby")
        self.times: list[float] = []
        self.lost = 0
        self._answered_by_ack = answered_by_ack
        self._sent = 0

    async def command(self) -> None:
        """Type one, and wait for its ack."""
        person = self.people[self._sent % PEOPLE]
        self._sent += 1
        payload = {
            "team_id": person.team.id,
            "channel_id": self.lobby.id,
            "user_id": person.id,
            "command": "/interview",
            "text": "help",
            "response_url": self.slack.new_response_url(self.lobby.id, person.id),
            "trigger_id": self.slack.new_trigger(person.id),
        }
        began = time.perf_counter()
        delivery = Delivery("slash_commands", payload)
        await self.slack.post._deliver(delivery)
        self.times.append(time.perf_counter() - began)
        self.lost += not delivery.acknowledged

    async def answered(self) -> None:
        """Wait until every command that was acknowledged is answered too."""
        if self._answered_by_ack:
            return
        async with asyncio.timeout(ANSWER_SECONDS):
            while sum(url.left < RESPONSES for url in self.slack.responses.values()) < len(self.times) - self.lost:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    def tidy(self) -> None:
        """Forget what only piles up here."""
        self.times.clear()
        self.lost = 0
        self.slack.responses.clear()
        self.slack.world.messages.clear()
        self.slack.triggers.clear()


async def _driven(driver: Driver, process: psutil.Process, seconds: float) -> Figures:
    for _ in range(50):
        await driver.command()  # the first ones open connections and fill caches
    await driver.answered()
    await _settled(process)  # the product loads the models' SDK beside its first work
    driver.tidy()
    began = time.perf_counter()
    await _at_once(driver, seconds)
    at_once = len(driver.times) / (time.perf_counter() - began)
    await driver.answered()
    answers, lost = len(driver.times) / (time.perf_counter() - began), driver.lost
    await _settled(process)
    driver.tidy()
    before = _cpu(process)
    await _steady(driver, seconds)
    acknowledged = time.perf_counter()
    await driver.answered()
    behind = time.perf_counter() - acknowledged
    times = sorted(driver.times)
    await _settled(process)
    return Figures(
        commands_per_s=round(at_once, 1),
        answers_per_s=round(answers, 1),
        behind_s=round(behind, 2),
        p50_ms=round(times[len(times) // 2] * 1000, 2),
        p99_ms=round(times[int(len(times) * 0.99)] * 1000, 2),
        cpu_ms=round((_cpu(process) - before) * 1000 / len(times), 3),
        lost=lost + driver.lost,
    )


async def _at_once(driver: Driver, seconds: float) -> None:
    """So many always in flight."""
    began = time.perf_counter()

    async def type_on() -> None:
        while time.perf_counter() - began < seconds:
            await driver.command()

    await asyncio.gather(*(type_on() for _ in range(AT_ONCE)))


async def _steady(driver: Driver, seconds: float) -> None:
    """So many each second; one that is slow keeps nobody waiting."""
    async with asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for number in range(int(seconds * A_SECOND)):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            group.create_task(driver.command())


async def _settled(process: psutil.Process) -> None:
    """Wait until the process has nothing left to do."""
    used, idle = _cpu(process), 0
    while idle < 3:
        await asyncio.sleep(0.5)
        now = _cpu(process)
        idle = idle + 1 if now - used < 0.05 else 0
        used = now


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


# What comes of it.


async def run(seconds: float, rounds: int) -> dict[str, Any]:
    found: dict[str, dict[str, list[Figures]]] = {mode: {"bolt": [], "product": []} for mode in ("socket", "http")}
    for number in range(rounds):
        for mode, names in found.items():
            for name in sorted(names, reverse=bool(number % 2)):
                names[name].append(await measure(name, mode, seconds))
    medians = {
        mode: {
            name: {
                field: round(statistics.median(asdict(one)[field] for one in figures), 3)
                for field in asdict(figures[0])
            }
            for name, figures in names.items()
        }
        for mode, names in found.items()
    }
    return {
        "seconds": seconds,
        "rounds": rounds,
        "results": medians,
        "product_to_bolt": {
            mode: round(names["product"]["commands_per_s"] / names["bolt"]["commands_per_s"], 2)
            for mode, names in medians.items()
        },
    }


def table(outcome: dict[str, Any]) -> str:
    head = f"{'mode':8} {'program':8} {'commands/s':>11} {'answers/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'behind s':>9}"
    lines = [f"{head} {'CPU ms':>8} {'lost':>5}"]
    for mode, names in outcome["results"].items():
        lines += [
            f"{mode:8} {name:8} {one['commands_per_s']:>11} {one['answers_per_s']:>10} {one['p50_ms']:>8} "
            f"{one['p99_ms']:>8} {one['behind_s']:>9} {one['cpu_ms']:>8} {one['lost']:>5}"
            for name, one in names.items()
        ]
    lines.append(f"product / bolt, commands/s at {AT_ONCE} in flight: {outcome['product_to_bolt']}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--child", choices=("bolt", "product"), help=argparse.SUPPRESS)
    parser.add_argument("--mode", choices=("socket", "http"), help=argparse.SUPPRESS)
    parser.add_argument("--api", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child == "bolt":
        asyncio.run(bare(asked.mode, asked.api, asked.port))
    elif asked.child == "product":
        asyncio.run(product(asked.mode, asked.api, asked.port, asked.folder))
    else:
        outcome = asyncio.run(run(asked.seconds, asked.rounds))
        print(json.dumps(outcome) if asked.json else table(outcome))


if __name__ == "__main__":
    main()
