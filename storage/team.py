"""The weekly channel question as it is remembered: schedules, what was asked in which week, and where it is answered.

A schedule is found by `next_due_at`; one local week of one channel is one row of `team_deliveries`, whoever looks and
how often. What is claimed goes into the queue in the same transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from agent.types import Question
from storage import queue, stepping
from storage.addresses import Person, Place
from storage.practice import Asked, Paused
from storage.queue import Arrival
from storage.stepping import Step
from storage.tables import evaluations, interviews, posts, team_answers, team_deliveries, team_practices


@dataclass(frozen=True, slots=True)
class TeamPractice:
    """One channel's weekly question, and the person who set it, None once they are forgotten.

    `minute` counts from local midnight, `day` is a weekday (0 is Monday), `zone` is an IANA name. An empty
    `difficulty` is any. `word_owed`: the person was not told yet that it is paused. `next_on` and `next_due_at` are
    the next question's day and time.
    """

    id: str
    workspace: str
    place: Place
    account: str | None
    person: Person | None
    minute: int
    day: int
    zone: str
    kind: str
    set_at: datetime
    difficulty: str = ""
    turned_on: bool = True
    paused: Paused = Paused.NO
    word_owed: bool = False
    next_on: date | None = None
    next_due_at: datetime | None = None

    @property
    def key(self) -> str:
        """What tells it from others."""
        return self.id

    @property
    def days(self) -> frozenset[int]:
        """The weekday as a set."""
        return frozenset({self.day})

    @property
    def paused_until(self) -> date | None:
        """It never rests for a time that was said."""
        return None


@dataclass(frozen=True, slots=True)
class TeamDelivery:
    """One local week's question of a channel; `week` is that week's Monday.

    `question` is kept whole: what was asked is what is answered and shown, whatever becomes of the bank. Its model
    answer is to come at `reveal_at`, and came at `revealed_at`.
    """

    team: str
    week: date
    on: date
    due_at: datetime
    state: Asked = Asked.CLAIMED
    question: Question | None = None
    reveal_at: datetime | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TeamAdvance:
    """A schedule one step on: as it is now, and the week that is to be asked, if one is."""

    practice: TeamPractice
    asked: TeamDelivery | None = None
    arrival: Arrival | None = None


_DUE = (
    select(team_practices)
    .where(team_practices.c.next_due_at <= bindparam("now"))
    .order_by(team_practices.c.next_due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_REVEAL = (
    select(team_deliveries, team_practices.c.workspace_id)
    .join(team_practices, team_practices.c.id == team_deliveries.c.team_id)
    .where(team_deliveries.c.reveal_at <= bindparam("now"))
    .order_by(team_deliveries.c.reveal_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=team_deliveries)
)
_IS_DUE = select(
    or_(
        exists().where(team_practices.c.next_due_at <= bindparam("now")),
        exists().where(team_deliveries.c.reveal_at <= bindparam("now")),
    )
)
_SAVE = insert(team_practices)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["id"],
    set_={column.name: _SAVE.excluded[column.name] for column in team_practices.c if not column.primary_key},
)
_MOVE = (
    update(team_practices)
    .where(team_practices.c.id == bindparam("which"))
    .values(next_on=bindparam("new_next_on"), next_due_at=bindparam("new_next_due_at"))
)
_WEEK = insert(team_deliveries)
_ANEW = {column.name: _WEEK.excluded[column.name] for column in team_deliveries.c if not column.primary_key}
_KEEP = _WEEK.on_conflict_do_update(index_elements=["team_id", "week"], set_=_ANEW)
_CLAIM = _WEEK.on_conflict_do_update(
    index_elements=["team_id", "week"], set_=_ANEW, where=team_deliveries.c.state == Asked.MISSED
).returning(team_deliveries.c.team_id, team_deliveries.c.week)
_ANSWER = insert(team_answers)
_ANSWER = _ANSWER.on_conflict_do_update(
    index_elements=["team_id", "week", "account_id"], set_={"interview_id": _ANSWER.excluded.interview_id}
)


def id_of(place: Place) -> str:
    """What a channel's weekly question is called: the same for the same channel, and short."""
    return hashlib.sha256(str(place).encode()).hexdigest()[:16]


# Schedules.


def get(conn: Connection, id: str) -> TeamPractice | None:
    """The weekly question of this name; None when there never was one."""
    row = conn.execute(select(team_practices).where(team_practices.c.id == id)).first()
    return None if row is None else _practice(row)


def save(conn: Connection, practice: TeamPractice) -> None:
    """Keep it as it is now."""
    conn.execute(_SAVE, _columns(practice))


