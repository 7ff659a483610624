"""The rules that a question keeps, whatever its kind: its fields, its texts, its sections."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from agent.bank import layout
from agent.bank.code_rules import check_code
from agent.bank.layout import Layout, Section
from agent.bank.shapes import Field, Notes, Shape, Way, counted, did_you_mean
from agent.kinds import Kind, kinds
from agent.types import Difficulty

NAME_LENGTH = 40
TITLE_LENGTH = 60
TOPICS = (1, 5)
HINTS = (1, 3)
PHRASINGS = (3, 8)
PHRASING_WORDS = (4, 20)
MISTAKES = (1, 4)
WEIGHT = (1, 5)
SMALL_WORDS = frozenset(
    re.findall(r"\w+", "a an the is isn are aren do don does doesn did didn t not no never without")
)
"""What makes no difference between a phrasing and a mistake."""

FOLLOW_UPS = {Difficulty.EASY: (1, 3), Difficulty.MEDIUM: (1, 3), Difficulty.HARD: (2, 4)}

QUESTION = {
    "id": Field(Shape.TEXT),
    "kind": Field(Shape.TEXT),
    "difficulty": Field(Shape.TEXT),
    "topics": Field(Shape.TEXTS),
    "title": Field(Shape.TEXT),
    "minutes": Field(Shape.WHOLE),
    "key_points": Field(Shape.LIST),
    "hints": Field(Shape.TEXTS),
    "follow_ups": Field(Shape.LIST, required=False),
    "code": Field(Shape.MAPPING, required=False),
}
KEY_POINT = {
    "id": Field(Shape.TEXT),
    "name": Field(Shape.TEXT),
    "weight": Field(Shape.NUMBER),
    "phrasings": Field(Shape.TEXTS),
    "mistakes": Field(Shape.TEXTS),
}
FOLLOW_UP = {"text": Field(Shape.TEXT), "points": Field(Shape.TEXTS)}


def check(parts: Layout, name: str, folder: str) -> Notes:
    """Check one file; `name` is its name without the ending, `folder` the name of the folder it lies in."""
    notes = Notes()
    front = notes.fields(parts.front, (), QUESTION)
    kind = _kind(notes, front, folder)
    difficulty = _difficulty(notes, front)
    _head(notes, front, name)
    points = _key_points(notes, front.get("key_points"), kind)
    _hints(notes, front)
    _follow_ups(notes, front, points, kind, difficulty)
    _sections(notes, parts, kind)
    if kind is not None:
        _length(notes, parts, kind)
        if "minutes" in front:
            notes.within(("minutes",), front["minutes"], (1, kind.minutes))
        if kind.code:
            check_code(notes, parts, front.get("code"))
        elif "code" in parts.front:
            notes.add(("code",), f"not allowed; questions of the kind {kind.name} have no code to run")
    return notes


def _kind(notes: Notes, front: dict[str, Any], folder: str) -> Kind | None:
    name = front.get("kind")
    if name is None:
        return None
    if name not in kinds():
        notes.add(("kind",), f"{name!r} is no kind; {did_you_mean(name, kinds())}")
        return None
    if name != folder:
        notes.add(("kind",), f"{name!r}, but the file lies in the folder {folder!r}; the two must be equal")
    return kinds()[name]


def _difficulty(notes: Notes, front: dict[str, Any]) -> Difficulty | None:
    word = front.get("difficulty")
    if word is None:
        return None
    if word not in list(Difficulty):
        notes.add(("difficulty",), f"{word!r} is no difficulty; known are {', '.join(Difficulty)}")
        return None
    return Difficulty(word)


def _head(notes: Notes, front: dict[str, Any], name: str) -> None:
    if "id" in front:
        notes.joined(("id",), front["id"])
        if front["id"] != name:
            notes.add(("id",), f"{front['id']!r}, but the file is named {name!r}; the two must be equal")
    topics = front.get("topics")
    if topics is not None:
        notes.count(("topics",), len(topics), TOPICS, "topic")
        for index, topic in enumerate(topics):
            if topic:
                notes.joined(("topics", index), topic)
        notes.unique(("topics",), topics)
    if "title" in front:
        _line(notes, ("title",), front["title"], TITLE_LENGTH)


def _line(notes: Notes, path: Way, text: str, most: int) -> None:
    if "\n" in text.strip():
        notes.add(path, "more than one line; one is needed")
    if len(text) > most:
        notes.add(path, f"{len(text)} characters; at most {most} are allowed")


def _key_points(notes: Notes, raw: list[Any] | None, kind: Kind | None) -> list[str] | None:
    """Check the key points and return their ids; None when they cannot be told."""
    if raw is None:
        return None
    path = ("key_points",)
    if kind is not None:
        notes.count(path, len(raw), kind.points, "key point")
    points = [notes.fields(point, (*path, index), KEY_POINT) for index, point in enumerate(raw)]
    for index, point in enumerate(points):
        if "id" in point and point["id"] != str(index + 1):
            notes.add((*path, index, "id"), f'"{point["id"]}"; ids count from "1", "{index + 1}" is next')
        if "name" in point:
            _line(notes, (*path, index, "name"), point["name"], NAME_LENGTH)
        if "weight" in point:
            notes.within((*path, index, "weight"), point["weight"], WEIGHT)
        if "phrasings" in point:
            notes.count((*path, index, "phrasings"), len(point["phrasings"]), PHRASINGS, "phrasing")
        if "mistakes" in point:
            notes.count((*path, index, "mistakes"), len(point["mistakes"]), MISTAKES, "mistake")
        for number, phrasing in enumerate(point.get("phrasings", ())):
            if phrasing:
                notes.count((*path, index, "phrasings", number), words(phrasing), PHRASING_WORDS, "word")
    notes.unique(path, [point.get("name", "") for point in points], inside="name")
    _said_once(notes, points)
    _only_negated(notes, points)
    return [point["id"] for point in points] if all("id" in point for point in points) else None


def _said_once(notes: Notes, points: list[dict[str, Any]]) -> None:
    """Note phrasings and mistakes that stand in the file already; case and punctuation make no difference."""
    seen: dict[str, str] = {}
    for index, point in enumerate(points):
        for field in ("phrasings", "mistakes"):
            for number, text in enumerate(point.get(field, ())):
                where = f"key_points[{index}].{field}[{number}]"
                first = seen.setdefault(plain(text), where)
                if text and first != where:
                    way = ("key_points", index, field, number)
                    notes.add(way, f"{text!r} stands in {first} already; say it otherwise")


def _only_negated(notes: Notes, points: list[dict[str, Any]]) -> None:
    """Note mistakes that take back a phrasing with a `not`: who says the phrasing would seem to say them."""
    for index, point in enumerate(points):
        said = {_bare(phrasing): number for number, phrasing in enumerate(point.get("phrasings", ()))}
        for number, mistake in enumerate(point.get("mistakes", ())):
            same = said.get(_bare(mistake))
            if mistake and same is not None and mistake != point["phrasings"][same]:
                message = f"only negates phrasings[{same}]; say what people do instead"
                notes.add(("key_points", index, "mistakes", number), message)


def _bare(text: str) -> frozenset[str]:
    return frozenset(plain(text).split()) - SMALL_WORDS


def words(text: str) -> int:
    """Count the words of a text; a sign that stands alone is none."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def plain(text: str) -> str:
    """Return a text as a row of small words, to tell whether two say the same."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _hints(notes: Notes, front: dict[str, Any]) -> None:
    if "hints" in front:
        notes.count(("hints",), len(front["hints"]), HINTS, "hint")
        notes.unique(("hints",), front["hints"])


def _follow_ups(
    notes: Notes,
    front: dict[str, Any],
    points: list[str] | None,
    kind: Kind | None,
    difficulty: Difficulty | None,
) -> None:
    raw = front.get("follow_ups", [])
    path = ("follow_ups",)
    if kind is not None and not kind.follow_ups:
        if raw:
            notes.add(path, f"{counted(len(raw), 'follow-up')}; the kind {kind.name} has none")
    elif kind is not None and difficulty is not None:
        notes.count(path, len(raw), FOLLOW_UPS[difficulty], "follow-up")
    for index, entry in enumerate(raw):
        asked = notes.fields(entry, (*path, index), FOLLOW_UP).get("points")
        if asked is None:
            continue
        if not asked:
            notes.add((*path, index, "points"), "0 key points; at least 1 is needed")
        notes.unique((*path, index, "points"), asked)
        for number, point in enumerate(asked):
            if point and points is not None and point not in points:
                notes.add((*path, index, "points", number), f"no key point {point!r}; there are {', '.join(points)}")


def _sections(notes: Notes, parts: Layout, kind: Kind | None) -> None:
    known = [layout.REFERENCE]
    if kind is None or kind.code:
        known += [layout.SOLUTION, layout.SIZES, layout.BRUTE_FORCE, layout.CHECKER]
    prefixes = [layout.VARIANT] + ([layout.WRONG] if kind is None or kind.code else [])
    titles = [section.title for section in parts.sections]
    for index, section in enumerate(parts.sections):
        first = titles.index(section.title)
        path = (f"## {section.title}",)
        if section.title not in known and not any(_named(section, prefix) for prefix in prefixes):
            patterns = [*known, *(f"{prefix}..." for prefix in prefixes)]
            message = f"unknown section; {did_you_mean(section.title, patterns)}"
            notes.add(path, f"{message} A heading inside a text begins with ###")
        elif first < index:
            notes.add(
                (*path, titles[:index].count(section.title)),
                f"stands on line {parts.sections[first].line} already; each section comes once",
            )
        elif not section.text.strip():
            notes.add(path, "the section is empty; write it or leave it out")
    if layout.REFERENCE not in titles:
        notes.add((f"## {layout.REFERENCE}",), "missing; say what a strong candidate would say")


def _named(section: Section, prefix: str) -> bool:
    return section.title.startswith(prefix) and bool(section.title.removeprefix(prefix).strip())


def _length(notes: Notes, parts: Layout, kind: Kind) -> None:
    notes.count(("body",), len(parts.body.text.strip()), kind.body, "character")
    reference = parts.section(layout.REFERENCE)
    if reference is not None and reference.text.strip():
        notes.count((f"## {layout.REFERENCE}",), words(reference.text), kind.reference, "word")


def odd_characters(lines: list[str]) -> list[tuple[int, str]]:
    """Return (line from 1, message) for each line with a character nobody sees, or that turns text around."""
    found = []
    for number, line in enumerate(lines, 1):
        odd = next((sign for sign in line if sign != "\t" and unicodedata.category(sign) in {"Cc", "Cf"}), None)
        if odd is not None:
            found.append((number, f"the invisible character U+{ord(odd):04X}; take it out"))
    return found
