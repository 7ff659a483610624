"""The engine around the jail: what enters when, whose fault what is, and that it ends, restarts and cleans up."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from agent.runner import CaseVerdict, Engine, Limits, Status, jail, open_engine
from agent.runner.engine import SelfTest
from agent.runner.jail import SERVER, Jail, missing_here
from agent.runner.transcript import End
from agent.types import Case

pytestmark = pytest.mark.skipif(bool(missing_here()), reason=f"the jail {missing_here()}")

SAME = "def solve(a):\n    return a"
CASES = (
    Case("shown", ([1, 2],), [1, 2], visibility="example"),
    Case("first", ([711_007],), [711_007], category="one item"),
    Case("second", ([],), [], category="nothing"),
)


def _children() -> list[psutil.Process]:
    """The fork server and its children; other tests' databases are children of this process too."""
    servers = [child for child in psutil.Process().children() if str(SERVER) in child.cmdline()]
    return [*servers, *(child for server in servers for child in server.children(recursive=True))]


def _descriptors() -> int:
    return psutil.Process().num_fds()


async def _until_a_child_runs() -> None:
    async with asyncio.timeout(20):
        while len(_children()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_report_says_what_ran_where_and_how_long() -> None:
    async with open_engine("jail") as engine:
        report = await engine.run("def solve(a):\n    print('got', a)\n    return a[:1]", "solve", CASES)
    assert (report.engine, report.status) == ("jail", Status.RAN)
    assert report.python_version == ".".join(map(str, sys.version_info[:3]))
    assert report.stdout_excerpt == "got [1, 2]\n"
    assert [(case.id, case.verdict.value, case.got) for case in report.cases] == [
        ("shown", "fail", "[1]"),
        ("first", "pass", None),
        ("second", "pass", None),
    ]
    assert (report.passed, report.total) == (2, 3)
    assert report.first_failure is not None
    assert report.first_failure.id == "shown"
    assert report.total_ms > 0
    assert all(case.ms is not None and case.ms >= 0 for case in report.cases)


async def test_one_hidden_failure_is_kept_as_counter_example_and_the_categories_of_all() -> None:
    cases = [Case(str(n), (n,), n, category=f"kind {n % 2}") for n in range(4)]
    async with open_engine("jail") as engine:
        report = await engine.run("def solve(n):\n    return -1", "solve", cases)
    assert [case.got for case in report.cases] == ["-1", None, None, None]
    assert report.failing_categories == ("kind 0", "kind 1")
    told = report.as_json()
    assert (told["first_failure"], told["passed"], told["total"], told["pass_ratio"]) == ("0", 0, 4, 0.0)


async def test_hidden_arguments_are_not_inside_while_examples_run() -> None:
    look = (
        "import gc, os\n"
        "def seen():\n    return [x for x in gc.get_objects() if type(x) is list and 711_007 in x]\n"
        "print(len(seen()))\n"
        "def solve(a):\n"
        "    print('in memory:', seen())\n"
        "    if a == [1, 2]:\n"
        "        return seen()\n"
        "    return a"
    )
    async with open_engine("jail") as engine:
        report = await engine.run(look, "solve", CASES)
    assert report.stdout_excerpt.startswith("0\nin memory: []")
    assert report.cases[0].got == "[]"
    assert "711007" not in str(report.stdout_excerpt)


async def test_a_jail_leaves_no_process_and_no_descriptor() -> None:
    before = _descriptors()
    async with open_engine("jail") as engine:
        await engine.run(SAME, "solve", CASES)
        [server] = _children()
        for _ in range(20):
            await engine.run(SAME, "solve", CASES)
        assert server.num_fds() <= 8
    assert _children() == []
    assert _descriptors() == before


async def test_the_server_knows_no_environment_and_the_child_is_nobody() -> None:
    async with open_engine("jail") as engine:
        [server] = _children()
        assert server.environ() == {}
        ids = "[os.getuid(), os.getgid(), os.getgroups(), os.getsid(0) == os.getpid()]"
        source = f"import os\ndef solve(a):\n    return {ids}"
        report = await engine.run(source, "solve", CASES[:1])
    nobody = "[65534, 65534, [], True]"
    assert os.getuid() != 0 or report.cases[0].got == nobody


async def test_the_server_is_started_again_when_it_dies() -> None:
    async with open_engine("jail") as engine:
        [server] = _children()
        server.kill()
        server.wait()
        assert (await engine.run(SAME, "solve", CASES)).all_passed
        assert [child.pid for child in _children()] != [server.pid]


async def test_a_server_that_dies_under_a_run_costs_nobody_anything() -> None:
    async with open_engine("jail") as engine:
        running = asyncio.create_task(
            engine.run("import time\ndef solve(a):\n    time.sleep(0.4)\n    return a", "solve", CASES)
        )
        await _until_a_child_runs()
        _children()[0].send_signal(signal.SIGKILL)
        report = await running
        assert report.all_passed
    assert _children() == []


async def test_without_a_server_a_run_is_a_fault_of_the_engine_and_not_a_fail(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    behind = Jail(str(python))
    await behind.start()
    engine = Engine(behind)
    try:
        assert (await engine.run(SAME, "solve", CASES)).all_passed
        python.unlink()
        [server] = _children()
        server.kill()
        report = await engine.run(SAME, "solve", CASES)
    finally:
        await behind.stop()
    assert report.status is Status.ENGINE_ERROR
    assert {case.verdict for case in report.cases} == {CaseVerdict.NOT_RUN}
    assert (report.pass_ratio, report.total) == (None, 0)
    assert "does not start" in report.reason


async def test_a_cancelled_run_ends_its_child_and_spoils_nothing() -> None:
    async with open_engine("jail", parallel=1) as engine:
        running = asyncio.create_task(engine.run("def solve(a):\n    while True:\n        pass", "solve", CASES))
        await _until_a_child_runs()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (await engine.run(SAME, "solve", CASES)).all_passed
        assert len(_children()) == 1


DOOMED = """
import asyncio, psutil
from agent.runner import open_engine
from agent.types import Case

async def main():
    async with open_engine("jail") as engine:
        loop = "def solve():\\n    while True:\\n        pass"
        running = asyncio.create_task(engine.run(loop, "solve", [Case("x", (), 1)]))
        while len(psutil.Process().children(recursive=True)) < 2:
            await asyncio.sleep(0.005)
        print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
        await running

asyncio.run(main())
"""


async def test_a_coach_that_is_killed_leaves_no_process() -> None:
    coach = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DOOMED), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert coach.stdout is not None
    left = [psutil.Process(int(pid)) for pid in (await coach.stdout.readline()).split()]
    assert len(left) == 2
    coach.kill()
    await coach.wait()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, left, 20)
    assert (len(gone), alive) == (2, [])


