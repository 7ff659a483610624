"""The words behind `/interview daily`, as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from agent.kinds import kinds
from agent.types import Difficulty
from bot.daily_words import DailyWish, NoHour, Odd, minute_of, pause_end, read
from bot.schedule import EVERY_DAY, WEEKDAYS
from bot.zones import zone_called, zones_near

KINDS = kinds()
TODAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", DailyWish()),
        ("08:30", DailyWish(minute=510)),
        ("8.30 pm", DailyWish(minute=1230)),
        ("every day at 12am", DailyWish(minute=0)),
        ("0830 everyday", DailyWish(minute=510, days=EVERY_DAY)),
        ("weekdays 8:30 Europe/Berlin", DailyWish(minute=510, days=WEEKDAYS, zone="Europe/Berlin")),
        ("mon,wed,fri 7pm", DailyWish(minute=1140, days=frozenset({0, 2, 4}))),
        ("tuesdays thurs 19h30", DailyWish(minute=1170, days=frozenset({1, 3}))),
        (
            "hard system design 18:00 in new york",
            DailyWish(minute=1080, kind="system-design", difficulty=Difficulty.HARD, zone="America/New_York"),
        ),
        ("off", DailyWish(order="off")),
        ("stop", DailyWish(order="off")),
        ("pause 2w", DailyWish(order="pause", pause_days=14)),
        ("pause for 10 days", DailyWish(order="pause", pause_days=10)),
        ("pause until 2026-12-01", DailyWish(order="pause", pause_until=date(2026, 12, 1))),
        ("now", DailyWish(order="now")),
    ],
)
def test_words_are_understood_in_any_order(words: str, wish: DailyWish) -> None:
    assert read(words, KINDS) == wish
    if not wish.order and " " not in (wish.zone or "").replace("_", " ") and wish.kind is None:
        assert read(" ".join(reversed(words.replace("8.30 pm", "8.30pm").split())), KINDS) == wish


@pytest.mark.parametrize(
    ("words", "near", "mended"),
    [
        ("wekdays 8:30", "weekdays", "weekdays 8:30"),
        ("8:30 algoritm", "algorithm", "8:30 algorithm"),
        ("8:30 europe/berln", "Europe/Berlin", "8:30 Europe/Berlin"),
        ("8:30 xyzzy", "", ""),
    ],
)
def test_a_near_miss_is_asked_about_and_never_guessed(words: str, near: str, mended: str) -> None:
    with pytest.raises(Odd) as odd:
        read(words, KINDS)
    assert (odd.value.near, odd.value.words) == (near, mended)


@pytest.mark.parametrize("hour", ["25:00", "8:75", "13pm", "0am"])
def test_an_hour_that_no_clock_shows_is_said_to_be_none(hour: str) -> None:
    with pytest.raises(NoHour):
        minute_of(hour)


@pytest.mark.parametrize("said", ["8", "soon", "quick", ""])
def test_what_is_no_hour_is_left_to_others(said: str) -> None:
    assert minute_of(said) is None


def test_a_zone_is_found_by_its_name_or_its_city() -> None:
    assert zone_called("europe/berlin") == "Europe/Berlin"
    assert zone_called("New York") == "America/New_York"
    assert zone_called("utc") == "UTC"
    assert zone_called("Atlantis") is None
    assert zones_near("Tokio") == ["Asia/Tokyo"]


def test_a_pause_ends_in_the_future_and_within_a_year() -> None:
    assert pause_end(DailyWish(pause_days=14), TODAY) == date(2026, 11, 16)
    assert pause_end(DailyWish(pause_until=date(2026, 12, 1)), TODAY) == date(2026, 12, 1)
    assert pause_end(DailyWish(pause_until=TODAY), TODAY) is None
    assert pause_end(DailyWish(pause_days=999), TODAY) is None
    assert pause_end(DailyWish(), TODAY) is None
