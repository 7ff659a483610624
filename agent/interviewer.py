"""The interviewer: judges a turn by the best judge there is, asks on, and sums up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from agent import checks, local, prompts, scores
from agent.calls import StepDown, StepReason, together
from agent.claude import Access, CallFailed, Claude, Seen
from agent.code_report import CodeReport
from agent.dialects import Dialect
from agent.ladder import Descent, MaySpend, Noticed, Waiting
from agent.preview import Preview, Secrets
from agent.prompts import Pictures
from agent.replies import Judgement, Summary
from agent.types import Card, Evaluation, FollowUp, Interview, PointVerdict, Question, Reason, State, Turn, Verdict

Heard = Callable[[str], Awaitable[None]]
"""Takes the feedback as it is written."""

LONG_ANSWER = 4000
"""Characters from which the local judge works in a thread, so that nobody else waits."""

Result = TypeVar("Result")


async def _always() -> bool:
    return True


async def _unnoticed(_what: StepDown | Waiting) -> None:
    return


async def _unseen(_text: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class Means:
    """What the coach lends to a judgement: the pictures of each turn, leave to spend, and an ear for what happens."""

    pictures: Pictures = field(default_factory=dict)
    may_spend: MaySpend = _always
    noticed: Noticed = _unnoticed


NO_MEANS = Means()

_NOTHING_READ = ((Reason.EMPTY,), (Reason.UNSEEN,))


class Interviewer:
    """Judges turns and sums up: by the models it is given access to, by the local judge without."""

    def __init__(self, access: Access | None = None) -> None:
        """Judge by these models, the first preferred; without any, locally."""
        self._claude = Claude(access) if access is not None and access.models else None

    @property
    def judge_name(self) -> str:
        """Who judges: a model's name, or `local`."""
        return local.NAME if self._claude is None else self._claude.access.models[0]

    @property
    def claude(self) -> Claude | None:
        """The client that models are called by; None without any."""
        return self._claude

    @property
    def sees_pictures(self) -> bool:
        """Whether pictures are of use; models of other vendors mostly cannot see, and get none."""
        return self._claude is not None and _sees(self._claude.access, self._claude.access.models[0])

    async def open(self) -> None:
        """Make models ready beside the running loop; whoever judges before waits for it. Does nothing without any."""
        if self._claude is not None:
            await self._claude.open()

    async def close(self) -> None:
        """Close the connections."""
        if self._claude is not None:
            await self._claude.close()

    async def judge(
        self,
        interview: Interview,
        turn: Turn,
        heard: Heard,
        report: CodeReport | None = None,
        means: Means = NO_MEANS,
    ) -> Evaluation:
        """Judge one turn and choose the follow-up. `heard` gets feedback in words while it is written, if any is.

        `report` is what running the answer's code showed; it counts where it says something about the person. Where
        every model fails, the local judge stands in and the evaluation is provisional.
        """
        stand_in = await _locally(interview, turn, report)
        pictures = means.pictures.get(turn.number) if self.sees_pictures else None
        if self._claude is None or (stand_in.reasons in _NOTHING_READ and not pictures):
            return _asking_on(interview, turn, stand_in)
        access = self._claude.access
        descent = Descent(self._claude, means.may_spend, means.noticed)
        judging = _Judging(interview, turn, report, descent, access)
        preview = Preview(heard, judging.secrets(stand_in), turn.answer)
        prompt = prompts.judging(
            interview, turn, report, means.pictures, ask=judging.asks, name_missed=judging.names_missed
        )

        async def attempt(model: str) -> Evaluation:
            silent = stand_in.reasons in _NOTHING_READ
            if silent and not _sees(access, model):
                raise CallFailed(StepReason.BLIND)
            try:
                return await judging.by(model, prompt, preview)
            except CallFailed as failed:
                if silent or failed.reason is not StepReason.REJECTED or not prompt.has_pictures:
                    raise
            # A picture that a server cannot take would spoil this request and every later one.
            await descent.step_down(StepDown(model, StepReason.PICTURES))
            return await judging.by(model, prompt.without_pictures(), preview)

        found = await descent.until_one(attempt)
        if found is None:
            found = _asking_on(interview, turn, _stood_in(stand_in))
        return replace(found, usage=together(descent.usage), step_downs=tuple(descent.step_downs))

    def summarise(self, interview: Interview, now: datetime) -> Card:
        """Sum the interview up by rules."""
        return scores.card(interview, now, pass_ratios(interview))

    async def sum_up(self, interview: Interview, now: datetime, means: Means = NO_MEANS) -> Card:
        """Sum the interview up, with a model's words on the card where there is one; all numbers come by rules."""
        card = self.summarise(interview, now)
        if self._claude is None or card.state is State.NOT_SCORED:
            return card
        descent = Descent(self._claude, means.may_spend, means.noticed)
        prompt = prompts.summing(interview, card)

        async def attempt(model: str) -> Summary:
            return (await descent.ask(model, prompt, Summary, _unseen))[0]

        summary = await descent.until_one(attempt)
        card = card if summary is None else checks.summed_up(card, summary)
        return replace(card, usage=together(descent.usage), step_downs=tuple(descent.step_downs))

    async def tried(self) -> dict[str, StepReason | None]:
        """Make one tiny call to each model; None means that it answers as asked, else the reason why it does not."""
        found: dict[str, StepReason | None] = {}
        if self._claude is None:
            return found
        for model in self._claude.access.models:
            try:
                await Descent(self._claude, _always, _unnoticed).ask(model, prompts.probing(), Summary, _unseen)
            except CallFailed as failed:
                found[model] = failed.reason
            else:
                found[model] = None
        return found


