"""A Discord on loopback: REST and gateway for discord.py unmodified, people who use it, and faults to switch on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.fakes.discord import faults, people
from tests.fakes.discord import judge as judging
from tests.fakes.discord.faults import Faults
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.people import Member
from tests.fakes.discord.rest import API, Exchange, Rest
from tests.fakes.discord.world import Channel, Guild, World

__all__ = ["TOKEN", "Discord", "Member", "far_end", "faults", "people"]

TOKEN = "a-token-that-opens-nothing"


class Discord:
    """All of it. `api_url` and `gateway_url` are what DISCORD_API_URL and DISCORD_GATEWAY_URL name."""

    def __init__(self, *, token: str = TOKEN, judged: bool = True) -> None:
        self.token = token
        self.world = World()
        self.judge = judging.Judge() if judged and judging.is_there() else None
        self.gateway = Gateway(self.world, token)
        self.rest = Rest(self.world, token, self.judge)
        self.api_url = ""
        self.gateway_url = ""
        self._doors: list[web.AppRunner] = []
        self._gate: web.TCPSite | None = None

    @property
    def faults(self) -> Faults:
        return self.rest.faults

    @property
    def exchanges(self) -> list[Exchange]:
        return self.rest.exchanges

    def member(self, name: str, *, by_user: bool = False) -> Member:
        """A new person."""
        return Member(self.world.user(name), self.rest.messages, self.rest.interactions, by_user=by_user)

    def guild(self, name: str, *members: Member, installed: bool = True) -> Guild:
        return self.world.guild(name, *(member.user for member in members), installed=installed)

    def lobby(self, *members: Member, installed: bool = True) -> Channel:
        """The text channel of a new server with these people."""
        return self.world.channel(self.guild("Practice", *members, installed=installed), "lobby")

    async def open(self) -> None:
        """Listen on two free ports."""
        self.api_url = await self._listen(self.rest.app) + API
        self.world.base = self.api_url.removesuffix(API)
        app = web.Application()
        app.router.add_get("/", self.gateway.serve)
        self.gateway_url = (await self._listen(app)).replace("http", "ws") + "/"
        self.gateway.address = self.world.gateway = self.gateway_url

    async def close(self) -> None:
        """Hang up."""
        self.faults.clear()
        self.gateway.drop()
        for door in self._doors:
            await door.cleanup()

    async def shut_gateway(self) -> None:
        """Refuse new connections to the gateway, and break those there are."""
        assert self._gate is not None
        await self._gate.stop()
        self.gateway.drop()

    async def open_gateway(self) -> None:
        """Take connections to the gateway again, at the same address."""
        port = int(self.gateway_url.rpartition(":")[2].strip("/"))
        self._gate = web.TCPSite(self._doors[-1], "127.0.0.1", port)
        await self._gate.start()

    async def _listen(self, app: web.Application) -> str:
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        self._doors.append(runner)
        self._gate = web.TCPSite(runner, "127.0.0.1", 0)
        await self._gate.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def far_end(*, judged: bool = True) -> AsyncIterator[Discord]:
    """A Discord that is there inside the block; in the end every exchange must have been right."""
    discord = Discord(judged=judged)
    await discord.open()
    try:
        yield discord
    finally:
        await discord.close()
    if discord.judge is not None:
        assert not discord.judge.problems, "\n".join(dict.fromkeys(discord.judge.problems))
