"""Looking back and one's own data: help, stats, history, settings, privacy, deletion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from agent import local
from agent.kinds import Kind
from agent.types import Difficulty
from bot import buttons, notices
from bot.core import Core
from bot.events import Press
from bot.home import SHOWN, Past, page
from bot.intake import workspace_of
from bot.plans import standing_week
from bot.ports import Page
from bot.scene import Cause, outcome
from bot.schedule import local_day
from bot.speech import Speech
from bot.standing import streak_for
from bot.turns import Outcome
from bot.wording import authoring, board, controls, looking_back
from bot.wording import notices as notice_words
from bot.wording import practice as daily
from storage import accounts, boards, interviews, practice
from storage.accounts import Account, Preferences

PAGE = 5
"""How many past interviews one page of the history shows."""

STATS_DAYS = 30
LEAST_QUIET, MOST_QUIET = 30, 3600


class Lookback:
    """Answers the person alone, wherever they asked."""

    def __init__(self, core: Core, kinds: Mapping[str, Kind], judge_name: str) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._settings = core.settings
        self._kinds = kinds
        self._judge_name = judge_name

    async def help(self, cause: Cause) -> Outcome:
        """What the coach can do."""
        text = looking_back.help_text(self._kinds)
        if self._judge_name != local.NAME:
            text += f"\n{authoring.help_line()}"
        return outcome(cause.whisper(text, buttons.starts()))

    async def privacy(self, cause: Cause) -> Outcome:
        """What is kept and who sees it."""
        return outcome(cause.whisper(looking_back.privacy(self._settings.retention_days, self._judge_name)))

    async def history(self, cause: Cause, account: Account, offset: int) -> Outcome:
        """A page of past interviews."""
        records = await self._database.read(interviews.closed_of, account.id, limit=PAGE, offset=offset)
        choices = buttons.under_history(records, offset, PAGE)
        text = looking_back.history(records, offset, workspace_of(cause.place), self._kinds)
        return outcome(cause.whisper(text, choices))

    async def home(self, cause: Cause, account: Account) -> Outcome:
        """The person's own page."""
        past = await self._database.read(_past, account, workspace_of(cause.place), self._now())
        shown = page(account, past, workspace_of(cause.place), self._kinds)
        return outcome(_at_home(cause, shown))

    async def past(self, cause: Cause, account: Account, interview: str) -> Outcome:
        """One past interview, whole where it was held, and its scores alone in another workspace."""
        record = await self._database.read(interviews.get, interview, account.id)
        if record is None:
            return outcome(cause.whisper(controls.not_yours()))
        here = record.workspace == workspace_of(cause.place)
        text = looking_back.past(record) if here else looking_back.past_elsewhere(record, self._kinds)
        return outcome(cause.whisper(text, buttons.under_past(record.interview)))

    async def delete(self, cause: Cause, account: Account, interview: str, *, sure: bool) -> Outcome:
        """Delete one past interview, once the owner is sure."""
        record = await self._database.read(interviews.get, interview, account.id)
        if record is None or record.interview.closed_at is None:
            return outcome(cause.whisper(controls.not_yours()))
        if not sure:
            text = looking_back.delete_sure(looking_back.title(record, workspace_of(cause.place), self._kinds))
            return outcome(cause.whisper(text, buttons.delete_sure(record.interview)))
        write = partial(interviews.delete, id=interview, account=account.id)
        return replace(outcome(cause.whisper(looking_back.deleted())), writes=(write,))

    async def me(self, cause: Cause, account: Account) -> Outcome:
        """One's settings and data."""
        preferences = account.preferences
        due = await self._database.read(practice.get, account.id)
        joined = await self._database.read(boards.count, account.id)
        more = [f"- Daily question: {daily.when(due)}"] if due is not None and due.turned_on else []
        more += [board.in_me(joined)] if joined else []
        choices = buttons.under_me(preferences, self._kinds)
        if not preferences.budget_notices:
            more.append(notice_words.in_me())
            choices += notices.again()
        text = looking_back.me(account.id, preferences, self._kinds, self._settings.retention_days, more)
        return outcome(cause.whisper(text, choices))

    async def settings(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """Keep the settings form."""
        quiet = event.values.get("quiet", "0").strip() or "0"
        if not quiet.isdecimal() or not (int(quiet) == 0 or LEAST_QUIET <= int(quiet) <= MOST_QUIET):
            return outcome(cause.whisper(looking_back.quiet_is_off_or_long()))
        kind = event.values.get("kind", account.preferences.kind)
        difficulty = event.values.get("difficulty", account.preferences.difficulty)
        preferences = replace(
            account.preferences,
            kind=kind if kind in self._kinds else account.preferences.kind,
            difficulty=difficulty if difficulty in tuple(Difficulty) else account.preferences.difficulty,
            quiet_seconds=int(quiet),
            numbers="card" if event.values.get("numbers") == "card" else "turn",
            self_rating=event.values.get("rating", "yes" if account.preferences.self_rating else "no") == "yes",
        )
        write = partial(accounts.save_preferences, account_id=account.id, preferences=preferences)
        return replace(outcome(cause.whisper(looking_back.settings_saved())), writes=(write,))

    async def forget(self, cause: Cause, account: Account, *, sure: bool) -> Outcome:
        """Delete everything of an account, once its owner is sure."""
        if not sure:
            return outcome(cause.whisper(looking_back.delete_all_sure(), buttons.forget_sure()))
        write = partial(accounts.forget, account_id=account.id)
        told = cause.whisper(looking_back.all_deleted())
        # Not drawn by an event, which would open a new account for them.
        blank = page(replace(account, preferences=Preferences()), Past(), "", self._kinds)
        return replace(outcome(told, _at_home(cause, blank)), writes=(write,))


def _at_home(cause: Cause, page: Page) -> Speech:
    return Speech(f"home/{cause.person}", cause.person, cause.place, "", page=page)


def _past(conn: Connection, account: Account, workspace: str, now: datetime) -> Past:
    due = practice.get(conn, account.id)
    zone = due.zone if due is not None else account.preferences.zone or "UTC"
    today = local_day(now, zone)
    return Past(
        interviews.open_of(conn, account.id, workspace),
        interviews.closed_of(conn, account.id, limit=SHOWN),
        interviews.figures(conn, account.id, now - timedelta(days=STATS_DAYS)),
        STATS_DAYS,
        due,
        streak_for(conn, account.id, due, today),
        standing_week(conn, account.id, today, zone),
        today,
    )
