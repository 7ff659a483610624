"""The daily question as it is remembered: schedules, what was asked on which local day, and days practised.

A schedule is found by `next_due_at`; one local day of one account is one row of `deliveries`, whoever looks and how
often. What is claimed goes into the queue in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, false, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from agent.types import Card
from storage import interviews as interviews_of
from storage import queue, stepping
from storage.addresses import Person
from storage.queue import Arrival
from storage.records import RECORD, Record, card_from, record_of
from storage.stepping import Step
from storage.tables import deliveries, identities, interviews, practices, practised_days


class Paused(StrEnum):
    """Why a daily question rests: it does not, by its owner's wish, three unanswered, or a closed door."""

    NO = ""
    ASKED = "asked"
    UNANSWERED = "unanswered"
    UNREACHABLE = "unreachable"


class Asked(StrEnum):
    """What became of a day's question. CLAIMED: on its way; MISSED: it could not be shown, which is our fault."""

    CLAIMED = "claimed"
    OFFERED = "offered"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Practice:
    """One account's daily question, and the person it is sent to.

    `minute` counts from local midnight, `days` are weekdays (0 is Monday), `zone` is an IANA name that came from the
    `platform` or the `person`. An empty `kind` is the plan's while one runs, else quick; an empty `difficulty` follows
    results, of which `level` is the present one since the local day `level_since`. `since`: the local day it was turned
    on. `unanswered` counts questions in a row without a sign of life. `word_owed`: the person was not told yet that it
    is paused. `next_on` and `next_due_at` are the next question's day and time.
    """

    account: str
    person: Person
    minute: int
    days: frozenset[int]
    zone: str
    since: date
    zone_source: str = "person"
    kind: str = ""
    difficulty: str = ""
    level: str = "medium"
    level_since: date = date.min
    turned_on: bool = True
    paused: Paused = Paused.NO
    paused_until: date | None = None
    word_owed: bool = False
    unanswered: int = 0
    next_on: date | None = None
    next_due_at: datetime | None = None

    @property
    def key(self) -> str:
        """What tells it from others."""
        return self.account


@dataclass(frozen=True, slots=True)
class Delivery:
    """One local day's question of an account.

    `why` is the reason it was chosen, as JSON; `hints` were taken before it was answered; `times` counts how often it
    was shown again; `interview` is where it is answered.
    """

    account: str
    on: date
    due_at: datetime
    state: Asked = Asked.CLAIMED
    delivered_at: datetime | None = None
    again_at: datetime | None = None
    times: int = 0
    question: str = ""
    why: str = ""
    hints: int = 0
    interview: str = ""


@dataclass(frozen=True, slots=True)
class Advance:
    """A schedule one step on: the practice as it is now, and the day that is to be asked, if one is."""

    practice: Practice
    asked: Delivery | None = None
    arrival: Arrival | None = None