async def test_many_runs_wait_for_their_turn() -> None:
    source = "def solve(n):\n    return n * n"
    async with open_engine("jail", parallel=2) as engine:
        reports = await asyncio.gather(*(engine.run(source, "solve", [Case("x", (n,), n * n)]) for n in range(40)))
    assert all(report.all_passed for report in reports)


async def test_large_arguments_and_results_cross_in_pieces() -> None:
    numbers = list(range(200_000))
    async with open_engine("jail") as engine:
        report = await engine.run("def solve(a):\n    return sum(a)", "solve", [Case("x", (numbers,), sum(numbers))])
        assert report.all_passed
        limits = Limits(result_kb=4096)
        cases = [Case("x", (numbers,), numbers[:100_000])]
        assert (await engine.run("def solve(a):\n    return a[:100_000]", "solve", cases, limits)).all_passed


async def test_a_checker_judges_behind_the_wall_and_beside_nobody() -> None:
    checker = "def check(args, result):\n    return sorted(result) == sorted(args[0]) and result != args[0]"
    cases = [Case("a", ([1, 2, 3],), None, comparator="checker"), Case("b", ([4, 5],), None, comparator="checker")]
    async with open_engine("jail") as engine:
        report = await engine.run("def solve(a):\n    return a[::-1]", "solve", cases, checker=checker)
        assert report.all_passed
        report = await engine.run(
            "def solve(a):\n    return a[::-1] if len(a) > 2 else a", "solve", cases, checker=checker
        )
        assert [case.verdict.value for case in report.cases] == ["pass", "fail"]
        report = await engine.run("def solve(a):\n    return iter(a)", "solve", cases, checker=checker)
        assert [case.verdict.value for case in report.cases] == ["fail", "fail"]
        broken = await engine.run(SAME, "solve", cases, checker="def check(args, result):\n    return 1 / 0")
    assert (broken.status, broken.pass_ratio) == (Status.RAN, None)
    assert {case.verdict for case in broken.cases} == {CaseVerdict.NOT_RUN}


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        ([Case("a", (), 1), Case("a", (), 1)], "two cases have the id 'a'"),
        ([Case("a", (), 1, comparator="alike")], "case 'a' has the comparator 'alike'; known: exact, equal, close"),
        (
            [Case("a", (), 1, comparator="checker")],
            "comparator 'checker'; known: exact, equal, close, any-order, one-of",
        ),
        ([Case("a", (object(),), 1)], "case 'a' has an argument that cannot be sent: object is no plain data"),
    ],
)
async def test_cases_that_cannot_be_run_are_refused(cases: list[Case], message: str) -> None:
    async with open_engine("off") as engine:
        with pytest.raises(ValueError, match=message):
            await engine.run(SAME, "solve", cases)


