"""Interviews are stored whole and found by whoever may find them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, select

from storage import interviews
from storage.accounts import Account
from storage.addresses import Place
from storage.database import Database
from storage.interviews import AlreadyOpen, Gone, Record
from storage.tables import evaluations
from storage.tables import interviews as table
from tests.storage.samples import (
    LOBBY,
    NOON,
    OTHER,
    PERSON,
    THREAD,
    closed_interview,
    evaluation,
    fresh_interview,
    question,
    record,
    settle,
    whole_interview,
)


@pytest.fixture
async def account(database: Database) -> Account:
    return await database.write(settle)


@pytest.fixture
async def other(database: Database) -> Account:
    return await database.write(settle, OTHER)


def _unset(value: Any, path: str) -> list[str]:
    """The fields below a value that hold nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        return [line for field in fields(value) for line in _unset(getattr(value, field.name), f"{path}.{field.name}")]
    if isinstance(value, tuple) and value:
        return [line for number, item in enumerate(value) for line in _unset(item, f"{path}[{number}]")]
    return [path] if value in (None, "", (), 0) or value is False else []


def test_the_sample_has_every_field_filled() -> None:
    assert set(_unset(whole_interview(), "interview")) == {
        f"interview.turns[0].evaluations[{number}].verdicts[1].quote" for number in (0, 1)
    }


async def test_an_interview_comes_back_as_it_went(database: Database, account: Account) -> None:
    whole = record(whole_interview(), account, wake_at=NOON + timedelta(hours=1), practice=True, public=True)
    await database.write(interviews.start, whole)
    assert await database.read(interviews.get, "i1") == whole
    assert await database.read(interviews.get, "i1", account.id) == whole


async def test_times_come_back_in_utc(database: Database, account: Account) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    await database.write(interviews.start, record(fresh_interview(touched_at=elsewhere, opened_at=NOON), account))
    stored = await database.read(interviews.get, "i1")
    assert stored is not None
    assert stored.interview.touched_at == NOON
    assert stored.interview.opened_at.utcoffset() == timedelta(0)


async def test_a_step_is_saved(database: Database, account: Account) -> None:
    begun = record(fresh_interview(), account, place=None)
    await database.write(interviews.start, begun)
    stepped = replace(
        begun,
        interview=replace(begun.interview.put(NOON), question=question("other-boats"), skipped=("count-boats",)),
        place=THREAD,
        wake_at=NOON + timedelta(minutes=5),
    )
    await database.write(interviews.save, stepped)
    assert await database.read(interviews.get, "i1") == stepped
    assert await database.read(interviews.owner_at, THREAD) == ("i1", PERSON)


async def test_the_lane_is_named_after_the_interview(account: Account) -> None:
    assert record(fresh_interview("i7"), account).lane == "interview:i7"


async def test_a_second_start_is_refused_and_told_of_the_first(database: Database, account: Account) -> None:
    await database.write(interviews.start, record(fresh_interview("i1"), account))
    with pytest.raises(AlreadyOpen) as refused:
        await database.write(interviews.start, record(fresh_interview("i2"), account, place=None))
    assert refused.value.interview_id == "i1"
    assert await database.read(interviews.get, "i2") is None


