"""A countdown to an interview: which kind comes on which weekday, and how far this week is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz, process
from sqlalchemy import Connection

from bot.commands import NEAR_ENOUGH, Refusal
from bot.core import Core
from bot.ports import Choice
from bot.scene import Cause, outcome
from bot.schedule import local_day
from bot.turns import Outcome
from bot.wording import plan as words
from storage import plans, practice, progress
from storage.accounts import Account
from storage.plans import Plan

LONGEST = timedelta(days=366)
MOST_TOPICS = 5
LONGEST_TOPIC = 40
GENERAL = ("algorithm", "quick", "behavioral", "quick", "system-design", "quick", "algorithm")
"""Kinds by weekday from Monday on, for somebody who names no role."""


@dataclass(frozen=True, slots=True)
class Role:
    """What an interview for this role is made of: kinds by weekday from Monday on, and topics."""

    week: tuple[str, ...]
    topics: tuple[str, ...]


ROLES: Mapping[str, Role] = {
    "backend": Role(
        ("quick", "algorithm", "quick", "system-design", "quick", "code-review", "behavioral"),
        ("databases", "apis", "concurrency", "distributed-systems", "caching", "http"),
    ),
    "frontend": Role(
        ("quick", "algorithm", "quick", "code-review", "quick", "behavioral", "system-design"),
        ("http", "apis", "security", "networking", "web"),
    ),
    "data": Role(
        ("quick", "algorithm", "quick", "system-design", "quick", "algorithm", "behavioral"),
        ("databases", "sql", "python", "streaming", "time-series"),
    ),
    "platform": Role(
        ("quick", "system-design", "quick", "code-review", "quick", "behavioral", "algorithm"),
        ("operating-systems", "networking", "linux", "debugging", "failover", "ci"),
    ),
    "mobile": Role(
        ("quick", "algorithm", "quick", "system-design", "quick", "behavioral", "code-review"),
        ("offline-first", "data-sync", "concurrency", "networking", "memory"),
    ),
    "lead": Role(
        ("behavioral", "system-design", "quick", "behavioral", "system-design", "code-review", "quick"),
        ("decision-making", "influence", "prioritisation", "distributed-systems"),
    ),
}
"""Roles by the word that names them."""


@dataclass(frozen=True, slots=True)
class Week:
    """How far this week of a plan is: kinds with how many were done of how many are meant, in order of the week."""

    kinds: tuple[tuple[str, int, int], ...]
    days_left: int


def week_of(plan: Plan) -> tuple[str, ...]:
    """Its kinds by weekday from Monday on."""
    return ROLES[plan.role].week if plan.role in ROLES else GENERAL


def topics_of(plan: Plan) -> tuple[str, ...]:
    """What it is about: the topics that were named, else those of the role."""
    return plan.topics or (ROLES[plan.role].topics if plan.role in ROLES else ())


def kind_on(plan: Plan, day: date) -> str:
    """The kind of a local day."""
    return week_of(plan)[day.weekday()]


def is_running(plan: Plan | None, today: date) -> bool:
    """Whether there is a plan whose day is still to come, or is today."""
    return plan is not None and today <= plan.on


def week(plan: Plan, done: Sequence[str], today: date) -> Week:
    """This week, where interviews of these kinds were finished since Monday."""
    meant, found = Counter(week_of(plan)), Counter(done)
    kinds = tuple((kind, min(found[kind], count), count) for kind, count in meant.items())
    return Week(kinds, (plan.on - today).days)


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
        plan, week_now, today, daily = await self._database.read(_standing, account, now)
        if text.strip().lower() in ("off", "stop"):
            told = outcome(cause.whisper(words.ended() if plan is not None else words.none()))
            return replace(told, writes=(partial(plans.drop, account=account.id),))
        on, role, topics = read(text, today)
        if on is None and (role or topics) and is_running(plan, today) and plan is not None:
            on = plan.on
        if on is None:
            if plan is None or week_now is None:
                return outcome(cause.whisper(words.none()))
            return outcome(cause.whisper(words.shown(plan, week_now, topics_of(plan), today), under_plan(daily)))
        made = Plan(account.id, on, today, role, topics)
        told_week = week(made, (), today)
        told = outcome(cause.whisper(words.shown(made, told_week, topics_of(made), today), under_plan(daily)))
        return replace(told, writes=(partial(plans.save, plan=made),))


def under_plan(daily: bool) -> tuple[Choice, ...]:
    """Turn the daily question on, which follows the plan; or end it."""
    on = () if daily else (Choice(words.TURN_ON, "daily words", "08:30", style="primary"),)
    return (*on, Choice(words.END, "plan words", "off"))


def standing_week(conn: Connection, account: str, today: date, zone: str) -> tuple[Plan, Week] | None:
    """A running plan and how far its week is."""
    plan = plans.get(conn, account)
    if plan is None or not is_running(plan, today):
        return None
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), ZoneInfo(zone))
    done = [result.kind for result in progress.results(conn, account, monday)]
    return plan, week(plan, done, today)


def _standing(conn: Connection, account: Account, now: datetime) -> tuple[Plan | None, Week | None, date, bool]:
    due = practice.get(conn, account.id)
    zone = due.zone if due is not None else account.preferences.zone or "UTC"
    today = local_day(now, zone)
    found = standing_week(conn, account.id, today, zone)
    return (*(found or (None, None)), today, due is not None and due.turned_on)
