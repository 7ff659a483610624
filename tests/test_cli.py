"""The command line as a shell sees it: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.nursery import ROOT, SECONDS, environment, talkpro


@contextmanager
def running(folder: Path, **more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `talkpro run`, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(folder, **more),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://127.0.0.1:" in line, line + (process.stderr.read() if process.stderr else "")
        yield process, next(word for word in line.split() if word.startswith("http://"))
    finally:
        process.kill()
        process.communicate()


def test_a_pipe_holds_an_interview_and_ends_well(tmp_path: Path) -> None:
    words = "/interview easy quick\nI would look at the log first.\nsubmit\n"
    begun = [sys.executable, "-m", "bot", "chat"]  # all other commands begin in a nursery, with less to wait for
    there = environment(tmp_path)
    done = subprocess.run(
        begun, input=words, capture_output=True, text=True, timeout=SECONDS, cwd=ROOT, env=there, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "by the local judge" in done.stdout


def test_it_answers_on_the_address_it_prints_and_stops_when_told(tmp_path: Path) -> None:
    with running(tmp_path) as (process, address):
        with urlopen(f"{address}/health/ready") as answer:
            assert json.load(answer) == {"ready": True}
        with urlopen(f"{address}/") as answer:
            assert b"<title>" in answer.read()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
        events = [json.loads(line)["event"] for line in errors.splitlines()]
        assert events == ["started", "stopping", "stopped"]


def test_a_second_run_on_the_same_file_names_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _):
        second = talkpro(tmp_path, "run")
        assert second.returncode == 2
        assert str(process.pid) in second.stderr
        reading = talkpro(tmp_path, "questions", "list")
        assert reading.returncode == 0


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with running(tmp_path / "one") as (_, address):
        port = address.rsplit(":", 1)[1]
        other = talkpro(tmp_path / "two", "run", TALKPRO_HTTP_PORT=port)
        assert other.returncode == 2
        assert port in other.stderr
        assert "Traceback" not in other.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = talkpro(tmp_path, "run", TALKPRO_QUIET_SECONDS="7")
    assert done.returncode == 2
    assert "TALKPRO_QUIET_SECONDS" in done.stderr
    assert "30" in done.stderr


def test_doctor_tells_what_works(tmp_path: Path) -> None:
    done = talkpro(tmp_path, "doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert findings["DATABASE_URL"]["ok"]
    assert findings["questions"]["ok"]
    assert done.returncode == 0


def test_doctor_says_how_to_mend(tmp_path: Path) -> None:
    done = talkpro(tmp_path, "doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "FAIL  DATABASE_URL" in done.stdout
    assert "leave DATABASE_URL empty" in done.stdout


def test_questions_are_listed_shown_and_linted(tmp_path: Path) -> None:
    rows = json.loads(talkpro(tmp_path, "questions", "list", "--json").stdout)
    assert len(rows) == len(list((ROOT / "agent/bank").glob("*/*.md")))
    shown = talkpro(tmp_path, "questions", "show", rows[0]["id"])
    assert rows[0]["title"] in shown.stdout
    assert talkpro(tmp_path, "questions", "show", "no-such-question").returncode == 2
    assert talkpro(tmp_path, "questions", "lint").returncode == 0
    (tmp_path / "broken.md").write_text("no front matter", encoding="utf-8")
    linted = talkpro(tmp_path, "questions", "lint", str(tmp_path / "broken.md"))
    assert linted.returncode == 1
    assert "broken.md:1" in linted.stdout


def test_code_is_run_against_cases(tmp_path: Path) -> None:
    source, cases = tmp_path / "sum.py", tmp_path / "cases.json"
    source.write_text("def add(a, b):\n    return a + b\n", encoding="utf-8")
    cases.write_text('[{"id": "right", "args": [1, 2], "expected": 3}]', encoding="utf-8")
    words = ("runcode", "--source", str(source), "--entry", "add", "--cases", str(cases))
    done = talkpro(tmp_path, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["passed"] == 1
    cases.write_text('[{"id": "wrong", "args": [1, 2], "expected": 4}]', encoding="utf-8")
    failed = talkpro(tmp_path, *words)
    assert failed.returncode == 1
    assert "wrong" in failed.stdout
    assert talkpro(tmp_path, "runcode").returncode == 2


def test_an_account_can_be_exported(tmp_path: Path) -> None:
    talkpro(tmp_path, "chat", given="/interview easy quick\nA thought to keep.\nsubmit\n")
    address = f"sqlite:///{tmp_path / 'chat.db'}"
    with closing(sqlite3.connect(tmp_path / "chat.db")) as conn:
        [(account,)] = conn.execute("SELECT id FROM accounts").fetchall()
    done = talkpro(tmp_path, "export", account, DATABASE_URL=address)
    assert "A thought to keep." in done.stdout
    assert json.loads(done.stdout)
    assert talkpro(tmp_path, "export", "nobody", DATABASE_URL=address).returncode == 2


def test_a_backup_can_be_chatted_with(tmp_path: Path) -> None:
    talkpro(tmp_path, "chat", given="/interview easy quick\nA thought to keep.\nsubmit\n")
    copy = tmp_path / "copy.db"
    done = talkpro(tmp_path, "db", "backup", str(copy), DATABASE_URL=f"sqlite:///{tmp_path / 'chat.db'}")
    assert done.returncode == 0, done.stderr
    history = talkpro(tmp_path, "chat", given="/interview history\n", DATABASE_URL=f"sqlite:///{copy}")
    assert "1." in history.stdout


def test_answers_stay_closed_without_their_key(tmp_path: Path) -> None:
    old, new = "A" * 43 + "=", "B" * 42 + "A="
    file = f"sqlite:///{tmp_path / 'chat.db'}"
    talkpro(tmp_path, "chat", given="/interview easy quick\nA zebrafinch.\nsubmit\n", TALKPRO_SECRET_KEY=old)
    for key in ("", new):
        refused = talkpro(tmp_path, "chat", given="/interview history\n", TALKPRO_SECRET_KEY=key)
        assert refused.returncode == 2
        assert "nothing is lost" in refused.stderr
        assert "Traceback" not in refused.stderr
    doctor = talkpro(tmp_path, "doctor", DATABASE_URL=file, TALKPRO_SECRET_KEY=new)
    assert "FAIL  TALKPRO_SECRET_KEY" in doctor.stdout
    sealed = talkpro(tmp_path, "db", "seal", DATABASE_URL=file, TALKPRO_SECRET_KEY=f"{new},{old}")
    assert sealed.returncode == 0, sealed.stderr
    history = talkpro(tmp_path, "chat", given="/interview history\n", TALKPRO_SECRET_KEY=new)
    assert "1." in history.stdout
    wrong = talkpro(tmp_path, "run", TALKPRO_SECRET_KEY="hunter2")
    assert wrong.returncode == 2
    assert "urlsafe_b64encode" in wrong.stderr
    assert "hunter2" not in wrong.stderr


@pytest.mark.parametrize("words", [("--help",), ("run", "--help"), ("chat", "--help"), ("db", "copy", "--help")])
def test_every_command_has_help(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = talkpro(tmp_path, *words)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_everything_moves_to_postgresql_and_the_interview_goes_on(tmp_path: Path, postgres_url: str) -> None:
    talkpro(tmp_path, "chat", given="/interview easy quick\nA thought to keep.\nsubmit\n")
    copied = talkpro(tmp_path, "db", "copy", postgres_url, "--json", DATABASE_URL=f"sqlite:///{tmp_path / 'chat.db'}")
    assert copied.returncode == 0, copied.stderr
    assert json.loads(copied.stdout)["interviews"] == 1
    history = talkpro(tmp_path, "chat", given="/interview history\nretry\n", DATABASE_URL=postgres_url)
    assert history.returncode == 0, history.stderr
    assert "1." in history.stdout
    again = talkpro(tmp_path, "db", "copy", postgres_url, DATABASE_URL=f"sqlite:///{tmp_path / 'chat.db'}")
    assert again.returncode == 2


def test_an_old_postgresql_is_not_touched_by_run(tmp_path: Path, postgres_url: str) -> None:
    refused = talkpro(tmp_path, "run", DATABASE_URL=postgres_url)
    assert refused.returncode == 2
    assert "talkpro db upgrade" in refused.stderr
    assert talkpro(tmp_path, "db", "upgrade", DATABASE_URL=postgres_url).returncode == 0
    with running(tmp_path, DATABASE_URL=postgres_url) as (_, address), urlopen(f"{address}/health/ready") as answer:
        assert json.load(answer) == {"ready": True}
