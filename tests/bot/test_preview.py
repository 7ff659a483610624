"""Feedback while it is written: a preview without numbers, overwritten by what is stored, also after a crash."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.room import Room, Said, Written
from agent.types import Phase
from bot.judging import pieces
from bot.ports import Spoken, Stream, Unreachable
from bot.speech import stored
from bot.wording import labels
from storage import queue
from tests.fakes.stage import Stage, staged


async def answered(stage: Stage) -> str:
    """Answer a quick question; returns the feedback message as it stands in the end."""
    record = await stage.start("easy quick")
    await stage.say(record, record.interview.question.reference)
    await stage.press(record, labels.SUBMIT)
    done = (await stage.record(record.interview.id)).interview
    assert done.phase is Phase.CLOSED
    [feedback] = [text for text in await stage.texts(record.place) if text.startswith("Read ")]
    return feedback


async def test_feedback_is_written_bit_by_bit_and_without_numbers(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with staged(migrated_sqlite_url, tmp_path) as stage:
        final = await answered(stage)
        changes = stage.platform.changes
    streamed = [change.text for change in changes if isinstance(change, Written)]
    assert len(streamed) >= 2
    assert all("Correctness" not in text for text in streamed)
    assert final.startswith(streamed[-1].rstrip())
    assert "Correctness ≈" in final


def refused() -> Stream:
    raise Unreachable("no streaming here")


class DeafRoom(Room):
    """A place that refuses streams but takes posts."""

    @asynccontextmanager
    async def _stream(self, row_id: str) -> AsyncIterator[Stream]:
        yield refused()


class BreakingRoom(Room):
    """A place whose streams break off after the first words."""

    @asynccontextmanager
    async def _stream(self, row_id: str) -> AsyncIterator[Stream]:
        async with super()._stream(row_id) as stream:
            yield Breaking(stream)


class Breaking:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._written = 0

    @property
    def spoken(self) -> Spoken | None:
        return self._stream.spoken

    async def write(self, markdown: str) -> None:
        self._written += 1
        if self._written > 1:
            raise Unreachable("broke off")
        await self._stream.write(markdown)


@pytest.mark.parametrize("room", [DeafRoom, BreakingRoom])
async def test_a_place_that_cannot_stream_still_gets_the_evaluation_once(
    migrated_sqlite_url: str, tmp_path: Path, room: type[Room]
) -> None:
    async with staged(migrated_sqlite_url, tmp_path) as stage:
        stage.platform.room = room
        final = await answered(stage)
    assert "Correctness ≈" in final


async def test_a_preview_of_a_crashed_process_is_overwritten(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with staged(migrated_sqlite_url, tmp_path) as stage:
        record = await stage.start("easy quick")
        assert record.place is not None
        orphan = await stage.platform.at(record.place).say("Read 1 message.\n\nhalf a sent", key="orphan")
        slot = f"{record.interview.id}/feedback/1"
        await stage.database.write(queue.remember, slot, stored(orphan), orphan.at.timestamp())
        await stage.say(record, record.interview.question.reference)
        await stage.press(record, labels.SUBMIT)
        texts = await stage.texts(record.place)
        assert sum(text.startswith("Read ") for text in texts) == 1
        assert not any("half a sent" in text for text in texts)
        said = [change for change in stage.platform.changes if isinstance(change, Said)]
        assert any(change.row.id == orphan.id and "Correctness ≈" in change.row.markdown for change in said)


def test_pieces_are_the_whole_text() -> None:
    text = "- Heard **one**: “so it is”. And more.\n- Partly two: yes!\n\nEnd"
    assert "".join(pieces(text)) == text
    assert len(pieces(text)) >= 4
