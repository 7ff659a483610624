"""Everything moves from one database to the other, in both directions."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from storage import interviews, migrations, queue, transcript
from storage.copy import BATCH, NotEmpty, copy
from storage.database import Database
from storage.queue import Arrival
from storage.tables import counters, inbox, lanes, metadata
from tests.storage.samples import NOON, PERSON, THREAD, record, settle, whole_interview

ODD = '{"text": "\\u0000 🎻 \u202eשלום — \\"quoted\\" \\\\ %s :name"}'


@pytest.fixture
def other_url(database: Database, request: pytest.FixtureRequest) -> str:
    """An empty database of the other sort, without any table yet."""
    if database.dialect == "postgresql":
        return f"sqlite:///{request.getfixturevalue('tmp_path')}/target.db"
    return str(request.getfixturevalue("postgres_url"))


def fill(conn: Connection) -> None:
    account = settle(conn)
    interviews.start(conn, record(whole_interview(), account, wake_at=NOON))
    transcript.add(conn, id="row", place=THREAD, author=PERSON.user, markdown="🎻", said_at=NOON, choices=[{"a": 1}])
    queue.remember(conn, "i1/card", json.dumps({"id": "é"}), NOON.timestamp())
    for number in range(BATCH + 7):
        lane = f"interview:{number % 3}"
        queue.accept(conn, Arrival(f"key {number}", lane, f"{number:09}", "reply", ODD, workspace="web:"))
    conn.execute(insert(counters), [{"name": f"n{number:04}", "value": 2**62 + number} for number in range(2 * BATCH)])


def dump(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key))]
        for table in metadata.sorted_tables
    }


async def test_everything_arrives_as_it_was(database: Database, other_url: str) -> None:
    await database.write(fill)
    target = await Database.open(other_url)
    counts = await copy(database, target)
    there = await target.read(dump)
    assert there == await database.read(dump)
    assert counts == {name: len(rows) for name, rows in there.items()}
    assert counts["inbox"] == BATCH + 7
    assert counts["counters"] == 2 * BATCH + 1
    assert await migrations.is_current(target)
    stored = await target.read(interviews.get, "i1")
    assert stored is not None
    assert stored.interview == whole_interview()
    await target.close()


async def test_the_copy_counts_on(database: Database, other_url: str) -> None:
    await database.write(fill)
    target = await Database.open(other_url)
    await copy(database, target)

    def highest(conn: Connection) -> tuple[int, int]:
        newest = select(inbox.c.id, lanes.c.id).join(lanes, lanes.c.id == inbox.c.lane_id)
        row = conn.execute(newest.order_by(inbox.c.id.desc()).limit(1)).one()
        return row[0], row[1]

    last = await target.read(highest)
    await target.write(queue.accept, Arrival("new", "interview:new", "1", "reply", "{}"))
    assert await target.read(highest) == (last[0] + 1, 4)
    await target.close()


async def test_a_target_that_holds_something_is_refused(database: Database, other_url: str) -> None:
    await database.write(fill)
    target = await Database.open(other_url)
    await migrations.upgrade(target)
    await target.write(lambda conn: conn.execute(insert(counters).values(name="mine", value=1)))
    with pytest.raises(NotEmpty, match="counters"):
        await copy(database, target)
    there = await target.read(dump)
    assert there["counters"] == [("mine", 1)]
    assert sum(map(len, there.values())) == 1
    await target.close()


async def test_a_copy_that_fails_leaves_the_target_empty(migrated_sqlite_url: str, migrated_postgres_url: str) -> None:
    source, target = await Database.open(migrated_sqlite_url), await Database.open(migrated_postgres_url)
    await source.write(fill)
    # What SQLite keeps and PostgreSQL does not: a text of more characters than its column has.
    await source.write(lambda conn: conn.exec_driver_sql("UPDATE posts SET slot = hex(zeroblob(500))"))
    with pytest.raises(DBAPIError, match="too long"):
        await copy(source, target)
    assert sum(map(len, (await target.read(dump)).values())) == 0
    await source.write(lambda conn: conn.exec_driver_sql("UPDATE posts SET slot = 'i1/card'"))
    assert (await copy(source, target))["posts"] == 1
    await source.close()
    await target.close()


async def test_nothing_copies_to_nothing(database: Database, other_url: str) -> None:
    target = await Database.open(other_url)
    assert set((await copy(database, target)).values()) == {0}
    await target.close()
