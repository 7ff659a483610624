"""Runs what `talkpro run` runs, and dies of SIGKILL at the boundary it is told.

A boundary is the moment before or after one commit, named by the work that was done in it and what it was about, or
the moment before or after the playground says something.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from adapters.room import Room
from adapters.slack import pacing
from adapters.web import platform
from agent.claude import Access
from bot import wiring
from bot.__main__ import main
from bot.ports import Spoken, Stream
from bot.settings import Settings
from bot.wiring import access_of
from storage.database import Database
from storage.queue import Claim

DEATH, CROSSINGS, BARRIERS = "DOOMED_AT", "DOOMED_CROSSINGS", "DOOMED_BARRIERS"
"""Settings: `boundary#3` means at the third crossing of this boundary, `#3` at the third crossing of any; the file to
which every crossing is written, a line each; and the folder where a file bars the way across the boundary it is named
after, which is looked for in previews alone."""

NEVER = "#0"

PREVIEW_BEGUN, PREVIEW_WRITTEN = "after the first words of a preview", "before the end of a preview"

BY_CHANCE = ("the commit of claim edit", "the commit of due posts")
"""What may or may not be done in a run, depending on who is quicker."""
BY_THE_CLOCK = {"check", "erase_older", "now", "prune", "release", "renew", "sweep"}
"""Work that is done by the clock, not by anything that happened."""


@dataclass
class Fate:
    """Counts the crossings of one process and ends it at one of them."""

    boundary: str
    number: int
    file: int | None
    barriers: Path
    crossed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Fate:
        boundary, _, number = environment.get(DEATH, NEVER).rpartition("#")
        path = environment.get(CROSSINGS)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if path else None
        return cls(boundary, int(number), file, Path(environment.get(BARRIERS, os.devnull)))

    def cross(self, boundary: str) -> None:
        with self.lock:
            if self.file is not None:
                os.write(self.file, f"{boundary}\n".encode())
            for name in (boundary, ""):
                self.crossed[name] += 1
                if (name, self.crossed[name]) == (self.boundary, self.number):
                    os.kill(os.getpid(), signal.SIGKILL)

    async def wait(self, boundary: str) -> None:
        """Go on when nothing bars the way."""
        while (self.barriers / boundary).exists():  # noqa: ASYNC110 - a file says nothing when it goes
            await asyncio.sleep(0.02)
        self.cross(boundary)

    @contextmanager
    def around(self, deed: str) -> Iterator[None]:
        self.cross(f"before {deed}")
        yield
        self.cross(f"after {deed}")


def doomed_database(fate: Fate) -> type[Database]:
    """The database, dying with a transaction whose work is done and not committed, or right after a commit."""

    class Doomed(Database):
        async def write(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            name = ""

            def witnessed(conn: Connection) -> Any:
                nonlocal name
                result = work(conn, *args, **kwargs)
                name = deed(work, args, kwargs, result)
                if name:
                    fate.cross(f"before the commit of {name}")
                return result

            result = await super().write(witnessed)
            if name:
                fate.cross(f"after the commit of {name}")
            return result

    return Doomed


def doomed_room(fate: Fate) -> type[Room]:
    """A room of the playground, dying before or after something is said in it."""

    class Doomed(Room):
        async def say(self, markdown: str, **more: Any) -> Spoken:
            with fate.around("saying something"):
                return await super().say(markdown, **more)

        async def edit(self, spoken: Spoken, markdown: str, **more: Any) -> None:
            with fate.around("changing what was said"):
                await super().edit(spoken, markdown, **more)

        async def whisper(self, markdown: str, **more: Any) -> None:
            with fate.around("whispering"):
                await super().whisper(markdown, **more)

        async def thread(self, title: str, **more: Any) -> Room:
            with fate.around("opening the thread"):
                return await super().thread(title, **more)

        @asynccontextmanager
        async def stream(self, *, key: str | None = None) -> AsyncIterator[Stream]:
            async with super().stream(key=key) as stream:
                yield DoomedStream(stream, fate)
                await fate.wait(PREVIEW_WRITTEN)
            fate.cross("after the end of a preview")

    return Doomed


@dataclass
class DoomedStream:
    """A preview, dying before or after its first words, or in the middle."""

    stream: Stream
    fate: Fate
    has_begun: bool = False

    @property
    def spoken(self) -> Spoken | None:
        return self.stream.spoken

    async def write(self, markdown: str) -> None:
        words = "further words" if self.has_begun else "the first words"
        self.has_begun = True
        await self.fate.wait(f"before {words} of a preview")
        await self.stream.write(markdown)
        await self.fate.wait(f"after {words} of a preview")


def deed(work: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], result: Any) -> str:
    """What a transaction did, in words; empty where it did nothing, or was done by the clock alone."""
    name = work.__name__.strip("_")
    if name in BY_THE_CLOCK or (isinstance(result, list | set) and not result):
        return ""
    match name:
        case "accept":
            about = args[0].kind
        case "claim" if isinstance(result, list):
            about = result[0].kind
        case "record":
            about = ", ".join(
                part
                for turn in args[0]
                for part in (_event(turn.claim), *(f"saying {topic(post.slot)}" for post in turn.posts))
            )
        case "sent":
            about = ", ".join(topic(post.due.slot) for post in args[0])
        case "add":
            about = topic(kwargs["id"])
        case "change" | "remember" | "enter" | "alter":
            about = topic(args[0])
        case _:
            about = ""
    return f"{name} {about}".replace("_", " ").strip()


def topic(key: str) -> str:
    """Which message a slot or a row's id means, in a word."""
    if key.startswith("web:thread:"):
        return "thread"
    owner, _, name = key.rpartition(":")
    kind, _, rest = name.partition("/")
    if owner and not owner.startswith("web:coach"):
        return kind.rstrip("-0123456789")  # a frame of the page's
    if kind == "whisper" or not rest:
        return "whisper"
    word = rest.partition("/")[0]
    return word if word in ("question", "draft", "feedback", "card") else "a message"


def _event(claim: Claim) -> str:
    return f"{claim.kind} {json.loads(claim.payload).get('action', '')}".strip()


def live(settings: Mapping[str, str], log: str) -> None:
    """Run the program with these settings, in a process of its own; what it prints goes to the end of a file."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.update(settings)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    run()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)


def patient_access(settings: Settings) -> Access | None:
    """How models are reached, waiting for them however slow this machine is now."""
    access = access_of(settings)
    return access and replace(access, connect=60.0, silence=60.0)


def run() -> None:
    """Run the program."""
    fate = Fate.read(os.environ)
    vars(wiring)["Database"] = doomed_database(fate)
    vars(platform)["Room"] = doomed_room(fate)
    vars(pacing)["CHANNEL"] = (1000, 1.0)  # nobody here minds how fast we speak
    vars(wiring)["access_of"] = patient_access
    sys.argv = ["talkpro", "run"]
    main()


if __name__ == "__main__":
    run()
