"""What an account is about to forget: one row for each topic and key point it was ever judged on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from agent.reviews import Review, ratings, reviewed
from agent.types import Interview
from storage.tables import reviews

_KEEP = insert(reviews)
_KEEP = _KEEP.on_conflict_do_update(
    index_elements=["account_id", "subject"],
    set_={column.name: _KEEP.excluded[column.name] for column in reviews.c if not column.primary_key},
)


def learn(conn: Connection, account: str, interview: Interview) -> None:
    """Keep what an interview's evaluations show so far.

    An interview counts once for each subject: when it is judged further, or again, its rating is replaced. One that
    is judged again after a later interview asked about the same changes nothing there.
    """
    found = ratings(interview)
    if not found:
        return
    at = max(turn.submitted_at for turn in interview.turns if turn.evaluation is not None)
    rows = conn.execute(select(reviews).where(reviews.c.account_id == account, reviews.c.subject.in_(sorted(found))))
    known = {row.subject: row for row in rows}
    kept = []
    for subject, rating in found.items():
        row = known.get(subject)
        before = None if row is None else row.before if row.interview_id == interview.id else row.card
        if row is not None and row.interview_id != interview.id and row.reviewed_at >= at.timestamp():
            continue
        review = reviewed(subject, before, rating, at)
        kept.append(
            {
                "account_id": account,
                "subject": subject,
                "interview_id": interview.id,
                "card": review.card,
                "before": before,
                "rating": rating,
                "due_at": review.due_at.timestamp(),
                "reviewed_at": at.timestamp(),
            }
        )
    if kept:
        conn.execute(_KEEP, kept)


def of(conn: Connection, account: str) -> dict[str, Review]:
    """Everything an account was judged on, by subject."""
    return {row.subject: _review(row) for row in conn.execute(select(reviews).where(reviews.c.account_id == account))}


def _review(row: Row[*tuple[Any, ...]]) -> Review:
    return Review(
        subject=row.subject,
        card=row.card,
        rating=row.rating,
        due_at=datetime.fromtimestamp(row.due_at, UTC),
        reviewed_at=datetime.fromtimestamp(row.reviewed_at, UTC),
    )
