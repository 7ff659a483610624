"""The transcript: idempotent rows, gapless revisions, and who sees what."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from storage import transcript
from storage.addresses import Place
from storage.database import Database
from storage.transcript import Row

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = Place("web", "local", "practice")


async def add(database: Database, name: str, text: str = "text", *, place: Place = PLACE, viewer: str = "") -> Row:
    row, _ = await database.write(
        transcript.add, id=name, place=place, author="ada", markdown=text, said_at=NOON, viewer=viewer
    )
    return row


async def replay(database: Database, viewer: str = "ada", after: int = 0, limit: int = 100) -> list[Row]:
    return await database.read(transcript.since, "web", "local", viewer, after=after, limit=limit)


async def test_a_row_comes_back_as_it_was_said(database: Database) -> None:
    row, new = await database.write(
        transcript.add,
        id="1",
        place=PLACE,
        author=transcript.COACH,
        markdown="**Hello**",
        said_at=NOON,
        choices=[{"label": "Start"}],
        chart={"title": "Card"},
    )
    assert new
    assert await database.read(transcript.get, "1") == row
    assert row == Row(
        id="1",
        revision=1,
        place=PLACE,
        author="coach",
        viewer="",
        markdown="**Hello**",
        choices=({"label": "Start"},),
        chart={"title": "Card"},
        deleted=False,
        said_at=NOON,
    )


async def test_the_same_id_is_added_once(database: Database) -> None:
    first = await add(database, "1", "first")
    again, new = await database.write(
        transcript.add, id="1", place=PLACE, author="ada", markdown="second", said_at=NOON
    )
    assert not new
    assert again == first
    assert len(await replay(database)) == 1


async def test_two_who_add_the_same_id_at_once_get_the_same_row(database: Database) -> None:
    rows = await asyncio.gather(*(add(database, "1", f"text {number}") for number in range(8)))
    assert len(set(map(repr, rows))) == 1
    assert [row.id for row in await replay(database)] == ["1"]


async def test_every_change_takes_a_new_revision_and_the_same_again_none(database: Database) -> None:
    first = await add(database, "1")
    changed = await database.write(transcript.change, "1", markdown="new", choices=[{"label": "Go"}])
    same = await database.write(transcript.change, "1", markdown="new", choices=[{"label": "Go"}])
    assert changed is not None
    assert changed.revision > first.revision
    assert changed.said_at == first.said_at
    assert same == changed
    assert await replay(database, after=first.revision) == [changed]


async def test_a_deleted_row_is_told_once_more_and_stays_deleted(database: Database) -> None:
    first = await add(database, "1", "secret")
    gone = await database.write(transcript.delete, "1")
    assert gone is not None
    assert (gone.deleted, gone.markdown) == (True, "")
    assert await replay(database, after=first.revision) == [gone]
    assert await database.write(transcript.delete, "1") == gone
    assert await database.write(transcript.change, "1", markdown="back") is None
    assert await database.read(transcript.in_place, PLACE, "ada") == []


async def test_what_is_not_there_is_neither_changed_nor_deleted(database: Database) -> None:
    assert await database.write(transcript.change, "9", markdown="x") is None
    assert await database.write(transcript.delete, "9") is None
    assert await database.read(transcript.get, "9") is None
    assert await database.read(transcript.revision) == 0


async def test_a_reader_who_follows_revisions_misses_nothing_while_many_write(database: Database) -> None:
    """Readers take what is there again and again; in the end each has every row's last word."""
    done = asyncio.Event()

    async def read() -> dict[str, str]:
        seen: dict[str, str] = {}
        at = 0
        while True:
            last = done.is_set()
            rows = await replay(database, after=at, limit=7)
            assert [row.revision for row in rows] == sorted(row.revision for row in rows)
            seen |= {row.id: row.markdown for row in rows}
            at = rows[-1].revision if rows else at
            if last and not rows:
                return seen

    async def write(name: int) -> None:
        for number in range(5):
            await add(database, f"{name}.{number}")
            await database.write(transcript.change, f"{name}.{number}", markdown="last word")

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(read()) for _ in range(3)]
        async with asyncio.TaskGroup() as writers:
            for name in range(6):
                writers.create_task(write(name))
        done.set()
    expected = {f"{name}.{number}": "last word" for name in range(6) for number in range(5)}
    assert [reader.result() for reader in readers] == [expected] * 3
    assert await database.read(transcript.revision) == 60


