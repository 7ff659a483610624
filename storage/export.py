"""Everything that is stored of one account, as plain JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select, true

from storage.accounts import identities_of
from storage.addresses import Person, Place
from storage.erasing import held, lane_of
from storage.tables import (
    accounts,
    boards,
    budget_notices,
    deliveries,
    evaluations,
    files,
    identities,
    inbox,
    interviews,
    lanes,
    outbox,
    plans,
    posts,
    practices,
    practised_days,
    reviews,
    team_answers,
    team_practices,
    transcript,
    wishes,
)

DOCUMENTS = frozenset(
    {
        accounts.c.preferences,
        interviews.c.state,
        interviews.c.card,
        interviews.c.topics,
        interviews.c.skipped,
        interviews.c.origin,
        evaluations.c.result,
        inbox.c.payload,
        outbox.c.body,
        posts.c.spoken,
        wishes.c.document,
        transcript.c.choices,
        transcript.c.chart,
        deliveries.c.why,
        plans.c.topics,
        reviews.c.card,
        reviews.c.before,
    }
)
"""Columns that hold JSON."""
PRACTICE = (practices, deliveries, practised_days, reviews, plans)
OURS = ("key_points", "hints", "follow_ups", "reference", "code", "variants")
"""How a question is judged: the same for everybody, and not the person's."""


HANDLE = ("reply",)
"""What something can be answered by, of use to nobody but us."""
WORDS = ("state", "card", "topics", "skipped", "origin")
"""The columns of an interview that hold words or addresses."""


def export_account(conn: Connection, account_id: str, workspace: str | None = None) -> dict[str, Any] | None:
    """All that is stored of an account, None when there is none; rows as in the tables, times in ISO 8601, UTC.

    For a `workspace`, words are given as far as they arose there: of an interview that was held elsewhere there are
    kind, times and scores.

    Keys: `account`, `identities`, `interviews` (each with its `evaluations`), `events` (what the person did) and
    `messages` (what was said to them) as long as the queue keeps them, `posts` (where something was said),
    `practice` (the daily question: its schedule, each day, days practised, what is due for review), `boards` (the
    practice boards they joined), `notices` (of a workspace's budget), `team_practices` (weekly channel questions they
    set up), `team_answers` (those they answered, and in which interview), `pictures` (their bytes in base64), `wishes`
    (for a question that is being written), and `transcript` (browser and terminal). Of a question the text is given,
    not how it is judged.
    """
    found = _rows(conn, select(accounts).where(accounts.c.id == account_id))
    if not found:
        return None
    people = identities_of(conn, account_id)
    own = held(conn, interviews.c.account_id == account_id)
    here = (
        own
        if workspace is None
        else held(conn, interviews.c.account_id == account_id, interviews.c.workspace_id == workspace)
    )
    keys = [*(lane_of(interview.id) for interview in here), *(f"person:{person}" for person in people)]
    return {
        "account": found[0],
        "identities": _rows(conn, select(identities).where(identities.c.account_id == account_id)),
        "interviews": [_interview(conn, interview.id, whole=interview in here) for interview in own],
        "events": _queued(conn, inbox, "payload", keys, workspace),
        "messages": _queued(conn, outbox, "body", keys, workspace),
        "posts": [row for interview in here for row in _posts(conn, interview.id)],
        "practice": {
            table.name: _rows(conn, select(table).where(table.c.account_id == account_id)) for table in PRACTICE
        },
        "boards": _in(conn, boards, account_id, workspace),
        "notices": _in(conn, budget_notices, account_id, workspace),
        "team_practices": _in(conn, team_practices, account_id, workspace),
        "team_answers": _team_answers(conn, account_id, workspace),
        "pictures": [row for interview in here for row in _pictures(conn, interview.id)],
        "wishes": [
            row | {"document": _without(row["document"], HANDLE)} for row in _in(conn, wishes, account_id, workspace)
        ],
        "transcript": _said(conn, people, [interview.place for interview in here], workspace),
    }


