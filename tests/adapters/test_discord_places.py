"""Where an interview in Discord is held, and the way on when that place is closed, lost or never was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.speech import LARGEST_UPLOAD
from agent.types import Phase
from bot.ports import Document, Keepers, Profile, Unreachable
from bot.wording import board, forms, labels
from bot.wording import discord as discord_wording
from storage import boards
from storage.addresses import Person, Place
from tests.adapters.discord_house import House, house_at
from tests.fakes.discord import Discord, far_end
from tests.fakes.discord.people import Member, archive, delete_thread, remove_app
from tests.fakes.discord.world import Channel

ANSWER = (
    "A process still holds the deleted file open, so the space is not freed; lsof proves it and a restart frees it."
)


@pytest.fixture
async def far() -> AsyncIterator[Discord]:
    async with far_end() as discord:
        yield discord


@pytest.fixture
def anna(far: Discord) -> Member:
    return far.member("Anna")


@pytest.fixture
def lobby(far: Discord, anna: Member) -> Channel:
    return far.lobby(anna)


@pytest.fixture
async def house(far: Discord, lobby: Channel, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        yield house


@pytest.fixture
async def deaf(far: Discord, lobby: Channel, migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A house whose application may not read what people write."""
    far.world.content_flag = False
    async with house_at(far, migrated_sqlite_url, tmp_path) as house:
        yield house


async def test_an_interview_is_held_in_a_private_thread_that_the_whisper_leads_to(
    house: House, anna: Member, lobby: Channel
) -> None:
    await anna.slash("/interview easy", lobby, kind="quick")
    thread = await house.thread_of(anna)
    page = await anna.reads("Think aloud", thread)
    assert page.count(discord_wording.MODERATORS_READ) == 1
    guild = lobby.guild.id if lobby.guild else 0
    await anna.reads(f"[Open](https://discord.com/channels/{guild}/{thread.id}). Nothing was posted here", lobby)
    assert thread.owner == house.far.world.app.id


async def test_what_is_said_of_moderators_is_said_once_to_a_person(house: House, anna: Member, lobby: Channel) -> None:
    for number in (1, 2):
        await anna.slash("/interview easy", lobby, kind="quick")
        await house.core.settled()
        thread = anna.threads[-1]
        page = await anna.reads("Think aloud", thread)
        assert (discord_wording.MODERATORS_READ in page) is (number == 1)
        await anna.presses(labels.FINISH, thread)
        await house.core.settled()


async def test_missing_permissions_are_named_before_anything_is_tried(
    house: House, anna: Member, lobby: Channel
) -> None:
    lobby.denied = 1 << 36 | 1 << 38
    await anna.slash("/interview easy", lobby)
    page = await anna.reads("I lack permissions", lobby)
    assert "**Create Private Threads, Send Messages in Threads**" in page
    assert not [one for one in house.far.exchanges if one.status == 403]
    assert await house.open_ones() == []


async def test_without_message_content_it_is_held_in_direct_messages(deaf: House, anna: Member, lobby: Channel) -> None:
    await anna.slash("/interview easy", lobby, kind="quick")
    page = await anna.reads("Think aloud", anna.dm)
    assert "Your interview: " in page
    assert page.count(discord_wording.READS_NOTHING) == 1
    anna.types(ANSWER, anna.dm)
    await anna.presses(labels.SUBMIT, anna.dm)
    await deaf.core.settled()
    assert "Read 1 message" in anna.sees(anna.dm)
    assert not anna.threads


async def test_with_direct_messages_closed_too_it_is_held_by_forms_that_cost_nothing(
    deaf: House, anna: Member, lobby: Channel
) -> None:
    anna.user.dms = False
    await anna.slash("/interview easy", lobby, kind="quick")
    await anna.reads("Think aloud", lobby)
    await deaf.core.settled()
    before = len(deaf.far.exchanges)
    opened = await anna.presses(forms.ANSWER, lobby)
    await anna.fills(opened, text=ANSWER)
    await deaf.core.settled()
    page = await anna.reads("Points heard", lobby)
    assert "Read 1 message" in page
    calls = {one.path.split("/")[1] for one in deaf.far.exchanges[before:]}
    assert calls == {"interactions", "webhooks"}
    assert all(message.only is anna.user for message in anna.visible(lobby))


async def test_data_that_is_larger_than_discord_takes_is_said_to_be(house: House, anna: Member) -> None:
    there = await house.platform.direct(Person("discord", "", str(anna.user.id)))
    large = Document("mine.json", "application/json", b" " * (LARGEST_UPLOAD + 1))
    await there.hand(large, "Here it is.", key="large")
    page = await anna.reads("larger than the 10 MB", anna.dm)
    assert "Here it is." not in page


