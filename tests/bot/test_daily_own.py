"""The daily question may be one that was written in the workspace, and is shown there alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from agent.types import Difficulty, Interview
from bot.wording import practice as words
from storage import accounts, interviews, practice, questions, workspaces
from storage.addresses import Person, Place
from storage.interviews import Record
from storage.questions import Topic, name_of
from tests.fakes.stage import ANNA, PLATFORM, Stage, staged
from tests.storage.samples import NOON, question

DIRECT = Place(PLATFORM, "hall", "dm-anna")
GUEST = Person(PLATFORM, "", "guest")
"""Somebody whose id holds in every workspace, as on Discord."""
OWN = question("written/here", "quick", title="Hoods", topics=("falconry",), written_by="claude-sonnet-5-5", code=None)
FOREIGN = replace(OWN, id="written/there", title="Jesses")
TOPIC = Topic(f"{PLATFORM}:hall", "quick", Difficulty.HARD, name_of("falconry"))


def write(conn: Connection) -> None:
    for topic, one in ((TOPIC, OWN), (replace(TOPIC, workspace=f"{PLATFORM}:elsewhere"), FOREIGN)):
        workspaces.workspace_of(conn, PLATFORM, topic.workspace.removeprefix(f"{PLATFORM}:"), NOON)
        questions.add(conn, topic, one, NOON)


def begin_elsewhere(conn: Connection) -> None:
    """The guest's interview, on a question that was written in another workspace."""
    account = accounts.account_of(conn, GUEST, NOON)
    place = Place(PLATFORM, "elsewhere", "lobby")
    interview = Interview(id="abroad", question=FOREIGN, opened_at=NOON, touched_at=NOON, max_follow_ups=0)
    interviews.start(conn, Record(interview, account.id, f"{PLATFORM}:elsewhere", GUEST, place, public=False))


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        await opened.database.write(write)
        yield opened


async def test_a_question_of_the_workspaces_own_comes_in_its_direct_messages_alone(stage: Stage) -> None:
    await stage.send(stage.command("plan 2026-12-15 falconry"), stage.command("daily now quick"))
    said = (await stage.texts(DIRECT))[-1]
    assert OWN.body in said
    assert "written by claude-sonnet-5-5" in said
    assert "Why today: falconry is new for you." in said
    assert await stage.database.read(questions.in_store, TOPIC) == 0
    await stage.send(stage.pressed(await stage.button(words.SNOOZE), DIRECT))
    stage.clock.pass_by(hours=1)
    await stage.tick()
    assert OWN.body in (await stage.texts(DIRECT))[-1]
    await stage.send(stage.pressed(await stage.button(words.ANSWER), DIRECT))
    account = await stage.database.write(accounts.account_of, ANNA, stage.clock())
    record = await stage.database.read(practice.open_one, account.id)
    assert record is not None
    assert record.interview.question == OWN

    await stage.database.write(begin_elsewhere)
    await stage.send(stage.command("plan 2026-12-15 falconry", GUEST), stage.command("daily now quick", GUEST))
    [said] = [text for text in await stage.texts(Place(PLATFORM, "hall", "dm-guest"), GUEST) if "Why today" in text]
    assert OWN.title not in said
    assert FOREIGN.title not in said
    assert "Your interview **quick** is still open too." in said
