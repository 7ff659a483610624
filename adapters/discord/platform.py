"""Discord as a platform: one gateway connection brings events, the REST API speaks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import discord

from adapters.discord import commands, doctor, events
from adapters.discord.client import IDENTIFY_SECONDS, Gateway, point
from adapters.discord.events import DIRECT, FORMS, PLATFORM, Payload
from adapters.discord.handles import handle_of
from adapters.discord.inlet import Inlet
from adapters.discord.interactions import AUTOCOMPLETE, Interactions
from adapters.discord.refusals import NOBODY, unreachable
from adapters.discord.replay import replay
from adapters.discord.settings import API_URL, DiscordSettings
from adapters.discord.sheets import Sheet
from adapters.discord.speech import Channel
from adapters.discord.station import Station
from adapters.discord.transport import Json, Paused, Refused, Wire
from agent import bank, kinds
from agent.types import Attachment
from bot.core import Core
from bot.events import Event
from bot.guard import forever, guard
from bot.ports import Accept, Conversation, Finding, Keepers, Profile, Unreachable
from bot.wording import discord as wording
from storage import boards, interviews, keepsakes
from storage.addresses import Person, Place

if TYPE_CHECKING:
    from adapters.discord.budget import Shared

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before connecting again after the first, second ... failure in a row."""
LONGEST_FILE = 8_000_000
HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
"""Where attachments are."""
READS = "discord/reads"
"""Where it is kept whether what people write in servers reaches us."""
DAY, TIDY_SECONDS = 86_400.0, 900.0
KEPT_SECONDS = {
    "discord/handle/": DAY / 96,
    "discord/answers/": DAY / 96,
    "discord/whisper/": 2 * DAY,
    "discord/sheet/": 7 * DAY,
    "discord/thread/": 7 * DAY,
    "discord/stands/": 90 * DAY,
    "discord/choice/": 90 * DAY,
}
"""How long what an adapter remembers is of use, by how its name begins."""


