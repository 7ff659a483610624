"""Interviews: started, saved after every step, found again, compared, counted, deleted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    exists,
    false,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from agent.types import Card, Interview
from storage import erasing, files
from storage.addresses import Person, Place
from storage.database import database_now
from storage.records import (
    PERSON,
    RECORD,
    Record,
    card_from,
    changing,
    evaluation_rows,
    lasting,
    record_of,
    without_texts,
)
from storage.tables import evaluations, identities, interviews

__all__ = [
    "AlreadyOpen",
    "Figures",
    "Gone",
    "Group",
    "Record",
    "asked",
    "closed_of",
    "comparable",
    "delete",
    "due",
    "erase",
    "erase_older",
    "figures",
    "get",
    "open_in",
    "open_of",
    "open_on",
    "open_with",
    "owner_at",
    "save",
    "start",
]

LOCAL = "local"
"""The judge that is no model; its numbers are compared with its own only."""
COMPARABLE = 50
"""The most earlier cards that are looked at."""


@dataclass(frozen=True, slots=True)
class Group:
    """Averages over the scored interviews of one kind by one sort of judge; retries and disputed ones left out."""

    kind: str
    local: bool
    count: int
    correctness: float | None
    clarity: float | None
    depth: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """An account in numbers: interviews that ended with a card, minutes, averages, topics by how often."""

    count: int = 0
    minutes: int = 0
    groups: tuple[Group, ...] = ()
    topics: tuple[tuple[str, int], ...] = ()


class AlreadyOpen(Exception):
    """The account has an open interview in this workspace, or the place has one; `interview_id` names it."""

    def __init__(self, interview_id: str) -> None:
        """Name the interview that is in the way."""
        super().__init__(f"interview {interview_id} is open")
        self.interview_id = interview_id


class Gone(LookupError):
    """The interview was deleted."""


_GET = RECORD.where(interviews.c.id == bindparam("interview"))
_GET_OWN = _GET.where(interviews.c.account_id == bindparam("account"))
_main = and_(interviews.c.open == true(), interviews.c.practice == false())
_OPEN_OF = RECORD.where(
    _main, interviews.c.account_id == bindparam("account"), interviews.c.workspace_id == bindparam("workspace")
)
_OPEN_WITH = (
    select(interviews.c.id)
    .join(identities, identities.c.account_id == interviews.c.account_id)
    .where(
        _main,
        interviews.c.workspace_id == bindparam("workspace"),
        identities.c.platform == bindparam("platform"),
        identities.c.realm == bindparam("realm"),
        identities.c.user == bindparam("user"),
    )
)
_AT = and_(
    interviews.c.open == true(),
    interviews.c.place_platform == bindparam("platform"),
    interviews.c.place_realm == bindparam("realm"),
    interviews.c.place_channel == bindparam("channel"),
    interviews.c.place_thread == bindparam("thread"),
)
# A daily question that is answered where an interview is open comes first; the other waits meanwhile.
_OWNER_AT = select(interviews.c.id, *PERSON).where(_AT).order_by(interviews.c.practice.desc())
_OPEN_AT = select(interviews.c.id).where(_AT)
_OPEN_ON = RECORD.where(interviews.c.open == true(), interviews.c.person_platform == bindparam("platform"))
_OPEN_IN = RECORD.where(
    interviews.c.open == true(),
    interviews.c.place_platform == bindparam("platform"),
    interviews.c.place_realm == bindparam("realm"),
    interviews.c.place_channel == bindparam("channel"),
)
_ID = select(interviews.c.id).where(interviews.c.id == bindparam("interview"))
_DUE = (
    select(interviews.c.id, interviews.c.wake_at)
    .where(interviews.c.wake_at <= bindparam("now"))
    .order_by(interviews.c.wake_at)
    .limit(bindparam("most"))
)

_START = insert(interviews).on_conflict_do_nothing().returning(interviews.c.id)
_other = interviews.alias("other")
_SAVE = update(interviews).where(
    interviews.c.id == bindparam("interview"),
    or_(
        bindparam("alone", type_=Boolean()) == true(),
        ~exists().where(
            _other.c.account_id == bindparam("account"),
            _other.c.workspace_id == bindparam("workspace"),
            _other.c.open == true(),
            _other.c.practice == false(),
            _other.c.id != bindparam("interview"),
        ),
    ),
)
_EVALUATE = insert(evaluations).values(created_at=database_now()).on_conflict_do_nothing()

_BARE = (
    update(evaluations)
    .where(
        evaluations.c.interview_id == bindparam("of_interview"),
        evaluations.c.turn == bindparam("of_turn"),
        evaluations.c.attempt == bindparam("of_attempt"),
    )
    .values(result=bindparam("result"))
)


def start(conn: Connection, record: Record) -> None:
    """Store a new interview. Raises AlreadyOpen, with the id of the one in the way (which may be its own)."""
    if conn.execute(_START, {**lasting(record), **changing(record)}).first() is None:
        raise AlreadyOpen(_in_the_way(conn, record))
    _store_evaluations(conn, record.interview)


def save(conn: Connection, record: Record) -> None:
    """Store an interview as it is now, and the evaluations that are new.

    Raises Gone when it was deleted, and AlreadyOpen when it was closed, is to go on, and another is open.
    """
    interview = record.interview
    which = {
        "interview": interview.id,
        "account": record.account,
        "workspace": record.workspace,
        "alone": record.practice or interview.closed_at is not None,
    }
    if conn.execute(_SAVE, {**which, **changing(record)}).rowcount == 0:
        if conn.execute(_ID, {"interview": interview.id}).first() is None:
            raise Gone(f"interview {interview.id} was deleted")
        raise AlreadyOpen(_in_the_way(conn, record))
    _store_evaluations(conn, interview)


def get(conn: Connection, id: str, account: str | None = None) -> Record | None:
    """The interview with this id; with `account`, only if it is that account's."""
    if account is None:
        return _one(conn.execute(_GET, {"interview": id}).first())
    return _one(conn.execute(_GET_OWN, {"interview": id, "account": account}).first())


