"""Small pictures of every sort that models see, made by hand."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 4, height: int = 3, *, padding: int = 0, colour: bytes = b"\x2a\x6f\xb0") -> bytes:
    """A PNG of one colour; `padding` bytes of an unknown chunk make it larger."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + colour * width) * height)
    parts = [(b"IHDR", header), (b"IDAT", pixels), *([(b"teSt", bytes(padding))] if padding else []), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def jpeg(width: int = 4, height: int = 3) -> bytes:
    """The segments of a JPEG: what comes first in cameras' files, the frame with its size, and the end."""
    app = b"\xff\xe1" + struct.pack(">H", 10) + b"Exif\0\0MM"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + app + frame + b"\xff\xda" + bytes(20) + b"\xff\xd9"


def gif(width: int = 4, height: int = 3) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(8) + b";"


def webp(width: int = 4, height: int = 3) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _riff(extended + sides)


def webp_lossy(width: int = 4, height: int = 3) -> bytes:
    return _riff(b"VP8 " + struct.pack("<I", 10) + b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height))


def webp_lossless(width: int = 4, height: int = 3) -> bytes:
    return _riff(b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, body = part
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
