"""With a key, a whole interview leaves no readable word of the person in the database file."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import Settings
from storage import keys
from storage.database import Database
from storage.export import export_account
from storage.sealing import Sealer
from tests.fakes.stage import staged

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
MARKER = "zebrafinch"
ANSWER = f"Sort the {MARKER} intervals by start, then merge those that touch. That is O(n log n) time and O(n) space."


def file_holds(url: str, word: str) -> bool:
    file = Path(url.partition(":///")[2])
    found = [path.read_bytes() for path in file.parent.glob(f"{file.name}*")]
    assert found
    return any(word.encode() in content for content in found)


@pytest.mark.parametrize("key", [KEY, ""], ids=["with a key", "without"])
async def test_an_interview_leaves_no_readable_word_in_the_file(
    migrated_sqlite_url: str, tmp_path: Path, key: str
) -> None:
    async with staged(migrated_sqlite_url, tmp_path, secret_key=key) as stage:
        record = await stage.start("easy quick")
        await stage.say(record, "Let me think about the zebrafinch first.")
        assert file_holds(migrated_sqlite_url, MARKER) != bool(key)
        ended = await stage.to_the_card(record, ANSWER)
        assert ended.interview.card is not None
        assert MARKER in ended.interview.turns[0].messages[0].text
        exported = json.dumps(await stage.database.read(export_account, record.account))
        assert MARKER in exported
        assert file_holds(migrated_sqlite_url, MARKER) != bool(key)
    assert file_holds(migrated_sqlite_url, MARKER) != bool(key)


async def test_sealing_what_was_there_before_leaves_nothing_behind(migrated_sqlite_url: str, tmp_path: Path) -> None:
    async with staged(migrated_sqlite_url, tmp_path) as stage:
        record = await stage.start("easy quick")
        await stage.to_the_card(record, ANSWER)
    assert file_holds(migrated_sqlite_url, MARKER)
    database = await Database.open(migrated_sqlite_url, Sealer([KEY]))
    await keys.seal_all(database)
    await database.close()
    assert not file_holds(migrated_sqlite_url, MARKER)
    async with staged(migrated_sqlite_url, tmp_path, secret_key=KEY) as stage:
        assert MARKER in (await stage.record(record.interview.id)).interview.turns[0].answer


def test_a_wrong_key_is_refused_kindly_and_not_repeated() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(TALKPRO_SECRET_KEY="hunter2", _env_file=None)
    said = str(refused.value)
    assert "32 random bytes" in said
    assert "python3 -c" in said
    assert "hunter2" not in said