_GET = select(practices).where(practices.c.account_id == bindparam("account"))
_DUE = (
    select(practices)
    .where(practices.c.next_due_at <= bindparam("now"))
    .order_by(practices.c.next_due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_AGAIN = (
    select(deliveries)
    .where(deliveries.c.again_at <= bindparam("now"))
    .order_by(deliveries.c.again_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_IS_DUE = select(
    or_(
        exists().where(practices.c.next_due_at <= bindparam("now")),
        exists().where(deliveries.c.again_at <= bindparam("now")),
    )
)
# The account of a person, for a statement that would else look through everybody's.
_IDENTITY = select(identities.c.account_id).where(
    *(identities.c[name] == bindparam(name) for name in ("platform", "realm", "user"))
)
_OWED_TO = select(practices).where(practices.c.account_id.in_(_IDENTITY), practices.c.word_owed == true())
_OPEN_WITH = select(interviews.c.id).where(
    interviews.c.open == true(),
    interviews.c.practice == true(),
    *(interviews.c[f"person_{name}"] == bindparam(name) for name in ("platform", "realm", "user")),
    interviews.c.account_id.in_(_IDENTITY),
)
_SAVE = insert(practices)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["account_id"],
    set_={column.name: _SAVE.excluded[column.name] for column in practices.c if not column.primary_key},
)
_MOVE = update(practices).where(practices.c.account_id == bindparam("which"))
_CLAIM = insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.account_id, deliveries.c.local_date)
_KEEP = insert(deliveries)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["account_id", "local_date"],
    set_={column.name: _KEEP.excluded[column.name] for column in deliveries.c if not column.primary_key},
)
_PRACTISED = insert(practised_days).on_conflict_do_nothing()


def get(conn: Connection, account: str) -> Practice | None:
    """An account's daily question; None when it never had one."""
    row = conn.execute(_GET, {"account": account}).first()
    return None if row is None else _practice(row)


def is_running(conn: Connection, account: str) -> bool:
    """Whether an account is going to be asked a daily question."""
    due = get(conn, account)
    return due is not None and due.next_due_at is not None


def save(conn: Connection, practice: Practice) -> None:
    """Keep it as it is now."""
    conn.execute(_SAVE, _columns(practice))


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether anything is to be asked by now."""
    return bool(conn.execute(_IS_DUE, {"now": now.timestamp()}).scalar())


def claim(
    conn: Connection,
    now: datetime,
    limit: int,
    advance: Callable[[Practice], Advance],
    again: Callable[[Delivery, Practice], Arrival],
) -> int:
    """Take at most `limit` schedules that are due one step on, and put what is to be asked into the queue.

    A day that has its row already is not asked again. What was put off is asked `again`. Returns how many were seen.
    """
    steps = [advance(_practice(row)) for row in conn.execute(_DUE, {"now": now.timestamp(), "most": limit})]
    stepping.take(conn, [*map(_step, steps)], _MOVE, _CLAIM, ("account_id", "local_date"))
    arrivals: list[Arrival] = []
    put_off = [_delivery(row) for row in conn.execute(_AGAIN, {"now": now.timestamp(), "most": limit})]
    for delivery in put_off:
        conn.execute(
            update(deliveries)
            .where(deliveries.c.account_id == delivery.account, deliveries.c.local_date == delivery.on.isoformat())
            .values(again_at=None)
        )
        practice = get(conn, delivery.account)
        if practice is not None:
            arrivals.append(again(delivery, practice))
    queue.accept_new(conn, arrivals)
    return len(steps) + len(put_off)


def delivery(conn: Connection, account: str, on: date) -> Delivery | None:
    """What an account was asked on a local day."""
    row = conn.execute(
        select(deliveries).where(deliveries.c.account_id == account, deliveries.c.local_date == on.isoformat())
    ).first()
    return None if row is None else _delivery(row)


def delivery_of(conn: Connection, account: str, interview: str) -> Delivery | None:
    """The day whose question is answered in this interview."""
    row = conn.execute(
        select(deliveries).where(deliveries.c.account_id == account, deliveries.c.interview_id == interview)
    ).first()
    return None if row is None else _delivery(row)


def latest(conn: Connection, account: str, limit: int) -> list[Delivery]:
    """An account's last days, newest first."""
    rows = conn.execute(
        select(deliveries)
        .where(deliveries.c.account_id == account)
        .order_by(deliveries.c.local_date.desc())
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def keep(conn: Connection, delivery: Delivery) -> None:
    """Keep a day as it is now."""
    conn.execute(_KEEP, _row(delivery))


def rest(conn: Connection, account: str) -> None:
    """What was put off does not come again."""
    conn.execute(update(deliveries).where(deliveries.c.account_id == account).values(again_at=None))


def unclaim(conn: Connection, delivery: Delivery) -> None:
    """Forget that a day was claimed: it is not shown yet, and will be asked later."""
    conn.execute(
        deliveries.delete().where(
            deliveries.c.account_id == delivery.account, deliveries.c.local_date == delivery.on.isoformat()
        )
    )


def practised(conn: Connection, account: str, on: date) -> None:
    """An answer was submitted on this local day."""
    conn.execute(_PRACTISED, {"account_id": account, "local_date": on.isoformat()})


def days_practised(conn: Connection, account: str) -> list[date]:
    """The local days with any submitted answer, oldest first."""
    rows = conn.execute(
        select(practised_days.c.local_date)
        .where(practised_days.c.account_id == account)
        .order_by(practised_days.c.local_date)
    ).scalars()
    return [date.fromisoformat(day) for day in rows]


def days_asked(conn: Connection, account: str, since: date) -> list[date]:
    """The local days from then on that had a question before the person, oldest first."""
    rows = conn.execute(
        select(deliveries.c.local_date)
        .where(
            deliveries.c.account_id == account,
            deliveries.c.local_date >= since.isoformat(),
            deliveries.c.state.in_([Asked.OFFERED, Asked.SKIPPED, Asked.ANSWERED]),
        )
        .order_by(deliveries.c.local_date)
    ).scalars()
    return [date.fromisoformat(day) for day in rows]


def last_asked(conn: Connection, account: str) -> dict[str, datetime]:
    """When an account last saw each question, by its id; in interviews, skipped ones included, and in offers."""
    seen: dict[str, float] = {}
    interviewed = select(interviews.c.question_id, interviews.c.skipped, interviews.c.opened_at).where(
        interviews.c.account_id == account
    )
    for question, skipped, at in conn.execute(interviewed):
        for name in (question, *json.loads(skipped)):
            seen[name] = max(at, seen.get(name, at))
    offered = select(deliveries.c.question_id, deliveries.c.due_at).where(
        deliveries.c.account_id == account, deliveries.c.question_id != ""
    )
    for question, at in conn.execute(offered):
        seen[question] = max(at, seen.get(question, at))
    return {question: datetime.fromtimestamp(at, UTC) for question, at in seen.items()}


def count(conn: Connection, account: str) -> int:
    """How many daily questions an account was asked so far."""
    counted = select(func.count()).select_from(deliveries).where(deliveries.c.account_id == account)
    return conn.execute(counted).scalar_one()


def cards(conn: Connection, account: str) -> int:
    """How many interviews of an account ended with a card."""
    counted = select(func.count()).where(interviews.c.account_id == account, interviews.c.card.is_not(None))
    return conn.execute(counted).scalar_one()


def open_elsewhere(conn: Connection, account: str) -> Record | None:
    """An open interview of an account that is no daily question."""
    row = conn.execute(
        RECORD.where(
            interviews.c.account_id == account, interviews.c.practice == false(), interviews.c.open == true()
        ).limit(1)
    ).first()
    return None if row is None else record_of(row)


def owed_to(conn: Connection, person: Person) -> Practice | None:
    """A person's practice, if they were not told yet that it is paused."""
    row = conn.execute(_OWED_TO, asdict(person)).first()
    return None if row is None else _practice(row)


def recent_cards(conn: Connection, account: str, difficulty: str, since: datetime, limit: int) -> list[Card]:
    """The latest cards of answered daily questions of this difficulty that closed since then, newest first."""
    documents = conn.execute(
        select(interviews.c.card)
        .where(
            interviews.c.account_id == account,
            interviews.c.practice == true(),
            interviews.c.difficulty == difficulty,
            interviews.c.closed_at >= since.timestamp(),
            interviews.c.card.is_not(None),
        )
        .order_by(interviews.c.closed_at.desc())
        .limit(limit)
    ).scalars()
    return [card_from(document) for document in documents if document is not None]


def open_one(conn: Connection, account: str) -> Record | None:
    """The daily question that an account is answering now."""
    row = conn.execute(
        RECORD.where(interviews.c.account_id == account, interviews.c.practice == true(), interviews.c.open == true())
    ).first()
    return None if row is None else record_of(row)


def open_beside(conn: Connection, record: Record) -> Record | None:
    """The open interview that keeps another from going on: of daily questions one, of the others one a workspace."""
    if record.practice:
        return open_one(conn, record.account)
    return interviews_of.open_of(conn, record.account, record.workspace)


def open_with(conn: Connection, person: Person) -> str | None:
    """The id of the daily question that a person is answering now."""
    found: str | None = conn.execute(_OPEN_WITH, asdict(person)).scalar()
    return found


def _practice(row: Row[*tuple[Any, ...]]) -> Practice:
    return Practice(
        account=row.account_id,
        person=Person(row.person_platform, row.person_realm, row.person_user),
        minute=row.minute,
        days=_days(row.days),
        zone=row.zone,
        since=date.fromisoformat(row.since),
        zone_source=row.zone_source,
        kind=row.kind,
        difficulty=row.difficulty,
        level=row.level,
        level_since=date.fromisoformat(row.level_since),
        turned_on=row.turned_on,
        paused=Paused(row.paused),
        paused_until=_day(row.paused_until),
        word_owed=row.word_owed,
        unanswered=row.unanswered,
        next_on=_day(row.next_on),
        next_due_at=_moment(row.next_due_at),
    )


@cache
def _days(bits: int) -> frozenset[int]:
    return frozenset(day for day in range(7) if bits >> day & 1)


def _columns(practice: Practice) -> dict[str, Any]:
    return _moving(practice) | {
        "account_id": practice.account,
        "person_platform": practice.person.platform,
        "person_realm": practice.person.realm,
        "person_user": practice.person.user,
        "turned_on": practice.turned_on,
        "minute": practice.minute,
        "days": sum(1 << day for day in practice.days),
        "kind": practice.kind,
        "difficulty": practice.difficulty,
        "level": practice.level,
        "level_since": practice.level_since.isoformat(),
        "zone": practice.zone,
        "zone_source": practice.zone_source,
        "since": practice.since.isoformat(),
    }


def _moving(practice: Practice) -> dict[str, Any]:
    """What a tick changes."""
    return {
        "paused": practice.paused.value,
        "paused_until": practice.paused_until and practice.paused_until.isoformat(),
        "word_owed": practice.word_owed,
        "unanswered": practice.unanswered,
        "next_on": practice.next_on and practice.next_on.isoformat(),
        "next_due_at": practice.next_due_at and practice.next_due_at.timestamp(),
    }


def _step(one: Advance) -> Step:
    moved = {"which": one.practice.account, **_moving(one.practice)}
    return Step(moved, _row(one.asked) if one.asked else None, one.arrival)


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    return Delivery(
        account=row.account_id,
        on=date.fromisoformat(row.local_date),
        due_at=datetime.fromtimestamp(row.due_at, UTC),
        state=Asked(row.state),
        delivered_at=_moment(row.delivered_at),
        again_at=_moment(row.again_at),
        times=row.times,
        question=row.question_id,
        why=row.why,
        hints=row.hints,
        interview=row.interview_id,
    )


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "account_id": delivery.account,
        "local_date": delivery.on.isoformat(),
        "state": delivery.state.value,
        "due_at": delivery.due_at.timestamp(),
        "delivered_at": delivery.delivered_at and delivery.delivered_at.timestamp(),
        "again_at": delivery.again_at and delivery.again_at.timestamp(),
        "times": delivery.times,
        "question_id": delivery.question,
        "why": delivery.why,
        "hints": delivery.hints,
        "interview_id": delivery.interview,
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
