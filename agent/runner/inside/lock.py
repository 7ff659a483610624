"""Locks the process it runs in: nobody's rights, small limits, no file system, and only harmless system calls.

Part of the jail's fork server: run by path in a process of its own and never imported by the coach. Standard library
only: the filter is a few dozen packed structs, handed to the kernel through ctypes.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import struct
from collections.abc import Mapping
from typing import NamedTuple

NOBODY = 65534
STACK = 16 << 20
OPEN_FILES = 32

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, THIRD_ARGUMENT_AT = 0, 4, 32
"""Where the fields of the kernel's seccomp_data begin; of an argument, the low half."""
PROT_EXEC = 4
X32_CALLS = 0x40000000
"""From here on, x86-64 numbers are those of its second, 32-bit call table, which no filter for the first covers."""

# What a computation needs: to read and write what is open, memory, time, its own signals, randomness, its own ids,
# and an end. Nothing here takes a path, opens anything, starts anything, or reaches another process. `newfstatat`
# is missing on purpose: its flag for "by descriptor" still follows a path that is given, and would tell the size of
# any file of the host. So are `uname` and `sysinfo`, which name the host.
X86_64_CALLS: Mapping[str, int] = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17, "readv": 19, "writev": 20,
    "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getitimer": 36, "getpid": 39, "exit": 60,
    "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107,
    "getegid": 108, "getppid": 110, "getpgrp": 111, "getgroups": 115, "getresuid": 118, "getresgid": 120,
    "getpgid": 121, "getsid": 124, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202,
    "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
    "clock_nanosleep": 230, "exit_group": 231, "set_robust_list": 273, "getrandom": 318, "rseq": 334,
}  # fmt: skip
AARCH64_CALLS: Mapping[str, int] = {
    "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67, "ppoll": 73,
    "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "getitimer": 102,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
    "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139,
    "getresuid": 148, "getresgid": 150, "times": 153, "getpgid": 155, "getsid": 156, "getgroups": 158,
    "getrlimit": 163, "getrusage": 165, "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174,
    "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178, "brk": 214, "munmap": 215, "mremap": 216,
    "madvise": 233, "getrandom": 278, "rseq": 293,
}  # fmt: skip


class Machine(NamedTuple):
    """A kind of processor: how the kernel names it, which calls are let through, and which are looked at."""

    name: str
    audit: int
    allowed: Mapping[str, int]
    mmap: int
    mprotect: int
    ioctl: int
    has_x32: bool


MACHINES = (
    Machine("x86_64", 0xC000003E, X86_64_CALLS, mmap=9, mprotect=10, ioctl=16, has_x32=True),
    Machine("aarch64", 0xC00000B7, AARCH64_CALLS, mmap=222, mprotect=226, ioctl=29, has_x32=False),
)

LANDLOCK_CREATE, LANDLOCK_RESTRICT = 444, 446
LANDLOCK_FILES = ((5, 1 << 15), (3, 1 << 14), (2, 1 << 13), (1, (1 << 13) - 1))
"""From which version of Landlock on there are which rights to files; so with the two below."""
LANDLOCK_CONNECTIONS = (4, 0b11)
LANDLOCK_SCOPES = (6, 0b11)


