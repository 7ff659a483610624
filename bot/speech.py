"""One thing to be said, as a value that waits in the outbox until it was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter

from bot.ports import Chart, Choice, Page, Spoken
from storage.addresses import Person, Place
from storage.queue import Outgoing


@dataclass(frozen=True, slots=True)
class Export:
    """A file of this name with what is stored of a person, as `workspace` may see it; made at the moment it is said."""

    name: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said, where and to whom.

    A slot is one message as the person sees it: the first speech of a slot is posted, later ones edit it. With
    `whisper` the person alone hears it, answering `reply` where that handle still works. A `page` is shown on the
    person's own page instead, where the platform keeps one. An `export` is handed over with these words. What is not
    said by `until` is not said at all.
    """

    slot: str
    person: Person
    place: Place
    markdown: str
    choices: tuple[Choice, ...] = ()
    chart: Chart | None = None
    whisper: bool = False
    reply: str | None = None
    page: Page | None = None
    until: datetime | None = None
    export: Export | None = None

    def outgoing(self) -> Outgoing:
        """The speech as a row of the outbox."""
        return Outgoing(slot=self.slot, body=_speech().dump_json(self).decode())


def speech_of(body: str) -> Speech:
    """Read a speech back from the outbox."""
    return _speech().validate_json(body)


def spoken_of(stored: str) -> Spoken:
    """Read the address of something said."""
    return _spoken().validate_json(stored)


def stored(spoken: Spoken) -> str:
    """The address of something said, as it is stored."""
    return _spoken().dump_json(spoken).decode()


@cache
def _speech() -> TypeAdapter[Speech]:
    return TypeAdapter(Speech)


@cache
def _spoken() -> TypeAdapter[Spoken]:
    return TypeAdapter(Spoken)
