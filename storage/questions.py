"""Questions that a model wrote: kept in the workspace where they arose, with the topics wanted and who waits."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from agent.authoring import with_signs_spelt
from agent.types import Question
from storage.addresses import Person, Place
from storage.tables import questions, topics, wishes

MOST_OF_KIND = 200
"""More questions of one kind than anybody meets within the time in which none comes twice."""
_PLURAL = re.compile(r"(\w{2,}[^\Ws])s\Z")


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is wanted about in a workspace.

    `kind` is empty where any will do, `name` is as `name_of` gives it.
    """

    workspace: str
    kind: str
    difficulty: str
    name: str


@dataclass(frozen=True, slots=True)
class State:
    """How things stand with a topic.

    `words` is what somebody typed, `rejected` a reply that waits to be put right (opaque JSON), `failure` why the last
    try came to nothing, at `failed_at`.
    """

    words: str
    rejected: str | None = None
    failure: str = ""
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who waits for a question, how the interview is to be held, and where they are to be answered."""

    id: str
    account: str
    topic: Topic
    person: Person
    place: Place
    at: datetime
    reply: str | None = None
    public: bool | None = None
    timed: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Lack:
    """A topic of which fewer questions are in store than wanted, and how many were ever written for it."""

    topic: Topic
    made: int
    failed_at: datetime | None


def name_of(words: str) -> str:
    """What different spellings of a topic have in common, as a hash: no case, no joints, no plural of a long word."""
    plain = "".join(_PLURAL.sub(r"\1", word) for word in re.findall(r"[^\W_]+", with_signs_spelt(words).casefold()))
    return hashlib.sha256(plain.encode(errors="replace")).hexdigest()[:32]


# Topics.


def want(conn: Connection, topic: Topic, words: str, now: datetime) -> None:
    """Remember that somebody wants questions about this."""
    row = insert(topics).values(**_key(topic), words=words, wanted_at=now.timestamp())
    same = ["workspace_id", "kind", "difficulty", "name"]
    conn.execute(row.on_conflict_do_update(index_elements=same, set_={"wanted_at": row.excluded.wanted_at}))


def state_of(conn: Connection, topic: Topic) -> State | None:
    """How things stand with a topic; None when nobody wanted it, or long ago."""
    row = conn.execute(select(topics).where(_is(topic))).first()
    return None if row is None else State(row.words, row.rejected, row.failure, _moment(row.failed_at))


def reject(conn: Connection, topic: Topic, rejected: str) -> None:
    """Keep a reply that did not pass until it was put right."""
    conn.execute(update(topics).where(_is(topic)).values(rejected=rejected))


def fail(conn: Connection, topic: Topic, failure: str, now: datetime) -> None:
    """Note that no question came of it; what was rejected is of no more use."""
    values = {"rejected": None, "failure": failure, "failed_at": now.timestamp()}
    conn.execute(update(topics).where(_is(topic)).values(**values))


def lacking(
    conn: Connection, *, wanted_since: datetime, failed_before: datetime, enough: int, limit: int
) -> list[Lack]:
    """The topics wanted since then, with fewer than `enough` questions that nobody was asked, the latest first.

    One for which nothing could be written since `failed_before` rests.
    """
    of_topic = and_(
        questions.c.workspace_id == topics.c.workspace_id,
        questions.c.topic == topics.c.name,
        questions.c.difficulty == topics.c.difficulty,
        or_(topics.c.kind == "", questions.c.kind == topics.c.kind),
    )
    fresh = select(func.count()).where(of_topic, questions.c.asked_at.is_(None)).scalar_subquery()
    made = select(func.count()).where(of_topic).scalar_subquery()
    rows = conn.execute(
        select(topics, made.label("made"))
        .where(
            topics.c.wanted_at >= wanted_since.timestamp(),
            or_(topics.c.failed_at.is_(None), topics.c.failed_at < failed_before.timestamp()),
            fresh < enough,
        )
        .order_by(topics.c.wanted_at.desc())
        .limit(limit)
    )
    return [
        Lack(Topic(row.workspace_id, row.kind, row.difficulty, row.name), row.made, _moment(row.failed_at))
        for row in rows
    ]


def forget(conn: Connection, before: datetime) -> None:
    """Delete what was last wanted before then; the questions stay."""
    conn.execute(delete(topics).where(topics.c.wanted_at < before.timestamp()))
    conn.execute(delete(wishes).where(wishes.c.wished_at < before.timestamp()))


def leave(conn: Connection, workspace: str, before: datetime) -> None:
    """Delete what arose in a workspace before then."""
    for table, moment in ((topics, topics.c.wanted_at), (questions, questions.c.made_at), (wishes, wishes.c.wished_at)):
        conn.execute(delete(table).where(table.c.workspace_id == workspace, moment <= before.timestamp()))


# Questions.


def add(conn: Connection, topic: Topic, question: Question, now: datetime) -> None:
    """Keep a question that was written for a topic."""
    row = {
        "id": question.id,
        "workspace_id": topic.workspace,
        "kind": question.kind,
        "difficulty": topic.difficulty,
        "topic": topic.name,
        "document": _question().dump_json(question).decode(),
        "model": question.written_by[:64],
        "made_at": now.timestamp(),
    }
    conn.execute(insert(questions).values(row).on_conflict_do_nothing())
    done = {"rejected": None, "failure": "", "failed_at": None}
    conn.execute(update(topics).where(_is(topic)).values(**done))


def written_for(conn: Connection, topic: Topic) -> list[Question]:
    """The questions of a workspace about a topic: those that nobody was asked first, then the longest known."""
    rows = conn.execute(
        select(questions.c.document)
        .where(*_about(topic))
        .order_by(questions.c.asked_at.is_not(None), questions.c.made_at, questions.c.id)
    ).scalars()
    return [_question().validate_json(row) for row in rows]


def get(conn: Connection, workspace: str, id: str) -> Question | None:
    """The question with this id, if it arose in this workspace."""
    row = conn.execute(
        select(questions.c.document).where(questions.c.id == id, questions.c.workspace_id == workspace)
    ).scalar()
    return None if row is None else _question().validate_json(row)


def of_kind(conn: Connection, workspace: str, kind: str) -> list[Question]:
    """The latest questions of this kind that arose in a workspace."""
    rows = conn.execute(
        select(questions.c.document)
        .where(questions.c.workspace_id == workspace, questions.c.kind == kind)
        .order_by(questions.c.made_at.desc(), questions.c.id)
        .limit(MOST_OF_KIND)
    ).scalars()
    return [_question().validate_json(row) for row in rows]


def beside(conn: Connection, workspace: str, id: str) -> list[Question]:
    """The questions of the same topic, kind and difficulty as this one; none for one that did not arise there."""
    row = conn.execute(
        select(questions.c.kind, questions.c.difficulty, questions.c.topic).where(
            questions.c.id == id, questions.c.workspace_id == workspace
        )
    ).first()
    if row is None:
        return []
    return [other for other in written_for(conn, Topic(workspace, *row)) if other.id != id]


def in_store(conn: Connection, topic: Topic) -> int:
    """How many questions about a topic nobody was asked."""
    count = select(func.count()).select_from(questions).where(*_about(topic), questions.c.asked_at.is_(None))
    return int(conn.execute(count).scalar() or 0)


def take(conn: Connection, id: str, now: datetime) -> None:
    """Note that somebody is asked this question."""
    conn.execute(
        update(questions).where(questions.c.id == id, questions.c.asked_at.is_(None)).values(asked_at=now.timestamp())
    )


# Wishes.


def wish(conn: Connection, wanted: Wish) -> None:
    """Remember who waits for a question; of one account in one workspace the latest wish counts."""
    row = insert(wishes).values(
        account_id=wanted.account,
        workspace_id=wanted.topic.workspace,
        id=wanted.id,
        kind=wanted.topic.kind,
        difficulty=wanted.topic.difficulty,
        topic=wanted.topic.name,
        document=_wish().dump_json(wanted).decode(),
        wished_at=wanted.at.timestamp(),
    )
    changed = {name: row.excluded[name] for name in ("id", "kind", "difficulty", "topic", "document", "wished_at")}
    conn.execute(row.on_conflict_do_update(index_elements=["account_id", "workspace_id"], set_=changed))


def wish_called(conn: Connection, id: str) -> Wish | None:
    """The wish with this id; None once it was granted, refused, or another took its place."""
    document = conn.execute(select(wishes.c.document).where(wishes.c.id == id)).scalar()
    return None if document is None else _wish().validate_json(document)


def waiting_for(conn: Connection, topic: Topic) -> list[Wish]:
    """Everybody who waits for a question about this, the longest first."""
    rows = conn.execute(
        select(wishes.c.document)
        .where(
            wishes.c.workspace_id == topic.workspace,
            wishes.c.kind == topic.kind,
            wishes.c.difficulty == topic.difficulty,
            wishes.c.topic == topic.name,
        )
        .order_by(wishes.c.wished_at, wishes.c.id)
    ).scalars()
    return [_wish().validate_json(row) for row in rows]


def drop_wish(conn: Connection, id: str) -> None:
    """Nobody waits for this any more."""
    conn.execute(delete(wishes).where(wishes.c.id == id))


def wish_of(conn: Connection, account: str, workspace: str) -> Wish | None:
    """What an account waits for in a workspace."""
    which = and_(wishes.c.account_id == account, wishes.c.workspace_id == workspace)
    document = conn.execute(select(wishes.c.document).where(which)).scalar()
    return None if document is None else _wish().validate_json(document)


def _key(topic: Topic) -> dict[str, str]:
    return {
        "workspace_id": topic.workspace,
        "kind": topic.kind,
        "difficulty": topic.difficulty,
        "name": topic.name,
    }


def _is(topic: Topic) -> ColumnElement[bool]:
    return and_(
        topics.c.workspace_id == topic.workspace,
        topics.c.kind == topic.kind,
        topics.c.difficulty == topic.difficulty,
        topics.c.name == topic.name,
    )


def _about(topic: Topic) -> Sequence[ColumnElement[bool]]:
    which = [
        questions.c.workspace_id == topic.workspace,
        questions.c.topic == topic.name,
        questions.c.difficulty == topic.difficulty,
    ]
    return [*which, questions.c.kind == topic.kind] if topic.kind else which


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


@cache
def _question() -> TypeAdapter[Question]:
    return TypeAdapter(Question)


@cache
def _wish() -> TypeAdapter[Wish]:
    return TypeAdapter(Wish)
