"""What is remembered of a weekly channel question: kept, counted, exported, and forgotten with whom it belongs to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from agent.types import Question
from storage import accounts, interviews, leaving, queue, team
from storage.addresses import Person
from storage.database import Database
from storage.export import export_account
from storage.practice import Asked, Paused
from storage.tables import posts, team_answers, team_deliveries, team_practices
from storage.team import TeamDelivery, TeamPractice
from tests.storage.samples import LOBBY, NOON, PERSON, closed_interview, record, settle

WEEK = date(2026, 11, 2)
NAME = team.id_of(LOBBY)


def fill(conn: Connection) -> tuple[TeamPractice, TeamDelivery, str]:
    """A channel's question that its setter and somebody else answered, a third began, and a fourth swapped."""
    mine = settle(conn)
    due = TeamPractice(
        id=NAME,
        workspace="web:",
        place=LOBBY,
        account=mine.id,
        person=PERSON,
        minute=600,
        day=0,
        zone="Europe/Berlin",
        kind="algorithm",
        set_at=NOON,
        difficulty="hard",
        paused=Paused.UNREACHABLE,
        word_owed=True,
        next_on=WEEK + timedelta(days=7),
        next_due_at=NOON + timedelta(days=7),
    )
    team.save(conn, due)
    asked: Question = closed_interview("x").question
    week = TeamDelivery(NAME, WEEK, WEEK, NOON, Asked.OFFERED, asked, NOON + timedelta(days=2), NOON)
    team.keep(conn, week)
    queue.remember(conn, f"team/{NAME}/2026-11-02", "{}", NOON.timestamp())
    for number, user in enumerate((PERSON.user, "u2", "u3", "u4")):
        person = Person("web", "", user)
        interview = closed_interview(f"i{number}")
        if user == "u3":
            interview = replace(interview, turns=(), card=None)
        if user == "u4":
            interview = replace(interview, question=replace(asked, id="another"))
        account = accounts.account_of(conn, person, NOON)
        interviews.start(conn, record(interview, account, person=person))
        team.answer(conn, NAME, WEEK, account.id, interview.id)
    return due, week, mine.id


def count(conn: Connection) -> list[int]:
    tables = (team_practices, team_deliveries, team_answers, posts)
    return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


async def test_it_comes_back_as_it_was_and_counts_who_answered_that_very_question(database: Database) -> None:
    due, week, mine = await database.write(fill)
    assert await database.read(team.get, NAME) == due
    assert await database.read(team.delivery, NAME, WEEK) == week
    assert await database.read(team.answers, NAME, WEEK) == 2
    assert await database.read(team.answered_in, NAME, WEEK, mine) == "i0"
    assert await database.read(team.asked, NAME) == [week.question and week.question.id]
    assert (await database.read(team.others, NAME, "web:"), await database.read(team.others, "", "web:")) == (0, 1)


async def test_a_person_takes_their_name_along_and_the_channel_keeps_its_question(database: Database) -> None:
    due, _, mine = await database.write(fill)
    for workspace, rows in ((None, 1), ("web:", 1), ("web:elsewhere", 0)):
        exported = await database.read(export_account, mine, workspace)
        assert exported is not None
        assert [len(exported[name]) for name in ("team_practices", "team_answers")] == [rows, rows]
    await database.write(accounts.forget, mine)
    assert await database.read(team.get, NAME) == replace(due, account=None, person=None)
    assert await database.read(team.answers, NAME, WEEK) == 1


async def test_a_workspace_that_leaves_takes_all_of_it_along(database: Database) -> None:
    await database.write(fill)
    await database.write(leaving.leave, "web:", NOON - timedelta(hours=1), keep="")
    assert await database.read(count) == [1, 1, 4, 1]
    await database.write(leaving.leave, "web:", NOON + timedelta(hours=1), keep="")
    assert await database.read(count) == [0, 0, 0, 0]
