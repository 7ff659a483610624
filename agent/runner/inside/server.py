"""The jail's fork server: keeps a warm Python and forks a locked child for every submission.

Started by path with `-I -S -B` and an empty environment; standard input is the control socket. A message with a
descriptor starts a child that answers on it, one without ends a child; when the socket closes, all is over. The
server never reads a submission: a child forked later would inherit what is left of it in memory.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import platform
import signal
import socket
import struct
import sys
import warnings
from types import ModuleType
from typing import Any, Protocol

MODULES = (
    "abc array base64 binascii bisect builtins calendar cmath collections collections.abc contextlib copy copyreg"
    " ctypes dataclasses datetime decimal difflib encodings.ascii encodings.hex_codec encodings.latin_1"
    " encodings.utf_16 encodings.utf_32 enum errno fractions functools gc graphlib hashlib heapq inspect io"
    " itertools json keyword linecache locale logging math numbers operator os pprint queue random re reprlib"
    " resource secrets signal statistics string struct sys textwrap threading time timeit token tokenize"
    " traceback tracemalloc types typing unicodedata warnings weakref zlib _strptime"
).split()
"""What a submission can import: all of it is in memory before the first fork, since a child can open no file."""

CHANNEL = 3
"""The only open descriptor of a child beside the three standard ones, which lead nowhere."""

MOST_FILES = 64
ROUNDS = 20
SAMPLE = "def sample(a, b):\n    print(a)\n    return [*a, *b]\n"
START = struct.Struct("=III")
"""Number of the child, its memory in MB, its processor time in seconds."""
END = struct.Struct("=I")
ENDED = struct.Struct("=Iiq")
"""Number of the child, its wait status (-1: never was), the most memory it held in KB."""


class Lock(Protocol):
    """What `lock.py` offers."""

    def shut(self, parent: int, memory: int, cpu: int) -> None:
        """Lock this process for good."""


def main() -> None:
    """Serve until the control socket closes."""
    resource = importlib.import_module("resource")
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))
    os.environb.clear()
    _import_all()
    harness, lock = _beside("harness"), _beside("lock").Lock()
    harness.prepare()
    _warm_up(harness)
    null = os.open(os.devnull, os.O_RDWR)
    control = socket.socket(fileno=0)
    warnings.simplefilter("ignore")
    for name in ("socket", "_socket", "selectors", "select"):
        sys.modules.pop(name, None)  # ours alone: a submission that wants them is told that there is no network
    sys.path.clear()
    sys.path_importer_cache.clear()
    gc.collect()
    gc.freeze()
    hello = {"python": platform.python_version(), "landlock": lock.landlock}
    control.send(json.dumps(hello).encode())
    children: dict[int, int] = {}
    try:
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, START.size, 1)
            if descriptors:
                number, memory, cpu = START.unpack(message)
                pid = _fork(harness, lock, descriptors[0], null, (memory << 20, cpu))
                if pid:
                    children[number] = pid
                os.close(descriptors[0])
            elif message:
                number = END.unpack(message)[0]
                control.send(ENDED.pack(number, *_end(children.pop(number, 0))))
            else:
                break
    finally:
        for pid in children.values():
            _end(pid)


def _import_all() -> None:
    """Import what submissions may, without the work that some modules order for every fork.

    `threading` would tidy up after threads that do not exist; `random` would take a new seed, while here the same
    submission sees the same numbers every time.
    """
    order, os.register_at_fork = os.register_at_fork, lambda **_: None
    for name in MODULES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    os.register_at_fork = order
    importlib.import_module("random").seed(0)


def _warm_up(harness: ModuleType) -> None:
    """Let Python specialise and cache what every child does, so that no child has to, on pages of its own."""
    standard = sys.stdin, sys.stdout, sys.stderr
    for _ in range(ROUNDS):
        warm = harness.Harness(json.dumps)
        limits = {"result": 1000, "stdout": 100, "depth": 9}
        warm.handle({"source": SAMPLE, "entry": "sample", "generator": "", "limits": limits})
        for shown in (True, False):
            message: dict[str, Any] = {"id": "", "args": [[1], {"t": ["a"]}], "kwargs": {}, "shown": shown}
            warm.handle(json.loads(json.dumps(message)))
    sys.stdin, sys.stdout, sys.stderr = standard
    sys.modules.pop(harness.NAME)


def _fork(harness: ModuleType, lock: Lock, channel: int, null: int, limits: tuple[int, int]) -> int:
    """Fork a child and return its pid, 0 when the system would not; in the child itself this never returns."""
    parent = os.getpid()
    try:
        pid = os.fork()
    except OSError:
        return 0
    if pid:
        return pid
    try:
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.dup2(channel, CHANNEL)
        os.closerange(CHANNEL + 1, MOST_FILES)
        lock.shut(parent, *limits)
        os.write(CHANNEL, b'{"locked": true}\n')
        harness.serve(CHANNEL)
    finally:
        os._exit(1)


def _end(pid: int) -> tuple[int, int]:
    """Kill a child and wait for its end, so that its pid stays its own until then: (wait status, KB held)."""
    if not pid:
        return -1, 0
    os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return status, usage.ru_maxrss


def _beside(name: str) -> ModuleType:
    """Load a file of this folder, which no import path leads to."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")  # noqa: PTH100, PTH118, PTH120
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, path  # noqa: S101, PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
