"""The workbench: runs the code of an answer against the question's cases and keeps what may be shown of it."""

from __future__ import annotations

from dataclasses import replace

from agent.code_report import CaseRow, CodeReport, Ran
from agent.runner import CaseVerdict, Engine, Report, Status
from agent.runner.extract import code_in
from agent.runner.growth import growth
from agent.types import Case, CodeTask, Question

NO_ENTRY = "EntryNotFound"
"""The failure of a source that does not define what the question asks for: a snippet, which nobody loses points by."""
LONGEST_VALUE = 200
"""Characters of a value that is shown."""

_RAN = {
    Status.RAN: Ran.CASES,
    Status.LOAD_ERROR: Ran.BROKEN,
    Status.UNSUPPORTED: Ran.UNSUPPORTED,
    Status.ENGINE_ERROR: Ran.FAULT,
    Status.OFF: Ran.OFF,
}


class Workbench:
    """Runs code behind an engine's wall. It never raises for what a candidate wrote."""

    def __init__(self, engine: Engine) -> None:
        """Use this engine; whoever opened it closes it."""
        self._engine = engine

    @property
    def is_off(self) -> bool:
        """Whether code is read, not run, here."""
        return self._engine.is_off

    def has_code(self, question: Question, answer: str) -> bool:
        """Whether there is Python in the answer that the question's cases can be run against."""
        if question.code is None or self.is_off:
            return False
        code = code_in(answer, question.code.entry)
        return code is not None and code.can_run and code.is_complete

    async def run(self, question: Question, answer: str) -> CodeReport | None:
        """Run the code of an answer; None when the question asks for none or the answer has none."""
        task = question.code
        code = code_in(answer, task.entry) if task is not None else None
        if task is None or code is None:
            return None
        if not code.can_run:
            return CodeReport(Ran.NOT_PYTHON, language=code.language)
        if self.is_off:
            return CodeReport(Ran.OFF, error=self._engine.reason)
        if not code.is_complete:
            return CodeReport(Ran.NO_ENTRY, error=task.entry)
        return _told(task, await self._engine.run(code.text, task.entry, task.cases, checker=task.checker))

    async def tried(self, task: CodeTask, source: str) -> Report:
        """Run a source of a question's own against its cases. Raises ValueError for cases that cannot be run."""
        return await self._engine.run(source, task.entry, task.cases, checker=task.checker)

    async def measured(self, question: Question, answer: str, report: CodeReport) -> CodeReport:
        """The report with the measured growth, where the code is right and the question has a size generator."""
        task = question.code
        if task is None or not task.size_generator or report.pass_ratio != 1.0:
            return report
        code = code_in(answer, task.entry)
        found = await growth(self._engine, code.text, task.entry, task.size_generator) if code else None
        return report if found is None else replace(report, growth=found.exponent, spread=found.spread)


def _told(task: CodeTask, report: Report) -> CodeReport:
    if report.failure is not None and report.failure.type == NO_ENTRY:
        return CodeReport(Ran.NO_ENTRY, error=task.entry)
    return CodeReport(
        _RAN[report.status],
        passed=report.passed,
        total=report.total,
        failing=report.failing_categories,
        rows=_rows(task.cases, report),
        error=_error(report),
        milliseconds=report.total_ms,
    )


def _rows(cases: tuple[Case, ...], report: Report) -> tuple[CaseRow, ...]:
    """The examples, and the first hidden case that fails: one counter-example is for practice."""
    known = {case.id: case for case in cases}
    first = report.first_failure
    rows = []
    for result in report.counted:
        if result.visibility != "example" and (first is None or result.id != first.id):
            continue
        case = known[result.id]
        given = ", ".join([*map(repr, case.args), *(f"{name}={value!r}" for name, value in case.kwargs.items())])
        failed = f"{result.failure.type}: {result.failure.message}" if result.failure else ""
        got = result.got if result.got is not None else failed or str(result.verdict)
        expected = "" if case.comparator == "checker" else repr(case.expected)
        rows.append(CaseRow(result.id, result.verdict is CaseVerdict.PASS, _cut(given), _cut(expected), _cut(got)))
    return tuple(rows)


def _error(report: Report) -> str:
    failure = report.failure
    if failure is None:
        return report.reason
    where = f", line {failure.line}" if failure.line else ""
    text = f"\n{failure.text}" if failure.text else ""
    return f"{failure.type}{where}: {failure.message}{text}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