def _team_answers(conn: Connection, account: str, workspace: str | None) -> list[dict[str, Any]]:
    here = team_practices.c.workspace_id == workspace if workspace is not None else true()
    whose = team_answers.c.account_id == account
    there = team_practices.c.id == team_answers.c.team_id
    return _rows(conn, select(team_answers).join(team_practices, there).where(whose, here))


def _in(conn: Connection, table: Table, account: str, workspace: str | None) -> list[dict[str, Any]]:
    """An account's rows of a table, of one workspace or of all."""
    here = table.c.workspace_id == workspace if workspace is not None else true()
    return _rows(conn, select(table).where(table.c.account_id == account, here))


def _without(document: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def _interview(conn: Connection, interview: str, *, whole: bool) -> dict[str, Any]:
    row = _rows(conn, select(interviews).where(interviews.c.id == interview))[0]
    question = row["state"]["question"]
    row["state"]["question"] = _without(question, OURS)
    row["evaluations"] = _rows(
        conn,
        select(evaluations)
        .where(evaluations.c.interview_id == interview)
        .order_by(evaluations.c.turn, evaluations.c.attempt),
    )
    if whole:
        return row
    row["evaluations"] = [_without(evaluation, ("result",)) for evaluation in row["evaluations"]]
    return _without(row, WORDS)


def _queued(
    conn: Connection, table: Table, document: str, keys: list[str], workspace: str | None
) -> list[dict[str, Any]]:
    rows = _rows(
        conn,
        select(table, lanes.c.key.label("lane"))
        .join(lanes, lanes.c.id == table.c.lane_id)
        .where(lanes.c.key.in_(keys))
        .order_by(table.c.id),
    )
    return [row | {document: _without(row[document] or {}, HANDLE)} for row in rows if _arose(row[document], workspace)]


def _arose(document: dict[str, Any] | None, workspace: str | None) -> bool:
    """Whether something in the queue is of this workspace, as far as it names a place; what was done names none."""
    place = (document or {}).get("place")
    return workspace is None or place is None or f"{place['platform']}:{place['realm']}" == workspace


def _posts(conn: Connection, interview: str) -> list[dict[str, Any]]:
    return _rows(
        conn,
        select(posts).where(posts.c.slot.startswith(f"{interview}/", autoescape=True)).order_by(posts.c.shown_at),
    )


def _pictures(conn: Connection, interview: str) -> list[dict[str, Any]]:
    return _rows(conn, select(files).where(files.c.interview_id == interview).order_by(files.c.message, files.c.number))


def _said(
    conn: Connection, people: Iterable[Person], places: Iterable[Place | None], workspace: str | None
) -> list[dict[str, Any]]:
    said = [
        and_(
            transcript.c.platform == person.platform,
            transcript.c.realm == person.realm,
            or_(transcript.c.author == person.user, transcript.c.viewer == person.user),
        )
        for person in people
        if workspace in (None, f"{person.platform}:{person.realm}")
    ]
    said += [
        and_(
            transcript.c.platform == place.platform,
            transcript.c.realm == place.realm,
            transcript.c.channel == place.channel,
            transcript.c.thread == place.thread,
        )
        for place in dict.fromkeys(places)
        if place is not None
    ]
    rows = {row["id"]: row for condition in said for row in _rows(conn, select(transcript).where(condition))}
    return sorted(rows.values(), key=lambda row: int(row["revision"]))


def _rows(conn: Connection, chosen: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    columns = list(chosen.selected_columns)
    return [
        {column.name: _plain(column, value) for column, value in zip(columns, row, strict=True)}
        for row in conn.execute(chosen)
    ]


def _plain(column: ColumnElement[Any], value: object) -> object:
    if column in DOCUMENTS:
        return json.loads(str(value)) if value else None
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, float) and str(column.key).endswith("_at"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value