def owed(conn: Connection, account: str) -> list[TeamPractice]:
    """What an account set, and was not told yet that it is paused."""
    which = and_(team_practices.c.account_id == account, team_practices.c.word_owed)
    return [_practice(row) for row in conn.execute(select(team_practices).where(which).order_by(team_practices.c.id))]


def told(conn: Connection, id: str) -> None:
    """Who set it knows."""
    conn.execute(update(team_practices).where(team_practices.c.id == id).values(word_owed=False))


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether anything is to be asked or shown by now."""
    return bool(conn.execute(_IS_DUE, {"now": now.timestamp()}).scalar())


def claim(
    conn: Connection,
    now: datetime,
    limit: int,
    advance: Callable[[TeamPractice], TeamAdvance],
    reveal: Callable[[TeamDelivery, str], Arrival],
) -> int:
    """Take at most `limit` schedules that are due one step on, and put what is to be asked into the queue.

    A week that has its row already is not asked again, unless it was missed. Model answers whose time has come are put
    there too, once; `reveal` is given the week and its workspace. Returns how many of both were seen.
    """
    steps = [advance(_practice(row)) for row in conn.execute(_DUE, {"now": now.timestamp(), "most": limit})]
    taken = [Step(_moved(one.practice), _row(one.asked) if one.asked else None, one.arrival) for one in steps]
    stepping.take(conn, taken, _MOVE, _CLAIM, ("team_id", "week"))
    rows = conn.execute(_REVEAL, {"now": now.timestamp(), "most": limit})
    waiting = [(_delivery(row), str(row.workspace_id)) for row in rows]
    for one, _ in waiting:
        conn.execute(update(team_deliveries).where(_is(one.team, one.week)).values(reveal_at=None))
    queue.accept_new(conn, [reveal(*one) for one in waiting])
    return len(steps) + len(waiting)


def others(conn: Connection, practice_id: str, workspace: str) -> int:
    """How many other channels of a workspace have a weekly question."""
    which = and_(
        team_practices.c.workspace_id == workspace, team_practices.c.turned_on, team_practices.c.id != practice_id
    )
    return conn.execute(select(func.count()).select_from(team_practices).where(which)).scalar_one()


def forget_person(conn: Connection, account: str) -> None:
    """Forget who set a weekly question; the question stays, for it is the channel's."""
    nobody = {"account_id": None, "person_realm": "", "person_user": ""}
    conn.execute(update(team_practices).where(team_practices.c.account_id == account).values(nobody))


def leave(conn: Connection, workspace: str, before: datetime) -> None:
    """Delete the weekly questions that were set in a workspace before then, and where they were shown."""
    gone = delete(team_practices).where(
        team_practices.c.workspace_id == workspace, team_practices.c.set_at <= before.timestamp()
    )
    for team in conn.execute(gone.returning(team_practices.c.id)).scalars().all():
        conn.execute(delete(posts).where(posts.c.slot.startswith(f"team/{team}/", autoescape=True)))


# Weeks.


def delivery(conn: Connection, team: str, week: date) -> TeamDelivery | None:
    """What a channel was asked in a week."""
    row = conn.execute(select(team_deliveries).where(_is(team, week))).first()
    return None if row is None else _delivery(row)


def keep(conn: Connection, delivery: TeamDelivery) -> None:
    """Keep a week as it is now."""
    conn.execute(_KEEP, _row(delivery))


def unclaim(conn: Connection, delivery: TeamDelivery) -> None:
    """Forget that a week was claimed: nothing was shown."""
    conn.execute(delete(team_deliveries).where(_is(delivery.team, delivery.week)))


def asked(conn: Connection, team: str) -> list[str]:
    """The ids of the questions that a channel had, newest first."""
    rows = conn.execute(
        select(team_deliveries.c.question_id)
        .where(team_deliveries.c.team_id == team, team_deliveries.c.state == Asked.OFFERED)
        .order_by(team_deliveries.c.week.desc())
    ).scalars()
    return list(rows)


def latest(conn: Connection, team: str) -> TeamDelivery | None:
    """A channel's last week that had its turn."""
    row = conn.execute(
        select(team_deliveries)
        .where(team_deliveries.c.team_id == team)
        .order_by(team_deliveries.c.week.desc())
        .limit(1)
    ).first()
    return None if row is None else _delivery(row)


# Answers.


def answer(conn: Connection, team: str, week: date, account: str, interview: str) -> None:
    """An account answers a week's question in this interview."""
    row = {"team_id": team, "week": week.isoformat(), "account_id": account, "interview_id": interview}
    conn.execute(_ANSWER, row)