async def test_a_public_thread_that_cannot_be_read_takes_answers_by_a_form(
    deaf: House, anna: Member, lobby: Channel
) -> None:
    await anna.slash("/interview easy", lobby, kind="quick", visibility="public")
    thread = await deaf.thread_of(anna)
    await anna.reads(discord_wording.READS_NOTHING, thread)
    opened = await anna.presses(forms.ANSWER, thread)
    await anna.fills(opened, text=ANSWER)
    await anna.reads("Points heard", thread)


async def test_where_we_are_no_member_it_is_held_in_direct_messages(
    far: Discord, migrated_sqlite_url: str, tmp_path: Path
) -> None:
    ben = far.member("Ben", by_user=True)
    lobby = far.lobby(ben, installed=False)
    async with house_at(far, migrated_sqlite_url, tmp_path):
        await ben.slash("/interview easy", lobby, kind="quick")
        await ben.reads("Think aloud", ben.dm)
        assert "Nothing was posted here" in ben.sees(lobby)


async def test_a_server_with_too_many_threads_leads_to_direct_messages(
    house: House, anna: Member, lobby: Channel
) -> None:
    assert lobby.guild is not None
    lobby.guild.active_threads = 0
    await anna.slash("/interview easy", lobby, kind="quick")
    await anna.reads("Think aloud", anna.dm)


async def test_a_thread_deleted_before_our_eyes_pauses_the_interview_at_once(
    house: House, anna: Member, lobby: Channel
) -> None:
    await anna.slash("/interview easy", lobby, kind="quick")
    thread = await house.thread_of(anna)
    await anna.reads("Think aloud", thread)
    anna.types(ANSWER, thread)
    await anna.reads("Draft", thread)
    delete_thread(house.far.world, thread)
    await anna.reads("What you did is kept", anna.dm)
    [record] = await house.open_ones()
    assert (record.place, record.interview.phase) == (None, Phase.ANSWERING)

    await anna.slash("/interview medium", lobby)
    await anna.presses(labels.RESUME, lobby)
    other = await house.thread_of(anna)
    await anna.reads("Draft: 1 message", other)
    await anna.presses(labels.SUBMIT, other)
    await anna.reads("Points heard", other)


async def test_an_archived_thread_is_woken_to_change_what_stands_in_it(
    house: House, anna: Member, lobby: Channel
) -> None:
    await anna.slash("/interview easy", lobby, kind="quick")
    thread = await house.thread_of(anna)
    await anna.reads("Think aloud", thread)
    [record] = await house.open_ones()
    assert record.place is not None
    there = house.platform.at(record.place, person=record.person)
    spoken = await there.say("One.", key="one")
    archive(house.far.world, thread)
    await there.edit(spoken, "Two.")
    assert "Two." in anna.sees(thread)


async def test_a_locked_thread_pauses_the_interview(house: House, anna: Member, lobby: Channel) -> None:
    await anna.slash("/interview easy", lobby, kind="quick")
    thread = await house.thread_of(anna)
    await anna.reads("Think aloud", thread)
    archive(house.far.world, thread, locked=True)
    await anna.reads("What you did is kept", anna.dm)
    assert [record.place for record in await house.open_ones()] == [None]


async def test_who_belongs_to_a_server_is_told_by_it_and_its_board_goes_with_us(
    far: Discord, house: House, anna: Member, lobby: Channel
) -> None:
    assert lobby.guild is not None
    here = Place("discord", str(lobby.guild.id), str(lobby.id))
    one = Person("discord", "", str(anna.user.id))
    assert await house.platform.keepers(here.realm) == Keepers(lobby.guild.name, (one,))
    assert await house.platform.keepers("@me") == Keepers()
    assert await house.platform.member(one, here) == Profile("Anna")
    assert await house.platform.member(Person("discord", "", str(far.member("Ben").user.id)), here) is None
    strange = far.guild("Strange", anna, installed=False)
    with pytest.raises(Unreachable):
        await house.platform.member(one, replace(here, realm=str(strange.id)))

    await anna.slash("/interview board", lobby, words="join Night Owl")
    await anna.reads("As “Night Owl” you appear", lobby)
    await anna.slash("/interview board", anna.dm)
    await anna.reads("You are on 1 board", anna.dm)
    await anna.button(board.LEAVE_ALL, anna.dm)
    remove_app(far.world, lobby)
    async with asyncio.timeout(10):
        while await house.database.read(boards.members, f"discord:{here.realm}"):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
