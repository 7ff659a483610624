"""Pictures are kept with their interview, sealed, and go when its texts go."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage import accounts, erasing, files, interviews, transcript
from storage.accounts import Account
from storage.copy import copy
from storage.database import Database
from storage.export import export_account
from storage.files import Kept
from storage.interviews import Gone
from storage.sealing import Sealer
from tests.storage.samples import NOON, PERSON, THREAD, record, settle, whole_interview

PICTURE = Kept("web:anna:1", 1, "image/png", b"\x89PNG a picture of the design")
UNSENT = Kept(f"{PERSON.platform}:{PERSON.user}:upload", 0, "image/gif", b"GIF unsent")
OTHER = Kept("web:anna:2", 1, "image/gif", b"GIF another")


def fill(conn: Connection) -> Account:
    account = settle(conn)
    closed = replace(whole_interview(), closed_at=NOON)
    interviews.start(conn, record(closed, account))
    files.keep(conn, "i1", PICTURE)
    return account


async def test_a_picture_is_kept_once_and_found_again(database: Database) -> None:
    await database.write(fill)
    await database.write(files.keep, "i1", PICTURE)
    await database.write(files.keep, "i1", replace(PICTURE, number=2))
    assert await database.read(files.get, PICTURE.message, 1) == PICTURE
    assert await database.read(files.get, PICTURE.message, 3) is None
    assert await database.read(files.of_interview, "i1") == [PICTURE, replace(PICTURE, number=2)]
    assert await database.read(files.taken, "i1") == (2, 2 * len(PICTURE.content))
    assert await database.read(files.taken, "i2") == (0, 0)
    await database.write(files.drop, [PICTURE.message])
    assert await database.read(files.of_interview, "i1") == []


async def test_a_picture_put_aside_waits_for_its_message(database: Database) -> None:
    await database.write(fill)
    assert await database.write(files.put_aside, OTHER)
    assert not await database.write(files.put_aside, replace(OTHER, content=b"swapped"))
    assert await database.read(files.unclaimed, "web:anna:") == 1
    assert await database.read(files.unclaimed, "web:ann%:") == 0
    await database.write(files.keep, "i1", OTHER)
    assert await database.read(files.unclaimed, "web:anna:") == 0
    assert OTHER in await database.read(files.of_interview, "i1")


async def test_what_nobody_asked_for_goes_after_a_while(database: Database) -> None:
    await database.write(fill)
    await database.write(files.put_aside, OTHER)
    assert await database.write(files.forget_unclaimed) == 0
    assert await database.write(files.forget_unclaimed, -1.0) == 1
    assert await database.read(files.get, OTHER.message, 1) is None
    assert await database.read(files.get, PICTURE.message, 1) == PICTURE


async def test_pictures_go_with_the_texts(database: Database) -> None:
    await database.write(fill)
    assert await database.write(interviews.erase_older, NOON + timedelta(days=1)) == 1
    assert await database.read(files.get, PICTURE.message, 1) is None


async def test_pictures_go_with_the_interview_and_are_not_kept_for_one_that_is_gone(database: Database) -> None:
    account = await database.write(fill)
    assert await database.write(interviews.delete, "i1", account.id)
    assert await database.read(files.get, PICTURE.message, 1) is None

    def late(conn: Connection) -> None:
        interviews.save(conn, record(whole_interview(), account))
        files.keep(conn, "i1", PICTURE)

    with pytest.raises(Gone):
        await database.write(late)


async def test_pictures_go_with_the_account(database: Database) -> None:
    account = await database.write(fill)

    def say(conn: Connection) -> None:
        files.put_aside(conn, OTHER)
        files.put_aside(conn, UNSENT)
        transcript.add(conn, id=OTHER.message, place=THREAD, author=PERSON.user, markdown="look", said_at=NOON)

    await database.write(say)
    await database.write(accounts.forget, account.id)
    for picture in (PICTURE, OTHER, UNSENT):
        assert await database.read(files.get, picture.message, picture.number) is None
    assert await database.read(erasing.held) == []


async def test_an_export_has_them(database: Database) -> None:
    account = await database.write(fill)
    exported = await database.read(export_account, account.id)
    assert exported is not None
    (picture,) = exported["pictures"]
    assert base64.b64decode(picture["content"]) == PICTURE.content


async def test_their_bytes_are_sealed_and_copied(migrated_sqlite_url: str, tmp_path: Path) -> None:
    key = base64.urlsafe_b64encode(bytes(32)).decode()
    source = await Database.open(migrated_sqlite_url, Sealer([key]))
    await source.write(fill)
    for number in range(2, 9):
        await source.write(files.keep, "i1", replace(PICTURE, number=number))
    raw = await source.read(lambda conn: conn.execute(text("SELECT content FROM files")).scalars().all())
    assert all(PICTURE.content not in content for content in raw)
    target = await Database.open(f"sqlite:///{tmp_path}/target.db", Sealer([key]))
    assert (await copy(source, target))["files"] == 8
    assert await target.read(files.of_interview, "i1") == await source.read(files.of_interview, "i1")
    await source.close()
    await target.close()
