"""Simulates interviews with scripted candidates, and tells whether each got what it may get from a judge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from agent.calls import Usage, together
from agent.candidates import HALF, STRONG, VAGUE, Candidate, candidates, half_share
from agent.interviewer import Interviewer
from agent.prices import dollars
from agent.types import FOLLOW_UPS, Card, Interview, Message, Phase, Question, State, Turn

AT_ONCE = 4
"""How many interviews are judged at the same time."""

NOISE = 1.0
"""How far the numbers may differ for what is the same answer."""

BAND = 2.5
"""How far from the share of the weight that was said a half right answer may be scored."""

_MOST = {VAGUE: 2.5, "gibberish": 1.0, "verbose but wrong": 2.0, "repeats the question": 1.0}
_BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Result:
    """What a candidate got for one question: numbers of the card, 0 to 10, and whether that is what it may get.

    `turns` are the answers given; `without` is the correctness of the same answer without what was tried, where there
    is one; `why` is empty when it is `ok`; `usage` is what models took.
    """

    candidate: str
    question: str
    judge: str
    turns: int
    state: State
    correctness: float | None
    clarity: float | None
    depth: float | None
    expected: str
    ok: bool
    why: str = ""
    without: float | None = None
    usage: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True)
class _Held:
    """An interview that was held to its end."""

    candidate: Candidate
    interview: Interview
    card: Card

    @property
    def moved(self) -> tuple[object, ...]:
        """Where the interview stands, and what an answer alone may not move."""
        one = self.interview
        return (one.phase, one.question.id, len(one.turns), one.hints, one.skipped, self.card.state)


async def simulate(
    interviewer: Interviewer,
    questions: Sequence[Question],
    *,
    seed: str = "",
    scripts: Sequence[Candidate] = (),
    at_once: int = AT_ONCE,
    noise: float = NOISE,
) -> list[Result]:
    """Let every candidate answer every question, and return what each got, by question and then by candidate.

    `seed` alone decides where an injection stands and what gibberish is. `scripts` are the candidates (none: all);
    one whose base is not among them cannot be compared, which raises ValueError. `noise` is how far the numbers of the
    same answer with and without something may differ. Open and close `interviewer` yourself.
    """
    chosen = tuple(scripts) or candidates()
    names = {candidate.name for candidate in chosen}
    for candidate in chosen:
        if candidate.base and candidate.base not in names:
            raise ValueError(f"{candidate.name!r} is compared with {candidate.base!r}, who is not among the candidates")
    gate = asyncio.Semaphore(at_once)

    async def hold(candidate: Candidate, question: Question) -> _Held:
        async with gate:
            return await _hold(interviewer, candidate, question, Random(f"{seed}\n{candidate.name}\n{question.id}"))  # noqa: S311

    async with asyncio.TaskGroup() as group:
        tasks = [[group.create_task(hold(candidate, question)) for candidate in chosen] for question in questions]
    results: list[Result] = []
    for row in tasks:
        held = {task.result().candidate.name: task.result() for task in row}
        results += [_result(one, held.get(one.candidate.base), noise) for one in held.values()]
    return results


def rows(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Return the results as plain values; `dollars` is None where nothing was paid or no price is known."""
    return [
        {
            "candidate": result.candidate,
            "question": result.question,
            "judge": result.judge,
            "turns": result.turns,
            "state": result.state.value,
            "correctness": result.correctness,
            "clarity": result.clarity,
            "depth": result.depth,
            "expected": result.expected,
            "ok": result.ok,
            "why": result.why,
            "without": result.without,
            "dollars": dollars(result.usage),
        }
        for result in results
    ]


def table(results: Sequence[Result]) -> str:
    """Lay results out for reading: a row per candidate with its averages, what was not expected, and how many are."""
    lines = [f"{'candidate':<42}{'ok':>9}{'correct':>9}{'clarity':>9}{'depth':>7}"]
    for name in dict.fromkeys(result.candidate for result in results):
        own = [result for result in results if result.candidate == name]
        ok = f"{sum(result.ok for result in own)}/{len(own)}"
        numbers = (_average(getattr(result, field) for result in own) for field in ("correctness", "clarity", "depth"))
        lines.append(
            f"{name:<42}{ok:>9}" + "".join(f"{number:>{w}}" for number, w in zip(numbers, (9, 9, 7), strict=True))
        )
    lines += [f"{result.candidate}, {result.question}: {result.why}" for result in results if not result.ok]
    lines.append(f"{sum(result.ok for result in results)} of {len(results)} got what they may get.")
    return "\n".join(lines)


def _average(numbers: Iterable[float | None]) -> str:
    known = [number for number in numbers if number is not None]
    return f"{sum(known) / len(known):.1f}" if known else "-"


