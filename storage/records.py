"""An interview as it lies in the tables: one document, beside the columns it is found, compared and counted by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, select

from agent.types import Card, Evaluation, FollowUp, Interview, Message, Turn
from storage import erasing
from storage.addresses import Person, Place
from storage.tables import interviews


@dataclass(frozen=True, slots=True)
class Record:
    """An interview with its owner and its addresses.

    `origin` is where it was asked for, `place` where it is held (None until its thread is open), `wake_at` when it
    wants to be looked at though nothing arrived, `erased_at` when its texts were deleted for their age.
    """

    interview: Interview
    account: str
    workspace: str
    person: Person
    origin: Place
    public: bool
    place: Place | None = None
    wake_at: datetime | None = None
    practice: bool = False
    erased_at: datetime | None = None

    @property
    def lane(self) -> str:
        """The lane in which its steps run one after another."""
        return erasing.lane_of(self.interview.id)


PERSON = (interviews.c.person_platform, interviews.c.person_realm, interviews.c.person_user)
PLACE = (
    interviews.c.place_platform,
    interviews.c.place_realm,
    interviews.c.place_channel,
    interviews.c.place_thread,
)
RECORD = select(
    interviews.c.state,
    interviews.c.account_id,
    interviews.c.workspace_id,
    interviews.c.origin,
    interviews.c.public,
    interviews.c.practice,
    interviews.c.wake_at,
    interviews.c.erased_at,
    *PERSON,
    *PLACE,
)
"""The columns that `record_of` reads."""


def record_of(row: Row[*tuple[Any, ...]]) -> Record:
    """The record that a row of RECORD holds."""
    return Record(
        interview=_interview().validate_json(row.state),
        account=row.account_id,
        workspace=row.workspace_id,
        person=person_of(row),
        origin=place_from(row.origin),
        public=row.public,
        place=place_of(row),
        wake_at=_moment(row.wake_at),
        practice=row.practice,
        erased_at=_moment(row.erased_at),
    )


def person_of(row: Row[*tuple[Any, ...]]) -> Person:
    """The person in a row that has PERSON."""
    return Person(row.person_platform, row.person_realm, row.person_user)


def place_of(row: Row[*tuple[Any, ...]]) -> Place | None:
    """The place in a row that has PLACE; None as long as there is none."""
    if row.place_platform is None:
        return None
    return Place(row.place_platform, row.place_realm, row.place_channel, row.place_thread)


def place_from(document: str) -> Place:
    """A place that is stored as a document."""
    return _place().validate_json(document)


def lasting(record: Record) -> dict[str, Any]:
    """The columns that stay as they were at the start."""
    return {
        "id": record.interview.id,
        "account_id": record.account,
        "workspace_id": record.workspace,
        "person_platform": record.person.platform,
        "person_realm": record.person.realm,
        "person_user": record.person.user,
        "origin": _place().dump_json(record.origin).decode(),
        "public": record.public,
        "practice": record.practice,
        "retry_of": record.interview.retry_of,
        "opened_at": record.interview.opened_at.timestamp(),
    }


def changing(record: Record) -> dict[str, Any]:
    """The columns that may change with every step."""
    interview = record.interview
    place = record.place
    return {
        "state": _interview().dump_json(interview).decode(),
        "open": interview.closed_at is None,
        "closed_at": _seconds(interview.closed_at),
        "wake_at": _seconds(record.wake_at),
        "kind": interview.question.kind,
        "difficulty": interview.question.difficulty.value,
        "question_id": interview.question.id,
        "topics": json.dumps(interview.question.topics),
        "skipped": json.dumps(interview.skipped),
        "judge": _judge(interview),
        "card": None if interview.card is None else _card().dump_json(interview.card).decode(),
        "disputed": bool(interview.disputes),
        "place_platform": place and place.platform,
        "place_realm": place and place.realm,
        "place_channel": place and place.channel,
        "place_thread": place and place.thread,
    }


def card_from(document: str) -> Card:
    """A card that is stored as a document."""
    return _card().validate_json(document)


def evaluation_rows(interview: Interview) -> list[dict[str, Any]]:
    """Every evaluation of an interview as a row, without the time."""
    return [
        {
            "interview_id": interview.id,
            "turn": turn.number,
            "attempt": attempt,
            "judge": evaluation.judge,
            "state": evaluation.state.value,
            "correctness": evaluation.correctness,
            "clarity": evaluation.clarity,
            "depth": evaluation.depth,
            "result": _evaluation().dump_json(evaluation).decode(),
        }
        for turn in interview.turns
        for attempt, evaluation in enumerate(turn.evaluations, 1)
    ]


def without_texts(interview: Interview) -> Interview:
    """The same interview without anything the person wrote or a judge wrote about it; all numbers stay."""
    own = frozenset(follow_up.text for follow_up in interview.question.follow_ups)

    def bare_follow_up(follow_up: FollowUp | None) -> FollowUp | None:
        # A follow-up of the bank is nobody's text; one that a judge wrote may repeat the answer.
        return follow_up if follow_up is None or follow_up.text in own else replace(follow_up, text="")

    def bare_evaluation(evaluation: Evaluation) -> Evaluation:
        return replace(
            evaluation,
            verdicts=tuple(replace(verdict, quote="") for verdict in evaluation.verdicts),
            feedback="",
            follow_up=bare_follow_up(evaluation.follow_up),
            code=evaluation.code and replace(evaluation.code, rows=(), error=""),
            raw="",
        )

    def bare_turn(turn: Turn) -> Turn:
        return replace(
            turn,
            messages=_bare(turn.messages),
            addenda=_bare(turn.addenda),
            argument="",
            follow_up=bare_follow_up(turn.follow_up),
            evaluations=tuple(map(bare_evaluation, turn.evaluations)),
        )

    def bare_card(card: Card) -> Card:
        return replace(
            card,
            verdicts=tuple(replace(verdict, quote="") for verdict in card.verdicts),
            next_step="",
            summary="",
            drill="",
            disputes=tuple(replace(dispute, quote="") for dispute in card.disputes),
        )

    return replace(
        interview,
        draft=(),
        follow_up=bare_follow_up(interview.follow_up),
        turns=tuple(map(bare_turn, interview.turns)),
        card=interview.card and bare_card(interview.card),
        disputes=tuple(replace(dispute, quote="") for dispute in interview.disputes),
    )


def _bare(messages: Iterable[Message]) -> tuple[Message, ...]:
    return tuple(replace(message, text="", files=()) for message in messages)


def _judge(interview: Interview) -> str:
    if interview.card is not None:
        return interview.card.judge
    judged = [turn.evaluation for turn in interview.turns if turn.evaluation is not None]
    return judged[-1].judge if judged else ""


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@cache
def _interview() -> TypeAdapter[Interview]:
    return TypeAdapter(Interview)


@cache
def _evaluation() -> TypeAdapter[Evaluation]:
    return TypeAdapter(Evaluation)


@cache
def _card() -> TypeAdapter[Card]:
    return TypeAdapter(Card)


@cache
def _place() -> TypeAdapter[Place]:
    return TypeAdapter(Place)