class _Judging:
    """The judgement of one turn by models."""

    def __init__(
        self, interview: Interview, turn: Turn, report: CodeReport | None, descent: Descent, access: Access
    ) -> None:
        self._interview = interview
        self._turn = turn
        self._ratio = None if report is None else report.pass_ratio
        self._report = report
        self._descent = descent
        self._access = access
        self.asks = asks_on(interview, turn)

    @property
    def names_missed(self) -> bool:
        """Whether feedback may name what was missed: not while a question asks for it, or is about to."""
        return not self.asks and _open_follow_up(self._interview) is None

    def secrets(self, stand_in: Evaluation) -> Secrets:
        """Keep from the preview what the local judge did not hear, for a follow-up may ask for any of it."""
        if self.names_missed or stand_in.state is State.NOT_SCORED:
            return Secrets.of(self._interview.question, ())
        return self._secrets(_points(self._interview.question), stand_in)

    async def by(self, model: str, prompt: prompts.Prompt, preview: Preview) -> Evaluation:
        """Judge by this model; a doubtful judgement is made twice, and the lower counts. Raises CallFailed."""
        try:
            judgement, found = await self._once(model, prompt, preview.see)
            question, turn, language = self._interview.question, self._turn, self._interview.language
            doubtful = partial(checks.doubtful, question, turn, found, language=language, pass_ratio=self._ratio)
            if await _beside(turn, doubtful):
                second, again = await self._once(model, prompt, _unseen)
                if checks.lower(found, again) is again:
                    judgement, found = second, again
        except CallFailed:
            await preview.broke_off()
            raise
        return self._asking(judgement, found)

    async def _once(self, model: str, prompt: prompts.Prompt, seen: Seen) -> tuple[Judgement, Evaluation]:
        judgement, written = await self._descent.ask(model, prompt, Judgement, seen)
        found = checks.evaluation(
            self._interview.question,
            self._turn,
            judgement,
            judge=model,
            raw=written.text,
            pass_ratio=self._ratio,
            sees=bool(prompt.pictures) and _sees(self._access, model),
        )
        return judgement, replace(found, code=self._report)

    def _asking(self, judgement: Judgement, found: Evaluation) -> Evaluation:
        """Choose the follow-up, the model's if it may stand, and take out of the feedback what it asks for."""
        interview, turn = self._interview, self._turn
        asking = found
        if self.asks:
            missed = checks.missed(interview, turn, found.verdicts)
            own = checks.follow_up(interview, judgement, missed)
            asking = _asking_on(interview, turn, found) if own is None else replace(found, follow_up=own)
        follow_up = asking.follow_up or _open_follow_up(interview)
        points = () if follow_up is None else follow_up.points
        return replace(asking, feedback=self._secrets(points, found).kept(found.feedback))

    def _secrets(self, points: Iterable[str], found: Evaluation) -> Secrets:
        """Of these points keep secret those that nobody has said anything about."""
        heard = (*interview_verdicts(self._interview), *found.verdicts)
        touched = {verdict.point for verdict in heard if verdict.verdict is not Verdict.MISS}
        return Secrets.of(self._interview.question, set(points) - touched)


