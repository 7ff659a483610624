"""Everything that is stored of one account, as plain JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select

from storage.accounts import identities_of
from storage.addresses import Person, Place
from storage.erasing import held, lane_of
from storage.tables import (
    accounts,
    boards,
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


def export_account(conn: Connection, account_id: str) -> dict[str, Any] | None:
    """All that is stored of an account, None when there is none; rows as in the tables, times in ISO 8601, UTC.

    Keys: `account`, `identities`, `interviews` (each with its `evaluations`), `events` (what the person did) and
    `messages` (what was said to them) as long as the queue keeps them, `posts` (where something was said),
    `practice` (the daily question: its schedule, each day, days practised, what is due for review), `boards` (the
    practice boards they joined), `pictures` (their bytes in base64), `wishes` (for a question that is being written),
    and `transcript` (browser and terminal). Of a question the text is given, not how it is judged.
    """
    found = _rows(conn, select(accounts).where(accounts.c.id == account_id))
    if not found:
        return None
    people = identities_of(conn, account_id)
    own = held(conn, interviews.c.account_id == account_id)
    keys = [*(lane_of(interview.id) for interview in own), *(f"person:{person}" for person in people)]
    return {
        "account": found[0],
        "identities": _rows(conn, select(identities).where(identities.c.account_id == account_id)),
        "interviews": [_interview(conn, interview.id) for interview in own],
        "events": _queued(conn, inbox, keys),
        "messages": _queued(conn, outbox, keys),
        "posts": [row for interview in own for row in _posts(conn, interview.id)],
        "practice": {
            table.name: _rows(conn, select(table).where(table.c.account_id == account_id)) for table in PRACTICE
        },
        "boards": _rows(conn, select(boards).where(boards.c.account_id == account_id)),
        "pictures": [row for interview in own for row in _pictures(conn, interview.id)],
        "wishes": [row | {"document": _without_reply(row["document"])} for row in _wishes(conn, account_id)],
        "transcript": _said(conn, people, [interview.place for interview in own]),
    }


def _wishes(conn: Connection, account: str) -> list[dict[str, Any]]:
    return _rows(conn, select(wishes).where(wishes.c.account_id == account))


def _without_reply(document: dict[str, Any]) -> dict[str, Any]:
    """A handle for answering is of use to nobody but us."""
    return {name: value for name, value in document.items() if name != "reply"}


def _interview(conn: Connection, interview: str) -> dict[str, Any]:
    row = _rows(conn, select(interviews).where(interviews.c.id == interview))[0]
    question = row["state"]["question"]
    row["state"]["question"] = {name: value for name, value in question.items() if name not in OURS}
    row["evaluations"] = _rows(
        conn,
        select(evaluations)
        .where(evaluations.c.interview_id == interview)
        .order_by(evaluations.c.turn, evaluations.c.attempt),
    )
    return row


def _queued(conn: Connection, table: Table, keys: list[str]) -> list[dict[str, Any]]:
    return _rows(
        conn,
        select(table, lanes.c.key.label("lane"))
        .join(lanes, lanes.c.id == table.c.lane_id)
        .where(lanes.c.key.in_(keys))
        .order_by(table.c.id),
    )


def _posts(conn: Connection, interview: str) -> list[dict[str, Any]]:
    return _rows(
        conn,
        select(posts).where(posts.c.slot.startswith(f"{interview}/", autoescape=True)).order_by(posts.c.shown_at),
    )


def _pictures(conn: Connection, interview: str) -> list[dict[str, Any]]:
    return _rows(conn, select(files).where(files.c.interview_id == interview).order_by(files.c.message, files.c.number))


def _said(conn: Connection, people: Iterable[Person], places: Iterable[Place | None]) -> list[dict[str, Any]]:
    said = [
        and_(
            transcript.c.platform == person.platform,
            transcript.c.realm == person.realm,
            or_(transcript.c.author == person.user, transcript.c.viewer == person.user),
        )
        for person in people
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
