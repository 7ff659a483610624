"""Slack and Discord in one process: one interview each, held at the same time, and neither disturbs the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import pacing
from agent.types import Phase
from bot.core import Core
from bot.ports import Platform
from bot.wording import labels
from storage import interviews
from storage.addresses import Person
from storage.interviews import Record
from tests.adapters.discord_far import discord_far
from tests.adapters.far import ANNA, Far, House, Seen, Shared, house_of
from tests.adapters.slack_far import slack_far
from tests.fakes.judges import Together

ANSWER = "I would sort the input first and then sweep over it once, which costs n log n."


class Both:
    """Two far ends as one; people act on each of them."""

    def __init__(self, *fars: Far) -> None:
        self.fars = fars
        self.settings: Mapping[str, Any] = {}

    def build(self, core: Core) -> list[Platform]:
        return [platform for far in self.fars for platform in far.build(core)]

    async def open(self, address: str) -> None:
        for far in self.fars:
            await far.open(address)

    def person(self, who: str) -> Person:
        return self.fars[0].person(who)

    async def command(self, who: str, words: str) -> None:
        await asyncio.gather(*(far.command(who, words) for far in self.fars))

    async def say(self, who: str, text: str, files: Sequence[Shared] = ()) -> str:
        return "/".join(await asyncio.gather(*(far.say(who, text, files) for far in self.fars)))

    async def edit(self, who: str, said: str, text: str | None) -> None:
        edits = zip(self.fars, said.split("/"), strict=True)
        await asyncio.gather(*(far.edit(who, one, text) for far, one in edits))

    async def press(self, who: str, label: str, values: Mapping[str, str] | None = None) -> None:
        await asyncio.gather(*(far.press(who, label, values) for far in self.fars))

    async def button(self, who: str, label: str) -> Callable[[], Awaitable[None]]:
        return await self.fars[0].button(who, label)

    async def again(self) -> None:
        await asyncio.gather(*(far.again() for far in self.fars))

    async def seen(self, who: str) -> list[Seen]:
        return [one for far in self.fars for one in await far.seen(who)]

    async def documents(self, who: str) -> list[bytes]:
        return [one for far in self.fars for one in await far.documents(who)]

    def pings(self) -> list[str]:
        return [ping for far in self.fars for ping in far.pings()]


async def open_ones(house: House) -> dict[str, Record]:
    """The open interviews by platform."""
    assert house.core is not None
    found = [await house.core.database.read(interviews.open_on, name) for name in ("slack", "discord")]
    return {record.person.platform: record for records in found for record in records}


async def test_an_interview_on_each_platform_goes_on_while_the_other_does(
    migrated_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))  # nobody here minds how fast we speak
    async with slack_far("socket") as slack, discord_far() as discord:
        both = Both(slack, discord)
        async with house_of(both, migrated_sqlite_url, tmp_path, Together()) as house:
            await house.command("medium algorithm")
            held = await open_ones(house)
            assert held.keys() == {"slack", "discord"}
            for _ in range(2):
                await house.say(ANSWER)
                await house.press(labels.SUBMIT)
            closed = {name: await house.record(record.interview.id) for name, record in held.items()}
            for far in both.fars:
                page = [one.text for one in await far.seen(ANNA)]
                assert sum("Think aloud" in text for text in page) == 1
                assert sum("by the local judge" in text for text in page) == 1
    for record in closed.values():
        assert record.interview.phase is Phase.CLOSED
        assert [len(turn.evaluations) for turn in record.interview.turns] == [1, 1]
    assert closed["slack"].account != closed["discord"].account


async def test_when_one_platform_is_away_the_other_goes_on(
    migrated_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))
    async with (
        slack_far("socket") as slack,
        discord_far() as discord,
        house_of(Both(slack, discord), migrated_sqlite_url, tmp_path) as house,
    ):
        await house.command("easy algorithm")
        held = await open_ones(house)
        await discord.discord.shut_gateway()
        await slack.say(ANNA, ANSWER)
        await house.settled()
        await slack.press(ANNA, labels.SUBMIT)
        await house.settled()
        turns = {name: (await house.record(one.interview.id)).interview.turns for name, one in held.items()}
        assert (len(turns["slack"]), len(turns["discord"])) == (1, 0)
        await discord.discord.open_gateway()
        await discord.say(ANNA, ANSWER)
        await house.settled()
        assert len((await house.record(held["discord"].interview.id)).interview.draft) == 1
