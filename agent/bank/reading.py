"""Turns a question file that keeps the rules into a Question."""

from __future__ import annotations

import re
from typing import Any

from agent.bank import layout
from agent.bank.layout import Layout
from agent.types import Case, CodeTask, Difficulty, FollowUp, KeyPoint, Question, WrongSolution

_BEGINS = re.compile(r"\s*$|\s*([-*+]|\d+[.)])\s|\s*[#>|]")
_ENDS = re.compile(r"\s*$|\s*[#|]|\s*(```|~~~)|.*(  |\\)$")


def question(parts: Layout) -> Question:
    """Build the question; `parts` must have been checked before."""
    front = parts.front
    return Question(
        id=front["id"],
        kind=front["kind"],
        difficulty=Difficulty(front["difficulty"]),
        topics=tuple(front["topics"]),
        title=front["title"],
        minutes=front["minutes"],
        body=flowing(parts.body.text),
        key_points=tuple(_key_point(raw) for raw in front["key_points"]),
        hints=tuple(front["hints"]),
        follow_ups=tuple(FollowUp(raw["text"], tuple(raw["points"])) for raw in front.get("follow_ups", [])),
        reference=_text(parts, layout.REFERENCE),
        code=_code(parts, front["code"]) if "code" in front else None,
        variants=tuple(flowing(section.text) for section in parts.titled(layout.VARIANT)),
    )


def flowing(text: str) -> str:
    """Join the lines of each paragraph: a file may break them anywhere, while a chat shows every break."""
    lines: list[str] = []
    fenced = False
    for line in text.strip().split("\n"):
        fence = line.lstrip().startswith(("```", "~~~"))
        if not lines or fenced or fence or _BEGINS.match(line) or _ENDS.match(lines[-1]):
            lines.append(line)
        else:
            lines[-1] += f" {line.strip()}"
        fenced ^= fence
    return "\n".join(lines)


def _key_point(raw: dict[str, Any]) -> KeyPoint:
    phrasings, mistakes = tuple(raw["phrasings"]), tuple(raw["mistakes"])
    return KeyPoint(raw["id"], raw["name"], float(raw["weight"]), phrasings, mistakes)


def _code(parts: Layout, raw: dict[str, Any]) -> CodeTask:
    return CodeTask(
        entry=raw["entry"],
        signature=raw["signature"].strip(),
        cases=tuple(_case(case) for case in raw["cases"]),
        solution=_source(parts, layout.SOLUTION),
        size_generator=_source(parts, layout.SIZES),
        brute_force=_source(parts, layout.BRUTE_FORCE),
        wrong_solutions=tuple(
            WrongSolution(section.title.removeprefix(layout.WRONG).strip(), section.fails, section.fences[0])
            for section in parts.titled(layout.WRONG)
        ),
        checker=_source(parts, layout.CHECKER),
    )


def _case(raw: dict[str, Any]) -> Case:
    return Case(**{**raw, "args": tuple(raw["args"]), "expected": raw.get("expected")})


def _text(parts: Layout, title: str) -> str:
    section = parts.section(title)
    return flowing(section.text) if section else ""


def _source(parts: Layout, title: str) -> str:
    section = parts.section(title)
    return section.fences[0] if section else ""
