"""Which question comes today, and the true reason for it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from hashlib import blake2b

from pydantic import TypeAdapter

from agent.bank.lint import same_topic
from agent.reviews import AGAIN, HARD, Review, point_subject, remembered, subjects, topic_subject
from agent.types import Card, Difficulty, Question

NOT_TWICE = timedelta(days=60)
"""Within this time no question comes twice, unless it is a review."""
NOT_TOO_SOON = timedelta(hours=36)
"""Nor does a review come sooner than this after the question was seen."""
NEW_EVERY = 4
"""Each so-many-th question is new material, though something is due."""
LOOKED_AT = 3
UP, DOWN = 8.0, 4.0
"""Mean correctness of the last three from which questions get harder, and up to which they get easier."""


class Because(StrEnum):
    """Why a question was chosen; each is checked against what is stored before it is said."""

    MISSED = "missed"
    HALF = "half"
    DUE = "due"
    WEAK_TOPIC = "weak topic"
    DUE_TOPIC = "due topic"
    NEW_TOPIC = "new topic"
    NEW = "new"
    FADING = "fading"
    LONGEST_AGO = "longest ago"
    WISHED = "wished"


@dataclass(frozen=True, slots=True)
class Why:
    """The reason, with what it is about: a topic, a key point's name, and when that was asked last.

    `level` tells of its difficulty: it goes `up` or `down`, `none left` of the wanted one is new, or nothing.
    """

    because: Because
    topic: str = ""
    point: str = ""
    asked_at: datetime | None = None
    level: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of somebody: when each question was seen last, and how well each subject is remembered.

    `count` is how many daily questions they were asked; new questions on `topics`, those of a plan, come first.
    """

    seen: Mapping[str, datetime]
    reviews: Mapping[str, Review]
    count: int = 0
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A question and why."""

    question: Question
    why: Why


def choose(
    questions: Iterable[Question], memory: Memory, kind: str, difficulty: Difficulty, *, now: datetime
) -> Chosen | None:
    """Weak and due first, new material mixed in; None when there is no question of this kind at all."""
    table = _Table([question for question in questions if question.kind == kind], memory, difficulty, now)
    if memory.count % NEW_EVERY == NEW_EVERY - 1:
        return table.new() or table.due_point() or table.due_topic() or table.left()
    return table.due_point() or table.due_topic() or table.new() or table.left()


def wished(
    questions: Iterable[Question], memory: Memory, kind: str, difficulty: Difficulty, *, now: datetime
) -> Chosen | None:
    """Another question, of exactly this difficulty: one not seen for long, else the one that fades first."""
    fitting = [one for one in questions if (one.kind, one.difficulty) == (kind, difficulty)]
    table = _Table(fitting, memory, difficulty, now)
    chosen = table.new() or table.left()
    return None if chosen is None else Chosen(chosen.question, Why(Because.WISHED))


class _Table:
    """The questions that come into question, and four ways to take one."""

    def __init__(self, questions: Sequence[Question], memory: Memory, difficulty: Difficulty, now: datetime) -> None:
        self._questions = questions
        self._memory = memory
        self._now = now
        self._levels = _nearest(difficulty)
        self._wanted = set(map(same_topic, memory.topics))

    def due_point(self) -> Chosen | None:
        """A question with a key point that is due, the worst remembered first."""
        due = [
            (review.rating, remembered(review, self._now), question.id, point.name, question, review)
            for question in self._questions
            if self._rested(question)
            for point in question.key_points
            if (review := self._memory.reviews.get(point_subject(question.id, point.id))) is not None
            and review.due_at <= self._now
        ]
        if not due:
            return None
        rating, _, _, name, question, review = min(due, key=lambda one: one[:4])
        because = {AGAIN: Because.MISSED, HARD: Because.HALF}.get(rating, Because.DUE)
        return Chosen(question, Why(because, point=name, asked_at=review.reviewed_at))

    def due_topic(self) -> Chosen | None:
        """A question not seen for long, on a topic that is due, the worst remembered first."""
        due = [
            (review.rating, remembered(review, self._now), *self._order(question), topic, question, review)
            for question in self._questions
            if self._fresh(question)
            for topic in question.topics
            if (review := self._memory.reviews.get(topic_subject(topic))) is not None and review.due_at <= self._now
        ]
        if not due:
            return None
        best = min(due, key=lambda one: one[:5])
        rating, (topic, question, review) = best[0], best[5:]
        because = Because.WEAK_TOPIC if rating < 3 else Because.DUE_TOPIC
        return Chosen(question, Why(because, topic=topic, asked_at=review.reviewed_at))

    def new(self) -> Chosen | None:
        """A question not seen for long: of a plan's topics first, then of the level, then on a topic never met."""
        fresh = [question for question in self._questions if self._fresh(question)]
        if not fresh:
            return None

        def unmet(question: Question) -> list[str]:
            return [topic for topic in question.topics if topic_subject(topic) not in self._memory.reviews]

        def order(question: Question) -> tuple[object, ...]:
            planned = bool(self._wanted & set(map(same_topic, question.topics)))
            level, *rest = self._order(question)
            return not planned, level, not unmet(question), question.id in self._memory.seen, *rest

        question = min(fresh, key=order)
        level = "" if any(one.difficulty is self._levels[0] for one in fresh) else "none left"
        topics = unmet(question)
        if topics:
            return Chosen(question, Why(Because.NEW_TOPIC, topic=topics[0], level=level))
        seen = self._memory.seen.get(question.id)
        because = Because.NEW if seen is None else Because.LONGEST_AGO
        return Chosen(question, Why(because, asked_at=seen, level=level))

    def left(self) -> Chosen | None:
        """Everything was seen: what is most likely forgotten, else what was seen longest ago."""

        def memory_of(question: Question) -> float | None:
            known = [
                self._memory.reviews[one]
                for one in subjects(question)[len(question.topics) :]
                if one in self._memory.reviews
            ]
            return min((remembered(review, self._now) for review in known), default=None)

        rested = [question for question in self._questions if self._rested(question)]
        reviewed = [(worth, question.id, question) for question in rested if (worth := memory_of(question)) is not None]
        if reviewed:
            question = min(reviewed)[2]
            return Chosen(question, Why(Because.FADING, asked_at=self._memory.seen.get(question.id)))
        ages = [(self._memory.seen[question.id], question.id, question) for question in self._questions]
        if not ages:
            return None
        seen, _, question = min(ages)
        return Chosen(question, Why(Because.LONGEST_AGO, asked_at=seen))

    def _fresh(self, question: Question) -> bool:
        seen = self._memory.seen.get(question.id)
        return seen is None or self._now - seen >= NOT_TWICE

    def _rested(self, question: Question) -> bool:
        seen = self._memory.seen.get(question.id)
        return seen is None or self._now - seen >= NOT_TOO_SOON

    def _order(self, question: Question) -> tuple[int, bytes, str]:
        """The nearest difficulty first, then chance, which how much was asked so far alone decides."""
        chance = blake2b(f"{self._memory.count}\n{question.id}".encode(), digest_size=8).digest()
        return self._levels.index(question.difficulty), chance, question.id


