"""Processes that have imported the program when they begin, which is most of what a start costs."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 60


def nursery() -> ForkServerContext:
    """Where such processes come from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.warm"])
    return context


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a command finds: our own environment with no setting of ours but the folder for data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TALKPRO_", "DATABASE_URL"))}
    return {**kept, "TALKPRO_DATA": str(folder), "TALKPRO_HTTP_PORT": "0", **more}


def talkpro(
    folder: Path, *words: str, given: str = "", cwd: Path = ROOT, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as a shell would: what it printed, and its exit status."""
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, name) for name in ("in", "out", "err")]
        files[0].write_text(given, encoding="utf-8")
        process = nursery().Process(target=_command, args=(words, environment(folder, **more), cwd, files))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"talkpro {' '.join(words)}: {files[1].read_text()}{files[2].read_text()}")
        _, out, err = (file.read_text(encoding="utf-8") for file in files)
        return subprocess.CompletedProcess(words, process.exitcode, out, err)


def _command(words: tuple[str, ...], environment: Mapping[str, str], cwd: Path, files: list[Path]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate(files):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is open as long as the process lives
    sys.argv = ["talkpro", *words]

    from bot.__main__ import main

    main()
