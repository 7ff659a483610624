"""The front door: decides whether an event concerns us and in which lane it waits, and makes it durable."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from sqlalchemy import Connection

from bot.buttons import read_mark
from bot.events import Command, Edit, Event, Lifecycle, Opened, Press, Reply, packed
from storage import interviews, practice, queue
from storage.addresses import Person, Place
from storage.database import Database
from storage.queue import Arrival


class Intake:
    """Takes events from every platform."""

    def __init__(
        self,
        database: Database,
        wake: Callable[[], None],
        taking: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Store in this database, and call `wake` when something new waits; an event is taken inside `taking`."""
        self._database = database
        self._wake = wake
        self._taking = taking

    async def accept(self, event: Event) -> None:
        """Return once the event is durable, known, or none of ours; raise when it could not be made durable."""
        with self._taking():
            await self._accept(event)

    async def _accept(self, event: Event) -> None:
        lane: str | None = _own_lane(event)
        if not lane:
            lane = await self._database.read(lane_of, event)
        if lane is None:
            return
        kind, payload = packed(event)
        arrival = Arrival(
            dedup_key=event.id,
            lane=lane,
            sort_key=f"{int(event.sent_at.timestamp() * 1_000_000):020d}",
            kind=kind,
            payload=payload,
            workspace=workspace_of(event.place),
        )
        if await self._database.write(queue.accept, arrival):
            self._wake()


def workspace_of(place: Place) -> str:
    """The workspace that a place belongs to."""
    return f"{place.platform}:{place.realm}"


def person_lane(person: Person) -> str:
    """The lane of what a person does outside an interview."""
    return f"person:{person}"


def workspace_lane(workspace: str) -> str:
    """The lane of what happens to a workspace."""
    return f"workspace:{workspace}"


def _own_lane(event: Event) -> str:
    """The lane of an event that needs no look at what is stored; empty for others."""
    match event:
        case Command() | Opened():
            return person_lane(event.person)
        case Lifecycle(name="uninstalled"):
            return workspace_lane(workspace_of(event.place))
        case _:
            return ""


def lane_of(conn: Connection, event: Event) -> str | None:
    """The lane an event belongs to; None when it is none of ours (rule 2: then it is neither stored nor logged)."""
    match event:
        case Command() | Opened():
            return person_lane(event.person)
        case Press(action="retry" | "more" | "past" | "delete"):
            # These begin or delete an interview: they keep their order with the person's commands.
            return person_lane(event.person)
        case Press():
            interview = read_mark(event.value)[0]
            record = interviews.get(conn, interview) if interview else None
            if record is not None and record.person == event.person:
                return record.lane
            return person_lane(event.person)
        case Reply() | Edit():
            return _lane_of_words(conn, event)
        case Lifecycle(name="uninstalled"):
            return workspace_lane(workspace_of(event.place))
        case Lifecycle(place=Place(thread="")):
            return f"place:{event.place}" if interviews.open_in(conn, event.place) else None
        case Lifecycle():
            owner = interviews.owner_at(conn, event.place)
            return f"interview:{owner[0]}" if owner else None


def _lane_of_words(conn: Connection, event: Reply | Edit) -> str | None:
    owner = interviews.owner_at(conn, event.place)
    if owner is not None:
        interview, person = owner
        return f"interview:{interview}" if person == event.person else None
    if not event.direct:
        return None
    mine = interviews.open_with(conn, event.person, workspace_of(event.place)) or practice.open_with(conn, event.person)
    if mine is not None:
        return f"interview:{mine}"
    return person_lane(event.person) if isinstance(event, Reply) else None
