"""What a model writes when it is asked for a question: one shape for all kinds, which code turns into a Question."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from agent.replies import PointId, Text


class WrittenPoint(BaseModel):
    """One key point; its id is its position, counted from 1."""

    name: str
    weight: Literal[1, 2, 3, 4, 5]
    phrasings: list[str]
    mistakes: list[str]


class WrittenFollowUp(BaseModel):
    """A further question, and the positions of the key points it asks for."""

    text: str
    points: list[PointId]


class WrittenCase(BaseModel):
    """One call. `args` and `expected` are JSON in a text, since a schema cannot leave them open."""

    category: str
    visibility: Literal["example", "hidden"]
    comparator: Literal["exact", "close", "any-order", "one-of"]
    args: str
    expected: str


class WrittenWrong(BaseModel):
    """A solution that must fail, and the category of cases that catches it."""

    name: str
    fails: str
    source: str


class WrittenCode(BaseModel):
    """What is run; there is no place for code that would run anywhere but behind the wall."""

    entry: str
    signature: str
    solution: str
    cases: list[WrittenCase]
    wrong_solutions: list[WrittenWrong]


class Manuscript(BaseModel):
    """A question as it comes from a model. Not `suitable`: no question can be asked about that topic."""

    suitable: bool
    kind: Text
    title: Text
    topics: list[str]
    minutes: int
    body: Text
    key_points: list[WrittenPoint]
    hints: list[str]
    follow_ups: list[WrittenFollowUp]
    reference: Text
    code: WrittenCode | None