async def test_twenty_starts_at_once_open_one_interview(database: Database, account: Account) -> None:
    outcomes = await asyncio.gather(
        *[
            database.write(interviews.start, record(fresh_interview(f"i{number}"), account, place=None))
            for number in range(20)
        ],
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    winner = f"i{outcomes.index(None)}"
    refusals = [outcome.interview_id for outcome in outcomes if isinstance(outcome, AlreadyOpen)]
    assert refusals == [winner] * 19


async def test_the_same_start_twice_is_told_of_itself(database: Database, account: Account) -> None:
    begun = record(fresh_interview(), account)
    await database.write(interviews.start, begun)
    with pytest.raises(AlreadyOpen) as refused:
        await database.write(interviews.start, begun)
    assert refused.value.interview_id == "i1"


async def test_practice_stands_apart(database: Database, account: Account) -> None:
    await database.write(interviews.start, record(fresh_interview("main"), account))
    daily = record(fresh_interview("daily"), account, practice=True, place=replace(THREAD, thread="t-2"))
    await database.write(interviews.start, daily)
    await database.write(interviews.save, daily)
    found = await database.read(interviews.open_of, account.id, "web:")
    assert found is not None
    assert found.interview.id == "main"


async def test_a_place_holds_one_open_interview(database: Database, account: Account, other: Account) -> None:
    await database.write(interviews.start, record(fresh_interview("i1"), account))
    with pytest.raises(AlreadyOpen) as refused:
        await database.write(interviews.start, record(fresh_interview("i2"), other, person=OTHER))
    assert refused.value.interview_id == "i1"


async def test_a_closed_one_goes_on_unless_another_is_open(database: Database, account: Account) -> None:
    closed = record(closed_interview("i1"), account)
    await database.write(interviews.start, closed)
    await database.write(interviews.start, record(fresh_interview("i2"), account, place=None))
    going_on = replace(closed, interview=closed.interview.resumed(NOON))
    with pytest.raises(AlreadyOpen) as refused:
        await database.write(interviews.save, going_on)
    assert refused.value.interview_id == "i2"
    assert await database.read(interviews.get, "i1") == closed
    assert await database.write(interviews.delete, "i2", account.id)
    await database.write(interviews.save, going_on)
    assert await database.read(interviews.open_of, account.id, "web:") == going_on


async def test_a_deleted_interview_cannot_be_saved(database: Database, account: Account) -> None:
    begun = record(fresh_interview(), account)
    with pytest.raises(Gone):
        await database.write(interviews.save, begun)
    assert await database.read(interviews.get, "i1") is None


async def test_a_foreign_interview_is_as_good_as_missing(database: Database, account: Account, other: Account) -> None:
    await database.write(interviews.start, record(fresh_interview(), account))
    assert await database.read(interviews.get, "i1", other.id) is None
    assert await database.read(interviews.get, "none", other.id) is None
    assert not await database.write(interviews.delete, "i1", other.id)
    assert await database.read(interviews.get, "i1", account.id) is not None


async def test_who_is_open_where(database: Database, account: Account) -> None:
    begun = record(fresh_interview(), account)
    await database.write(interviews.start, begun)
    assert await database.read(interviews.owner_at, THREAD) == ("i1", PERSON)
    assert await database.read(interviews.owner_at, LOBBY) is None
    assert await database.read(interviews.open_with, PERSON, "web:") == "i1"
    assert await database.read(interviews.open_with, OTHER, "web:") is None
    assert await database.read(interviews.open_with, PERSON, "slack:T1") is None
    assert await database.read(interviews.open_of, account.id, "web:") == begun
    assert await database.read(interviews.open_of, account.id, "slack:T1") is None
    await database.write(interviews.save, replace(begun, interview=begun.interview.closed(None, NOON)))
    assert await database.read(interviews.owner_at, THREAD) is None
    assert await database.read(interviews.open_with, PERSON, "web:") is None
    assert await database.read(interviews.open_of, account.id, "web:") is None


async def test_evaluations_are_stored_once_each(database: Database, account: Account) -> None:
    first = record(fresh_interview().put(NOON), account)
    await database.write(interviews.start, first)

    def with_evaluations(*values: float) -> Record:
        turn = replace(whole_interview().turns[0], evaluations=tuple(evaluation(correctness=value) for value in values))
        return replace(first, interview=replace(first.interview, turns=(turn,)))

    for values in ((), (4.0,), (4.0,), (9.0, 6.0), (9.0, 6.0)):
        await database.write(interviews.save, with_evaluations(*values))

    def rows(conn: Connection) -> list[tuple[Any, ...]]:
        its = evaluations.c
        chosen = select(its.turn, its.attempt, its.judge, its.state, its.correctness)
        return [tuple(row) for row in conn.execute(chosen.order_by(its.attempt))]

    # What was stored first stands, whatever is said later.
    assert await database.read(rows) == [(1, 1, "local", "scored", 4.0), (1, 2, "local", "scored", 6.0)]


async def test_what_is_due_comes_the_longest_due_first(database: Database, account: Account, other: Account) -> None:
    at = [NOON + timedelta(seconds=seconds) for seconds in (30, 10, 60)]
    await database.write(interviews.start, record(fresh_interview("late"), account, wake_at=at[0]))
    await database.write(
        interviews.start, record(fresh_interview("first"), other, person=OTHER, place=None, wake_at=at[1])
    )
    await database.write(
        interviews.start, record(fresh_interview("not yet"), account, practice=True, place=None, wake_at=at[2])
    )
    due = [("first", at[1]), ("late", at[0])]
    assert await database.read(interviews.due, at[0], 10) == due
    assert await database.read(interviews.due, at[0], 1) == due[:1]
    assert await database.read(interviews.due, NOON, 10) == []


async def test_the_history_is_paged_newest_first(database: Database, account: Account, other: Account) -> None:
    for number in range(7):
        await database.write(interviews.start, record(closed_interview(f"i{number}", minute=number), account))
    await database.write(interviews.start, record(fresh_interview("open"), account))
    await database.write(interviews.start, record(closed_interview("not mine"), other, person=OTHER))

    async def page(limit: int, offset: int) -> list[str]:
        found = await database.read(interviews.closed_of, account.id, limit=limit, offset=offset)
        return [one.interview.id for one in found]

    assert await page(3, 0) == ["i6", "i5", "i4"]
    assert await page(5, 5) == ["i1", "i0"]
    assert await page(5, 10) == []


async def test_a_place_may_have_no_thread(database: Database, account: Account) -> None:
    bare = Place("console", "", "terminal")
    await database.write(interviews.start, record(fresh_interview(), account, place=bare, origin=bare))
    assert await database.read(interviews.owner_at, bare) == ("i1", PERSON)


async def test_a_document_of_an_earlier_version_still_opens(database: Database, account: Account) -> None:
    await database.write(interviews.start, record(fresh_interview(), account))

    def older(conn: Connection) -> None:
        state = json.loads(conn.execute(select(table.c.state)).scalar_one())
        for name in ("bar_moves", "bar_below", "disputes"):
            del state[name]
        conn.execute(table.update().values(state=json.dumps({**state, "a field of a later version": 1})))

    await database.write(older)
    stored = await database.read(interviews.get, "i1")
    assert stored is not None
    assert stored.interview == fresh_interview()
