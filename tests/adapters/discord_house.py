"""The whole product behind a Discord on loopback, with people in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from adapters.discord.platform import Discord
from adapters.discord.settings import DiscordSettings
from bot.core import Core
from bot.logs import make_log
from bot.ports import Platform
from bot.settings import Settings
from bot.wiring import Running, running
from storage import interviews
from storage.database import Database
from storage.interviews import Record
from tests.fakes.discord import Discord as Far
from tests.fakes.discord.people import Member
from tests.fakes.discord.world import Channel


@dataclass
class House:
    """A running house: its platform and its database."""

    far: Far
    house: Running
    platform: Discord
    database: Database
    core: Core

    async def open_ones(self) -> list[Record]:
        return await self.database.read(interviews.open_on, "discord")

    async def thread_of(self, member: Member) -> Channel:
        """The newest thread that this person sees, once it is there."""
        return await member.waits(lambda: member.threads[-1] if member.threads else None)


@asynccontextmanager
async def house_at(far: Far, url: str, folder: Path) -> AsyncIterator[House]:
    """Run the product against this Discord, connected when the block begins."""
    settings = Settings(database_url=url, data=folder, _env_file=None)
    own = DiscordSettings(_env_file=None, token=SecretStr(far.token), api_url=far.api_url, gateway_url=far.gateway_url)
    built: list[tuple[Core, Discord]] = []

    def build(core: Core) -> list[Platform]:
        built.append((core, Discord(core, own, identify_seconds=0)))
        return [built[0][1]]

    async with running(settings, build, make_log("error"), serve=False, rests=(0.01,)) as house:
        core, platform = built[0]
        await far.world.until(lambda: far.gateway.connected and far.world.commands)
        yield House(far, house, platform, core.database, core)
