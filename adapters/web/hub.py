"""Tells the open pages that there is news; the news itself each page reads from the transcript.

Nothing durable is queued here. A page that is slow has one batch on its way and reads the rest when it can take it;
only the newest state of what is being written or thought of waits beside.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from adapters.room import Change, Said, Thinking, Written
from storage.addresses import Place


@dataclass(slots=True, eq=False)
class Seat:
    """One open page: up to where it has read, and what has happened since.

    `previews` holds the place of each message of which more was written, and whether it still is being written.
    """

    user: str
    zone: str = ""
    revision: int = 0
    stale: bool = True
    previews: dict[str, tuple[Place, bool]] = field(default_factory=dict)
    thinking: dict[Place, bool] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def sees(self, viewer: str) -> bool:
        """Whether something for this viewer is for this page."""
        return viewer in ("", self.user)


class Hub:
    """Every open page of this process, what is being written, and where work goes on."""

    def __init__(self) -> None:
        self.seats: set[Seat] = set()
        self.live: dict[str, str] = {}
        self._busy: Counter[tuple[Place, str]] = Counter()

    def announce(self, change: Change) -> None:
        """Take note, and wake the pages that may see it."""
        match change:
            case Said(row, live):
                ended = not live and self.live.pop(row.id, None) is not None
                if live:
                    self.live[row.id] = row.markdown
                for seat in self._who_see(row.viewer):
                    seat.stale = True
                    if ended:
                        seat.previews[row.id] = (row.place, False)
            case Written(id=row_id, place=place, text=text):
                self.live[row_id] = text
                for seat in self._who_see(change.viewer):
                    seat.previews[row_id] = (place, True)
            case Thinking(place, viewer, on):
                self._busy[place, viewer] += 1 if on else -1
                if self._busy[place, viewer] <= 0:
                    del self._busy[place, viewer]
                for seat in self._who_see(viewer):
                    seat.thinking[place] = (place, viewer) in self._busy

    def look_again(self, revision: int) -> None:
        """Another process may have changed something: pages that are behind this revision look."""
        for seat in self.seats:
            if seat.revision < revision:
                seat.stale = True
                seat.wake.set()

    def busy(self, seat: Seat) -> list[Place]:
        """Where work goes on that this page may see."""
        return [place for place, viewer in self._busy if seat.sees(viewer)]

    def zone(self, user: str) -> str:
        """The zone of a person's browser, while one is open."""
        return next((seat.zone for seat in self.seats if seat.user == user and seat.zone), "")

    def _who_see(self, viewer: str) -> list[Seat]:
        seats = [seat for seat in self.seats if seat.sees(viewer)]
        for seat in seats:
            seat.wake.set()
        return seats
