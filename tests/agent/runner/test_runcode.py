"""`talkpro runcode`: files in, a report as JSON out, and an exact word about whatever is wrong with the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.runner import Limits
from agent.runner.jail import missing_here
from bot.runcode import BadInput, read_limits, run_batch, run_files

pytestmark = pytest.mark.skipif(bool(missing_here()), reason=f"the jail {missing_here()}")

SOURCE = "def solve(a, b=1):\n    print('hello')\n    return [x * b for x in a]\n"
CASES = [
    {"id": "plain", "args": [[1, 2]], "expected": [1, 2]},
    {"id": "named", "args": [[1, 2]], "kwargs": {"b": 2}, "expected": [4, 2], "comparator": "any-order"},
    {"args": [[0.1], 3], "expected": [0.3], "comparator": "close", "visibility": "hidden", "category": "fractions"},
]


def _files(folder: Path, cases: Any = CASES, source: str = SOURCE) -> tuple[Path, str, Path]:
    code, wanted = folder / "solution.py", folder / "cases.json"
    code.write_text(source)
    wanted.write_text(cases if isinstance(cases, str) else json.dumps(cases))
    return code, "solve", wanted


def test_a_solution_that_passes(tmp_path: Path) -> None:
    told = run_files(*_files(tmp_path))
    assert (told["status"], told["passed"], told["total"], told["pass_ratio"]) == ("ran", 3, 3, 1.0)
    assert [(case["id"], case["verdict"], case["visibility"]) for case in told["cases"]] == [
        ("plain", "pass", "example"),
        ("named", "pass", "example"),
        ("3", "pass", "hidden"),
    ]
    assert told["cases"][0]["got"] == "[1, 2]"
    assert told["stdout_excerpt"] == "hello\nhello\n"
    assert json.loads(json.dumps(told)) == told


def test_a_solution_that_fails(tmp_path: Path) -> None:
    told = run_files(*_files(tmp_path, source="def solve(a, b=1):\n    return a if b == 1 else None.x"))
    assert [case["verdict"] for case in told["cases"]] == ["pass", "error", "error"]
    assert told["cases"][1]["failure"]["line"] == 2
    assert (told["first_failure"], told["failing_categories"]) == ("named", ["fractions"])


def test_limits_hold(tmp_path: Path) -> None:
    loop = "def solve(a, b=1):\n    while True:\n        pass"
    told = run_files(*_files(tmp_path, source=loop), limits=Limits(case_s=0.2, total_s=0.5))
    assert {case["verdict"] for case in told["cases"]} == {"timeout"}


LITERAL = [
    {"args": ["(1, 2)", "{3: {4}}"], "expected": "[(1, 2), {3: {4}}]"},
    {"args": "[b'x', 1j]", "expected": "[b'x', 1j]"},
    {"args": ["float('inf')", "-inf"], "expected": "[inf, float('-inf')]"},
    {"args": ["frozenset({1})", "set()"], "expected": "[{1}, set()]"},
    {"args": [5, "'text'"], "kwargs": {}, "expected": "[5, 'text']"},
    {"args": ["1"], "kwargs": {"b": "(2,)"}, "expected": "[1, (2,)]"},
]


def test_literals_are_read_as_texts(tmp_path: Path) -> None:
    told = run_files(*_files(tmp_path, LITERAL, "def solve(a, b):\n    return [a, b]"), literal=True)
    assert [case["verdict"] for case in told["cases"]] == ["pass"] * 6, told


def test_a_whole_file_may_be_one_literal(tmp_path: Path) -> None:
    cases = "[{'id': 'a', 'args': ((1, 2), 'text'), 'expected': [(1, 2), 'text']}]"
    assert run_files(*_files(tmp_path, cases, "def solve(a, b):\n    return [a, b]"), literal=True)["passed"] == 1


def test_with_literals_a_tuple_is_a_tuple(tmp_path: Path) -> None:
    source = "def solve(a):\n    return a"
    assert run_files(*_files(tmp_path, [{"args": ["(1,)"], "expected": "[1]"}], source), literal=True)["passed"] == 0
    assert run_files(*_files(tmp_path, [{"args": ["(1,)"], "expected": "(1,)"}], source), literal=True)["passed"] == 1
    assert (
        run_files(*_files(tmp_path, [{"args": [[1]], "expected": [1]}], "def solve(a):\n    return (*a,)"))["passed"]
        == 1
    )


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ("[1,\n 2,,]", "cases.json, line 2, column 4: not JSON: Expecting value"),
        ("", "cases.json, line 1, column 1: not JSON: Expecting value"),
        ("[" * 100_000, "cases.json: nested too deeply"),
        ({}, "cases.json: the cases are empty; they must be a list of at least one object"),
        ({"a": 1}, "cases.json: the cases are an object; they must be a list of at least one object"),
        ([], "cases.json: the cases are empty; they must be a list of at least one object"),
        ([3], "cases.json, case 1: a case is a number; it must be an object"),
        ([{"args": []}], "cases.json, case 1: the field 'expected' is missing; every case says what it expects"),
        (
            [{"arg": [], "expected": 1}],
            "cases.json, case 1: the field 'arg' is unknown; known are id, args, kwargs, expected, comparator,"
            " visibility, category",
        ),
        (
            [CASES[0], {"args": 3, "expected": 1}],
            "cases.json, case 2: 'args' is a number; it must be the list of positional arguments",
        ),
        (
            [{"kwargs": [1], "expected": 1}],
            "cases.json, case 1: 'kwargs' is a list; it must be an object of named arguments",
        ),
        (
            [{"expected": 1, "comparator": "checker"}],
            "cases.json, case 1: the comparator 'checker' is unknown; use exact, equal, close, any-order, one-of",
        ),
        (
            [{"expected": 1, "comparator": "one-of"}],
            "cases.json, case 1: 'expected' is a number; one-of needs the list of accepted values",
        ),
        (
            [{"expected": 1, "visibility": "secret"}],
            "cases.json, case 1: the visibility 'secret' is unknown; use example or hidden",
        ),
        ([CASES[0], CASES[0]], "cases.json, case 2: the id 'plain' is taken; each case needs one of its own"),
        ([{"id": None, "expected": 1}], "cases.json, case 1: 'id' is null; it must be a text or a number"),
    ],
)
def test_bad_cases_are_refused_with_their_place(tmp_path: Path, cases: Any, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        run_files(*_files(tmp_path, cases))
    assert str(refused.value) == f"{tmp_path}/{message}"


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        ("[1, 2", "expected: '[1, 2' is no Python literal, column 1: '[' was never closed"),
        (
            "open('x')",
            "expected: \"open('x')\" is no plain literal; write numbers, texts, lists, tuples, sets and dicts",
        ),
        ("__import__('os')", "is no plain literal"),
        ("float('much')", "is no plain literal"),
        ("word", "expected: 'word' is no plain literal"),
        ("1 + 'a'", "is no plain literal"),
        ("-" * 50_000 + "1", "is nested too deeply"),
        ("9" * 5000, "Exceeds the limit"),
    ],
)
def test_bad_literals_are_refused_with_their_place(tmp_path: Path, literal: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        run_files(*_files(tmp_path, [{"expected": literal}]), literal=True)
    assert str(refused.value).startswith(f"{tmp_path}/cases.json, case 1, expected: ")
    assert message in str(refused.value)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    code, entry, cases = _files(tmp_path)
    with pytest.raises(BadInput, match=r"none\.py: no such file or directory; name a file that can be read"):
        run_files(tmp_path / "none.py", entry, cases)
    with pytest.raises(BadInput, match="is a directory"):
        run_files(code, entry, tmp_path)
    code.write_bytes(b"def solve():\n    return '\xff'")
    with pytest.raises(BadInput, match=r"solution\.py, line 2: not UTF-8; save the file as UTF-8"):
        run_files(code, entry, cases)


def _batch(folder: Path, *lines: Any) -> Path:
    file = folder / "batch.jsonl"
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
    return file


def test_a_batch_gives_a_report_for_each_line_in_order(tmp_path: Path) -> None:
    lines = [
        {
            "id": number,
            "source": f"import time\ndef f(x):\n    time.sleep({0.0 if number else 0.2})\n    return x + {number % 2}",
            "entry": "f",
            "cases": [{"args": [1], "expected": 1}],
        }
        for number in range(12)
    ]
    told = list(run_batch(_batch(tmp_path, *lines, "")))
    assert [report["id"] for report in told] == [str(number) for number in range(12)]
    assert [report["passed"] for report in told] == [1, 0] * 6


def test_a_batch_may_be_left_early(tmp_path: Path) -> None:
    loop = {"id": "a", "source": "def f():\n    while True: pass", "entry": "f", "cases": [{"expected": 1}]}
    quick = {**loop, "source": "def f(): return 1", "limits": {"total_s": 1}}
    reports = run_batch(_batch(tmp_path, quick, loop, loop, loop), limits=Limits(case_s=0.5, total_s=0.5))
    assert next(reports)["passed"] == 1
    reports.close()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "batch.jsonl, line 2, column 2: not JSON: Expecting property name enclosed in double quotes"),
        ([1], "batch.jsonl, line 2: a submission is a list; it must be an object"),
        ({"id": 1}, "batch.jsonl, line 2: the field 'source' is missing; a submission has id, source, entry and cases"),
        (
            {"id": 1, "source": 3, "entry": "f", "cases": []},
            "batch.jsonl, line 2: 'source' is a number; it must be a text",
        ),
        (
            {"id": 1, "source": "", "entry": "f", "cases": [{}]},
            "batch.jsonl, line 2, case 1: the field 'expected' is missing; every case says what it expects",
        ),
        (
            {"id": 1, "source": "", "entry": "f", "cases": [{"expected": 1}], "limits": {"case_s": "long"}},
            "batch.jsonl, line 2: the limit case_s is 'long'; it must be a number above 0",
        ),
    ],
)
def test_a_bad_line_is_refused_before_anything_runs(tmp_path: Path, line: Any, message: str) -> None:
    good = {"id": "a", "source": "def f(): return 1", "entry": "f", "cases": [{"expected": 1}]}
    with pytest.raises(BadInput) as refused:
        next(run_batch(_batch(tmp_path, good, line)))
    assert str(refused.value) == f"{tmp_path}/{message}"


def test_limits_are_read_as_a_command_line_has_them() -> None:
    assert read_limits("") == Limits()
    assert read_limits("case_s=5, memory_mb=512") == Limits(case_s=5.0, memory_mb=512)
    assert read_limits('{"total_s": 1.5}') == Limits(total_s=1.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case_s", "--limits: 'case_s' has no value"),
        ("case_s=soon", "--limits: 'case_s=soon' is no limit; write name=number"),
        ("case_s=0", "--limits: the limit case_s is 0; it must be a number above 0"),
        ("case_s=true", "--limits: the limit case_s is True; it must be a number above 0"),
        ("speed=1", "--limits: the field 'speed' is unknown; known are load_s, case_s, total_s, memory_mb"),
        ("{", "--limits, line 1, column 2: not JSON"),
    ],
)
def test_bad_limits_are_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_limits(text)
    assert str(refused.value).startswith(message)
