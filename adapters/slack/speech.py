"""Speaking in one place in Slack: posts that come once, edits, whispers, threads, and messages being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from adapters.slack.blocks import Block, message
from adapters.slack.handing import hand_over
from adapters.slack.streaming import streaming
from adapters.slack.text import MARKDOWN_LIMIT, fallback, safe
from adapters.slack.voice import Voice
from adapters.slack.wire import NotTaken, Refused, Unsure
from adapters.text import cut
from bot.ports import Chart, Choice, Document, Spoken, Stream, Traits, Unreachable
from bot.wording import slack as wording
from storage import keepsakes
from storage.addresses import Person, Place

SAID, WHISPERED = "slack/said/", "slack/whispered/"
"""Under these names we keep that something was about to be said."""
EVENT_TYPE = "talkpro_said"
"""What the metadata of our messages is called; it holds the key that the message was said under."""
LOOK_BACK_SECONDS = 60
"""How far Slack's clock may be behind ours."""
LOOKED_AT = 100
"""Messages that are looked through for one that may have arrived; at most 15 are shown to some apps."""
UNFURL_NOTHING = {"unfurl_links": False, "unfurl_media": False}
NOT_DRAWN = ("invalid_blocks", "invalid_blocks_format")


@dataclass(frozen=True, slots=True)
class Part:
    """As much of what is said as one message takes; the last part has the buttons and the chart."""

    text: str
    choices: tuple[Choice, ...] = ()
    chart: Chart | None = None

    def body(self, *, drawn: bool) -> dict[str, Any]:
        """As Slack takes it. `drawn`: with its own chart, else with bars made of characters."""
        blocks: list[Block] = message(self.text, self.choices, self.chart, drawn=drawn)
        return {"text": fallback(self.text), "blocks": blocks}


def parts_of(markdown: str, choices: tuple[Choice, ...], chart: Chart | None = None) -> list[Part]:
    """What is said, cut into messages."""
    *texts, last = cut(safe(markdown), MARKDOWN_LIMIT)
    return [*map(Part, texts), Part(last, choices, chart)]


