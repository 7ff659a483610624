"""How many interactions Discord's side of the product takes, how soon, and what each costs, beside bare discord.py.

A pretended Discord and the load are in this process; the client is in another, over loopback: first a handler of a
few lines on discord.py alone, then the whole product on SQLite, which stores each interaction before it answers.
Two deeds are measured. `press`: a button that asks for nothing more than being taken. `command`: `/interview help`,
answered at once and then with a text; the bare handler sends the same requests.

`per_second`: first answers with 16 in flight. `p50_ms`, `p99_ms`: from the event on the socket to the first answer, at
200 a second. `cpu_ms`: of the client's process, per interaction, all that follows from it included.

    python -m benchmarks.discord [--json] [--count 2000] [--rate 200] [--seconds 10]
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
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil

from tests.fakes.discord import Discord, Member, far_end
from tests.fakes.discord.interactions import COMMAND, Interaction
from tests.fakes.discord.messages import Sent
from tests.fakes.discord.rest import Bucket
from tests.fakes.discord.world import Channel

ROOT = Path(__file__).parents[1]
IN_FLIGHT = 16
PEOPLE = 400
BUTTON = "p|cancel|"
"""A button that the product takes, and that asks for nothing."""

Begin = Callable[[], Interaction]
Figures = dict[str, float]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    parser.add_argument("--count", type=int, default=2000, help="interactions with 16 in flight")
    parser.add_argument("--rate", type=int, default=200, help="interactions a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="for so long")
    parser.add_argument("--bare", nargs=3, metavar=("API", "GATEWAY", "TOKEN"), help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.bare:
        bare(*asked.bare)
        return
    result = asyncio.run(measure(Amount(asked.count, asked.rate, asked.seconds)))
    print(json.dumps(result) if asked.json else table(result))


@dataclass(frozen=True, slots=True)
class Amount:
    """So many with 16 in flight, and then so many a second for so long."""

    number: int
    rate: int
    seconds: float


# What is measured


async def measure(amount: Amount) -> dict[str, Figures]:
    """The figures of both, by deed, and how ours compares."""
    result: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, client in (("bare", bare_client), ("product", product)):
            async with far_end(judged=False) as far, client(far, Path(folder)) as process:
                load = Load(far)
                for deed, begin in (("press", load.press), ("command", load.command)):
                    result[f"{deed}, {name}"] = await _figures(load, process, begin, amount)
    for deed in ("press", "command"):
        ours, theirs = result[f"{deed}, product"], result[f"{deed}, bare"]
        result[f"{deed}, compared"] = {
            "per_second": round(ours["per_second"] / theirs["per_second"], 2),
            "cpu_ms": round(ours["cpu_ms"] - theirs["cpu_ms"], 2),
        }
    return result


async def _figures(load: Load, process: psutil.Process, begin: Begin, amount: Amount) -> Figures:
    await load.at_once(begin, IN_FLIGHT * 10)
    begun, used, number = time.perf_counter(), _cpu(process), amount.number
    await load.at_once(begin, number)
    first = time.perf_counter() - begun
    await load.answered_whole()
    whole = time.perf_counter() - begun
    cpu = _cpu(process) - used
    waits = await load.steadily(begin, amount.rate, amount.seconds)
    cuts = statistics.quantiles(waits, n=100)
    return {
        "per_second": round(number / first),
        "whole_per_second": round(number / whole),
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "cpu_ms": round(cpu / number * 1000, 2),
        "megabytes": round(process.memory_info().rss / 2**20),
    }


def _cpu(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


class Load:
    """People who press and type as fast as they are told to."""

    def __init__(self, far: Discord) -> None:
        """People in one server, and a message with a button there."""
        self.far = far
        self.people: list[Member] = [far.member(f"Person {number}") for number in range(PEOPLE)]
        self.lobby: Channel = far.lobby(*self.people)
        row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": BUTTON}]}
        self.source = far.rest.messages.post(self.lobby, far.world.app, Sent({"content": "Go?", "components": [row]}))
        self._next = count()
        self._begun: list[Interaction] = []

    def press(self) -> Interaction:
        """The next person presses the button."""
        return self._kept(self._person().pressing(self.source, BUTTON))

    def command(self) -> Interaction:
        """The next person asks for help."""
        return self._kept(self._person().slashes("interview help", self.lobby))

    def _person(self) -> Member:
        return self.people[next(self._next) % PEOPLE]

    def _kept(self, begun: Interaction) -> Interaction:
        self._begun.append(begun)
        return begun

    async def at_once(self, begin: Begin, number: int) -> None:
        """Do it so often, with sixteen at a time waiting for the first answer."""
        left = iter(range(number))

        async def one_after_another() -> None:
            for _ in left:
                await begin().done.wait()

        await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))

    async def steadily(self, begin: Begin, rate: int, seconds: float) -> list[float]:
        """Do it so often a second; gives the seconds to each first answer."""
        loop = asyncio.get_running_loop()
        start, begun = loop.time(), []
        for number in range(int(rate * seconds)):
            pause = start + number / rate - loop.time()
            if pause > 0:
                await asyncio.sleep(pause)
            begun.append(begin())
        for one in begun:
            await one.done.wait()
        await self.answered_whole()
        return [(one.answered_at - one.at).total_seconds() for one in begun if one.answered_at is not None]

    async def answered_whole(self) -> None:
        """Wait until every command has its whole answer; then forget what was said."""
        for one in self._begun:
            while one.type == COMMAND and one.original is not None and one.original.edited_at is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        self._begun.clear()
        self.far.rest.interactions.all.clear()
        self.far.rest.messages.posted.clear()
        for session in self.far.gateway.sessions.values():
            session.log[:-1] = [{}] * (len(session.log) - 1)
        self.far.world.messages = {self.source.id: self.source}


# The clients


@asynccontextmanager
async def bare_client(far: Discord, _: Path) -> AsyncIterator[psutil.Process]:
    """A handler of a few lines."""
    words = ["-m", "benchmarks.discord", "--bare", far.api_url, far.gateway_url, far.token]
    async with _process(far, words, dict(os.environ)) as process:
        yield process


@asynccontextmanager
async def product(far: Discord, folder: Path) -> AsyncIterator[psutil.Process]:
    """The product, as it is started by `talkpro run`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TALKPRO_", "DATABASE_URL"))}
    env |= {
        "DISCORD_TOKEN": far.token,
        "DISCORD_API_URL": far.api_url,
        "DISCORD_GATEWAY_URL": far.gateway_url,
        "TALKPRO_DATA": str(folder),
        "TALKPRO_HTTP_PORT": "0",
        "TALKPRO_LOG": "error",
        "TALKPRO_RUNNER": "off",
    }
    async with _process(far, ["-m", "bot", "run"], env) as process:
        yield process


