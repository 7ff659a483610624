"""Opening a place for an interview: a private thread, a public one, or direct messages, and saying why not."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord import refusals
from adapters.discord.events import DIRECT, FORMS, PLATFORM, moment_of, place_of
from adapters.discord.handles import Handle
from adapters.discord.refusals import unreachable
from adapters.discord.station import Station, Unopened, nonce_of
from adapters.discord.transport import Json, Paused, Refused
from bot.ports import Unreachable
from bot.wording import discord as wording
from storage import interviews, keepsakes
from storage.addresses import Person, Place

PUBLIC_THREAD, PRIVATE_THREAD = 11, 12
ARCHIVE_MINUTES = 1440
LONGEST_TITLE = 100

VIEW, EMBED, HISTORY, PUBLIC, PRIVATE, IN_THREADS = 10, 14, 16, 35, 36, 38
NEEDED = {True: (VIEW, PRIVATE, IN_THREADS), False: (VIEW, PUBLIC, IN_THREADS)}
"""The bits without which a thread is no use, by whether it is private."""


class Shut(Unreachable):
    """Direct messages with this person are closed to us."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One place to be opened; the same `key` opens the same one again."""

    station: Station
    asked_in: Place
    person: Person
    handle: Handle | None
    title: str
    key: str

    async def opened(self, *, private: bool) -> tuple[Place, str]:
        """Open it; gives it with what its owner should know of it. Raises Unreachable."""
        handle = self.handle
        if handle is not None and not handle.member:
            return await self._direct_or_forms(), await self._once("reads", wording.READS_NOTHING)
        if self.asked_in.realm == DIRECT:
            return await self._direct(), ""
        if private and not self.station.reads:
            return await self._direct_or_forms(), await self._once("reads", wording.READS_NOTHING)
        parent = await self._parent()
        self._allowed(private=private)
        try:
            thread = await self._thread(parent, private=private)
        except Refused as refused:
            if refused.code not in refusals.NO_THREADS:
                raise unreachable(refused) from refused
            return await self._direct_or_forms(), ""
        except (Paused, OSError) as error:
            raise unreachable(error) from error
        place = place_of(self.asked_in.realm, thread)
        if not self.station.reads:
            return place, wording.READS_NOTHING
        return place, await self._once("moderators", wording.MODERATORS_READ) if private else ""

    async def _once(self, what: str, notice: str) -> str:
        return notice if await self.station.told(self.person, what) else ""

    # Direct messages.

    async def _direct_or_forms(self) -> Place:
        """Direct messages; where they are closed to us, forms."""
        try:
            return await self._direct()
        except Shut:
            handle = self.handle
            if handle is None or not handle.works(self.station.now()):
                raise
            return await self._free(Place(PLATFORM, FORMS, self.person.user))

    async def _direct(self) -> Place:
        """Direct messages, tried by a first line where they were not written to just now. Raises Unreachable."""
        here = self.asked_in.realm == DIRECT and (self.handle is None or self.handle.member)
        if here:
            return await self._free(self.asked_in)
        try:
            place = await self._free(await self.station.direct(self.person))
        except Unopened as why:
            raise Shut(wording.DM_CLOSED) from why
        body = {
            "content": wording.opening(self.title),
            "allowed_mentions": {"parse": []},
            "nonce": nonce_of(f"{self.key}#opening"),
            "enforce_nonce": True,
        }
        try:
            await self.station.wire.call("POST", "/channels/{channel_id}/messages", body, channel_id=place.channel)
        except (Refused, Paused, OSError) as error:
            if isinstance(error, Refused) and error.code in refusals.SHUT:
                raise Shut(wording.DM_CLOSED) from error
            raise unreachable(error) from error
        return place

    async def _free(self, place: Place) -> Place:
        """The place, unless another interview is held in it: direct messages have room for one."""
        if await self.station.database.read(interviews.owner_at, place) is not None:
            raise Unreachable(wording.DM_BUSY)
        return place

    # Threads.

    async def _parent(self) -> str:
        """The channel to open a thread in: a thread has its own channel."""
        handle = self.handle
        if handle is not None:
            return handle.parent or self.asked_in.channel
        try:
            channel = await self.station.wire.call("GET", "/channels/{channel_id}", channel_id=self.asked_in.channel)
        except (Refused, Paused, OSError) as error:
            raise unreachable(error) from error
        is_thread = channel.get("type") in (10, 11, 12)
        return str(channel["parent_id"]) if is_thread and channel.get("parent_id") else self.asked_in.channel

    def _allowed(self, *, private: bool) -> None:
        if self.handle is None:
            return
        missing = [bit for bit in NEEDED[private] if not self.handle.permissions >> bit & 1]
        if missing and not self.handle.permissions >> 3 & 1:  # an administrator may everything
            raise Unreachable(wording.missing([wording.PERMISSIONS[bit] for bit in missing]))

    async def _thread(self, parent: str, *, private: bool) -> str:
        """The thread's id. Raises Refused, Paused or OSError."""
        name = f"discord/thread/{nonce_of(self.key)}"
        database = self.station.database
        first = await database.write(keepsakes.claim, name, "")
        known = None if first else await database.read(keepsakes.get, name)
        thread = known or ("" if first else await self._begun(parent))
        if not thread:
            body = {
                "name": self.title[:LONGEST_TITLE],
                "type": PRIVATE_THREAD if private else PUBLIC_THREAD,
                "auto_archive_duration": ARCHIVE_MINUTES,
            } | ({"invitable": False} if private else {})
            thread = await self._made(parent, body)
        await database.write(keepsakes.keep, name, thread)
        path = "/channels/{channel_id}/thread-members/{user_id}"
        await self.station.wire.call("PUT", path, channel_id=thread, user_id=self.person.user)
        return thread

    async def _made(self, parent: str, body: Json) -> str:
        """A new thread's id; where the answer was lost, that of the thread which is there all the same."""
        try:
            path = "/channels/{channel_id}/threads"
            made = await self.station.wire.call("POST", path, body, only_once=True, channel_id=parent)
        except OSError:
            thread = await self._begun(parent)
            if not thread:
                raise
            return thread
        return str(made["id"])

    async def _begun(self, parent: str) -> str:
        """A thread that a life before this one opened and did not live to remember; empty when it did not."""
        asked_at = self.handle.issued_at if self.handle is not None else 0.0
        found = await self.station.wire.call("GET", "/guilds/{guild_id}/threads/active", guild_id=self.asked_in.realm)
        for thread in found.get("threads", ()):
            ours = str(thread.get("owner_id")) == self.station.me and str(thread.get("parent_id")) == parent
            fresh = moment_of(thread["id"]).timestamp() >= asked_at
            if ours and fresh and thread.get("name") == self.title[:LONGEST_TITLE]:
                taken = await self.station.database.read(
                    interviews.owner_at, place_of(self.asked_in.realm, str(thread["id"]))
                )
                if taken is None:
                    return str(thread["id"])
        return ""
