"""The terminal as a chat: type or pipe your words in, read the coach's; what is open goes on with the next start."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path
from uuid import uuid4

from adapters.room import Announce, Change, Room, Said, Written, chart_of, choices_of
from agent.types import Attachment
from bot.core import Core
from bot.events import Command, Press, Reply
from bot.ports import Accept, Chart, Choice, Document, Field, Finding, Form, Keepers, Profile, Traits, Unreachable
from bot.wording import command_line
from storage import interviews, transcript
from storage.addresses import Person, Place
from storage.transcript import Row

NAME = "console"
YOU = Person(NAME, "local", "you")
HERE = Place(NAME, "local", "terminal")
PASTE_SECONDS = 0.03
"""Lines that follow each other faster than this were pasted, not typed."""
REMEMBERED = 30
"""How many earlier messages keep their buttons over a new start."""
BAR_CELLS = 10
COMMAND = "/interview"
LEAVE = ("exit", "quit")

_MARKUP = ((re.compile(r"\*\*(.+?)\*\*"), "1"), (re.compile(r"(?<![\w`])_(.+?)_(?![\w`])"), "2"))
_ESCAPED = re.compile(r"\\([\\`*_~|<>\[\]#])")


class Console:
    """One person in one terminal. `lines` are what is typed; `write` puts text on the screen."""

    def __init__(self, core: Core, lines: Lines, write: Callable[[str], None], *, typed: bool) -> None:
        """`typed`: a person sits there, so pasted lines are kept together and nobody waits for the coach."""
        self._core = core
        self._lines = lines
        self._screen = Screen(write, colour=typed)
        self._typed = typed

    @property
    def name(self) -> str:
        """The platform's name in addresses."""
        return NAME

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Room:
        """The terminal."""
        return OneRoom(self._core, place, person or YOU, self._screen.show)

    async def direct(self, person: Person) -> Room:
        """The terminal."""
        return self.at(HERE, person=person)

    async def profile(self, person: Person) -> Profile:
        """Somebody at a terminal."""
        return Profile(name=person.user, admin=True)

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile:
        """The same."""
        return await self.profile(person)

    async def keepers(self, realm: str) -> Keepers:
        """Whoever sits there sees what is logged."""
        return Keepers()

    async def fetch(self, file: Attachment) -> bytes:
        """There are no attachments in a terminal."""
        raise Unreachable(command_line.NO_FILES_HERE)

    async def check(self) -> list[Finding]:
        """Nothing can be wrong with a terminal."""
        return []

    async def run(self, accept: Accept) -> None:
        """Read until the input ends; then submit what is open, finish it, and return."""
        for row in await self._core.database.read(transcript.in_place, HERE, YOU.user, limit=REMEMBERED):
            self._screen.remember(row)
        open_one = await self._open_interview()
        if open_one is not None:
            await accept(self._press("resume", open_one))
        elif self._typed:
            self._screen.line(command_line.TERMINAL_WELCOME)
        await self._core.settled()
        async for text, is_one_line in self._messages():
            if is_one_line and text.strip().lower() in LEAVE and self._typed:
                return
            await self._take(accept, text, is_one_line=is_one_line)
            if not self._typed:
                await self._core.settled()
        open_one = await self._open_interview()
        if open_one is not None:
            await accept(self._press("finish", open_one))
        await self._core.settled()

    async def _open_interview(self) -> str | None:
        return await self._core.database.read(interviews.open_with, YOU, f"{HERE.platform}:{HERE.realm}")

    async def _take(self, accept: Accept, text: str, *, is_one_line: bool) -> None:
        word = text.strip()
        if is_one_line and (word == COMMAND or word.startswith(f"{COMMAND} ")):
            words = word.removeprefix(COMMAND).strip()
            await accept(
                Command(id=_new(), person=YOU, place=HERE, sent_at=self._core.now(), name="interview", words=words)
            )
            return
        choice = self._screen.choice(word) if is_one_line else None
        if choice is not None:
            values = await self._fill(choice.form) if choice.form is not None else {}
            await accept(self._press(choice.action, choice.value, values))
            return
        await accept(Reply(id=_new(), person=YOU, place=HERE, sent_at=self._core.now(), text=text, direct=True))

    def _press(self, action: str, value: str, values: dict[str, str] | None = None) -> Press:
        return Press(
            id=_new(),
            person=YOU,
            place=HERE,
            sent_at=self._core.now(),
            action=action,
            value=value,
            values=values or {},
        )

    async def _fill(self, form: Form) -> dict[str, str]:
        self._screen.line(form.title)
        return {field.name: await self._ask(field) for field in form.fields}

    async def _ask(self, field: Field) -> str:
        self._screen.line(command_line.form_field(field.label, tuple(label for _, label in field.options), field.value))
        answer = (await self._lines.next() or "").strip()
        if not answer:
            return field.value
        if answer.isdecimal() and 0 < int(answer) <= len(field.options):
            return field.options[int(answer) - 1][0]
        return next((value for value, label in field.options if label == answer), answer)

    async def _messages(self) -> AsyncIterator[tuple[str, bool]]:
        """Messages, and whether each is a single line that may be a word for us: never so inside a code fence."""
        while (line := await self._lines.next()) is not None:
            block = [line]
            while self._typed and (more := await self._lines.next(PASTE_SECONDS)) is not None:
                block.append(more)
            while _fence_is_open(block) and (more := await self._lines.next()) is not None:
                block.append(more)
            text = "\n".join(block)
            if text.strip():
                yield text, len(block) == 1


