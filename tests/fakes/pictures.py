"""Small pictures of every sort that models see, made by hand."""

from __future__ import annotations

import struct
import zlib

TELLS = b"taken at home by a certain camera"
"""What no picture shall tell on."""


def png(width: int = 4, height: int = 3, *, padding: int = 0, tells: bool = False) -> bytes:
    """A PNG of one colour; `padding` bytes of pixels that are not needed make it larger, `tells` more than it shows."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x2a\x6f\xb0" * width) * height) + bytes(padding)
    told = [(b"tEXt", b"Comment\0" + TELLS), (b"eXIf", TELLS)] if tells else []
    parts = [(b"IHDR", header), *told, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def jpeg(width: int = 4, height: int = 3, *, tells: bool = False, side_up: int = 1) -> bytes:
    """The segments of a JPEG: what comes first in cameras' files, the frame with its size, and the end."""
    app = _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    if tells:
        entries = struct.pack("<HHIHH", 0x0112, 3, 1, side_up, 0)
        exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entries + bytes(4) + TELLS
        app += _segment(0xE1, exif) + _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + TELLS) + _segment(0xFE, TELLS)
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + app + frame + b"\xff\xda" + bytes(20) + b"\xff\xd9"


def gif(width: int = 4, height: int = 3) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(8) + b";"


def webp(width: int = 4, height: int = 3, *, tells: bool = False) -> bytes:
    extended = b"VP8X" + struct.pack("<I", 10) + bytes([0b1100 if tells else 0, 0, 0, 0])
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    told = b"EXIF" + struct.pack("<I", len(TELLS)) + TELLS + b"\0" if tells else b""
    return _riff(extended + sides + told)


def webp_lossy(width: int = 4, height: int = 3) -> bytes:
    return _riff(b"VP8 " + struct.pack("<I", 10) + b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height))


def webp_lossless(width: int = 4, height: int = 3) -> bytes:
    return _riff(b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14))


def _riff(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, body = part
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
