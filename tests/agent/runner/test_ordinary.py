"""What people write in interviews runs in the jail: the standard library, classes, entries of all sorts, and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.runner import CaseVerdict, Engine, Limits, Report, Status
from agent.types import Case

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _run(jail: Engine, source: str, entry: str, args: tuple[Any, ...], expected: Any) -> Report:
    return await jail.run(source, entry, [Case("only", args, expected, visibility="example")])


async def _passes(jail: Engine, source: str, expected: Any, *args: Any, entry: str = "solve") -> None:
    report = await _run(jail, source, entry, args, expected)
    assert report.all_passed, report


PROGRAMS: Mapping[str, tuple[str, str, str]] = {
    name: (source, arguments, expected)
    for name, source, arguments, expected in re.findall(
        r"^## ([^\n]+)\n\n```python\n(.*?)\n```\n\n`([^`\n]+)` → `([^`\n]+)`$",
        (Path(__file__).parent / "ordinary.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
}


@pytest.mark.parametrize("name", PROGRAMS)
async def test_it_runs(jail: Engine, name: str) -> None:
    source, arguments, expected = PROGRAMS[name]
    await _passes(jail, source, json.loads(expected), *json.loads(arguments))


@pytest.mark.parametrize(
    ("source", "entry"),
    [
        ("def solve(a):\n    return a", "solve"),
        ("class Solution:\n    def solve(self, a):\n        return a", "solve"),
        ("class Solution:\n    def solve(self, a):\n        return a", "Solution().solve"),
        ("class Solver:\n    def solve(self, a):\n        return a", "Solver.solve"),
        ("def findBest(a):\n    return a", "find_best"),
        ("class Solution:\n    def find_best(self, a):\n        return a", "findBest"),
        ("def helper(a):\n    return -a\ndef solve(a):\n    return -helper(a)", "solve"),
        ("def my_own_name(a):\n    return a", "solve"),
        ("def _helper(a):\n    return a\ndef my_own_name(a):\n    return _helper(a)", "solve"),
        ("import functools\n@functools.cache\ndef my_own_name(a):\n    return a", "solve"),
        (
            "class Solution:\n    def __init__(self):\n        self.k = 0\n    def go(self, a):\n        return a",
            "solve",
        ),
        ("from functools import partial\nsolve = partial(lambda b, a: a, 1)", "solve"),
        ("solve = lambda a: a", "solve"),
    ],
)
async def test_the_entry_is_found(jail: Engine, source: str, entry: str) -> None:
    await _passes(jail, source, 5, 5, entry=entry)


COUNTER = """
class Counter:
    def __init__(self, start=0):
        self.value = start

    def add(self, n, twice=False):
        self.value += 2 * n if twice else n

    def get(self):
        return self.value
