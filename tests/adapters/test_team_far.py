"""The weekly channel question over the wires of Slack and Discord: who may set it up, and what everybody sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.slack import pacing
from bot.wording import labels
from bot.wording import team as words
from storage import team
from storage.addresses import Place
from tests.adapters.discord_far import DiscordFar, discord_far
from tests.adapters.far import ANNA, BEN, Far, House, house_of, plain
from tests.adapters.slack_far import SlackFar, slack_far
from tests.fakes.discord.world import Permission


@pytest.fixture
async def slack() -> AsyncIterator[SlackFar]:
    async with slack_far("socket") as opened:
        yield opened


@pytest.fixture
async def discord() -> AsyncIterator[DiscordFar]:
    async with discord_far() as opened:
        yield opened


async def said(house: House, far: Far, words: str, who: str = BEN) -> bool:
    return any(plain(words) in one.text for one in await far.seen(who))


async def hurry(house: House, place: Place) -> None:
    """Make what was set up due now, or the model answer of what was asked."""
    assert house.core is not None
    assert house.ticks is not None
    database, now = house.core.database, datetime.now(UTC)
    practice = await database.read(team.get, team.id_of(place))
    assert practice is not None
    week = await database.read(team.latest, practice.id)
    if week is None:
        at = now - timedelta(minutes=1)
        due = replace(practice, zone="UTC", minute=at.hour * 60 + at.minute, day=at.weekday(), next_on=at.date())
        await database.write(team.save, replace(due, next_due_at=at))
    else:
        await database.write(team.keep, replace(week, reveal_at=now))
    await house.ticks.ask_due()
    await house.settled()


async def answered(house: House, far: Far, place: Place) -> None:
    """The question comes to the channel, Ben answers it in private, and the model answer follows."""
    await hurry(house, place)
    assert await said(house, far, "This week's question: ")
    await far.press(BEN, words.ANSWER)
    await house.settled()
    assert await said(house, far, "Nothing was posted here")
    assert not await said(house, far, "Nothing is judged until you press Submit", ANNA)
    await far.say(BEN, "I would sort the input first and then sweep over it once, which costs n log n.")
    await house.settled()
    await far.press(BEN, labels.SUBMIT)
    await house.settled()
    await far.press(BEN, words.ANSWER)
    await house.settled()
    assert await said(house, far, "You answered this one already") or await said(house, far, "You have begun")
    await far.press(BEN, words.STOP)
    await house.settled()
    assert await said(house, far, words.admins_only())
    await hurry(house, place)
    assert await said(house, far, "A strong answer to", ANNA)
    assert not await said(house, far, "people answered")


async def test_in_slack(
    slack: SlackFar, migrated_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "CHANNEL", (1000, 1.0))  # nobody here minds how fast we speak
    async with house_of(slack, migrated_sqlite_url, tmp_path) as house:
        await house.command("team monday 10:00")
        assert await said(house, slack, words.admins_only(), ANNA)
        slack.people[ANNA].member.admin = True
        slack.hall.members.discard(slack.team.bot_user)
        await house.command("team monday 10:00")
        assert await said(house, slack, "I am not in that channel. Invite me there with /invite", ANNA)
        slack.hall.members.add(slack.team.bot_user)
        await house.command("team monday 10:00")
        assert await said(house, slack, "A question for this channel comes every Monday at 10:00 (Europe/Lisbon)")
        await answered(house, slack, Place("slack", slack.team.id, slack.hall.id))
        question, answer = [one for one in slack.people[BEN].messages(slack.hall) if not one.only_for][-2:]
        assert answer.thread_ts == question.ts
        direct = slack.people[ANNA].direct
        await slack.people[ANNA].command("team monday 10:00", direct)
        await house.settled()
        assert await said(house, slack, words.no_team_here(), ANNA)


async def test_in_discord(discord: DiscordFar, migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with house_of(discord, migrated_sqlite_url, tmp_path) as house:
        anna, guild = discord.people[ANNA], discord.lobby.guild
        assert guild is not None
        guild.members[anna.user.id] &= ~Permission.MANAGE_THREADS  # who may that reads private threads, as is said
        await house.command("team monday 10:00 Berlin", BEN)
        assert await said(house, discord, words.admins_only())
        discord.lobby.denied = Permission.SEND
        options = {"days": "monday", "time": "10:00", "zone": "Europe/Berlin"}
        await anna.slash("interview-admin team", discord.lobby, **options)
        await house.settled()
        assert await said(house, discord, "I cannot post the weekly question here. I may not write there", ANNA)
        discord.lobby.denied = 0
        await anna.slash("interview-admin team", discord.lobby, **options)
        await house.settled()
        assert await said(house, discord, "A question for this channel comes every Monday at 10:00 (Europe/Berlin)")
        await answered(house, discord, Place("discord", str(guild.id), str(discord.lobby.id)))
        answer = next(one for one in reversed(anna.visible(discord.lobby)) if "A strong answer" in one.content)
        assert answer.answers is not None
        assert "This week's question" in answer.answers.content
        discord.lobby.denied = Permission.HISTORY
        assert house.platform is not None
        below = Place("discord", str(guild.id), str(discord.lobby.id), str(answer.answers.id))
        await house.platform.at(below).say("Another answer", key="another")
        assert anna.visible(discord.lobby)[-1].answers is None
