"""The weekly channel question's set-up, by an admin, in the channel where it is to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from agent.kinds import Kind
from bot import daily_words
from bot.admins import as_admin
from bot.asking_zone import ask_zone, which_zone
from bot.commands import Refusal
from bot.core import Core
from bot.daily_words import DailyWish, NoHour, Odd
from bot.delivery import rescheduled
from bot.events import Press
from bot.intake import workspace_of
from bot.ports import Choice, Conversation, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.team_delivery import days_of
from bot.team_questions import TeamQuestions
from bot.turns import Outcome
from bot.wording import opening
from bot.wording import practice as daily
from bot.wording import team as words
from bot.zones import zone_called
from storage import team, workspaces
from storage.accounts import Account
from storage.addresses import Place
from storage.practice import Asked, Paused
from storage.team import TeamDelivery, TeamPractice

USUAL_DAY, USUAL_MINUTE, USUAL_KIND = 0, 10 * 60, "quick"
"""Monday at 10:00, five minutes."""


class Team:
    """Takes the commands and buttons that change when a channel's questions come."""

    def __init__(
        self, core: Core, kinds: Mapping[str, Kind], platforms: Mapping[str, Platform], questions: TeamQuestions
    ) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._kinds = kinds
        self._platforms = platforms
        self._questions = questions

    async def command(self, cause: Cause, account: Account, text: str) -> Outcome:
        """The words behind `/interview team`."""
        if self._channel(cause).traits.direct:
            raise Refusal(words.no_team_here())
        wish = self._wish(text)
        here = await self._database.read(_here, cause)
        admin = await as_admin(self._platforms[cause.place.platform], cause, words.cannot_post)
        if not text.strip():
            told = words.status(here.due, here.others, self._now())
            return outcome(cause.whisper(told, under_status(here.due) if admin is not None else ()))
        if admin is None:
            raise Refusal(words.admins_only())
        if wish.order == "off":
            return self._off(cause, here)
        zone = wish.zone or (here.due and here.due.zone) or zone_called(admin.zone) or account.preferences.zone
        if not zone:
            raise Refusal(words.ask_zone(), (ask_zone("team", text),))
        return await self._set(cause, account, here, replace(wish, zone=zone))

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """A button of the channel's question, or of its set-up."""
        match event.action.removeprefix("team "):
            case "answer":
                return await self._questions.answer(cause, account, event.value)
            case "stop":
                return await self.command(cause, account, "off")
            case "zone":
                said = event.values.get("zone", "")
                zone = zone_called(said)
                if zone is not None:
                    return await self.command(cause, account, f"{event.value} {zone}")
                return which_zone(cause, "team", event.value, said, self._now())
            case _:
                return await self.command(cause, account, event.value)

    def _wish(self, text: str) -> DailyWish:
        """Read the words. Raises Refusal that says what would work."""
        try:
            wish = daily_words.read(text, self._kinds)
        except Odd as odd:
            if not odd.near:
                raise Refusal(words.odd_word(odd.word)) from odd
            choices = (Choice(odd.near, "team words", odd.words, style="primary"),)
            raise Refusal(opening.did_you_mean(odd.word, odd.near), choices) from odd
        except NoHour as hour:
            raise Refusal(daily.no_hour(str(hour))) from hour
        if wish.order not in ("", "off", "resume"):
            raise Refusal(words.only_words())
        if wish.days is not None and len(wish.days) != 1:
            raise Refusal(words.one_day())
        return wish

    def _channel(self, cause: Cause) -> Conversation:
        platform = self._platforms[cause.place.platform]
        return platform.at(_channel_of(cause), person=cause.person, reply=cause.reply)

    async def _set(self, cause: Cause, account: Account, here: _Here, wish: DailyWish) -> Outcome:
        now = self._now()
        place = _channel_of(cause)
        workspace = await self._database.write(workspaces.workspace_of, place.platform, place.realm, now)
        due = here.due or TeamPractice(
            team.id_of(place),
            workspace.id,
            place,
            account.id,
            cause.person,
            minute=USUAL_MINUTE,
            day=USUAL_DAY,
            zone="",
            kind=USUAL_KIND,
            set_at=now,
        )
        changed = replace(
            due,
            account=account.id,
            person=cause.person,
            minute=due.minute if wish.minute is None else wish.minute,
            day=next(iter(wish.days or due.days)),
            zone=wish.zone or due.zone,
            kind=wish.kind or due.kind,
            difficulty="" if wish.follows else wish.difficulty or due.difficulty,
            set_at=now,
            turned_on=True,
            paused=Paused.NO,
            word_owed=False,
        )
        if not await self._questions.has(changed):
            raise Refusal(words.nothing_to_ask(changed.kind, changed.difficulty))
        asked = here.last is not None and here.last.state is not Asked.MISSED
        changed = rescheduled(changed, now, days_of(here.last.week) if here.last is not None and asked else ())
        try:
            # Whether we may write here shows when we do; and whoever is here is to know what comes.
            await self._channel(cause).say(words.announced(changed, now), key=f"team/{changed.id}/set/{cause.key}")
        except Unreachable as why:
            if not why.for_good:
                raise
            raise Refusal(words.cannot_post(str(why))) from why
        told = outcome(cause.whisper(words.confirmed(changed, now), under_status(changed)))
        return replace(told, writes=(partial(team.save, practice=changed),))

    def _off(self, cause: Cause, here: _Here) -> Outcome:
        due = here.due
        if due is None or not due.turned_on:
            return outcome(cause.whisper(words.was_off(here.others)))
        off = replace(due, turned_on=False, paused=Paused.NO, word_owed=False, next_on=None, next_due_at=None)
        told = outcome(cause.whisper(words.stopped(here.last, due, self._now())))
        return replace(told, writes=(partial(team.save, practice=off),))


@dataclass(frozen=True, slots=True)
class _Here:
    """What is set in a channel, how many other channels of its workspace have one, and the last week it was asked."""

    due: TeamPractice | None
    others: int
    last: TeamDelivery | None


def _here(conn: Connection, cause: Cause) -> _Here:
    name = team.id_of(_channel_of(cause))
    return _Here(team.get(conn, name), team.others(conn, name, workspace_of(cause.place)), team.latest(conn, name))


def _channel_of(cause: Cause) -> Place:
    return replace(cause.place, thread="")


def under_status(due: TeamPractice | None) -> tuple[Choice, ...]:
    """What an admin may do with it."""
    if due is None or not due.turned_on:
        return ()
    resume = Choice(words.RESUME, "team words", "resume", style="primary")
    stop = Choice(words.STOP, "team stop", due.id)
    return (stop,) if due.paused is Paused.NO else (resume, stop)
