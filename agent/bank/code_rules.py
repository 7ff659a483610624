"""The rules for what is run: entry, signature, cases, sections that hold code. Nothing is run here."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.bank import layout
from agent.bank.layout import Layout, Section
from agent.bank.shapes import Field, Notes, Shape, Way, counted, did_you_mean, not_plain, shown

COMPARATORS = ("exact", "close", "any-order", "one-of", "checker")
VISIBILITIES = ("example", "hidden")
CASES = (8, 20)
EXAMPLES = (2, 4)
WRONG_SOLUTIONS = 2
TOO_SLOW = "too slow"
SIGNATURE_LENGTH = 1000

CODE = {"entry": Field(Shape.TEXT), "signature": Field(Shape.TEXT), "cases": Field(Shape.LIST)}
CASE = {
    "id": Field(Shape.TEXT),
    "args": Field(Shape.LIST),
    "kwargs": Field(Shape.MAPPING, required=False),
    "expected": Field(Shape.ANY, required=False),
    "comparator": Field(Shape.TEXT, required=False),
    "visibility": Field(Shape.TEXT, required=False),
    "category": Field(Shape.TEXT),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a function or method takes: at least and at most so many positional arguments, and these names."""

    least: int
    most: float
    names: frozenset[str]

    def refuses(self, args: list[Any], kwargs: Mapping[str, Any]) -> str:
        """Return why a call with these arguments fails, empty when it does not."""
        unknown = [name for name in kwargs if name not in self.names]
        if unknown:
            return f"no parameter {unknown[0]!r}; {did_you_mean(unknown[0], sorted(self.names))}"
        given = len(args) + len(kwargs)
        if self.least <= given <= self.most:
            return ""
        right = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
        return f"{counted(given, 'argument')}; the signature takes {right}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature declares: how the entry is called, or the constructor and the methods of a class."""

    is_class: bool
    calls: Mapping[str, Call]


def check_code(notes: Notes, parts: Layout, raw: Mapping[str, Any] | None) -> None:
    """Check the field `code` of a question whose kind wants it, and the sections that belong to it."""
    if raw is None:
        if "code" not in parts.front:
            notes.add(("code",), "missing; an algorithm question has an entry, a signature and cases")
        return
    code = notes.fields(raw, ("code",), CODE)
    entry = code.get("entry", "")
    if entry and not entry.isidentifier():
        notes.add(("code", "entry"), f"{entry!r} is no Python name")
        entry = ""
    signature = _signature(notes, entry, code.get("signature", ""))
    if "signature" in code:
        _shown_to_candidate(notes, parts, code["signature"])
    cases = [notes.fields(case, ("code", "cases", index), CASE) for index, case in enumerate(code.get("cases", []))]
    if "cases" in code:
        _count(notes, cases)
    for index, case in enumerate(cases):
        _case(notes, case, ("code", "cases", index), entry, signature)
    _checker(notes, parts, cases)
    _solutions(notes, parts, entry, {case.get("category", "") for case in cases})


def _signature(notes: Notes, entry: str, text: str) -> Signature | None:
    """Read the signature; None when it is missing or cannot be read."""
    path = ("code", "signature")
    if not text or not entry:
        return None
    is_class = re.match(r"class\b", text.lstrip()) is not None
    calls: dict[str, Call] = {}
    if len(text) > SIGNATURE_LENGTH:
        notes.add(path, f"{len(text)} characters; at most {SIGNATURE_LENGTH} are allowed")
        return None
    for definition in re.findall(r"^\s*((?:async\s+)?def\b.*?)(?::?\s*(?:\.\.\.)?\s*)$", text, re.MULTILINE):
        try:
            function = ast.parse(f"{definition}: ...").body[0]
        except SyntaxError:
            notes.add(path, f"`{definition}` is no Python; write `def name(parameter: type) -> type`")
            return None
        if isinstance(function, ast.FunctionDef):
            calls[function.name] = _call(function.args, bound=is_class)
    named = re.match(r"\s*(?:class|def)\s+(\w+)", text)
    if named is None or named[1] != entry or not (is_class or entry in calls):
        kind = "class" if is_class else "def"
        notes.add(path, f"does not define the entry {entry!r}; it must begin with `{kind} {entry}`")
        return None
    if is_class:
        calls[entry] = calls.pop("__init__", Call(0, 0, frozenset()))
    return Signature(is_class, calls)


