"""One running process per SQLite file: a lock that the system drops when its holder dies of anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from storage.database import file_of

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, 4096, os.SEEK_SET)  # far behind the pid: a locked byte cannot be read by others
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileTaken(Exception):
    """Another process runs on this file; `pid` is its process id, 0 when it could not be read."""

    def __init__(self, path: Path, pid: int) -> None:
        """Name the file and who holds it."""
        super().__init__(f"{path} is in use by process {pid}")
        self.path = path
        self.pid = pid


class FileClaim:
    """A held claim; `release` gives it back, and so does leaving the block or the death of the process."""

    def __init__(self, handle: int | None) -> None:
        """Use `claim_file` instead."""
        self._handle = handle

    def release(self) -> None:
        """Let another process have the file; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> FileClaim:
        """Hold the claim for a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release it."""
        self.release()


def claim_file(url: str) -> FileClaim:
    """Claim a SQLite file for this process; on PostgreSQL, which many may share, nothing is claimed.

    The lock is a file beside the database, which stays. Raises FileTaken when another process holds it.
    """
    path = file_of(url)
    if path is None:
        return FileClaim(None)
    # Never inherited by a child process, so that a child which outlives us does not keep the claim.
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
    except OSError:
        pid = os.pread(handle, 32, 0) if hasattr(os, "pread") else os.read(handle, 32)
        os.close(handle)
        raise FileTaken(path, int(pid.split()[0]) if pid.split() else 0) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return FileClaim(handle)
