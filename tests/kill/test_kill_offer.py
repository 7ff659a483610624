"""Kill it while a daily question comes, is answered and judged: it comes once, counts once, and ends in its card."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from adapters.web import places
from bot.delivery import planned
from bot.schedule import EVERY_DAY, Occasion
from storage import accounts, practice, upkeep
from storage.database import Database
from storage.practice import Practice
from storage.tables import deliveries, evaluations, interviews, practised_days
from tests.kill.client import USER, Frame, Page, page
from tests.kill.lives import Program, program
from tests.kill.wire import kept_at

PATIENCE = 60
"""Seconds in which a run is through, or something is lost."""
DIRECT = places.direct(USER).channel
ASK, PRESS = "the commit of record ask, saying a message", "the commit of record press daily answer, saying a message"
JUDGE, END = "the commit of record go on, saying feedback", "the commit of record go on, saying card"
DEATHS = (
    "after the commit of claim",
    f"after {ASK}",
    "after the commit of add a message",
    f"after {PRESS}",
    f"before {JUDGE}",
    f"after {END}, saying a message, saying a message",
)
"""Where one life after the other ends: due and not asked, asked and not shown, shown and not noted, an interview and no
question yet, judged and not kept, a card and not shown."""


def settle(conn: Connection) -> None:
    """Somebody whose question of today has been due for a minute."""
    now = datetime.now(UTC)
    at = now - timedelta(minutes=1)
    account = accounts.account_of(conn, places.person(USER), now)
    due = Practice(account.id, places.person(USER), at.hour * 60 + at.minute, EVERY_DAY, "UTC", at.date())
    practice.save(conn, replace(planned(due, Occasion(at.date(), at - timedelta(minutes=2))), level_since=at.date()))


def left(conn: Connection) -> tuple[list[Any], ...]:
    """What is kept of the day, without its times: asked, held, judged, days that count, and what was given up."""
    one, two, three = deliveries.c, interviews.c, evaluations.c
    asked = select(one.state, one.times), select(two.open, two.practice), select(three.turn, three.attempt, three.state)
    found = [[tuple(row) for row in conn.execute(query)] for query in (*asked, select(practised_days.c.local_date))]
    return *found, upkeep.dead_letters(conn)


def has(row: Frame, action: str) -> bool:
    """Whether a row of the direct messages has this button."""
    return any(choice["action"] == action for choice in row["choices"])


async def live(one: Program) -> None:
    for death in DEATHS:
        one.start(f"{death}#1")
        assert await one.end() == -signal.SIGKILL
    one.start()


async def practise(visitor: Page) -> Frame:
    """Take the question when it comes, and answer it; gives the line about the streak, which comes last."""
    offer = await visitor.row(lambda row: has(row, "daily answer"))
    await visitor.press("press-answer", offer, "daily answer")
    asked = await visitor.row(lambda row: has(row, "finish"))
    said = {"type": "message", "id": "answer-01", "channel": DIRECT, "thread": asked["thread"], "text": "A thought."}
    await visitor.send({**said, "files": []})
    bar = await visitor.row(lambda row: has(row, "submit"))
    await visitor.press("press-submit", bar, "submit")
    streak = await visitor.row(lambda row: row["id"].endswith("/streak"))
    await visitor.row(lambda row: "is answered" in row["html"])
    await visitor.heard()
    return streak


async def test_killed_around_a_daily_question_it_comes_once_and_counts_once(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    database = await Database.open(migrated_sqlite_url)
    await database.write(settle)
    await database.close()
    async with program(tmp_path, migrated_sqlite_url) as one, asyncio.timeout(PATIENCE), page(one.address) as visitor:
        async with asyncio.TaskGroup() as group:
            living = group.create_task(live(one))
            streak = await practise(visitor)
            living.cancel()
        [offer, thread] = await visitor.history(channel=DIRECT)
        assert "is answered" in offer["html"]
        assert thread["opens"] == streak["thread"]
        rows = [
            row["id"].rpartition(":")[2].partition("/")[2] for row in await visitor.history(streak["thread"], DIRECT)
        ]
        assert rows == ["question/0", "", "draft/0/0", "feedback/1", "card", "streak"]
        assert "1 day" in streak["html"]
        assert one.deaths == len(DEATHS)
        await one.kill()
        assert one.faults == []
    asked, held, judged, days, dead = await kept_at(migrated_sqlite_url, left)
    assert asked == [("answered", 0)]
    assert held == [(False, True)]
    assert judged == [(1, 1, "scored")]
    assert len(days) == 1
    assert dead == []
