"""People in Discord: what they type, change, delete, press and fill in, and what they may not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from bot.wording import discord as discord_wording
from bot.wording import labels
from storage.tables import metadata
from tests.adapters.discord_house import House, house_at
from tests.fakes.discord import Discord, far_end
from tests.fakes.discord.people import Member
from tests.fakes.discord.world import Channel

ANSWER = (
    "The process that had the log open still holds it, so its blocks stay in use; lsof shows it, a restart frees them."
)
LANE = ("interactions", "webhooks")


@pytest.fixture
async def far() -> AsyncIterator[Discord]:
    async with far_end() as discord:
        yield discord


@pytest.fixture
def anna(far: Discord) -> Member:
    return far.member("Anna")


@pytest.fixture
def ben(far: Discord) -> Member:
    return far.member("Ben")


@pytest.fixture
def lobby(far: Discord, anna: Member, ben: Member) -> Channel:
    return far.lobby(anna, ben)


@pytest.fixture
async def house(far: Discord, lobby: Channel, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        yield house


async def started(house: House, member: Member, lobby: Channel, **options: str) -> Channel:
    await member.slash("/interview easy", lobby, kind="quick", **options)
    thread = await house.thread_of(member)
    await member.reads("Think aloud", thread)
    return thread


async def carded(house: House, member: Member, lobby: Channel) -> Channel:
    thread = await started(house, member, lobby)
    member.types(ANSWER, thread)
    await member.presses(labels.SUBMIT, thread)
    await member.button(labels.SHARE, thread)
    await house.core.settled()
    return thread


async def test_a_draft_follows_what_is_changed_and_deleted(house: House, anna: Member, lobby: Channel) -> None:
    thread = await started(house, anna, lobby)
    first = anna.types("First thought", thread)
    second = anna.types("Second thought", thread)
    await anna.reads("Draft: 2 messages", thread)
    anna.edits(first, "Another first thought")
    anna.deletes(second)
    await anna.reads("Draft: 1 message", thread)
    await house.core.settled()
    [record] = await house.open_ones()
    assert [message.text for message in record.interview.draft] == ["Another first thought"]


async def test_an_answer_costs_at_most_five_calls(house: House, anna: Member, lobby: Channel) -> None:
    thread = await started(house, anna, lobby)
    anna.types(ANSWER, thread)
    await anna.button(labels.SUBMIT, thread)
    await house.core.settled()
    before = len(house.far.exchanges)
    await anna.presses(labels.SUBMIT, thread)
    await anna.button(labels.SHARE, thread)
    await house.core.settled()
    calls = [one for one in house.far.exchanges[before:] if one.path.split("/")[1] not in LANE]
    counted = [
        one
        for one in calls
        if not one.path.endswith("/typing") and "Submitted:" not in str((one.body or {}).get("content"))
    ]
    assert 2 <= len(counted) <= 5, [f"{one.method} {one.path}" for one in counted]


async def test_what_was_typed_while_we_were_away_joins_in_its_order(
    far: Discord, anna: Member, lobby: Channel, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        thread = await started(house, anna, lobby)
        anna.types("One", thread)
        await anna.reads("Draft: 1 message", thread)
    for text in ("Two", "Three"):
        anna.types(text, thread)
    far.member("Ben")
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        await anna.reads("Draft: 3 messages", thread)
        [record] = await house.open_ones()
        assert [message.text for message in record.interview.draft] == ["One", "Two", "Three"]


async def test_buttons_and_forms_work_after_a_restart(
    far: Discord, anna: Member, lobby: Channel, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    async with house_at(far, migrated_sqlite_url, tmp_path):
        begun = await anna.slash("/interview me", lobby)
        await anna.button(labels.SETTINGS, lobby)
        opened = await anna.presses(labels.SETTINGS, lobby)
    assert begun.answered
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        sent = await anna.fills(opened, difficulty="hard", quiet="45")
        await house.core.settled()
        assert sent.answer == 6
        again = await anna.presses(labels.SETTINGS, lobby)
        assert again.form is not None
        await anna.reads("Saved", lobby)


async def test_topics_are_suggested_while_typing(house: House, anna: Member, lobby: Channel) -> None:
    assert "graphs" in await anna.suggestions("/interview medium", lobby, topic="grap")


async def test_a_zone_is_picked_by_its_clock_and_confirmed_in_words(house: House, anna: Member, lobby: Channel) -> None:
    await anna.slash("/interview daily", lobby, time="08:30")
    await anna.reads("Which time zone do you live in?", lobby)
    await house.core.settled()
    before = await house.database.read(every_row)
    [offered] = await anna.suggestions("/interview daily", lobby, time="08:30", zone="kathm")
    assert offered.startswith("Asia/Kathmandu, now ")
    assert await house.database.read(every_row) == before
    await anna.slash("/interview daily", lobby, time="08:30", zone="Asia/Kathmandu")
    await anna.reads("every day at 08:30 Asia/Kathmandu", anna.dm)
    await anna.slash("/interview daily", lobby, zone="munich", days="weekdays")
    await anna.reads("every weekday at 08:30 Europe/Berlin", anna.dm)


def every_row(conn: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = metadata.sorted_tables
    return {table.name: conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}


async def test_a_forged_id_gets_a_clear_answer_and_changes_nothing(house: House, anna: Member, lobby: Channel) -> None:
    thread = await started(house, anna, lobby)
    message, _ = await anna.button(labels.FINISH, thread)
    before = await house.open_ones()
    for forged in ("nothing", "p|", "f|0123456789abcdef", "k|zz", "x|finish|1"):
        await anna.press(message, forged)
        assert anna.sees(thread).endswith(f"TalkPro (only to you): {discord_wording.OLD_BUTTON}")
    await anna.press(message, "p|finish|0000000000000000/0")
    await anna.press(message, "p|made up|x")
    await house.core.settled()
    assert await house.open_ones() == before
    assert anna.sees(thread).count("There is nothing here that you can act on") == 2


async def test_nobody_else_can_press(house: House, anna: Member, ben: Member, lobby: Channel) -> None:
    thread = await started(house, anna, lobby, visibility="public")
    before = await house.open_ones()
    await ben.presses(labels.FINISH, thread)
    await house.core.settled()
    assert await house.open_ones() == before
    assert "There is nothing here that you can act on" in ben.sees(thread)
    assert "There is nothing here" not in anna.sees(thread)


async def test_a_card_is_shared_where_its_owner_may_write(house: House, anna: Member, lobby: Channel) -> None:
    thread = await carded(house, anna, lobby)
    opened = await anna.presses(labels.SHARE, thread)
    await anna.fills(opened, where=str(lobby.id))
    await anna.presses(labels.POST_IT, thread)
    await house.core.settled()
    page = anna.sees(lobby)
    assert "chart.png" in page
    assert ANSWER[:20] not in page


async def test_a_command_that_is_stopped_says_so_where_it_was_typed(house: House, anna: Member, lobby: Channel) -> None:
    await started(house, anna, lobby)
    await anna.slash("/interview stop", lobby)
    await house.core.settled()
    assert "I am ending" in anna.sees(lobby)
    assert discord_wording.ON_IT not in anna.sees(lobby)
    assert await house.open_ones() == []


async def test_in_direct_messages_words_start_an_interview(house: House, anna: Member) -> None:
    anna.types("easy quick", anna.dm)
    await anna.reads("Think aloud", anna.dm)
    anna.types(ANSWER, anna.dm)
    await anna.presses(labels.SUBMIT, anna.dm)
    await anna.reads("Points heard", anna.dm)


async def test_code_that_a_phone_altered_is_judged_as_it_was_typed(house: House, anna: Member, lobby: Channel) -> None:
    thread = await started(house, anna, lobby)
    anna.types("It prints:\n```python\nprint(“hi”)\n```", thread)
    await anna.reads("Draft: 1 message", thread)
    await house.core.settled()
    [record] = await house.open_ones()
    assert 'print("hi")' in record.interview.draft[0].text


async def test_hostile_words_are_shown_and_ping_nobody(house: House, anna: Member, lobby: Channel) -> None:
    topic = "@everyone <@1> ``` \u202e drop table"
    await anna.slash("/interview easy", lobby, topic=topic)
    await house.core.settled()
    assert not any(message.pings for message in house.far.world.messages.values())
    assert "@everyone" not in anna.sees(lobby)
