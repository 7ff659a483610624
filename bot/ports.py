"""The port: all that the coach asks of a platform, and the values that cross it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from agent.types import Attachment
from bot.events import Event
from storage.addresses import Person, Place

Accept = Callable[[Event], Awaitable[None]]
"""Returns once the event is durable, or known, or none of ours; raises when it could not be made durable."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `place` lets the person pick a channel; its value is the channel's id.

    `options` are (value, label) pairs of a `choice`. `value` is what stands there at first.
    """

    name: str
    label: str
    kind: Literal["line", "text", "choice", "place"] = "line"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """A form of at most five fields, opened by the adapter at the press without asking the coach."""

    title: str
    fields: tuple[Field, ...]
    send: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `action` and `value` come back in a Press; `word` is what a terminal user types for it."""

    label: str
    action: str
    value: str = ""
    style: Literal["primary", "plain", "danger"] = "plain"
    form: Form | None = None
    word: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: `value` of 0 to 10, and the words shown behind it."""

    label: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as data; the adapter draws it. `alt` says the same in a sentence."""

    title: str
    bars: tuple[Bar, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page: words, then what one can press, then a chart."""

    markdown: str
    choices: tuple[Choice, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What a platform shows a person on a page of their own, top to bottom."""

    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is handed over; its name is plain, and its bytes are stored nowhere but where it is handed to."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """The storable address of something said; `at` is the platform's time of it."""

    place: Place
    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Traits:
    """What is special about a place.

    `reads`: what people write there reaches us; where it does not, answers come by a form. `link` leads there, where
    the platform has addresses a person can follow. `notice` is what its owner should know of it, said at the start.
    `shared`: it belongs to a workspace of several people, as direct messages in Discord do not.
    `direct`: nobody is here but the person and we.
    """

    reads: bool = True
    link: str = ""
    notice: str = ""
    shared: bool = True
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform tells of a person.

    `zone` is an IANA name, empty where it is not known. `admin`: they look after the workspace.
    """

    name: str
    zone: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Keepers:
    """Who looks after a workspace, whoever is the likeliest to mind first; `name` is what it is called there."""

    name: str = ""
    admins: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing `doctor` looked at; `mend` says how to put it right when it is not ok."""

    subject: str
    ok: bool
    detail: str
    mend: str = ""


class Unreachable(Exception):
    """A place cannot be reached. The message is for the person; `for_good` says that trying again is no use."""

    def __init__(self, message: str, *, for_good: bool = True, retry_after: float | None = None) -> None:
        """Say why and how to mend it; `retry_after` is in seconds."""
        super().__init__(message)
        self.for_good = for_good
        self.retry_after = retry_after


class Stream(Protocol):
    """A message that is being written. The adapter owns pacing, limits and the fallback to one post."""

    @property
    def spoken(self) -> Spoken | None:
        """The address, once something is visible."""
        ...

    async def write(self, markdown: str) -> None:
        """Add text at the end."""
        ...


class Conversation(Protocol):
    """Somewhere we can speak. Every call raises Unreachable when the platform refuses."""

    @property
    def place(self) -> Place:
        """Where this is."""
        ...

    @property
    def traits(self) -> Traits:
        """What is special about it."""
        ...

    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        """Post; the same `key` never posts twice."""
        ...

    async def edit(
        self, spoken: Spoken, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None
    ) -> None:
        """Replace what was said."""
        ...

    async def whisper(self, markdown: str, *, choices: tuple[Choice, ...] = (), key: str | None = None) -> None:
        """Tell the person alone where possible; the same `key` is whispered once at most."""
        ...

    async def hand(self, document: Document, markdown: str, *, key: str) -> None:
        """Hand a file over, with a word on it; the same `key` hands over one. Where that cannot be, say why instead."""
        ...

    async def thread(self, title: str, *, private: bool, key: str) -> Conversation:
        """Open a thread; the same `key` gives the same thread again."""
        ...

    def below(self, spoken: Spoken) -> Place:
        """Where an answer to what was said here stands: as near to it as the platform has it."""
        ...

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Show that work goes on; a courtesy whose failure fails nothing."""
        ...

    def stream(self, *, key: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Write a message while it is being thought of; leaving the block completes it."""
        ...


class Platform(Protocol):
    """One chat platform."""

    @property
    def name(self) -> str:
        """The platform's name in addresses."""
        ...

    async def run(self, accept: Accept) -> None:
        """Bring events until cancelled; acknowledge each only after `accept` returned."""
        ...

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Conversation:
        """Speak at a stored address, also unasked, tomorrow, on another replica."""
        ...

    async def direct(self, person: Person) -> Conversation:
        """The direct messages with a person."""
        ...

    async def profile(self, person: Person) -> Profile:
        """What the platform knows of the person."""
        ...

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile | None:
        """The person as a member of the workspace that a place is in; None when they are none, or no longer.

        Some platforms tell whether they look after it only with `reply`, the handle of what they just did there.
        Raises Unreachable when the platform does not tell.
        """
        ...

    async def keepers(self, realm: str) -> Keepers:
        """Who looks after the workspace of a realm, as far as the platform tells. Raises Unreachable."""
        ...

    async def fetch(self, file: Attachment) -> bytes:
        """The bytes of an attachment; reading may stop once there are more than `agent.files.LARGEST_FILE` of them.

        Raises Unreachable when it cannot be had for good, its message naming the reason in half a sentence ("it was
        deleted"); anything else that is raised means that it is worth another try.
        """
        ...

    async def check(self) -> list[Finding]:
        """What `doctor` reports of this platform."""
        ...


@runtime_checkable
class Homely(Protocol):
    """A platform that keeps a page for every person."""

    async def home(self, person: Person, page: Page) -> None:
        """Show the person their page in place of the last one. Raises Unreachable."""
        ...
