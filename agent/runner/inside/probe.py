"""The jail's self-test, run as a submission: tries what must not work, and names what did."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable, Mapping
from typing import Any

BY_DESCRIPTOR = 0x1000
"""The flag AT_EMPTY_PATH of newfstatat."""
STAT_CALL: Mapping[str, int] = {"x86_64": 262, "aarch64": 79}
PROT_ALL, MAP_PRIVATE_ANONYMOUS = 7, 0x22
ROOT = b"/"
"""What exists everywhere and everybody may read."""
FAILED = ctypes.c_void_p(-1).value


def breaches(coach: int, machine: str, too_much: int) -> list[str]:
    """Return what succeeded: `coach` is a process to reach, `too_much` bytes of memory that must not be had."""
    libc = ctypes.CDLL(None)
    libc.mmap.restype = ctypes.c_void_p
    attempts: Mapping[str, Callable[[], Any]] = {
        "open": lambda: os.open(ROOT, os.O_RDONLY),
        "open by libc": lambda: _worked(libc.open(ROOT, 0)),
        "stat": lambda: os.stat(ROOT),  # noqa: PTH116
        "stat by number": lambda: _worked(
            libc.syscall(STAT_CALL[machine], -100, ROOT, ctypes.create_string_buffer(256), BY_DESCRIPTOR)
        ),
        "list": lambda: os.listdir(ROOT),  # noqa: PTH208
        "socket": lambda: _worked(libc.socket(2, 1, 0)),
        "fork": lambda: _end_or_refuse(libc.fork()),
        "exec": _exec,
        "signal the parent": lambda: os.kill(os.getppid(), 0),
        "signal the coach": lambda: _worked(libc.kill(coach, 0)),
        "trace": lambda: _worked(libc.ptrace(16, coach, 0, 0)),
        "unlock": lambda: _worked(libc.prctl(4, 1, 0, 0, 0)),
        "executable memory": lambda: _mapped(libc.mmap(None, 4096, PROT_ALL, MAP_PRIVATE_ANONYMOUS, -1, 0)),
        "memory": lambda: len(bytearray(too_much)),
        "environment": lambda: next(iter(os.environb)),
    }
    return [name for name, attempt in attempts.items() if _succeeds(attempt)]


def _succeeds(attempt: Callable[[], Any]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError, StopIteration):
        return False
    return True


def _worked(result: int) -> None:
    if result < 0:
        raise OSError


def _mapped(address: int) -> None:
    if address == FAILED:
        raise OSError


def _exec() -> None:
    """Execute a folder. Nothing does, but only the wall says EPERM: another error means that the call got through."""
    try:
        os.execv(ROOT, [ROOT])  # noqa: S606
    except OSError as error:
        if error.errno == errno.EPERM:
            raise


def _end_or_refuse(pid: int) -> None:
    if pid == 0:
        os._exit(0)
    _worked(pid)
