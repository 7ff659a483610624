"""The places of the playground and who may see them: channels for all, direct messages, threads."""

from __future__ import annotations

from sqlalchemy import Connection

from storage import transcript
from storage.addresses import Person, Place

PLATFORM = "web"
REALM = "local"
CHANNELS = ("practice", "general")
"""The channels that every person of this server sees; the first is where one begins."""

_DIRECT = "direct-"


def direct(user: str) -> Place:
    """The direct messages between a person and the coach."""
    return Place(PLATFORM, REALM, _DIRECT + user)


def is_direct(place: Place) -> bool:
    """Whether a place, or the channel its thread is in, is somebody's direct messages."""
    return place.channel.startswith(_DIRECT)


def viewer_of(place: Place) -> str:
    """The user whose direct messages a place is in; empty for the channels of all."""
    return place.channel.removeprefix(_DIRECT) if is_direct(place) else ""


def person(user: str) -> Person:
    """A person of this server by their id."""
    return Person(PLATFORM, REALM, user)


def sees(conn: Connection, place: Place, user: str) -> bool:
    """Whether a person may see a place; a thread that does not exist is seen by nobody."""
    if viewer_of(place) not in ("", user):
        return False
    if place.thread:
        opening = transcript.get(conn, transcript.opening_of(place))
        return opening is not None and opening.place.channel == place.channel and opening.viewer in ("", user)
    return place.channel in CHANNELS or is_direct(place)


def name_of(user: str) -> str:
    """What others call a person who never told a name."""
    return f"Guest {user[:4].upper()}"
