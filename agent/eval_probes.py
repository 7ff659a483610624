"""What agreement with people does not show: how steady a judge is, what length buys, where on the scale it errs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.eval_judges import Judge, judge_all
from agent.eval_rows import SCALE, Row

MAY_MOVE = SCALE / 10.0
"""How far the number of the same answer may move: one point of ten."""

PADDING = (
    "Thank you for this question, I am happy to answer it. ",
    " I hope that this makes sense, and I would be glad to explain it once more in other words if you like.",
)
"""Polite words around an answer, which say nothing."""

_SPARE = re.compile(
    r"\b(?:basically|actually|really|very|simply|just|essentially|in my opinion|i (?:think|believe|guess)(?: that)?"
    r"|of course|well|so to speak|kind of|sort of|i would say(?: that)?|as far as i know)\b,?\s*",
    re.IGNORECASE,
)


def padded(answer: str) -> str:
    """Return the same answer, longer."""
    return answer.join(PADDING)


def trimmed(answer: str) -> str:
    """Return the same answer without words that say nothing; often that is the answer itself."""
    return _SPARE.sub("", answer).strip() or answer


async def consistency(judge: Judge, rows: Sequence[Row], repeats: int, at_once: int) -> dict[str, Any]:
    """Judge each row several times: how far its numbers lie apart, on the scale of 0 to 5. Failed rows are left out."""
    judged = await judge_all(judge, [row for row in rows for _ in range(repeats)], at_once)
    ranges = []
    for at in range(0, len(judged), repeats):
        numbers = [number or 0.0 for number in judged[at : at + repeats] if not isinstance(number, Exception)]
        if len(numbers) == repeats:
            ranges.append(max(numbers) - min(numbers))
    return {
        "repeats": repeats,
        "n": len(ranges),
        "mean_range": sum(ranges) / len(ranges) if ranges else None,
        "largest_range": max(ranges, default=None),
        "same": sum(one == 0 for one in ranges),
        "beyond_one_of_ten": sum(one > MAY_MOVE + 1e-9 for one in ranges),
    }


async def bias(judge: Judge, rows: Sequence[Row], at_once: int) -> dict[str, dict[str, Any]]:
    """Judge each row as it is, padded and trimmed: how far the number moves. An empty answer has nothing to pad."""
    said = [row for row in rows if row.answer.strip()]
    found = {}
    for name, change in (("padding", padded), ("trimming", trimmed)):
        pairs = [(row, replace(row, answer=change(row.answer))) for row in said if change(row.answer) != row.answer]
        before = await judge_all(judge, [row for row, _ in pairs], at_once)
        after = await judge_all(judge, [changed for _, changed in pairs], at_once)
        moved = [
            (now or 0.0) - (was or 0.0)
            for was, now in zip(before, after, strict=True)
            if not isinstance(was, Exception) and not isinstance(now, Exception)
        ]
        found[name] = {
            "n": len(moved),
            "mean": sum(moved) / len(moved) if moved else None,
            "largest": max(moved, key=abs, default=None),
            "beyond_one_of_ten": sum(abs(one) > MAY_MOVE + 1e-9 for one in moved),
        }
    return found


def per_level(predicted: Sequence[float], scores: Sequence[float]) -> dict[str, dict[str, float | int]]:
    """Return for each level of the graders' (rounded, 0 to 5) how far the judge is off: `bias` signed, `mae` not."""
    levels: dict[int, list[float]] = {}
    for number, score in zip(predicted, scores, strict=True):
        levels.setdefault(int(score + 0.5), []).append(number - score)
    return {
        str(level): {"n": len(off), "bias": sum(off) / len(off), "mae": sum(map(abs, off)) / len(off)}
        for level, off in sorted(levels.items())
    }


def lines(result: Mapping[str, Any]) -> list[str]:
    """Lay out what of these is in a result."""
    found = [f"level {level:<14}{_cells(figures)}" for level, figures in result.get("levels", {}).items()]
    if "consistency" in result:
        found.append(f"consistency         {_cells(result['consistency'])}")
    found += [f"{name:<20}{_cells(figures)}" for name, figures in result.get("bias", {}).items()]
    return found


def _cells(figures: Mapping[str, float | int | None]) -> str:
    return "  ".join(
        f"{name} {'-' if value is None else value if isinstance(value, int) else format(value, '.3f')}"
        for name, value in figures.items()
    )
