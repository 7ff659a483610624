"""The file with all that is stored of a person: asked for by a press, made at the moment it is handed over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from bot.commands import Refusal
from bot.core import Core
from bot.intake import workspace_of
from bot.ports import Document, Platform, Unreachable
from bot.scene import Cause, outcome
from bot.speech import Export, Speech
from bot.turns import Outcome
from bot.wording import exports as words
from storage import accounts, interviews
from storage.accounts import Account
from storage.addresses import Person
from storage.database import Database
from storage.export import export_account

JSON = "application/json"


class Exports:
    """Takes the press, and makes the file when its turn to be said has come."""

    def __init__(self, core: Core, platforms: Mapping[str, Platform]) -> None:
        """Work with these."""
        self._database = core.database
        self._now = core.now
        self._platforms = platforms

    async def ask(self, cause: Cause, account: Account) -> Outcome:
        """Have the file handed over in the person's direct messages."""
        try:
            there = (await self._platforms[cause.person.platform].direct(cause.person)).place
        except Unreachable as why:
            raise Refusal(words.cannot_write(str(why))) from why
        workspace = workspace_of(cause.place)
        elsewhere = await self._database.read(interviews.held_elsewhere, account.id, workspace)
        speech = Speech(
            f"export/{cause.key}",
            cause.person,
            there,
            words.handed(elsewhere=elsewhere),
            export=Export(words.name(self._now()), workspace),
        )
        # On the person's own page there is no place to whisper in.
        whispered = cause.place.channel and cause.place.channel != there.channel
        return outcome(speech, cause.whisper(words.on_its_way())) if whispered else outcome(speech)


async def made(database: Database, person: Person, export: Export) -> Document | None:
    """The file; None where nothing is stored of the person any more."""
    found = await database.read(_stored_of, person, export.workspace)
    if found is None:
        return None
    text = await asyncio.to_thread(json.dumps, found, ensure_ascii=False, indent=2)
    return Document(export.name, JSON, text.encode())


def _stored_of(conn: Connection, person: Person, workspace: str) -> dict[str, Any] | None:
    account = accounts.find(conn, person)
    return None if account is None else export_account(conn, account.id, workspace)