def _nearest(difficulty: Difficulty) -> list[Difficulty]:
    levels = list(Difficulty)
    return sorted(levels, key=lambda level: abs(levels.index(level) - levels.index(difficulty)))


def neighbour(difficulty: Difficulty, steps: int) -> Difficulty | None:
    """The difficulty so many steps up (or down); None beyond the ends."""
    levels = list(Difficulty)
    at = levels.index(difficulty) + steps
    return levels[at] if 0 <= at < len(levels) else None


def next_level(level: Difficulty, cards: Sequence[Card]) -> tuple[Difficulty, str]:
    """The level that follows from the latest cards of this one, and `up` or `down` when it changes."""
    numbers = [card.correctness for card in cards[:LOOKED_AT] if card.correctness is not None]
    if len(numbers) < LOOKED_AT or len({card.judge == "local" for card in cards[:LOOKED_AT]}) > 1:
        return level, ""
    mean = sum(numbers) / len(numbers)
    if mean >= UP and (harder := neighbour(level, 1)) is not None:
        return harder, "up"
    if mean <= DOWN and (easier := neighbour(level, -1)) is not None:
        return easier, "down"
    return level, ""


def kept(why: Why) -> str:
    """A reason as it is stored."""
    return _why().dump_json(why).decode()


def why_of(document: str) -> Why:
    """Read a reason back."""
    return _why().validate_json(document)


@cache
def _why() -> TypeAdapter[Why]:
    return TypeAdapter(Why)
