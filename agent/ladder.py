"""The ladder of models: each rung is asked in turn, and a failure is told and the next one asked.

Below the last rung stands the local judge; that step is the interviewer's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from agent.calls import StepDown, StepReason, Usage
from agent.claude import CallFailed, Claude, Seen, Written
from agent.dialects import Dialect
from agent.prompts import Prompt
from agent.replies import Reply, read

PATIENCE = 3.0
"""Seconds for which a server's wish to be asked again later is granted, once."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A model is asked once more after so many seconds, and why."""

    judge: str
    reason: StepReason
    seconds: float


MaySpend = Callable[[], Awaitable[bool]]
"""Tells whether another call may be paid for; asked before each."""

Noticed = Callable[[StepDown | Waiting], Awaitable[None]]
"""Takes what a person may want to know while they wait."""


class Descent:
    """One walk down the ladder: its calls, what they took, and who stepped down.

    `usage` and `step_downs` are to be read when it is over.
    """

    def __init__(self, claude: Claude, may_spend: MaySpend, noticed: Noticed) -> None:
        """Ask the models of this client, from the preferred one on."""
        self._claude = claude
        self._may_spend = may_spend
        self._noticed = noticed
        self.usage: list[Usage] = []
        self.step_downs: list[StepDown] = []

    async def until_one(self, attempt: Callable[[str], Awaitable[Result]]) -> Result | None:
        """Make the attempt with one model after the other until it succeeds; None when it does with none of them.

        An attempt asks by `ask` and lets CallFailed pass.
        """
        for model in self._claude.access.models:
            retried = False
            while True:
                try:
                    return await attempt(model)
                except CallFailed as failed:
                    seconds = None if retried else self._worth_waiting(model, failed)
                    if seconds is None:
                        await self.step_down(StepDown(model, failed.reason))
                        if failed.reason is StepReason.BUDGET:
                            return None
                        break
                    retried = True
                    await self._noticed(Waiting(model, failed.reason, seconds))
                    await asyncio.sleep(seconds)
        return None

    async def ask(self, model: str, prompt: Prompt, shape: type[Reply], seen: Seen) -> tuple[Reply, Written]:
        """Make one call and read its reply. Raises CallFailed, also when nothing may be spent."""
        if not await self._may_spend():
            raise CallFailed(StepReason.BUDGET)
        try:
            written = await self._claude.write(model, prompt, shape, seen)
        except CallFailed as failed:
            if failed.usage is not None:
                self.usage.append(failed.usage)
            raise
        self.usage.append(written.usage)
        try:
            return read(shape, written.text), written
        except ValueError as error:
            raise CallFailed(StepReason.UNREADABLE) from error

    def _worth_waiting(self, model: str, failed: CallFailed) -> float | None:
        """Return the seconds after which the same model is worth another call; None when it is not."""
        if failed.retry_after is not None:
            return failed.retry_after if failed.retry_after <= PATIENCE else None
        plain = Dialect.of(model, self._claude.access.dialect) is Dialect.GENERIC
        # Nothing holds these models to the schema but themselves; mostly the second try is well-formed.
        return 0.0 if plain and failed.reason is StepReason.UNREADABLE else None

    async def step_down(self, step: StepDown) -> None:
        """Note that a model did not judge, or not all, and tell of it."""
        self.step_downs.append(step)
        await self._noticed(step)
