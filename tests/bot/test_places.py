"""Where an interview is held: a place that is lost, and a place where nothing that is written can be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.room import Room
from agent.types import Phase
from bot.events import Lifecycle
from bot.ports import Traits
from bot.wording import controls, forms, labels
from storage.interviews import Record
from tests.fakes.stage import ANNA, LOBBY, Stage, staged

ANSWER = "I would sort by start, then sweep once and merge what overlaps."


class DeafRoom(Room):
    """A place where what people write does not reach us."""

    @property
    def traits(self) -> Traits:
        return Traits(reads=False, link="https://chat.example/there", notice="Nobody hears you here.")

    async def thread(self, title: str, *, private: bool, key: str) -> Room:
        there = await super().thread(title, private=private, key=key)
        return DeafRoom(self._database, there.place, person=self._person, announce=self._announce, now=self._now)


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        yield opened


async def lose(stage: Stage, record: Record) -> None:
    assert record.place is not None
    await stage.send(Lifecycle(id=stage.new_id(), person=ANNA, place=record.place, sent_at=stage.clock(), name="gone"))


async def test_an_interview_whose_place_is_lost_rests_and_goes_on_in_a_new_one(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    await stage.say(record, ANSWER)
    await lose(stage, record)
    resting = await stage.record(record.interview.id)
    assert (resting.place, resting.interview.phase, len(resting.interview.draft)) == (None, Phase.ANSWERING, 1)
    before = len(await stage.texts(LOBBY))

    await stage.send(stage.command("medium"))
    assert "You have an interview open" in (await stage.texts(LOBBY))[before]
    await stage.press(resting, labels.RESUME)
    resumed = await stage.record(record.interview.id)
    assert resumed.place not in (None, record.place)
    assert record.interview.question.title in await stage.page(resumed)
    await stage.press(resumed, labels.SUBMIT)
    assert (await stage.record(record.interview.id)).interview.turns


async def test_a_follow_up_that_was_never_shown_in_a_place_can_be_answered_after_resume(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    await stage.say(record, ANSWER)
    await lose(stage, record)
    await stage.press(await stage.record(record.interview.id), labels.SUBMIT)
    asked = (await stage.record(record.interview.id)).interview
    assert asked.follow_up is not None
    await stage.press(record, labels.RESUME)
    resumed = await stage.record(record.interview.id)
    assert asked.follow_up.text in await stage.page(resumed)
    await stage.say(resumed, "This is my answer to it.")
    assert [one.text for one in (await stage.record(record.interview.id)).interview.draft] == [
        "This is my answer to it."
    ]


async def test_a_lost_interview_speaks_to_its_owner_alone(stage: Stage) -> None:
    record = await stage.start("easy algorithm")
    await stage.say(record, ANSWER)
    await lose(stage, record)
    await stage.send(stage.command("stop"))
    await stage.press(await stage.record(record.interview.id), labels.SUBMIT_AND_FINISH)
    closed = await stage.record(record.interview.id)
    assert closed.interview.card is not None
    rows = [row for row in await stage.rows() if "Correctness" in row.markdown or "Points heard" in row.markdown]
    assert rows
    assert all(row.viewer == ANNA.user for row in rows)


async def test_where_nothing_can_be_read_a_form_is_the_whole_answer(stage: Stage) -> None:
    stage.platform.room = DeafRoom
    record = await stage.start("easy algorithm")
    page = await stage.page(record)
    assert "Nobody hears you here." in page
    assert "[Open](https://chat.example/there)" in await stage.whispers()
    button = await stage.button(forms.ANSWER)
    assert button.form is not None
    assert [field.name for field in button.form.fields] == ["text", "code"]

    await stage.press(record, forms.ANSWER, values={"text": "", "code": " "})
    assert "nothing to submit" in await stage.page(record)
    await stage.press(record, forms.ANSWER, values={"text": ANSWER, "code": "def f():\n    return 1"})
    [turn] = (await stage.record(record.interview.id)).interview.turns[:1]
    assert turn.answer == f"{ANSWER}\n\n```python\ndef f():\n    return 1\n```"


async def test_an_answer_to_an_earlier_question_is_not_taken(stage: Stage) -> None:
    stage.platform.room = DeafRoom
    record = await stage.start("easy algorithm")
    old = await stage.button(forms.ANSWER)
    await stage.press(record, labels.SKIP)
    assert record.place is not None
    await stage.send(stage.pressed(old, record.place, values={"text": ANSWER}))
    assert not (await stage.record(record.interview.id)).interview.turns
    assert controls.old_button() in await stage.page(record)