class Discord:
    """One bot. `identify_seconds` is the least time between two sessions it begins."""

    name = PLATFORM

    def __init__(self, core: Core, settings: DiscordSettings, *, identify_seconds: float = IDENTIFY_SECONDS) -> None:
        """Connect when run."""
        self._core = core
        self._settings = settings
        self._identify_seconds = identify_seconds
        self._log = core.log
        self._database = core.database
        self._accept: Accept | None = None
        self._content = True
        self._topics: Sequence[str] = ()
        self.wire = Wire(core.log, asyncio.get_running_loop().time, _shared(core))
        self._station = Station(self.wire, core.database, core.now, core.log, self._lost)

    # Speaking.

    def at(self, place: Place, *, person: Person | None = None, reply: str | None = None) -> Conversation:
        """Speak in a channel, a thread or direct messages."""
        kind = Sheet if place.realm == FORMS else Channel
        return kind(self._station, place, person, handle_of(reply))

    async def direct(self, person: Person) -> Conversation:
        """The direct messages with a person."""
        return Channel(self._station, await self._station.direct(person), person, None)

    async def profile(self, person: Person) -> Profile:
        """The name they show; Discord tells no zone."""
        return _profile(person, await self._asked("/users/{user_id}", person.user))

    async def member(self, person: Person, place: Place, *, reply: str | None = None) -> Profile | None:
        """The same, by the name they have in a server; None when they are not in it.

        What they may do there comes with what they do.
        """
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            found = await self._asked(path, person.user, place.realm)
        except Unreachable as why:
            refused = why.__cause__
            if isinstance(refused, Refused) and refused.code in NOBODY:
                return None
            raise
        handle = handle_of(reply)
        profile = _profile(person, found.get("user") or {}, str(found.get("nick") or ""))
        return replace(profile, admin=handle is not None and handle.manages)

    async def keepers(self, realm: str) -> Keepers:
        """The server's owner: who else may manage it, Discord tells only with an intent that we do without."""
        if realm in (DIRECT, FORMS):
            return Keepers()
        found = await self._asked("/guilds/{guild_id}", guild=realm)
        return Keepers(str(found["name"]), (events.person_of(str(found["owner_id"])),))

    async def _asked(self, path: str, user: str = "", guild: str = "") -> Json:
        """What Discord tells. Raises Unreachable."""
        await self._station.connected()
        try:
            return await self.wire.call("GET", path, lane="work", user_id=user, guild_id=guild)
        except (Refused, Paused, OSError) as error:
            raise unreachable(error) from error

    async def fetch(self, file: Attachment) -> bytes:
        """The bytes of an attachment, from where Discord keeps them and nowhere else."""
        address = urlsplit(file.address)
        at_home = self._settings.api_url != API_URL and address.netloc == urlsplit(self._settings.api_url).netloc
        if file.size > LONGEST_FILE or not (at_home or (address.scheme == "https" and address.hostname in HOSTS)):
            raise Unreachable(wording.FILE_REFUSED)
        try:
            found = await self.wire.fetch(file.address, LONGEST_FILE)
        except (Refused, OSError, aiohttp.ClientError) as error:
            for_good = (
                isinstance(error, Refused) and error.status < 500 and error.status != HTTPStatus.TOO_MANY_REQUESTS
            )
            raise Unreachable(wording.FILE_GONE, for_good=for_good) from error
        if len(found) > LONGEST_FILE:
            raise Unreachable(wording.FILE_REFUSED)
        return found

    async def check(self) -> list[Finding]:
        """The token, the application, its intents, and the link that invites it."""
        return await doctor.examine(self._settings)

    # Listening.

    async def run(self, accept: Accept) -> None:
        """Stay connected until cancelled; nothing that Discord does ends it."""
        self._accept = accept
        point(self._settings)
        inlet = Inlet(accept, self._log)
        failures = 0
        # Until Discord has said so again, what it said last holds: a step may be taken before.
        self._station.reads = await self._database.read(keepsakes.get, READS) == "yes"
        tidying = asyncio.create_task(forever(self._log, "tidy", self._tidy, TIDY_SECONDS))
        try:
            while True:
                connected_at = self._station.now()
                async with guard(self._log, "discord"):
                    await self._stay(inlet)
                lasted = (self._station.now() - connected_at).total_seconds()
                failures = 1 if lasted > PAUSES[-1] else failures + 1
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])
        finally:
            self._station.over = True
            self._station.ready.clear()
            tidying.cancel()
            await asyncio.gather(tidying, return_exceptions=True)
            await inlet.close()
            await self.wire.close()

    async def _stay(self, inlet: Inlet) -> None:
        """Connect, and return when the connection cannot go on."""
        token = self._settings.token
        client = Gateway(self._ears(inlet), self._log, content=self._content, identify_seconds=self._identify_seconds)
        try:
            await client.login(token.get_secret_value() if token is not None else "")
            self.wire.http = client.http
            self.wire.bot = str(client.application_id)
            self._station.me = str(client.user.id) if client.user is not None else ""
            self._station.reads = client.reads
            await self._database.write(keepsakes.keep, READS, "yes" if client.reads else "no")
            self._station.ready.set()
            self._log.info("discord", message_content=client.reads, shards=client.shard_count)
            await self._prepare(str(client.application_id))
            await client.connect()
        except discord.LoginFailure:
            self._log.error("discord refuses the token", mend="talkpro doctor")
            await asyncio.Event().wait()
        except discord.PrivilegedIntentsRequired:
            self._log.warning("message content is off for this application")
            self._content = False
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            self._log.warning("discord is away", error=type(error).__name__)
        finally:
            self.wire.http = None
            await client.close()

    async def _prepare(self, application: str) -> None:
        """Tell Discord the commands, if they changed."""
        wanted = commands.payload(kinds.kinds())
        mark, name = commands.fingerprint(wanted), f"discord/commands/{application}"
        async with guard(self._log, "commands"):
            if await self._database.read(keepsakes.get, name) != mark:
                await self.wire.put("/applications/{application_id}/commands", wanted, application_id=application)
                await self._database.write(keepsakes.keep, name, mark)
                self._log.info("commands told", count=len(wanted[0]["options"]))

    async def _tidy(self) -> None:
        """Forget what is of no use any more."""
        for prefix, seconds in KEPT_SECONDS.items():
            await self._database.write(keepsakes.drop_older, prefix, seconds)
        await asyncio.sleep(TIDY_SECONDS)

    def _ears(self, inlet: Inlet) -> dict[str, partial[None]]:
        interactions = Interactions(self._station, inlet.store, self._all_topics)

        def interaction(data: Payload) -> None:
            row = _row(str(data.get("channel_id")), events.user_of(data))
            if data.get("type") == AUTOCOMPLETE:
                row += "/typing"  # suggestions wait for nothing, and nothing that is to be stored waits for them
            inlet.put(row, partial(interactions.take, data))

        def message(data: Payload) -> None:
            self._take(inlet, events.reply_of(data, self._station.me))

        def edited(data: Payload) -> None:
            self._take(inlet, events.edit_of(data, self._station.me))

        def deleted(data: Payload) -> None:
            for place, identity in events.deleted_of(data):
                inlet.put(place.channel, partial(self._deleted, inlet, place, identity))

        def gone(data: Payload) -> None:
            inlet.put(str(data["id"]), partial(self._gone, events.place_of(data["guild_id"], str(data["id"]))))

        def changed(data: Payload) -> None:
            if (data.get("thread_metadata") or {}).get("locked"):
                gone(data)

        def removed(data: Payload) -> None:
            if not data.get("unavailable"):
                inlet.put(str(data["id"]), partial(self._removed, str(data["id"])))

        def ready(_: Payload) -> None:
            inlet.put("replay", partial(self._replay, inlet))

        heard = {
            "INTERACTION_CREATE": interaction,
            "MESSAGE_CREATE": message,
            "MESSAGE_UPDATE": edited,
            "MESSAGE_DELETE": deleted,
            "MESSAGE_DELETE_BULK": deleted,
            "THREAD_DELETE": gone,
            "CHANNEL_DELETE": gone,
            "THREAD_UPDATE": changed,
            "GUILD_DELETE": removed,
            "READY": ready,
        }
        return {name: partial(ear) for name, ear in heard.items()}

    def _take(self, inlet: Inlet, event: Event | None) -> None:
        if event is not None:
            inlet.put(_row(event.place.channel, event.person.user), partial(_stored, inlet, event))

    async def _deleted(self, inlet: Inlet, place: Place, message: str) -> None:
        """Discord does not say whose a deleted message was; only an owner's can be in a draft."""
        found = await self._database.read(interviews.owner_at, place)
        if found is not None:
            await inlet.store(events.deletion(place, message, found[1], self._station.now()))

    async def _gone(self, place: Place) -> None:
        found = await self._database.read(interviews.owner_at, place)
        if found is not None:
            await self._lost(place, found[1])

    async def _removed(self, guild: str) -> None:
        await self._database.write(boards.clear, f"{PLATFORM}:{guild}", self._station.now())
        for record in await self._database.read(interviews.open_on, PLATFORM):
            if record.place is not None and record.place.realm == guild:
                await self._lost(record.place, record.person)

    async def _replay(self, inlet: Inlet) -> None:
        taken = await replay(self._station, inlet.store)
        self._log.info("replayed", messages=taken)

    async def _lost(self, place: Place, person: Person) -> None:
        """Tell the coach of a place that cannot be written to any more."""
        if self._accept is not None:
            await self._accept(events.gone(place, person, self._station.now()))

    async def _all_topics(self) -> Sequence[str]:
        if not self._topics:
            self._topics = (await asyncio.to_thread(bank.load)).topics()
        return self._topics


def _shared(core: Core) -> Shared | None:
    """The budget that processes share, where a Redis is named; its client is imported only then."""
    if not core.settings.redis_url:
        return None
    from adapters.discord.budget import Shared

    return Shared(core.settings.redis_url, core.log)


def _profile(person: Person, user: Payload, nick: str = "") -> Profile:
    return Profile(nick or str(user.get("global_name") or user.get("username") or person.user))


def _row(channel: str, user: str) -> str:
    """What must keep its order: what one person does in one channel."""
    return f"{channel}/{user}"


async def _stored(inlet: Inlet, event: Event) -> None:
    await inlet.store(event)
