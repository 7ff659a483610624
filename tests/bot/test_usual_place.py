"""Where a workspace holds its interviews when nobody says otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.wording import labels
from bot.wording import usual_place as words
from storage import interviews
from storage.addresses import Person
from tests.fakes.stage import ANNA, BEN, LOBBY, Stage, staged


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        opened.platform.admins.add(ANNA)
        yield opened


async def asked(stage: Stage, person: Person, command: str) -> str:
    """What the person is answered in the lobby."""
    await stage.send(stage.command(command, person))
    return (await stage.texts(LOBBY, person))[-1]


async def test_an_admin_decides_and_whoever_says_otherwise_has_it_otherwise(stage: Stage) -> None:
    assert words.HELD["private"] in await asked(stage, BEN, "default")
    assert await asked(stage, BEN, "default public") == words.admins_only()
    assert "sideways" in await asked(stage, ANNA, "default sideways")

    await asked(stage, ANNA, "default")
    await stage.send(stage.pressed(await stage.button(words.CHANGE["public"]), LOBBY, ANNA))
    assert words.HELD["public"] in (await stage.texts(LOBBY, ANNA))[-1]

    await stage.send(stage.command("easy", BEN))
    await stage.send(stage.command("easy private", ANNA))
    shown = {record.person: record.public for record in await stage.database.read(interviews.open_in, LOBBY)}
    assert shown == {BEN: True, ANNA: False}

    assert words.HELD["private"] in await asked(stage, ANNA, "default private")


async def test_more_like_a_private_interview_is_private_whatever_the_workspace_decided(stage: Stage) -> None:
    record = await stage.start("easy behavioral private", BEN)
    await stage.say(record, record.interview.question.reference, person=BEN)
    await stage.press(record, labels.SUBMIT, BEN)
    if await stage.has_open(BEN):
        await stage.press(record, labels.FINISH, BEN)
    await asked(stage, ANNA, "default public")
    await stage.press(record, labels.MORE, BEN)
    again = await stage.open_one(BEN)
    assert (again.interview.id != record.interview.id, again.public) == (True, False)
