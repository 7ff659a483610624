"""Measures a judge against people: reads graded answers, and tells how far its numbers agree with theirs.

Nothing of the judge is fitted to the rows. What is fitted is a map from its numbers to the graders' scale, on other
questions than the ones it is used for.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

from agent import eval_probes
from agent.claude import Access
from agent.eval_judges import Judge, JudgeFailed, by, first_model, judge_all, local_number, locally
from agent.eval_rows import SCALE, EvalError, Row, read
from agent.text import facts

__all__ = ["EvalError", "Probes", "Row", "local_number", "read", "run", "table"]

JUDGES = ("local", "claude")

AT_ONCE = 4
"""How many answers a model judges at the same time."""

FOLDS = 9
"""Into how many parts the questions are laid; fewer where there are fewer questions."""

METRICS = ("pearson", "spearman", "rmse", "mae", "qwk")


@dataclass(frozen=True, slots=True)
class Probes:
    """What to find out beside the agreement: `repeats` of an answer (1: none), `bias` by length, error by `levels`.

    The first two judge the first `rows` rows again, so they cost calls.
    """

    repeats: int = 1
    bias: bool = False
    levels: bool = False
    rows: int = 20


NO_PROBES = Probes()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A judge's numbers, the seconds that one took, and what the probes found."""

    numbers: Sequence[float | JudgeFailed | None]
    seconds: float
    found: Mapping[str, Any]


def run(
    rows_path: Path | str,
    judge: str = "local",
    predictions: Path | str | None = None,
    *,
    access: Access | None = None,
    probes: Probes = NO_PROBES,
    at_once: int = AT_ONCE,
) -> dict[str, Any]:
    """Judge every row of a JSON lines file, and return how far the judge agrees with its graders.

    The result holds `n`, `questions`, `folds`, `not_scored` (answers that the judge declines, counted as 0), `raw` and
    `calibrated` (each with METRICS, None where a number does not exist), `length_correlation` (of the judge's number
    with the answer's length in words) and `seconds_per_answer`. `predictions` names a file for one line per row: id,
    raw and calibrated. `claude` judges by the first model of `access`, so many rows `at_once`; rows for which it gave
    no judgement are left out, and counted as `failed`. `probes` add `consistency`, `bias` and `levels`. It runs a loop
    of its own, so it is not called from within one. Raises EvalError.
    """
    if judge not in JUDGES:
        raise EvalError(f"judge {judge!r} is not known; known: {', '.join(JUDGES)}")
    stats, optimize = _scipy("scipy.stats"), _scipy("scipy.optimize")
    rows = read(Path(rows_path))
    outcome = asyncio.run(_judged(judge, rows, access, probes, at_once))
    kept = [(row, one) for row, one in zip(rows, outcome.numbers, strict=True) if not isinstance(one, JudgeFailed)]
    failed = [one for one in outcome.numbers if isinstance(one, JudgeFailed)]
    if not kept:
        raise EvalError(f"judge {judge!r} judged none of {len(rows)} answers: {failed[0]}")
    rows = [row for row, _ in kept]
    judged = [number for _, number in kept]
    raw = [0.0 if number is None else number for number in judged]
    scores = [row.score for row in rows]
    fold = folds([row.question_id for row in rows])
    calibrated = calibrate(raw, scores, fold, optimize)
    lengths = [float(facts(row.answer).words) for row in rows]
    if predictions is not None:
        _write(Path(predictions), rows, raw, calibrated)
    result: dict[str, Any] = {
        "judge": judge,
        "n": len(rows),
        "questions": len({row.question_id for row in rows}),
        "folds": max(fold) + 1,
        "not_scored": sum(number is None for number in judged),
        "raw": metrics(raw, scores, stats),
        "calibrated": metrics(calibrated, scores, stats) if calibrated else dict.fromkeys(METRICS),
        "length_correlation": _correlation(stats.pearsonr, raw, lengths),
        "seconds_per_answer": outcome.seconds,
    }
    if judge != "local":
        result["failed"] = len(failed)
    if probes.levels:
        result["levels"] = eval_probes.per_level(raw, scores)
    return {**result, **outcome.found}


def table(result: Mapping[str, Any]) -> str:
    """Lay a result out for reading: a row per number, raw and calibrated side by side."""
    lines = [f"{'':<20}{'raw':>10}{'calibrated':>12}"]
    for name in METRICS:
        lines.append(f"{name:<20}{_cell(result['raw'][name]):>10}{_cell(result['calibrated'][name]):>12}")
    for name in ("n", "questions", "folds", "not_scored", "failed", "length_correlation", "seconds_per_answer"):
        if name not in result:
            continue
        lines.append(f"{name:<20}{_cell(result[name], 5 if name == 'seconds_per_answer' else 3):>10}")
    return "\n".join([*lines, *eval_probes.lines(result)])


def _cell(value: float | None, digits: int = 3) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.{digits}f}"


# Judging


