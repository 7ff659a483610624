"""Fetches the files that come with messages, says what each is, and gives their pictures to the judge."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from agent import local
from agent.files import LARGEST_FILE, MOST_FILES, MOST_PICTURE_BYTES, MOST_PICTURES, FileProblem, content_of
from agent.interviewer import Interviewer
from agent.messages import Attachment, Message
from agent.prompts import Picture, Pictures
from agent.types import Interview
from bot.events import Fetch, Reply
from bot.ports import Platform, Unreachable
from bot.scene import Scene, arrival
from bot.wording import files as words
from bot.wording.parts import plain
from storage import files
from storage.database import Database
from storage.files import Kept
from storage.queue import Arrival

FETCH_SECONDS = 30.0
"""How long a platform may take for one file, before it is tried again later."""
LONGEST_NAME = 80

Write = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that was looked at, and what is to be stored for it beside its message."""

    file: Attachment
    writes: tuple[Write, ...] = ()


class Files:
    """Looks at files one by one; none is fetched while a transaction is open, and none again once it was recorded."""

    def __init__(self, database: Database, platforms: Mapping[str, Platform], interviewer: Interviewer) -> None:
        """Work with these."""
        self._database = database
        self._platforms = platforms
        self._interviewer = interviewer

    async def look(self, scene: Scene, message: Message, number: int) -> Looked:
        """Fetch a file, unless its bytes are here already, and tell what it is.

        Raises what the platform raises when it may work later; what will never work is the file's problem.
        """
        file = message.files[number - 1]
        here = await self._database.read(files.get, message.id, number)
        try:
            data = here.content if here is not None else await self._fetched(scene, file)
        except Unreachable as why:
            if not why.for_good:
                raise
            return Looked(replace(file, problem=plain(str(why), 200).rstrip(".") or words.NOT_FETCHED))
        content = await asyncio.to_thread(content_of, data)
        if not content.picture:
            problem = words.PROBLEMS[content.problem] if content.problem is not None else ""
            dropped = (partial(files.drop, messages=[message.id], number=number),) if here is not None else ()
            return Looked(replace(file, text=_storable(content.text), problem=problem), dropped)
        problem = await self._unseen(scene.interview, len(content.data))
        picture = Kept(message.id, number, content.picture, content.data)
        keep = partial(files.keep, interview=scene.interview.id, picture=picture)
        # A picture that nobody here will see is not kept, unless its platform shows it from here.
        return Looked(
            replace(file, picture=content.picture, problem=problem), (keep,) if here is not None or not problem else ()
        )

    async def pictures(self, interview: Interview) -> Pictures:
        """The pictures of each turn, in the order in which they came; none where nobody sees them."""
        if not self._interviewer.sees_pictures or not any(turn.pictures for turn in interview.turns):
            return {}
        kept = {
            (picture.message, picture.number): Picture(picture.media_type, picture.content)
            for picture in await self._database.read(files.of_interview, interview.id)
        }
        return {
            turn.number: tuple(
                kept[message.id, number]
                for message in turn.messages
                for number, file in enumerate(message.files, 1)
                if file.picture and not file.problem and (message.id, number) in kept
            )
            for turn in interview.turns
        }

    async def _fetched(self, scene: Scene, file: Attachment) -> bytes:
        async with asyncio.timeout(FETCH_SECONDS):
            return await self._platforms[scene.record.person.platform].fetch(file)

    async def _unseen(self, interview: Interview, size: int) -> str:
        """Why a picture is of no use here; empty when it is."""
        if not self._interviewer.sees_pictures:
            return words.UNSEEN_LOCALLY if self._interviewer.judge_name == local.NAME else words.UNSEEN_BY_MODEL
        count, total = await self._database.read(files.taken, interview.id)
        return words.TOO_MANY_PICTURES if count >= MOST_PICTURES or total + size > MOST_PICTURE_BYTES else ""


def message_of(event: Reply) -> Message:
    """The message that a reply is, its files named safely, and those named as unusable that need no look."""
    found = tuple(_expected(file, number) for number, file in enumerate(event.files, 1))
    return Message(event.id, event.text, event.sent_at, found)


def to_fetch(scene: Scene, message: Message) -> tuple[Arrival, ...]:
    """An event of our own for each file that is still to be looked at; they come before all else in the lane."""
    interview = scene.interview.id
    return tuple(
        arrival(
            Fetch(interview=interview, message=message.id, number=number),
            f"fetch/{interview}/{scene.cause.key}/{number}",
            scene.record,
        )
        for number, file in enumerate(message.files, 1)
        if not file.is_read
    )


def not_fetched(file: Attachment) -> Looked:
    """Every attempt to fetch a file failed."""
    return Looked(replace(file, problem=words.NOT_FETCHED))


def dropped(*messages: Message) -> tuple[Write, ...]:
    """Delete the pictures of messages that are taken back."""
    ids = [message.id for message in messages if any(file.picture for file in message.files)]
    return (partial(files.drop, messages=ids),) if ids else ()


def safe_name(name: str) -> str:
    """The last part of a file's name, without what is invisible or turns a line around; never empty."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(sign for sign in last if unicodedata.category(sign)[0] not in "CZ" or sign == " ")
    short = visible.strip(" .")
    if len(short) > LONGEST_NAME:
        stem, dot, ending = short.rpartition(".")
        short = (
            f"{stem[: LONGEST_NAME - len(ending) - 1]}{dot}{ending}" if 0 < len(ending) < 8 else short[:LONGEST_NAME]
        )
    return short or words.NAMELESS


def _expected(file: Attachment, number: int) -> Attachment:
    problem = file.problem
    if not problem and number > MOST_FILES:
        problem = words.TOO_MANY_FILES
    elif not problem and file.size > LARGEST_FILE:
        problem = words.PROBLEMS[FileProblem.TOO_LARGE]
    return replace(file, name=safe_name(file.name), problem=problem)


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()
