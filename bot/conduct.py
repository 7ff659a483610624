"""Conducting one interview: opening it, taking the draft, hints, skipping, finishing, and its clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from agent.bank import Bank
from agent.local import Facts, facts
from agent.messages import Attachment, Message, text_of
from agent.types import HINT_PRICES, Again, Interview, Phase
from agent.workbench import Workbench
from bot import buttons
from bot.authoring import another_like
from bot.clock import Due, due, is_provisional
from bot.closing import Closing
from bot.commands import control_of
from bot.events import Edit, Fetch, Press, Reply
from bot.files import Files, dropped, message_of, not_fetched, to_fetch
from bot.judging import Judging
from bot.ports import Conversation, Platform, Traits, Unreachable
from bot.scene import Scene, outcome
from bot.settings import Settings
from bot.speech import Speech
from bot.turns import Outcome
from bot.wording import clock, code_results, controls, drafts, opening
from storage import notices, questions, queue
from storage.addresses import Place
from storage.database import Database

SHOWN_SECONDS = 30.0
"""How long after a lease has ended to wait for a question to be shown, before what is said counts as said before it."""
LOOK_SECONDS = 0.05

RUN_EVERY = timedelta(seconds=3)
"""The least time between two runs of one person's draft."""


class Conduct:
    """Takes one step of one interview at a time. Every step returns what it leaves behind and stores nothing itself."""

    def __init__(
        self,
        *,
        database: Database,
        bank: Bank,
        platforms: Mapping[str, Platform],
        judging: Judging,
        closing: Closing,
        workbench: Workbench,
        files: Files,
        settings: Settings,
    ) -> None:
        """Work with these."""
        self._database = database
        self._bank = bank
        self._platforms = platforms
        self._judging = judging
        self._closing = closing
        self._workbench = workbench
        self._files = files
        self._settings = settings

    # The next step, derived from what is stored.

    async def go_on(self, scene: Scene) -> Outcome:
        """Take the step that the interview waits for, if it does not wait for its owner."""
        match scene.interview.phase:
            case Phase.OPENING:
                return await self._open(scene)
            case Phase.JUDGING:
                return await self._judging.judge(scene)
            case Phase.CLOSING:
                return await self._closing.close(scene)
            case Phase.ANSWERING | Phase.CLOSED:
                return Outcome()

    async def _open(self, scene: Scene) -> Outcome:
        record = scene.record
        traits = Traits()
        ready: tuple[Speech, ...] = ()
        if record.place is None:
            try:
                there = await self._thread(scene, record.origin, scene.slot("thread"))
            except Unreachable as why:
                if not why.for_good:
                    raise
                closed = scene.with_interview(record.interview.closed(None, scene.now))
                return closed.kept(scene.cause.whisper(opening.unreachable(str(why))))
            record, traits = replace(record, place=there.place), there.traits
        if record.place != record.origin:
            ready = (scene.cause.whisper(opening.ready(record.public, traits.link)),)
        interview = record.interview.put(scene.now)
        opened = replace(scene, record=record).with_interview(interview)
        intro = opening.intro(interview, scene.kind, self._settings.retention_days, self._judging.judge_name)
        text = f"{intro}\n\n{traits.notice}" if traits.notice else intro
        if record.practice:
            return opened.kept(self._question(opened, text))
        first = opened.say(opened.slot("intro"), text, buttons.privacy())
        return opened.kept(*ready, first, self._question(opened))

    async def _thread(self, scene: Scene, asked_in: Place, key: str) -> Conversation:
        """Open a place for the interview. Raises Unreachable."""
        record = scene.record
        there = self._platforms[asked_in.platform].at(asked_in, person=record.person, reply=scene.cause.reply)
        return await there.thread(opening.thread_title(record.interview), private=not record.public, key=key)

    def _question(self, scene: Scene, intro: str = "") -> Speech:
        text = opening.question(scene.interview, runs=not self._workbench.is_off)
        return scene.say(
            scene.slot("question", scene.round),
            f"{intro}\n\n{text}" if intro else text,
            self._judging.under_question(scene),
        )

    # What the owner writes.

    async def reply(self, scene: Scene, event: Reply) -> Outcome:
        """A message of the owner's: a control word, a late addendum, or a part of the draft."""
        interview = scene.interview
        if interview.phase is Phase.CLOSED:
            return Outcome()
        action = control_of(event.text)
        if action is not None and not event.files:
            return await self.press(scene, action, [])
        message = message_of(event)
        if await self._question_was_read(scene, event):
            drafted = scene.with_interview(interview.drafted(message, scene.now))
            taken = drafted.kept(*_troubles(scene, message), self._draft_bar(drafted))
        else:
            taken = self._late(scene, message)
        return replace(taken, arrivals=(*taken.arrivals, *to_fetch(scene, message))) if taken.writes else taken

    async def fetch(self, scene: Scene, event: Fetch, *, given_up: bool = False) -> Outcome:
        """Look at a file of a message; `given_up`: every attempt to do so has failed."""
        message = next((one for one in scene.interview.latest if one.id == event.message), None)
        if message is None or message.files[event.number - 1].is_read:
            return Outcome()
        file = message.files[event.number - 1]
        looked = not_fetched(file) if given_up else await self._files.look(scene, message, event.number)
        read = scene.with_interview(scene.interview.file_read(message.id, event.number, looked.file))
        speeches = [_trouble(scene, message, event.number, looked.file)] if looked.file.problem else []
        if any(one.id == message.id for one in read.interview.draft):
            speeches.append(self._draft_bar(read))
        kept = read.kept(*speeches)
        return replace(kept, writes=(*kept.writes, *looked.writes))

    async def _question_was_read(self, scene: Scene, event: Reply) -> bool:
        if scene.interview.phase is not Phase.ANSWERING:
            return False
        for slot in _asked(scene):
            shown = await self._database.read(queue.shown, slot) or await self._once_shown(slot)
            if shown is not None:
                return event.sent_at.timestamp() >= shown[1]
        return False

    async def _once_shown(self, slot: str) -> tuple[str, float] | None:
        """Wait for a question that is on its way: perhaps it is before the person already, and nobody noted it yet."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.lease_seconds + SHOWN_SECONDS):
                while await self._database.read(queue.unsent, slot):  # noqa: ASYNC110 - another replica may say it
                    await asyncio.sleep(LOOK_SECONDS)
        return await self._database.read(queue.shown, slot)

    def _late(self, scene: Scene, message: Message) -> Outcome:
        interview = scene.interview
        if not interview.turns:
            return scene.whisper(drafts.before_question())
        late = scene.with_interview(interview.added_late(message, scene.now))
        slot = scene.slot("late", interview.round)
        return late.kept(scene.say(slot, drafts.came_late(), buttons.judge_again(late.interview)))

    async def edit(self, scene: Scene, event: Edit) -> Outcome:
        """A message was changed or deleted; only what is still in the draft follows."""
        interview = scene.interview.edited(event.message, event.text, scene.now)
        if interview is scene.interview:
            return Outcome()
        edited = scene.with_interview(interview)
        taken_back = [
            message for message in scene.interview.draft if event.text is None and message.id == event.message
        ]
        return _dropping(edited.kept(self._draft_bar(edited)), *taken_back)

    def _draft_bar(self, scene: Scene) -> Speech:
        interview = scene.interview
        text = drafts.draft_bar(interview, draft_facts(interview), scene.quiet_seconds)
        choices = buttons.under_draft(
            interview,
            hints_free=scene.kind.hints_free,
            quiet=bool(scene.quiet_seconds and interview.draft),
            runs=self._workbench.has_code(interview.question, draft_text(interview)),
            rates=scene.preferences.self_rating,
        )
        return scene.say(self._bar_slot(scene), text, choices)

    def _bar_slot(self, scene: Scene) -> str:
        return scene.slot("draft", scene.round, scene.interview.bar_moves)

    # What the owner presses, or says in a word.

    async def press(self, scene: Scene, action: str, more: list[str]) -> Outcome:
        """A control of the present question. `more`: what its button carried."""
        interview = scene.interview
        if interview.phase is Phase.CLOSED:
            return scene.whisper(controls.interview_over())
        if interview.phase is not Phase.ANSWERING:
            # A turn is being judged: what was pressed meanwhile belonged to the answer that is gone.
            return Outcome()
        match action:
            case "submit":
                return self._submit(scene, more[0] if more else "")
            case "run":
                return await self._run(scene)
            case "hint":
                return self._hint(scene, more)
            case "skip":
                return await self._skip(scene, sure="sure" in more)
            case "finish":
                return self._finish(scene)
            case "stop":
                return self._stop(scene)
            case "discard":
                return _dropping(self._finish(scene.with_interview(replace(interview, draft=()))), *interview.draft)
            case "keep":
                return scene.with_interview(replace(interview, touched_at=scene.now)).kept()
            case _:
                return scene.whisper(controls.old_button())

    def _submit(self, scene: Scene, rating: str = "") -> Outcome:
        if not scene.interview.draft:
            return scene.whisper(drafts.nothing_to_submit())
        submitted = scene.with_interview(scene.interview.submitted(scene.now, rating))
        return submitted.kept(self._bar_submitted(scene), go_on=True)

    async def answer(self, scene: Scene, event: Press) -> Outcome:
        """A whole answer by a form, where what is written cannot be read: it is submitted at once."""
        interview = scene.interview
        if interview.phase is not Phase.ANSWERING:
            return await self.press(scene, "answer", [])
        text, code = event.values.get("text", "").strip(), event.values.get("code", "").strip("\n")
        if code.strip():
            text = f"{text}\n\n{code}" if "```" in code else f"{text}\n\n```python\n{code}\n```"
        if not text.strip():
            return scene.whisper(drafts.nothing_to_submit())
        drafted = interview.drafted(Message(event.id, text.strip(), event.sent_at), scene.now)
        return scene.with_interview(drafted.submitted(scene.now)).kept(go_on=True)

    async def _run(self, scene: Scene) -> Outcome:
        """Run the draft's code, as in an editor; it costs nothing and counts for nothing."""
        interview = scene.interview
        if interview.question.code is None or self._workbench.is_off:
            return scene.whisper(code_results.nothing_runs_here())
        if interview.ran_at is not None and scene.now - interview.ran_at < RUN_EVERY:
            return scene.whisper(code_results.run_again_soon())
        report = await self._workbench.run(interview.question, draft_text(interview))
        if report is None:
            return scene.whisper(code_results.no_code_to_run(interview.question))
        ran = scene.with_interview(replace(interview, ran_at=scene.now))
        slot = scene.slot("run", scene.round, scene.cause.key)
        return ran.kept(scene.say(slot, code_results.code_table(report)), self._draft_bar(ran))

    def _bar_submitted(self, scene: Scene) -> Speech:
        text = drafts.draft_submitted(scene.interview, draft_facts(scene.interview))
        return scene.say(self._bar_slot(scene), text)

    def _hint(self, scene: Scene, more: list[str]) -> Outcome:
        interview = scene.interview
        taken = interview.hints
        if taken >= len(interview.question.hints):
            return scene.whisper(controls.no_hint())
        free = scene.kind.hints_free
        # A button, or a word, shows the price of the first hint only; a dearer one is named before it is taken.
        if not free and HINT_PRICES[taken] > 0 and more != [str(taken)]:
            return scene.whisper(controls.hint_costs(HINT_PRICES[taken]), buttons.take_hint(interview))
        if more and more != [str(taken)]:
            return Outcome()
        hinted = scene.with_interview(interview.hinted(scene.now))
        text = controls.hint(taken + 1, len(interview.question.hints), interview.question.hints[taken], free)
        speeches = [
            scene.say(scene.slot("hint", scene.round, taken + 1), text, buttons.hint(hinted.interview, free=free))
        ]
        if interview.draft:
            speeches.append(self._draft_bar(hinted))
        return hinted.kept(*speeches)

    async def _skip(self, scene: Scene, *, sure: bool) -> Outcome:
        interview = scene.interview
        if interview.draft and not sure:
            text = drafts.draft_first(drafts.SKIP_LOSES_DRAFT)
            return outcome(scene.say(scene.slot("skip", scene.round), text, buttons.skip_sure(interview)))
        if interview.turns:
            return _dropping(self._finish(scene.with_interview(replace(interview, draft=()))), *interview.draft)
        old = interview.question
        seen = (*interview.skipped, old.id)
        own = await self._database.read(another_like, scene.record)
        seed = f"{interview.id}{len(seen)}"
        other = own or self._bank.pick(old.kind, old.difficulty, (), exclude=seen, seed=seed)
        if other is None or other.id in seen:
            return scene.whisper(controls.nothing_left())
        skipped = scene.with_interview(interview.replaced(other, scene.now))
        intro = opening.intro(skipped.interview, scene.kind, self._settings.retention_days, self._judging.judge_name)
        kept = skipped.kept(
            skipped.say(skipped.slot("intro", skipped.round), f"{controls.skipped(old.title)}\n\n{intro}"),
            self._question(skipped),
        )
        take = partial(questions.take, id=other.id, now=scene.now)
        return _dropping(replace(kept, writes=(*kept.writes, take)), *interview.draft)

    def _finish(self, scene: Scene) -> Outcome:
        interview = scene.interview
        if not interview.draft and not interview.turns:
            closed = scene.with_interview(interview.closed(None, scene.now))
            return closed.kept(scene.say(scene.slot("closed"), controls.nothing_answered(), buttons.starts()))
        finished = scene.with_interview(interview.finished(scene.now))
        speeches = (self._bar_submitted(scene),) if interview.draft else ()
        return finished.kept(*speeches, go_on=True)

    def _stop(self, scene: Scene) -> Outcome:
        if scene.interview.draft:
            text = drafts.draft_first(drafts.STOP_WITH_DRAFT)
            slot = scene.slot("stop", scene.round)
            return outcome(scene.say(slot, text, buttons.stop_sure(scene.interview)))
        return self._finish(scene)

    async def gone(self, scene: Scene) -> Outcome:
        """The place is gone: the interview rests without one; its owner is told where they asked for it."""
        record = scene.record
        if scene.interview.phase is Phase.CLOSED or record.place is None:
            return Outcome()
        resting = replace(scene, record=replace(record, place=None)).with_interview(scene.interview)
        told = Speech(
            scene.slot("gone", scene.cause.key),
            record.person,
            record.origin,
            clock.place_gone(record.interview.question.title),
            buttons.resume(record.interview),
            whisper=True,
        )
        return resting.kept(told)

    async def resume(self, scene: Scene) -> Outcome:
        """Go on with an interview that rests, or show an open one again."""
        interview = scene.interview
        ready: tuple[Speech, ...] = ()
        if scene.record.place is None and interview.asked_at is not None:
            try:
                there = await self._thread(scene, scene.cause.place, scene.slot("thread", scene.cause.key))
            except Unreachable as why:
                if not why.for_good:
                    raise
                return scene.whisper(opening.unreachable(str(why)))
            scene = replace(scene, record=replace(scene.record, place=there.place))
            ready = (scene.cause.whisper(opening.ready(scene.record.public, there.traits.link)),)
        if interview.phase is Phase.CLOSED:
            resumed = scene.with_interview(interview.resumed(scene.now))
        else:
            resumed = scene.with_interview(replace(interview, touched_at=scene.now))
        shown = [await self._database.read(queue.shown, slot) for slot in _asked(resumed)]
        slot = scene.slot("resumed", scene.cause.key) if any(shown) else _asked(resumed)[-1]
        choices = self._judging.under_question(resumed)
        if resumed.interview.follow_up is not None:
            text = opening.follow_up(resumed.interview.follow_up, resumed.interview)
        else:
            text = opening.question(resumed.interview, runs=not self._workbench.is_off)
        speeches = [*ready, scene.say(slot, f"**{interview.question.title}**\n\n{text}", choices)]
        if resumed.interview.draft:
            speeches.append(self._draft_bar(resumed))
        return resumed.kept(*speeches)

    # The clock.

    async def wake(self, scene: Scene) -> Outcome:
        """Do what has become due; a wake-up that came too early only sets the clock again."""
        interview = scene.interview
        match due(interview, scene.quiet_seconds, scene.now, practice=scene.record.practice):
            case None:
                return scene.with_interview(interview).kept()
            case Due.MOVE_BAR:
                old = scene.say(self._bar_slot(scene), drafts.draft_moved())
                below = len(interview.draft)
                moved = scene.with_interview(replace(interview, bar_moves=interview.bar_moves + 1, bar_below=below))
                return moved.kept(old, self._draft_bar(moved))
            case Due.SUBMIT_QUIET:
                return self._submit(scene)
            case Due.SAY_TIME:
                nudged = scene.with_interview(replace(interview, nudged=interview.nudged + 1))
                text = clock.time_left(interview, scene.now)
                return nudged.kept(scene.say(scene.slot("time", scene.round, interview.nudged), text))
            case Due.TIME_UP:
                up = scene.say(scene.slot("time up", scene.round), clock.time_is_up())
                if not interview.draft:
                    return _before(up, self._finish(scene))
                return _before(up, self._submit(scene))
            case Due.NUDGE:
                nudged = scene.with_interview(replace(interview, nudged=1))
                if await self._database.read(notices.is_written_to, scene.record.account, scene.now):
                    return nudged.kept()  # the daily question names it: nobody is written to twice a day
                text = clock.still_there(interview.question.title)
                choices = self._judging.under_question(scene)
                told = nudged.kept(scene.say(scene.slot("nudge", interview.touched_at.isoformat()), text, choices))
                wrote = partial(notices.wrote, account=scene.record.account, at=scene.now)
                return replace(told, writes=(*told.writes, wrote))
            case Due.REST:
                return await self._closing.rest(scene)
            case Due.RESCORE:
                number = next(turn.number for turn in interview.turns if is_provisional(turn))
                return scene.with_interview(interview.rescored(number, Again.RESCORE)).kept(go_on=True)


def _troubles(scene: Scene, message: Message) -> list[Speech]:
    """Name the files of a message that will not count."""
    files = enumerate(message.files, 1)
    return [_trouble(scene, message, number, file) for number, file in files if file.problem]


def _trouble(scene: Scene, message: Message, number: int, file: Attachment) -> Speech:
    return scene.say(scene.slot("file", message.id, number), drafts.file_problem(file.name, file.problem))


def _dropping(outcome: Outcome, *messages: Message) -> Outcome:
    """The same, and the pictures of these messages go."""
    return replace(outcome, writes=(*outcome.writes, *dropped(*messages)))


def _before(speech: Speech, rest: Outcome) -> Outcome:
    return replace(rest, posts=(speech.outgoing(), *rest.posts))


def draft_text(interview: Interview) -> str:
    """The draft as one text."""
    return "\n\n".join(text_of(message) for message in interview.draft)


def draft_facts(interview: Interview) -> Facts:
    """What the draft consists of."""
    return facts(draft_text(interview))


def _asked(scene: Scene) -> tuple[str, str]:
    """Where the present question stands: as it was asked, or as it was asked again where its first place was lost."""
    return scene.slot("question", scene.round), scene.slot("question", scene.round, "again")