async def _judged(judge: str, rows: Sequence[Row], access: Access | None, probes: Probes, at_once: int) -> _Judged:
    """Judge all rows, and probe the judge with the first few of them."""
    if judge == "local":
        return await _probed(locally, rows, probes, at_once)
    if access is None or not access.models:
        raise EvalError(
            f"judge {judge!r} needs a model: set ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL for another server"
        )
    interviewer = first_model(access)
    try:
        await interviewer.open()
        return await _probed(by(interviewer), rows, probes, at_once)
    finally:
        await interviewer.close()


async def _probed(judge: Judge, rows: Sequence[Row], probes: Probes, at_once: int) -> _Judged:
    begun = perf_counter()
    numbers = await judge_all(judge, rows, at_once)
    seconds = (perf_counter() - begun) / len(rows)
    found: dict[str, Any] = {}
    if probes.repeats > 1:
        found["consistency"] = await eval_probes.consistency(judge, rows[: probes.rows], probes.repeats, at_once)
    if probes.bias:
        found["bias"] = await eval_probes.bias(judge, rows[: probes.rows], at_once)
    return _Judged(numbers, seconds, found)


def _write(path: Path, rows: Sequence[Row], raw: Sequence[float], calibrated: Sequence[float]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for i, row in enumerate(rows):
            line = {"id": row.id, "raw": raw[i], "calibrated": calibrated[i] if calibrated else None}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


# Figures


def folds(question_ids: Sequence[str]) -> list[int]:
    """Lay whole questions into folds: the same ids give the same folds, whatever the order of the rows."""
    known = {question_id: i for i, question_id in enumerate(sorted(set(question_ids)))}
    number = min(FOLDS, len(known))
    return [known[question_id] % number for question_id in question_ids]


def calibrate(raw: Sequence[float], scores: Sequence[float], fold: Sequence[int], optimize: Any) -> list[float]:  # noqa: ANN401
    """Map each number by the rising curve that fits the other folds best; empty when there is no other fold."""
    if max(fold) == 0:
        return []
    calibrated = [0.0] * len(raw)
    for held_out in range(max(fold) + 1):
        xs, ys = _curve([(raw[i], scores[i]) for i in range(len(raw)) if fold[i] != held_out], optimize)
        for i in range(len(raw)):
            if fold[i] == held_out:
                calibrated[i] = _between(raw[i], xs, ys)
    return calibrated


def _curve(pairs: Sequence[tuple[float, float]], optimize: Any) -> tuple[list[float], list[float]]:  # noqa: ANN401
    """Fit the rising curve; equal numbers are one place, with as much weight as there are of them."""
    grouped: dict[float, list[float]] = {}
    for x, y in sorted(pairs):
        grouped.setdefault(x, []).append(y)
    fitted = optimize.isotonic_regression(
        [sum(ys) / len(ys) for ys in grouped.values()], weights=[len(ys) for ys in grouped.values()]
    )
    return list(grouped), [float(y) for y in fitted.x]


def _between(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Read a curve at x, on a straight line between its places and level outside them."""
    if x <= xs[0]:
        return ys[0]
    for i in range(1, len(xs)):
        if x <= xs[i]:
            return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1])
    return ys[-1]


def metrics(predicted: Sequence[float], scores: Sequence[float], stats: Any) -> dict[str, float | None]:  # noqa: ANN401
    """Return METRICS for two rows of numbers on the common scale."""
    n = len(scores)
    return {
        "pearson": _correlation(stats.pearsonr, predicted, scores),
        "spearman": _correlation(stats.spearmanr, predicted, scores),
        "rmse": math.sqrt(sum((p - s) ** 2 for p, s in zip(predicted, scores, strict=True)) / n),
        "mae": sum(abs(p - s) for p, s in zip(predicted, scores, strict=True)) / n,
        "qwk": weighted_kappa([_half_up(p) for p in predicted], [_half_up(s) for s in scores]),
    }


def weighted_kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Return the quadratically weighted kappa of two gradings; None when chance alone would make them agree."""
    n = len(first)
    observed = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / n
    chance = sum((a - b) ** 2 * first.count(a) * second.count(b) for a in set(first) for b in set(second)) / (n * n)
    return 1.0 - observed / chance if chance else None


def _half_up(score: float) -> int:
    return min(int(SCALE), max(0, math.floor(score + 0.5)))


def _correlation(of: Callable[..., Any], first: Sequence[float], second: Sequence[float]) -> float | None:
    """Correlate two rows of numbers; None when there is nothing to correlate."""
    if len(first) < 2 or min(map(len, map(set, _rounded(first, second)))) < 2:
        return None
    return float(of(first, second).statistic)


def _rounded(*rows: Sequence[float]) -> Iterator[list[float]]:
    return ([round(value, 9) for value in row] for row in rows)


def _scipy(module: str) -> Any:  # noqa: ANN401
    try:
        return import_module(module)
    except ImportError as error:
        raise EvalError('evaluating needs scipy: pip install "talkpro[eval]"') from error
