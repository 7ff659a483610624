"""Carries values over the wall as tagged JSON, and takes what comes back for hostile text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.text import clean

EXACT_INT = 1 << 53
"""From here on, whole numbers travel as hexadecimal text."""

LONGEST_SHOWN = 300
"""Characters of a value or of a candidate's text that are shown."""

LARGEST_SHOWN_INT = 1 << 1024
"""Beyond it a number is described: Python refuses to write very large ones, and nobody reads them."""

PAIR = 2
FEW = 100


class Malformed(Exception):
    """A line that no harness sends."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A result that is no plain data; it equals no expected value."""

    type: str


def tagged(value: object) -> object:
    """Return an argument in tagged JSON; raises TypeError for what is no plain data."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) < EXACT_INT else {"i": hex(value)}
        case float():
            return value if math.isfinite(value) else {"f": repr(value)}
        case list():
            return [tagged(item) for item in value]
        case tuple():
            return {"t": [tagged(item) for item in value]}
        case set() | frozenset():
            return {"s": [tagged(item) for item in value]}
        case Mapping():
            return {"d": [[tagged(key), tagged(item)] for key, item in value.items()]}
        case bytes():
            return {"b": value.hex()}
        case complex():
            return {"c": [repr(value.real), repr(value.imag)]}
    raise TypeError(f"{type(value).__name__} is no plain data")


def untagged(sent: object, depth: int) -> object:
    """Read a result of at most `depth` levels; raises Malformed for anything that the harness would not send."""
    if sent is None or isinstance(sent, bool | int | float | str):
        return sent
    if depth < 0:
        raise Malformed("nested too deeply")
    if isinstance(sent, list):
        return [untagged(item, depth - 1) for item in sent]
    if not isinstance(sent, dict) or len(sent) != 1:
        raise Malformed("no tag")
    [(tag, inner)] = sent.items()
    try:
        return _read(tag, inner, depth)
    except (TypeError, ValueError, OverflowError) as error:
        raise Malformed(f"not a value of the kind {tag!r}") from error


def _read(tag: object, inner: object, depth: int) -> object:
    match tag, inner:
        case "t", list():
            return tuple(untagged(item, depth - 1) for item in inner)
        case "s", list():
            return set(_spread([untagged(item, depth - 1) for item in inner]))
        case "d", list():
            keys = _spread([untagged(key, depth - 1) for key, _ in inner])
            return dict(zip(keys, (untagged(item, depth - 1) for _, item in inner), strict=True))
        case "i", str():
            return int(inner, 16)
        case "f", str():
            return float(inner)
        case "b", str():
            return bytes.fromhex(inner)
        case "c", list() if len(inner) == PAIR:
            return complex(float(inner[0]), float(inner[1]))
        case "o", str():
            return Opaque(text(inner, 60))
    raise Malformed("unknown tag")


def _spread(items: list[Any]) -> list[Any]:
    """Refuse items that were made to collide: a set of a few thousand of them would keep us busy for a long time."""
    if len(items) > FEW and 2 * len(set(map(hash, items))) < len(items):
        raise Malformed("colliding items")
    return items


def text(sent: object, most: int = LONGEST_SHOWN) -> str:
    """Return a text of the candidate's without control and bidi characters, and no longer than `most`."""
    if not isinstance(sent, str):
        return ""
    plain = clean(sent[: most + 1])
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def shown(value: object) -> str:
    """Write a value as Python would, as far as it is worth reading."""
    parts: list[str] = []
    room = [LONGEST_SHOWN]
    _write(value, parts, room)
    return text("".join(parts))


def _write(value: object, parts: list[str], room: list[int]) -> None:
    if room[0] < 0:
        return
    match value:
        case list():
            _enclosed("[", [(item,) for item in value], "]", parts, room)
        case tuple():
            _enclosed("(", [(item,) for item in value], ",)" if len(value) == 1 else ")", parts, room)
        case set() | frozenset() if value:
            _enclosed("{", [(item,) for item in value], "}", parts, room)
        case dict():
            _enclosed("{", list(value.items()), "}", parts, room)
        case Opaque():
            _put(f"<{value.type}>", parts, room)
        case str() | bytes():
            _put(repr(value[: LONGEST_SHOWN + 1]), parts, room)
        case int() if abs(value) >= LARGEST_SHOWN_INT:
            _put(f"<a number of {value.bit_length()} bits>", parts, room)
        case _:
            _put(repr(value), parts, room)


def _enclosed(opening: str, items: list[tuple[Any, ...]], closing: str, parts: list[str], room: list[int]) -> None:
    _put(opening, parts, room)
    for index, item in enumerate(items):
        if room[0] < 0:
            return
        if index:
            _put(", ", parts, room)
        _write(item[0], parts, room)
        if len(item) == PAIR:
            _put(": ", parts, room)
            _write(item[1], parts, room)
    _put(closing, parts, room)


def _put(piece: str, parts: list[str], room: list[int]) -> None:
    parts.append(piece)
    room[0] -= len(piece)
