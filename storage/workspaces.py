"""Workspaces: a Slack workspace, a Discord server, or the one behind the browser, with settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is spelled right on SQLite too

from storage.tables import workspaces

DefaultPlace = Literal["private", "public"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace decides. `default_place`: where interviews are held when nobody says otherwise."""

    default_place: DefaultPlace = "private"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace; `id` is its platform and realm with a colon between."""

    id: str
    settings: Settings = field(default_factory=Settings)


_SETTINGS = select(workspaces.c.settings).where(workspaces.c.id == bindparam("workspace"))
_OPEN = insert(workspaces).on_conflict_do_nothing()


def workspace_of(conn: Connection, platform: str, realm: str, now: datetime) -> Workspace:
    """The workspace of a realm, remembered when it is seen for the first time."""
    workspace = f"{platform}:{realm}"
    stored = conn.execute(_SETTINGS, {"workspace": workspace}).scalar()
    if stored is not None:
        return Workspace(workspace, _settings().validate_json(stored))
    conn.execute(
        _OPEN,
        {
            "id": workspace,
            "platform": platform,
            "realm": realm,
            "settings": _settings().dump_json(Settings()).decode(),
            "created_at": now.timestamp(),
        },
    )
    return Workspace(workspace)


def save_settings(conn: Connection, workspace: str, settings: Settings) -> None:
    """Keep what a workspace decided."""
    conn.execute(
        workspaces.update()
        .where(workspaces.c.id == workspace)
        .values(settings=_settings().dump_json(settings).decode())
    )


@cache
def _settings() -> TypeAdapter[Settings]:
    return TypeAdapter(Settings)
