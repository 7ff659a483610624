"""A stage for conversation tests: the whole product over a real database, one platform in memory, a clock to turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from adapters.room import Change, Room, chart_of, choices_of
from agent.interviewer import Interviewer
from agent.types import Attachment
from bot.core import Core
from bot.events import Command, Edit, Event, Press, Reply
from bot.logs import make_log
from bot.ports import Accept, Chart, Choice, Finding, Keepers, Platform, Profile, Unreachable
from bot.settings import Settings
from bot.wiring import Running, running
from bot.wording import labels
from storage import interviews, transcript
from storage.addresses import Person, Place
from storage.database import Database
from storage.interviews import Record
from storage.transcript import Row

PLATFORM = "stage"
ANNA = Person(PLATFORM, "hall", "anna")
BEN = Person(PLATFORM, "hall", "ben")
LOBBY = Place(PLATFORM, "hall", "lobby")


class Clock:
    """A clock that moves by a millisecond at each look, and further when told."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def pass_by(self, **time: float) -> None:
        self._now += timedelta(**time)


class ClosedRoom(Room):
    """A place that has been closed to us."""

    async def thread(self, title: str, *, private: bool, key: str) -> Room:
        raise Unreachable("this channel is closed to me")


class StagePlatform:
    """A platform whose far end is the transcript table."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.accept: Accept | None = None
        self.ready = asyncio.Event()
        self.changes: list[Change] = []
        self.closed_places: set[Place] = set()
        self.zones: dict[Person, str] = {}
        self.shut: dict[Person, Unreachable] = {}
        self.left: set[Person] = set()
        """Who is in the workspace no more."""
        self.admins: set[Person] = set()
        self.files: dict[str, bytes | Exception] = {}
        """What can be fetched, by address; an error is raised."""
        self.fetched: list[str] = []
        self.room: type[Room] = Room

    @property
    def name(self) -> str:
        return PLATFORM

    async def run(self, accept: Accept) -> None:
        self.accept = accept
        self.ready.set()
        await asyncio.get_running_loop().create_future()

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Room:
        room = ClosedRoom if place in self.closed_places else self.room
        return room(self.core.database, place, person=person, announce=self.changes.append, now=self.core.now)

    async def direct(self, person: Person) -> Room:
        if person in self.shut:
            raise self.shut[person]
        return self.at(Place(PLATFORM, "hall", f"dm-{person.user}"), person=person)

    async def profile(self, person: Person) -> Profile:
        return Profile(person.user, self.zones.get(person, ""), admin=person in self.admins)

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile | None:
        return None if person in self.left else await self.profile(person)

    async def keepers(self, realm: str) -> Keepers:
        return Keepers("Hall", tuple(sorted(self.admins, key=str)))

    async def fetch(self, file: Attachment) -> bytes:
        self.fetched.append(file.address)
        found = self.files.get(file.address, Unreachable("it was deleted"))
        if isinstance(found, Exception):
            raise found
        return found

    async def check(self) -> list[Finding]:
        return []


class Stage:
    """What a test says and sees. Every method returns once the coach has nothing left to do."""

    def __init__(self, platform: StagePlatform, house: Running, clock: Clock) -> None:
        self.platform = platform
        self.house = house
        self.clock = clock
        self._ids = count(1)

    @property
    def database(self) -> Database:
        return self.platform.core.database

    async def send(self, *events: Event) -> None:
        """Let events arrive, in this order, and wait until all is said."""
        for event in events:
            await self.accept(event)
        await self.settled()

    async def accept(self, event: Event) -> None:
        assert self.platform.accept is not None
        await self.platform.accept(event)

    async def settled(self) -> None:
        await self.platform.core.settled()

    def command(self, words: str, person: Person = ANNA, place: Place = LOBBY) -> Command:
        return Command(
            id=self.new_id(), person=person, place=place, sent_at=self.clock(), name="interview", words=words
        )

    def reply(
        self,
        text: str,
        place: Place,
        person: Person = ANNA,
        *,
        direct: bool = False,
        files: tuple[Attachment, ...] = (),
    ) -> Reply:
        return Reply(
            id=self.new_id(),
            person=person,
            place=place,
            sent_at=self.clock(),
            text=text,
            direct=direct,
            files=files,
        )

    def file(self, name: str, content: bytes | Exception, *, size: int | None = None) -> Attachment:
        """A file that can be fetched; it may say of itself that it is larger or smaller than it is."""
        address = f"far://{len(self.platform.files)}"
        self.platform.files[address] = content
        length = 100 if isinstance(content, Exception) else len(content)
        return Attachment(name, address, length if size is None else size, "application/octet-stream")

    async def send_files(self, record: Record, text: str, *files: Attachment) -> Reply:
        """Say something with files in the interview's place."""
        assert record.place is not None
        reply = self.reply(text, record.place, files=files)
        await self.send(reply)
        return reply

    def edit(self, reply: Reply, text: str | None) -> Edit:
        return Edit(
            id=self.new_id(),
            person=reply.person,
            place=reply.place,
            sent_at=self.clock(),
            message=reply.id,
            text=text,
        )

    def pressed(
        self, choice: Choice, place: Place, person: Person = ANNA, values: dict[str, str] | None = None
    ) -> Press:
        return Press(
            id=self.new_id(),
            person=person,
            place=place,
            sent_at=self.clock(),
            action=choice.action,
            value=choice.value,
            values=values or {},
        )

    def new_id(self) -> str:
        return f"{PLATFORM}:{next(self._ids)}"

    async def start(self, words: str, person: Person = ANNA) -> Record:
        """Start an interview and give its record."""
        await self.send(self.command(words, person))
        return await self.open_one(person)

    async def open_one(self, person: Person = ANNA) -> Record:
        """The person's open interview."""
        identity = await self.database.read(interviews.open_with, person, f"{PLATFORM}:hall")
        assert identity is not None, f"no open interview; said: {await self.texts(LOBBY, person)}"
        return await self.record(identity)

    async def has_open(self, person: Person = ANNA) -> bool:
        return await self.database.read(interviews.open_with, person, f"{PLATFORM}:hall") is not None

    async def record(self, identity: str) -> Record:
        record = await self.database.read(interviews.get, identity)
        assert record is not None
        return record

    async def say(self, record: Record, *texts: str, person: Person = ANNA) -> None:
        """Say something in the interview's place."""
        place = record.place
        assert place is not None
        for text in texts:
            await self.send(self.reply(text, place, person))

    async def press(
        self, record: Record, label: str, person: Person = ANNA, values: dict[str, str] | None = None
    ) -> None:
        """Press the newest button of this label that the person can see."""
        place = record.place or LOBBY
        await self.send(self.pressed(await self.button(label, person), place, person, values))

    async def button(self, label: str, person: Person = ANNA) -> Choice:
        rows = await self.rows(person)
        for row in reversed(rows):
            for choice in choices_of(row):
                if choice.label == label:
                    return choice
        raise AssertionError(f"no button {label!r}; the last are {[c.label for r in rows[-3:] for c in choices_of(r)]}")

    async def rows(self, person: Person = ANNA) -> list[Row]:
        """Everything the person can see, in the order of its last change."""
        return await self.database.read(transcript.since, PLATFORM, "hall", person.user, after=0, limit=10_000)

    async def texts(self, place: Place | None, person: Person = ANNA) -> list[str]:
        """What stands in a place, as it was first said, oldest first."""
        rows = [row for row in await self.rows(person) if row.place == place]
        return [row.markdown for row in sorted(rows, key=lambda row: (row.said_at, row.revision))]

    async def page(self, record: Record, person: Person = ANNA) -> str:
        """The interview's thread as one text."""
        return "\n---\n".join(await self.texts(record.place, person))

    async def whispers(self, person: Person = ANNA) -> str:
        """What was said outside any thread."""
        return "\n---\n".join(await self.texts(LOBBY, person))

    async def chart(self, record: Record, person: Person = ANNA) -> Chart | None:
        """The newest chart in the interview's place."""
        rows = [row for row in await self.rows(person) if row.place == record.place]
        return next((chart for row in reversed(rows) if (chart := chart_of(row)) is not None), None)

    async def to_the_card(self, record: Record, answer: str) -> Record:
        """Answer the question and every follow-up with the same text, until the card."""
        for _ in range(4):
            if not await self.has_open():
                break
            await self.say(record, answer)
            await self.press(record, labels.SUBMIT)
        return await self.record(record.interview.id)

    async def tick(self) -> None:
        """Let the clockwork look at the clock until nothing more is due."""
        for _ in range(10):
            await self.house.ticks.wake_due()
            await self.house.ticks.ask_due()
            await self.settled()
            if not await self.database.read(interviews.due, self.clock(), 10):
                return
        raise AssertionError("the clockwork finds no end")


@asynccontextmanager
async def staged(
    url: str,
    folder: Path,
    interviewer: Interviewer | None = None,
    *,
    secret_key: str = "",
    runner: Literal["jail", "off"] = "jail",
) -> AsyncIterator[Stage]:
    """The whole product on this database, with nobody watching the clock but the test."""
    clock = Clock()
    settings = Settings(database_url=url, data=folder, secret_key=SecretStr(secret_key), runner=runner, _env_file=None)
    platforms: list[StagePlatform] = []

    def build(core: Core) -> list[Platform]:
        platforms.append(StagePlatform(core))
        return [*platforms]

    async with running(
        settings, build, make_log("error"), serve=False, now=clock, interviewer=interviewer, rests=(0.01,)
    ) as house:
        await platforms[0].ready.wait()
        yield Stage(platforms[0], house, clock)