@asynccontextmanager
async def _process(far: Discord, words: list[str], env: dict[str, str]) -> AsyncIterator[psutil.Process]:
    far.rest.keeps = False
    far.rest.limits.everything = Bucket(10**9, 1.0)
    far.rest.limits.usual = (10**9, 1.0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await far.world.until(lambda: far.gateway.connected and far.world.commands)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()


def bare(api: str, gateway: str, token: str) -> None:
    """Run a client that answers as the product does, and does nothing else."""
    import discord
    import yarl
    from discord import app_commands
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, yarl.URL(gateway)

    class Client(discord.AutoShardedClient):
        async def setup_hook(self) -> None:
            await tree.sync()

        async def on_interaction(self, interaction: discord.Interaction[Client]) -> None:
            if interaction.type is discord.InteractionType.component:
                await interaction.response.defer()

    client = Client(intents=discord.Intents(guilds=True), max_messages=None)
    tree = app_commands.CommandTree(client)
    group = app_commands.Group(name="interview", description="Practise")

    @group.command(name="help", description="Help")
    async def answer(interaction: discord.Interaction[Client]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="What I can do. " * 40)

    tree.add_command(group)
    client.run(token, log_handler=None)


def table(result: dict[str, Figures]) -> str:
    """The figures as a table."""
    names = ["per_second", "whole_per_second", "p50_ms", "p99_ms", "cpu_ms", "megabytes"]
    lines = [f"{'':<20}" + "".join(f"{name:>18}" for name in names)]
    for row, figures in result.items():
        lines.append(f"{row:<20}" + "".join(f"{figures.get(name, ''):>18}" for name in names))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