class Lock:
    """All that is needed to lock a child, made once before the first fork."""

    def __init__(self) -> None:
        """Build the filter for this processor; raises OSError where none is known."""
        name = os.uname().machine
        machine = next((known for known in MACHINES if known.name == name), None)
        if machine is None or ctypes.sizeof(ctypes.c_void_p) != 8:
            raise OSError(errno.ENOSYS, f"no table of system calls for {name}")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long
        self._program = ctypes.create_string_buffer(program(machine))
        self._filter = ctypes.create_string_buffer(
            struct.pack("HxxxxxxP", len(self._program) // 8, ctypes.addressof(self._program))
        )
        self.landlock = max(0, self._libc.syscall(ctypes.c_long(LANDLOCK_CREATE), None, ctypes.c_size_t(0), 1))

    def shut(self, parent: int, memory: int, cpu: int) -> None:
        """Lock this process for good: `memory` bytes of address space, `cpu` seconds; it dies with `parent`.

        Raises OSError when the system refuses a step that containment rests on.
        """
        os.setsid()
        os.chdir("/")
        if os.geteuid() == 0:
            _become_nobody()
        self._prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            raise OSError(errno.ESRCH, "the fork server is gone")
        self._prctl(PR_SET_NO_NEW_PRIVS, 1)
        self._prctl(PR_SET_DUMPABLE, 0)
        for which, limit in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_STACK, STACK),
            (resource.RLIMIT_CPU, cpu),
            (resource.RLIMIT_AS, memory),
        ):
            _limit(which, limit)
        if self.landlock:
            self._forbid_files()
        self._prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(self._filter))

    def _forbid_files(self) -> None:
        """A second fence behind the filter: Landlock with every right handled and none granted."""
        rights = [sum(right for since, right in LANDLOCK_FILES if self.landlock >= since)]
        rights += [bits for since, bits in (LANDLOCK_CONNECTIONS, LANDLOCK_SCOPES) if self.landlock >= since]
        attributes = struct.pack(f"{len(rights)}Q", *rights)
        ruleset = self._libc.syscall(
            ctypes.c_long(LANDLOCK_CREATE), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)
        )
        if ruleset < 0 or self._libc.syscall(ctypes.c_long(LANDLOCK_RESTRICT), ctypes.c_int(ruleset), 0) < 0:
            raise OSError(ctypes.get_errno(), "Landlock")
        os.close(ruleset)

    def _prctl(self, option: int, first: int, second: int = 0) -> None:
        zero = ctypes.c_ulong(0)
        if self._libc.prctl(ctypes.c_int(option), ctypes.c_ulong(first), ctypes.c_ulong(second), zero, zero) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")


def program(machine: Machine) -> bytes:
    """Assemble the filter: what is not allowed fails with EPERM, which Python shows as a PermissionError."""
    lines: list[tuple[int, int, str, str]] = [(LOAD, ARCHITECTURE_AT, "", "")]
    lines += [(JUMP_EQUAL, machine.audit, "", "kill"), (LOAD, NUMBER_AT, "", "")]
    if machine.has_x32:
        lines += [(JUMP_AT_LEAST, X32_CALLS, "kill", "")]
    lines += [(JUMP_EQUAL, number, "allow", "") for number in machine.allowed.values()]
    lines += [(JUMP_EQUAL, machine.ioctl, "no terminal", "")]
    lines += [(JUMP_EQUAL, machine.mmap, "memory", ""), (JUMP_EQUAL, machine.mprotect, "memory", "refuse")]
    labels = {"memory": len(lines)}
    lines += [(LOAD, THIRD_ARGUMENT_AT, "", ""), (JUMP_BITS, PROT_EXEC, "refuse", "allow")]
    for label, answer in (
        ("allow", ALLOW),
        ("refuse", ERRNO | errno.EPERM),
        ("no terminal", ERRNO | errno.ENOTTY),
        ("kill", KILL),
    ):
        labels[label] = len(lines)
        lines.append((RETURN, answer, "", ""))
    packed = b""
    for at, (code, value, when, unless) in enumerate(lines):
        jumps = [labels[label] - at - 1 if label else 0 for label in (when, unless)]
        packed += struct.pack("HBBI", code, *jumps, value)
    return packed


def _become_nobody() -> None:
    """Give root away. A root that may not (a container without the capability) is locked all the same."""
    with contextlib.suppress(OSError):
        os.setgroups([])
    with contextlib.suppress(OSError):
        os.setresgid(NOBODY, NOBODY, NOBODY)
    with contextlib.suppress(OSError):
        os.setresuid(NOBODY, NOBODY, NOBODY)


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))
