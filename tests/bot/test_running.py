"""Code in an answer: run before submitting, run with the answer, and what never counts against the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.bank import load
from agent.code_report import Ran
from agent.runner import open_engine
from agent.types import Attachment, CodeTask, Question
from agent.workbench import Workbench
from bot.wording import code_results, labels
from storage.interviews import Record
from tests.fakes.stage import Stage, staged


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        yield opened


def task(question: Question) -> CodeTask:
    assert question.code is not None
    return question.code


def fenced(source: str, language: str = "python") -> str:
    return f"Here it is:\n```{language}\n{source}\n```"


async def started(stage: Stage) -> tuple[Record, CodeTask]:
    record = await stage.start("easy algorithm")
    return record, task(record.interview.question)


async def test_run_shows_what_passes_and_counts_for_nothing(stage: Stage) -> None:
    record, code = await started(stage)
    wrong = next(wrong for wrong in code.wrong_solutions if wrong.fails != "too slow")
    await stage.say(record, fenced(wrong.source))
    await stage.press(record, labels.RUN)
    page = await stage.page(record)
    assert "cases pass**" in page
    assert wrong.fails in page
    assert "FAIL" in page
    interview = (await stage.open_one()).interview
    assert interview.turns == ()
    assert len(interview.draft) == 1


async def test_run_is_offered_only_where_there_is_python(stage: Stage) -> None:
    record, code = await started(stage)
    await stage.say(record, "I would use a dictionary.")
    with pytest.raises(AssertionError, match="no button"):
        await stage.button(labels.RUN)
    await stage.say(record, "run")
    assert code_results.no_code_to_run(record.interview.question) in await stage.page(record)
    await stage.say(record, fenced(code.solution))
    assert (await stage.button(labels.RUN)).action == "run"


async def test_two_runs_need_three_seconds_between_them(stage: Stage) -> None:
    record, code = await started(stage)
    await stage.say(record, fenced(code.solution), "run", "run")
    assert code_results.run_again_soon() in await stage.page(record)
    stage.clock.pass_by(seconds=4)
    await stage.say(record, "run")
    assert (await stage.page(record)).count("cases pass.**") == 2


async def test_the_report_is_the_first_fact_of_the_score(stage: Stage) -> None:
    record, code = await started(stage)
    await stage.say(record, record.interview.question.reference, fenced(code.solution))
    await stage.press(record, labels.SUBMIT)
    turn = (await stage.record(record.interview.id)).interview.turns[0]
    assert turn.evaluation is not None
    report = turn.evaluation.code
    assert report is not None
    assert (report.ran, report.passed) == (Ran.CASES, len(code.cases))
    assert f"All {len(code.cases)} cases pass" in await stage.page(record)


async def test_failing_code_lowers_what_words_alone_would_get(stage: Stage) -> None:
    record, code = await started(stage)
    wrong = next(wrong for wrong in code.wrong_solutions if wrong.fails != "too slow")
    await stage.say(record, record.interview.question.reference, fenced(wrong.source))
    await stage.press(record, labels.SUBMIT)
    await stage.press(record, labels.FINISH) if await stage.has_open() else None
    interview = (await stage.record(record.interview.id)).interview
    evaluation = interview.turns[0].evaluation
    assert evaluation is not None
    assert evaluation.code is not None
    ratio = evaluation.code.pass_ratio
    assert ratio is not None
    assert ratio < 1
    assert evaluation.correctness == pytest.approx(5 + 5 * ratio, abs=0.5)
    assert wrong.fails in evaluation.code.failing
    assert interview.card is not None
    assert f"{evaluation.code.passed}/{evaluation.code.total}" in await stage.page(record)


async def test_code_in_a_file_is_run_too(stage: Stage) -> None:
    record, code = await started(stage)
    assert record.place is not None
    file = Attachment("solution.py", "web:f1", len(code.solution), "text/x-python", code.solution)
    await stage.send(stage.reply("It is in the file.", record.place, files=(file,)))
    await stage.press(record, labels.RUN)
    assert f"All {len(code.cases)} cases pass" in await stage.page(record)


async def test_code_that_does_not_load_is_shown_with_line_and_caret(stage: Stage) -> None:
    record, code = await started(stage)
    await stage.say(record, fenced(f"def {code.entry}(x):\n    return x +\n"), "run")
    page = await stage.page(record)
    assert "does not load" in page
    assert "line 2" in page
    assert "^" in page


@pytest.mark.parametrize(
    "answer",
    [
        fenced("import threading\ndef solve(x):\n    t = threading.Thread(target=print)\n    t.start()\n    return x"),
        fenced("seen = {}\nfor each in items:\n    seen[each] = seen.get(each, 0) + 1"),
        fenced("def one(a):\n    return a\n\n\ndef another(a):\n    return one(a)"),
        fenced("func solve(x int) int {\n\treturn x\n}", "go"),
    ],
)
async def test_what_the_runner_cannot_do_is_no_fault_of_the_person(stage: Stage, answer: str) -> None:
    record, code = await started(stage)
    await stage.say(record, record.interview.question.reference, answer.replace("solve", code.entry))
    await stage.press(record, labels.SUBMIT)
    evaluation = (await stage.record(record.interview.id)).interview.turns[0].evaluation
    assert evaluation is not None
    assert evaluation.code is not None
    assert evaluation.code.pass_ratio is None
    assert evaluation.correctness is not None
    assert evaluation.correctness >= 7


async def test_growth_stands_beside_the_claim(stage: Stage) -> None:
    question = next(q for q in load().questions if q.code is not None and q.code.size_generator)
    async with open_engine("jail") as engine:
        bench = Workbench(engine)
        answer = fenced(task(question).solution) + "\nIt is O(n log n)."
        report = await bench.run(question, answer)
        assert report is not None
        assert report.pass_ratio == 1.0
        measured = await bench.measured(question, answer, report)
    said = code_results.growth(measured, answer)
    assert (measured.growth is None) == (said == "")
    if measured.growth is not None:
        assert said.startswith("Growth: you said O(n log n); measured about n^")


async def test_without_an_engine_code_is_read_and_loses_nothing() -> None:
    question = next(q for q in load().questions if q.code is not None)
    async with open_engine("off") as engine:
        bench = Workbench(engine)
        report = await bench.run(question, fenced(task(question).solution))
        assert not bench.has_code(question, fenced(task(question).solution))
    assert report is not None
    assert report.ran is Ran.OFF
    assert report.pass_ratio is None
    assert "Not executed" in code_results.code_result(report)
