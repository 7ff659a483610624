"""Judges that a test holds back, so that something can happen while they judge."""

from __future__ import annotations

import asyncio

from agent.code_report import CodeReport
from agent.interviewer import NO_MEANS, Heard, Interviewer, Means
from agent.types import Evaluation, Interview, Turn


class Waiting(Interviewer):
    """Judges when it may."""

    async def may_judge(self) -> None:
        """Return when it may."""
        raise NotImplementedError

    async def judge(
        self,
        interview: Interview,
        turn: Turn,
        heard: Heard,
        report: CodeReport | None = None,
        means: Means = NO_MEANS,
    ) -> Evaluation:
        await self.may_judge()
        return await super().judge(interview, turn, heard, report, means)


class Held(Waiting):
    """Judges when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def may_judge(self) -> None:
        self.begun.set()
        await self.go.wait()


class Together(Waiting):
    """Judges only when two answers are there to be judged: were one to wait for the other, both would wait for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.both = asyncio.Barrier(2)

    async def may_judge(self) -> None:
        await self.both.wait()
