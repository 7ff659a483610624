"""The calendar of a plan: which kind comes on which weekday until the interview, and how far this week is; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from storage.plans import Plan

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
