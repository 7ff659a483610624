"""Sealing: what goes in comes out with a right key, and with no other; nothing can be swapped or changed unseen."""

from __future__ import annotations

import base64
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text, update

from storage import interviews, keys, queue, transcript
from storage.copy import copy
from storage.database import Database
from storage.keys import KeyMissing
from storage.queue import Arrival, Finished, Outgoing
from storage.sealing import PLAIN, SEALED, BadKey, CannotOpen, Sealer
from storage.tables import evaluations, inbox, metadata
from tests.storage.samples import NOON, PERSON, THREAD, record, settle, whole_interview

OLD, NEW, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in range(3))
MARKER = "a thought that nobody else may read"
TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from([SEALED, PLAIN]).flatmap(
    lambda mark: st.text(st.characters(codec="utf-8")).map(lambda text: mark + text)
)


@given(TEXTS)
def test_what_is_sealed_opens_again_with_and_without_a_key(text: str) -> None:
    for sealer in (Sealer(), Sealer([OLD])):
        assert sealer.open(sealer.seal(text, "inbox.payload"), "inbox.payload") == text
    assert Sealer([OLD]).open(Sealer().seal(text, "inbox.payload"), "inbox.payload") == text


@given(st.binary())
def test_bytes_too(content: bytes) -> None:
    for sealer in (Sealer(), Sealer([OLD])):
        assert sealer.open_bytes(sealer.seal_bytes(content, "files"), "files") == content
    assert Sealer([OLD]).open_bytes(Sealer().seal_bytes(content, "files"), "files") == content


def test_a_sealed_text_shows_nothing_and_is_never_the_same_twice() -> None:
    sealer = Sealer([OLD])
    one, two = sealer.seal(MARKER, "a"), sealer.seal(MARKER, "a")
    assert one != two
    assert one.startswith(SEALED)
    token = base64.urlsafe_b64decode(one.removeprefix(SEALED))
    assert b"thought" not in token
    assert OLD not in repr(sealer)
    assert OLD[:-1] not in "".join(sealer.fingerprints)


def test_the_first_key_seals_and_all_open() -> None:
    before = Sealer([OLD]).seal(MARKER, "a")
    both = Sealer.of(f" {NEW} , {OLD} ")
    assert both.open(before, "a") == MARKER
    assert Sealer([NEW]).open(both.seal(MARKER, "a"), "a") == MARKER
    with pytest.raises(CannotOpen, match="another key"):
        Sealer([NEW]).open(before, "a")
    with pytest.raises(CannotOpen, match="no key"):
        Sealer().open(before, "a")


def test_a_value_cannot_be_swapped_cut_or_changed() -> None:
    sealer = Sealer([OLD])
    stored = sealer.seal(MARKER, "outbox.body")
    with pytest.raises(CannotOpen, match="something else"):
        sealer.open(stored, "interviews.state")
    with pytest.raises(CannotOpen, match="something else"):
        sealer.open(stored, "outbox")
    middle = len(stored) // 2
    for changed in (stored[:-8], stored[:middle] + ("A" if stored[middle] != "A" else "B") + stored[middle + 1 :]):
        with pytest.raises(CannotOpen, match="changed"):
            sealer.open(changed, "outbox.body")
    with pytest.raises(CannotOpen):
        sealer.open(SEALED + "ü?", "outbox.body")


def test_keys_as_fernet_makes_them_are_taken_and_all_else_is_refused() -> None:
    assert Sealer([Fernet.generate_key().decode()]).seals
    assert Sealer([OLD.rstrip("=")]).open(Sealer([OLD]).seal(MARKER, "a"), "a") == MARKER
    assert not Sealer.of(" ").seals
    for wrong in (
        "secret",
        OLD[:-4],
        OLD + OLD,
        "ü" * 44,
        base64.b64encode(b"\xff" * 32).decode(),
        pickle.dumps(1).hex(),
    ):
        with pytest.raises(BadKey) as refused:
            Sealer.of(f"{OLD},{wrong}")
        assert (refused.value.number, refused.value.count) == (2, 2)
        assert wrong not in str(refused.value)
    with pytest.raises(BadKey):
        Sealer.of(f"{OLD},")