def _sees(access: Access, model: str) -> bool:
    """Whether a model is shown pictures."""
    return Dialect.of(model, access.dialect) is Dialect.CLAUDE


def asks_on(interview: Interview, turn: Turn) -> bool:
    """Tell whether judging this turn may end in a follow-up."""
    return turn.again is None and not interview.finishing and interview.follow_ups_left > 0


def pass_ratios(interview: Interview) -> dict[int, float]:
    """The share of cases passed, by turn, where the turn's code ran."""
    found: dict[int, float] = {}
    for turn in interview.turns:
        for evaluation in turn.evaluations:
            ratio = evaluation.code.pass_ratio if evaluation.code is not None else None
            if ratio is not None:
                found[turn.number] = ratio
    return found


def interview_verdicts(interview: Interview) -> tuple[PointVerdict, ...]:
    """Every verdict of the turns judged so far."""
    return tuple(
        verdict for turn in interview.turns if turn.evaluation is not None for verdict in turn.evaluation.verdicts
    )


async def _locally(interview: Interview, turn: Turn, report: CodeReport | None) -> Evaluation:
    judged = partial(
        local.judge,
        interview.question,
        turn.points,
        turn.answer,
        follow_up=turn.follow_up,
        language=interview.language,
        pass_ratio=None if report is None else report.pass_ratio,
    )
    found = await _beside(turn, judged)
    if found.reasons == (Reason.EMPTY,) and turn.pictures:
        found = replace(found, reasons=(Reason.UNSEEN,))
    return replace(found, code=report)


async def _beside(turn: Turn, work: Callable[[], Result]) -> Result:
    """Work on a turn, in a thread where that takes long."""
    return await asyncio.to_thread(work) if len(turn.answer) > LONG_ANSWER else work()


def _stood_in(stand_in: Evaluation) -> Evaluation:
    """The local judge's evaluation in place of a model's: marked, for it is to be made anew."""
    if stand_in.state is State.NOT_SCORED:
        return replace(stand_in, reasons=(Reason.JUDGE_FAILED, *stand_in.reasons))
    return replace(stand_in, state=State.PROVISIONAL)


def _asking_on(interview: Interview, turn: Turn, found: Evaluation) -> Evaluation:
    """Add the bank's follow-up that asks for most of what was missed, if one may be asked."""
    if not asks_on(interview, turn):
        return found
    asked = tuple(past.follow_up for past in interview.turns if past.follow_up is not None)
    verdicts = (*interview_verdicts(interview), *found.verdicts)
    return replace(found, follow_up=local.next_follow_up(interview.question, verdicts, asked))


def _open_follow_up(interview: Interview) -> FollowUp | None:
    """The follow-up that was asked and has no answer yet."""
    follow_up = interview.follow_up
    if follow_up is None or interview.finishing or interview.closed_at is not None:
        return None
    return None if any(turn.follow_up == follow_up for turn in interview.turns) else follow_up


def _points(question: Question) -> tuple[str, ...]:
    return tuple(point.id for point in question.key_points)
