"""The hostile list is held: nothing read, written, connected or left behind, and no hidden case passed.

The list runs once in this PID namespace and once, where the system lets us, in one of its own, where a process that
were left behind could not hide. A few programs also run as an ordinary user, and as the root of a container whose
capabilities were dropped. Each run is a process with a memory of its own to watch.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.runner.jail import missing_here
from tests.agent.runner.hostile import GROUPS, PROGRAMS

pytestmark = pytest.mark.skipif(bool(missing_here()), reason=f"the jail {missing_here()}")

ROOT = Path(__file__).parents[3]
HERE, NAMESPACE, USER, STRIPPED = "here", "own PID namespace", "ordinary user", "no capabilities"
WITHIN: Mapping[str, tuple[str, ...]] = {
    HERE: (),
    NAMESPACE: ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"),
    USER: (
        "unshare",
        "--user",
        "--map-user=1000",
        "--map-group=1000",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
    ),
    STRIPPED: ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"),
}
Held = Callable[[str], dict[str, Any]]
A_FEW = ("open a file", "stat_probe by number", "socket by libc", "fork by libc", "kill the coach", "memory at once")


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What came of the list in a place; it runs there once, however many processes test."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    @cache
    def found(where: str) -> dict[str, Any]:
        file = folder / f"held {where}.json"
        with (folder / f"held {where}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not file.exists():
                file.write_text(_hold(where), encoding="utf-8")
        outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return outcome

    return found


def _hold(where: str) -> str:
    within = WITHIN[where]
    if within and (shutil.which(within[0]) is None or subprocess.run([*within, "true"], check=False).returncode):
        pytest.skip(f"{' '.join(within)} does not work here")
    command = [*within, sys.executable, "-m", "tests.agent.runner.hold", *(A_FEW if where in (USER, STRIPPED) else ())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr
    return done.stdout


each_place = pytest.mark.parametrize("where", WITHIN)


def test_the_list_is_long_and_its_programs_differ() -> None:
    assert len(PROGRAMS) >= 60
    assert len(set(PROGRAMS.values())) == len(PROGRAMS)


@pytest.mark.parametrize("where", [HERE, NAMESPACE])
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_held(held: Held, name: str, where: str) -> None:
    outcome = held(where)["outcomes"][name]
    assert outcome["status"] in ("ran", "load_error", "unsupported"), outcome
    assert not outcome["read"], outcome["told"]
    assert not [
        case for case, verdict in outcome["verdicts"].items() if case.startswith("hidden") and verdict == "pass"
    ]
    assert "7001" not in outcome["told"], "a hidden argument came out"
    assert outcome["honest"], "an honest submission failed afterwards"
    assert outcome["processes"] == 0, "a process was left"


@each_place
def test_nothing_is_written_changed_or_connected(held: Held, where: str) -> None:
    found = held(where)
    assert (found["written"], found["canary_kept"], found["connected"]) == ([], True, 0)


@each_place
def test_no_process_is_left(held: Held, where: str) -> None:
    found = held(where)
    assert found["left"] == 0
    if where in (NAMESPACE, USER):
        assert found["alone"] == 0


@each_place
def test_the_coach_stays_small(held: Held, where: str) -> None:
    assert held(where)["grown_mb"] <= 64


@pytest.mark.parametrize(("where", "user"), [(USER, {1000}), (STRIPPED, {os.getuid()})])
def test_it_takes_no_privilege_to_hold_them(held: Held, where: str, user: set[int]) -> None:
    found = held(where)
    assert found["uid"] in user
    assert set(found["outcomes"]) == set(A_FEW)
    assert all(outcome["honest"] and not outcome["read"] for outcome in found["outcomes"].values())


@pytest.mark.parametrize("name", GROUPS["Loops"])
def test_a_loop_ends_by_the_clock_or_by_itself(held: Held, name: str) -> None:
    verdicts = set(held(HERE)["outcomes"][name]["verdicts"].values())
    assert verdicts <= {"timeout", "fail", "not_run"}


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("open a file", "files"),
        ("socket", "module socket"),
        ("fetch a page", "module urllib"),
        ("threads", "threads"),
        ("event loop", "module asyncio"),
        ("subprocess", "module subprocess"),
        ("fork", "network and processes"),
    ],
)
def test_what_the_runner_does_not_have_is_said_and_is_no_fail(held: Held, name: str, missing: str) -> None:
    outcome = held(HERE)["outcomes"][name]
    assert (outcome["status"], outcome["reason"]) == ("unsupported", missing)
    assert json.loads(outcome["told"])["pass_ratio"] is None


def test_an_example_known_by_heart_passes_the_example_alone(held: Held) -> None:
    verdicts = held(HERE)["outcomes"]["example learned by heart"]["verdicts"]
    assert list(verdicts.values()) == ["pass", "fail", "fail", "fail"]


def test_text_that_gives_orders_comes_out_plain(held: Held) -> None:
    told = held(HERE)["outcomes"]["text that gives orders"]["told"]
    assert "Ignore previous instructions" in told
    assert not [sign for sign in ("\\u202e", "\\u001b", "\\x1b") if sign in told]
