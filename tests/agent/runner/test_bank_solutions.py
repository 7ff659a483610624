"""The code in the question bank does what it says: right solutions pass, wrong ones fail for the reason they name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.bank import load
from agent.runner import CaseVerdict, Engine, Limits, Report
from agent.runner.transcript import Call, Program
from agent.types import CodeTask, Question, WrongSolution

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOO_SLOW = "too slow"
SIZES = [1 << power for power in range(3, 17)]
LOOK = Limits(load_s=5.0, case_s=0.4, total_s=2.0)
QUESTIONS = [question for question in load().questions if question.code is not None]


def _wrong() -> Iterator[tuple[Question, WrongSolution]]:
    for question in QUESTIONS:
        assert question.code is not None
        for wrong in question.code.wrong_solutions:
            yield question, wrong


async def _run(jail: Engine, question: Question, source: str) -> Report:
    task = question.code
    assert task is not None
    return await jail.run(source, task.entry, task.cases, checker=task.checker)


each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


@each_question
async def test_reference_solutions_pass(jail: Engine, question: Question) -> None:
    assert question.code is not None
    report = await _run(jail, question, question.code.solution)
    assert report.all_passed, (report.first_failure, report.failure, report.reason)


@each_question
async def test_brute_force_is_right_where_it_ends(jail: Engine, question: Question) -> None:
    assert question.code is not None
    if question.code.brute_force:
        report = await _run(jail, question, question.code.brute_force)
        assert {case.verdict for case in report.cases} <= {CaseVerdict.PASS, CaseVerdict.TIMEOUT}
        assert report.passed


@pytest.mark.parametrize(
    ("question", "wrong"), [pytest.param(*pair, id=f"{pair[0].id}: {pair[1].name}") for pair in _wrong()]
)
async def test_wrong_solutions_fail_for_the_reason_they_name(
    jail: Engine, question: Question, wrong: WrongSolution
) -> None:
    report = await _run(jail, question, wrong.source)
    assert question.code is not None
    if wrong.fails != TOO_SLOW:
        assert wrong.fails in report.failing_categories, report.failing_categories
        return
    late = [case for case in report.cases if case.verdict is CaseVerdict.TIMEOUT]
    right = [case for case in report.cases if case.verdict is CaseVerdict.PASS]
    assert len(late) + len(right) == len(report.cases), "it is not only slow but wrong"
    if not late:
        assert await _falls_behind(jail, question.code, wrong.source), "it is as fast as the reference solution"


async def _falls_behind(jail: Engine, task: CodeTask, source: str) -> bool:
    """Whether larger inputs leave it behind: it stops at half the size or less, or takes four times as long."""
    assert task.size_generator, "nothing makes inputs large enough to tell"
    reference, slow = await _times(jail, task, task.solution), await _times(jail, task, source)
    assert reference, "the reference solution manages no size at all"
    reached = max(slow, default=0)
    return 2 * reached <= max(reference) or slow[reached] > 4 * reference[reached]


async def _times(jail: Engine, task: CodeTask, source: str) -> dict[int, float]:
    program = Program(source, task.entry, task.size_generator)
    transcript = await jail.time(program, [Call(str(size), size=size, seed=7) for size in SIZES], LOOK)
    assert transcript is not None
    assert transcript.loaded, transcript.failure
    failures = [answer.failure for answer in transcript.answers.values() if answer.failure is not None]
    assert not failures
    return {int(size): answer.value / 1e9 for size, answer in transcript.answers.items()}
