"""The daily question before the person: shown when it is due, an offer until Answer is pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from agent.bank import Bank
from agent.kinds import Kind
from agent.types import Difficulty, Interview, Question
from bot import buttons, choice
from bot.choice import Chosen
from bot.core import Core
from bot.delivery import SNOOZE, TRY_AGAIN, planned, postponed, rescheduled
from bot.delivery import is_running as delivery_runs
from bot.events import Ask, Press
from bot.material import USUAL, Material
from bot.notices import stop as stop_notices
from bot.offer import SLOT, Offer, answer_only, slot_of
from bot.ports import Choice, Platform, Unreachable
from bot.scene import Cause, go_on_event, outcome
from bot.schedule import LATE, Occasion, in_window, local_day, moment_of, zone_of
from bot.speech import Speech
from bot.standing import standing_of, streak_of
from bot.turns import Outcome
from bot.wording import notices as notice_words
from bot.wording import opening
from bot.wording import practice as words
from bot.wording import team as team_words
from storage import interviews, notices, practice, questions, team, workspaces
from storage.accounts import Account
from storage.addresses import Place
from storage.interviews import Record
from storage.notices import Notice
from storage.practice import Asked, Delivery, Paused, Practice
from storage.team import TeamPractice

TOLD_WITHIN = timedelta(days=3)
"""How old what an admin is to know may be when it is told with a daily question."""
LEAST_WAIT = 60.0
"""Seconds before a platform that had no time is asked again."""


class Offers:
    """Shows the question of a day, and takes the presses under it."""

    def __init__(self, core: Core, bank: Bank, kinds: Mapping[str, Kind], platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._material = Material(core.database, bank, kinds)
        self._kinds = kinds
        self._platforms = platforms

    # When it is due.

    async def ask(self, event: Ask) -> Outcome:
        """Show the question of a day that was claimed, or one that was put off; never outside its window."""
        now = self._now()
        standing = await self._database.read(standing_of, event.account, date.fromisoformat(event.on))
        if standing is None:
            return Outcome()
        due, delivery = standing
        if event.again:
            return await self._ask_again(due, delivery, now)
        if delivery.state is not Asked.CLAIMED:
            return Outcome()
        if not delivery_runs(due):
            return Outcome(writes=(partial(practice.unclaim, delivery=delivery),))
        zone = due.zone
        due, delivery, moved = await self._followed(due, delivery, now)
        if moved is not None:
            return moved
        if not in_window(Occasion(delivery.on, delivery.due_at), now):
            return Outcome(writes=(partial(practice.keep, delivery=replace(delivery, state=Asked.MISSED)),))
        platform = self._platforms.get(due.person.platform)
        try:
            if platform is None:
                raise Unreachable("", for_good=False)
            place = (await platform.direct(due.person)).place
        except Unreachable as why:
            return self._closed(due, delivery) if why.for_good else self._later(due, delivery, why.retry_after)
        offer = await self.made(due, delivery, place)
        if offer is None:
            return Outcome(writes=(partial(practice.keep, delivery=replace(delivery, state=Asked.MISSED)),))
        today = local_day(now, due.zone)
        owed, paused = await self._database.read(_owed, due.account, today - TOLD_WITHIN)
        first = [words.zone_followed(due)] if due.zone != zone else []
        first += [notice_words.beside([(one.name, one.day) for one in owed], today)] if owed else []
        first += [team_words.unreachable(one, platform.at(one.place).traits.link) for one in paused]
        told = self.shown(
            offer,
            place,
            today,
            until=delivery.due_at + LATE,
            first="\n\n".join(first),
            beside=(stop_notices(),) if owed else (),
        )
        given: list[Callable[[Connection], object]] = [
            partial(notices.give, notice=one, account=due.account, told_at=now) for one in owed
        ]
        given += [partial(team.told, id=one.id) for one in paused]
        return replace(told, writes=(*told.writes, *given, partial(notices.wrote, account=due.account, at=now)))

    def shown(
        self,
        offer: Offer,
        place: Place,
        today: date,
        *,
        until: datetime,
        first: str = "",
        beside: tuple[Choice, ...] = (),
    ) -> Outcome:
        """Say an offer for the first time, and keep that it was."""
        free = self._kinds[offer.question.kind].hints_free
        speech = offer.speech(place, today, free=free, first=first)
        speech = replace(speech, choices=(*speech.choices, *beside), until=until)
        return replace(outcome(speech), writes=self._kept(offer))

    async def made(
        self, due: Practice, delivery: Delivery, place: Place, kind: str = "", difficulty: Difficulty | None = None
    ) -> Offer | None:
        """Choose the question that is shown in this place; None when there is none of the kind."""
        now = self._now()
        known = await self._material.known(due, delivery.on, place, kind)
        changed = ""
        if difficulty or due.difficulty:
            level = difficulty or Difficulty(due.difficulty)
        else:
            level, changed = choice.next_level(Difficulty(due.level), known.cards)
        chosen = choice.choose(known.questions, known.memory, known.kind, level, now=now)
        if chosen is None:
            return None
        if changed and chosen.question.difficulty is level:
            due = replace(due, level=level.value, level_since=delivery.on)
        else:
            changed = ""  # a review of another level; the change waits for a question that shows it
        kept = replace(
            delivery,
            state=Asked.OFFERED,
            delivered_at=now,
            question=chosen.question.id,
            why=choice.kept(replace(chosen.why, level=changed or chosen.why.level)),
        )
        due = replace(due, unanswered=due.unanswered + 1)
        return Offer(due, kept, chosen.question, known.row, known.previous, known.waiting, known.plan)

    async def now(self, cause: Cause, due: Practice, kind: str, difficulty: Difficulty | None) -> Outcome:
        """Show today's question because its owner asked for it; the one by the clock then stays away."""
        now = self._now()
        today = local_day(now, due.zone)
        platform = self._platforms[cause.person.platform]
        try:
            place = (await platform.direct(cause.person)).place
        except Unreachable as why:
            return outcome(cause.whisper(words.cannot_write(str(why))))
        whispers = () if place == cause.place else (cause.whisper(words.sent_to_direct()).outgoing(),)
        known = await self._database.read(practice.delivery, due.account, today)
        if known is not None and known.state in (Asked.OFFERED, Asked.SKIPPED, Asked.ANSWERED):
            question = await self._material.question(known.question, cause.person, place)
            if known.state is Asked.ANSWERED:
                return outcome(cause.whisper(words.answered_today()))
            if known.interview:
                return outcome(cause.whisper(words.begun_already(), answer_only(known)))
            if question is None:
                return outcome(cause.whisper(words.asked_elsewhere()))
            shown = replace(known, state=Asked.OFFERED, times=known.times + 1, again_at=None)
            offer: Offer | None = Offer(replace(due, unanswered=0), shown, question)
        else:
            offer = await self.made(due, Delivery(due.account, today, now), place, kind, difficulty)
        if offer is None:
            return outcome(cause.whisper(words.nothing_to_ask(kind or due.kind or USUAL)))
        awake = replace(offer.practice, unanswered=0, person=cause.person)
        if awake.paused is Paused.UNANSWERED:
            awake = replace(awake, paused=Paused.NO)
        offer = replace(offer, practice=rescheduled(awake, now, {today}))
        told = self.shown(offer, place, today, until=now + LATE)
        return replace(told, posts=(*told.posts, *whispers))

    async def _followed(
        self, due: Practice, delivery: Delivery, now: datetime
    ) -> tuple[Practice, Delivery, Outcome | None]:
        """Follow the zone that the platform tells, where it told it; the question then has another time, perhaps."""
        zone = await self._zone(due)
        if zone == due.zone:
            return due, delivery, None
        due = replace(due, zone=zone)
        at = moment_of(delivery.on, due.minute, zone)
        if at is not None and at > now:
            moved = planned(due, Occasion(delivery.on, at))
            forget = partial(practice.unclaim, delivery=delivery)
            return due, delivery, Outcome(writes=(forget, partial(practice.save, practice=moved)))
        due = rescheduled(due, now, {delivery.on})
        delivery = replace(delivery, due_at=at or delivery.due_at)
        if in_window(Occasion(delivery.on, delivery.due_at), now):
            return due, delivery, None
        missed = partial(practice.keep, delivery=replace(delivery, state=Asked.MISSED))
        return due, delivery, Outcome(writes=(missed, partial(practice.save, practice=due)))

    async def _zone(self, due: Practice) -> str:
        platform = self._platforms.get(due.person.platform)
        if due.zone_source != "platform" or platform is None:
            return due.zone
        try:
            return (await platform.profile(due.person)).zone or due.zone
        except Unreachable:
            return due.zone

    async def _ask_again(self, due: Practice, delivery: Delivery, now: datetime) -> Outcome:
        if delivery.state is not Asked.OFFERED or delivery.interview:
            return Outcome()
        platform = self._platforms.get(due.person.platform)
        if platform is None:
            return Outcome()
        try:
            place = (await platform.direct(due.person)).place
        except Unreachable as why:
            return self._closed(due, delivery) if why.for_good else Outcome()
        question = await self._material.question(delivery.question, due.person, place)
        if question is None:
            return Outcome()
        offer = Offer(due, delivery, question)
        free = self._kinds[question.kind].hints_free
        speech = offer.speech(place, local_day(now, due.zone), free=free, first=words.again())
        return outcome(replace(speech, until=now + LATE))

    async def given_up(self, event: Ask) -> Outcome:
        """Showing it failed again and again: it is tried once more a little later, as long as it is not too late."""
        standing = await self._database.read(standing_of, event.account, date.fromisoformat(event.on))
        if standing is None or standing[1].state is not Asked.CLAIMED:
            return Outcome()
        return self._later(*standing, TRY_AGAIN.total_seconds())

    def _later(self, due: Practice, delivery: Delivery, seconds: float | None) -> Outcome:
        until = self._now() + timedelta(seconds=max(seconds or 0.0, LEAST_WAIT))
        forget = partial(practice.unclaim, delivery=delivery)
        moved = postponed(due, delivery.on, until)
        return Outcome(writes=(forget, partial(practice.save, practice=moved)))

    def _closed(self, due: Practice, delivery: Delivery) -> Outcome:
        return Outcome(writes=(partial(_pause_unreachable, account=due.account, on=delivery.on),))

    async def lost(self, speech: Speech, *, closed: bool) -> None:
        """A message of ours was never shown: too late, or the direct messages are closed."""
        name, _, rest = speech.slot.partition("/")
        account, _, more = rest.partition("/")
        if name == SLOT:
            on = _day(more.partition("/")[0])
            if closed:
                await self._database.write(_pause_unreachable, account=account, on=on)
            elif on is not None:
                await self._database.write(_missed, account, on)

    # What is pressed under it.

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """A button of an offer. It acts on its own day only, but for Answer."""
        on = _day(event.value)
        standing = None if on is None else await self._database.read(standing_of, account.id, on)
        if standing is None:
            return outcome(cause.whisper(words.offer_gone()))
        due, delivery = standing
        question = await self._material.question(delivery.question, cause.person, cause.place)
        if question is None or delivery.state is Asked.CLAIMED:
            return outcome(cause.whisper(words.offer_gone()))
        now = self._now()
        today = local_day(now, due.zone)
        what = event.action.removeprefix("daily ")
        awake = self._awake(due, now)
        if what == "answer":
            return await self._answer(cause, awake, delivery, question)
        if delivery.state is Asked.ANSWERED:
            return outcome(cause.whisper(words.answered_already(delivery.on, today)))
        if delivery.interview:
            return outcome(cause.whisper(words.begun_already(), answer_only(delivery)))
        if delivery.on != today:
            return outcome(cause.whisper(words.old_offer(delivery.on, today), answer_only(delivery)))
        match what:
            case "hint":
                return await self._hint(cause, awake, delivery, question)
            case "easier" | "harder":
                return await self._other_level(cause, awake, delivery, question, what)
            case "snooze":
                return self._snooze(cause, awake, delivery, now)
            case _:
                return await self._skip(cause, awake, delivery, question)

    def _awake(self, due: Practice, now: datetime) -> Practice:
        """A press is a sign of life: what was paused for the lack of one goes on."""
        awake = replace(due, unanswered=0)
        if due.paused is Paused.UNANSWERED:
            return rescheduled(replace(awake, paused=Paused.NO), now, {local_day(now, due.zone)})
        return awake

    async def _answer(self, cause: Cause, due: Practice, delivery: Delivery, question: Question) -> Outcome:
        now = self._now()
        today = local_day(now, due.zone)
        open_one, at_work = await self._database.read(_open_ones, due.account, cause.place)
        if open_one is not None:
            title = open_one.interview.question.title
            return outcome(cause.whisper(opening.already_open(title), buttons.open_one(open_one.interview)))
        if delivery.state is Asked.ANSWERED or await self._database.read(_has_answer, delivery.interview):
            return outcome(cause.whisper(words.answered_already(delivery.on, today)))
        if at_work is not None and at_work.interview.deadline is not None:
            return outcome(cause.whisper(words.clock_runs(at_work.interview.question.title)))
        place = replace(cause.place, thread="")
        workspace = await self._database.write(workspaces.workspace_of, place.platform, place.realm, now)
        interview = Interview(
            id=cause.key, question=question, opened_at=now, touched_at=now, max_follow_ups=0, hints=delivery.hints
        )
        record = Record(interview, due.account, workspace.id, cause.person, place, public=False, practice=True)
        kept = replace(delivery, interview=cause.key, again_at=None)
        told = words.answering(question.title)
        if at_work is not None:
            told += f"\n\n{words.waits_meanwhile(at_work.interview.question.title)}"
        speech = Speech(slot_of(delivery), cause.person, place, told)
        return Outcome(
            writes=(partial(interviews.start, record=record), *_both(due, kept)),
            posts=(speech.outgoing(),),
            arrivals=(go_on_event(record, cause),),
        )

    async def _hint(self, cause: Cause, due: Practice, delivery: Delivery, question: Question) -> Outcome:
        free = self._kinds[question.kind].hints_free
        if delivery.hints >= (len(question.hints) if free else min(1, len(question.hints))):
            return outcome(cause.whisper(words.no_more_hints(free)))
        return await self._redrawn(cause, due, replace(delivery, hints=delivery.hints + 1), question)

    async def _other_level(
        self, cause: Cause, due: Practice, delivery: Delivery, question: Question, what: str
    ) -> Outcome:
        up = what == "harder"
        level = choice.neighbour(question.difficulty, 1 if up else -1)
        known = await self._material.known(due, delivery.on, cause.place, question.kind)
        chosen: Chosen | None = None
        if level is not None:
            chosen = choice.wished(known.questions, known.memory, question.kind, level, now=self._now())
        if chosen is None or level is None:
            return outcome(cause.whisper(words.no_such_level(up)))
        if not due.difficulty:
            due = replace(due, level=level.value, level_since=delivery.on)
        kept = replace(delivery, question=chosen.question.id, why=choice.kept(chosen.why), hints=0)
        return await self._redrawn(cause, due, kept, chosen.question)

    async def _redrawn(self, cause: Cause, due: Practice, delivery: Delivery, question: Question) -> Outcome:
        """The same message with what it shows now."""
        offer = Offer(due, delivery, question)
        free = self._kinds[question.kind].hints_free
        speech = offer.speech(cause.place, local_day(self._now(), due.zone), free=free)
        return replace(outcome(speech), writes=self._kept(offer))

    def _kept(self, offer: Offer) -> tuple[Callable[[Connection], object], ...]:
        """Keep what is shown; a question of a workspace's own has then been asked."""
        kept = _both(offer.practice, offer.delivery)
        question = offer.question
        return (*kept, partial(questions.take, id=question.id, now=self._now())) if question.written_by else kept

    def _snooze(self, cause: Cause, due: Practice, delivery: Delivery, now: datetime) -> Outcome:
        until = now + SNOOZE
        here = until.astimezone(zone_of(due.zone))
        text = words.snoozed(here.hour * 60 + here.minute)
        speech = Speech(slot_of(delivery), cause.person, cause.place, text, answer_only(delivery))
        kept = replace(delivery, again_at=until, times=delivery.times + 1)
        return replace(outcome(speech), writes=_both(due, kept))

    async def _skip(self, cause: Cause, due: Practice, delivery: Delivery, question: Question) -> Outcome:
        row = await self._database.read(streak_of, due, local_day(self._now(), due.zone))
        text = words.skipped(question.title, row)
        speech = Speech(slot_of(delivery), cause.person, cause.place, text, answer_only(delivery))
        kept = replace(delivery, state=Asked.SKIPPED, again_at=None)
        return replace(outcome(speech), writes=_both(due, kept))


