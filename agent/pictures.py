"""The sorts of pictures that models see: told from their bytes, measured, and rid of what they tell of a person.

Nothing is decoded: only headers are read, and parts left out whole. What is cut off or makes no sense raises
ValueError, IndexError or struct.error.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_PNG_KEPT = (b"acTL", b"bKGD", b"cHRM", b"fcTL", b"fdAT", b"gAMA", b"iCCP", b"pHYs", b"sBIT", b"sRGB", b"tRNS")
"""Chunks that say how to draw; those that begin with a capital letter are the picture itself."""
_JPEG_KEPT = (0xE0, 0xE2, 0xEE)
"""Application segments that say how to draw: JFIF, the colour profile, Adobe's colours."""
_WEBP_DROPPED = (b"EXIF", b"XMP ")
_WEBP_FLAGS = 0b1100
"""The bits that say that those two are there."""


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


def sides(data: bytes) -> tuple[int, int]:
    """Give the width and height of a picture in pixels."""
    match picture_type(data):
        case "image/png":
            return _png_sides(data)
        case "image/jpeg":
            return _jpeg_sides(data)
        case "image/gif":
            return _gif_sides(data)
    return _webp_sides(data)


def without_metadata(data: bytes) -> bytes:
    """Give the picture without place, time, camera, names and comments; which side is up stays."""
    match picture_type(data):
        case "image/png":
            return _bare_png(data)
        case "image/jpeg":
            return _bare_jpeg(data)
        case "image/webp":
            return _bare_webp(data)
    return data


# Sides


def _png_sides(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-12:]:
        raise ValueError("no whole PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _gif_sides(data: bytes) -> tuple[int, int]:
    if data.rstrip(b"\0")[-1:] != b";":
        raise ValueError("no whole GIF")
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _webp_sides(data: bytes) -> tuple[int, int]:
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


def _jpeg_sides(data: bytes) -> tuple[int, int]:
    if b"\xff\xd9" not in data[-1024:]:  # cameras put a little behind the end
        raise ValueError("no whole JPEG")
    for marker, start, _ in _segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[start + 5 : start + 9])
            return width, height
    raise ValueError("a JPEG without a frame")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Give marker, start and end of each segment before the first scan."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no JPEG segment")
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in (0xD9, 0xDA):
            return
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        yield marker, at, end
        at = end


# Metadata


def _bare_png(data: bytes) -> bytes:
    kept = [data[:8]]
    at, name = 8, b""
    while name != b"IEND":
        name = data[at + 4 : at + 8]
        end = at + 12 + int(struct.unpack(">I", data[at : at + 4])[0])
        if end > len(data):
            raise ValueError("no whole PNG")
        if name[:1].isupper() or name in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _bare_jpeg(data: bytes) -> bytes:
    kept = [data[:2]]
    rest = 2
    for marker, start, end in _segments(data):
        rest = end
        if marker == 0xE1 and (side_up := _orientation(data[start + 4 : end])) > 1:
            kept.append(_turned(side_up))
        elif marker != 0xFE and (not 0xE0 <= marker <= 0xEF or marker in _JPEG_KEPT):
            kept.append(data[start:end])
    return b"".join([*kept, data[rest:]])


def _orientation(exif: bytes) -> int:
    """Tell which side is up, 1 to 8 as in Exif; 0 when nothing is said of it."""
    if exif[:6] != b"Exif\0\0" or exif[6:8] not in (b"II", b"MM"):
        return 0
    tiff, order = exif[6:], "<" if exif[6:8] == b"II" else ">"
    try:
        at = struct.unpack(f"{order}I", tiff[4:8])[0]
        for entry in range(struct.unpack(f"{order}H", tiff[at : at + 2])[0]):
            tag, _, _, value = struct.unpack(f"{order}HHIH", tiff[at + 2 + 12 * entry : at + 12 + 12 * entry])
            if tag == 0x0112:
                return int(value) if value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _turned(side_up: int) -> bytes:
    """Give an Exif segment that says which side is up and nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, side_up, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _bare_webp(data: bytes) -> bytes:
    kept = []
    at, whole = 12, struct.unpack("<I", data[4:8])[0] + 8
    while at < whole:
        name = data[at : at + 4]
        end = at + 8 + int(struct.unpack("<I", data[at + 4 : at + 8])[0])
        end += end % 2
        if name == b"VP8X":
            flags = data[at + 8] & ~_WEBP_FLAGS
            kept.append(data[at : at + 8] + bytes([flags]) + data[at + 9 : end])
        elif name not in _WEBP_DROPPED:
            kept.append(data[at:end])
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