def answered_in(conn: Connection, team: str, week: date, account: str) -> str:
    """The interview in which an account answers a week's question; empty when it does not."""
    which = and_(
        team_answers.c.team_id == team, team_answers.c.week == week.isoformat(), team_answers.c.account_id == account
    )
    return conn.execute(select(team_answers.c.interview_id).where(which)).scalar() or ""


def answers(conn: Connection, team: str, week: date) -> int:
    """How many people submitted an answer to a week's question; nothing here tells who."""
    counted = (
        select(func.count(team_answers.c.account_id.distinct()))
        .join(
            team_deliveries,
            and_(team_deliveries.c.team_id == team_answers.c.team_id, team_deliveries.c.week == team_answers.c.week),
        )
        .join(
            interviews,
            and_(
                interviews.c.id == team_answers.c.interview_id,
                interviews.c.question_id == team_deliveries.c.question_id,
            ),
        )
        .where(
            team_answers.c.team_id == team,
            team_answers.c.week == week.isoformat(),
            exists().where(evaluations.c.interview_id == interviews.c.id),
        )
    )
    return conn.execute(counted).scalar_one()


def _is(team: str, week: date) -> ColumnElement[bool]:
    return and_(team_deliveries.c.team_id == team, team_deliveries.c.week == week.isoformat())


def _practice(row: Row[*tuple[Any, ...]]) -> TeamPractice:
    person = Person(row.place_platform, row.person_realm, row.person_user) if row.person_user else None
    return TeamPractice(
        id=row.id,
        workspace=row.workspace_id,
        place=Place(row.place_platform, row.place_realm, row.place_channel),
        account=row.account_id,
        person=person,
        minute=row.minute,
        day=row.day,
        zone=row.zone,
        kind=row.kind,
        set_at=datetime.fromtimestamp(row.set_at, UTC),
        difficulty=row.difficulty,
        turned_on=row.turned_on,
        paused=Paused(row.paused),
        word_owed=row.word_owed,
        next_on=None if row.next_on is None else date.fromisoformat(row.next_on),
        next_due_at=_moment(row.next_due_at),
    )


def _columns(practice: TeamPractice) -> dict[str, Any]:
    return {
        "id": practice.id,
        "workspace_id": practice.workspace,
        "place_platform": practice.place.platform,
        "place_realm": practice.place.realm,
        "place_channel": practice.place.channel,
        "account_id": practice.account,
        "person_realm": practice.person.realm if practice.person is not None else "",
        "person_user": practice.person.user if practice.person is not None else "",
        "turned_on": practice.turned_on,
        "minute": practice.minute,
        "day": practice.day,
        "zone": practice.zone,
        "kind": practice.kind,
        "difficulty": practice.difficulty,
        "paused": practice.paused.value,
        "word_owed": practice.word_owed,
        "set_at": practice.set_at.timestamp(),
        "next_on": practice.next_on and practice.next_on.isoformat(),
        "next_due_at": practice.next_due_at and practice.next_due_at.timestamp(),
    }


def _moved(practice: TeamPractice) -> dict[str, Any]:
    columns = _columns(practice)
    return {
        "which": practice.id,
        "new_next_on": columns["next_on"],
        "new_next_due_at": columns["next_due_at"],
    }


def _delivery(row: Row[*tuple[Any, ...]]) -> TeamDelivery:
    return TeamDelivery(
        team=row.team_id,
        week=date.fromisoformat(row.week),
        on=date.fromisoformat(row.local_date),
        due_at=datetime.fromtimestamp(row.due_at, UTC),
        state=Asked(row.state),
        question=None if row.question is None else _question().validate_json(row.question),
        reveal_at=_moment(row.reveal_at),
        revealed_at=_moment(row.revealed_at),
    )


def _row(delivery: TeamDelivery) -> dict[str, Any]:
    question = delivery.question
    return {
        "team_id": delivery.team,
        "week": delivery.week.isoformat(),
        "local_date": delivery.on.isoformat(),
        "state": delivery.state.value,
        "due_at": delivery.due_at.timestamp(),
        "question_id": "" if question is None else question.id,
        "question": None if question is None else _question().dump_json(question).decode(),
        "reveal_at": delivery.reveal_at and delivery.reveal_at.timestamp(),
        "revealed_at": delivery.revealed_at and delivery.revealed_at.timestamp(),
    }


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@cache
def _question() -> TypeAdapter[Question]:
    return TypeAdapter(Question)
