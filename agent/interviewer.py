"""The interviewer: judges a turn by the best judge there is, asks on, and sums up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from agent import local, scores
from agent.types import Card, CodeReport, Evaluation, Interview, PointVerdict, Turn

Heard = Callable[[str], Awaitable[None]]
"""Takes the feedback as it is written."""

LONG_ANSWER = 4000
"""Characters from which the local judge works in a thread, so that nobody else waits."""


class Interviewer:
    """Judges turns; the local judge is the only rung of the ladder so far."""

    @property
    def judge_name(self) -> str:
        """Who judges: a model's name, or `local`."""
        return "local"

    async def judge(
        self, interview: Interview, turn: Turn, heard: Heard, report: CodeReport | None = None
    ) -> Evaluation:
        """Judge one turn and choose the follow-up. `heard` gets feedback in words while it is written, if any is.

        `report` is what running the answer's code showed; it counts where it says something about the person.
        """
        arguments = (interview.question, turn.points, turn.answer)
        ratio = report.pass_ratio if report is not None else None
        if len(turn.answer) > LONG_ANSWER:
            evaluation = await asyncio.to_thread(
                local.judge, *arguments, follow_up=turn.follow_up, language=interview.language, pass_ratio=ratio
            )
        else:
            evaluation = local.judge(
                *arguments, follow_up=turn.follow_up, language=interview.language, pass_ratio=ratio
            )
        evaluation = replace(evaluation, code=report)
        if turn.again or interview.finishing or interview.follow_ups_left == 0:
            return evaluation
        asked = tuple(past.follow_up for past in interview.turns if past.follow_up is not None)
        verdicts = (*interview_verdicts(interview), *evaluation.verdicts)
        return replace(evaluation, follow_up=local.next_follow_up(interview.question, verdicts, asked))

    def summarise(self, interview: Interview, now: datetime) -> Card:
        """Sum the interview up."""
        return scores.card(interview, now, pass_ratios(interview))


def pass_ratios(interview: Interview) -> dict[int, float]:
    """The share of cases passed, by turn, where the turn's code ran."""
    found: dict[int, float] = {}
    for turn in interview.turns:
        for evaluation in turn.evaluations:
            ratio = evaluation.code.pass_ratio if evaluation.code is not None else None
            if ratio is not None:
                found[turn.number] = ratio
    return found


def interview_verdicts(interview: Interview) -> tuple[PointVerdict, ...]:
    """Every verdict of the turns judged so far."""
    return tuple(
        verdict for turn in interview.turns if turn.evaluation is not None for verdict in turn.evaluation.verdicts
    )