def owner_at(conn: Connection, place: Place) -> tuple[str, Person] | None:
    """The id and the owner of the open interview in this place."""
    row = conn.execute(_OWNER_AT, _parts(place)).first()
    return None if row is None else (row[0], Person(row[1], row[2], row[3]))


def open_on(conn: Connection, platform: str) -> list[Record]:
    """All open interviews of the people of a platform, practice too."""
    return [record_of(row) for row in conn.execute(_OPEN_ON, {"platform": platform})]


def open_in(conn: Connection, place: Place) -> list[Record]:
    """The open interviews in the channel of this place."""
    where = {"platform": place.platform, "realm": place.realm, "channel": place.channel}
    return [record_of(row) for row in conn.execute(_OPEN_IN, where)]


def open_of(conn: Connection, account: str, workspace: str) -> Record | None:
    """The open interview of an account in a workspace, practice apart."""
    return _one(conn.execute(_OPEN_OF, {"account": account, "workspace": workspace}).first())


def held_elsewhere(conn: Connection, account: str, workspace: str) -> bool:
    """Whether an account held an interview in another workspace."""
    other = select(interviews.c.id).where(interviews.c.account_id == account, interviews.c.workspace_id != workspace)
    return conn.execute(other.limit(1)).first() is not None


def open_with(conn: Connection, person: Person, workspace: str) -> str | None:
    """The id of a person's open interview in a workspace, practice apart."""
    who = {"platform": person.platform, "realm": person.realm, "user": person.user}
    found: str | None = conn.execute(_OPEN_WITH, {**who, "workspace": workspace}).scalar()
    return found


