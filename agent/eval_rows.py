"""Graded answers: one JSON object a line, and what a row must have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.types import KeyPoint

SCALE = 5.0
"""Every number here is on a scale of 0 to this."""

FIELDS = ("id", "question_id", "question", "reference_answer", "student_answer", "score", "max_score")
"""What every row has; `key_points` may stand beside them."""


class EvalError(Exception):
    """Rows that cannot be read, or a judge or a library that is not there; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One graded answer; `score` is on the common scale, `key_points` is empty when there is only a reference."""

    id: str
    question_id: str
    question: str
    reference: str
    answer: str
    score: float
    key_points: tuple[KeyPoint, ...] = ()


def read(path: Path) -> list[Row]:
    """Read graded answers, one JSON object per line; raises EvalError with the line and the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: {error}") from error
    rows = [_row(line, f"{path}:{number}") for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not rows:
        raise EvalError(f"{path}: no rows")
    return rows


def _row(line: str, where: str) -> Row:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise EvalError(f"{where}: not JSON: {error}") from error
    if not isinstance(found, dict):
        raise EvalError(f"{where}: not a JSON object")
    if lacking := [field for field in FIELDS if field not in found]:
        raise EvalError(f"{where}: {', '.join(lacking)}: missing")
    highest = _number(found, "max_score", where)
    score = _number(found, "score", where)
    if highest <= 0:
        raise EvalError(f"{where}: max_score: {highest:g} is not above 0")
    if not 0 <= score <= highest:
        raise EvalError(f"{where}: score: {score:g} is not between 0 and max_score {highest:g}")
    key_points = found.get("key_points") or []
    if not isinstance(key_points, list):
        raise EvalError(f"{where}: key_points: not a list")
    return Row(
        id=_name(found, "id", where),
        question_id=_name(found, "question_id", where),
        question=_text(found, "question", where),
        reference=_text(found, "reference_answer", where),
        answer=_text(found, "student_answer", where),
        score=SCALE * score / highest,
        key_points=tuple(_key_point(i, point, where) for i, point in enumerate(key_points, start=1)),
    )


def _key_point(number: int, found: object, where: str) -> KeyPoint:
    here = f"{where}: key_points[{number}]"
    if not isinstance(found, dict):
        raise EvalError(f"{here}: not an object with text or phrasings")
    phrasings = found.get("phrasings", [found["text"]] if "text" in found else [])
    mistakes = found.get("mistakes", [])
    for name, texts in (("phrasings", phrasings), ("mistakes", mistakes)):
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise EvalError(f"{here}.{name}: not a list of texts")
    if not phrasings:
        raise EvalError(f"{here}: neither text nor phrasings")
    weight = _number(found, "weight", here) if "weight" in found else 1.0
    if weight <= 0:
        raise EvalError(f"{here}.weight: {weight:g} is not above 0")
    return KeyPoint(str(number), "", weight, tuple(phrasings), tuple(mistakes))


def _text(found: Mapping[str, Any], field: str, where: str) -> str:
    value = found.get(field)
    if not isinstance(value, str):
        raise EvalError(f"{where}: {field}: {'missing' if field not in found else 'not a text'}")
    return value


def _name(found: Mapping[str, Any], field: str, where: str) -> str:
    value = found.get(field)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(found, field, where)


def _number(found: Mapping[str, Any], field: str, where: str) -> float:
    value = found.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EvalError(f"{where}: {field}: {'missing' if field not in found else 'not a number'}")
    return float(value)