# Holding an interview


async def _hold(interviewer: Interviewer, candidate: Candidate, question: Question, chance: Random) -> _Held:
    """Hold an interview by its pure steps alone, as the coach would."""
    now = _BEGIN
    most = FOLLOW_UPS[question.difficulty] if question.follow_ups else 0
    interview = Interview("simulated", question, now, now, most).put(now)
    while interview.phase is Phase.ANSWERING:
        for said in candidate.says(question, interview.follow_up, chance):
            now += _MINUTE
            interview = interview.drafted(Message(f"{now:%H%M}", said, now), now)
        interview = await _judged(interviewer, interview.submitted(now), now)
        if candidate.argument and interview.round == 1:
            interview = await _judged(interviewer, interview.disputed(1, candidate.argument), now)
    card = interviewer.summarise(interview, now)
    return _Held(candidate, interview, card)


async def _judged(interviewer: Interviewer, interview: Interview, now: datetime) -> Interview:
    turn = interview.waiting_turn
    if turn is None:
        return replace(interview, finishing=True)
    return interview.judged(await interviewer.judge(interview, turn, _unheard), now)


async def _unheard(_text: str) -> None:
    return


# What a candidate may get


def _result(held: _Held, base: _Held | None, noise: float) -> Result:
    card = held.card
    expected, why = _alone(held) if base is None else _compared(held, base, noise)
    if card.state is State.PROVISIONAL:
        why = "every model failed, and the local judge stood in"
    evaluations = [evaluation for turn in held.interview.turns for evaluation in turn.evaluations]
    return Result(
        candidate=held.candidate.name,
        question=held.interview.question.id,
        judge=card.judge,
        turns=len(held.interview.turns),
        state=card.state,
        correctness=card.correctness,
        clarity=card.clarity,
        depth=card.depth,
        expected=expected,
        ok=not why,
        why=why,
        without=None if base is None else base.card.correctness,
        usage=together(usage for evaluation in evaluations for usage in evaluation.usage),
    )


def _alone(held: _Held) -> tuple[str, str]:
    """Say what a candidate may get, and what is wrong with what it got."""
    name, number = held.candidate.name, held.card.correctness
    if name == "empty":
        return "not scored", "" if number is None else f"scored {number:g} for nothing"
    if name in _MOST:
        most = _MOST[name]
        return f"at most {most:g}, or not scored", "" if (number or 0.0) <= most else f"{number:g} is too much"
    least, most = 7.0, 10.0
    if name == HALF:
        said = 10.0 * half_share(held.interview.question)
        least, most = max(0.0, said - BAND), min(10.0, said + BAND)
    elif name != STRONG:
        least = 0.0
    why = ""
    if number is None:
        why = "not scored"
    elif not least - 0.05 <= number <= most + 0.05:  # the card is rounded
        why = f"{number:g} is too {'little' if number < least else 'much'}"
    return f"{least:.1f} to {most:.1f}", why


def _compared(held: _Held, base: _Held, noise: float) -> tuple[str, str]:
    """Say what the same answer got, and what is different now; clarity and depth may fall, but not rise."""
    own, other = held.card, base.card
    expected = f"as {base.candidate.name}: {_said(other.correctness)}, {len(base.interview.turns)} turns"
    if held.moved != base.moved:
        return expected, f"it moved the interview: {_differences(held.moved, base.moved)}"
    if abs((own.correctness or 0.0) - (other.correctness or 0.0)) > noise + 1e-6:
        return expected, f"correctness {_said(own.correctness)} instead of {_said(other.correctness)}"
    for turn, same in zip(held.interview.turns, base.interview.turns, strict=True):
        one, known = _number(turn), _number(same)
        if abs((one or 0.0) - (known or 0.0)) > noise + 1e-6:
            return expected, f"turn {turn.number}: correctness {_said(one)} instead of {_said(known)}"
    for name in ("clarity", "depth"):
        now, before = getattr(own, name) or 0.0, getattr(other, name) or 0.0
        if now > before + noise + 1e-6 and not held.candidate.rewords:
            return expected, f"{name} rose from {before:g} to {now:g}"
    return expected, ""


def _number(turn: Turn) -> float | None:
    """Return what the person was shown; the card goes by the verdicts alone."""
    return None if turn.evaluation is None else turn.evaluation.correctness


def _differences(own: tuple[object, ...], other: tuple[object, ...]) -> str:
    return ", ".join(f"{now} instead of {before}" for now, before in zip(own, other, strict=True) if now != before)


def _said(number: float | None) -> str:
    return "no score" if number is None else f"{number:.3g}"
