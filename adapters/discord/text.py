"""Text on its way in and out: what a chat altered is undone, what could do harm is disarmed, what is long is cut."""

from __future__ import annotations

import re

from agent.text import parts

LIMIT = 2000
"""Characters of one message (Discord's documentation, Create Message); counted as its clients count, in UTF-16."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FENCED = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)
_TAG = re.compile(r"<(?=[@#:/]|a:|t:|id:)")
_EVERYONE = re.compile(r"@(?=everyone\b|here\b)")
_EMOJI = re.compile(r"<a?(:\w{1,32}:)\d{1,20}>")
_FENCE = re.compile(r"^\s*(```+)([\w+#.-]*)")
_CURLY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ", "–": "-", "—": "--", "…": "..."})


def units(text: str) -> int:
    """The length of a text as Discord counts it."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def restored(content: str, me: str = "") -> str:
    """What a person typed, out of what arrived: straight quotes in code, no mention of us, emoji by name.

    `me` is our own user id.
    """
    text = re.sub(rf"^\s*<@!?{me}>[ \t]*", "", content) if me else content
    text = _EMOJI.sub(r"\1", text)
    if not set(text) & {chr(key) for key in _CURLY}:
        return text
    prose = parts(text).prose
    made: list[str] = []
    at = 0
    for start, end in prose:
        made += [text[at:start].translate(_CURLY), text[start:end]]
        at = end
    return "".join([*made, text[at:].translate(_CURLY)])


def outward(markdown: str) -> str:
    """Our markdown as Discord may show it: outside code nothing pings, points or draws what we did not mean."""
    pieces = _FENCED.split(_CONTROL.sub("", markdown))
    for number in range(0, len(pieces), 2):
        pieces[number] = _EVERYONE.sub("@\u2060", _TAG.sub("<\u2060", pieces[number]))
    return "".join(pieces)


def cut(markdown: str, limit: int = LIMIT) -> list[str]:
    """Cut a text into messages: at blank lines, else lines, else words; a fence is closed and opened again.

    An empty text is one message with a space that is not seen, for Discord takes no empty one.
    """
    left = markdown.strip("\n") or "\u200b"
    made: list[str] = []
    while units(left) > limit:
        head, left = _split(left, limit)
        made.append(head)
    return [*made, left]


def _split(text: str, limit: int) -> tuple[str, str]:
    """The first message of a text that is too long for one, and the rest."""
    window = _first(text, limit - len("\n```"))
    at = max(window.rfind("\n\n"), 0)
    if at < limit // 2:
        at = window.rfind("\n")
    if at < limit // 3:
        at = window.rfind(" ")
    if at < limit // 3:
        at = len(window)
    head, rest = text[:at], text[at:]
    opened = _open_fence(head)
    if opened is None:
        return head.rstrip(), rest.lstrip("\n ") or "\u200b"
    if not head.strip().removeprefix(opened).strip():
        # Nothing but the fence's opening fits before the cut: let it begin the next message.
        head, rest, opened = window, text[len(window) :], _open_fence(window)
    return f"{head.rstrip()}\n```", f"{opened}\n{rest.removeprefix(chr(10))}"


def _first(text: str, limit: int) -> str:
    """As much of a text as has so many units, without half an emoji."""
    taken = text[:limit]
    while units(taken) > limit:
        taken = taken[: len(taken) - max((units(taken) - limit) // 2, 1)]
    return taken


def _open_fence(text: str) -> str | None:
    """The opening line of the fence that is open at the end of a text."""
    opened: str | None = None
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if opened is None and found and "```" not in line[found.end(1) :]:
            opened = f"```{found[2]}"
        elif opened is not None and line.lstrip().startswith("```"):
            opened = None
    return opened
