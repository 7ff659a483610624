"""Killed at the calls that it makes to Discord, before them and after them, it goes on and says nothing twice."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from agent import bank
from tests.fakes.discord import Discord, far_end
from tests.fakes.discord.world import Channel
from tests.kill import discord as script
from tests.kill.lives import Program, program
from tests.kill.wire import PATIENCE, Fate, kept_at, live

THREADS, MEMBER = "POST /channels/{channel_id}/threads", "PUT /channels/{channel_id}/thread-members/{user_id}"
POST, EDIT = "POST /channels/{channel_id}/messages", "PATCH /channels/{channel_id}/messages/{message_id}"
CALLBACK = "POST /interactions/{interaction_id}/{interaction_token}/callback"
DEATHS = [
    f"before {CALLBACK}",
    f"after {THREADS}",
    f"before {MEMBER}",
    f"after {POST}",
    f"before {POST}",
    f"after {EDIT}",
    f"after {CALLBACK}",
]
"""Where it dies, in this order, each life once."""


class Stage:
    """Where one interview is held: a Discord, and a person in a server there."""

    def __init__(self, far: Discord) -> None:
        self.far = far
        self.far.world.patience = PATIENCE
        self.anna = far.member("Anna")
        self.lobby = far.lobby(self.anna)

    def told(self) -> dict[str, str]:
        """The settings of the program."""
        return {
            "DISCORD_TOKEN": self.far.token,
            "DISCORD_API_URL": self.far.api_url,
            "DISCORD_GATEWAY_URL": self.far.gateway_url,
        }

    async def hold(self, one: Program, deaths: list[str]) -> tuple[Fate, Channel]:
        """Hold the interview; the program dies at these boundaries. Gives the thread, too."""
        fate = Fate(one, [*deaths])
        self.far.rest.crossed = fate.cross
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            living = group.create_task(live(one))
            await self.far.world.until(lambda: self.far.gateway.connected and self.far.world.commands)
            thread = await script.hold(self.far, self.anna, self.lobby, bank.load())
            living.cancel()
        return fate, thread


async def run(folder: Path, template: Path, deaths: list[str]) -> tuple[Fate, list[str], tuple[object, ...]]:
    folder.mkdir()
    shutil.copyfile(template, folder / "talkpro.db")
    address = f"sqlite+aiosqlite:///{folder / 'talkpro.db'}"
    async with far_end() as far:
        stage = Stage(far)
        async with program(folder, address, **stage.told()) as one:
            fate, thread = await stage.hold(one, deaths)
            stored = await kept_at(address, script.kept)
            seen = script.seen_by(stage.anna, thread)
            await one.kill()
            assert not one.faults, one.log
            return fate, seen, stored


async def test_killed_before_and_after_what_it_says_it_goes_on(template: Path, tmp_path: Path) -> None:
    undisturbed, whole, expected = await run(tmp_path / "whole", template, [])
    assert {*DEATHS} <= {*undisturbed.crossed}
    killed, seen, stored = await run(tmp_path / "killed", template, DEATHS)
    assert killed.deaths == []
    assert seen == whole
    assert stored == expected
