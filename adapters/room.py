"""A conversation in a place that we keep ourselves: what is said goes to the transcript and is announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from bot.ports import Chart, Choice, Document, Spoken, Stream, Traits, Unreachable
from bot.wording import playground
from storage import files, transcript
from storage.addresses import Person, Place
from storage.database import Database
from storage.files import Kept
from storage.transcript import COACH, Row

SAVE_SECONDS = 0.4
"""The least time between two saves of a message that is being written."""
DOWNLOAD, HANDED = "download", 1
"""The action of a choice that stands for a file that was handed over, and the number under which the file is kept."""


@dataclass(frozen=True, slots=True)
class Said:
    """A row was added or changed, and is durable. `live`: it is still being written."""

    row: Row
    live: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """More of a live row, not yet durable: `more` came last, `text` is all of it."""

    id: str
    place: Place
    viewer: str
    text: str
    more: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """Work goes on in a place, or has ended there."""

    place: Place
    viewer: str
    on: bool


Change = Said | Written | Thinking
Announce = Callable[[Change], None]


class Room:
    """A Conversation kept in the transcript.

    `viewer` is the user for whom alone the whole channel is; a thread knows by itself whom it is for.
    `announce` is told of every change, in order, as soon as it is true.
    """

    def __init__(
        self,
        database: Database,
        place: Place,
        *,
        person: Person | None,
        announce: Announce,
        now: Callable[[], datetime],
        viewer: str = "",
    ) -> None:
        self._database = database
        self._place = place
        self._person = person
        self._announce = announce
        self._now = now
        self._viewer = viewer

    @property
    def place(self) -> Place:
        """Where this is."""
        return self._place

    @property
    def traits(self) -> Traits:
        """All that is written here is ours to read."""
        return Traits(direct=bool(self._viewer))

    async def say(
        self,
        markdown: str,
        *,
        choices: tuple[Choice, ...] = (),
        chart: Chart | None = None,
        key: str | None = None,
    ) -> Spoken:
        """Post; the same `key` never posts twice and gives what was spoken first."""
        return spoken_of(await self._add(self._id(key), markdown, choices=choices, chart=chart))

    async def edit(
        self,
        spoken: Spoken,
        markdown: str,
        *,
        choices: tuple[Choice, ...] = (),
        chart: Chart | None = None,
    ) -> None:
        """Replace what was said. Raises Unreachable when it was deleted."""
        if await self._change(spoken.id, markdown, choices=choices, chart=chart) is None:
            raise Unreachable(playground.MESSAGE_GONE)

    async def whisper(self, markdown: str, *, choices: tuple[Choice, ...] = (), key: str | None = None) -> None:
        """Tell the person alone; the same `key` never whispers twice."""
        if self._person is None:
            raise Unreachable(playground.NOBODY_TO_TELL)
        await self._add(self._id(key), markdown, choices=choices, viewer=self._person.user)

    async def hand(self, document: Document, markdown: str, *, key: str) -> None:
        """Keep the file for a day beside the message, under which stands where it is to be had."""
        row_id = self._id(key)
        await self._database.write(files.put_aside, Kept(row_id, HANDED, document.media_type, document.content))
        choice = Choice(playground.download(document.name), DOWNLOAD, document.name, style="primary")
        await self._add(row_id, markdown, choices=(choice,), viewer=self._person.user if self._person else "")

    async def thread(self, title: str, *, private: bool, key: str) -> Room:
        """Open a thread; the same `key` gives the same thread again. Private: the person alone sees it."""
        if private and self._person is None:
            raise Unreachable(playground.NOBODY_TO_TELL)
        channel = replace(self._place, thread="")
        there = replace(self._place, thread=transcript.thread_of(key))
        viewer = self._person.user if private and self._person else ""
        await self._add(transcript.opening_of(there), title, place=channel, viewer=viewer)
        return Room(
            self._database,
            there,
            person=self._person,
            announce=self._announce,
            now=self._now,
            viewer=self._viewer,
        )

    def below(self, spoken: Spoken) -> Place:
        """In the open, after all else."""
        return self._place

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Show that work goes on."""
        return self._thinking()

    def stream(self, *, key: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Write a message while it is being thought of; what was written when the block ends is kept.

        A `key` that was written under before is written anew.
        """
        return self._stream(self._id(key))

    @asynccontextmanager
    async def _thinking(self) -> AsyncIterator[None]:
        viewer = await self._audience()
        self._announce(Thinking(self._place, viewer, on=True))
        try:
            yield
        finally:
            self._announce(Thinking(self._place, viewer, on=False))

    @asynccontextmanager
    async def _stream(self, row_id: str) -> AsyncIterator[Stream]:
        stream = _Stream(self, row_id)
        try:
            yield stream
        finally:
            await stream.end()

    def _id(self, key: str | None) -> str:
        return f"{self._place.platform}:{COACH}:{key or uuid4().hex}"

    async def _audience(self) -> str:
        return self._viewer or await self._database.read(transcript.audience, self._place)

    async def _add(
        self,
        row_id: str,
        markdown: str,
        *,
        place: Place | None = None,
        choices: tuple[Choice, ...] = (),
        chart: Chart | None = None,
        viewer: str = "",
        live: bool = False,
    ) -> Row:
        row, new = await self._database.write(
            transcript.add,
            id=row_id,
            place=place or self._place,
            author=COACH,
            markdown=markdown,
            said_at=self._now(),
            viewer=self._viewer or viewer,
            choices=[asdict(choice) for choice in choices],
            chart=None if chart is None else asdict(chart),
        )
        if new:
            self._announce(Said(row, live))
        return row

    async def _change(
        self,
        row_id: str,
        markdown: str,
        *,
        choices: tuple[Choice, ...] = (),
        chart: Chart | None = None,
        live: bool = False,
    ) -> Row | None:
        row = await self._database.write(
            transcript.change,
            row_id,
            markdown=markdown,
            choices=[asdict(choice) for choice in choices],
            chart=None if chart is None else asdict(chart),
        )
        if row is not None:
            self._announce(Said(row, live))
        return row


class _Stream:
    """A message that is being written: a row from the first visible text on."""

    def __init__(self, room: Room, row_id: str) -> None:
        self._room = room
        self._id = row_id
        self._row: Row | None = None
        self._text = ""
        self._clock = asyncio.get_running_loop().time
        self._saved_at = self._clock()

    @property
    def spoken(self) -> Spoken | None:
        """The address, once something is visible."""
        return None if self._row is None else spoken_of(self._row)

    async def write(self, markdown: str) -> None:
        """Add text at the end."""
        self._text += markdown
        if self._row is not None:
            more = Written(self._id, self._row.place, self._row.viewer, self._text, markdown)
            self._room._announce(more)
            if self._clock() - self._saved_at >= SAVE_SECONDS:
                await self._save()
        elif self._text.strip():
            self._row = await self._room._add(self._id, self._text, live=True)
            self._saved_at = self._clock()
            if self._row.markdown != self._text:  # written under this key before, and cut off
                await self._save()

    async def end(self) -> None:
        """Keep what was written, also when the writer failed."""
        if self._row is not None:
            await self._room._change(self._id, self._text)

    async def _save(self) -> None:
        await self._room._change(self._id, self._text, live=True)
        self._saved_at = self._clock()


def spoken_of(row: Row) -> Spoken:
    """The storable address of a row."""
    return Spoken(row.place, row.id, row.said_at)


def choices_of(row: Row) -> tuple[Choice, ...]:
    """The choices under a row."""
    found: tuple[Choice, ...] = _choices().validate_python(row.choices)
    return found


def chart_of(row: Row) -> Chart | None:
    """The chart of a row."""
    found: Chart | None = _chart().validate_python(row.chart)
    return found


@cache
def _choices() -> TypeAdapter[Any]:
    return TypeAdapter(tuple[Choice, ...])


@cache
def _chart() -> TypeAdapter[Any]:
    return TypeAdapter(Chart | None)
