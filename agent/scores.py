"""Numbers from verdicts: the correctness of a turn, and the card of an interview. Pure, and the only place for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from agent.kinds import kinds
from agent.types import (
    HINT_PRICES,
    Card,
    Evaluation,
    Interview,
    KeyPoint,
    PointVerdict,
    Question,
    State,
    Turn,
    Verdict,
)

VALUES = {Verdict.HIT: 1.0, Verdict.PARTIAL: 0.5, Verdict.MISS: 0.0, Verdict.WRONG: 0.0}
"""What a verdict is worth, as a share of the point's weight."""

AFTER_FOLLOW_UP = 0.7
"""What is left of a point on the card when it was said only after a follow-up asked for it."""

LEEWAY = 2.0
"""How far a model's own number may lie from the one that its verdicts give."""

SOLID, FAIR = 7.0, 5.5
"""From where a score is called solid, and from where fair."""

RANK = {Verdict.HIT: 3, Verdict.PARTIAL: 2, Verdict.WRONG: 1, Verdict.MISS: 0}
"""Which of two verdicts on one point stays: a wrong statement says more than silence."""


class Level(StrEnum):
    """A word for a score; the wording lives with the coach."""

    SOLID = "solid"
    FAIR = "fair"
    GAPS = "gaps"


def level_of(score: float) -> Level:
    """Say a score of 0 to 10 in a word."""
    if score >= SOLID:
        return Level.SOLID
    return Level.FAIR if score >= FAIR else Level.GAPS


def correctness(
    question: Question,
    points: Iterable[str],
    verdicts: Iterable[PointVerdict],
    *,
    pass_ratio: float | None = None,
    model: float | None = None,
) -> float:
    """Return the correctness of a turn, 0 to 10.

    `points` are the ids that the turn asks for, and a point without a verdict is missed; `pass_ratio` is the share of
    cases passed (None: nothing ran); `model` is a model's own number, believed within LEEWAY of what its verdicts give.
    """
    best = _best(verdicts)
    credits = {point: VALUES[best[point].verdict] if point in best else 0.0 for point in points}
    base = _with_code(_share(question, credits), pass_ratio)
    if model is None:
        return base
    return min(max(model, base - LEEWAY, 0.0), base + LEEWAY, 10.0)


def hint_price(question: Question, hints: int) -> float:
    """Return what so many hints take off the card's correctness; nothing where the kind's hints are free."""
    kind = kinds().get(question.kind)
    if kind is not None and kind.hints_free:
        return 0.0
    return sum(HINT_PRICES[: max(hints, 0)])


def counting(interview: Interview) -> tuple[tuple[Turn, Evaluation], ...]:
    """Return the scored turns, each with the evaluation that counts: its latest that has a number."""
    found = []
    for turn in interview.turns:
        scored = [evaluation for evaluation in turn.evaluations if evaluation.state is not State.NOT_SCORED]
        if scored:
            found.append((turn, scored[-1]))
    return tuple(found)


def covered_unions(interview: Interview) -> tuple[PointVerdict, ...]:
    """Return the best verdict on each of the question's key points over all scored turns, in the question's order."""
    best = _best(verdict for _, evaluation in counting(interview) for verdict in evaluation.verdicts)
    return tuple(best.get(point.id, PointVerdict(point.id, Verdict.MISS)) for point in interview.question.key_points)


def card(interview: Interview, now: datetime, pass_ratios: Mapping[int, float] | None = None) -> Card:
    """Sum an interview up; `pass_ratios` holds the share of cases passed by turn number, for turns whose code ran."""
    turns = counting(interview)
    verdicts = covered_unions(interview)
    before = _card_correctness(interview.question, turns, pass_ratios or {})
    after = None if before is None else max(0.0, before - hint_price(interview.question, interview.hints))
    return Card(
        state=_state(turns),
        judge=", ".join(dict.fromkeys(evaluation.judge for _, evaluation in turns)) or _judge_at_all(interview),
        correctness=_rounded(after),
        before_hints=_rounded(before),
        clarity=_rounded(_average([evaluation.clarity for _, evaluation in turns])),
        depth=_rounded(_average([evaluation.depth for _, evaluation in turns])),
        verdicts=verdicts,
        hints=interview.hints,
        minutes=minutes(interview, now),
        next_step=next_step(interview.question, verdicts) if turns else "",
        disputes=interview.disputes,
    )