def _call(args: ast.arguments, *, bound: bool) -> Call:
    positional = [arg.arg for arg in (*args.posonlyargs, *args.args)][1 if bound else 0 :]
    required_keywords = sum(default is None for default in args.kw_defaults)
    names = [*positional, *(arg.arg for arg in args.kwonlyargs)]
    least = len(positional) - len(args.defaults) + required_keywords
    return Call(least, float("inf") if args.vararg else len(names), frozenset(names))


def _shown_to_candidate(notes: Notes, parts: Layout, signature: str) -> None:
    fences = parts.body.fences
    if not fences or not parts.body.text.rstrip().endswith("```"):
        notes.add(("body",), "does not end with the signature; end it with a python fence that holds it")
    for line in map(str.strip, signature.splitlines()):
        if fences and line.rstrip(":. ") not in fences[-1]:
            notes.add(("body",), f"the last python fence differs from code.signature, which says `{line}`")


def _defines(source: str, name: str) -> bool:
    return re.search(rf"^(?:class|def)\s+{re.escape(name)}\b", source, re.MULTILINE) is not None


def _count(notes: Notes, cases: list[dict[str, Any]]) -> None:
    path = ("code", "cases")
    notes.count(path, len(cases), CASES, "case")
    examples = sum(case.get("visibility") == "example" for case in cases)
    notes.count(path, examples, EXAMPLES, "example")
    notes.unique(path, [case.get("id", "") for case in cases], inside="id")


def _case(notes: Notes, case: dict[str, Any], path: Way, entry: str, signature: Signature | None) -> None:
    if "id" in case:
        notes.joined((*path, "id"), case["id"])
    for name, known in (("comparator", COMPARATORS), ("visibility", VISIBILITIES)):
        word = case.get(name, known[0])
        if word not in known:
            notes.add((*path, name), f"{word!r} is unknown; {did_you_mean(word, known)}")
    for name in ("args", "kwargs", "expected"):
        odd = not_plain(case.get(name))
        if odd:
            notes.add((*path, name), f"{odd} is not plain JSON; use text, numbers, true, false, null, lists")
    _expected(notes, case, path)
    if signature is None or "args" not in case:
        return
    if signature.is_class:
        _operations(notes, case, path, entry, signature)
    elif refusal := signature.calls[entry].refuses(case["args"], case.get("kwargs", {})):
        notes.add((*path, "args"), refusal)


def _expected(notes: Notes, case: dict[str, Any], path: Way) -> None:
    comparator, here = case.get("comparator", "exact"), (*path, "expected")
    if "expected" not in case:
        if comparator != "checker":
            notes.add(here, "missing; a value is needed (only the comparator checker goes without)")
        return
    expected = case["expected"]
    if comparator == "any-order" and not isinstance(expected, list):
        notes.add(here, f"{shown(expected)}; the comparator any-order needs a list")
    if comparator == "one-of" and not (isinstance(expected, list) and expected):
        notes.add(here, f"{shown(expected)}; the comparator one-of needs a list of accepted values")
    if comparator == "close" and not _has_number(expected):
        notes.add(here, f"{shown(expected)} without a number; the comparator close compares numbers")


def _has_number(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_number, value)) or not value
    if isinstance(value, dict):
        return any(map(_has_number, value.values())) or not value
    return isinstance(value, int | float) and not isinstance(value, bool)


