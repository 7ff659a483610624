"""Telling an admin that a workspace's budget is nearly spent: once a day, never as a second unasked message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from bot.core import Core
from bot.events import NearlySpent, Press
from bot.ports import Choice, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.speech import Speech
from bot.turns import Later, Outcome
from bot.wording import notices as words
from storage import accounts, notices, practice
from storage.accounts import Account
from storage.notices import Notice

MOST_ADMINS = 10
"""Of so many one is told."""
TRY_AGAIN = 300.0
"""Seconds before a platform that was silent is asked again."""


class Notices:
    """Tells one admin, who can stop it by one tap. Where nobody can be told, the log has it."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def nearly_spent(self, event: NearlySpent) -> Outcome:
        """Tell the first admin who may be written to today; else the first whose daily question can tell it."""
        now, day = self._now(), date.fromisoformat(event.on)
        name, _, realm = event.workspace.partition(":")
        platform = self._platforms.get(name)
        if platform is None or now.date() > day:
            return Outcome()
        try:
            return await self._told(platform, realm, event, now, day)
        except Unreachable as why:
            if why.for_good:
                return Outcome()
            raise Later(why.retry_after or TRY_AGAIN) from why

    async def _told(self, platform: Platform, realm: str, event: NearlySpent, now: datetime, day: date) -> Outcome:
        keepers = await platform.keepers(realm)
        notice = Notice(event.workspace, day, keepers.name)
        asked_daily = ""
        for person in keepers.admins[:MOST_ADMINS]:
            account = await self._database.read(accounts.find, person)
            if account is not None:
                if not account.preferences.budget_notices:
                    continue
                if await self._database.read(practice.is_running, account.id):
                    asked_daily = asked_daily or account.id
                    continue
                if await self._database.read(notices.had_one, account.id, now):
                    continue
            try:
                place = (await platform.direct(person)).place
            except Unreachable as why:
                if why.for_good:
                    continue
                raise
            # Whom we write to may stop it, so there must be somewhere to remember that.
            to = (await self._database.write(accounts.account_of, person, now)).id
            slot = f"notice/{to}/{event.workspace}/{event.on}"
            midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
            text = words.nearly_spent(keepers.name, used_up=event.used_up)
            told = outcome(Speech(slot, person, place, text, (stop(),), until=midnight))
            return replace(told, writes=(partial(notices.give, notice=notice, account=to, told_at=now),))
        if asked_daily:
            return Outcome(writes=(partial(notices.give, notice=notice, account=asked_daily, told_at=None),))
        return Outcome()

    async def press(self, cause: Cause, account: Account, event: Press) -> Outcome:
        """No more of these, or again."""
        on = event.action == "notices on"
        preferences = replace(account.preferences, budget_notices=on)
        told = outcome(cause.whisper(words.on_again() if on else words.stopped(), () if on else again()))
        write = partial(accounts.save_preferences, account_id=account.id, preferences=preferences)
        return replace(told, writes=(write,))


def stop() -> Choice:
    """No more of these."""
    return Choice(words.STOP, "notices off")


def again() -> tuple[Choice, ...]:
    """They come again."""
    return (Choice(words.TELL_AGAIN, "notices on"),)
