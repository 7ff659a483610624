"""Turns what was heard of a run into a report: compares values, counts nothing against anybody who is not to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.runner import compare
from agent.runner.report import CaseResult, CaseVerdict, Failure, Report, Status
from agent.runner.transcript import Answer, Call, End, Transcript
from agent.runner.values import shown, tagged, text
from agent.types import Case

EXAMPLE = "example"
CHECKER = "checker"


@dataclass(slots=True)
class Heard:
    """What was heard so far: answers, the calls that ended otherwise, and what examples printed."""

    answers: dict[str, Answer] = field(default_factory=dict)
    ends: dict[str, CaseVerdict] = field(default_factory=dict)
    printed: str = ""


def calls_of(cases: Sequence[Case], *, has_checker: bool) -> list[Call]:
    """Return the calls, examples first; raises ValueError for cases that cannot be run at all."""
    known: set[str] = set()
    calls = []
    for case in cases:
        if case.id in known:
            raise ValueError(f"two cases have the id {case.id!r}")
        if case.comparator not in compare.NAMES or (case.comparator == CHECKER and not has_checker):
            usable = ", ".join(name for name in compare.NAMES if name != CHECKER or has_checker)
            raise ValueError(f"case {case.id!r} has the comparator {case.comparator!r}; known: {usable}")
        known.add(case.id)
        try:
            args = tuple(tagged(argument) for argument in case.args)
            kwargs = tuple((str(name), tagged(argument)) for name, argument in case.kwargs.items())
        except TypeError as error:
            raise ValueError(f"case {case.id!r} has an argument that cannot be sent: {error}") from error
        calls.append(Call(case.id, args, kwargs, shown=case.visibility == EXAMPLE))
    return sorted(calls, key=lambda call: not call.shown)


def not_run(cases: Sequence[Case]) -> tuple[CaseResult, ...]:
    """Every case as not run."""
    return tuple(CaseResult(case.id, CaseVerdict.NOT_RUN, case.visibility, case.category) for case in cases)


def not_loaded(engine: str, cases: Sequence[Case], transcript: Transcript) -> Report:
    """The report on a source that could not be loaded."""
    failure = transcript.failure
    if transcript.end is End.TIMEOUT:
        failure = Failure("Timeout")
    elif failure is None:
        failure = Failure("Killed", transcript.reason)
    status = Status.UNSUPPORTED if transcript.away else Status.LOAD_ERROR
    printed = excerpt(transcript.printed)
    return Report(engine, status, not_run(cases), failure=failure, reason=transcript.away, stdout_excerpt=printed)


def report(engine: str, cases: Sequence[Case], heard: Heard, checked: Mapping[str, CaseVerdict]) -> Report:
    """The report on a source that was loaded. `checked`: what the question's checker said of its cases."""
    results: list[CaseResult] = []
    revealed = False
    for case in sorted(cases, key=lambda case: case.visibility != EXAMPLE):
        answer = heard.answers.get(case.id)
        verdict = _verdict(case, answer, heard, checked)
        is_first = not revealed and verdict not in (CaseVerdict.PASS, CaseVerdict.NOT_RUN)
        revealed = revealed or is_first
        has_value = answer is not None and answer.failure is None and not answer.doubled
        results.append(
            CaseResult(
                id=case.id,
                verdict=verdict,
                visibility=case.visibility,
                category=case.category,
                got=shown(answer.value) if answer and has_value and (is_first or case.visibility == EXAMPLE) else None,
                failure=answer.failure if answer else None,
                ms=round(1000 * answer.seconds, 3) if answer and answer.seconds is not None else None,
            )
        )
    away = next((answer.away for answer in heard.answers.values() if answer.away), "")
    order = {case.id: position for position, case in enumerate(cases)}
    return Report(
        engine,
        Status.UNSUPPORTED if away else Status.RAN,
        tuple(sorted(results, key=lambda result: order[result.id])),
        reason=away,
        stdout_excerpt=excerpt(heard.printed),
    )


def excerpt(printed: str) -> str:
    """What was printed, line by line, without control characters."""
    return "\n".join(text(line) for line in printed.split("\n"))


def _verdict(case: Case, answer: Answer | None, heard: Heard, checked: Mapping[str, CaseVerdict]) -> CaseVerdict:
    if answer is None:
        return heard.ends.get(case.id, CaseVerdict.NOT_RUN)
    if answer.doubled:
        return CaseVerdict.KILLED
    if answer.away:
        return CaseVerdict.NOT_RUN
    if answer.failure is not None:
        return CaseVerdict.ERROR
    if case.comparator == CHECKER:
        return checked.get(case.id, CaseVerdict.NOT_RUN)
    return CaseVerdict.PASS if compare.matches(case.comparator, case.expected, answer.value) else CaseVerdict.FAIL
