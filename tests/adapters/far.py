"""The far end of an adapter, as the contract suite sees it, and the product that runs before it."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from agent.interviewer import Interviewer
from agent.types import Phase
from bot.core import Core
from bot.logs import make_log
from bot.ports import Conversation, Platform
from bot.settings import Settings
from bot.ticks import Ticks
from bot.wiring import running
from bot.wording import labels as labels_words
from storage import interviews
from storage.addresses import Person
from storage.interviews import Record
from storage.tables import interviews as tables
from tests.kill.lives import free_port

ANNA, BEN = "anna", "ben"
BOUND = 60
"""Seconds in which anything here happens, or never will."""


@dataclass(frozen=True)
class Seen:
    """A message as somebody sees it: its words without any markup, and the labels of its buttons."""

    text: str
    labels: tuple[str, ...] = ()


Shared = tuple[str, str, bytes]
"""A file that is shared: its name, what it is said to be, and its bytes."""


class Far(Protocol):
    """The far end of an adapter, which outlives the program: two people, and what they do and see.

    Both are in the channel where commands are typed. What they say goes to the newest interview that they can see.
    Every deed returns once the adapter has acknowledged it.
    """

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the core must be told beside database and folder."""
        ...

    def build(self, core: Core) -> list[Platform]:
        """The adapter, as the program builds it, set up for this far end."""
        ...

    async def open(self, address: str) -> None:
        """The program is up, and serves HTTP at this address: wait until the adapter takes events."""
        ...

    def person(self, who: str) -> Person:
        """Somebody's address."""
        ...

    async def command(self, who: str, words: str) -> None:
        """Type `/interview` and these words in the channel of all."""
        ...

    async def say(self, who: str, text: str, files: Sequence[Shared] = ()) -> str:
        """Say something in the newest interview, with files; gives what names the message here."""
        ...

    async def edit(self, who: str, said: str, text: str | None) -> None:
        """Change what was said; None deletes it."""
        ...

    async def press(self, who: str, label: str, values: Mapping[str, str] | None = None) -> None:
        """Press the newest button of this label that this person can see; `values` fill in its form, by field name."""
        ...

    async def button(self, who: str, label: str) -> Callable[[], Awaitable[None]]:
        """The newest button of this label, to be pressed later, when it may be gone from the screen."""
        ...

    async def again(self) -> None:
        """Let the platform deliver the last event once more, as platforms do."""
        ...

    async def seen(self, who: str) -> list[Seen]:
        """Everything that this person can see, oldest first."""
        ...

    async def documents(self, who: str) -> list[bytes]:
        """The files that the coach handed to this person."""
        ...

    def pings(self) -> list[str]:
        """What was said by the adapter and would have called somebody."""
        ...


@dataclass
class House:
    """The product with one adapter, which can be stopped and started again."""

    far: Far
    database_url: str
    folder: Path
    port: int = field(default_factory=free_port)
    interviewer: Interviewer | None = None
    log_level: str = "error"
    address: str = ""
    ticks: Ticks | None = None
    core: Core | None = None
    platform: Platform | None = None
    _life: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        settings = Settings(
            _env_file=None,
            database_url=self.database_url,
            data=self.folder,
            http_port=self.port,
            runner="off",
            **self.far.settings,
        )

        def build(core: Core) -> list[Platform]:
            self.core = core
            platforms = self.far.build(core)
            self.platform = platforms[0]
            return platforms

        program = running(
            settings, build, make_log(self.log_level), serve=True, interviewer=self.interviewer, rests=(0.01,) * 5
        )
        house = await self._life.enter_async_context(program)
        self.ticks = house.ticks
        self.address = house.address
        await self.far.open(house.address)

    async def stop(self) -> None:
        await self._life.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def settled(self) -> None:
        assert self.core is not None
        async with asyncio.timeout(BOUND):
            await self.core.settled()

    # What the tests do, and wait until the coach has nothing left to do.

    async def command(self, words: str, who: str = ANNA) -> None:
        await self.far.command(who, words)
        await self.settled()

    async def start_interview(self, words: str = "easy algorithm", who: str = ANNA) -> Record:
        await self.command(words, who)
        return await self.open_one(who)

    async def say(self, text: str, who: str = ANNA, files: Sequence[Shared] = ()) -> str:
        said = await self.far.say(who, text, files)
        await self.settled()
        return said

    async def edit(self, said: str, text: str | None, who: str = ANNA) -> None:
        await self.far.edit(who, said, text)
        await self.settled()

    async def press(self, label: str, who: str = ANNA, values: Mapping[str, str] | None = None) -> None:
        await self.far.press(who, label, values)
        await self.settled()

    async def again(self) -> None:
        await self.far.again()
        await self.settled()

    # What they look at.

    async def record(self, identity: str) -> Record:
        assert self.core is not None
        record = await self.core.database.read(interviews.get, identity)
        assert record is not None
        return record

    async def open_one(self, who: str = ANNA) -> Record:
        """The person's open interview."""
        assert self.core is not None
        identity = await self.core.database.read(_open_of, self.far.person(who))
        assert identity is not None, f"no open interview; {who} sees:\n{await self.page(who)}"
        return await self.record(identity)

    async def has_open(self, who: str = ANNA) -> bool:
        assert self.core is not None
        return await self.core.database.read(_open_of, self.far.person(who)) is not None

    async def seen(self, who: str = ANNA) -> list[Seen]:
        return await self.far.seen(who)

    async def page(self, who: str = ANNA) -> str:
        return "\n---\n".join(one.text for one in await self.seen(who))

    async def count(self, words: str, who: str = ANNA) -> int:
        """How many messages say this."""
        wanted = plain(words)
        return sum(wanted in one.text for one in await self.seen(who))

    async def labels(self, who: str = ANNA) -> list[str]:
        return [label for one in await self.seen(who) for label in one.labels]

    def at(self, record: Record, reply: str | None = None) -> Conversation:
        """Where an interview is, as the coach speaks there."""
        assert self.platform is not None
        assert record.place is not None
        return self.platform.at(record.place, person=record.person, reply=reply)

    async def to_the_card(self, record: Record, answer: str) -> Record:
        """Answer the question and every follow-up with the same text, until the card."""
        for _ in range(4):
            if (await self.record(record.interview.id)).interview.phase is Phase.CLOSED:
                break
            await self.say(answer)
            await self.press(labels_words.SUBMIT)
        return await self.record(record.interview.id)


def _open_of(conn: Connection, person: Person) -> str | None:
    theirs = tables.c.person_platform == person.platform, tables.c.person_user == person.user
    found: str | None = conn.execute(select(tables.c.id).where(tables.c.open, *theirs)).scalar()
    return found


def plain(text: str) -> str:
    """A text without Markdown, HTML, escapes and line ends, as all platforms show it alike."""
    bare = html.unescape(re.sub(r"<[a-z/][^>]*>", "", text)) if "</" in text else html.unescape(text)
    bare = re.sub(r"^```\w*$", "", bare, flags=re.MULTILINE)
    return " ".join(re.sub(r"[*_`\\~>#|\u200b\u2060]", "", bare).split())


@asynccontextmanager
async def house_of(
    far: Far, database_url: str, folder: Path, interviewer: Interviewer | None = None, log_level: str = "error"
) -> AsyncIterator[House]:
    """The product over this far end, which nothing is left of when the block ends."""
    house = House(far, database_url, folder, interviewer=interviewer, log_level=log_level)
    try:
        await house.start()
        yield house
    finally:
        await house.stop()
