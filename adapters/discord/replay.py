"""What was written while we were away: fetched for the open interviews, and taken in as if it came just now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from adapters.discord import events
from adapters.discord.events import DIRECT, MALFORMED, PLATFORM
from adapters.discord.refusals import unreachable
from adapters.discord.station import Station
from adapters.discord.transport import Paused, Refused
from bot.events import Event
from storage import interviews
from storage.interviews import Record

PAGE = 100
MOST_PAGES = 5
"""Five hundred messages since the last answer are more than a draft holds."""


async def replay(station: Station, store: Callable[[Event], Awaitable[bool]]) -> int:
    """Take in what the owners of open interviews wrote since their last answer; returns how many messages.

    What is known already is known by its id, and changes nothing, unless it was edited or deleted meanwhile.
    """
    taken = 0
    for record in await station.database.read(interviews.open_on, PLATFORM):
        if record.place is None or not (station.reads or record.place.realm == DIRECT):
            continue
        try:
            taken += await _replay(station, store, record)
        except (Refused, Paused, OSError) as error:
            why = unreachable(error)
            if why.for_good:
                await station.lost(record.place, record.person)
            station.log.info("replay failed", error=type(error).__name__)
    return taken


async def _replay(station: Station, store: Callable[[Event], Awaitable[bool]], record: Record) -> int:
    assert record.place is not None  # noqa: S101 - the caller looked
    interview = record.interview
    since = interview.turns[-1].submitted_at if interview.turns else interview.opened_at
    after = str(events.snowflake_at(since))
    taken = 0
    drafted = {events.message_id(message.id) for message in interview.draft}
    for _ in range(MOST_PAGES):
        page = await station.wire.listed(
            "/channels/{channel_id}/messages",
            {"after": after, "limit": str(PAGE)},
            lane="work",
            channel_id=record.place.channel,
        )
        for message in sorted(page, key=lambda one: int(one["id"])):
            after = str(message["id"])
            known = {"guild_id": None if record.place.realm == DIRECT else record.place.realm}
            try:
                reply = events.reply_of({**message, **known}, station.me)
                edit = events.edit_of({**message, **known}, station.me)
            except MALFORMED:
                continue
            drafted.discard(after)
            # The message may be stored and not yet drafted: its edit is stored in any case, and comes after it.
            for event in (reply, edit):
                if event is not None and event.person == record.person:
                    taken += await store(event)
        if len(page) < PAGE:
            break
    else:
        return taken
    for missing in drafted:
        taken += await store(events.deletion(record.place, missing, record.person, station.now()))
    return taken
