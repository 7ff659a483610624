"""Answers `/interview plan`: makes a countdown to an interview, shows it, ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial

from rapidfuzz import fuzz, process
from sqlalchemy import Connection

from bot import buttons
from bot.commands import NEAR_ENOUGH, Refusal
from bot.core import Core
from bot.countdown import ROLES, Week, is_running, topics_of, week
from bot.daily_words import FOLLOWS_PLAN
from bot.ports import Choice
from bot.scene import Cause, outcome
from bot.schedule import local_day, zone_of
from bot.speech import Speech
from bot.standing import plan_of
from bot.turns import Outcome
from bot.wording import plan as words
from storage import plans, practice, progress
from storage.accounts import Account
from storage.plans import Plan
from storage.practice import Practice

LONGEST = timedelta(days=366)
MOST_TOPICS = 5
LONGEST_TOPIC = 40


def read(text: str, today: date) -> tuple[date | None, str, tuple[str, ...]]:
    """The day, the role and the topics that somebody typed, in any order. Raises Refusal for a day that is no use."""
    on: date | None = None
    role = ""
    topics: list[str] = []
    for word in text.replace(",", " ").lower().split():
        day = _day(word)
        if day is not None:
            on = day
        elif word in ROLES:
            role = word
        elif (near := _near(word)) is not None:
            mended = " ".join(near if one.lower() == word else one for one in text.split())
            raise Refusal(words.did_you_mean(word, near), (Choice(near, "plan words", mended, style="primary"),))
        elif word not in ("for", "on", "until", "as"):
            topics.append(word[:LONGEST_TOPIC])
    if on is not None and not today < on <= today + LONGEST:
        raise Refusal(words.bad_day(today))
    return on, role, tuple(topics[:MOST_TOPICS])


def _near(word: str) -> str | None:
    best = process.extractOne(word, [*ROLES, "off"], scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH)
    return best[0] if best and len(word) > 3 and word != "off" else None


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None


class Plans:
    """Answers `/interview plan`."""

    def __init__(self, core: Core) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now

    async def command(self, cause: Cause, account: Account, text: str) -> Outcome:
        """Make a plan, show it, or end it."""
        now = self._now()
        plan, done, today, daily = await self._database.read(_standing, account, now)
        if text.strip().lower() in ("off", "stop"):
            told = outcome(cause.whisper(words.ended() if plan is not None else words.none()))
            return replace(told, writes=(partial(plans.drop, account=account.id),))
        on, role, topics = read(text, today)
        if on is None and (role or topics) and is_running(plan, today) and plan is not None:
            on = plan.on
        if on is None:
            return outcome(cause.whisper(words.none()) if plan is None else _shown(cause, plan, done, today, daily))
        made = Plan(account.id, on, today, role, topics)
        return replace(outcome(_shown(cause, made, done, today, daily)), writes=(partial(plans.save, plan=made),))


def _shown(cause: Cause, plan: Plan, done: Sequence[str], today: date, daily: Practice | None) -> Speech:
    told = words.shown(plan, week(plan, done, today), topics_of(plan), today, daily)
    return cause.whisper(told, under_plan(daily))


def under_plan(daily: Practice | None) -> tuple[Choice, ...]:
    """Turn the daily question on, or let it follow the plan, where it does not; or end the plan."""
    end = buttons.end_plan()
    if daily is None or not daily.turned_on:
        return Choice(words.TURN_ON, "daily words", "08:30", style="primary"), end
    return (Choice(words.FOLLOW, "daily words", FOLLOWS_PLAN, style="primary"), end) if daily.kind else (end,)


def standing_week(conn: Connection, account: str, today: date, zone: str) -> tuple[Plan, Week] | None:
    """A running plan and how far its week is."""
    plan = plan_of(conn, account, today)
    return None if plan is None else (plan, week(plan, _done(conn, account, today, zone), today))


def _done(conn: Connection, account: str, today: date, zone: str) -> list[str]:
    """The kinds of the interviews that were finished since Monday."""
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), zone_of(zone))
    return [result.kind for result in progress.results(conn, account, monday)]


def _standing(
    conn: Connection, account: Account, now: datetime
) -> tuple[Plan | None, Sequence[str], date, Practice | None]:
    due = practice.get(conn, account.id)
    zone = due.zone if due is not None else account.preferences.zone or "UTC"
    today = local_day(now, zone)
    return plan_of(conn, account.id, today), _done(conn, account.id, today, zone), today, due
