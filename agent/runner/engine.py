"""Runs a submission against cases and says what came of it; which wall it runs behind is the backend's business."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from agent.runner import assess
from agent.runner.assess import CHECKER, Heard
from agent.runner.report import CaseVerdict, Limits, Report, Status
from agent.runner.transcript import Call, End, Program, Transcript
from agent.runner.values import Opaque, tagged, text
from agent.types import Case

PROBE = Path(__file__).parent / "inside" / "probe.py"
CHECKER_ENTRY = "check"
DEFAULT = Limits()


class Backend(Protocol):
    """A wall and what stands behind it. A further engine is one more of these.

    `is_near`: whether it runs on this machine, so that our clock can time a call.
    """

    name: str
    version: str
    is_near: bool

    @property
    def python_version(self) -> str:
        """The version of the Python behind the wall."""

    async def execute(self, program: Program, calls: Sequence[Call], limits: Limits, seconds: float) -> Transcript:
        """Load the program in a fresh process and make the calls in their order, `seconds` at most.

        A transcript that ends in FAULT says that the wall itself failed: nothing in it is the candidate's doing.
        Hidden arguments may not enter while an example runs, since an example can print what is in memory.
        """


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What an engine found when it tried to break its own wall: nothing, or what it could do."""

    ok: bool
    detail: str = ""


class Engine:
    """Runs submissions, at most `parallel` at once. Without a backend it is off, for the `reason`."""

    def __init__(self, backend: Backend | None, *, reason: str = "", parallel: int = 1) -> None:
        """Use a backend that was started; whoever started it stops it."""
        self._backend = backend
        self._turns = asyncio.Semaphore(parallel)
        self.name = backend.name if backend else "off"
        self.reason = reason
        self.parallel = parallel

    @property
    def is_off(self) -> bool:
        """Whether nothing is ever run here."""
        return self._backend is None

    async def run(
        self, source: str, entry: str, cases: Sequence[Case], limits: Limits = DEFAULT, *, checker: str = ""
    ) -> Report:
        """Run a source against cases. `checker` is code of a shipped question; it judges in a process of its own.

        Raises ValueError for cases that cannot be run at all: two of one id, an unknown comparator, or arguments
        that are no plain data.
        """
        calls = assess.calls_of(cases, has_checker=bool(checker))
        backend = self._backend
        if backend is None:
            return Report("off", Status.OFF, assess.not_run(cases), reason=self.reason)
        async with self._turns:
            clock = asyncio.get_running_loop().time
            begun = clock()
            heard = Heard()
            last = await self._hear(backend, Program(source, entry), calls, limits, heard)
            if last.end is End.FAULT:
                reason = text(last.reason)
                report = Report(self.name, Status.ENGINE_ERROR, assess.not_run(cases), reason=reason)
            elif not last.loaded:
                report = assess.not_loaded(self.name, cases, last)
            else:
                checked = await self._check(backend, cases, heard, checker, limits)
                report = assess.report(self.name, cases, heard, checked)
            return replace(
                report,
                engine_version=backend.version,
                python_version=backend.python_version,
                total_ms=round(1000 * (clock() - begun), 3),
            )

    async def time(self, program: Program, calls: Sequence[Call], limits: Limits) -> Transcript | None:
        """Make calls with sizes and return what was heard; None where they cannot be timed."""
        if self._backend is None or not self._backend.is_near:
            return None
        async with self._turns:
            return await self._backend.execute(program, calls, limits, limits.total_s)

    async def self_test(self) -> SelfTest:
        """Try to break out, as a submission would. A far engine answers for its own wall."""
        if self._backend is None:
            return SelfTest(ok=False, detail=self.reason)
        if not self._backend.is_near:
            return SelfTest(ok=True)
        limits = Limits()
        arguments = (os.getpid(), platform.machine(), (limits.memory_mb + 44) << 20)
        source = await asyncio.to_thread(PROBE.read_text, encoding="utf-8")
        calls = [Call("breaches", arguments)]
        transcript = await self._backend.execute(Program(source, "breaches"), calls, limits, limits.total_s)
        answer = transcript.answers.get("breaches")
        failure = answer.failure if answer else transcript.failure
        if answer is None or failure is not None:
            said = f"{failure.type}: {failure.message}" if failure else transcript.reason or str(transcript.end)
            return SelfTest(ok=False, detail=f"self-test: {said}")
        if answer.value != []:
            return SelfTest(ok=False, detail=f"self-test: not held: {', '.join(map(str, answer.value))}")
        return SelfTest(ok=True)

    async def _hear(
        self, backend: Backend, program: Program, calls: list[Call], limits: Limits, heard: Heard
    ) -> Transcript:
        """Make the calls, in a fresh process behind each that did not end; returns the last, or the decisive, one."""
        seconds = limits.total_s
        while True:
            transcript = await backend.execute(program, calls, limits, seconds)
            seconds -= transcript.spent
            heard.printed += transcript.printed
            heard.answers |= transcript.answers
            loaded_before = bool(heard.answers or heard.ends)
            if transcript.end is End.FAULT or not (transcript.loaded or loaded_before):
                return transcript
            if transcript.end is not End.DONE:
                stopped = CaseVerdict.TIMEOUT if transcript.end is End.TIMEOUT else CaseVerdict.KILLED
                heard.ends[transcript.current] = stopped
            left = [call for call in calls if call.id not in heard.answers and call.id not in heard.ends]
            if not left or not transcript.loaded or seconds <= 0:
                # What is left had its chance: it loads no more, or the others took all the time.
                late = CaseVerdict.TIMEOUT if transcript.loaded else CaseVerdict.KILLED
                heard.ends |= {call.id: late for call in left}
                transcript.loaded = True
                return transcript
            calls = left

    async def _check(
        self, backend: Backend, cases: Sequence[Case], heard: Heard, checker: str, limits: Limits
    ) -> dict[str, CaseVerdict]:
        """Let the question's own code judge the cases that want it: behind the wall too, but beside no candidate."""
        wanted = [
            (case, heard.answers[case.id].value)
            for case in cases
            if case.comparator == CHECKER and case.id in heard.answers and heard.answers[case.id].failure is None
        ]
        verdicts = {case.id: CaseVerdict.FAIL for case, _ in wanted}
        calls = [
            Call(case.id, (tagged(list(case.args)), tagged(value)))
            for case, value in wanted
            if not isinstance(value, Opaque)
        ]
        if calls:
            transcript = await backend.execute(Program(checker, CHECKER_ENTRY), calls, limits, limits.total_s)
            for call in calls:
                answer = transcript.answers.get(call.id)
                if answer is None or not isinstance(answer.value, bool):
                    verdicts[call.id] = CaseVerdict.NOT_RUN
                elif answer.value:
                    verdicts[call.id] = CaseVerdict.PASS
        return verdicts