class Talk:
    """A Conversation in a channel, a thread or direct messages; an empty channel means the person's direct ones."""

    def __init__(
        self, voice: Voice, place: Place, *, person: Person | None, reply: str | None = None, link: str = ""
    ) -> None:
        """`reply` is the response URL of the event that is answered; `link` leads here."""
        self._voice = voice
        self._place = place
        self._person = person
        self._reply = reply
        self._link = link

    @property
    def place(self) -> Place:
        """Where this is."""
        return self._place

    @property
    def traits(self) -> Traits:
        """How to get here."""
        place = self._place
        link = self._link or f"https://app.slack.com/client/{place.realm}/{place.channel}"
        return Traits(link=link, direct=place.channel.startswith("D"))

    async def say(
        self, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None, key: str | None = None
    ) -> Spoken:
        """Post; the same `key` never posts twice. What is longer than one message takes becomes several."""
        there, said = await self._there(), list[str]()
        for number, part in enumerate(parts_of(markdown, choices, chart)):
            said.append(await self._post(there, part, key and (f"{key}#{number}" if number else key)))
        return Spoken(there, ",".join(said), _moment(said[-1]))

    async def edit(
        self, spoken: Spoken, markdown: str, *, choices: tuple[Choice, ...] = (), chart: Chart | None = None
    ) -> None:
        """Replace what was said, in as many messages as it takes now."""
        there, stands, parts = spoken.place, spoken.id.split(","), parts_of(markdown, choices, chart)
        for number, part in enumerate(parts):
            try:
                if number < len(stands):
                    await self._update(there, stands[number], part)
                    continue
            except Refused as why:
                if number == 0 or why.error != "message_not_found":
                    raise  # a later one may have been taken away by a shorter text
            ts = await self._post(there, part, f"{stands[0]}+{number}")
            await self._update(there, ts, part)
        for ts in stands[len(parts) :]:
            with suppress(Refused):
                await self._voice.wire.call(there.realm, "chat.delete", channel=there.channel, ts=ts)

    async def whisper(self, markdown: str, *, choices: tuple[Choice, ...] = (), key: str | None = None) -> None:
        """Tell the person alone, at most once: by the response URL, else in the channel, else in direct messages."""
        if self._person is None:
            raise Unreachable(wording.NO_DIRECT)
        name = "" if key is None else _kept(WHISPERED, self._place, key)
        if name and not await self._voice.database.write(keepsakes.claim, name, ""):
            return
        try:
            for part in parts_of(markdown, choices):
                await self._whisper(part)
        except Unsure:
            return  # at most once
        except Unreachable as why:
            if name and not why.for_good:
                await self._voice.database.write(keepsakes.drop, name)
            raise

    async def hand(self, document: Document, markdown: str, *, key: str) -> None:
        """Hand a file over; where the workspace takes none, say why instead."""
        there = await self._there()
        instead = await hand_over(self._voice, there, document, markdown, key)
        if instead:
            await self._post(there, Part(instead), key)

    async def thread(self, title: str, *, private: bool, key: str) -> Talk:
        """Open a thread under a message of our own: in the person's direct messages, or in this channel."""
        place = replace(self._place, thread="")
        if private or not place.channel:
            place = replace(place, channel=await self._direct())
        root = await self._post(place, Part(safe(f"**{title}**")), key)
        link = ""
        with suppress(Unreachable, NotTaken):
            found = await self._voice.wire.call(
                place.realm, "chat.getPermalink", channel=place.channel, message_ts=root
            )
            link = str(found.get("permalink", ""))
        if not link:
            link = f"https://app.slack.com/client/{place.realm}/{place.channel}/thread/{place.channel}-{root}"
        return Talk(self._voice, replace(place, thread=root), person=self._person, link=link)

    def below(self, spoken: Spoken) -> Place:
        """The thread under it."""
        return replace(spoken.place, thread=spoken.id.partition(",")[0])

    def thinking(self) -> AbstractAsyncContextManager[None]:
        """Show that work goes on, beside the work; Slack takes it away with our next message, or after two minutes."""
        return self._thinking()

    def stream(self, *, key: str | None = None) -> AbstractAsyncContextManager[Stream]:
        """Write a message while it is being thought of."""

        async def post(markdown: str) -> Spoken:
            return await self.say(markdown, key=key)

        return streaming(self._voice, self._place, self._person, post)

    @asynccontextmanager
    async def _thinking(self) -> AsyncIterator[None]:
        shown = asyncio.create_task(self._show_status())
        try:
            yield
        finally:
            await shown
            await self._show_session("active")

    async def _show_session(self, status: str) -> None:
        """Say whether we are at work in this thread; only while we are does Slack show its Stop button."""
        place = self._place
        with suppress(Unreachable, NotTaken):
            await self._voice.wire.call(
                place.realm,
                "agents.sessions.setStatus",
                channel_id=place.channel,
                thread_ts=place.thread,
                status=status,
            )

    async def _show_status(self) -> None:
        place = self._place
        await self._show_session("processing")
        with suppress(Unreachable, NotTaken):
            await self._voice.wire.call(
                place.realm,
                "assistant.threads.setStatus",
                channel_id=place.channel,
                thread_ts=place.thread,
                status=wording.THINKING,
                loading_messages=[*wording.STATUSES],
            )

    # Posting once.

    async def _there(self) -> Place:
        return self._place if self._place.channel else replace(self._place, channel=await self._direct(), thread="")

    async def _direct(self) -> str:
        if self._person is None:
            raise Unreachable(wording.NO_DIRECT)
        return await self._voice.direct_of(self._place.realm, self._person.user)

    async def _post(self, there: Place, part: Part, key: str | None) -> str:
        """Post one message and give its ts. Whoever was about to post under this key before may have done so: look."""
        name = "" if key is None else _kept(SAID, there, key)
        if name:
            began = str(self._voice.now().timestamp())
            if not await self._voice.database.write(keepsakes.claim, name, began):
                found = await self._look(there, key or "", name)
                if found:
                    return found
        await self._voice.pace.in_channel(there.realm, there.channel)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}} if key else None
        arguments = {"thread_ts": there.thread or None, "metadata": metadata, **UNFURL_NOTHING}
        try:
            answer = await self._shown("chat.postMessage", there, part, arguments)
        except Unsure:
            raise
        except (Unreachable, NotTaken):
            if name:
                await self._voice.database.write(keepsakes.drop, name)
            raise
        return str(answer["ts"])

    async def _look(self, there: Place, key: str, name: str) -> str:
        """The ts of the message that was said under this key, empty when there is none."""
        began = await self._voice.database.read(keepsakes.get, name)
        oldest = f"{max(float(began or 0) - LOOK_BACK_SECONDS, 0):.6f}"
        about = {"channel": there.channel, "oldest": oldest, "limit": LOOKED_AT, "include_all_metadata": "true"}
        if there.thread:
            found = await self._voice.wire.call(there.realm, "conversations.replies", ts=there.thread, **about)
        else:
            found = await self._voice.wire.call(there.realm, "conversations.history", **about)
        for one in found.get("messages", ()):
            metadata = one.get("metadata") or {}
            if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload", {}).get("key") == key:
                return str(one["ts"])
        return ""

    async def _update(self, there: Place, ts: str, part: Part) -> None:
        try:
            await self._shown("chat.update", there, part, {"ts": ts})
        except NotTaken as why:
            if why.error != "streaming_state_conflict":
                raise
            # Whoever wrote it died before the end.
            with suppress(NotTaken):
                await self._voice.wire.call(there.realm, "chat.stopStream", channel=there.channel, ts=ts)
            await self._shown("chat.update", there, part, {"ts": ts})

    async def _shown(self, method: str, there: Place, part: Part, more: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a message, with bars made of characters where Slack does not take its own chart."""
        arguments, call = {"channel": there.channel, **more}, self._voice.wire.call
        try:
            return await call(there.realm, method, **arguments, **part.body(drawn=True))
        except NotTaken as why:
            if part.chart is None or why.error not in NOT_DRAWN:
                raise
            return await call(there.realm, method, **arguments, **part.body(drawn=False))

    # Whispering.

    async def _whisper(self, part: Part) -> None:
        place, wire = self._place, self._voice.wire
        body = part.body(drawn=True) | ({"thread_ts": place.thread} if place.thread else {})
        answer = {**body, "response_type": "ephemeral", "replace_original": False}
        if self._reply and await wire.respond(self._reply, answer):
            return
        user = self._person.user if self._person else ""
        if place.channel and not place.channel.startswith("D"):
            with suppress(Refused):
                await wire.call(place.realm, "chat.postEphemeral", channel=place.channel, user=user, **body)
                return
        there = place if place.channel.startswith("D") else replace(place, channel=await self._direct(), thread="")
        await self._post(there, part, None)


def _kept(prefix: str, place: Place, key: str) -> str:
    """The name of a keepsake; keys may be longer than names."""
    return prefix + sha256(f"{place}/{key}".encode()).hexdigest()[:40]


def _moment(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
