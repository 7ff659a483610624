"""A countdown plan: read from words, shown with its week, followed by the daily question."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from agent.kinds import kinds
from bot.commands import Refusal
from bot.countdown import GENERAL, ROLES, kind_on, topics_of, week, week_of
from bot.plans import read
from bot.wording import plan as words
from storage.addresses import Place
from storage.plans import Plan
from tests.fakes.stage import ANNA, PLATFORM, Stage, staged

TODAY = date(2026, 11, 2)
PLAN = Plan("a", date(2026, 12, 15), TODAY, "backend")


@pytest.fixture
async def stage(migrated_sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(migrated_sqlite_url, tmp_path) as opened:
        opened.platform.zones[ANNA] = "Europe/Berlin"
        yield opened  # it is Monday, 2 November 2026


def test_day_role_and_topics_come_in_any_order() -> None:
    assert read("2026-12-15 backend", TODAY) == (date(2026, 12, 15), "backend", ())
    assert read("lead caching, sql on 2026-12-15", TODAY) == (date(2026, 12, 15), "lead", ("caching", "sql"))
    assert read("", TODAY) == (None, "", ())


@pytest.mark.parametrize("said", ["2026-11-02", "2026-01-01", "2028-01-01", "2026-12-15 backnd"])
def test_a_day_or_a_role_that_is_no_use_is_said_to_be_none(said: str) -> None:
    with pytest.raises(Refusal):
        read(said, TODAY)


def test_every_week_is_made_of_kinds_that_exist() -> None:
    for kinds_of_week in (GENERAL, *(role.week for role in ROLES.values())):
        assert len(kinds_of_week) == 7
        assert set(kinds_of_week) <= set(kinds())


def test_a_week_counts_what_was_done_up_to_what_is_meant() -> None:
    found = week(PLAN, ["quick", "quick", "quick", "quick", "algorithm"], TODAY)
    assert ("quick", 3, 3) in found.kinds
    assert found.days_left == 43
    assert "4 of 7 done" in words.this_week(found)


def test_named_topics_lead_and_else_those_of_the_role() -> None:
    assert topics_of(PLAN) == ROLES["backend"].topics
    assert topics_of(Plan("a", PLAN.on, TODAY, "backend", ("sql",))) == ("sql",)
    assert week_of(Plan("a", PLAN.on, TODAY)) == GENERAL


async def test_the_daily_question_follows_the_plan_until_its_day(stage: Stage) -> None:
    await stage.send(stage.command("plan 2026-11-04 backend"))
    said = await stage.whispers()
    assert "2 days to your interview" in said
    assert "3 quick" in said
    await stage.send(stage.pressed(await stage.button(words.TURN_ON), Place(PLATFORM, "hall", "lobby")))
    direct = Place(PLATFORM, "hall", "dm-anna")
    stage.clock.pass_by(hours=23)
    await stage.tick()
    tuesday = (await stage.texts(direct))[-1]
    assert f"· {kind_on(PLAN, date(2026, 11, 3))}, " in tuesday
    assert "1 day to your interview" in tuesday
    stage.clock.pass_by(hours=24)
    await stage.tick()
    assert words.in_offer(0) in (await stage.texts(direct))[-1]
    stage.clock.pass_by(hours=24)
    await stage.tick()
    thursday = (await stage.texts(direct))[-1]
    assert "to your interview" not in thursday
    assert "· quick, " in thursday


async def test_a_kind_that_was_chosen_wins_over_the_plan_and_both_say_so(stage: Stage) -> None:
    direct, lobby = Place(PLATFORM, "hall", "dm-anna"), Place(PLATFORM, "hall", "lobby")
    await stage.send(stage.command("plan 2026-12-15 backend"))
    assert "A daily question would follow it" in await stage.whispers()
    await stage.send(stage.command("daily 08:30"))
    assert "a question of the kind your plan has for the day" in (await stage.texts(direct))[-1]
    await stage.send(stage.command("daily algorithm"))
    confirmed = (await stage.texts(direct))[-1]
    assert "an algorithm question" in confirmed
    assert "so your plan does not change the kind" in confirmed
    await stage.send(stage.command("plan"))
    assert "Your daily question stays algorithm, as you chose" in await stage.whispers()
    stage.clock.pass_by(hours=24 * 2)
    await stage.tick()
    assert "· algorithm, " in (await stage.texts(direct))[-1]  # on a Wednesday, for which the plan has a quick one
    await stage.send(stage.pressed(await stage.button(words.FOLLOW), lobby))
    stage.clock.pass_by(hours=24)
    await stage.tick()
    assert "· system-design, " in (await stage.texts(direct))[-1]


async def test_a_plan_is_seen_in_stats_and_can_be_ended(stage: Stage) -> None:
    await stage.send(stage.command("plan"))
    assert words.none() in await stage.whispers()
    await stage.send(stage.command("plan 2026-12-15 backend"))
    await stage.send(stage.command("stats"))
    assert "Plan: 43 days to Tuesday 15 December." in await stage.whispers()
    await stage.send(stage.command("plan off"))
    await stage.send(stage.command("stats"))
    assert (await stage.whispers()).count("Plan: 43 days") == 1
