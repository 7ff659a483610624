"""The person's own page, where a platform keeps one: how to begin, what is open, the last scores, their data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from agent.kinds import Kind
from bot import buttons
from bot.countdown import Week
from bot.ports import Page, Section
from bot.practice import under_status
from bot.streak import Streak
from bot.wording import home, looking_back, opening
from bot.wording import plan as countdown
from bot.wording import practice as daily
from storage.accounts import Account
from storage.interviews import Figures, Record
from storage.plans import Plan
from storage.practice import Practice

SHOWN = 8
"""How many past interviews the page looks back on."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the page tells of: the open interview here, the last closed ones, newest first, the last days.

    And the daily question, with the streak and the running plan's week on the account's local day `today`.
    """

    open: Record | None = None
    closed: Sequence[Record] = ()
    figures: Figures = field(default_factory=Figures)
    days: int = 0
    daily: Practice | None = None
    row: Streak = field(default_factory=Streak)
    plan: tuple[Plan, Week] | None = None
    today: date = date.min


def page(account: Account, past: Past, workspace: str, kinds: Mapping[str, Kind]) -> Page:
    """The page of one account as it is shown in one workspace; titles show only where they arose."""
    sections = [Section(home.WELCOME, buttons.starts())]
    if past.open is not None:
        title = past.open.interview.question.title
        sections.append(Section(opening.already_open(title), buttons.open_one(past.open.interview)))
    told = daily.status(past.daily, past.row, past.today, past.plan[0] if past.plan is not None else None)
    sections.append(Section(told, under_status(past.daily)))
    if past.plan is not None:
        sections.append(Section(countdown.in_stats(*past.plan, past.today), (buttons.end_plan(),)))
    if past.closed:
        sections.append(Section(home.SCORES, chart=home.chart(past.closed)))
        rows = "\n".join(f"- {looking_back.row(record, workspace, kinds)}" for record in past.closed)
        sections.append(Section(rows, buttons.history()))
        sections.append(Section(looking_back.stats(past.figures, past.days)))
    sections.append(Section(home.YOURS, buttons.under_me(account.preferences, kinds)))
    return Page(tuple(sections))
