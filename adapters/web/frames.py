"""The frames of the WebSocket as values, and what must hold for one to be taken; docs/api.md describes them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import from_json

LONGEST_MESSAGE = 40_000
"""Characters of one message."""
LARGEST_FILE = 100 * 1024
"""Bytes of one text file, as UTF-8."""
MOST_FILES = 5
LARGEST_FRAME = 4 * 1024 * 1024
"""Bytes; a larger frame ends the connection before it is read."""

_ID = r"^[A-Za-z0-9_-]{8,64}$"

Id = Annotated[str, StringConstraints(pattern=_ID)]
RowId = Annotated[str, StringConstraints(max_length=200)]
Name = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=LONGEST_MESSAGE)]


class Refused(Exception):
    """A frame that is not taken, with one word for the reason; the page has the sentence."""

    def __init__(self, why: str, id: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.id = id


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a connection: what the page knows already.

    `since` is the last revision it saw, `person` whom it saw it as, `zone` the browser's IANA zone.
    """

    type: Literal["hello"]
    since: Annotated[int, Field(ge=0)] = 0
    person: Name = ""
    zone: Name = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file beside a message.

    `text` is its content, None where the browser could not read it as text; `upload` names a picture that was sent
    before.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    size: Annotated[int, Field(ge=0)]
    media_type: Name = ""
    text: str | None = None
    upload: Id | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Something was said; a text that begins with `/interview` is a command."""

    type: Literal["message"]
    id: Id
    channel: Name
    text: Long = ""
    thread: Name = ""
    files: Annotated[tuple[File, ...], Field(max_length=MOST_FILES)] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One's own message was changed, or deleted (`text` null)."""

    type: Literal["edit"]
    id: Id
    message: RowId
    text: Long | None


@dataclass(frozen=True, slots=True)
class Press:
    """A button under a message was pressed, or its form sent."""

    type: Literal["press"]
    id: Id
    message: RowId
    action: Name
    value: Long = ""
    values: Annotated[dict[Name, Long], Field(max_length=5)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """The page wants the newest messages of a place, or those older than one that it has."""

    type: Literal["history"]
    id: Id
    channel: Name
    thread: Name = ""
    before: RowId = ""


Frame = Hello | Message | Edit | Press | History


def read(text: str) -> Frame:
    """Read a client's frame. Raises Refused, with the frame's id where it has one."""
    try:
        frame: Frame = _frames().validate_json(text)
    except ValidationError as error:
        long = any(found["type"] in ("string_too_long", "too_long") for found in error.errors(include_url=False))
        raise Refused("too-long" if long else "malformed", _id_in(text)) from None
    return frame


def command_in(text: str) -> str | None:
    """The words behind `/interview` when a text is that command."""
    word, *words = text.split(maxsplit=1) or [""]
    return "".join(words).strip() if word.lower() == "/interview" else None


def mended(text: str) -> str:
    """The text as the databases and the queue can hold it: no NUL, no half of a surrogate pair, plain newlines."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").encode(errors="replace").decode()


def is_id(name: str) -> bool:
    """Whether this may name a frame or an upload."""
    return re.fullmatch(_ID, name) is not None


def _id_in(text: str) -> str:
    with suppress(ValueError):
        found = from_json(text)
        if isinstance(found, dict) and re.fullmatch(_ID, str(found.get("id"))):
            return str(found["id"])
    return ""


@cache
def _frames() -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[Frame, Field(discriminator="type")])
