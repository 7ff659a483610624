"""What a field of the front matter must look like, and the collecting of all that is wrong with it."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz import process

Way = tuple[str | int, ...]
"""The way to a value: keys and positions, or one section's heading alone."""

_WORDS_JOINED = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Shape(StrEnum):
    """What a value may be, in the words that a message uses."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    LIST = "a list"
    TEXTS = "a list of texts"
    MAPPING = "a mapping"
    ANY = "a value"


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a mapping may have."""

    shape: Shape
    required: bool = True


class Notes:
    """Collects what is wrong in one file, each note with the way to the place."""

    def __init__(self) -> None:
        self.found: list[tuple[Way, str]] = []

    def add(self, path: Way, message: str) -> None:
        """Note one thing: what is wrong, and what would be right."""
        self.found.append((path, message))

    def fields(self, raw: object, path: Way, wanted: dict[str, Field]) -> dict[str, Any]:
        """Return the fields of `raw` that are known and well-shaped; note the rest, and what is missing."""
        if not isinstance(raw, dict):
            self.add(path, f"{shown(raw)}; a mapping is needed: {', '.join(wanted)}")
            return {}
        good: dict[str, Any] = {}
        for name, value in raw.items():
            if name not in wanted:
                self.add((*path, str(name)), f"unknown field; {did_you_mean(str(name), wanted)}")
            elif not _fits(value, wanted[name].shape):
                self.add((*path, name), _unfit(value, wanted[name].shape))
            elif wanted[name].shape is Shape.TEXTS:
                good[name] = self._texts(value, (*path, name))
            else:
                good[name] = value
        for name, field in wanted.items():
            if field.required and name not in raw:
                self.add((*path, name), f"missing; {field.shape} is needed")
        return good

    def _texts(self, items: list[Any], path: Way) -> list[str]:
        for index, item in enumerate(items):
            if not _fits(item, Shape.TEXT):
                self.add((*path, index), _unfit(item, Shape.TEXT))
        return [item if isinstance(item, str) else "" for item in items]

    def count(self, path: Way, found: int, limits: tuple[int, int], noun: str) -> None:
        """Note too few or too many of something; `limits` are (least, most), both allowed."""
        least, most = limits
        if found < least:
            self.add(path, f"{counted(found, noun)}; at least {least} {_are(least)} needed")
        elif found > most:
            self.add(path, f"{counted(found, noun)}; at most {most} {_are(most)} allowed")

    def within(self, path: Way, number: float, limits: tuple[float, float]) -> None:
        """Note a number out of range."""
        if not limits[0] <= number <= limits[1]:
            self.add(path, f"{number}; a number from {limits[0]} to {limits[1]} is needed")

    def joined(self, path: Way, word: str) -> None:
        """Note a name that is not small words joined by hyphens."""
        if not _WORDS_JOINED.fullmatch(word):
            right = "-".join(re.findall(r"[a-z0-9]+", word.casefold()))
            self.add(path, f"{word!r} is not kebab-case" + (f"; write {right}" if right else ""))

    def unique(self, path: Way, names: Iterable[str], *, inside: str = "") -> None:
        """Note each name that stood in the list before; `inside` is the field of an element that holds it."""
        seen: dict[str, int] = {}
        for index, name in enumerate(names):
            first = seen.setdefault(name, index)
            if name and first != index:
                where = (*path, index, inside) if inside else (*path, index)
                self.add(where, f"{name!r} is taken by {spelt((*path, first))}; each must be different")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence that leads from a wrong name to the right one, or lists them all."""
    names = list(known)
    near = process.extractOne(name, names, score_cutoff=70)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"


def shown(value: object) -> str:
    """Return what a value is, short enough for a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"{str(value).lower()}, which is yes or no"
        case int() | float():
            return f"the number {value}"
        case str():
            short = value if len(value) <= 40 else f"{value[:37]}..."
            return f"the text {short!r}" if value.strip() else "empty text"
        case datetime.date():
            return f"the date {value}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
    return f"a {type(value).__name__}"


def spelt(path: Way) -> str:
    """Return a way as people write it: key_points[1].phrasings."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def not_plain(value: object) -> str:
    """Return what in a value is not plain JSON, empty when all of it is."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"the number {value}"
    if value is None or isinstance(value, bool | int | float | str):
        return ""
    if isinstance(value, list):
        return next(filter(None, map(not_plain, value)), "")
    if isinstance(value, dict):
        keys = (f"the key {key!r}" for key in value if not isinstance(key, str))
        return next(keys, "") or next(filter(None, map(not_plain, value.values())), "")
    return shown(value)


def _fits(value: object, shape: Shape) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    match shape:
        case Shape.TEXT:
            return isinstance(value, str) and bool(value.strip())
        case Shape.WHOLE:
            return whole
        case Shape.NUMBER:
            return whole or (isinstance(value, float) and math.isfinite(value))
        case Shape.LIST | Shape.TEXTS:
            return isinstance(value, list)
        case Shape.MAPPING:
            return isinstance(value, dict)
        case Shape.ANY:
            return True


def _unfit(value: object, shape: Shape) -> str:
    quotes = ", put one with `: ` in it in quotes" if shape is Shape.TEXT and isinstance(value, dict) else ""
    return f"{shown(value)}; {shape} is needed{quotes}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
