"""Says what waits in the outbox, through the platform that the place belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from bot.ports import Platform, Unreachable
from bot.speech import Speech, speech_of, spoken_of, stored
from bot.turns import Dead, Later
from storage.queue import Due


class Poster:
    """Sends one post of the outbox at a time; the queue decides on order and repetition."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        """Speak through these platforms, by name."""
        self._platforms = platforms

    async def post(self, due: Due) -> tuple[str, float] | None:
        """Say it, or edit what was said in the same slot. Raises Later and Dead, as the queue wants them."""
        speech = speech_of(due.body)
        platform = self._platforms.get(speech.place.platform)
        if platform is None:
            raise Later(60)
        try:
            return await self._speak(platform, speech, due)
        except Unreachable as why:
            if why.for_good:
                raise Dead(str(why)) from why
            raise Later(why.retry_after or min(60.0, 2.0**due.attempts)) from why

    async def _speak(self, platform: Platform, speech: Speech, due: Due) -> tuple[str, float] | None:
        there = platform.at(speech.place, person=speech.person, reply=speech.reply)
        if speech.whisper:
            await there.whisper(speech.markdown, choices=speech.choices, key=speech.slot)
            return None
        if due.spoken is None:
            spoken = await there.say(speech.markdown, choices=speech.choices, chart=speech.chart, key=speech.slot)
        else:
            spoken = spoken_of(due.spoken)
            await there.edit(spoken, speech.markdown, choices=speech.choices, chart=speech.chart)
        return stored(spoken), spoken.at.timestamp()