async def test_a_failed_transaction_leaves_no_revision_behind(database: Database) -> None:
    def fail(conn: Connection) -> None:
        transcript.add(conn, id="1", place=PLACE, author="ada", markdown="x", said_at=NOON)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    assert await database.read(transcript.revision) == 0
    assert (await add(database, "2")).revision == 1


async def test_only_the_viewer_sees_what_is_for_them_alone(database: Database) -> None:
    await add(database, "all")
    await add(database, "ada's", viewer="ada")
    assert [row.id for row in await replay(database, "ada")] == ["all", "ada's"]
    assert [row.id for row in await replay(database, "bob")] == ["all"]
    assert [row.id for row in await database.read(transcript.in_place, PLACE, "bob")] == ["all"]


async def test_what_is_said_in_a_private_thread_is_for_its_owner_alone(database: Database) -> None:
    thread = Place("web", "local", "practice", transcript.thread_of("interview 1"))
    await add(database, transcript.opening_of(thread), "Merge calendars", viewer="ada")
    said = await add(database, "1", place=thread)
    assert said.viewer == "ada"
    assert await database.read(transcript.audience, thread) == "ada"
    assert await replay(database, "bob") == []


async def test_threads_tell_their_title_latest_change_and_whose_they_are(database: Database) -> None:
    private = Place("web", "local", "practice", transcript.thread_of("private"))
    public = Place("web", "local", "practice", transcript.thread_of("public"))
    await add(database, transcript.opening_of(private), "Private", viewer="ada")
    await add(database, transcript.opening_of(public), "Public")
    await add(database, "1", place=private)
    last = await add(database, "2", place=private)
    shown = await database.read(transcript.threads, "web", "local", "ada")
    assert [(thread.opening.markdown, thread.mine) for thread in shown] == [
        ("Public", False),
        ("Private", True),
    ]
    assert shown[1].revision == last.revision
    assert shown[1].place == private
    assert shown[1].last_at == last.said_at
    (others,) = await database.read(transcript.threads, "web", "local", "bob")
    assert (others.opening.markdown, others.mine) == ("Public", False)
    await database.write(transcript.add, id="3", place=public, author="bob", markdown="mine too", said_at=NOON)
    (now,) = await database.read(transcript.threads, "web", "local", "bob")
    assert now.mine


async def test_rows_of_one_moment_keep_their_order_and_come_in_pages(database: Database) -> None:
    """A clock that stands still still gives an order, and paging neither repeats nor leaves out."""
    for number in range(7):
        await add(database, str(9 - number))
    newest = await database.read(transcript.in_place, PLACE, "ada", limit=3)
    older = await database.read(transcript.in_place, PLACE, "ada", before=newest[0].id, limit=3)
    oldest = await database.read(transcript.in_place, PLACE, "ada", before=older[0].id, limit=3)
    assert [row.id for row in (*oldest, *older, *newest)] == ["9", "8", "7", "6", "5", "4", "3"]
    assert newest[-1].said_at - oldest[0].said_at < timedelta(seconds=1)


async def test_text_that_no_database_takes_is_mended(database: Database) -> None:
    row = await add(database, "1", "a\0b\ud800c")
    assert row.markdown == "a\ufffdb?c"


def test_the_same_key_names_the_same_thread() -> None:
    assert transcript.thread_of("a") == transcript.thread_of("a") != transcript.thread_of("b")
