"""What an account's past looks like in results: cards, topics, and how people rated themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, and_, false, select

from agent.types import Card, Turn
from storage.records import RECORD, card_from, record_of
from storage.tables import interviews

LOCAL = "local"
MOST_READ = 200
"""Interviews whose turns are looked at, the newest."""


@dataclass(frozen=True, slots=True)
class Result:
    """One interview that ended with a card. `counts`: its numbers are compared; a retry's and a disputed one's not."""

    closed_at: datetime
    kind: str
    topics: tuple[str, ...]
    card: Card
    counts: bool

    @property
    def local(self) -> bool:
        """Whether the local judge judged, whose numbers are compared with its own only."""
        return self.card.judge == LOCAL


def results(conn: Connection, account: str, since: datetime) -> list[Result]:
    """An account's cards since then, oldest first."""
    counts = and_(interviews.c.retry_of == "", interviews.c.disputed == false())
    rows = conn.execute(
        select(
            interviews.c.closed_at, interviews.c.kind, interviews.c.topics, interviews.c.card, counts.label("counts")
        )
        .where(
            interviews.c.account_id == account,
            interviews.c.closed_at >= since.timestamp(),
            interviews.c.card.is_not(None),
        )
        .order_by(interviews.c.closed_at)
    )
    return [
        Result(
            datetime.fromtimestamp(row.closed_at, UTC),
            row.kind,
            tuple(json.loads(row.topics)),
            card_from(row.card),
            bool(row.counts),
        )
        for row in rows
    ]


def rated_turns(conn: Connection, account: str, since: datetime) -> list[Turn]:
    """The turns since then whose owner rated themselves before they saw a score."""
    rows = conn.execute(
        RECORD.where(interviews.c.account_id == account, interviews.c.closed_at >= since.timestamp())
        .order_by(interviews.c.closed_at.desc())
        .limit(MOST_READ)
    )
    return [turn for row in rows for turn in record_of(row).interview.turns if turn.rating]
