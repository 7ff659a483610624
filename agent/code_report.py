"""What running the code of an answer showed, as values that are stored and shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ran(StrEnum):
    """What came of the code in an answer; only CASES and BROKEN say anything about the person."""

    CASES = "cases"
    BROKEN = "broken"
    NO_ENTRY = "no entry"
    UNSUPPORTED = "unsupported"
    FAULT = "fault"
    OFF = "off"
    NOT_PYTHON = "not python"


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of a code report that may be shown: an example, or the one counter-example. Values are as text."""

    case: str
    passed: bool
    given: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class CodeReport:
    """What running the code of an answer showed.

    `passed` of `total` cases, `failing` the categories of those that do not pass, `error` why nothing ran (for BROKEN
    with the line and a caret, which are the person's own text), `milliseconds` in all. `growth` and `spread`: time grew
    about as n to this power, give or take; None where the measurement does not say.
    """

    ran: Ran
    language: str = "Python"
    passed: int = 0
    total: int = 0
    failing: tuple[str, ...] = ()
    rows: tuple[CaseRow, ...] = ()
    error: str = ""
    milliseconds: float = 0.0
    growth: float | None = None
    spread: float | None = None

    @property
    def pass_ratio(self) -> float | None:
        """The share of cases passed, 0 to 1; None when the run says nothing about the person."""
        if self.ran not in (Ran.CASES, Ran.BROKEN) or not self.total:
            return None
        return self.passed / self.total