def _both(due: Practice, delivery: Delivery) -> tuple[Callable[[Connection], object], ...]:
    return partial(practice.keep, delivery=delivery), partial(practice.save, practice=due)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _open_ones(conn: Connection, account: str, place: Place) -> tuple[Record | None, Record | None]:
    """The daily question that is being answered, and another interview in this very place."""
    found = interviews.owner_at(conn, replace(place, thread=""))
    return practice.open_one(conn, account), None if found is None else interviews.get(conn, found[0], account)


def _owed(conn: Connection, account: str, since: date) -> tuple[Sequence[Notice], Sequence[TeamPractice]]:
    """What somebody is still to be told, beside their question: budgets since that day, and channels' questions."""
    return notices.owed(conn, account, since), team.owed(conn, account)


def _has_answer(conn: Connection, interview: str) -> bool:
    """Whether an answer was submitted in it; one that was left empty may be begun anew."""
    record = interviews.get(conn, interview) if interview else None
    return record is not None and bool(record.interview.turns)


def _pause_unreachable(conn: Connection, account: str, on: date | None) -> None:
    """The direct messages are closed: no more questions, and a word at the next command."""
    due = practice.get(conn, account)
    if due is not None:
        closed = replace(due, paused=Paused.UNREACHABLE, word_owed=True)
        practice.save(conn, planned(closed, None))
    if on is not None:
        _missed(conn, account, on)


def _missed(conn: Connection, account: str, on: date) -> None:
    """A question was never before the person; its day is nobody's fault."""
    delivery = practice.delivery(conn, account, on)
    if delivery is None or delivery.state not in (Asked.CLAIMED, Asked.OFFERED) or delivery.interview:
        return
    practice.keep(conn, replace(delivery, state=Asked.MISSED))
    due = practice.get(conn, account)
    if due is not None and delivery.state is Asked.OFFERED:
        practice.save(conn, replace(due, unanswered=max(0, due.unanswered - 1)))
