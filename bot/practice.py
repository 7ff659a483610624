"""The daily question's set-up: hour, days, zone, pauses; what an answer means for it; the first offer of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection

from agent.kinds import Kind, kinds
from agent.types import Difficulty
from bot import daily_words
from bot.asking_zone import ask_zone, which_zone
from bot.commands import Refusal
from bot.core import Core
from bot.daily_words import FOLLOWS_PLAN, DailyWish, NoHour, Odd
from bot.delivery import is_running, planned, rescheduled
from bot.events import Press
from bot.offer import slot_of
from bot.offers import Offers
from bot.ports import Choice, Field, Form, Platform, Unreachable
from bot.scene import Cause, Scene, outcome
from bot.schedule import EVERY_DAY, local_day
from bot.speech import Speech
from bot.standing import done_days, plan_of, streak_for, streak_of
from bot.streak import Streak
from bot.turns import Outcome
from bot.wording import practice as words
from bot.zones import zone_called
from storage import accounts, practice
from storage.accounts import Account
from storage.interviews import Record
from storage.plans import Plan
from storage.practice import Delivery, Paused, Practice

USUAL_MINUTE = 8 * 60 + 30
OFFERED = tuple(f"daily {what}" for what in ("answer", "hint", "easier", "harder", "snooze", "skip"))
"""What is pressed under a question; the rest changes when questions come."""


class DailyPractice:
    """Takes the commands and buttons that change when questions come."""

    def __init__(
        self, core: Core, kinds: Mapping[str, Kind], platforms: Mapping[str, Platform], offers: Offers
    ) -> None:
        """Work with these."""
        self._offers = offers
        self._database = core.database
        self._now = core.now
        self._kinds = kinds
        self._platforms = platforms

    async def command(self, cause: Cause, account: Account, text: str) -> Outcome:
        """The words behind `/interview daily`."""
        wish = self.wish(text)
        due = await self._database.read(practice.get, account.id)
        match wish.order:
            case "off":
                return self._off(cause, due)
            case "pause":
                return await self._pause(cause, due, wish)
            case "resume":
                return await self._resume(cause, due)
            case "now":
                return await self._ask_now(cause, account, due, wish)
        if not text.strip():
            return await self._status(cause, account, due)
        return await self._set(cause, account, due, wish, text)

    def wish(self, text: str) -> DailyWish:
        """Read the words. Raises Refusal that says what would work."""
        try:
            return daily_words.read(text, self._kinds)
        except Odd as odd:
            choices = (Choice(odd.near, "daily words", odd.words, style="primary"),) if odd.near else ()
            raise Refusal(words.odd_word(odd.word, odd.near), choices) from odd
        except NoHour as hour:
            raise Refusal(words.no_hour(str(hour))) from hour

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """A button or a form that changes when questions come."""
        values = event.values
        if event.action in OFFERED:
            return await self._offers.press(cause, account, event)
        match event.action.removeprefix("daily "):
            case "stop":
                return self._off(cause, await self._database.read(practice.get, account.id))
            case "no":
                return outcome(cause.whisper(words.declined()))
            case "set":
                names = ("hour", "days", "kind", "difficulty", "zone")
                return await self.command(cause, account, " ".join(values.get(name, "").strip() for name in names))
            case "zone":
                return await self._zone_said(cause, account, event.value, values.get("zone", ""))
            case _:
                return await self.command(cause, account, event.value)

    async def with_owed(self, cause: Cause, told: Outcome) -> Outcome:
        """What a command led to, after a word that is owed since the last message could not be delivered."""
        due = await self._database.read(practice.owed_to, cause.person)
        if due is None:
            return told
        slot = f"daily/{due.account}/owed/{cause.key}"
        choices = (Choice(words.RESUME, "daily words", "resume", style="primary"),)
        whisper = replace(cause.whisper(words.could_not_reach(), choices), slot=slot)
        paid = partial(practice.save, practice=replace(due, word_owed=False))
        return replace(told, posts=(whisper.outgoing(), *told.posts), writes=(paid, *told.writes))

    # Setting it.

    async def _set(self, cause: Cause, account: Account, due: Practice | None, wish: DailyWish, text: str) -> Outcome:
        now = self._now()
        zone, source = await self._zone(cause, account, due, wish)
        if not zone:
            return outcome(cause.whisper(words.ask_zone(), (ask_zone("daily", text),)))
        try:
            platform = self._platforms[cause.person.platform]
            there = (await platform.direct(cause.person)).place
        except Unreachable as why:
            raise Refusal(words.cannot_write(str(why))) from why
        today = local_day(now, zone)
        done, plan = await self._database.read(_around, account.id, today)
        changed = self._with(due or new_practice(account, cause, zone, today), wish)
        changed = replace(
            changed,
            person=cause.person,
            zone=zone,
            zone_source=source,
            since=changed.since if due is not None and due.turned_on else today,
            turned_on=True,
            paused=Paused.NO,
            paused_until=None,
            word_owed=False,
            unanswered=0,
        )
        changed = rescheduled(changed, now, done)
        told = words.confirmed(changed, now, plan)
        slot = f"daily/{account.id}/set/{cause.key}"
        posts = [Speech(slot, cause.person, there, told, under_status(changed)).outgoing()]
        if cause.place != there:
            posts.append(cause.whisper(words.set_up_elsewhere()).outgoing())
        preferences = replace(account.preferences, zone=zone)
        return Outcome(
            writes=(
                partial(practice.save, practice=changed),
                partial(accounts.save_preferences, account_id=account.id, preferences=preferences),
            ),
            posts=tuple(posts),
        )

    def _with(self, due: Practice, wish: DailyWish) -> Practice:
        """The practice with what was said changed."""
        return replace(
            due,
            minute=due.minute if wish.minute is None else wish.minute,
            days=due.days if wish.days is None else wish.days,
            kind=due.kind if wish.kind is None else wish.kind,
            difficulty="" if wish.follows else wish.difficulty or due.difficulty,
        )

    async def _zone(self, cause: Cause, account: Account, due: Practice | None, wish: DailyWish) -> tuple[str, str]:
        """The zone and where it comes from; empty where nobody knows it."""
        if wish.zone is not None:
            return wish.zone, "person"
        if due is not None:
            return due.zone, due.zone_source
        platform = self._platforms.get(cause.person.platform)
        if platform is not None:
            with suppress(Unreachable):
                profile = await platform.profile(cause.person)
                if zone_called(profile.zone) is not None:
                    return profile.zone, "platform"
        return account.preferences.zone, "person"

    async def _zone_said(self, cause: Cause, account: Account, text: str, said: str) -> Outcome:
        zone = zone_called(said)
        if zone is not None:
            return await self.command(cause, account, f"{text} {zone}")
        return which_zone(cause, "daily", text, said, self._now())

    # Orders.

    def _off(self, cause: Cause, due: Practice | None) -> Outcome:
        if due is None:
            return outcome(cause.whisper(words.was_off()))
        rest = partial(practice.rest, account=due.account)
        if not due.turned_on:
            return replace(outcome(cause.whisper(words.was_off())), writes=(rest,))
        off = planned(replace(due, turned_on=False, paused=Paused.NO, paused_until=None, word_owed=False), None)
        choices = (Choice(words.TURN_ON, "daily words", "resume"),)
        told = outcome(cause.whisper(words.stopped(), choices))
        return replace(told, writes=(partial(practice.save, practice=off), rest))

    async def _pause(self, cause: Cause, due: Practice | None, wish: DailyWish) -> Outcome:
        if due is None or not due.turned_on:
            return outcome(cause.whisper(words.was_off()))
        now = self._now()
        today = local_day(now, due.zone)
        end = daily_words.pause_end(wish, today)
        if end is None:
            return outcome(cause.whisper(words.how_long()))
        resting = replace(due, paused=Paused.ASKED, paused_until=end, unanswered=0, word_owed=False)
        resting = rescheduled(resting, now)
        choices = (Choice(words.RESUME, "daily words", "resume"), Choice(words.STOP, "daily stop"))
        told = outcome(cause.whisper(words.paused(resting, today), choices))
        rest = partial(practice.rest, account=due.account)
        return replace(told, writes=(partial(practice.save, practice=resting), rest))

    async def _resume(self, cause: Cause, due: Practice | None) -> Outcome:
        if due is None:
            return outcome(cause.whisper(words.was_off()))
        now = self._now()
        today = local_day(now, due.zone)
        done, plan = await self._database.read(_around, due.account, today)
        awake = replace(due, turned_on=True, paused=Paused.NO, paused_until=None, unanswered=0, word_owed=False)
        if not due.turned_on:
            awake = replace(awake, since=today)
        awake = rescheduled(awake, now, done)
        told = outcome(cause.whisper(words.confirmed(awake, now, plan), under_status(awake)))
        return replace(told, writes=(partial(practice.save, practice=awake),))

    async def _ask_now(self, cause: Cause, account: Account, due: Practice | None, wish: DailyWish) -> Outcome:
        """Today's question at once, also for somebody who wants none by the clock."""
        if due is None:
            zone, source = await self._zone(cause, account, due, wish)
            today = local_day(self._now(), zone or "UTC")
            due = new_practice(account, cause, zone or "UTC", today)
            due = replace(due, zone_source=source, turned_on=False)
        return await self._offers.now(cause, due, wish.kind or "", wish.difficulty)

    async def _status(self, cause: Cause, account: Account, due: Practice | None) -> Outcome:
        today = local_day(self._now(), due.zone) if due is not None else self._now().date()
        row = Streak() if due is None else await self._database.read(streak_of, due, today)
        plan = await self._database.read(plan_of, account.id, today)
        return outcome(cause.whisper(words.status(due, row, today, plan), under_status(due)))

    # After an answer.

    async def after_card(self, scene: Scene) -> tuple[Speech, ...]:
        """What follows a card: the streak after a daily question; once, after the very first card, an offer."""
        record = scene.record
        if record.practice:
            due, row, at_work, delivery = await self._database.read(_after, record, scene.now)
            today = local_day(scene.now, due.zone if due is not None else "UTC")
            text = words.after_answer(row, due, today)
            if at_work:
                text += f"\n{words.goes_on(at_work)}"
            told = scene.say(scene.slot("streak"), text)
            if delivery is None:
                return (told,)
            title = words.answered(record.interview.question.title)
            return told, Speech(slot_of(delivery), record.person, record.origin, title)
        if record.public or not await self._database.read(_is_first, record):
            return ()
        return (scene.say(scene.slot("daily"), words.first_offer(), first_choices()),)


