"""What a model replies: the shapes of a judgement, read whole at the end and the feedback while it is written."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator
from pydantic_core import from_json


def _whole(value: object) -> object:
    """Round 7.5 and "7", as small models write them; whatever is no score is left as it is, to be refused."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}(\.\d{1,3})?", value.strip()):
        value = float(value)
    return round(value) if isinstance(value, float) and 0 <= value <= 10 else value


def _text(value: object) -> object:
    return "" if value is None else value


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _id(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Score = Annotated[Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], BeforeValidator(_whole)]
"""An enum, since servers hold a model to those and not to a minimum and a maximum."""

PointId = Annotated[Literal["1", "2", "3", "4", "5", "6", "7", "8"], BeforeValidator(_id)]
"""The same ids for all questions: a schema of its own for each would be compiled anew by the server."""

Said = Annotated[Literal["hit", "partial", "miss", "wrong"], BeforeValidator(_word)]
Text = Annotated[str, BeforeValidator(_text)]


class Point(BaseModel):
    """The verdict on one key point, with the candidate's words for it."""

    id: PointId
    verdict: Said
    quote: Text


class Judgement(BaseModel):
    """Feedback first, for it is read while it is written, and the numbers follow from it."""

    feedback: str
    points: list[Point]
    correctness: Score
    clarity: Score
    depth: Score
    follow_up_points: list[PointId]
    follow_up: Text


class Summary(BaseModel):
    """The words on the card."""

    summary: str
    drill: Text


Reply = TypeVar("Reply", bound=BaseModel)
"""Whatever shape a reply is asked for in."""


def read(shape: type[Reply], text: str) -> Reply:
    """Read a reply that is JSON, within a fence or prose if need be. Raises ValueError when it is not of this shape."""
    try:
        return shape.model_validate_json(text)
    except ValueError:
        inside = _object(text)
        if inside == text:
            raise
        return shape.model_validate_json(inside)


def feedback_so_far(text: str) -> tuple[str, bool]:
    """Return what a reply that is still being written says as feedback, and whether the feedback is complete."""
    begin = text.find("{", _thought_until(text))
    if begin < 0:
        return "", False
    try:
        read_so_far: Any = from_json(text[begin:], allow_partial="trailing-strings")
    except ValueError:
        return "", False
    if not isinstance(read_so_far, dict):
        return "", False
    feedback = read_so_far.get("feedback", "")
    return (feedback if isinstance(feedback, str) else ""), len(read_so_far) > 1


def _object(text: str) -> str:
    """Cut the outermost JSON object out of what surrounds it."""
    begin, end = text.find("{", _thought_until(text)), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text


def _thought_until(text: str) -> int:
    """Find where the thoughts end that some local models write before their reply."""
    end = text.rfind("</think>")
    if end >= 0:
        return end
    return len(text) if text.lstrip().startswith("<think>") else 0
