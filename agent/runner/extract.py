"""Finds the code in an answer and tells whether it is Python, by the shape of its lines alone.

The text is whatever somebody typed: no pattern here looks farther ahead than a line, and none without a bound.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from agent.words import FENCE_NAMES

PYTHON = "Python"


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code. `language` is its name, empty where neither a tag nor the shape tells."""

    text: str
    language: str

    @property
    def can_run(self) -> bool:
        """Whether it is clearly Python; anything else is read and not run."""
        return self.language == PYTHON

    @property
    def lines(self) -> int:
        """How many lines are not empty."""
        return sum(bool(line.strip()) for line in self.text.splitlines())

    def defines(self, entry: str) -> bool:
        """Whether a function, method or class of this name is in it, capitals and underscores aside."""
        flat = _flat(entry)
        return any(_flat(name[1]) == flat for name in _NAMES.finditer(self.text))

    @property
    def is_complete(self) -> bool:
        """Whether it is more than a fragment: something is defined at its outer level."""
        return _DEFINITION.search(self.text) is not None


def code_in(messages_text: str, entry: str = "") -> Code | None:
    """Return the code that an answer submits: the last complete block wins, and one that defines `entry` before others.

    Python comes before other languages; without any, the last block says what the answer is written in. None for an
    answer without code.
    """
    found = blocks_in(messages_text)
    choices = (
        [block for block in found if entry and block.can_run and block.defines(entry)],
        [block for block in found if block.can_run and block.is_complete],
        [block for block in found if not block.can_run],
        found,
    )
    return next((blocks[-1] for blocks in choices if blocks), None)


def blocks_in(messages_text: str) -> list[Code]:
    """Return all blocks of code in their order: fenced, fenced and never closed, files, and unfenced Python."""
    text = messages_text.translate(_INVISIBLE).replace("\r\n", "\n")
    found: list[Code] = []
    at = 0
    for fence in _FENCE.finditer(text):
        if fence.start() < at:
            continue
        closing = text.find(fence["mark"], fence.end())
        end = closing if closing >= 0 else len(text)
        found += _unfenced(text[at : fence.start()])
        block = text[fence.end("mark") : end]
        if "\n" in block.strip() or fence["own"] is not None:
            found += _fenced(block, _file_name(text[at : fence.start()]))
        at = min(end + len(fence["mark"]), len(text))
    found += _unfenced(text[at:])
    return found


