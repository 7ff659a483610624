"""Installations: where an app was let into a workspace, and with which token it speaks there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.addresses import Person
from storage.tables import installations


@dataclass(frozen=True, slots=True)
class Installation:
    """An app in one workspace. `bot` and `bot_user` are what it is known as there.

    `scopes` are what it may do, as the platform calls them; `token` lies sealed in the database. `installed_by` is the
    user who let it in, empty where nobody told.
    """

    workspace: str
    name: str
    token: str
    bot: str
    bot_user: str
    scopes: tuple[str, ...]
    installed_at: datetime
    installed_by: str = ""

    def __repr__(self) -> str:
        """Tell where, and not the token."""
        return f"Installation({self.workspace})"


_GET = select(installations).where(installations.c.workspace == bindparam("of"))
_INSERT = insert(installations)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=["workspace"],
    set_={column.name: _INSERT.excluded[column.name] for column in installations.c if not column.primary_key},
)


def save(conn: Connection, installation: Installation) -> None:
    """Keep an installation, in place of an earlier one in that workspace."""
    row = asdict(installation)
    row["scopes"] = " ".join(installation.scopes)
    row["installed_at"] = installation.installed_at.timestamp()
    conn.execute(_SAVE, row)


def get(conn: Connection, workspace: str) -> Installation | None:
    """The installation in a workspace. Raises CannotOpen when its token was sealed with another key."""
    row = conn.execute(_GET, {"of": workspace}).first()
    if row is None:
        return None
    return Installation(
        workspace=row.workspace,
        name=row.name,
        token=row.token,
        bot=row.bot,
        bot_user=row.bot_user,
        scopes=tuple(row.scopes.split()),
        installed_at=datetime.fromtimestamp(row.installed_at, UTC),
        installed_by=row.installed_by,
    )


def workspaces(conn: Connection) -> list[str]:
    """Where there are installations."""
    return [*conn.execute(select(installations.c.workspace).order_by(installations.c.workspace)).scalars()]


def forget_person(conn: Connection, person: Person) -> None:
    """Forget that it was they who let the app in; it stays."""
    by_them = (installations.c.workspace.startswith(f"{person.platform}:"), installations.c.installed_by == person.user)
    conn.execute(update(installations).where(*by_them).values(installed_by=""))


def remove(conn: Connection, workspace: str, before: datetime) -> None:
    """Forget the installation in a workspace, unless it was made anew since then."""
    conn.execute(
        delete(installations).where(
            installations.c.workspace == workspace, installations.c.installed_at <= before.timestamp()
        )
    )