async def test_an_engine_that_is_off_runs_nothing_and_says_why() -> None:
    async with open_engine("off") as engine:
        report = await engine.run("import os\nos._exit(0)", "solve", CASES)
        assert await engine.self_test() == SelfTest(ok=False, detail="switched off")
    assert (engine.name, engine.is_off, report.status, report.reason) == ("off", True, Status.OFF, "switched off")
    assert (report.pass_ratio, report.all_passed) == (None, False)


async def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown engine 'subprocess'; known: jail, http, off"):
        async with open_engine("subprocess"):
            pass


async def test_a_python_that_does_not_start_turns_the_engine_off(tmp_path: Path) -> None:
    async with open_engine("jail", python=str(tmp_path / "nowhere")) as engine:
        assert engine.is_off
        assert "does not start: No such file" in engine.reason
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho it is too old >&2\nexit 3\n")
    broken.chmod(0o755)
    async with open_engine("jail", python=str(broken)) as engine:
        assert engine.is_off
        assert engine.reason == "the fork server does not start: it is too old"


async def test_the_self_test_passes_here() -> None:
    async with open_engine("jail") as engine:
        assert await engine.self_test() == SelfTest(ok=True)


async def test_the_self_test_finds_a_jail_without_walls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server with a lock that does not lock: the self-test has to notice, and the engine goes off."""
    for file in jail.SERVER.parent.glob("*.py"):
        text = file.read_text()
        if file.name == "lock.py":
            text = text.replace(
                "        self._prctl(PR_SET_SECCOMP", "        return\n        self._prctl(PR_SET_SECCOMP"
            )
            text = text.replace("        if self.landlock:\n", "        if False:\n")
        (tmp_path / file.name).write_text(text)
    monkeypatch.setattr(jail, "SERVER", tmp_path / "server.py")
    async with open_engine("jail") as engine:
        assert engine.is_off
        for way in ("open", "stat", "stat by number", "list", "socket", "exec", "unlock", "executable memory"):
            assert way in engine.reason


async def test_a_lock_that_cannot_be_shut_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in jail.SERVER.parent.glob("*.py"):
        text = file.read_text().replace("        os.setsid()\n", "        raise OSError\n")
        (tmp_path / file.name).write_text(text)
    monkeypatch.setattr(jail, "SERVER", tmp_path / "server.py")
    behind = Jail(sys.executable)
    try:
        await behind.start()
        report = await Engine(behind).run(SAME, "solve", CASES)
    finally:
        await behind.stop()
    assert (report.status, report.pass_ratio) == (Status.ENGINE_ERROR, None)


def test_systems_without_a_jail_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for system, machine, said in (
        ("Darwin", "arm64", "needs Linux, not Darwin"),
        ("Windows", "AMD64", "needs Linux, not Windows"),
        ("Linux", "riscv64", "needs 64-bit x86_64 or aarch64, not riscv64"),
    ):
        monkeypatch.setattr("platform.system", lambda system=system: system)
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert missing_here() == said


def test_every_end_has_a_meaning() -> None:
    assert set(End) == {"done", "timeout", "killed", "fault"}