def next_step(question: Question, verdicts: Iterable[PointVerdict]) -> str:
    """Return the name of the key point that lost the most weight, "" when all were heard."""
    best = _best(verdicts)

    def lost(point: KeyPoint) -> float:
        return point.weight * (1.0 - VALUES[best[point.id].verdict] if point.id in best else 1.0)

    heaviest = max(question.key_points, key=lost, default=None)
    return heaviest.name if heaviest is not None and lost(heaviest) > 0 else ""


def minutes(interview: Interview, now: datetime) -> int:
    """Return how long the person was at it, at least 1; a pause counts for the question's expected time at most."""
    moments = {interview.opened_at, interview.touched_at}
    for turn in interview.turns:
        moments |= {turn.submitted_at, *(message.sent_at for message in turn.messages)}
    known = sorted(min(moment, now) for moment in moments if moment >= interview.opened_at)
    pause = timedelta(minutes=interview.question.minutes)
    spent = sum((min(after - before, pause) for before, after in pairwise(known)), timedelta())
    return max(1, round(spent / timedelta(minutes=1)))


def _best(verdicts: Iterable[PointVerdict]) -> dict[str, PointVerdict]:
    best: dict[str, PointVerdict] = {}
    for verdict in verdicts:
        known = best.get(verdict.point)
        if known is None or RANK[verdict.verdict] > RANK[known.verdict]:
            best[verdict.point] = verdict
    return best


def _share(question: Question, credits: Mapping[str, float]) -> float:
    """Return ten times the share of the weight that was earned; `credits` holds 0 to 1 by point id."""
    total = sum(question.point(point).weight for point in credits)
    return (
        10.0 * sum(question.point(point).weight * credit for point, credit in credits.items()) / total if total else 0.0
    )


def _with_code(base: float, pass_ratio: float | None) -> float:
    return base if pass_ratio is None else (base + 10.0 * pass_ratio) / 2


def _card_correctness(
    question: Question, turns: Sequence[tuple[Turn, Evaluation]], pass_ratios: Mapping[int, float]
) -> float | None:
    """Add up the union of key points; code that came only after a follow-up counts where it raises the result."""
    if not turns:
        return None
    credits = {point.id: 0.0 for point in question.key_points}
    for turn, evaluation in turns:
        factor = 1.0 if turn.follow_up is None else AFTER_FOLLOW_UP
        for verdict in evaluation.verdicts:
            if verdict.point in credits:
                credits[verdict.point] = max(credits[verdict.point], factor * VALUES[verdict.verdict])
    base = _share(question, credits)
    ratios = {turn.number: pass_ratios[turn.number] for turn, _ in turns if turn.number in pass_ratios}
    if not ratios:
        return base
    with_code = _with_code(base, max(ratios.values()))
    unprompted = any(turn.follow_up is None and turn.number in ratios for turn, _ in turns)
    return with_code if unprompted else max(base, with_code)


def _state(turns: Sequence[tuple[Turn, Evaluation]]) -> State:
    if not turns:
        return State.NOT_SCORED
    provisional = any(evaluation.state is State.PROVISIONAL for _, evaluation in turns)
    return State.PROVISIONAL if provisional else State.SCORED


def _judge_at_all(interview: Interview) -> str:
    return next((turn.evaluation.judge for turn in interview.turns if turn.evaluation is not None), "")


def _average(scores: Sequence[float | None]) -> float | None:
    """Average what there is, the first turn counting double."""
    weighted = [(2.0 if i == 0 else 1.0, score) for i, score in enumerate(scores) if score is not None]
    return (
        sum(weight * score for weight, score in weighted) / sum(weight for weight, _ in weighted) if weighted else None
    )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 1)