def new_practice(account: Account, cause: Cause, zone: str, today: date) -> Practice:
    """A practice as it is when nobody says otherwise."""
    return Practice(
        account=account.id,
        person=cause.person,
        minute=USUAL_MINUTE,
        days=EVERY_DAY,
        zone=zone,
        since=today,
        level=account.preferences.difficulty or Difficulty.MEDIUM.value,
        level_since=today,
    )


def _after(conn: Connection, record: Record, now: datetime) -> tuple[Practice | None, Streak, str, Delivery | None]:
    due = practice.get(conn, record.account)
    row = streak_for(conn, record.account, due, local_day(now, due.zone if due is not None else "UTC"))
    waiting = practice.open_elsewhere(conn, record.account)
    here = waiting is not None and waiting.place == record.place
    title = waiting.interview.question.title if here and waiting is not None else ""
    return due, row, title, practice.delivery_of(conn, record.account, record.interview.id)


def _around(conn: Connection, account: str, today: date) -> tuple[set[date], Plan | None]:
    """The latest days that had their question, and the plan that is running."""
    return done_days(conn, account), plan_of(conn, account, today)


def _is_first(conn: Connection, record: Record) -> bool:
    """Whether this is the account's first card, and it never had a daily question."""
    return practice.get(conn, record.account) is None and practice.cards(conn, record.account) == 0