def due(conn: Connection, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """The interviews that want to be looked at by now, and since when, the longest due first."""
    rows = conn.execute(_DUE, {"now": now.timestamp(), "most": limit})
    return [(row.id, datetime.fromtimestamp(row.wake_at, UTC)) for row in rows]


def closed_of(conn: Connection, account: str, *, limit: int, offset: int = 0) -> list[Record]:
    """A page of an account's closed interviews, newest first."""
    return [
        record_of(row)
        for row in conn.execute(
            RECORD.where(interviews.c.account_id == account, interviews.c.closed_at.is_not(None))
            .order_by(interviews.c.closed_at.desc(), interviews.c.id)
            .limit(limit)
            .offset(offset)
        )
    ]


def comparable(conn: Connection, account: str, kind: str, local: bool, *, before: datetime | None = None) -> list[Card]:
    """The scored cards to compare with, newest first, at most fifty: same kind, same sort of judge.

    Retries and disputed ones are kept out. With `before`, only interviews that closed earlier than that.
    """
    chosen = select(interviews.c.card).where(
        interviews.c.account_id == account,
        interviews.c.kind == kind,
        interviews.c.card.is_not(None),
        interviews.c.closed_at.is_not(None),
        interviews.c.judge == LOCAL if local else interviews.c.judge != LOCAL,
        _counts(),
    )
    if before is not None:
        chosen = chosen.where(interviews.c.closed_at < before.timestamp())
    documents = conn.execute(chosen.order_by(interviews.c.closed_at.desc()).limit(COMPARABLE)).scalars()
    cards = [card_from(document) for document in documents if document is not None]
    return [card for card in cards if card.correctness is not None]


def asked(conn: Connection, account: str) -> list[str]:
    """The ids of the questions an account has been asked, skipped ones included, newest first, each once."""
    rows = conn.execute(
        select(interviews.c.question_id, interviews.c.skipped)
        .where(interviews.c.account_id == account)
        .order_by(interviews.c.opened_at.desc())
    )
    return list(dict.fromkeys(name for row in rows for name in (row[0], *reversed(json.loads(row[1])))))


def figures(conn: Connection, account: str, since: datetime) -> Figures:
    """An account's interviews that ended with a card since then, in numbers."""
    rows = conn.execute(
        select(interviews.c.kind, interviews.c.judge, interviews.c.topics, interviews.c.card, _counts().label("counts"))
        .where(
            interviews.c.account_id == account,
            interviews.c.closed_at >= since.timestamp(),
            interviews.c.card.is_not(None),
        )
        .order_by(interviews.c.closed_at)
    ).all()
    topics: Counter[str] = Counter()
    groups: dict[tuple[str, bool], list[Card]] = {}
    minutes = 0
    for kind, judge, its_topics, document, counts in rows:
        card = card_from(document)
        minutes += card.minutes
        topics.update(json.loads(its_topics))
        if counts:
            groups.setdefault((kind, judge == LOCAL), []).append(card)
    return Figures(
        count=len(rows),
        minutes=minutes,
        groups=tuple(_group(kind, local, cards) for (kind, local), cards in sorted(groups.items())),
        topics=tuple(sorted(topics.items(), key=lambda topic: (-topic[1], topic[0]))),
    )


def delete(conn: Connection, id: str, account: str) -> bool:
    """Delete an account's interview with all that belongs to it; False when it has no such interview."""
    found = erasing.held(conn, interviews.c.id == id, interviews.c.account_id == account)
    for interview in found:
        erasing.remove(conn, interview)
    return bool(found)


def erase_older(conn: Connection, before: datetime, *, limit: int = 100) -> int:
    """Delete the texts of interviews that closed before then, and keep their scores; returns of how many.

    What goes: answers, pictures, quotes, feedback, what was said in their places, what their lanes handled. Call it
    again as long as it returns `limit`.
    """
    old = erasing.held(conn, interviews.c.closed_at < before.timestamp(), interviews.c.erased_at.is_(None), limit=limit)
    for interview in old:
        erase(conn, interview)
    return len(old)


def erase(conn: Connection, interview: erasing.Held) -> None:
    """Delete the texts and pictures of a closed interview, and keep its scores."""
    erasing.silence(conn, interview)
    erasing.clear_lane(conn, interview.id)
    files.erase(conn, interview.id)
    record = get(conn, interview.id)
    if record is None:
        return
    bare = without_texts(record.interview)
    conn.execute(
        update(interviews)
        .where(interviews.c.id == interview.id)
        .values(**changing(replace(record, interview=bare)), erased_at=database_now())
    )
    for row in evaluation_rows(bare):
        conn.execute(
            _BARE,
            {
                "of_interview": interview.id,
                "of_turn": row["turn"],
                "of_attempt": row["attempt"],
                "result": row["result"],
            },
        )


def _in_the_way(conn: Connection, record: Record) -> str:
    """The id of the interview that a new one collides with."""
    interview = record.interview.id
    found = [conn.execute(_ID, {"interview": interview}).scalar()]
    if not record.practice:
        which = {"account": record.account, "workspace": record.workspace}
        open_one = _one(conn.execute(_OPEN_OF, which).first())
        found.insert(0, open_one.interview.id if open_one is not None else None)
    if record.place is not None:
        found.append(conn.execute(_OPEN_AT, _parts(record.place)).scalar())
    return next(filter(None, found), "")


def _store_evaluations(conn: Connection, interview: Interview) -> None:
    rows = evaluation_rows(interview)
    if rows:
        conn.execute(_EVALUATE, rows)


def _counts() -> ColumnElement[bool]:
    """Whether an interview's numbers count in comparisons: retries and disputed ones do not."""
    return and_(interviews.c.retry_of == "", interviews.c.disputed == false())


def _group(kind: str, local: bool, cards: Sequence[Card]) -> Group:
    return Group(
        kind=kind,
        local=local,
        count=len(cards),
        correctness=_mean(card.correctness for card in cards),
        clarity=_mean(card.clarity for card in cards),
        depth=_mean(card.depth for card in cards),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _one(row: Row[*tuple[Any, ...]] | None) -> Record | None:
    return None if row is None else record_of(row)


def _parts(place: Place) -> dict[str, str]:
    return {
        "platform": place.platform,
        "realm": place.realm,
        "channel": place.channel,
        "thread": place.thread,
    }
