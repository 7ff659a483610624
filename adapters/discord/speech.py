"""Speaking in Discord: say, edit, whisper, write a message while it is being thought of."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

from adapters.discord import controls, refusals, threads
from adapters.discord.events import moment_of
from adapters.discord.handles import Handle
from adapters.discord.refusals import unreachable
from adapters.discord.station import Station, nonce_of
from adapters.discord.text import messages, outward
from adapters.discord.transport import Json, Paused, Refused, Unsent, Upload
from adapters.discord.writing import Writing, written
from bot import charts
from bot.ports import Chart, Choice, Document, Spoken, Stream, Traits, Unreachable
from bot.wording import discord as wording
from storage import interviews, keepsakes
from storage.addresses import Person, Place

EPHEMERAL, NO_PREVIEWS = 64, 4
"""Flags of a message: for one pair of eyes; without previews of links."""
TYPING_SECONDS = 8.0
"""Discord shows for ten seconds that somebody types."""
MESSAGES, MESSAGE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
ANSWERED_SECONDS = 4.0
"""The age at which an interaction has its first answer, or never gets one."""
PICTURE = "chart.png"
LONGEST_EMBED, LONGEST_NOTE = 4096, 1024
LARGEST_UPLOAD = 10 * 1024 * 1024
"""Bytes of a file that anybody may send (Discord's documentation, Uploading Files)."""
NOBODY: Json = {"parse": []}
"""Who may be pinged."""


class Channel:
    """A Conversation in a channel, a thread, or direct messages."""

    def __init__(self, station: Station, place: Place, person: Person | None, handle: Handle | None) -> None:
        """Speak here, to this person, answering this interaction while it can be answered."""
        self._station = station
        self._place = place
        self._person = person
        self._handle = handle
        self._notice = ""

    @property
    def place(self) -> Place:
        """Where this is."""
        return self._place

    @property
    def traits(self) -> Traits:
        """What is special about it."""
        return self._station.traits(self._place, self._notice)

    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        """Post; for some minutes the same `key` never posts twice."""
        await self._keep(choices)
        key = key or uuid4().hex
        bodies, files = await _bodies(markdown, choices, chart)
        posted = [await self._post(body, f"{key}#{part}", files) for part, body in enumerate(bodies)]
        first = posted[0]
        if len(posted) > 1:
            await self._stands(first, posted)
        return Spoken(self._place, first, moment_of(first))

    async def edit(
        self, spoken: Spoken, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None
    ) -> None:
        """Replace what was said; where it is gone or too old to be changed, say it anew."""
        await self._keep(choices)
        bodies, files = await _bodies(markdown, choices, chart)
        kept = await self._station.database.read(keepsakes.get, _standing(spoken.id))
        ids: list[str] = json.loads(kept) if kept else [spoken.id]
        now = list(ids)
        for part, body in enumerate(bodies):
            if part >= len(ids):
                now.append(await self._post(body, f"{spoken.id}#{part}", files))
            elif not await self._patch(ids[part], body, files):
                now[part] = await self._post(body, f"{ids[part]}#again", files)
        for surplus in ids[len(bodies) :]:
            with suppress(Unreachable):
                await self._call("DELETE", MESSAGE, message=surplus)
        now = now[: len(bodies)]
        if now != ids:
            await self._stands(spoken.id, now)

    async def whisper(self, markdown: str, *, choices: tuple[Choice, ...] = (), key: str | None = None) -> None:
        """Tell the person alone: as the answer to what they did, else in their own thread or direct messages."""
        await self._keep(choices)
        key = key or uuid4().hex
        if self._handle is not None and self._handle.works(self._station.now()):
            with suppress(Expired):
                await self._answer(self._handle, markdown, choices, key)
                return
        if self._person is None:
            raise Unreachable(wording.PLACE_GONE)
        if await self._is_theirs_alone(self._person):
            await self.say(markdown, choices=choices, key=key)
            return
        there = await self._station.direct(self._person)
        await Channel(self._station, there, self._person, None).say(markdown, choices=choices, key=key)

    async def hand(self, document: Document, markdown: str, *, key: str) -> None:
        """Hand a file over; what is too large for Discord is said to be."""
        if len(document.content) > LARGEST_UPLOAD:
            await self._post(_body(outward(wording.FILE_TOO_LARGE)), key, ())
            return
        await self._post(
            _body(outward(markdown)), key, (Upload(document.name, document.content, type=document.media_type),)
        )

    async def thread(self, title: str, *, private: bool, key: str) -> Channel:
        """Open a thread, or direct messages where a thread cannot be private or cannot be read."""
        if self._person is None:
            raise Unreachable(wording.PLACE_GONE)
        await self._station.connected()
        opening = threads.Opening(self._station, self._place, self._person, self._handle, title, key)
        place, notice = await opening.opened(private=private)
        there = Channel(self._station, place, self._person, self._handle)
        there._notice = notice
        return there

    def below(self, spoken: Spoken) -> Place:
        """An answer that names it."""
        return replace(spoken.place, thread=spoken.id)

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Show that we type, as long as it takes."""
        return self._thinking()

    def stream(self, *, key: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Write a message while it is being thought of."""
        return self._stream(key or uuid4().hex)

    @asynccontextmanager
    async def _thinking(self) -> AsyncIterator[None]:
        async def typing() -> None:
            with suppress(Unreachable):
                while True:
                    await self._call("POST", "/channels/{channel_id}/typing")
                    await asyncio.sleep(TYPING_SECONDS)

        task = asyncio.create_task(typing())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @asynccontextmanager
    async def _stream(self, key: str) -> AsyncIterator[Writing]:
        async def post(text: str) -> Spoken:
            identity = await self._post(_body(outward(text)), f"{key}#0", ())
            return Spoken(self._place, identity, moment_of(identity))

        async def change(spoken: Spoken, text: str) -> None:
            await self._patch(spoken.id, _body(outward(text)), ())

        async with written(post, change) as writing:
            yield writing

    # Calls.

    async def _post(self, body: Json, key: str, files: Sequence[Upload]) -> str:
        """Post a message. What was posted under this key before, such as a preview, becomes this one."""
        sent = {**body, "nonce": nonce_of(f"{self._place.channel}/{key}"), "enforce_nonce": True}
        if self._place.thread:  # to Discord a thread is a channel: this is a message that is answered
            sent["message_reference"] = {"message_id": self._place.thread, "fail_if_not_exists": False}
        try:
            made = await self._try("POST", MESSAGES, sent, _own(files, body), "")
        except Refused as refused:
            if refused.code != refusals.NO_HISTORY:
                raise await self._unreachable(refused) from refused
            del sent["message_reference"]
            made = await self._call("POST", MESSAGES, sent, _own(files, body))
        if "id" not in made:
            raise Unreachable(wording.NOT_READY, for_good=False)
        identity = str(made["id"])
        if not _is_the_same(made, body):
            await self._patch(identity, body, files)
        return identity

    async def _patch(self, message: str, body: Json, files: Sequence[Upload]) -> bool:
        """Change a message; False when it must be said anew."""
        # A picture that is not named again would stay below the new text.
        body = body if body["embeds"] else {**body, "attachments": []}
        try:
            await self._try("PATCH", MESSAGE, body, _own(files, body), message)
        except Refused as refused:
            if refused.code in refusals.MOVED:
                return False
            if refused.code != refusals.ARCHIVED:
                raise await self._unreachable(refused) from refused
            await self._call("PATCH", "/channels/{channel_id}", {"archived": False})
            await self._call("PATCH", MESSAGE, body, _own(files, body), message)
        return True

    async def _call(
        self, method: str, path: str, body: Json | None = None, files: Sequence[Upload] = (), message: str = ""
    ) -> Json:
        try:
            return await self._try(method, path, body, files, message)
        except Refused as refused:
            raise await self._unreachable(refused) from refused

    async def _try(self, method: str, path: str, body: Json | None, files: Sequence[Upload], message: str) -> Json:
        await self._station.connected()
        wire, channel = self._station.wire, self._place.channel
        try:
            return await wire.call(method, path, body, files=files, channel_id=channel, message_id=message)
        except (Paused, OSError) as error:
            raise unreachable(error) from error

    async def _unreachable(self, refused: Refused) -> Unreachable:
        if refused.code in refusals.LOST and self._person is not None:
            self._station.log.info("place lost", code=refused.code)
            await self._station.lost(self._place, self._person)
        return unreachable(refused)

    # Answering an interaction.

    async def _answer(self, handle: Handle, markdown: str, choices: tuple[Choice, ...], key: str) -> None:
        """Change the first answer of a command; add to it, and to a press. Raises Expired, or Unreachable."""
        database = self._station.database
        on_its_way = self._station.answering.get(handle.token)
        if on_its_way is not None:
            await on_its_way.wait()
        bodies, _ = await _bodies(markdown, choices, None)
        for part, body in enumerate(bodies):
            nonce = nonce_of(f"{key}#{part}")
            if handle.command and self._station.first_answer(handle.token, nonce) == nonce:
                await self._by_token("PATCH", handle, "/messages/@original", body)
                continue
            name = f"discord/whisper/{nonce}"
            if not await database.write(keepsakes.claim, name, ""):
                continue
            try:
                await self._by_token("POST", handle, "", {**body, "flags": body["flags"] | EPHEMERAL})
            except (Expired, Unreachable):
                await database.write(keepsakes.drop, name)
                raise

    async def _by_token(self, method: str, handle: Handle, rest: str, body: Json) -> None:
        try:
            await self._station.wire.by_token(method, handle.application, handle.token, rest, body)
        except Refused as refused:
            if refused.status < 500 and refused.status != 429:
                age = self._station.now().timestamp() - handle.issued_at
                if refused.code == refusals.UNKNOWN_WEBHOOK and age < ANSWERED_SECONDS:
                    # Another replica has yet to give the first answer.
                    raise Unreachable(wording.NOT_READY, for_good=False, retry_after=1) from refused
                raise Expired from refused
            raise unreachable(refused) from refused
        except OSError as error:
            if method == "POST" and not isinstance(error, Unsent):
                return  # perhaps it is there: to say it twice would be worse than not at all
            raise unreachable(error) from error

    # Memory.

    async def _is_theirs_alone(self, person: Person) -> bool:
        """Whether an interview of this person's is held here, where nobody else can read it."""
        owner = await self._station.database.read(interviews.owner_at, self._place)
        if owner is None or owner[1] != person:
            return False
        record = await self._station.database.read(interviews.get, owner[0])
        return record is not None and not record.public

    async def _keep(self, choices: tuple[Choice, ...]) -> None:
        for choice in filter(controls.must_keep, choices):
            name = f"discord/choice/{controls.key_of(choice)}"
            await self._station.database.write(keepsakes.keep, name, controls.packed(choice))

    async def _stands(self, message: str, ids: list[str]) -> None:
        await self._station.database.write(keepsakes.keep, _standing(message), json.dumps(ids))


class Expired(Exception):
    """The interaction can be answered no more."""


def _standing(message: str) -> str:
    """Where the ids are kept under which a message stands now."""
    return f"discord/stands/{message}"


def _own(files: Sequence[Upload], body: Json) -> Sequence[Upload]:
    """The files that belong to a message: a picture goes with its card, anything else with whatever is said of it."""
    return [file for file in files if body["embeds"] or file.name != PICTURE]


def _is_the_same(made: Json, body: Json) -> bool:
    """Whether Discord shows what we sent, and not what was sent under the same nonce before."""
    same_text = str(made.get("content", "")).strip() == str(body["content"]).strip()
    return same_text and all(bool(made.get(part)) == bool(body[part]) for part in ("embeds", "components"))


def _body(text: str, rows: list[dict[str, Any]] | None = None) -> Json:
    return {
        "content": text,
        "embeds": [],
        "components": rows or [],
        "allowed_mentions": NOBODY,
        "flags": NO_PREVIEWS,
    }


async def _bodies(
    markdown: str, choices: tuple[Choice, ...], chart: Chart | None
) -> tuple[list[Json], Sequence[Upload]]:
    """What is said as messages: the buttons under the last, a chart as a picture in a card of its own."""
    text, rows = outward(markdown), controls.rows(choices)
    if chart is not None:
        file = Upload(PICTURE, await charts.picture(chart), chart.alt[:LONGEST_NOTE])
        parts = messages(text, LONGEST_EMBED)
        card = {"description": parts[-1], "image": {"url": f"attachment://{PICTURE}"}}
        last = {**_body("", rows), "embeds": [card], "flags": 0}
        return [*(_body(part) for whole in parts[:-1] for part in messages(whole)), last], (file,)
    parts = messages(text)
    return [*(_body(part) for part in parts[:-1]), _body(parts[-1], rows)], ()
