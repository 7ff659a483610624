"""What running an answer's code has shown."""

from __future__ import annotations

from agent.code_report import CaseRow, CodeReport, Ran
from agent.types import Question
from bot.wording.parts import CLAIM, block, plain


def code_result(report: CodeReport) -> str:
    """What running the code showed, in a sentence."""
    match report.ran:
        case Ran.CASES if report.passed == report.total:
            return f"**All {report.total} cases pass.**"
        case Ran.CASES:
            failing = f"; {', '.join(report.failing[:3])} fail" if report.failing else ""
            return f"**{report.passed} of {report.total} cases pass**{failing}."
        case Ran.BROKEN:
            return f"**The code does not load**:\n{block(report.error)}"
        case Ran.NO_ENTRY:
            return f"Your code defines no `{report.error}`, so no case was run; it loses nothing."
        case Ran.UNSUPPORTED:
            return f"Not available in the runner: {plain(report.error, 120)}. That does not count against you."
        case Ran.FAULT:
            return "The code could not be run, which is our fault; it does not count against you."
        case Ran.NOT_PYTHON:
            return f"Code in {report.language or 'another language'} is read, not run; it loses nothing."
        case Ran.OFF:
            return "Not executed: code is read, not run, here."


def code_table(report: CodeReport) -> str:
    """What a run of the draft showed: the examples in full, hidden cases by what they are about."""
    lines = [code_result(report)]
    if report.rows:
        rows = [f"{'ok  ' if row.passed else 'FAIL'} {row.case}{_case_detail(row)}" for row in report.rows]
        lines.append(block("\n".join(rows)))
    if report.ran is Ran.CASES:
        lines.append(f"_{report.milliseconds:.0f} ms in all. A run counts for nothing; Submit does._")
    return "\n".join(lines)


def _case_detail(row: CaseRow) -> str:
    if row.passed:
        return f": {row.given} gives {row.got}"
    wanted = f", expected {row.expected}" if row.expected else ""
    return f": {row.given} gives {row.got}{wanted}"


def growth(report: CodeReport, answer: str) -> str:
    """The measured growth beside what the person claimed; empty when the measurement says nothing."""
    if report.growth is None:
        return ""
    said = CLAIM.findall(answer)
    claim = f"you said O({plain(said[-1], 40)}); " if said else ""
    return f"Growth: {claim}measured about n^{report.growth:.1f}."


def no_code_to_run(question: Question) -> str:
    """Run without code."""
    entry = question.code.entry if question.code else ""
    return f"I found no Python in your draft. Write `{entry}` in a message of its own or between ``` lines."


def nothing_runs_here() -> str:
    """Run where nothing can be run."""
    return "Nothing can be run here; code is read."


def run_again_soon() -> str:
    """Run pressed too quickly."""
    return "One run every three seconds, please."
