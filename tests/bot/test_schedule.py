"""When a question is due: every local day once, whatever the clocks of a zone do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.schedule import (
    EVERY_DAY,
    LATE,
    WEEKDAYS,
    Occasion,
    Schedule,
    caught_up,
    following,
    in_window,
    moment_of,
    spread,
    upcoming,
)

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


def utc(year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "minute", "due"),
    [
        ("Europe/Berlin", date(2026, 7, 1), 510, utc(2026, 7, 1, 6, 30)),
        ("Europe/Berlin", date(2026, 12, 1), 510, utc(2026, 12, 1, 7, 30)),
        # 29 March: the clocks leap from 02:00 to 03:00.
        ("Europe/Berlin", date(2026, 3, 29), 150, utc(2026, 3, 29, 1, 0)),
        ("Europe/Berlin", date(2026, 3, 29), 120, utc(2026, 3, 29, 1, 0)),
        # 25 October: 02:30 comes twice, and counts the first time.
        ("Europe/Berlin", date(2026, 10, 25), 150, utc(2026, 10, 25, 0, 30)),
        # Half an hour only.
        ("Australia/Lord_Howe", date(2026, 10, 4), 135, utc(2026, 10, 3, 15, 30)),
        # Midnight itself does not exist there.
        ("Africa/Cairo", date(2026, 4, 24), 15, utc(2026, 4, 23, 22, 0)),
        # The whole day does not exist.
        ("Pacific/Apia", date(2011, 12, 30), 510, None),
        ("Pacific/Apia", date(2011, 12, 31), 510, utc(2011, 12, 30, 18, 30)),
    ],
)
def test_a_local_hour_has_one_moment(zone: str, day: date, minute: int, due: datetime | None) -> None:
    assert moment_of(day, minute, zone) == due


@given(st.sampled_from(ZONES), st.dates(date(2025, 1, 1), date(2028, 1, 1)), st.integers(0, 1439))
@settings(max_examples=400, deadline=None)
def test_every_local_day_comes_once_and_never_before_its_hour(zone: str, start: date, minute: int) -> None:
    schedule = Schedule(minute, EVERY_DAY, zone)
    previous: Occasion | None = None
    for offset in range(10):
        day = start + timedelta(days=offset)
        occasion = following(schedule, day - timedelta(days=1))
        assert occasion is not None
        assert occasion.on == day
        shown = occasion.at.astimezone(ZoneInfo(zone))
        assert (shown.date(), shown.hour * 60 + shown.minute) >= (day, minute)
        before = (occasion.at - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert (before.date(), before.hour * 60 + before.minute) < (day, minute)
        assert previous is None or previous.at < occasion.at
        previous = occasion


def test_only_wanted_weekdays_come() -> None:
    friday = Schedule(510, WEEKDAYS, "Europe/Berlin")
    coming = upcoming(friday, utc(2026, 11, 6, 12, 0))
    assert coming is not None
    assert coming.on == date(2026, 11, 9)


def test_a_pause_ends_on_its_day_and_hour_though_the_clocks_changed() -> None:
    # Asked for on 20 October, before the clocks go back; summer time 06:30 UTC, winter time 07:30 UTC.
    paused = Schedule(510, EVERY_DAY, "Europe/Berlin", resting_until=date(2026, 11, 3))
    coming = upcoming(paused, utc(2026, 10, 20, 12, 0))
    assert coming == Occasion(date(2026, 11, 3), utc(2026, 11, 3, 7, 30))


def test_a_day_that_is_done_is_not_upcoming() -> None:
    schedule = Schedule(510, EVERY_DAY, "UTC")
    coming = upcoming(schedule, utc(2026, 11, 6, 7, 0), {date(2026, 11, 6)})
    assert coming is not None
    assert coming.on == date(2026, 11, 7)


def test_after_a_downtime_only_todays_question_comes_and_only_within_six_hours() -> None:
    schedule = Schedule(510, EVERY_DAY, "UTC")
    waiting = Occasion(date(2026, 11, 2), utc(2026, 11, 2, 8, 30))
    now, then = caught_up(schedule, waiting, utc(2026, 11, 5, 10, 0))
    assert now == Occasion(date(2026, 11, 5), utc(2026, 11, 5, 8, 30))
    assert then == Occasion(date(2026, 11, 6), utc(2026, 11, 6, 8, 30))
    late, then = caught_up(schedule, waiting, utc(2026, 11, 5, 14, 30))
    assert late is None
    assert then == Occasion(date(2026, 11, 6), utc(2026, 11, 6, 8, 30))


def test_the_window_opens_with_the_hour_and_closes_before_six_hours() -> None:
    occasion = Occasion(date(2026, 11, 5), utc(2026, 11, 5, 8, 30))
    assert in_window(occasion, occasion.at)
    assert not in_window(occasion, occasion.at - timedelta(seconds=1))
    assert in_window(occasion, occasion.at + LATE - timedelta(seconds=1))
    assert not in_window(occasion, occasion.at + LATE)


def test_accounts_are_spread_over_their_minute() -> None:
    seconds = {spread(f"account {number}").total_seconds() for number in range(2000)}
    assert min(seconds) == 0
    assert max(seconds) == 59
    assert spread("account 1") == spread("account 1")
