"""Engines on other machines: the same reports through three dialects, and no fail when the engine is to blame."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.runner import Address, CaseVerdict, Limits, Status, open_engine
from agent.runner.growth import growth
from agent.types import Case
from tests.agent.runner.far import Far, far

DIALECTS = ("piston", "judge0", "snekbox")
CASES = (
    Case("shown", ([1, 2],), 30_313, visibility="example"),
    Case("hidden", ([40_414],), 40_414, category="one item"),
    Case("other", ([], 5), 5, category="nothing"),
)
SUM = "def solve(a, start=0):\n    print('adding')\n    return sum(a, start)"


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Far]:
    async with far(tmp_path) as stands_in:
        yield stands_in


def _verdicts(report: Any) -> list[str]:
    return [case.verdict.value for case in report.cases]


async def test_a_submission_runs_there_and_is_compared_here(there: Far, dialect: str) -> None:
    async with open_engine("http", address=Address(there.address, dialect)) as engine:
        assert (engine.name, engine.reason) == ("http", "")
        report = await engine.run(SUM, "solve", CASES)
    assert (report.engine, report.status, _verdicts(report)) == ("http", Status.RAN, ["fail", "pass", "pass"])
    assert report.engine_version.startswith(dialect)
    assert report.python_version
    assert report.cases[0].got == "3"
    assert report.stdout_excerpt == "adding\n"
    assert [case.ms for case in report.cases] == [None] * 3


async def test_examples_go_alone_and_expected_values_never(there: Far, dialect: str) -> None:
    async with open_engine("http", address=Address(there.address, dialect)) as engine:
        there.asked.clear()
        await engine.run(SUM, "solve", CASES)
        first, second = there.requests()
    assert [message["id"] for message in first["messages"][1:]] == ["shown"]
    assert [message["id"] for message in second["messages"][1:]] == ["hidden", "other"]
    assert "40414" not in json.dumps(first)
    assert "30313" not in json.dumps([first, second])
    assert all("expected" not in json.dumps(asked) for asked in (first, second))
    assert all("expected_output" not in asked for asked in there.asked)
    assert first["prefix"] != second["prefix"]


@pytest.mark.parametrize(
    ("source", "status", "verdicts"),
    [
        ("def solve(a, start=0:\n    pass", Status.LOAD_ERROR, ["not_run"] * 3),
        ("import numpy_is_not_here\n" + SUM, Status.UNSUPPORTED, ["not_run"] * 3),
        ("def solve(a, start=0):\n    return 1 / 0", Status.RAN, ["error"] * 3),
        ("import os\ndef solve(a, start=0):\n    os._exit(0)", Status.RAN, ["killed"] * 3),
        (
            "def solve(a, start=0):\n    return type('E', (int,), {'__eq__': lambda *_: True})(7)",
            Status.RAN,
            ["fail"] * 3,
        ),
    ],
)
async def test_reports_are_those_of_the_jail(
    there: Far, dialect: str, source: str, status: Status, verdicts: list[str]
) -> None:
    async with open_engine("http", address=Address(there.address, dialect)) as engine:
        report = await engine.run(source, "solve", CASES)
    assert (report.status, _verdicts(report)) == (status, verdicts)


@pytest.mark.parametrize(("order", "verdict"), [("timeout 3", "timeout"), ("killed 3", "killed")])
async def test_the_call_that_did_not_end_is_told_from_the_rest(
    there: Far, dialect: str, order: str, verdict: str
) -> None:
    """Of the second process, three lines arrive: that it began, that it loaded, and the first answer."""
    async with open_engine("http", address=Address(there.address, dialect)) as engine:
        there.orders += ["", order, ""]
        report = await engine.run(SUM, "solve", [*CASES[:2], Case("more", ([1],), 1), Case("last", ([2],), 2)])
    if dialect == "snekbox" and verdict == "timeout":
        verdict = "killed"  # it says 137 for both, and this one came at once
    assert _verdicts(report) == ["fail", "pass", verdict, "pass"]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ((401, {"message": "Public Piston API is now whitelist only"}), "answers 401: Public Piston API"),
        ((429, {"message": "Requests limited"}), "answers 429"),
        ((503, {"error": "queue is full"}), "answers 503: queue is full"),
        ((422, {"wall_time_limit": ["must be less than or equal to 20"]}), "answers 422: {'wall_time_limit'"),
        ((200, "<html>gateway</html>"), "does not answer in JSON"),
        ((200, "[" * 100_000), "does not answer in JSON"),
        ((200, {"unknown": 1}), "answers in another form: KeyError"),
        ((200, []), "answers in another form: TypeError"),
        ((200, '"' + "x" * (5 << 20) + '"'), "answers with more than 4 MB"),
        ("fault", ""),
        ("killed", ""),
    ],
)
async def test_a_fault_of_the_engine_is_nobodys_fail(there: Far, dialect: str, order: Any, reason: str) -> None:
    async with open_engine("http", address=Address(there.address, dialect)) as engine:
        there.orders.append(order)
        report = await engine.run(SUM, "solve", CASES)
    assert report.status is Status.ENGINE_ERROR
    assert reason in report.reason
    assert {case.verdict for case in report.cases} == {CaseVerdict.NOT_RUN}
    assert report.pass_ratio is None


async def test_an_engine_that_is_not_there_is_off(dialect: str) -> None:
    async with open_engine("http", address=Address("http://127.0.0.1:9", dialect)) as engine:
        assert engine.is_off
        report = await engine.run(SUM, "solve", CASES)
    assert report.status is Status.OFF
    assert f"{dialect} does not answer" in report.reason


async def test_an_engine_that_keeps_us_waiting_is_at_fault(there: Far) -> None:
    async with open_engine("http", address=Address(there.address, "judge0", patience_s=0.5)) as engine:
        there.queue = 10**6
        report = await engine.run(SUM, "solve", CASES, Limits(load_s=0.1, case_s=0.1, total_s=0.1))
    assert (report.status, report.reason) == (Status.ENGINE_ERROR, "judge0 does not answer in time")


async def test_an_address_is_needed_and_a_dialect_known() -> None:
    async with open_engine("http") as engine:
        assert (engine.is_off, engine.reason) == (True, "no address of an engine")
    with pytest.raises(ValueError, match="unknown dialect 'e2b'; known: piston, judge0, snekbox"):
        async with open_engine("http", address=Address("http://127.0.0.1:9", "e2b")):
            pass


@pytest.mark.parametrize("version", ["1.13.0", "1.12.9", "1.5.0"])
async def test_a_judge0_with_known_ways_out_is_refused(tmp_path: Path, version: str) -> None:
    async with far(tmp_path, version=version) as there:
        async with open_engine("http", address=Address(there.address, "judge0")) as engine:
            assert engine.is_off
            assert f"judge0 {version} has known escapes" in engine.reason
        assert there.asked == []


@pytest.mark.parametrize("version", ["1.13.1", "1.14.0", "2.0.0"])
async def test_a_newer_judge0_will_do(tmp_path: Path, version: str) -> None:
    async with (
        far(tmp_path, version=version) as there,
        open_engine("http", address=Address(there.address, "judge0")) as engine,
    ):
        assert engine.name == "http"


async def test_judge0_is_asked_for_the_newest_python_with_limits_and_no_network(there: Far) -> None:
    limits = Limits(memory_mb=128)
    async with open_engine("http", address=Address(there.address, "judge0", "sesame")) as engine:
        await engine.run(SUM, "solve", CASES[:1], limits)
    asked = there.asked[-1]
    assert (asked["language_id"], asked["memory_limit"], asked["enable_network"]) == (92, 128 << 10, False)
    assert asked["cpu_time_limit"] == 4.0
    assert all(headers["X-Auth-Token"] == "sesame" for headers in there.headers)


async def test_piston_is_asked_for_the_newest_python_with_limits(there: Far) -> None:
    async with open_engine("http", address=Address(there.address + "/", "piston", "sesame")) as engine:
        await engine.run(SUM, "solve", CASES[:1])
    asked = there.asked[-1]
    assert (asked["version"], asked["run_timeout"], asked["run_memory_limit"]) == ("3.12.0", 4000, 256 << 20)
    assert all(headers["Authorization"] == "sesame" for headers in there.headers)


async def test_what_cannot_be_timed_from_here_is_not(there: Far) -> None:
    async with open_engine("http", address=Address(there.address, "piston")) as engine:
        assert (await engine.self_test()).ok
        assert await growth(engine, SUM, "solve", "def sized(n, random):\n    return [[0] * n]") is None
