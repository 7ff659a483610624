"""How somebody stands with their practice: what is stored in several places, read and written together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from bot.countdown import is_running
from bot.schedule import local_day
from bot.streak import Streak, streak
from storage import accounts, plans, practice, reviews
from storage.interviews import Record
from storage.plans import Plan
from storage.practice import Asked, Delivery, Practice

DONE_LOOKED_AT = 3
"""How many of the latest days are looked at for a question that came already."""


def done_days(conn: Connection, account: str) -> set[date]:
    """The latest local days that had their question."""
    return {delivery.on for delivery in practice.latest(conn, account, DONE_LOOKED_AT)}


def standing_of(conn: Connection, account: str, on: date) -> tuple[Practice, Delivery] | None:
    """An account's practice, and what it was asked on a local day."""
    due = practice.get(conn, account)
    delivery = practice.delivery(conn, account, on)
    return None if due is None or delivery is None else (due, delivery)


def plan_of(conn: Connection, account: str, today: date) -> Plan | None:
    """The plan that is running on an account's local day."""
    plan = plans.get(conn, account)
    return plan if is_running(plan, today) else None


def streak_of(conn: Connection, due: Practice, today: date) -> Streak:
    """The streak of an account, by its own local days."""
    return streak_for(conn, due.account, due, today)


def mark(conn: Connection, record: Record, submitted_at: datetime) -> None:
    """An answer was judged: its local day is practised, its question answered, and what it showed is learned."""
    due = practice.get(conn, record.account)
    account = accounts.get(conn, record.account)
    zone = due.zone if due is not None else account.preferences.zone if account is not None else ""
    practice.practised(conn, record.account, local_day(submitted_at, zone or "UTC"))
    reviews.learn(conn, record.account, record.interview)
    delivery = practice.delivery_of(conn, record.account, record.interview.id) if record.practice else None
    if delivery is not None and due is not None and delivery.state is not Asked.ANSWERED:
        practice.keep(conn, replace(delivery, state=Asked.ANSWERED, again_at=None))
        practice.save(conn, replace(due, unanswered=0))


def streak_for(conn: Connection, account: str, due: Practice | None, today: date) -> Streak:
    """The streak of an account that may have no daily question."""
    answered = practice.days_practised(conn, account)
    if due is None or not due.turned_on:
        return streak(answered, (), None, today)
    return streak(answered, practice.days_asked(conn, account, due.since), due.since, today)
