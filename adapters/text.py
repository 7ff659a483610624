"""What every chat does to code is undone, and our Markdown is cut to a platform's limit with its code blocks whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.text import parts

_PRETTY = {"‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ", "–": "-", "—": "--", "…": "..."}
_PLAIN = str.maketrans(_PRETTY)
_ALIKE = str.maketrans({pretty: plain[0] for pretty, plain in _PRETTY.items()})
"""The same at the same length, by which code is recognised."""
_INLINE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)
_MARKS, _INFO = 8, 20
"""Characters of a fence, and of what it says of its language, that are written again where a block goes on."""


def straightened(text: str) -> str:
    """What a person typed: in code the quotes, spaces and dashes that a keyboard or client made pretty are plain."""
    if text.translate(_PLAIN) == text:
        return text
    made: list[str] = []
    at = 0
    for start, end in parts(text.translate(_ALIKE)).prose:
        made += [text[at:start].translate(_PLAIN), _INLINE.sub(lambda code: code[0].translate(_PLAIN), text[start:end])]
        at = end
    return "".join([*made, text[at:].translate(_PLAIN)])


def cut(markdown: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """Cut a text into parts that measure at most `limit` (100 or more): at blank lines, else lines, else words.

    A code block is closed and opened anew. No part is blank, but for the only one of a blank text.
    """
    made: list[str] = []
    rest = markdown
    while measure(rest) > limit:
        head, rest = _halved(rest, limit, measure)
        made.append(head)
    return [part for part in (*made, rest) if part.strip()] or [""]


def _halved(text: str, limit: int, measure: Callable[[str], int]) -> tuple[str, str]:
    window = _first(text, limit - _MARKS - 1, measure)
    room = len(window)
    blank = window.rfind("\n\n", room // 2)
    places = [] if blank < 0 or open_fence(text[:blank]) else [blank]
    places += [window.rfind("\n", room // 3), window.rfind(" ", room // 3), room]
    at = next(place for place in places if place > 0)
    opened = open_fence(text[:at])
    if opened is not None and not text[opened.ends : at].strip():
        # Of the block there is nothing before the cut: let it begin the next part, unless it began this one.
        at, opened = (opened.begins, None) if text[: opened.begins].strip() else (room, open_fence(window))
    head, tail = text[:at], text[at:]
    if opened is None:
        return head.rstrip("\n"), tail.removeprefix(" ").lstrip("\n")
    return f"{head}\n{opened.marks}", f"{opened.line}\n{tail.removeprefix(chr(10))}"


def _first(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """As much of a text as measures no more than this; what is longer than its characters measures twice at most."""
    taken = text[:limit]
    while (over := measure(taken) - limit) > 0:
        taken = taken[: len(taken) - max(over // 2, 1)]
    return taken


@dataclass(frozen=True, slots=True)
class Fence:
    """The code block that a text ends in: its marks, its first line without a long info, and where that line stands."""

    marks: str
    line: str
    begins: int
    ends: int


def open_fence(text: str) -> Fence | None:
    """The code block that this text ends in; None outside of any."""
    opened: Fence | None = None
    for found in _FENCE.finditer(text):
        marks, info = found[1], found[2].strip()
        if opened is None:
            if "`" not in info:
                marks = marks[:_MARKS]
                opened = Fence(marks, marks + info[:_INFO], found.start(), found.end())
        elif marks.startswith(opened.marks) and not info:
            opened = None
    return opened
