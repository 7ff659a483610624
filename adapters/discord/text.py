"""Text on its way in and out: what a chat altered is undone, what could do harm is disarmed, what is long is cut."""

from __future__ import annotations

import re

from adapters.text import cut, straightened

LIMIT = 2000
"""Characters of one message (Discord's documentation, Create Message); counted as its clients count, in UTF-16."""
NOTHING = "\u200b"

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FENCED = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_TAG = re.compile(r"<(?=[@#:/]|a:|t:|id:)")
_EVERYONE = re.compile(r"@(?=everyone\b|here\b)")
_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")


def units(text: str) -> int:
    """The length of a text as Discord counts it."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def restored(content: str, me: str = "") -> str:
    """What a person typed, out of what arrived: straight quotes in code, no mention of us, emoji by name.

    `me` is our own user id.
    """
    text = re.sub(rf"^\s*<@!?{me}>[ \t]*", "", content) if me else content
    return straightened(_EMOJI.sub(r"\1", text))


def outward(markdown: str) -> str:
    """Our markdown as Discord may show it: outside code nothing pings, points or draws what we did not mean."""
    pieces = _FENCED.split(_CONTROL.sub("", markdown))
    for number in range(0, len(pieces), 2):
        pieces[number] = _EVERYONE.sub("@\u2060", _TAG.sub("<\u2060", pieces[number]))
    return "".join(pieces)


def messages(markdown: str, limit: int = LIMIT) -> list[str]:
    """Cut a text into messages; an empty one is a space that is not seen, for Discord takes no empty message."""
    return [part or NOTHING for part in cut(markdown.strip("\n"), limit, units)]
