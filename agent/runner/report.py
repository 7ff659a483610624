"""What a run is limited by, and what it brings back: plain facts, with no word of judgement."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How far a run came."""

    RAN = "ran"
    LOAD_ERROR = "load_error"
    UNSUPPORTED = "unsupported"
    ENGINE_ERROR = "engine_error"
    OFF = "off"


class CaseVerdict(StrEnum):
    """What came of one case. `not_run` is never the candidate's fault."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    ERROR = "error"
    TIMEOUT = "timeout"
    KILLED = "killed"
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a submission may take: seconds, megabytes, kilobytes, and levels of nesting of a result."""

    load_s: float = 2.0
    case_s: float = 2.0
    total_s: float = 10.0
    memory_mb: int = 256
    result_kb: int = 64
    stdout_kb: int = 4
    depth: int = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the submission: its type and message, the line (from 1) and, for bad syntax, that line with a caret.

    The texts are the candidate's: free of control characters and short, and still to be shown as code.
    """

    type: str
    message: str = ""
    line: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case; `ms` is by our clock.

    `got` is the value as text, kept for examples and for the first failure only: a hidden case is named by its
    category, and one counter-example is for practice.
    """

    id: str
    verdict: CaseVerdict
    visibility: str = "hidden"
    category: str = ""
    got: str | None = None
    failure: Failure | None = None
    ms: float | None = None
    work: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a run showed.

    `failure` is why the source did not load; `reason` what the runner does not have (unsupported) or why there is
    no result (engine_error, off), in technical words. `stdout_excerpt` was printed while examples ran.
    """

    engine: str
    status: Status
    cases: tuple[CaseResult, ...] = ()
    engine_version: str = ""
    python_version: str = ""
    stdout_excerpt: str = ""
    total_ms: float = 0.0
    failure: Failure | None = None
    reason: str = ""

    @property
    def counted(self) -> tuple[CaseResult, ...]:
        """The cases that say something about the candidate: those that ran, or would have but for the candidate."""
        if self.status is Status.LOAD_ERROR:
            return self.cases
        return tuple(case for case in self.cases if case.verdict is not CaseVerdict.NOT_RUN)

    @property
    def passed(self) -> int:
        """How many cases pass."""
        return sum(case.verdict is CaseVerdict.PASS for case in self.cases)

    @property
    def total(self) -> int:
        """How many cases count."""
        return len(self.counted)

    @property
    def pass_ratio(self) -> float | None:
        """The share of cases that pass, 0 to 1; None when the run says nothing about the candidate."""
        if self.status not in (Status.RAN, Status.LOAD_ERROR) or not self.counted:
            return None
        return self.passed / self.total

    @property
    def all_passed(self) -> bool:
        """Whether the submission ran and passed every case."""
        return self.status is Status.RAN and bool(self.cases) and self.passed == len(self.cases)

    @property
    def first_failure(self) -> CaseResult | None:
        """The first case that counts and does not pass."""
        return next((case for case in self.counted if case.verdict is not CaseVerdict.PASS), None)

    @property
    def failing_categories(self) -> tuple[str, ...]:
        """What the failing cases are about, each once, in the order of the cases."""
        failing = (case.category for case in self.counted if case.verdict is not CaseVerdict.PASS)
        return tuple(dict.fromkeys(category for category in failing if category))

    def as_json(self) -> dict[str, Any]:
        """Return all of it, with what follows from it, as plain JSON."""
        first = self.first_failure
        return asdict(self) | {
            "cases": [asdict(case) for case in self.cases],
            "first_failure": first.id if first else None,
            "passed": self.passed,
            "total": self.total,
            "pass_ratio": self.pass_ratio,
            "failing_categories": list(self.failing_categories),
        }