# Buttons and forms.


def under_status(due: Practice | None) -> tuple[Choice, ...]:
    """Change it, rest, or stop."""
    now = Choice(words.ASK_NOW, "daily words", "now")
    if due is None or not due.turned_on:
        return (form_choice(due, words.TURN_ON if due is not None else words.SET_UP), now)
    resting = not is_running(due) or due.paused is Paused.ASKED
    rest = (
        Choice(words.RESUME, "daily words", "resume", style="primary")
        if resting
        else Choice(words.PAUSE_WEEK, "daily words", "pause 1w")
    )
    return form_choice(due, words.CHANGE), rest, now, Choice(words.STOP, "daily stop")


def form_choice(due: Practice | None, label: str) -> Choice:
    """All that can be set, in one form."""
    difficulties = (("auto", words.FOLLOWS_RESULTS), *((level.value, level.value) for level in Difficulty))
    every = ((FOLLOWS_PLAN, words.FOLLOWS_PLAN), *((kind.name, kind.title) for kind in kinds().values()))
    fields = (
        Field("hour", words.FIELD_HOUR, value=words.clock(due.minute if due is not None else USUAL_MINUTE)),
        Field("days", words.FIELD_DAYS, value=words.days_to_type(due.days if due is not None else EVERY_DAY)),
        Field("kind", words.FIELD_KIND, "choice", (due and due.kind) or FOLLOWS_PLAN, every),
        Field("difficulty", words.FIELD_DIFFICULTY, "choice", (due and due.difficulty) or "auto", difficulties),
        Field("zone", words.FIELD_ZONE, value=due.zone if due is not None else "", required=False),
    )
    return Choice(label, "daily set", form=Form(words.FORM_TITLE, fields, words.FORM_SEND))


def first_choices() -> tuple[Choice, ...]:
    """Yes, another time, no."""
    return (
        Choice(words.YES, "daily words", words.clock(USUAL_MINUTE), style="primary"),
        form_choice(None, words.OTHER_TIME),
        Choice(words.NO, "daily no"),
    )
