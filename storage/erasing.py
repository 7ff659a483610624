"""Taking out of the tables what belongs to an interview and stands elsewhere: words said, posts, queued events."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select

from storage.addresses import Person, Place
from storage.tables import files, inbox, interviews, lanes, outbox, posts, transcript
from storage.transcript import opening_of


@dataclass(frozen=True, slots=True)
class Held:
    """An interview that was held somewhere, at some time (seconds since the epoch)."""

    id: str
    account: str
    place: Place | None
    opened_at: float


HELD = select(
    interviews.c.id,
    interviews.c.account_id,
    interviews.c.place_platform,
    interviews.c.place_realm,
    interviews.c.place_channel,
    interviews.c.place_thread,
    interviews.c.opened_at,
)
"""To be narrowed down and given to `held`."""


def held(conn: Connection, *which: ColumnElement[bool], limit: int | None = None) -> list[Held]:
    """The interviews for which all this is true, the longest closed first."""
    rows = conn.execute(HELD.where(*which).order_by(interviews.c.closed_at, interviews.c.id).limit(limit))
    return [
        Held(row[0], row[1], None if row[2] is None else Place(row[2], row[3], row[4], row[5]), row[6]) for row in rows
    ]


def remove(conn: Connection, interview: Held) -> None:
    """Delete an interview, with its scores and all that was said, posted and queued for it."""
    addresses = conn.execute(
        delete(posts).where(posts.c.slot.startswith(f"{interview.id}/", autoescape=True)).returning(posts.c.spoken)
    ).scalars()
    spoken = [str(json.loads(address).get("id")) for address in addresses]
    if interview.place is not None:
        silence(conn, interview)
        others = select(exists().where(_another_at(interview, interview.place)))
        if not conn.execute(others).scalar():
            spoken.append(opening_of(interview.place))
    conn.execute(delete(transcript).where(transcript.c.id.in_(spoken)))
    conn.execute(delete(lanes).where(lanes.c.key == lane_of(interview.id)))
    conn.execute(delete(interviews).where(interviews.c.id == interview.id))


def silence(conn: Connection, interview: Held) -> None:
    """Delete what was said in an interview's place, from its start to the start of the next one there."""
    there = interview.place
    if there is None:
        return
    following = conn.execute(
        select(func.min(interviews.c.opened_at)).where(
            _another_at(interview, there), interviews.c.opened_at > interview.opened_at
        )
    ).scalar()
    said = and_(
        transcript.c.platform == there.platform,
        transcript.c.realm == there.realm,
        transcript.c.channel == there.channel,
        transcript.c.thread == there.thread,
        transcript.c.said_at >= interview.opened_at,
    )
    if following is not None:
        said = and_(said, transcript.c.said_at < following)
    _unsay(conn, said)


def silence_person(conn: Connection, person: Person) -> None:
    """Delete what a person said or alone could see, and what they did outside interviews.

    Their lane stays, with what still waits there: the step that does this goes on in it.
    """
    said = and_(
        transcript.c.platform == person.platform,
        transcript.c.realm == person.realm,
        or_(transcript.c.author == person.user, transcript.c.viewer == person.user),
    )
    _unsay(conn, said)
    waiting = files.c.message.startswith(f"{person.platform}:{person.user}:", autoescape=True)
    conn.execute(delete(files).where(files.c.interview_id.is_(None), waiting))  # for a message that was never sent
    lane = select(lanes.c.id).where(lanes.c.key == f"person:{person}").scalar_subquery()
    conn.execute(delete(inbox).where(inbox.c.lane_id == lane, inbox.c.status != 0))
    conn.execute(delete(outbox).where(outbox.c.lane_id == lane, outbox.c.due_at.is_(None)))


def silence_practice(conn: Connection, account: str) -> None:
    """Delete where an account's daily questions were shown, and what else it was told without asking."""
    for slots in ("daily", "notice"):
        conn.execute(delete(posts).where(posts.c.slot.startswith(f"{slots}/{account}/", autoescape=True)))


def clear_lane(conn: Connection, interview: str) -> None:
    """Delete what an interview's lane has handled, unless something waits there."""
    conn.execute(delete(lanes).where(lanes.c.key == lane_of(interview), lanes.c.ready_at.is_(None)))


def lane_of(interview: str) -> str:
    """The lane in which an interview's steps run one after another."""
    return f"interview:{interview}"


def _unsay(conn: Connection, said: ColumnElement[bool]) -> None:
    """Delete messages, with the pictures that came with them."""
    conn.execute(delete(files).where(files.c.message.in_(select(transcript.c.id).where(said))))
    conn.execute(delete(transcript).where(said))


def _another_at(interview: Held, place: Place) -> ColumnElement[bool]:
    """Another interview of the same account in this place: a retry stays in its thread."""
    return and_(
        interviews.c.account_id == interview.account,
        interviews.c.id != interview.id,
        interviews.c.place_platform == place.platform,
        interviews.c.place_realm == place.realm,
        interviews.c.place_channel == place.channel,
        interviews.c.place_thread == place.thread,
    )
