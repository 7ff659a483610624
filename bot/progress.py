"""Answers `/interview stats`: getting better, in figures and as a chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core import Core
from bot.figures import Standing, calibration_of, kinds_of, topics_of
from bot.plans import standing_week
from bot.ports import Choice, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.schedule import local_day
from bot.speech import Speech
from bot.standing import streak_for
from bot.turns import Outcome
from bot.wording import progress as words
from storage import practice, progress
from storage.accounts import Account

DAYS = 30


class Progress:
    """Answers `/interview stats`."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def stats(self, cause: Cause, account: Account) -> Outcome:
        """The last thirty days, to the person alone."""
        standing = await self._database.read(standing_of, account, self._now())
        text = words.stats(standing, DAYS)
        chart = words.chart(standing, DAYS)
        if chart is None:
            return outcome(cause.whisper(text))
        try:
            direct = (await self._platforms[cause.person.platform].direct(cause.person)).place
        except (KeyError, Unreachable):
            return outcome(cause.whisper(text))
        if direct == replace(cause.place, thread=""):
            return outcome(Speech(f"stats/{cause.key}", cause.person, cause.place, text, chart=chart))
        return outcome(cause.whisper(text, (Choice(words.SHOW_CHART, "stats chart"),)))

    async def chart(self, cause: Cause, account: Account) -> Outcome:
        """The chart, in the direct messages, where it may stand."""
        standing = await self._database.read(standing_of, account, self._now())
        chart = words.chart(standing, DAYS)
        try:
            direct = (await self._platforms[cause.person.platform].direct(cause.person)).place
        except Unreachable as why:
            return outcome(cause.whisper(str(why)))
        if chart is None:
            return outcome(cause.whisper(words.stats(standing, DAYS)))
        told = () if direct == replace(cause.place, thread="") else (cause.whisper(words.in_direct()),)
        return outcome(
            Speech(f"stats/{cause.key}", cause.person, direct, words.stats(standing, DAYS), chart=chart), *told
        )


def standing_of(conn: Connection, account: Account, now: datetime) -> Standing:
    """How an account stands now."""
    since, before = now - timedelta(days=DAYS), now - timedelta(days=2 * DAYS)
    found = progress.results(conn, account.id, before)
    recent = [result for result in found if result.closed_at >= since]
    due = practice.get(conn, account.id)
    zone = due.zone if due is not None else account.preferences.zone or "UTC"
    today = local_day(now, zone)
    days = practice.days_practised(conn, account.id)
    return Standing(
        count=len(recent),
        minutes=sum(result.card.minutes for result in recent),
        days=sum(day > today - timedelta(days=DAYS) for day in days),
        kinds=kinds_of(recent, [result for result in found if result.closed_at < since]),
        topics=topics_of(recent),
        calibration=calibration_of(progress.rated_turns(conn, account.id, since)),
        row=streak_for(conn, account.id, due, today),
        plan=standing_week(conn, account.id, today, zone),
        today=today,
    )
