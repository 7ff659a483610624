"""What `talkpro doctor` says of Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.discord import doctor
from adapters.discord.settings import DiscordSettings
from bot.wording import discord as wording
from tests.fakes.discord import Discord, far_end


@pytest.fixture
async def far() -> AsyncIterator[Discord]:
    async with far_end() as discord:
        discord.lobby(discord.member("Anna"))
        yield discord


def settings(far: Discord, **changed: str) -> DiscordSettings:
    given = {"token": far.token, "api_url": far.api_url, "gateway_url": far.gateway_url} | changed
    return DiscordSettings(
        _env_file=None,
        token=SecretStr(given["token"]),
        api_url=given["api_url"],
        gateway_url=given["gateway_url"],
    )


async def test_all_is_well_and_the_link_asks_for_exactly_what_is_needed(far: Discord) -> None:
    findings = await doctor.examine(settings(far))
    assert all(finding.ok for finding in findings)
    told = " ".join(finding.detail for finding in findings)
    assert wording.CONTENT_ON in told
    assert f"client_id={far.world.app.id}&scope=bot+applications.commands&permissions=377957239808" in told


async def test_a_bot_that_is_nowhere_yet_is_told_the_way_in(far: Discord) -> None:
    far.world.guilds.clear()
    findings = await doctor.examine(settings(far))
    [finding] = [finding for finding in findings if not finding.ok]
    assert "permissions=377957239808" in finding.mend


def test_the_permissions_are_the_ones_that_have_names() -> None:
    assert sum(1 << bit for bit in wording.PERMISSIONS) == doctor.PERMISSIONS


async def test_without_message_content_it_says_what_works_and_how_to_have_more(far: Discord) -> None:
    far.world.content_flag = False
    findings = await doctor.examine(settings(far))
    assert all(finding.ok for finding in findings)
    assert wording.CONTENT_OFF in [finding.detail for finding in findings]


async def test_a_wrong_token_is_named_with_its_mend_and_never_shown(far: Discord) -> None:
    [finding] = await doctor.examine(settings(far, token="a-wrong-one"))
    assert (finding.ok, finding.subject, finding.mend) == (False, "DISCORD_TOKEN", wording.TOKEN_MEND)
    assert "a-wrong-one" not in str(finding)


async def test_an_address_where_nobody_answers_is_named(far: Discord) -> None:
    [finding] = await doctor.examine(settings(far, api_url="http://127.0.0.1:9/api/v10"))
    assert (finding.ok, finding.subject) == (False, "DISCORD_API_URL")
