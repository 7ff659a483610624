"""Socket Mode: two connections, opened anew one after the other, and closed without dropping an ack."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import time

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from structlog.typing import FilteringBoundLogger

from adapters.slack.events import is_sound
from adapters.slack.wire import Wire, quiet

CONNECTIONS = 2
"""While one is opened anew, the other takes what comes. Slack allows ten for an app."""
PING_SECONDS = 5.0
LAST_ACKS_SECONDS = 3.0
"""Slack waits so long for an ack."""


class Link(SocketModeClient):
    """One connection. `turn` is shared: only one of them is opened anew at a time."""

    def __init__(self, app_token: str, wire: Wire, turn: asyncio.Lock) -> None:
        """Connect with this token."""
        super().__init__(app_token=app_token, logger=quiet(), web_client=wire.client(), ping_interval=PING_SECONDS)
        self._turn = turn

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Open it anew when nobody else is doing so."""
        async with self._turn:
            await super().connect_to_new_endpoint(force=force)

    async def watch(self) -> None:
        """Where it could not be opened, let the next try ask for a new address: each works once."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            if self.current_session is None or self.current_session.closed:
                self.wss_uri = None


class Sockets:
    """The connections of this process."""

    def __init__(self, app: AsyncApp, app_token: str, wire: Wire, log: FilteringBoundLogger) -> None:
        """Bring what comes to this app."""
        self._app = app
        self._app_token = app_token
        self._wire = wire
        self._log = log
        self._taking = 0
        self._leaving = False
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def run(self) -> None:
        """Be connected until cancelled; then take nothing new, and let the acks of what is in hand go out."""
        turn = asyncio.Lock()
        links = [Link(self._app_token, self._wire, turn) for _ in range(CONNECTIONS)]
        for link in links:
            link.socket_mode_request_listeners.append(self._take)
        tasks = [asyncio.create_task(work) for link in links for work in (link.connect(), link.watch())]  # type: ignore[no-untyped-call]
        try:
            await asyncio.gather(*tasks)
        finally:
            self._leaving = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_ACKS_SECONDS):
                    await self._quiet.wait()
            await asyncio.gather(*(_closed(link) for link in links), return_exceptions=True)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if self._leaving:
            return  # not acknowledged: it comes again, to whoever is there then
        if not is_sound(request.payload):
            self._log.warning("slack sent what cannot be read", kind=request.type)
            return
        began = time()
        self._taking += 1
        self._quiet.clear()
        try:
            answer = await run_async_bolt_app(self._app, request)
            await send_async_response(client, request, answer, began)
        finally:
            self._taking -= 1
            if not self._taking:
                self._quiet.set()


async def _closed(link: Link) -> None:
    tasks = [link.message_processor, link.current_session_monitor, link.message_receiver]
    await link.close()  # type: ignore[no-untyped-call]
    await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
