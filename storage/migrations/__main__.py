"""Write the next migration: what `storage/tables.py` has and the migrations so far do not."""

from __future__ import annotations

import asyncio
import sys
import tempfile

from alembic import command
from sqlalchemy import Connection

from storage.database import Database
from storage.migrations import HEAD, config, upgrade


async def draft(message: str) -> None:
    """Compare the tables with a migrated empty file, and write the difference into `versions`."""

    def write(connection: Connection) -> None:
        command.revision(config(connection), message, autogenerate=True, rev_id=f"{int(HEAD) + 1:04}")

    with tempfile.TemporaryDirectory() as folder:
        database = await Database.open(f"sqlite:///{folder}/draft.db")
        try:
            await upgrade(database)
            await database.migrate(write)
        finally:
            await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m storage.migrations "what it does"')
    asyncio.run(draft(sys.argv[1]))
