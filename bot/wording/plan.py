"""What is said of a countdown plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.wording.parts import plain
from bot.wording.practice import full_day

if TYPE_CHECKING:
    from bot.countdown import Week
    from storage.plans import Plan
    from storage.practice import Practice

TURN_ON, FOLLOW, END = "Daily question at 08:30", "Let it follow the plan", "End the plan"
USAGE = "`/interview plan 2026-12-15 backend`"


def none() -> str:
    """There is no plan."""
    return (
        f"You have no plan. {USAGE} makes one: the day of your interview, and a role (backend, frontend, data, "
        "platform, mobile, lead) or topics."
    )


def ended() -> str:
    """It was ended."""
    return "The plan is ended. Your daily question goes on as you set it."


def bad_day(today: date) -> str:
    """A day that is past, or too far away."""
    return f"The day must lie ahead, within a year: {today + timedelta(days=1)} or later. Like this: {USAGE}."


def did_you_mean(word: str, near: str) -> str:
    """Nearly a role."""
    return f"Did you mean **{near}** instead of “{plain(word, 40)}”?"


def shown(plan: Plan, week: Week, topics: Sequence[str], today: date, daily: Practice | None) -> str:
    """The plan, this week, and what it changes of the daily question."""
    what = f", {plan.role}" if plan.role else ""
    lines = [
        f"**{left(week.days_left)} to your interview** ({full_day(plan.on, today)}{what}).",
        f"A week of it: {', '.join(f'{count} {kind}' for kind, _, count in week.kinds)}.",
        this_week(week),
    ]
    if topics:
        lines.append(f"New questions first on: {', '.join(plain(topic, 40) for topic in topics)}.")
    lines.append(_steers(daily))
    return "\n".join(lines)


def _steers(daily: Practice | None) -> str:
    if daily is None or not daily.turned_on:
        return "A daily question would follow it: the kind of the day, and what you are about to forget first."
    if daily.kind:
        return f"Your daily question stays {daily.kind}, as you chose; new ones come first from the plan's topics."
    return "Your daily question follows it: the kind of the day, and what you are about to forget first."


def left(days: int) -> str:
    """How long it is."""
    return {0: "Today", 1: "1 day"}.get(days, f"{days} days")


def this_week(week: Week) -> str:
    """What was done of it since Monday."""
    done, meant = sum(one[1] for one in week.kinds), sum(one[2] for one in week.kinds)
    open_ones = [f"{kind} {had}/{count}" for kind, had, count in week.kinds if had < count]
    return f"This week: {done} of {meant} done" + (f"; open: {', '.join(open_ones)}." if open_ones else ".")


def in_stats(plan: Plan, week: Week, today: date) -> str:
    """One line of it."""
    return f"Plan: {left(week.days_left)} to {full_day(plan.on, today)}. {this_week(week)}"


def in_offer(days: int) -> str:
    """One line under a daily question."""
    return "Your interview is today. Good luck." if days == 0 else f"{left(days)} to your interview."
