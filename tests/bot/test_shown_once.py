"""What is shown is shown once, and what was shown before anybody noted it counts as shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from bot.exports import made
from bot.poster import Poster
from bot.speech import Speech
from storage.database import now
from storage.interviews import Record
from storage.queue import Due
from storage.tables import outbox, posts
from tests.fakes.stage import ANNA, LOBBY, Stage, staged


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(database_url, tmp_path) as opened:
        yield opened


def forget_that_it_was_shown(conn: Connection, question: Speech) -> None:
    """As a kill leaves it that comes after a question was posted and before that is noted."""
    again = {"due_at": now(conn), "sent_at": None, "body": question.outgoing().body}
    assert conn.execute(update(outbox).where(outbox.c.slot == question.slot).values(again)).rowcount == 1
    assert conn.execute(delete(posts).where(posts.c.slot == question.slot)).rowcount == 1


def question_of(record: Record, markdown: str) -> Speech:
    assert record.place is not None
    return Speech(f"{record.interview.id}/question/0", record.person, record.place, markdown)


async def nobody_minds(speech: Speech, *, closed: bool) -> None:
    raise AssertionError(f"{speech.slot} was lost, closed: {closed}")


async def test_an_answer_counts_though_nobody_has_noted_yet_that_its_question_was_shown(stage: Stage) -> None:
    record = await stage.start("easy quick")
    before = await stage.texts(record.place)
    await stage.database.write(forget_that_it_was_shown, question_of(record, before[-1]))
    await stage.say(record, "I would look at the log first.")
    assert await stage.texts(record.place) == [*before, "Draft: 1 message."]


async def test_a_whisper_that_may_have_been_heard_is_not_repeated(stage: Stage) -> None:
    poster = Poster({stage.platform.name: stage.platform}, stage.clock, nobody_minds, partial(made, stage.database))
    speech = Speech("whisper/1", ANNA, LOBBY, "Psst.", whisper=True)
    for attempt in (1, 2):
        await poster.post(Due(1, 1, speech.slot, speech.outgoing().body, attempt, None))
    assert await stage.texts(LOBBY) == ["Psst."]
