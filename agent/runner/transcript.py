"""Reads what a submission's process says, line by line, and believes none of it beyond one value for one case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent.runner.report import Failure, Limits
from agent.runner.values import Malformed, text, untagged

MOST_OUTPUT = 4 << 20
"""Bytes that one process may send in all; the rest is not even read."""

LONGEST_TYPE = 60


class End(StrEnum):
    """Why a process said no more."""

    DONE = "done"
    TIMEOUT = "timeout"
    KILLED = "killed"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Program:
    """A submission: its source, what to call, and (for timing) the code that makes arguments of a size."""

    source: str
    entry: str
    generator: str = ""

    def message(self, limits: Limits) -> dict[str, Any]:
        """The line that hands it in."""
        return {
            "source": self.source,
            "entry": self.entry,
            "generator": self.generator,
            "limits": {"result": limits.result_kb << 10, "stdout": limits.stdout_kb << 10, "depth": limits.depth},
        }


@dataclass(frozen=True, slots=True)
class Call:
    """One call: arguments in tagged JSON, or a size and a seed. Only what a `shown` call prints comes back."""

    id: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    shown: bool = False
    size: int = 0
    seed: int = 0

    def message(self) -> dict[str, Any]:
        """The line that asks for it."""
        if self.size:
            return {"id": self.id, "size": self.size, "seed": self.seed}
        return {"id": self.id, "args": self.args, "kwargs": dict(self.kwargs), "shown": self.shown}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a call. `away`: what the runner does not have; `seconds` by our clock.

    For a call with a size, `seconds` begins when its arguments were ready.
    """

    value: Any = None
    failure: Failure | None = None
    away: str = ""
    seconds: float | None = None
    doubled: bool = False


@dataclass(slots=True)
class Transcript:
    """All that one process said about one submission, and how it ended.

    The first valid line for a call counts; a second one spoils it, since honest processes send one. A line that
    makes no sense ends the process, and with it the call it was working on. `begun`: when it was handed over, or
    began once it was locked; `since`: when the present step began; `spent`: seconds that the submission itself took,
    as far as we or the engine can tell.
    """

    limits: Limits
    calls: Sequence[Call]
    begun: float
    since: float = 0.0
    end: End | None = None
    reason: str = ""
    spent: float = 0.0
    python: str = ""
    locked: bool = False
    loaded: bool = False
    failure: Failure | None = None
    away: str = ""
    printed: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    _handed: dict[str, Call] = field(default_factory=dict)
    _received: int = 0
    _rest: bytearray = field(default_factory=bytearray)

    @property
    def _longest(self) -> int:
        """Bytes of the longest line an honest harness sends: a result, and printed text with every sign escaped."""
        return (self.limits.result_kb << 10) + (self.limits.stdout_kb << 10) * 12 + 8192

    def hand_in(self, calls: Sequence[Call]) -> None:
        """From now on, answers to these calls are believed."""
        self._handed.update((call.id, call) for call in calls)

    @property
    def current(self) -> str:
        """The call the process is working on, by its id; empty when all have an answer."""
        return next((call.id for call in self.calls if call.id not in self.answers), "")

    @property
    def is_shown_done(self) -> bool:
        """Whether the examples are over, so that hidden arguments may enter."""
        return self.loaded and all(call.id in self.answers for call in self.calls if call.shown)

    @property
    def due(self) -> float:
        """When the present step takes too long."""
        return self.since + (self.limits.case_s if self.loaded else self.limits.load_s)

    def feed(self, data: bytes, now: float) -> None:
        """Take what arrived; afterwards `end` is set when there is nothing more to wait for."""
        self._received += len(data)
        self._rest += data
        if b"\n" in data:
            *complete, rest = self._rest.split(b"\n")
            self._rest = rest
            for line in complete:
                if self.end is None:
                    self.read(bytes(line), now)
        if self.end is None and (self._received > MOST_OUTPUT or len(self._rest) > self._longest):
            self._break("output flood")

    def read(self, line: bytes, now: float) -> None:
        """Take one line."""
        try:
            if len(line) > self._longest:
                raise Malformed("too long")
            sent = json.loads(line)
            if not isinstance(sent, dict):
                raise Malformed("no object")
            self._take(sent, now)
        except (Malformed, ValueError, RecursionError):
            self._break("a line that no harness sends")
            return
        if self.end is None and self.loaded and not self.current:
            self.end = End.DONE

    def _take(self, sent: dict[str, Any], now: float) -> None:
        if "locked" in sent and not self.locked:
            self.locked, self.python = True, text(sent.get("python"), LONGEST_TYPE)
            self.begun = self.since = now
        elif "loaded" in sent and not self.loaded:
            self._print(sent)
            self.since = now
            if sent["loaded"] is True:
                self.loaded = True
            else:
                self.failure, self.away = _failure(sent.get("error"))
                self.end = End.DONE
        elif "go" in sent and sent["go"] == self.current:
            self.since = now
        elif self.loaded and isinstance(sent.get("id"), str):
            self._answer(sent, now)
        else:
            raise Malformed("unknown line")

    def _answer(self, sent: dict[str, Any], now: float) -> None:
        call = self._handed.get(sent["id"])
        if call is None:
            raise Malformed("unknown call")
        if call.id in self.answers:
            self.answers[call.id] = Answer(doubled=True)
            return
        away = text(sent.get("away"), LONGEST_TYPE)
        if "error" in sent:
            failure, away = _failure(sent["error"])
            self.answers[call.id] = Answer(failure=failure, away=away, seconds=now - self.since)
        elif "value" in sent:
            value = untagged(sent["value"], self.limits.depth)
            self.answers[call.id] = Answer(value, away=away, seconds=now - self.since)
        else:
            raise Malformed("no value")
        self.since = now
        if call.shown:
            self._print(sent)

    def _print(self, sent: dict[str, Any]) -> None:
        printed = sent.get("out", "")
        if isinstance(printed, str):
            self.printed = (self.printed + printed)[: self.limits.stdout_kb << 10]

    def _break(self, reason: str) -> None:
        self.end, self.reason = End.KILLED, reason


def lines(messages: Sequence[dict[str, Any]]) -> bytes:
    """Write messages as they go in, a line each."""
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def _failure(sent: object) -> tuple[Failure, str]:
    """Read a failure, and what the runner does not have."""
    if not isinstance(sent, dict):
        raise Malformed("no failure")
    line = sent.get("line")
    source = text(sent.get("text")).rstrip()
    column = sent.get("column")
    if source and isinstance(column, int) and 0 < column <= len(source) + 1:
        source += "\n" + "".join(c if c == "\t" else " " for c in source[: column - 1]) + "^"
    kind = text(sent.get("type"), LONGEST_TYPE)
    number = line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1_000_000 else None
    return Failure(kind or "Error", text(sent.get("message")), number, source), text(sent.get("away"), LONGEST_TYPE)
