"""The filter of both processors, run instruction by instruction as the kernel would run it."""

from __future__ import annotations

import errno
import importlib.util
import re
import struct
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent.runner.jail import SERVER

HEADERS = {"x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "aarch64": "/usr/include/asm-generic/unistd.h"}
ALLOWED, REFUSED, NO_TERMINAL, KILLED = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOTTY, 0x80000000
REACHES_OUT = {
    "x86_64": {
        **{"open": 2, "stat": 4, "lstat": 6, "access": 21, "dup": 32, "socket": 41, "connect": 42, "sendmsg": 46},
        **{"clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "uname": 63, "fcntl": 72, "truncate": 76},
        **{"getdents": 78, "unlink": 87, "readlink": 89, "sysinfo": 99, "ptrace": 101, "setuid": 105, "prctl": 157},
        **{"tgkill": 234, "openat": 257, "newfstatat": 262, "prlimit64": 302, "process_vm_readv": 310, "seccomp": 317},
        **{"memfd_create": 319, "execveat": 322, "statx": 332, "pidfd_send_signal": 424, "io_uring_setup": 425},
        **{"clone3": 435, "pkey_mprotect": 329, "userfaultfd": 323, "bpf": 321, "shmget": 29, "mq_open": 240},
    },
    "aarch64": {
        **{"dup": 23, "fcntl": 25, "unlinkat": 35, "truncate": 45, "faccessat": 48, "openat": 56, "getdents64": 61},
        **{"readlinkat": 78, "newfstatat": 79, "ptrace": 117, "kill": 129, "tgkill": 131, "setuid": 146, "uname": 160},
        **{"prctl": 167, "sysinfo": 179, "socket": 198, "connect": 203, "sendmsg": 211, "clone": 220, "execve": 221},
        **{"prlimit64": 261, "process_vm_readv": 270, "seccomp": 277, "memfd_create": 279, "bpf": 280, "statx": 291},
        **{"execveat": 281, "userfaultfd": 282, "pkey_mprotect": 288, "pidfd_send_signal": 424, "clone3": 435},
    },
}


def _lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock_under_test", SERVER.with_name("lock.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOCK = _lock()
each_machine = pytest.mark.parametrize("machine", LOCK.MACHINES, ids=lambda machine: machine.name)


def _answer(machine: Any, number: int, *, audit: int | None = None, third: int = 0) -> int:
    """Run the filter on one system call."""
    arguments = (0, 0, third, 0, 0, 0)
    data = struct.pack("=IIQ6Q", number, machine.audit if audit is None else audit, 0, *arguments)
    program = [struct.unpack_from("HBBI", LOCK.program(machine), at) for at in range(0, len(LOCK.program(machine)), 8)]
    held, at = 0, 0
    while True:
        code, when, unless, value = program[at]
        at += 1
        match code:
            case 0x20:
                held = struct.unpack_from("=I", data, value)[0]
            case 0x15:
                at += when if held == value else unless
            case 0x35:
                at += when if held >= value else unless
            case 0x45:
                at += when if held & value else unless
            case 0x06:
                return int(value)
            case _:
                pytest.fail(f"unknown instruction {code:#x}")


@each_machine
def test_what_a_computation_needs_is_allowed(machine: Any) -> None:
    assert {_answer(machine, number) for number in machine.allowed.values()} == {ALLOWED}


@each_machine
def test_all_else_is_refused(machine: Any) -> None:
    special = {machine.mmap, machine.mprotect, machine.ioctl}
    others = set(range(600)) - set(machine.allowed.values()) - special
    assert {_answer(machine, number) for number in others} == {REFUSED}
    assert set(REACHES_OUT[machine.name].values()) <= others


@each_machine
def test_memory_may_not_become_executable(machine: Any) -> None:
    for call in (machine.mmap, machine.mprotect):
        assert [_answer(machine, call, third=flags) for flags in (0, 1, 3)] == [ALLOWED] * 3
        assert [_answer(machine, call, third=flags) for flags in (4, 5, 7, 0x1000004)] == [REFUSED] * 4


@each_machine
def test_nothing_is_a_terminal(machine: Any) -> None:
    assert _answer(machine, machine.ioctl) == NO_TERMINAL


@each_machine
def test_other_call_tables_are_deadly(machine: Any) -> None:
    allowed = machine.allowed["read"]
    for audit in {other.audit for other in LOCK.MACHINES} | {0x40000003, 0x40000028, 0} - {machine.audit}:
        expected = ALLOWED if audit == machine.audit else KILLED
        assert _answer(machine, allowed, audit=audit) == expected
    for number in (0x40000000, 0x40000001, 0xFFFFFFFF):
        assert _answer(machine, number) == (KILLED if machine.has_x32 else REFUSED)


@each_machine
def test_numbers_are_those_of_the_kernels_headers(machine: Any) -> None:
    header = Path(HEADERS[machine.name])
    if not header.exists():
        pytest.skip(f"no {header}; it comes with linux-libc-dev")
    text = header.read_text()
    special = {"mmap": machine.mmap, "mprotect": machine.mprotect, "ioctl": machine.ioctl}
    for name, number in {**machine.allowed, **special}.items():
        assert re.search(rf"__NR(?:3264)?_{name}\s+{number}$", text, re.MULTILINE), name
