"""Says what waits in the outbox, through the platform that the place belongs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from bot.events import Lifecycle
from bot.ports import Accept, Document, Homely, Platform, Unreachable
from bot.speech import Export, Speech, speech_of, spoken_of, stored
from bot.turns import Dead, Later
from storage.addresses import Person
from storage.queue import Due


class Lost(Protocol):
    """Told of a message that was never shown: `closed` when its place cannot be reached, else it is too late for it."""

    async def __call__(self, speech: Speech, *, closed: bool) -> None:
        """Take note; may be told twice."""
        ...


class Poster:
    """Sends one post of the outbox at a time; the queue decides on order and repetition."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        now: Callable[[], datetime],
        lost: Lost,
        make: Callable[[Person, Export], Awaitable[Document | None]],
        accept: Accept | None = None,
    ) -> None:
        """Speak through these platforms, by name; `lost` is told of what will never be shown.

        `make` makes the file that is to be handed over; `accept` is told when a thread turns out to be gone for good.
        """
        self._platforms = platforms
        self._now = now
        self._lost = lost
        self._make = make
        self._accept = accept

    async def post(self, due: Due) -> tuple[str, float] | None:
        """Say it, or edit what was said in the same slot. Raises Later and Dead, as the queue wants them."""
        speech = speech_of(due.body)
        if speech.until is not None and due.spoken is None and self._now() > speech.until:
            await self._lost(speech, closed=False)
            raise Dead("too late")
        platform = self._platforms.get(speech.place.platform)
        if platform is None:
            raise Later(60)
        try:
            return await self._speak(platform, speech, due)
        except Unreachable as why:
            if why.for_good:
                await self._gone(speech, due)
                if due.spoken is None:
                    await self._lost(speech, closed=True)
                raise Dead(str(why)) from why
            raise Later(why.retry_after or min(60.0, 2.0**due.attempts)) from why

    async def _gone(self, speech: Speech, due: Due) -> None:
        """Let the interview that was held there know: nobody will read it there any more."""
        if self._accept is None or speech.whisper or speech.page or not speech.place.thread or due.spoken is not None:
            return
        event = Lifecycle(
            id=f"gone/{due.id}/{speech.place}",
            person=speech.person,
            place=speech.place,
            sent_at=datetime.now(UTC),
            name="gone",
        )
        await self._accept(event)

    async def _speak(self, platform: Platform, speech: Speech, due: Due) -> tuple[str, float] | None:
        if speech.page is not None:
            if isinstance(platform, Homely):
                await platform.home(speech.person, speech.page)
            return None
        there = platform.at(speech.place, person=speech.person, reply=speech.reply)
        if speech.export is not None:
            document = await self._make(speech.person, speech.export)
            if document is not None:
                await there.hand(document, speech.markdown, key=speech.slot)
            return None
        if speech.whisper:
            await there.whisper(speech.markdown, choices=speech.choices, key=speech.slot)
            return None
        if due.spoken is None:
            spoken = await there.say(speech.markdown, choices=speech.choices, chart=speech.chart, key=speech.slot)
        else:
            spoken = spoken_of(due.spoken)
            await there.edit(spoken, speech.markdown, choices=speech.choices, chart=speech.chart)
        return stored(spoken), spoken.at.timestamp()
