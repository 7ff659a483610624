"""Questions that a model wrote stay in their workspace, and so do the topics and the people who wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, delete, func, select

from storage import accounts, leaving, questions, workspaces
from storage.database import Database
from storage.questions import Topic, Wish
from storage.tables import questions as questions_table
from storage.tables import topics, wishes
from storage.tables import workspaces as workspaces_table
from tests.storage.samples import LOBBY, NOON, OTHER, PERSON, question

RUST = questions.name_of("rust-borrow-checker")
HERE = Topic("web:", "quick", "hard", RUST)
ELSEWHERE = replace(HERE, workspace="slack:T1")
HOUR = timedelta(hours=1)


def settle(conn: Connection) -> str:
    workspaces.workspace_of(conn, "web", "", NOON)
    workspaces.workspace_of(conn, "slack", "T1", NOON)
    return accounts.account_of(conn, PERSON, NOON).id


def test_spellings_of_a_topic_are_one_topic() -> None:
    assert questions.name_of("Rust borrow checker") == questions.name_of("rust-borrow-checkers") == RUST
    different = ("c", "c++", "c#", "cs", "css", "graph", "grass", "os", "графы")
    assert len({questions.name_of(words) for words in different}) == len(different)
    assert questions.name_of("c++") == questions.name_of("cplusplus")
    assert questions.name_of("графы") != questions.name_of("деревья")
    assert len(questions.name_of("\ud800" * 500)) == 32


async def test_a_question_is_found_in_its_workspace_alone(database: Database) -> None:
    await database.write(settle)
    one = question("written/1", "quick", written_by="claude-sonnet-5-5")
    await database.write(questions.want, HERE, "rust-borrow-checker", NOON)
    await database.write(questions.add, HERE, one, NOON)
    await database.write(questions.add, HERE, one, NOON)
    assert await database.read(questions.written_for, HERE) == [one]
    assert await database.read(questions.written_for, replace(HERE, kind="")) == [one]
    assert await database.read(questions.written_for, replace(HERE, kind="behavioral")) == []
    assert await database.read(questions.written_for, ELSEWHERE) == []
    assert await database.read(questions.get, "web:", "written/1") == one
    assert await database.read(questions.get, "slack:T1", "written/1") is None


async def test_what_nobody_was_asked_comes_first(database: Database) -> None:
    await database.write(settle)
    for number in (1, 2, 3):
        await database.write(questions.add, HERE, question(f"written/{number}", "quick"), NOON + number * HOUR)
    await database.write(questions.take, "written/1", NOON)
    found = await database.read(questions.written_for, HERE)
    assert [one.id for one in found] == ["written/2", "written/3", "written/1"]
    assert await database.read(questions.in_store, HERE) == 2
    beside = await database.read(questions.beside, "web:", "written/2")
    assert [one.id for one in beside] == ["written/3", "written/1"]
    assert await database.read(questions.beside, "slack:T1", "written/2") == []


async def test_a_topic_lacks_questions_until_enough_are_in_store(database: Database) -> None:
    await database.write(settle)

    async def lacks(since: timedelta = HOUR) -> list[int]:
        found = await database.read(
            lambda conn: questions.lacking(
                conn, wanted_since=NOON - since, failed_before=NOON - HOUR, enough=2, limit=9
            )
        )
        return [lack.made for lack in found]

    assert await lacks() == []
    await database.write(questions.want, HERE, "rust-borrow-checker", NOON)
    assert await lacks() == [0]
    assert await lacks(-HOUR) == []
    for number in (1, 2):
        await database.write(questions.add, HERE, question(f"written/{number}", "quick"), NOON)
    assert await lacks() == []
    await database.write(questions.take, "written/1", NOON)
    assert await lacks() == [2]
    await database.write(questions.fail, HERE, "faulty", NOON)
    assert await lacks() == []


async def test_a_rejected_reply_is_kept_until_something_came_of_it(database: Database) -> None:
    await database.write(settle)
    assert await database.read(questions.state_of, HERE) is None
    await database.write(questions.want, HERE, "rust-borrow-checker", NOON)
    await database.write(questions.reject, HERE, "{}")
    await database.write(questions.want, HERE, "Rust borrow checker", NOON + HOUR)
    state = await database.read(questions.state_of, HERE)
    assert state == questions.State("rust-borrow-checker", "{}")
    await database.write(questions.fail, HERE, "faulty", NOON)
    failed = await database.read(questions.state_of, HERE)
    assert failed == questions.State("rust-borrow-checker", None, "faulty", NOON)
    await database.write(questions.add, HERE, question("written/1", "quick"), NOON)
    assert await database.read(questions.state_of, HERE) == questions.State("rust-borrow-checker")


async def test_the_latest_wish_of_an_account_counts(database: Database) -> None:
    account = await database.write(settle)
    other = (await database.write(accounts.account_of, OTHER, NOON)).id
    first = Wish("w1", account, HERE, PERSON, LOBBY, NOON, "handle", True, True, "German")
    await database.write(questions.wish, first)
    await database.write(questions.wish, Wish("w2", other, HERE, OTHER, LOBBY, NOON + HOUR))
    assert await database.read(questions.wish_called, "w1") == first
    assert [wish.id for wish in await database.read(questions.waiting_for, HERE)] == ["w1", "w2"]
    assert await database.read(questions.waiting_for, ELSEWHERE) == []
    await database.write(questions.wish, replace(first, id="w3", topic=replace(HERE, kind="")))
    assert await database.read(questions.wish_called, "w1") is None
    assert [wish.id for wish in await database.read(questions.waiting_for, HERE)] == ["w2"]
    mine = await database.read(questions.wish_of, other, "web:")
    assert mine is not None
    assert mine.id == "w2"
    await database.write(questions.drop_wish, "w2")
    assert await database.read(questions.wish_of, other, "web:") is None
    assert await database.read(questions.wish_of, account, "slack:T1") is None


async def test_all_of_it_goes_with_the_workspace_and_wishes_with_the_account(database: Database) -> None:
    account = await database.write(settle)

    def counts(conn: Connection) -> list[int]:
        tables = (topics, questions_table, wishes)
        return [conn.execute(select(func.count()).select_from(table)).scalar() or 0 for table in tables]

    await database.write(questions.want, HERE, "rust-borrow-checker", NOON)
    await database.write(questions.add, HERE, question("written/1", "quick"), NOON)
    await database.write(questions.wish, Wish("w1", account, HERE, PERSON, LOBBY, NOON))
    assert await database.read(counts) == [1, 1, 1]
    await database.write(accounts.forget, account)
    assert await database.read(counts) == [1, 1, 0]
    await database.write(questions.forget, NOON + HOUR)
    assert await database.read(counts) == [0, 1, 0]
    await database.write(lambda conn: conn.execute(delete(workspaces_table)))
    assert await database.read(counts) == [0, 0, 0]


async def test_a_workspace_that_removes_the_app_leaves_none_behind_and_no_other_loses_any(database: Database) -> None:
    account = await database.write(settle)
    for topic, name in ((HERE, "written/1"), (ELSEWHERE, "written/2")):
        await database.write(questions.want, topic, "rust", NOON)
        await database.write(questions.add, topic, question(name, "quick"), NOON)
        await database.write(questions.wish, Wish(name, account, topic, PERSON, LOBBY, NOON))
    await database.write(lambda conn: leaving.leave(conn, "web:", NOON + HOUR, keep="lane"))
    assert await database.read(questions.written_for, HERE) == []
    assert await database.read(questions.state_of, HERE) is None
    assert await database.read(questions.waiting_for, HERE) == []
    assert len(await database.read(questions.written_for, ELSEWHERE)) == 1
    assert len(await database.read(questions.waiting_for, ELSEWHERE)) == 1
