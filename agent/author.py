"""The author: has a model write a question, and lets through only what may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.admission import Unproven, Wanted, admitted, slug_of
from agent.authoring import Ask, Rejected, writing
from agent.calls import StepDown, StepReason, Usage, together
from agent.claude import Claude, Written
from agent.kinds import kinds
from agent.ladder import Descent, MaySpend, Waiting
from agent.manuscripts import Manuscript
from agent.types import Question
from agent.workbench import Workbench


class Failure(StrEnum):
    """Why there is no question; the wording lives with the coach.

    FAULTY: what was written did not pass. UNSUITABLE: the model finds nothing to ask about that topic. NO_MODEL: none
    could be reached. NOT_RUN: its code could not be tried. BUDGET: nothing may be spent. FAULT: our own.
    """

    FAULTY = "faulty"
    UNSUITABLE = "unsuitable"
    NO_MODEL = "no model"
    NOT_RUN = "not run"
    BUDGET = "budget"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one call: a question, or why there is none; with FAULTY, what a second call may put right."""

    question: Question | None = None
    failure: Failure | None = None
    rejected: Rejected | None = None
    usage: tuple[Usage, ...] = ()


class Author:
    """Has questions written by the models of a client; without one it writes nothing."""

    def __init__(self, claude: Claude | None, workbench: Workbench) -> None:
        """Ask these models, and try code on this workbench."""
        self._claude = claude
        self._workbench = workbench

    @property
    def can_write(self) -> bool:
        """Whether there is a model to ask."""
        return self._claude is not None

    def kinds_for(self, kind: str) -> tuple[str, ...]:
        """The kinds that may be written where this one, or with an empty name any, is wanted.

        Where no code is run, none that has code: nothing could show that its solution is right.
        """
        here = [name for name, known in kinds().items() if not (known.code and self._workbench.is_off)]
        return tuple(name for name in here if kind in ("", name))

    async def write(self, ask: Ask, question_id: str, may_spend: MaySpend, rejected: Rejected | None = None) -> Attempt:
        """Have a question written in one call, or one that was rejected put right. `question_id` without its prefix."""
        if self._claude is None:
            return Attempt(failure=Failure.NO_MODEL)
        descent = Descent(self._claude, may_spend, _unnoticed)
        prompt = writing(ask, rejected)

        async def attempt(model: str) -> tuple[str, Manuscript, Written]:
            return model, *await descent.ask(model, prompt, Manuscript, _unseen)

        found = await descent.until_one(attempt)
        usage = together(descent.usage)
        if found is None:
            out_of_money = any(step.reason is StepReason.BUDGET for step in descent.step_downs)
            return Attempt(failure=Failure.BUDGET if out_of_money else Failure.NO_MODEL, usage=usage)
        model, manuscript, reply = found
        if not manuscript.suitable:
            return Attempt(failure=Failure.UNSUITABLE, usage=usage)
        wanted = Wanted(question_id, ask.difficulty, ask.kinds, slug_of(ask.topic), ask.titles)
        try:
            examined = await admitted(manuscript, wanted, model, self._workbench)
        except Unproven:
            return Attempt(failure=Failure.NOT_RUN, usage=usage)
        if examined.question is not None:
            return Attempt(examined.question, usage=usage)
        return Attempt(failure=Failure.FAULTY, rejected=Rejected(reply.text, examined.problems), usage=usage)


async def _unnoticed(_what: StepDown | Waiting) -> None:
    return


async def _unseen(_text: str) -> None:
    return
