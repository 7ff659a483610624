"""When an interview wants to be looked at: drafts, deadlines, nudges and rest, told from what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from agent.bank import load
from agent.types import Interview, Message
from bot.clock import Due, agenda, due, next_wake

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
QUESTION = replace(load().questions[0], minutes=20)


def interview(*, timed: bool = False, drafted: bool = False) -> Interview:
    asked = Interview("i1", QUESTION, NOON, NOON, 1, timed=timed).put(NOON)
    return asked.drafted(Message("m1", "A thought.", NOON), NOON + timedelta(minutes=1)) if drafted else asked


def test_nothing_is_due_before_the_question_is_put() -> None:
    assert next_wake(Interview("i1", QUESTION, NOON, NOON, 1), 0) is None


def test_an_untimed_interview_is_nudged_after_a_day_and_rests_after_three() -> None:
    assert agenda(interview(), 0) == [
        (NOON + timedelta(hours=24), Due.NUDGE),
        (NOON + timedelta(hours=72), Due.REST),
    ]
    assert agenda(replace(interview(), nudged=1), 0) == [(NOON + timedelta(hours=72), Due.REST)]


def test_a_timed_interview_is_told_at_half_and_at_the_last_tenth_and_has_a_minute_of_grace() -> None:
    assert agenda(interview(timed=True), 0) == [
        (NOON + timedelta(minutes=10), Due.SAY_TIME),
        (NOON + timedelta(minutes=18), Due.SAY_TIME),
        (NOON + timedelta(minutes=21), Due.TIME_UP),
    ]


@pytest.mark.parametrize(("nudged", "left"), [(1, 1), (2, 0)])
def test_time_that_was_told_is_not_told_again(nudged: int, left: int) -> None:
    told = replace(interview(timed=True), nudged=nudged)
    assert sum(what is Due.SAY_TIME for _, what in agenda(told, 0)) == left


def test_a_draft_moves_its_bar_after_ten_quiet_seconds_twice_at_most() -> None:
    drafted = interview(drafted=True)
    quiet = NOON + timedelta(minutes=1, seconds=10)
    assert next_wake(drafted, 0) == quiet
    assert due(drafted, 0, quiet - timedelta(microseconds=1)) is None
    assert due(drafted, 0, quiet) is Due.MOVE_BAR
    assert due(replace(drafted, bar_moves=2), 0, quiet) is None
    assert due(replace(drafted, bar_below=1), 0, quiet) is None


def test_quiet_submits_only_when_it_was_asked_for() -> None:
    drafted = replace(interview(drafted=True), bar_below=1)
    late = NOON + timedelta(minutes=10)
    assert due(drafted, 0, late) is None
    assert due(drafted, 45, late) is Due.SUBMIT_QUIET
    assert next_wake(drafted, 45) == NOON + timedelta(minutes=1, seconds=45)


def test_a_closed_interview_sleeps() -> None:
    assert next_wake(interview(drafted=True).closed(None, NOON), 45) is None
