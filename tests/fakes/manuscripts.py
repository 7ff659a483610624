"""Questions as a model would send them: made of the bank's, so that they keep every rule until a test breaks one."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from agent.bank import Bank, load
from agent.types import Case, Question

SAMPLES = {
    "algorithm": "shortest-labels",
    "behavioral": "criticism-with-a-point",
    "code-review": "daily-takings",
    "quick": "first-request-is-slow",
    "system-design": "flower-clock",
}


def sample(kind: str) -> Question:
    """A question of the bank, of this kind."""
    return bank().get(SAMPLES[kind])


@cache
def bank() -> Bank:
    """The bank, read once."""
    return load()


def manuscript(kind: str = "quick", **changes: Any) -> str:
    """A reply with a question of this kind that passes; `title` is another than the bank's."""
    return manuscript_of(sample(kind), **changes)


def manuscript_of(question: Question, **changes: Any) -> str:
    """A question of the bank as a reply."""
    code = question.code
    body = question.body
    if code is not None:
        body = body[: body.rindex("```python")].rstrip()
    whole: dict[str, Any] = {
        "suitable": True,
        "kind": question.kind,
        "title": f"Another: {question.title}"[:60],
        "topics": list(question.topics),
        "minutes": question.minutes,
        "body": body,
        "key_points": [
            {
                "name": point.name,
                "weight": int(point.weight),
                "phrasings": list(point.phrasings),
                "mistakes": list(point.mistakes),
            }
            for point in question.key_points
        ],
        "hints": list(question.hints),
        "follow_ups": [{"text": ask.text, "points": list(ask.points)} for ask in question.follow_ups],
        "reference": question.reference,
        "code": None
        if code is None
        else {
            "entry": code.entry,
            "signature": code.signature,
            "solution": code.solution,
            "cases": [_case(case) for case in code.cases],
            "wrong_solutions": [
                {"name": wrong.name, "fails": wrong.fails, "source": wrong.source}
                for wrong in code.wrong_solutions
                if wrong.fails != "too slow"
            ]
            + [
                {
                    "name": "gives nothing back",
                    "fails": code.cases[0].category,
                    "source": f"def {code.entry}(*given):\n    return None\n",
                }
            ],
        },
    }
    return json.dumps(whole | changes, ensure_ascii=False)


def _case(case: Case) -> dict[str, Any]:
    return {
        "category": case.category,
        "visibility": case.visibility,
        "comparator": case.comparator,
        "args": json.dumps(list(case.args)),
        "expected": json.dumps(case.expected),
    }
