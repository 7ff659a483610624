"""When a topic or a key point is due again: spaced repetition over what evaluations heard and missed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from agent.bank.lint import same_topic
from agent.scores import VALUES
from agent.types import Interview, Question, State

if TYPE_CHECKING:
    import fsrs

KNOWN, SHAKY = 0.8, 0.45
"""From which share of a topic's points it counts as known, and as half known."""
AGAIN, HARD, GOOD = 1, 2, 3
"""Ratings, as `fsrs` counts them: forgotten, half remembered, remembered."""


@dataclass(frozen=True, slots=True)
class Review:
    """How well a subject is remembered: the state of the spacing as JSON, its last rating, and when it is due."""

    subject: str
    card: str
    rating: int
    due_at: datetime
    reviewed_at: datetime


def topic_subject(topic: str) -> str:
    """The subject of a topic, equal for its spellings."""
    return f"topic:{same_topic(topic)}"


def point_subject(question: str, point: str) -> str:
    """The subject of a question's key point."""
    return f"point:{question}/{point}"


def ratings(interview: Interview) -> dict[str, int]:
    """How each key point that was asked for, and each topic, was remembered: the best of all answers counts.

    Empty as long as nothing was judged. A subject is never rated by an evaluation without a number.
    """
    best: dict[str, float] = {}
    for turn in interview.turns:
        evaluation = turn.evaluation
        if evaluation is None or evaluation.state is State.NOT_SCORED:
            continue
        for verdict in evaluation.verdicts:
            best[verdict.point] = max(best.get(verdict.point, 0.0), VALUES[verdict.verdict])
    question = interview.question
    weights = {point.id: point.weight for point in question.key_points}
    best = {point: worth for point, worth in best.items() if point in weights}
    if not best:
        return {}
    share = sum(weights[point] * worth for point, worth in best.items()) / sum(weights[point] for point in best)
    found = {point_subject(question.id, point): _rating(worth) for point, worth in best.items()}
    return found | {topic_subject(topic): _rating(share) for topic in question.topics}


def _rating(share: float) -> int:
    return GOOD if share >= KNOWN else HARD if share >= SHAKY else AGAIN


def reviewed(subject: str, before: str | None, rating: int, at: datetime) -> Review:
    """A subject was asked about at this time; `before` is its state until then, None for a new one."""
    import fsrs

    card = fsrs.Card(card_id=0) if before is None else fsrs.Card.from_json(before)
    after, _ = _scheduler().review_card(card, fsrs.Rating(rating), at)
    return Review(subject, after.to_json(), rating, after.due, at)


def remembered(review: Review, now: datetime) -> float:
    """How likely the subject is still remembered, from 0 to 1."""
    import fsrs

    return _scheduler().get_card_retrievability(fsrs.Card.from_json(review.card), now)


def subjects(question: Question) -> list[str]:
    """Everything that a question asks about."""
    topics = [topic_subject(topic) for topic in question.topics]
    return topics + [point_subject(question.id, point.id) for point in question.key_points]


@cache
def _scheduler() -> fsrs.Scheduler:
    import fsrs

    # Days apart, never minutes: one question a day is asked. And nothing left to chance.
    return fsrs.Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=365)
