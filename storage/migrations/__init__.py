"""The steps from every earlier shape of the tables to the present one, applied with alembic.

A new step: change `storage/tables.py`, run `python -m storage.migrations "what it does"`, read the file it
wrote, and set HEAD.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0013"
"""The latest revision. Comparing with it spares a start that finds nothing to do the import of alembic."""


class TooNew(Exception):
    """The tables were made by a later version of the program."""


async def is_current(database: Database) -> bool:
    """Whether the tables are as this version needs them."""
    return await database.read(_revision) == HEAD


async def upgrade(database: Database) -> bool:
    """Bring the tables to the present shape; returns whether anything was to be done.

    Safe when several processes try at once. A step that fails leaves everything as it was. Raises TooNew when
    the tables are of a later version.
    """
    if await is_current(database):
        return False
    await database.migrate(_upgrade)
    return True


def config(connection: Connection) -> Config:
    """Alembic's settings, for this folder and an open connection."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    settings = config(connection)
    revision = _revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if revision is not None and revision not in known:
        raise TooNew(f"the database is of revision {revision}; this version knows revisions up to {HEAD}")
    command.upgrade(settings, "head")
