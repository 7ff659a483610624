"""Judging a turn before the person: facts at once, feedback as it is written, the stored evaluation; the card."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from sqlalchemy import Connection
from structlog.typing import FilteringBoundLogger

from agent.interviewer import Interviewer
from agent.local import facts
from agent.types import Card, Evaluation, Phase, Reason, State, Turn
from agent.workbench import Workbench
from bot import buttons, wording
from bot.ports import Platform, Stream, Unreachable
from bot.scene import Scene
from bot.speech import Speech, stored
from bot.turns import Outcome
from storage import interviews, queue
from storage.database import Database

COMPARED = 10
"""How many earlier cards an arrow looks back on."""


class Preview:
    """Feedback shown while it is written. Failing to show it fails nothing: the stored evaluation is said later."""

    def __init__(self, database: Database, slot: str, stream: Stream | None) -> None:
        """Write to this stream; to nobody when there is none."""
        self._database = database
        self._slot = slot
        self._stream = stream
        self._remembered = False

    async def write(self, text: str) -> None:
        """Show some more, and keep the address of the message as soon as it has one."""
        if self._stream is None:
            return
        try:
            await self._stream.write(text)
        except Unreachable:
            self._stream = None
            return
        await self.remember()

    async def remember(self) -> None:
        """Store the address, so that whoever recovers this turn overwrites the same message."""
        spoken = self._stream.spoken if self._stream is not None else None
        if spoken is not None and not self._remembered:
            await self._database.write(queue.remember, self._slot, stored(spoken), spoken.at.timestamp())
            self._remembered = True


class Judging:
    """Turns answers into evaluations and cards."""

    def __init__(
        self,
        database: Database,
        platforms: Mapping[str, Platform],
        interviewer: Interviewer,
        workbench: Workbench,
        log: FilteringBoundLogger,
    ) -> None:
        """Work with these."""
        self._workbench = workbench
        self._database = database
        self._platforms = platforms
        self._interviewer = interviewer
        self._log = log

    @property
    def judge_name(self) -> str:
        """Who judges."""
        return self._interviewer.judge_name

    async def judge(self, scene: Scene) -> Outcome:
        """Judge the turn that waits: preview without numbers, then one commit with all that follows from it."""
        turn = scene.interview.waiting_turn
        if turn is None:
            return Outcome()
        slot = feedback_slot(scene, turn)
        opening = wording.facts_line(turn, facts(turn.answer)) + "\n\n"
        async with self._preview(scene, slot) as preview:
            await preview.write(opening)
            question = scene.interview.question
            report = await self._workbench.run(question, turn.answer)
            if report is not None:
                await preview.write(wording.code_result(report) + "\n\n")
            evaluation = await self._interviewer.judge(scene.interview, turn, preview.write, report)
            if not evaluation.feedback:
                for piece in pieces(wording.feedback(question, evaluation)):
                    await preview.write(piece)
            if report is not None:
                evaluation = replace(evaluation, code=await self._workbench.measured(question, turn.answer, report))
        return await self.judged(scene, turn, evaluation)

    async def given_up(self, scene: Scene) -> Outcome:
        """Every try to judge the turn failed: it is not scored, says so, and the interview goes on."""
        turn = scene.interview.waiting_turn
        if turn is None:
            return Outcome()
        failed = Evaluation(State.NOT_SCORED, self.judge_name, reasons=(Reason.JUDGE_FAILED,))
        return await self.judged(scene, turn, failed)

    async def judged(self, scene: Scene, turn: Turn, evaluation: Evaluation) -> Outcome:
        """Keep an evaluation, show it, and ask on or close."""
        done = scene.with_interview(scene.interview.judged(evaluation, scene.now))
        speeches = [self._feedback(scene, turn, evaluation)]
        match done.interview.phase:
            case Phase.CLOSING:
                closed = await self.close(done)
                return replace(closed, posts=(*(speech.outgoing() for speech in speeches), *closed.posts))
            case Phase.CLOSED:
                again = done.with_interview(
                    replace(done.interview, card=self._interviewer.summarise(done.interview, scene.now))
                )
                return again.kept(*speeches, await self.card(again))
            case Phase.ANSWERING if not turn.again and done.interview.follow_up is not None:
                choices = buttons.under_question(done.interview, hints_free=scene.kind.hints_free)
                text = wording.follow_up(done.interview.follow_up, done.interview)
                speeches.append(done.say(done.slot("question", done.round), text, choices))
        return done.kept(*speeches, go_on=done.interview.phase is Phase.JUDGING)

    def _feedback(self, scene: Scene, turn: Turn, evaluation: Evaluation) -> Speech:
        parts = [
            wording.facts_line(turn, facts(turn.answer)),
            wording.code_result(evaluation.code) if evaluation.code else "",
            wording.feedback(scene.interview.question, evaluation),
            wording.growth(evaluation.code, turn.answer) if evaluation.code else "",
        ]
        if scene.preferences.numbers != "card":
            parts.append(wording.scores_line(evaluation, turn.points))
        return scene.say(feedback_slot(scene, turn), "\n\n".join(part for part in parts if part))

    @asynccontextmanager
    async def _preview(self, scene: Scene, slot: str) -> AsyncIterator[Preview]:
        """A preview to write to; a silent one where the message exists already or cannot be shown."""
        if await self._database.read(queue.shown, slot) is not None:
            yield Preview(self._database, slot, None)
            return
        there = self._platforms[scene.place.platform].at(scene.place, person=scene.record.person)
        stack = AsyncExitStack()
        stream: Stream | None = None
        try:
            await stack.enter_async_context(there.thinking())
            stream = await stack.enter_async_context(there.stream(key=slot))
        except Unreachable as why:
            self._log.info("preview refused", interview=scene.interview.id, why=str(why))
        preview = Preview(self._database, slot, stream)
        try:
            yield preview
        finally:
            try:
                await stack.aclose()
                await preview.remember()
            except Unreachable as why:
                self._log.info("preview broke off", interview=scene.interview.id, why=str(why))

    # The end.

    async def close(self, scene: Scene) -> Outcome:
        """Sum the interview up and show the card."""
        card = self._interviewer.summarise(scene.interview, scene.now)
        closed = scene.with_interview(scene.interview.closed(card, scene.now))
        return closed.kept(await self.card(closed))

    async def rest(self, scene: Scene) -> Outcome:
        """Close an interview for its silence: with a card on what was answered, without a word when nothing was."""
        interview = scene.interview
        draft = interview.draft
        if not interview.turns:
            return scene.with_interview(replace(interview.closed(None, scene.now), draft=draft)).kept()
        card = self._interviewer.summarise(interview, scene.now)
        rested = scene.with_interview(replace(interview.closed(card, scene.now), draft=draft))
        word = scene.say(scene.slot("rested"), wording.rested(), buttons.resume(interview))
        return rested.kept(await self.card(rested), word)

    async def card(self, scene: Scene) -> Speech:
        """The card of a closed interview, beside what it may be compared with."""
        interview = scene.interview
        card = interview.card
        if card is None:
            raise ValueError("the interview has no card")
        earlier, before = await self._database.read(_compared, scene, card.judge == "local")
        title = interview.question.title
        return scene.say(
            scene.slot("card"),
            wording.card(scene.record, card, earlier, before),
            buttons.under_card(scene.record, card),
            wording.card_chart(title, card, earlier),
        )


def _compared(conn: Connection, scene: Scene, local: bool) -> tuple[list[Card], Card | None]:
    record = scene.record
    kind = record.interview.question.kind
    earlier = interviews.comparable(conn, record.account, kind, local, before=record.interview.closed_at)
    before = interviews.get(conn, record.interview.retry_of, record.account) if record.interview.retry_of else None
    card = before.interview.card if before is not None else None
    return earlier[:COMPARED], card if card is not None and (card.judge == "local") == local else None


def feedback_slot(scene: Scene, turn: Turn) -> str:
    """The message of a turn's feedback; each judgement of it has its own, so that both stay visible."""
    attempt = len(turn.evaluations)
    return scene.slot("feedback", turn.number, *([attempt] if attempt else []))


def pieces(text: str) -> list[str]:
    """Cut a text after its lines and sentences, to show it little by little."""
    return re.findall(r".+?(?:(?<=[.!?:”]) |\n+|$)", text, re.DOTALL) or [text]
