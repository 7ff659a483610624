"""Days in a row: what counts, what breaks a row, and what a freeze saves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from bot.streak import Streak, streak

FIRST = date(2026, 11, 2)


def days(*numbers: int) -> set[date]:
    return {FIRST + timedelta(days=number) for number in numbers}


def after(number: int, answered: Iterable[int], asked: Iterable[int] = (), *, daily: bool = True) -> Streak:
    """The streak on day `number`, counted from zero."""
    today = FIRST + timedelta(days=number)
    return streak(days(*answered), days(*asked), FIRST if daily else None, today)


def test_nothing_done_is_no_streak() -> None:
    assert after(5, (), range(5)) == Streak()


def test_each_day_with_an_answer_counts_one() -> None:
    assert after(2, (0, 1, 2), (0, 1, 2)).days == 3


def test_today_is_not_missed_before_it_is_over() -> None:
    assert after(3, (0, 1, 2), (0, 1, 2, 3)).days == 3


def test_a_missed_day_breaks_the_row() -> None:
    assert after(4, (0, 1), (0, 1, 2, 3)).days == 0
    assert after(4, (0, 1, 4), (0, 1, 2, 3, 4)).days == 1


def test_quiet_days_pauses_and_outages_break_nothing() -> None:
    assert after(20, (0, 1, 20), (0, 1, 20)).days == 3


def test_a_freeze_is_earned_by_seven_days_used_by_itself_and_adds_no_day() -> None:
    week = tuple(range(7))
    assert after(6, week, week).freezes == 1
    row = after(8, (*week, 8), range(9))
    assert (row.days, row.freezes, row.frozen) == (8, 0, (FIRST + timedelta(days=7),))


def test_two_freezes_are_kept_at_most() -> None:
    month = tuple(range(28))
    assert after(27, month, month).freezes == 2
    assert after(30, month, range(31)).days == 28
    assert after(31, month, range(32)).days == 0


def test_without_a_daily_each_day_must_be_practised() -> None:
    assert after(4, (0, 1, 2, 3), daily=False).days == 4
    assert after(5, (0, 1, 2, 3), daily=False).days == 0


def test_days_before_the_daily_was_turned_on_must_follow_each_other() -> None:
    since = FIRST + timedelta(days=5)
    kept = streak(days(3, 4, 5), days(5), since, since)
    assert kept.days == 3
    broken = streak(days(1, 2, 5), days(5), since, since)
    assert broken.days == 1