def _operations(notes: Notes, case: dict[str, Any], path: Way, entry: str, signature: Signature) -> None:
    """Check a case of a class: one argument, the operations [name, [arguments]], first the constructor."""
    args, here = case["args"], (*path, "args")
    if len(args) != 1 or not isinstance(args[0], list) or not args[0]:
        notes.add(here, f"a class takes one argument, the operations: [[[{entry!r}, [...]], ['name', [...]]]]")
        return
    operations = args[0]
    for index, operation in enumerate(operations):
        if message := _refused(operation, entry, signature, first=index == 0):
            notes.add((*here, 0, index), message)
    expected = case.get("expected")
    if case.get("comparator", "exact") in {"exact", "close"} and isinstance(expected, list):
        if len(expected) != len(operations):
            given = f"{counted(len(expected), 'value')} for {counted(len(operations), 'operation')}"
            notes.add((*path, "expected"), f"{given}; one for each is needed")
        elif expected[0] is not None:
            notes.add((*path, "expected", 0), f"{shown(expected[0])}; a constructor returns null")
    elif "expected" in case and not isinstance(expected, list):
        notes.add((*path, "expected"), f"{shown(expected)}; a list with one value for each operation is needed")


def _refused(operation: object, entry: str, signature: Signature, *, first: bool) -> str:
    """Return why an operation cannot be carried out, empty when it can."""
    match operation:
        case [str(name), list(given)]:
            pass
        case _:
            return f"{operation!r} is no operation; write ['name', [arguments]]"
    if first != (name == entry):
        return f"{name!r}; the first operation, and no other, is the constructor {entry!r}"
    if name not in signature.calls:
        methods = [known for known in signature.calls if known != entry]
        return f"the signature has no method {name!r}; {did_you_mean(name, methods)}"
    refusal = signature.calls[name].refuses(given, {})
    return f"{name}: {refusal}" if refusal else ""


def _checker(notes: Notes, parts: Layout, cases: list[dict[str, Any]]) -> None:
    section = parts.section(layout.CHECKER)
    users = [index for index, case in enumerate(cases) if case.get("comparator") == "checker"]
    if section is None and users:
        where = ("code", "cases", users[0], "comparator")
        notes.add(where, f"the section ## {layout.CHECKER} is missing; it holds `def check(args, result)`")
    if section is not None:
        if not users:
            notes.add((f"## {layout.CHECKER}",), "no case uses the comparator checker; take the section out")
        _source(notes, section, "check")


def _solutions(notes: Notes, parts: Layout, entry: str, categories: set[str]) -> None:
    for title, name in ((layout.SOLUTION, entry), (layout.BRUTE_FORCE, entry), (layout.SIZES, "sized")):
        section = parts.section(title)
        if section is not None:
            _source(notes, section, name)
        elif title == layout.SOLUTION:
            notes.add((f"## {title}",), "missing; give the code of a right answer")
    wrong = parts.titled(layout.WRONG)
    notes.count((f"## {layout.WRONG}...",), len(wrong), (WRONG_SOLUTIONS, 8), "wrong solution")
    for section in wrong:
        _source(notes, section, entry)
        _fails(notes, section, categories)


def _fails(notes: Notes, section: Section, categories: set[str]) -> None:
    path = (f"## {section.title}",)
    if not section.fails:
        notes.add(path, "the line `Fails: ...` is missing; it names a category of the cases, or `too slow`")
        return
    slow = section.title.removeprefix(layout.WRONG).startswith(TOO_SLOW)
    if slow != (section.fails == TOO_SLOW):
        notes.add(path, f"fails {section.fails!r}; a title with `too slow: ` and `Fails: too slow` go together")
    elif not slow and section.fails not in categories:
        known = did_you_mean(section.fails, sorted(categories))
        notes.add(path, f"no case has the category {section.fails!r}; {known}")


def _source(notes: Notes, section: Section, name: str) -> None:
    path = (f"## {section.title}",)
    if len(section.fences) != 1:
        notes.add(path, f"{counted(len(section.fences), 'python fence')}; exactly 1 is needed")
    elif name and not _defines(section.fences[0], name):
        notes.add(path, f"does not define {name!r} at the start of a line")