_INVISIBLE = str.maketrans({"\u00a0": " ", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": ""})
"""What chats and editors put into code unseen; none of it is Python."""

_FENCE = re.compile(r"(?P<own>^[ \t]{0,3})?(?P<mark>`{3,}|(?<=^)~{3,}|(?<=\n)~{3,})", re.MULTILINE)
_TAG = re.compile(r"[ \t]*([A-Za-z][\w+#.-]{0,15})?[ \t]*(?:\n|\Z)")
_FILE = re.compile(r"[\w. -]*\.(\w{1,5}):\s*\Z")

_NAMES = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)", re.MULTILINE)
_DEFINITION = re.compile(r"^(?:(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:])", re.MULTILINE)

_TOP_LEVEL = re.compile(
    r"(?:(?:async )?def \w+ ?\(|class \w+ ?(?:\([^)]*\))? ?:|@[\w.]+(?:\(.*\))?$|from [\w.]+ import |#|[)\]}]|print\("
    r"|import [\w.]+(?:, ?[\w.]+)*(?: as \w+)?$|if __name__ ?==|(?:elif |else\b|except\b|finally\b).*:$)"
)
"""What may stand at the outer level of a Python file; enough of it to see where code ends and talk goes on."""

_ASSIGNMENT = re.compile(r"[A-Za-z_][\w.]*(?:\[[^\]]*\])? ?(?::[^=]{1,60})?[-+*/|&]?= ?(?P<value>[^\s=].*)")
_TALK = re.compile(r"\b(?!{0})[a-z]+ (?!{0})[a-z]+\b".format(r"(?:in|and|or|not|if|else|is|for|lambda|await|yield)\b"))
"""Two words side by side, as code has them only around its keywords and inside texts."""

_PYTHON = re.compile(
    r"^[ \t]*(?:(?:async )?def \w+ ?\(|class \w+ ?(?:\([^)]*\))? ?:|for [^{;\n]{1,80} in [^{;\n]{1,160}:"
    r"|(?:while|if|elif|with) [^{;\n]{1,160}:|else:|try:|except\b.{0,80}:|from [\w.]+ import "
    r"|import [\w.]+(?: as \w+)?$|return [^;{\n]*$)",
    re.MULTILINE,
)
_FOREIGN = (
    ("JavaScript", r"\b(?:const|let|var) \w+ ?=|\bfunction\b ?\w*\(|=>|===|console\.log|\bnew Map\("),
    (
        "Java",
        r"\b(?:public|private|protected) [\w<>\[\], ]{1,100}\(|System\.out|\bnew (?:ArrayList|HashMap)<",
    ),
    ("C++", r"#include|std::|\bvector<|\bcout\b|\bunordered_map<"),
    ("Go", r"^func (?:\([^)]*\) )?\w+\(|:= range |\bfmt\."),
    ("Rust", r"\bfn \w+.{0,200}\{|\blet mut \b|\bimpl\b.{0,200}\{|Vec<"),
    ("Ruby", r"^\s*end$|\bputs |\.each do\b|\bdo \|"),
    ("C#", r"\busing System\b|Console\.Write"),
    ("SQL", r"(?i)^\s*select\b.+\bfrom\b|^\s*with \w+ as \("),
)
_FOREIGN_LINES = re.compile(
    r"(?:;|\)\s*\{|\belse \{|&&|\+\+;?)[ \t]*$|\bend (?:if|for|while)\b|←|\bthen$|\bfor each\b", re.MULTILINE
)


def _fenced(block: str, file_type: str) -> list[Code]:
    tag = _TAG.match(block)
    name = (tag[1] or "").casefold() if tag else ""
    body = block[tag.end() :] if tag else block
    source = textwrap.dedent(body.strip("\n")).rstrip()
    if not source:
        return []
    if name or file_type:
        return [Code(source, FENCE_NAMES.get(name or file_type, ""))]
    return [Code(source, _language(source))]


def _file_name(before: str) -> str:
    """The extension of the file that a block shows, where the line above it names one."""
    named = _FILE.search(before[-100:])
    return named[1].casefold() if named else ""


def _language(source: str) -> str:
    """Tell a language by its shape: Python only where nothing speaks against it."""
    for name, signs in _FOREIGN:
        if re.search(signs, source, re.MULTILINE):
            return "" if _DEFINITION.search(source) and _PYTHON.search(source) and name == "SQL" else name
    if _FOREIGN_LINES.search(source):
        return ""
    return PYTHON if _PYTHON.search(source) else ""


def _unfenced(prose: str) -> Iterator[Code]:
    """Find Python between sentences: from a line that only code begins with to the last line that belongs to it."""
    block: list[str] = []
    indent = 0
    for line in [*prose.split("\n"), "."]:
        bare = line.strip()
        depth = len(line) - len(line.lstrip())
        goes_on = bool(block) and (not bare or depth > indent)
        if goes_on or ((not block or depth == indent) and _is_top_level(bare)):
            if not block:
                if not bare or bare[0] in ")]}":
                    continue
                indent = depth
            block.append(line)
            continue
        yield from _worth_running(block)
        block = []


def _is_top_level(bare: str) -> bool:
    value = _ASSIGNMENT.match(bare)
    return bool(_TOP_LEVEL.match(bare) or (value and (value["value"][0] in "\"'" or not _TALK.search(value["value"]))))


def _worth_running(block: list[str]) -> Iterator[Code]:
    """Keep a run of lines that defines something and has a body for it."""
    source = textwrap.dedent("\n".join(block)).strip("\n").rstrip()
    if _DEFINITION.search(source) and re.search(r"^[ \t]+\S|\)[^:\n]{0,80}: *\S", source, re.MULTILINE):
        yield Code(source, PYTHON)


def _flat(name: str) -> str:
    return name.rpartition(".")[2].replace("_", "").casefold()
