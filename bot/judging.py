"""Judging a turn before the person: facts at once, feedback as it is written, then the stored evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from structlog.typing import FilteringBoundLogger

from agent.calls import StepDown
from agent.interviewer import Interviewer, Means
from agent.ladder import Waiting
from agent.local import facts
from agent.types import Again, Evaluation, Phase, Reason, State, Turn
from agent.workbench import Workbench
from bot import buttons
from bot.clock import stood_in
from bot.closing import Closing
from bot.files import Files
from bot.ports import Choice, Conversation, Platform
from bot.preview import Preview, previewed
from bot.purse import Purse
from bot.scene import Scene
from bot.speech import Speech
from bot.standing import mark
from bot.turns import Outcome
from bot.wording import code_results, feedback, opening
from storage.database import Database


class Judging:
    """Turns answers into evaluations."""

    def __init__(
        self,
        *,
        database: Database,
        platforms: Mapping[str, Platform],
        interviewer: Interviewer,
        workbench: Workbench,
        files: Files,
        closing: Closing,
        purse: Purse,
        log: FilteringBoundLogger,
    ) -> None:
        """Work with these."""
        self._database = database
        self._platforms = platforms
        self._interviewer = interviewer
        self._workbench = workbench
        self._files = files
        self._closing = closing
        self._purse = purse
        self._log = log

    @property
    def judge_name(self) -> str:
        """Who judges."""
        return self._interviewer.judge_name

    def under_question(self, scene: Scene) -> tuple[Choice, ...]:
        """The buttons under a question; with a form to answer by where what is written does not reach us."""
        reads = self._there(scene).traits.reads
        return buttons.under_question(scene.interview, hints_free=scene.kind.hints_free, reads=reads)

    def _there(self, scene: Scene) -> Conversation:
        return self._platforms[scene.place.platform].at(scene.place, person=scene.record.person)

    async def judge(self, scene: Scene) -> Outcome:
        """Judge the turn that waits: preview without numbers, then one commit with all that follows from it."""
        turn = scene.interview.waiting_turn
        if turn is None:
            return Outcome()
        slot = feedback_slot(scene, turn)
        if turn.again in (Again.RESCORE, Again.ASKED):
            # Whether there is anything to show is known only when it was judged.
            return await self._better(scene, turn, await self._judge(scene, turn, Preview(self._database, slot, None)))
        there = self._there(scene) if scene.record.place is not None else None
        async with previewed(self._database, there, slot, self._log) as preview:
            await preview.write(feedback.facts_line(turn, facts(turn.answer)) + "\n\n")
            evaluation = await self._judge(scene, turn, preview)
        return await self.judged(scene, turn, evaluation)

    async def _judge(self, scene: Scene, turn: Turn, preview: Preview) -> Evaluation:
        async def noticed(what: StepDown | Waiting) -> None:
            await preview.write(feedback.noticed(what) + "\n\n")

        question = scene.interview.question
        report = await self._workbench.run(question, turn.answer)
        if report is not None:
            await preview.write(code_results.code_result(report) + "\n\n")
        means = Means(
            pictures=await self._files.pictures(scene.interview),
            may_spend=partial(self._purse.may_spend, scene.record.workspace),
            noticed=noticed,
        )
        evaluation = await self._interviewer.judge(scene.interview, turn, preview.write, report, means)
        if not evaluation.feedback:
            for piece in pieces(feedback.feedback(question, evaluation)):
                await preview.write(piece)
        if report is None:
            return evaluation
        return replace(evaluation, code=await self._workbench.measured(question, turn.answer, report))

    async def given_up(self, scene: Scene) -> Outcome:
        """Every try to judge the turn failed: it is not scored, says so, and the interview goes on."""
        turn = scene.interview.waiting_turn
        if turn is None:
            return Outcome()
        failed = Evaluation(State.NOT_SCORED, self.judge_name, reasons=(Reason.JUDGE_FAILED,))
        return await self.judged(scene, turn, failed)

    async def _better(self, scene: Scene, turn: Turn, evaluation: Evaluation) -> Outcome:
        """Take a second judgement only when it is better than the stand-in's; tell who asked for it when not."""
        if evaluation.state is State.SCORED:
            return await self.judged(scene, turn, evaluation)
        left = scene.with_interview(scene.interview.left_as_judged())
        words = () if turn.again is Again.RESCORE else (scene.cause.whisper(feedback.still_provisional()),)
        outcome = left.kept(*words)
        return self._paid(scene, turn, evaluation, outcome)

    async def judged(self, scene: Scene, turn: Turn, evaluation: Evaluation) -> Outcome:
        """Keep an evaluation, show it, and ask on."""
        done = scene.with_interview(scene.interview.judged(evaluation, scene.now))
        speeches = [self._feedback(scene, turn, evaluation)]
        phase = done.interview.phase
        if phase is Phase.CLOSED:
            done, card = await self._closing.recount(done)
            speeches.append(card)
        elif phase is Phase.ANSWERING and not turn.again and done.interview.follow_up is not None:
            choices = self.under_question(done)
            text = opening.follow_up(done.interview.follow_up, done.interview)
            speeches.append(done.say(done.slot("question", done.round), text, choices))
        # What a model was paid for is stored before the next call is made: closing is a step of its own.
        outcome = done.kept(*speeches, go_on=phase in (Phase.JUDGING, Phase.CLOSING))
        practised = partial(mark, record=done.record, submitted_at=turn.submitted_at)
        outcome = replace(outcome, writes=(*outcome.writes, practised))
        return self._paid(scene, turn, evaluation, outcome)

    def _paid(self, scene: Scene, turn: Turn, evaluation: Evaluation, outcome: Outcome) -> Outcome:
        costs = self._purse.writes(scene.record, turn.number, evaluation.usage)
        return replace(outcome, writes=(*outcome.writes, *costs))

    def _feedback(self, scene: Scene, turn: Turn, evaluation: Evaluation) -> Speech:
        parts = [
            feedback.judged_again(turn, evaluation) if turn.again else feedback.facts_line(turn, facts(turn.answer)),
            code_results.code_result(evaluation.code) if evaluation.code else "",
            *(feedback.noticed(step) for step in evaluation.step_downs),
            feedback.feedback(scene.interview.question, evaluation),
            code_results.growth(evaluation.code, turn.answer) if evaluation.code else "",
        ]
        if scene.preferences.numbers != "card":
            parts.append(feedback.scores_line(evaluation, turn.points))
        choices = buttons.rescore(scene.interview, turn) if stood_in(evaluation) else ()
        return scene.say(feedback_slot(scene, turn), "\n\n".join(part for part in parts if part), choices)


def feedback_slot(scene: Scene, turn: Turn) -> str:
    """The message of a turn's feedback; each judgement of it has its own, so that both stay visible."""
    attempt = len(turn.evaluations)
    return scene.slot("feedback", turn.number, *([attempt] if attempt else []))


def pieces(text: str) -> list[str]:
    """Cut a text after its lines and sentences, to show it little by little."""
    return re.findall(r".+?(?:(?<=[.!?:”]) |\n+|$)", text, re.DOTALL) or [text]
