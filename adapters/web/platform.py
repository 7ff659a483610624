"""The playground as a platform: pages bring events, rooms speak to them."""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, web

from adapters.room import Room
from adapters.web import access, places
from adapters.web.downloads import download
from adapters.web.hub import Hub
from adapters.web.pictures import Pictures
from adapters.web.session import Session
from adapters.web.views import Views
from agent.types import Attachment
from bot.core import Core
from bot.ports import Accept, Conversation, Finding, Keepers, Profile, Unreachable
from bot.wording import files as words
from bot.wording import playground
from storage import transcript
from storage.addresses import Person, Place

PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 2.0
"""How often to look for what another process said; SQLite has only one process."""


class Web:
    """One playground. Its pages are served from `run` on, and sent away when that ends.

    `patience` is how many seconds a page may take to swallow a frame before it is cut off.
    """

    name = places.PLATFORM

    def __init__(self, core: Core, *, patience: float = PATIENCE_SECONDS) -> None:
        self._core = core
        self._patience = patience
        self.pictures = Pictures(core.database)
        self._hub = Hub()
        self._views = Views()
        self._accept: Accept | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def open(self) -> bool:
        """Whether pages are served now."""
        return self._accept is not None

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._hub.seats)

    async def run(self, accept: Accept) -> None:
        """Serve pages until cancelled."""
        self._accept = accept
        try:
            if self._core.database.dialect == "sqlite":
                await asyncio.Event().wait()
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                if self._sockets:
                    self._hub.look_again(await self._core.database.read(transcript.revision))
        finally:
            self._accept = None
            farewells = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets]
            await asyncio.gather(*farewells, return_exceptions=True)

    async def serve(self, socket: web.WebSocketResponse, user: str) -> None:
        """Serve one page until it leaves. Raises Left when it takes nothing any more."""
        if self._accept is None:
            return
        session = Session(
            socket,
            places.person(user),
            database=self._core.database,
            hub=self._hub,
            views=self._views,
            accept=self._accept,
            now=self._core.now,
            patience=self._patience,
        )
        self._sockets.add(socket)
        try:
            await session.serve()
        finally:
            self._sockets.discard(socket)

    async def download(self, request: web.Request, user: str) -> web.StreamResponse:
        """A file that was handed over."""
        return await download(request, self._core.database, user)

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Conversation:
        """Speak in a channel, a thread or direct messages."""
        return Room(
            self._core.database,
            place,
            person=person,
            announce=self._hub.announce,
            now=self._core.now,
            viewer=places.viewer_of(place),
        )

    async def direct(self, person: Person) -> Conversation:
        """The direct messages with a person."""
        return self.at(places.direct(person.user), person=person)

    async def profile(self, person: Person) -> Profile:
        """A made-up name, and the zone of the browser while it is open.

        Whoever reaches a server that is open to this machine alone is at home there.
        """
        settings = self._core.settings
        at_home = access.is_loopback(settings.http_host) and settings.web_password is None
        return Profile(places.name_of(person.user), self._hub.zone(person.user), admin=at_home)

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile:
        """Whoever was here belongs here."""
        return await self.profile(person)

    async def keepers(self, realm: str) -> Keepers:
        """Whoever runs this server reads its log."""
        return Keepers()

    async def fetch(self, file: Attachment) -> bytes:
        """The bytes of an attachment: its text came with the message, and a picture before it."""
        if not file.text:
            raise Unreachable(file.problem or words.NOT_ARRIVED)
        return file.text.encode()

    async def check(self) -> list[Finding]:
        """Where the playground is, and who may come in."""
        settings = self._core.settings
        address = f"http://{settings.http_host}:{settings.http_port}"
        where = playground.playground_at(address, password=settings.web_password is not None)
        return [Finding(playground.PLAYGROUND, ok=True, detail=where)]
