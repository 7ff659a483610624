"""Getting better, in figures that mix nothing that cannot be compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.types import Card, Evaluation, PointVerdict, State, Turn, Verdict
from bot.figures import Calibration, Standing, calibration_of, kinds_of, topics_of
from bot.streak import Streak
from bot.wording import labels
from bot.wording import progress as words
from storage.addresses import Place
from storage.progress import Result
from tests.fakes.stage import LOBBY, PLATFORM, Stage, staged

NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        yield opened


def result(
    correctness: float, judge: str = "claude-x", kind: str = "quick", verdicts: str = "", *, counts: bool = True
) -> Result:
    said = {"h": Verdict.HIT, "p": Verdict.PARTIAL, "m": Verdict.MISS}
    points = tuple(PointVerdict(str(number), said[letter]) for number, letter in enumerate(verdicts))
    card = Card(State.SCORED, judge, correctness, correctness, 5.0, None, points, 0, 5, "")
    return Result(NOW, kind, ("caching",), card, counts)


def test_a_trend_needs_three_on_both_sides_of_the_same_kind_and_judge() -> None:
    recent = [result(8), result(8), result(5), result(10, "local"), result(1, counts=False)]
    earlier = [result(5), result(6), result(4), result(0, "local")]
    model, local = kinds_of(recent, earlier)
    assert (model.local, model.count) == (False, 3)
    assert model.scores["correctness"].value == 7
    assert model.scores["correctness"].change == 2
    assert model.scores["depth"].value is None
    assert (local.local, local.scores["correctness"].value, local.scores["correctness"].change) == (True, 10, None)
    assert kinds_of(recent, earlier[:2])[0].scores["correctness"].change is None


def test_topics_are_ranked_by_what_was_said_of_them() -> None:
    strong = replace(result(9, verdicts="hhp"), topics=("caching",))
    weak = replace(result(2, verdicts="mmp"), topics=("leases", "seldom"))
    seldom = replace(result(2, verdicts="m"), topics=("once",))
    found = topics_of([strong, weak, seldom])
    assert [(topic, round(share, 2)) for topic, share in found] == [
        ("caching", 0.83),
        ("leases", 0.17),
        ("seldom", 0.17),
    ]
    standing = Standing(3, 15, 2, (), found, Calibration(), Streak())
    assert words.strongest_and_weakest(standing) == ([found[0]], [found[2], found[1]])


def turn(rating: str, correctness: float | None) -> Turn:
    evaluation = Evaluation(State.SCORED, "local", correctness=correctness)
    return Turn(1, ("1",), (), NOW, rating=rating, evaluations=(evaluation,))


def test_ratings_are_compared_with_scores() -> None:
    turns = [turn("solid", 9.0), turn("solid", 1.0), turn("gaps", 9.0), turn("fair", None), turn("", 9.0)]
    assert calibration_of(turns) == Calibration(right=1, high=1, low=1)


def test_nothing_done_says_how_to_begin() -> None:
    empty = Standing(0, 0, 0, (), (), Calibration(), Streak())
    assert "`/interview easy`" in words.stats(empty, 30)
    assert words.chart(empty, 30) is None


async def test_stats_show_scores_topics_streak_and_a_chart_in_the_direct_messages(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    await stage.send(stage.command("stats"))
    said = await stage.whispers()
    assert "1 interview on 1 day" in said
    assert "Streak: **1 day**" in said
    assert "quick, 1 by the local judge: correctness ≈" in said
    await stage.send(stage.pressed(await stage.button(words.SHOW_CHART), LOBBY))
    chart = await stage.chart(replace(record, place=Place(PLATFORM, "hall", "dm-anna")))
    assert chart is not None
    assert chart.bars[0].label == "Correctness"
    assert all(bar.label in chart.alt for bar in chart.bars)


async def test_rating_oneself_is_one_tap_that_submits(stage: Stage) -> None:
    await stage.send(stage.command("me"))
    await stage.send(stage.pressed(await stage.button(labels.SETTINGS), LOBBY, values={"rating": "yes"}))
    record = await stage.start("easy quick")
    await stage.say(record, record.interview.question.reference)
    await stage.button(words.RATED["fair"])
    await stage.press(record, words.RATED["solid"])
    after = await stage.record(record.interview.id)
    assert after.interview.turns[0].rating == "solid"
    await stage.send(stage.command("stats"))
    assert "You rated your answers 1 time: " in await stage.whispers()


async def test_a_past_interview_opens_with_its_card(stage: Stage) -> None:
    record = await stage.start("easy quick")
    await stage.to_the_card(record, record.interview.question.reference)
    await stage.send(stage.command("history"))
    await stage.send(stage.pressed(await stage.button("Open 1"), LOBBY))
    assert "Points heard" in (await stage.texts(LOBBY))[-1]