"""


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (([["Counter", [5]], ["add", [1]], ["get", []], ["add", [2, True]], ["get", []]],), [None, None, 6, None, 10]),
        ((["Counter", "add", "get"], [[], [1], []]), [None, None, 1]),
        (([["Counter", []]],), [None]),
    ],
)
async def test_operations_run_on_an_instance_of_the_class(jail: Engine, args: tuple[Any, ...], expected: Any) -> None:
    report = await _run(jail, COUNTER, "Counter", args, expected)
    assert report.all_passed, report


async def test_each_case_has_an_instance_and_arguments_of_its_own(jail: Engine) -> None:
    operations = [["Counter", []], ["add", [1]], ["get", []]]
    cases = [Case(str(number), (operations,), [None, None, 1]) for number in range(3)]
    assert (await jail.run(COUNTER, "Counter", cases)).all_passed
    spoiling = "def solve(a):\n    a.append(1)\n    return len(a)"
    shared: list[int] = []
    assert (await jail.run(spoiling, "solve", [Case(str(n), (shared,), 1) for n in range(3)])).all_passed
    assert shared == []


async def test_keyword_arguments_and_values_that_json_does_not_know_arrive(jail: Engine) -> None:
    source = "def solve(*args, **named):\n    return [args, named, type(args[0]).__name__, type(args[1]).__name__]"
    args, named = ((1, 2), {3}, {(1, 2): 1 << 70}, b"x", float("inf"), 1j), {"key": (1,)}
    expected = [args, named, "tuple", "set"]
    report = await jail.run(source, "solve", [Case("only", args, expected, kwargs=named, comparator="equal")])
    assert report.all_passed, report


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("def solve(a:\n    return a", 1, "def solve(a:\n         ^"),
        ("def solve(a):\n    if a = 1:\n        pass", 2, "    if a = 1:\n       ^"),
        ("def solve(a):\nreturn a", 2, "return a\n^"),
    ],
)
async def test_a_syntax_error_is_shown_with_its_line_and_a_caret(
    jail: Engine, source: str, line: int, text: str
) -> None:
    report = await _run(jail, source, "solve", (1,), 1)
    assert report.status is Status.LOAD_ERROR
    assert report.failure is not None
    assert report.failure.type in ("SyntaxError", "IndentationError")
    assert (report.failure.line, report.failure.text) == (line, text)
    assert (report.passed, report.total, report.pass_ratio) == (0, 1, 0.0)


async def test_an_error_names_its_type_message_and_line(jail: Engine) -> None:
    source = "def solve(a):\n    return helper(a)\n\ndef helper(a):\n    return a[7]\n"
    [result] = (await _run(jail, source, "solve", ([1],), 1)).cases
    assert result.verdict is CaseVerdict.ERROR
    assert result.failure is not None
    assert (result.failure.type, result.failure.line) == ("IndexError", 5)
    assert result.failure.message == "list index out of range"


async def test_an_error_while_loading_names_its_line(jail: Engine) -> None:
    report = await _run(jail, "x = 1\ny = x / 0\ndef solve(a):\n    return a", "solve", (1,), 1)
    assert (report.status, report.failure and report.failure.type) == (Status.LOAD_ERROR, "ZeroDivisionError")
    assert report.failure is not None
    assert report.failure.line == 2


async def test_a_missing_entry_is_named(jail: Engine) -> None:
    report = await _run(jail, "def first(a):\n    return a\ndef second(a):\n    return a", "solve", (1,), 1)
    assert report.status is Status.LOAD_ERROR
    assert report.failure is not None
    assert (report.failure.type, report.failure.message) == ("EntryNotFound", "solve")


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("import numpy as np\ndef solve(a):\n    return a", "module numpy"),
        ("import socket\ndef solve(a):\n    return a", "module socket"),
        ("def solve(a):\n    import asyncio\n    return a", "module asyncio"),
        ("async def solve(a):\n    return a", "asyncio"),
        ("import threading\ndef solve(a):\n    threading.Thread(target=print).start()", "threads"),
        ("def solve(a):\n    return input()", "input"),
        ("def solve(a):\n    return open('notes.txt').read()", "files"),
    ],
)
async def test_what_the_runner_does_not_have_is_no_fail(jail: Engine, source: str, missing: str) -> None:
    report = await _run(jail, source, "solve", (1,), 1)
    assert (report.status, report.reason) == (Status.UNSUPPORTED, missing)
    assert (report.passed, report.total, report.pass_ratio) == (0, 0, None)


async def test_what_is_missing_and_caught_is_nobodys_business(jail: Engine) -> None:
    await _passes(
        jail, "try:\n    import numpy\nexcept ImportError:\n    numpy = None\ndef solve(a):\n    return a", 1, 1
    )


async def test_a_case_too_slow_is_told_from_the_others(jail: Engine) -> None:
    source = "def solve(n):\n    while n == 2:\n        pass\n    return n"
    cases = [Case(str(n), (n,), n) for n in range(4)]
    report = await jail.run(source, "solve", cases, Limits(case_s=0.3))
    assert [result.verdict.value for result in report.cases] == ["pass", "pass", "timeout", "pass"]
    assert (report.passed, report.total, report.pass_ratio) == (3, 4, 0.75)


async def test_the_time_of_all_cases_together_ends(jail: Engine) -> None:
    cases = [Case(str(n), (n,), n) for n in range(20)]
    source = "def solve(n):\n    while True:\n        pass"
    report = await jail.run(source, "solve", cases, Limits(case_s=0.2, total_s=0.5))
    assert {result.verdict.value for result in report.cases} == {"timeout"}
    assert report.total_ms < 5000


async def test_memory_of_one_case_is_free_for_the_next(jail: Engine) -> None:
    source = "def solve(n):\n    return len([0] * (n * 10**6))"
    cases = [Case(str(number), (n,), n * 10**6) for number, n in enumerate((20, 100, 20, 100, 20))]
    report = await jail.run(source, "solve", cases)
    assert [result.verdict.value for result in report.cases] == ["pass", "error", "pass", "error", "pass"]


async def test_the_same_submission_sees_the_same_random_numbers(jail: Engine) -> None:
    cases = [Case("only", (), 0, visibility="example")]
    source = "import random\ndef solve():\n    return random.random()"
    got = {(await jail.run(source, "solve", cases)).cases[0].got for _ in range(3)}
    assert len(got) == 1
