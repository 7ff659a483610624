"""Says of question files, to the line and the field, what is wrong and what would be right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from agent.bank import layout
from agent.bank.layout import Layout, Malformed
from agent.bank.rules import check, odd_characters, plain
from agent.bank.shapes import Way, spelt


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong; `line` counts from 1, `field` is empty when the whole file is meant."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """Spell it the way compilers do, so that editors jump to it."""
        return ": ".join(part for part in (f"{self.file}:{self.line}", self.field, self.message) if part)


@dataclass(frozen=True, slots=True)
class Examined:
    """A file as it was found: `parts` is None when they could not be told apart."""

    file: str
    parts: Layout | None
    problems: tuple[Problem, ...]


def lint(where: Path) -> list[Problem]:
    """Check a file, or all files of a folder and how they compare; sorted by file and line."""
    files = [examine(path, closely=True) for path in question_files(where)]
    problems = [problem for file in files for problem in file.problems]
    if where.is_dir():
        problems += compare(files)
        if not files:
            problems.append(Problem(str(where), 1, "", "no question files; they are named KIND/ID.md"))
    return sorted(problems)


def question_files(where: Path) -> list[Path]:
    """Return the file itself, or all question files of a folder in a fixed order."""
    return sorted(where.rglob("*.md")) if where.is_dir() else [where]


def examine(path: Path, *, closely: bool = False) -> Examined:
    """Read and check one file by itself; `closely` also looks at every sign and at what YAML makes of it."""
    file = _relative(path)
    data = path.read_bytes()
    try:
        parts = layout.take_apart(data)
    except Malformed as error:
        return Examined(file, None, (Problem(file, error.line, "", error.message),))
    found = check(parts, path.stem, path.parent.name).found
    problems = [Problem(file, _line(parts, way), spelt(way), message) for way, message in found]
    if closely:
        signs = odd_characters(layout.lines_of(data))
        problems += [Problem(file, line, "", message) for line, message in signs]
        problems += [
            Problem(file, node.start_mark.line + layout.FRONT_LINE, spelt(way), message)
            for node, way, message in _traps(parts.node, ())
        ]
    return Examined(file, parts, tuple(problems))


def compare(files: Iterable[Examined]) -> list[Problem]:
    """Check what must be different, or spelt alike, over all questions."""
    known = [(file.file, file.parts) for file in files if file.parts is not None]
    return [*_twice(known), *_spellings(known)]


def _twice(files: list[tuple[str, Layout]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for file, parts in files:
        for way, text in _unique_texts(parts):
            field = "phrasings" if "phrasings" in way else spelt(way)
            first = seen.setdefault((field, plain(text)), file)
            if first != file:
                message = f"{text!r} stands in {first} too; it must be different in every question"
                yield Problem(file, _line(parts, way), spelt(way), message)


def _unique_texts(parts: Layout) -> Iterator[tuple[Way, str]]:
    for field in ("id", "title"):
        if isinstance(parts.front.get(field), str):
            yield (field,), parts.front[field]
    for index, point in enumerate(_list(parts.front.get("key_points"))):
        phrasings = _list(point.get("phrasings")) if isinstance(point, dict) else []
        for number, phrasing in enumerate(phrasings):
            if isinstance(phrasing, str):
                yield ("key_points", index, "phrasings", number), phrasing


def _spellings(files: list[tuple[str, Layout]]) -> Iterator[Problem]:
    """Yield each topic that is spelt in two ways, graph and graphs, where it is spelt in the rarer one."""
    uses = [
        (file, parts, index, topic)
        for file, parts in files
        for index, topic in enumerate(_list(parts.front.get("topics")))
        if isinstance(topic, str)
    ]
    often = Counter(topic for *_, topic in uses)
    usual: dict[str, str] = {}
    for topic in sorted(often, key=lambda topic: (-often[topic], topic)):
        usual.setdefault(same_topic(topic), topic)
    for file, parts, index, topic in uses:
        right = usual[same_topic(topic)]
        if topic != right:
            way = ("topics", index)
            message = f"{topic!r}; other questions spell it {right!r}"
            yield Problem(file, _line(parts, way), spelt(way), message)


def same_topic(topic: str) -> str:
    """Return what two spellings of one topic have in common: no case, no joints, no plural, -ise for -ize."""
    return "".join(word.removesuffix("s") for word in re.findall(r"[a-z0-9]+", topic.casefold())).replace("iz", "is")


def _traps(node: yaml.Node, way: Way) -> Iterator[tuple[yaml.Node, Way, str]]:
    """Yield fields that stand twice, and values that YAML reads as something else than they look like."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                yield key, (*way, str(key.value)), "stands twice; only the last one would count"
            seen.add(str(key.value))
            yield from _traps(value, (*way, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _traps(value, (*way, index))
    elif isinstance(node, yaml.ScalarNode) and (message := _trap(node)):
        yield node, way, message


def _trap(node: yaml.ScalarNode) -> str:
    kind, text = node.tag.rpartition(":")[2], node.value
    if kind == "bool" and text not in {"true", "false"}:
        return f"YAML reads {text} as true or false; put it in quotes"
    if kind == "int" and not re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return f"YAML reads {text} as another number; put it in quotes, or write plain digits"
    if kind == "float" and ":" in text:
        return f"YAML reads {text} as another number; put it in quotes"
    if kind == "str" and not node.style and re.fullmatch(r"[-+]?\d+([eE][-+]?\d+)?", text):
        return f"YAML reads {text} as text; put it in quotes, or write plain digits"
    return ""


def _line(parts: Layout, way: Way) -> int:
    head = str(way[0]) if way else ""
    if head == "body":
        return parts.body.line
    if head.startswith("## "):
        same = [section for section in parts.sections if section.title == head.removeprefix("## ")]
        return same[int(way[-1]) if way[1:] else 0].line if same else parts.lines
    return parts.line_of(way)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
