"""One running process per SQLite file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.claim import FileTaken, claim_file

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def holder(url: str, *, then: str = "") -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the claim; `then` is what it does after it said so."""
    script = f"""
        import subprocess, sys
        from storage.claim import claim_file
        claim = claim_file(sys.argv[1])
        print("held", flush=True)
        {then}
        sys.stdin.read()
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/talkpro.db"


def test_a_second_process_is_refused_and_told_of_the_first(url: str, tmp_path: Path) -> None:
    with holder(url) as first:
        with pytest.raises(FileTaken) as refused:
            claim_file(url)
        assert refused.value.pid == first.pid
        assert refused.value.path == tmp_path / "talkpro.db"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_claim_ends_with_its_process_whatever_kills_it(url: str, blow: signal.Signals) -> None:
    with holder(url) as first:
        first.send_signal(blow)
        first.wait()
        with claim_file(url):
            pass


def test_a_child_that_outlives_the_holder_does_not_keep_the_claim(url: str) -> None:
    with holder(url, then='child = subprocess.Popen(["sleep", "60"]); print(child.pid, flush=True)') as first:
        assert first.stdout is not None
        child = int(first.stdout.readline())
        first.kill()
        first.wait()
        try:
            os.kill(child, 0)
            with claim_file(url):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_two_claims_in_one_process_are_two_as_well(url: str) -> None:
    with claim_file(url), pytest.raises(FileTaken) as refused:
        claim_file(url)
    assert refused.value.pid == os.getpid()
    with claim_file(url):
        pass


def test_another_name_for_the_file_is_the_same_file(url: str, tmp_path: Path) -> None:
    (tmp_path / "talkpro.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "talkpro.db")
    with claim_file(url), pytest.raises(FileTaken):
        claim_file(f"sqlite+aiosqlite:///{tmp_path}/link.db")


def test_other_files_are_free(url: str, tmp_path: Path) -> None:
    with claim_file(url), claim_file(f"sqlite:///{tmp_path}/other.db"):
        pass


def test_postgresql_is_shared() -> None:
    with claim_file("postgresql://h/d"), claim_file("postgresql://h/d") as second:
        second.release()
