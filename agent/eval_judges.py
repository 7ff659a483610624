"""The judges that graded answers are measured with: the local one, and models by way of the interviewer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from agent import local
from agent.claude import Access
from agent.eval_rows import SCALE, Row
from agent.interviewer import Interviewer
from agent.types import Difficulty, Interview, KeyPoint, Message, Question, Reason, State

MOST_POINTS = 8
"""So many key points a model can be asked about; an answer with more is compared with its reference."""

Judge = Callable[[Row], Awaitable[float | None]]
"""Gives a row its number, None when it declines. Raises JudgeFailed when there is no judgement."""

_NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class JudgeFailed(Exception):
    """The model gave no judgement; the local judge's would not be its own."""


def local_number(row: Row) -> float | None:
    """Return the local judge's number for a row, 0 to 5, None when it declines.

    It is the square root of the weight covered, before verdicts are drawn from it: those are too coarse to correlate.
    """
    points = row.key_points or (KeyPoint("1", "", 1.0, (row.reference,)),)
    examined = local.examine((row.question,), points, row.answer, whole=True)
    if isinstance(examined, Reason):
        return None
    covered = total = 0.0
    for point in points:
        heard, mistaken = examined.heard(point.id).coverage, examined.mistaken(point.id).coverage
        total += point.weight
        covered += point.weight * (0.0 if mistaken > heard + local.CLOSE and mistaken**0.5 >= local.MISTAKEN else heard)
    number = SCALE * (covered / total) ** 0.5 if total else 0.0
    return min(number, local.DUMP_CAP / 10.0 * SCALE) if examined.dump else number


async def locally(row: Row) -> float | None:
    """Judge a row without a model."""
    return local_number(row)


def by(interviewer: Interviewer) -> Judge:
    """Judge rows as turns of interviews, by the correctness that a candidate would be shown."""

    async def judged(row: Row) -> float | None:
        interview = _answered(row)
        evaluation = await interviewer.judge(interview, interview.turns[0], _unheard)
        if evaluation.step_downs:
            raise JudgeFailed(evaluation.step_downs[-1].reason.value)
        if evaluation.state is State.NOT_SCORED or evaluation.correctness is None:
            return None
        return SCALE * evaluation.correctness / 10.0

    return judged


def first_model(access: Access) -> Interviewer:
    """Return an interviewer with the preferred model alone, so that no figure mixes two."""
    return Interviewer(replace(access, models=access.models[:1]))


async def judge_all(judge: Judge, rows: Sequence[Row], at_once: int) -> list[float | JudgeFailed | None]:
    """Judge rows, so many at once, and return a number for each, or why there is none."""
    gate = asyncio.Semaphore(at_once)

    async def one(row: Row) -> float | JudgeFailed | None:
        async with gate:
            try:
                return await judge(row)
            except JudgeFailed as failed:
                return failed

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in rows]
    return [task.result() for task in tasks]


def _answered(row: Row) -> Interview:
    """Make an interview of a row: one question without follow-ups, and its answer."""
    points = tuple(replace(point, name=point.name or point.phrasings[0]) for point in row.key_points)
    if not points or len(points) > MOST_POINTS:
        points = (KeyPoint("1", "what the reference answer says", 1.0, (row.reference,)),)
    question = Question(
        id="graded",
        kind="quick",
        difficulty=Difficulty.EASY,
        topics=(),
        title=row.question,
        minutes=5,
        body=row.question,
        key_points=points,
        hints=(),
        follow_ups=(),
        reference=row.reference,
    )
    asked = Interview("graded", question, _NOW, _NOW, max_follow_ups=0).put(_NOW)
    return asked.drafted(Message("1", row.answer, _NOW), _NOW).submitted(_NOW)


async def _unheard(_text: str) -> None:
    return
