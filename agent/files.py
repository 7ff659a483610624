"""What a file that came with an answer is, told from its bytes alone: text, a picture that models see, or neither."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import StrEnum

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
    """What a file holds: `text`, or a picture of the media type `picture`, or neither, for which `problem` says why."""

    text: str = ""
    picture: str = ""
    problem: FileProblem | None = None


def content_of(data: bytes) -> Content:
    """Tell what these bytes are, whatever their name says."""
    if not data:
        return Content(problem=FileProblem.EMPTY)
    if len(data) > LARGEST_FILE:
        return Content(problem=FileProblem.TOO_LARGE)
    if (media_type := picture_type(data)) != "":
        problem = _picture_problem(data, media_type)
        return Content(problem=problem) if problem is not None else Content(picture=media_type)
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


def picture_type(data: bytes) -> str:
    """Tell the media type of a picture from how it begins; "" when it is none that models see."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]|\A%PDF-")
"""What no text holds: control characters but white space and the escape that colours a terminal's output."""


def _picture_problem(data: bytes, media_type: str) -> FileProblem | None:
    if len(data) > LARGEST_PICTURE:
        return FileProblem.PICTURE_TOO_LARGE
    try:
        sides = _SIDES[media_type](data)
    except (struct.error, ValueError, IndexError):
        return FileProblem.PICTURE_BROKEN
    if min(sides) < 1:
        return FileProblem.PICTURE_BROKEN
    return FileProblem.PICTURE_TOO_WIDE if max(sides) > LONGEST_SIDE else None


# Each gives width and height in pixels, and raises ValueError, IndexError or struct.error for what is cut off.


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-12:]:
        raise ValueError("no whole PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    if data.rstrip(b"\0")[-1:] != b";":
        raise ValueError("no whole GIF")
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _webp(data: bytes) -> tuple[int, int]:
    if struct.unpack("<I", data[4:8])[0] + 8 > len(data):
        raise ValueError("no whole WebP")
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = struct.unpack("<I", data[21:25])[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise ValueError("no WebP that is known")


def _jpeg(data: bytes) -> tuple[int, int]:
    """Go from segment to segment up to the one that holds the frame's size."""
    if b"\xff\xd9" not in data[-1024:]:  # cameras put a little behind the end
        raise ValueError("no whole JPEG")
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no JPEG segment")
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        if marker in (0xD9, 0xDA):
            raise ValueError("a JPEG without a frame")
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])


_SIDES = {"image/png": _png, "image/jpeg": _jpeg, "image/gif": _gif, "image/webp": _webp}
