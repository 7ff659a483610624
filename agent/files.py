"""What a file that came with an answer is, told from its bytes alone: text, a picture that models see, or neither."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from agent.pictures import picture_type, sides, without_metadata

LARGEST_TEXT = 100 * 1024
"""Bytes of a text file."""
LARGEST_FILE = 5 * 1024 * 1024
"""Bytes of any file; nothing larger is fetched."""
LARGEST_PICTURE = LARGEST_FILE * 3 // 4
"""Bytes of a picture: models take five megabytes of base64, which is a third longer than what it stands for."""
LONGEST_SIDE = 8000
"""Pixels of a picture that models take."""
MOST_FILES = 10
"""Of one message."""
MOST_PICTURES = 12
"""Of one interview; beyond twenty in one request models take smaller ones only."""
MOST_PICTURE_BYTES = 20 * 1024 * 1024
"""Of one interview; all of them travel in each request, which may have 32 megabytes of base64 and text."""


class FileProblem(StrEnum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    TEXT_TOO_LARGE = "text too large"
    TOO_LARGE = "too large"
    PICTURE_TOO_LARGE = "picture too large"
    PICTURE_TOO_WIDE = "picture too wide"
    PICTURE_BROKEN = "picture broken"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: `text`, or a picture of the media type `picture`, or neither, for which `problem` says why.

    `data` are a picture's bytes without what they tell of who took it, where, and with what.
    """

    text: str = ""
    picture: str = ""
    data: bytes = b""
    problem: FileProblem | None = None


def content_of(data: bytes) -> Content:
    """Tell what these bytes are, whatever their name says."""
    if not data:
        return Content(problem=FileProblem.EMPTY)
    if len(data) > LARGEST_FILE:
        return Content(problem=FileProblem.TOO_LARGE)
    if picture_type(data):
        return _picture(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Content(problem=FileProblem.UNREADABLE)
    if _NO_TEXT.search(text):
        return Content(problem=FileProblem.UNREADABLE)
    if len(data) > LARGEST_TEXT:
        return Content(problem=FileProblem.TEXT_TOO_LARGE)
    if not text.strip():
        return Content(problem=FileProblem.EMPTY)
    return Content(text=text.replace("\r\n", "\n").replace("\r", "\n"))


_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]|\A%PDF-")
"""What no text holds: control characters but white space and the escape that colours a terminal's output."""


def _picture(data: bytes) -> Content:
    if len(data) > LARGEST_PICTURE:
        return Content(problem=FileProblem.PICTURE_TOO_LARGE)
    try:
        width, height = sides(data)
        bare = without_metadata(data)
    except (struct.error, ValueError, IndexError):
        return Content(problem=FileProblem.PICTURE_BROKEN)
    if min(width, height) < 1:
        return Content(problem=FileProblem.PICTURE_BROKEN)
    if max(width, height) > LONGEST_SIDE:
        return Content(problem=FileProblem.PICTURE_TOO_WIDE)
    return Content(picture=picture_type(data), data=bare)
