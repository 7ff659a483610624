"""Refuses every connection that would leave this machine, so that no test can reach a real service."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


class LeftTheMachine(RuntimeError):
    """A test tried to reach beyond loopback. No OSError, so that nothing takes it for a network hiccup."""


@contextmanager
def only_loopback() -> Iterator[None]:
    """Within the block, sockets of this process reach loopback and UNIX sockets, and names mean this machine.

    asyncio and everything built on it go through the same calls. Processes that a test starts, and libraries
    that open their sockets in C, do not.
    """
    looked_up = {name: getattr(socket, name) for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex")}
    sent = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    for name, original in sent.items():
        setattr(socket.socket, name, _guarded_method(original))
    for name, original in looked_up.items():
        setattr(socket, name, _guarded_lookup(original))
    try:
        yield
    finally:
        for name in sent:
            delattr(socket.socket, name)  # the original is inherited from the C class
        for name, original in looked_up.items():
            setattr(socket, name, original)


def _guarded_method(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family != socket.AF_UNIX and not _is_here(address[0]):
            _refuse(address)
        return original(self, *arguments)

    return guarded


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: str | bytes | None, *arguments: Any, **options: Any) -> Any:
        if host and not _is_here(host) and not _is_number(host):
            _refuse(host)
        return original(host, *arguments, **options)

    return guarded


def _is_here(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in ("localhost", "ip6-localhost") or (_is_number(name) and ipaddress.ip_address(name).is_loopback)


def _is_number(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True


def _refuse(address: object) -> NoReturn:
    raise LeftTheMachine(f"tests talk to this machine only, not to {address!r}")
