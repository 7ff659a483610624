"""What is deleted is gone from every table, and what is somebody else's stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, text, update

from storage import accounts, interviews, queue, transcript
from storage.accounts import Account
from storage.addresses import Person, Place
from storage.database import Database, file_of
from storage.queue import Arrival
from storage.tables import evaluations, inbox, lanes, metadata, posts
from storage.tables import interviews as table
from storage.tables import transcript as said
from tests.storage.samples import (
    LOBBY,
    NOON,
    OTHER,
    OWN_WORDS,
    PERSON,
    THREAD,
    card,
    closed_interview,
    fresh_interview,
    record,
    settle,
    whole_interview,
)

LATER = NOON + timedelta(days=40)
SAID = "my own words"
"""The plain beginning of OWN_WORDS, spelled alike in every encoding."""


def tell(
    conn: Connection, id: str, place: Place, *, by: Person | None = None, to: str = "", at: datetime = NOON
) -> None:
    transcript.add(
        conn,
        id=id,
        place=place,
        author=by.user if by else transcript.COACH,
        markdown=OWN_WORDS if by else f"You said: {OWN_WORDS}",
        said_at=at,
        viewer=to,
    )


def hold(conn: Connection, account: Account, person: Person, id: str, place: Place) -> None:
    """A closed interview with all that gathers around one: thread, words, posts, events."""
    interviews.start(conn, record(closed_interview(id), account, person=person, place=place))
    tell(conn, transcript.opening_of(place), replace(place, thread=""))
    tell(conn, f"{id}-answer", place, by=person, at=NOON + timedelta(minutes=1))
    tell(conn, f"{id}-feedback", place, at=NOON + timedelta(minutes=2))
    tell(conn, f"{id}-shared", LOBBY)
    queue.remember(conn, f"{id}/share/lobby", json.dumps({"id": f"{id}-shared"}), NOON.timestamp())
    queue.accept(conn, Arrival(f"{id}-event", f"interview:{id}", "1", "reply", json.dumps({"text": OWN_WORDS})))
    queue.accept(conn, Arrival(f"{id}-me", f"person:{person}", "1", "command", json.dumps({"words": OWN_WORDS})))
    conn.execute(update(inbox).values(status=1, done_at=0.0))
    conn.execute(update(lanes).values(ready_at=None))


def rows(conn: Connection) -> dict[str, int]:
    return {
        name: conn.execute(select(func.count()).select_from(each)).scalar_one()
        for name, each in metadata.tables.items()
    }


def everything(conn: Connection) -> str:
    tables = [conn.execute(text(f'SELECT * FROM "{name}"')) for name in metadata.tables]
    return "\n".join(str(tuple(row)) for rows in tables for row in rows)  # a Row itself would shorten its values


async def test_forgetting_an_account_leaves_nothing_of_it(database: Database) -> None:
    await database.write(settle, OTHER)
    before = await database.read(rows)
    account = await database.write(settle)

    def gather(conn: Connection) -> None:
        hold(conn, account, PERSON, "i1", THREAD)
        # A retry in the same thread, a whisper in the open, and a word of one's own there.
        interviews.start(conn, record(replace(whole_interview("i2"), opened_at=NOON + timedelta(hours=1)), account))
        tell(conn, "whisper", LOBBY, to=PERSON.user)
        tell(conn, "word", LOBBY, by=PERSON)
        queue.accept(conn, Arrival("forget", f"person:{PERSON}", "2", "press", "{}"))

    await database.write(gather)
    assert SAID in await database.read(everything)
    await database.write(accounts.forget, account.id)
    left = await database.read(everything)
    assert SAID not in left
    assert account.id not in left
    # The lane in which this very step runs, and the event that asked for it, are all that is left.
    after = await database.read(rows)
    assert {**after, "counters": 0} == {**before, "lanes": 1, "inbox": 1, "counters": 0}


async def test_forgetting_one_leaves_the_other(database: Database) -> None:
    def lines(conn: Connection) -> list[str]:
        own_lane, counter = f"person:{PERSON}", "('transcript', "
        return [line for line in everything(conn).splitlines() if own_lane not in line and not line.startswith(counter)]

    other = await database.write(settle, OTHER)
    await database.write(hold, other, OTHER, "theirs", replace(THREAD, thread="t-2"))
    before = await database.read(lines)
    account = await database.write(settle)
    await database.write(hold, account, PERSON, "mine", THREAD)
    assert await database.read(lines) != before
    await database.write(accounts.forget, account.id)
    assert await database.read(lines) == before


async def test_an_account_opened_again_starts_anew(database: Database) -> None:
    first = await database.write(settle)
    await database.write(accounts.forget, first.id)
    second = await database.write(settle)
    assert second.id != first.id
    assert await database.read(accounts.get, first.id) is None


async def test_deleting_an_interview_takes_what_belongs_to_it(database: Database) -> None:
    account = await database.write(settle)
    elsewhere = replace(THREAD, thread="t-2")
    await database.write(hold, account, PERSON, "kept", elsewhere)
    await database.write(hold, account, PERSON, "gone", THREAD)
    assert await database.write(interviews.delete, "gone", account.id)

    def left(conn: Connection) -> tuple[list[str], list[str], list[str], list[str]]:
        return (
            sorted(conn.execute(select(table.c.id)).scalars()),
            sorted(conn.execute(select(said.c.id)).scalars()),
            sorted(conn.execute(select(lanes.c.key)).scalars()),
            sorted(conn.execute(select(posts.c.slot)).scalars()),
        )

    assert await database.read(left) == (
        ["kept"],
        ["kept-answer", "kept-feedback", "kept-shared", transcript.opening_of(elsewhere)],
        ["interview:kept", f"person:{PERSON}"],
        ["kept/share/lobby"],
    )
    assert not await database.write(interviews.delete, "gone", account.id)


async def test_deleting_a_first_try_leaves_the_retry_in_its_thread(database: Database) -> None:
    account = await database.write(settle)
    hour = timedelta(hours=1)

    def try_twice(conn: Connection) -> None:
        hold(conn, account, PERSON, "first", THREAD)
        interviews.start(conn, record(closed_interview("retry", minute=60, retry_of="first"), account))
        tell(conn, "retry-answer", THREAD, by=PERSON, at=NOON + hour)

    await database.write(try_twice)
    await database.write(interviews.delete, "first", account.id)

    def there(conn: Connection) -> list[str]:
        return sorted(row.id for row in transcript.in_place(conn, THREAD, PERSON.user))

    assert await database.read(there) == ["retry-answer"]
    assert await database.read(transcript.get, transcript.opening_of(THREAD)) is not None
    await database.write(interviews.delete, "retry", account.id)
    assert await database.read(there) == []
    assert await database.read(transcript.get, transcript.opening_of(THREAD)) is None


async def test_old_texts_go_and_scores_stay(database: Database) -> None:
    account = await database.write(settle)
    whole = record(replace(whole_interview(), opened_at=NOON), account)

    def gather(conn: Connection) -> None:
        interviews.start(conn, whole)
        tell(conn, "answer", THREAD, by=PERSON, at=NOON + timedelta(minutes=1))
        tell(conn, "afterthought", THREAD, by=PERSON, at=NOON + timedelta(days=3))
        queue.accept(conn, Arrival("event", "interview:i1", "1", "reply", json.dumps({"text": OWN_WORDS})))
        conn.execute(update(inbox).values(status=1))
        conn.execute(update(lanes).values(ready_at=None))

    def scores(conn: Connection) -> list[object]:
        numbers = (evaluations.c.turn, evaluations.c.attempt, evaluations.c.judge, evaluations.c.state)
        values = (evaluations.c.correctness, evaluations.c.clarity, evaluations.c.depth)
        return list(conn.execute(select(*numbers, *values).order_by(evaluations.c.attempt)).all())

    await database.write(gather)
    before = await database.read(scores)
    assert len(before) == 2
    assert SAID in await database.read(everything)
    assert await database.write(interviews.erase_older, LATER) == 1
    assert await database.read(scores) == before
    assert SAID not in await database.read(everything)
    assert await database.write(interviews.erase_older, LATER) == 0

    bare = await database.read(interviews.get, "i1")
    assert bare is not None
    assert bare.erased_at is not None
    kept = card(verdicts=(replace(card().verdicts[0], quote=""),), next_step="", summary="", drill="")
    assert bare.interview.card == replace(kept, disputes=(replace(card().disputes[0], quote=""),))
    assert bare.interview.question == whole.interview.question
    assert [turn.number for turn in bare.interview.turns] == [1]
    assert bare.interview.turns[0].evaluations[1].correctness == 6.0
    # What the bank asked is nobody's text.
    assert bare.interview.follow_up == whole.interview.follow_up


async def test_only_what_closed_before_is_erased(database: Database) -> None:
    account = await database.write(settle)

    def gather(conn: Connection) -> None:
        for number in range(5):
            interviews.start(conn, record(closed_interview(f"i{number}", minute=number), account))
        interviews.start(conn, record(fresh_interview("open"), account))

    await database.write(gather)
    edge = NOON + timedelta(minutes=3)
    assert await database.write(interviews.erase_older, edge, limit=2) == 2
    assert await database.write(interviews.erase_older, edge, limit=2) == 1

    def erased(conn: Connection) -> list[str]:
        return sorted(conn.execute(select(table.c.id).where(table.c.erased_at.is_not(None))).scalars())

    assert await database.read(erased) == ["i0", "i1", "i2"]


async def test_erased_interviews_still_compare_and_count(database: Database) -> None:
    account = await database.write(settle)
    await database.write(interviews.start, record(closed_interview("i1"), account))
    figures = await database.read(interviews.figures, account.id, NOON)
    cards = await database.read(interviews.comparable, account.id, "algorithm", True)
    await database.write(interviews.erase_older, LATER)
    assert await database.read(interviews.figures, account.id, NOON) == figures
    numbers = [(one.correctness, one.clarity, one.depth) for one in cards]
    after = await database.read(interviews.comparable, account.id, "algorithm", True)
    assert [(one.correctness, one.clarity, one.depth) for one in after] == numbers
    assert numbers


async def test_a_lane_with_something_waiting_survives_erasing(database: Database) -> None:
    account = await database.write(settle)
    await database.write(interviews.start, record(closed_interview("i1"), account))
    await database.write(queue.accept, Arrival("press", "interview:i1", "1", "press", "{}"))
    await database.write(interviews.erase_older, LATER)
    assert (await database.read(rows))["inbox"] == 1


async def test_deleted_words_are_not_in_the_file_either(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    account = await database.write(settle)
    await database.write(hold, account, PERSON, "i1", THREAD)
    path = file_of(migrated_sqlite_url)
    assert path is not None

    def in_files() -> bool:
        return any(SAID.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))

    assert in_files()
    await database.write(accounts.forget, account.id)
    await database.close()
    assert not in_files()


@pytest.mark.parametrize("id", ["", "%", "_1", "i"])
async def test_an_id_that_looks_like_a_pattern_takes_nothing_else_along(database: Database, id: str) -> None:
    account = await database.write(settle)
    await database.write(hold, account, PERSON, "i1", THREAD)
    await database.write(interviews.start, record(closed_interview(id), account, place=None))
    await database.write(interviews.delete, id, account.id)
    assert (await database.read(rows))["posts"] == 1
    assert await database.read(interviews.get, "i1") is not None