class OneRoom(Room):
    """A terminal has no threads: what would be one is the terminal itself. Files go into the data's folder."""

    def __init__(self, core: Core, place: Place, person: Person, announce: Announce) -> None:
        """Speak here; `announce` is told of every change."""
        super().__init__(core.database, place, person=person, announce=announce, now=core.now)
        self._folder = core.settings.data

    async def hand(self, document: Document, markdown: str, *, key: str) -> None:
        """Write the file, readable by its owner only, and say where."""
        path = (self._folder / document.name).resolve()
        await asyncio.to_thread(_write, path, document.content)
        await self.say(f"{markdown}\n\n{command_line.written_to(path)}", key=key)

    @property
    def traits(self) -> Traits:
        """Nobody else is here."""
        return Traits(direct=True)

    async def thread(self, title: str, *, private: bool, key: str) -> Room:
        """Stay here."""
        return self


class Lines:
    """The lines of a stream, read by a thread of their own, since a terminal can be read in no other way everywhere."""

    def __init__(self, stream: Iterable[str]) -> None:
        """Read from this stream, from the first call of `next` on."""
        self._stream = stream
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    async def next(self, patience: float | None = None) -> str | None:
        """The next line without its end; None when the input ended, or none came within `patience` seconds."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            # A daemon: a read from a terminal cannot be interrupted, and nothing is lost when it dies with us.
            threading.Thread(target=self._read, args=(self._loop,), daemon=True).start()
        if self._ended:
            return None
        try:
            async with asyncio.timeout(patience):
                line = await self._queue.get()
        except TimeoutError:
            return None
        self._ended = line is None
        return line

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in self._stream:
            loop.call_soon_threadsafe(self._queue.put_nowait, line.rstrip("\r\n"))
        loop.call_soon_threadsafe(self._queue.put_nowait, None)


class Screen:
    """Shows a transcript on a terminal, which cannot change what stands above: it prints what was added."""

    def __init__(self, write: Callable[[str], None], *, colour: bool) -> None:
        """Write through this; with `colour`, bold and faint text."""
        self._write = write
        self._colour = colour
        self._printed: dict[str, str] = {}
        self._choices: dict[str, tuple[Choice, ...]] = {}

    def line(self, text: str) -> None:
        """Print a paragraph."""
        self._write(self._styled(text) + "\n\n")

    def show(self, change: Change) -> None:
        """Print what is new in a change."""
        if isinstance(change, Written):
            self._more(change.id, change.text)
        elif isinstance(change, Said):
            self._said(change.row, live=change.live)

    def remember(self, row: Row) -> None:
        """Know the buttons of something that was shown before this start."""
        self._choices[row.id] = tuple(choice for choice in choices_of(row) if not _needs_place(choice))

    def choice(self, word: str) -> Choice | None:
        """The button that a typed word means: the newest that bears it."""
        wanted = word.casefold()
        for choices in reversed(self._choices.values()):
            for choice in choices:
                if wanted and wanted in (choice.label.casefold(), choice.word.casefold()):
                    return choice
        return None

    def _said(self, row: Row, *, live: bool) -> None:
        before = self._printed.get(row.id)
        self._choices.pop(row.id, None)
        self.remember(row)
        choices = self._choices[row.id]
        chart = chart_of(row)
        if before is not None and not row.markdown.startswith(before) and chart is None:
            self._printed[row.id] = row.markdown
            return
        if before is not None and chart is not None:
            before = None
        self._more(row.id, row.markdown, fresh=before is None)
        if live:
            return
        if chart is not None:
            self._write("\n" + _bars(chart))
        if before is None or row.markdown != before:
            self._write("\n")
            if choices and before is None:
                self._write(" ".join(f"[{choice.word or choice.label}]" for choice in choices) + "\n")
            self._write("\n")

    def _more(self, row_id: str, text: str, *, fresh: bool = False) -> None:
        printed = "" if fresh else self._printed.get(row_id, "")
        self._write(self._styled(text[len(printed) :]))
        self._printed[row_id] = text

    def _styled(self, text: str) -> str:
        for pattern, code in _MARKUP:
            text = pattern.sub(f"\x1b[{code}m\\1\x1b[0m" if self._colour else r"\1", text)
        return _ESCAPED.sub(r"\1", text)


def _bars(chart: Chart) -> str:
    width = max(len(bar.label) for bar in chart.bars)
    rows = [f"{bar.label:<{width}} {'█' * round(bar.value):░<{BAR_CELLS}} {bar.note}" for bar in chart.bars]
    return "\n".join(rows)


def _needs_place(choice: Choice) -> bool:
    return choice.form is not None and any(field.kind == "place" for field in choice.form.fields)


def _fence_is_open(lines: list[str]) -> bool:
    return sum(line.lstrip().startswith("```") for line in lines) % 2 == 1


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb", opener=partial(os.open, mode=0o600)) as file:
        file.write(content)


def _new() -> str:
    return f"{NAME}:{uuid4().hex}"


def terminal(core: Core) -> Console:
    """The terminal this process was started in, or the pipe."""

    def write(text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:  # nobody reads any more: leave as with Ctrl-C, and let the exit flush into nothing
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            signal.raise_signal(signal.SIGTERM)

    return Console(core, Lines(sys.stdin), write, typed=sys.stdin.isatty())