def fill(conn: Connection) -> None:
    """Put the marker wherever people's words stand."""
    account = settle(conn)
    interviews.start(conn, record(whole_interview(), account))
    conn.execute(update(evaluations).values(result=MARKER))
    transcript.add(conn, id="row", place=THREAD, author=PERSON.user, markdown=MARKER, said_at=NOON)
    queue.accept(conn, Arrival("one", "interview:i1", "1", "reply", MARKER))
    (claim,) = queue.claim(conn, "me", 1, 30)
    assert claim.payload == MARKER
    queue.accept(conn, Arrival("two", "interview:i1", "2", "reply", MARKER))
    ((_, due),) = [
        outcome
        for outcome in queue.record(conn, [Finished(claim, posts=[Outgoing("slot", MARKER)])])
        if not isinstance(outcome, queue.LeaseLost)
    ]
    assert due is not None
    assert due.body == MARKER


def raw(conn: Connection) -> str:
    """Everything that lies in the tables, as the database sees it."""
    names = [table.name for table in metadata.sorted_tables]
    return "\n".join(str(tuple(row)) for name in names for row in conn.execute(text(f'SELECT * FROM "{name}"')))


def seen(conn: Connection) -> list[object]:
    """Everything that lies in the tables, as we see it."""
    return [
        tuple(row)
        for table in metadata.sorted_tables
        if table.name != "keys"
        for row in conn.execute(select(table).order_by(*table.primary_key))
    ]


@asynccontextmanager
async def opened(url: str, *some: str) -> AsyncIterator[Database]:
    database = await Database.open(url, Sealer(some))
    try:
        await database.write(keys.begin, database.sealer)
        yield database
    finally:
        await database.close()


async def test_the_database_sees_no_text(database_url: str) -> None:
    async with opened(database_url, OLD) as database:
        await database.write(fill)
        stored = await database.read(raw)
        assert MARKER not in stored
        assert "intervals" not in stored  # nor what the answers are about
        assert stored.count(SEALED) >= 6
        found = await database.read(interviews.get, "i1")
        assert found is not None
        assert found.interview == whole_interview()


async def test_a_start_without_the_key_is_refused_and_changes_nothing(database_url: str) -> None:
    async with opened(database_url, OLD) as database:
        await database.write(fill)
        before = await database.read(raw)
    for some in ((), (OTHER,)):
        with pytest.raises(KeyMissing) as refused:
            async with opened(database_url, *some):
                pass
        assert refused.value.given == bool(some)
    async with opened(database_url, OLD) as database:
        assert await database.read(raw) == before


async def test_a_key_can_be_set_later_and_changed(database_url: str) -> None:
    async with opened(database_url) as database:
        await database.write(fill)
        everything = await database.read(seen)
        assert MARKER in await database.read(raw)
    async with opened(database_url, OLD) as database:
        assert await database.read(seen) == everything
        assert await keys.seal_all(database) >= 5
        assert MARKER not in await database.read(raw)
    async with opened(database_url, NEW, OLD) as database:
        with pytest.raises(KeyMissing):
            await database.read(keys.check, Sealer([NEW]))
        await keys.seal_all(database)
        assert await keys.seal_all(database) >= 5  # again does no harm
    async with opened(database_url, NEW) as database:
        assert await database.read(seen) == everything


async def test_a_copy_is_sealed_too(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with opened(migrated_sqlite_url, OLD) as source:
        await source.write(fill)
        target = await Database.open(f"sqlite:///{tmp_path}/target.db", source.sealer)
        await copy(source, target)
        assert await target.read(seen) == await source.read(seen)
        assert MARKER not in await target.read(raw)
        await target.close()
    for path in tmp_path.glob("target.db*"):
        assert MARKER.encode() not in path.read_bytes()


async def test_a_row_that_somebody_changed_is_not_taken_for_an_answer(migrated_sqlite_url: str) -> None:
    def swap(conn: Connection) -> None:
        conn.execute(text("UPDATE interviews SET state = (SELECT max(payload) FROM inbox)"))

    async with opened(migrated_sqlite_url, OLD) as database:
        await database.write(fill)
        await database.write(swap)
        with pytest.raises(CannotOpen, match="something else"):
            await database.read(interviews.get, "i1")
        rows = await database.read(lambda conn: conn.execute(select(inbox.c.payload)).scalars().all())
        assert MARKER in rows
