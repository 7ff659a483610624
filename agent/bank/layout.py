"""How a question file is laid out: YAML between two `---` lines, the question, then sections under `##`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

REFERENCE = "Reference answer"
SOLUTION = "Reference solution"
SIZES = "Size generator"
BRUTE_FORCE = "Brute force"
CHECKER = "Checker"
WRONG = "Wrong solution: "
VARIANT = "Variant: "

LARGEST = 100_000
"""The most bytes of a file; a question is a tenth of that."""

DEEPEST = 40
"""The most lists and fields inside each other; a question needs ten."""

FRONT_LINE = 2
"""The line on which the YAML begins, below the first `---`."""

_LINE_END = re.compile(r"\r\n?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_PYTHON = re.compile(r"^```python[ ]*\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
_FAILS = re.compile(r"^Fails:[ ]*(.*?)[ ]*$", re.MULTILINE)


class Malformed(Exception):
    """A file whose parts cannot be told apart; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        """Say where and what would be right."""
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; `line` is the heading's, counted from 1."""

    title: str
    line: int
    text: str

    @property
    def fences(self) -> list[str]:
        """The sources of its Python fences."""
        return _PYTHON.findall(self.text)

    @property
    def fails(self) -> str:
        """What its `Fails:` line names, empty without one."""
        named = _FAILS.search(self.text)
        return named[1] if named else ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A file taken apart: `front` is what its YAML says, `node` the same with positions; `lines` a count."""

    front: dict[str, Any]
    node: yaml.Node
    body: Section
    sections: tuple[Section, ...]
    lines: int

    def section(self, title: str) -> Section | None:
        """Return the section with exactly this title."""
        return next((section for section in self.sections if section.title == title), None)

    def titled(self, prefix: str) -> list[Section]:
        """Return the sections whose titles begin so, in order."""
        return [section for section in self.sections if section.title.startswith(prefix)]

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """Return the line of what `path` leads to in the front matter, or of the nearest thing around it."""
        node, line = self.node, self.node.start_mark.line
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = next((pair for pair in node.value if pair[0].value == step), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line
            else:
                break
        return line + FRONT_LINE


def take_apart(data: bytes) -> Layout:
    """Take a file apart; raises Malformed when its parts cannot be told."""
    if len(data) > LARGEST:
        raise Malformed(1, f"{len(data)} bytes; at most {LARGEST} are allowed")
    lines = lines_of(data)
    if not any(line.strip() for line in lines):
        raise Malformed(1, "the file is empty; it needs front matter, a question and sections")
    if lines[0].rstrip() != "---":
        raise Malformed(1, "the front matter is missing; the first line must be ---")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise Malformed(1, "the front matter does not end; a line --- must close it")
    node, front = _front("\n".join(lines[1:end]) + "\n")
    body, *sections = sections_in(lines[end + 1 :], first=end + 2)
    return Layout(front, node, body, tuple(sections), len(lines))


def lines_of(data: bytes) -> list[str]:
    """Return the lines of a file, whatever ends them; raises Malformed for what is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(line, f"byte 0x{data[error.start]:02x} is not UTF-8; save it as UTF-8") from error
    return _LINE_END.sub("\n", text).rstrip("\n").split("\n")


def _front(text: str) -> tuple[yaml.Node, dict[str, Any]]:
    engine = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        _refuse_tangles(yaml.parse(text, Loader=engine))
        loader = engine(text)
        try:
            node = loader.get_single_node()
            front = loader.construct_document(node) if node else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        if "mapping values" in said:
            said += "; a text with `: ` in it needs quotes"
        raise Malformed((mark.line if mark else 0) + FRONT_LINE, f"not YAML: {said}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Malformed(FRONT_LINE, f"not YAML: {' '.join(str(error).split())}") from error
    if node is None or not isinstance(front, dict):
        raise Malformed(FRONT_LINE, "the front matter must be fields with values, such as `id: some-name`")
    return node, front


def _refuse_tangles(events: Iterable[yaml.Event]) -> None:
    """Refuse what could grow without end (aliases inside each other) or break the parser (deep nesting)."""
    depth = 0
    for event in events:
        line = (event.start_mark.line if event.start_mark else 0) + FRONT_LINE
        if isinstance(event, yaml.AliasEvent):
            raise Malformed(line, f"the alias *{event.anchor} is not allowed; write it out")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Malformed(line, f"lists and fields nested more than {DEEPEST} deep; at most that is allowed")


def sections_in(lines: list[str], first: int) -> list[Section]:
    """Cut at each `##` heading that is not inside a code fence; what comes before the first is the body.

    `first` is the number of the first line. Raises Malformed for a fence that does not end.
    """
    cuts: list[tuple[str, int]] = [("", -1)]
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence and line.startswith("## "):
            cuts.append((line[3:].strip(), number))
    if fence:
        raise Malformed(first + cuts[-1][1], f"a code fence does not end; close it with {fence}")
    ends = [number for _, number in cuts[1:]] + [len(lines)]
    return [
        Section(title, first + max(start, 0), "\n".join(lines[start + 1 : end]).strip("\n"))
        for (title, start), end in zip(cuts, ends, strict=True)
    ]
