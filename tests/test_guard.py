"""Nothing that a test does in this process can leave the machine."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web

from tests.guard import LeftTheMachine

# Reserved for documentation: nobody answers there, should the guard fail.
ABROAD = ("192.0.2.1", 9)
ABROAD_6 = ("2001:db8::1", 9)


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
@pytest.mark.parametrize("address", [ABROAD, ("example.invalid", 9)])
def test_a_plain_socket_is_refused(method: str, address: tuple[str, int]) -> None:
    with socket.socket() as plain, pytest.raises(LeftTheMachine, match=address[0]):
        getattr(plain, method)(address)


def test_ipv6_and_datagrams_are_refused() -> None:
    with socket.socket(socket.AF_INET6) as plain, pytest.raises(LeftTheMachine):
        plain.connect(ABROAD_6)
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams, pytest.raises(LeftTheMachine):
        datagrams.sendto(b"out", ABROAD)


@pytest.mark.parametrize("lookup", ["gethostbyname", "gethostbyname_ex"])
def test_foreign_names_are_not_looked_up(lookup: str) -> None:
    with pytest.raises(LeftTheMachine, match="example"):
        getattr(socket, lookup)("example.invalid")
    with pytest.raises(LeftTheMachine, match="example"):
        socket.getaddrinfo("example.invalid", 443)


async def test_asyncio_is_refused() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as plain:
        plain.setblocking(False)
        with pytest.raises(LeftTheMachine):
            await loop.sock_connect(plain, ABROAD)
    with pytest.raises(LeftTheMachine):
        await asyncio.open_connection(*ABROAD)
    with pytest.raises(LeftTheMachine):
        await asyncio.open_connection("example.invalid", 443)


async def test_an_http_client_is_refused() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(LeftTheMachine):
            await session.get("http://example.invalid/")


async def test_loopback_and_names_for_it_are_reached() -> None:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"hello from {request.host}")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/") as by_number,
            session.get(f"http://localhost:{port}/") as by_name,
        ):
            assert await by_number.text() == f"hello from 127.0.0.1:{port}"
            assert by_name.status == 200
    finally:
        await runner.cleanup()


def test_unix_sockets_are_reached() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"hello")
        assert theirs.recv(5) == b"hello"
