"""Shows questions to people who look after them: the whole of one, and a row for each."""

from __future__ import annotations

import json

from agent.bank import Bank
from agent.kinds import kinds
from agent.types import Case, CodeTask, KeyPoint, Question


def rows(bank: Bank) -> list[dict[str, str | int | list[str]]]:
    """Return what a list of questions shows: id, kind, difficulty, minutes, topics, title."""
    return [
        {
            "id": question.id,
            "kind": question.kind,
            "difficulty": question.difficulty.value,
            "minutes": question.minutes,
            "topics": list(question.topics),
            "title": question.title,
        }
        for question in bank.questions
    ]


def describe(question: Question) -> str:
    """Return all of a question in Markdown, with what the person asked must not see."""
    facts = f"{kinds()[question.kind].title}, {question.difficulty} · {question.minutes} min · "
    parts = [
        f"# {question.title}",
        f"`{question.id}` · {facts}{', '.join(question.topics)}",
        question.body,
        "## Key points",
        "\n\n".join(map(_key_point, question.key_points)),
        "## Hints",
        "\n".join(f"{number}. {hint}" for number, hint in enumerate(question.hints, 1)),
    ]
    if question.follow_ups:
        asked = (f"- {each.text} (asks for {', '.join(each.points)})" for each in question.follow_ups)
        parts += ["## Follow-ups", "\n".join(asked)]
    parts += ["## Reference answer", question.reference]
    if question.code is not None:
        parts += _code(question.code)
    if question.variants:
        parts += ["## Variants", "\n".join(f"- {' '.join(variant.split())}" for variant in question.variants)]
    return "\n\n".join(parts) + "\n"


def _key_point(point: KeyPoint) -> str:
    said = [f"   - {phrasing}" for phrasing in point.phrasings]
    wrong = [f"   - wrong: {mistake}" for mistake in point.mistakes]
    return "\n".join([f"{point.id}. **{point.name}** (weight {point.weight:g})", *said, *wrong])


def _code(code: CodeTask) -> list[str]:
    parts = ["## Cases", "\n".join(map(_case, code.cases)), "## Reference solution", _fence(code.solution)]
    for title, source in (
        ("Brute force", code.brute_force),
        ("Size generator", code.size_generator),
        ("Checker", code.checker),
    ):
        if source:
            parts += [f"## {title}", _fence(source)]
    for wrong in code.wrong_solutions:
        parts += [f"## Wrong solution: {wrong.name}", f"Fails: {wrong.fails}", _fence(wrong.source)]
    return parts


def _case(case: Case) -> str:
    given = [json.dumps(value) for value in case.args]
    given += [f"{name}={json.dumps(value)}" for name, value in case.kwargs.items()]
    result = "is checked" if case.comparator == "checker" else f"gives {json.dumps(case.expected)}"
    how = "" if case.comparator in {"exact", "checker"} else f" ({case.comparator})"
    return f"- {case.id}, {case.visibility}, {case.category}: `({', '.join(given)})` {result}{how}"


def _fence(source: str) -> str:
    return f"```python\n{source.rstrip()}\n```"
