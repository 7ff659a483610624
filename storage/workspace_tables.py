"""The tables of what a workspace shares beside its questions; `storage.tables` gives them out with all others."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, String, Table, Text, text

from storage.metadata import metadata
from storage.sealing import Sealed

boards = Table(
    "boards",
    metadata,
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("person_platform", String(32), nullable=False),
    Column("person_realm", String(64), nullable=False),
    Column("person_user", String(64), nullable=False),
    Column("name", Sealed("boards.name"), nullable=False),
    Column("pseudonym", Boolean, nullable=False),
    Column("key", String(64), nullable=False),
    Column("joined_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Index("ix_boards_workspace", "workspace_id", "key"),
    Index(
        "ix_boards_pseudonym",
        "workspace_id",
        "key",
        unique=True,
        sqlite_where=text("pseudonym = 1"),
        postgresql_where=text("pseudonym"),
    ),
)

budget_notices = Table(
    "budget_notices",
    metadata,
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("name", Text, nullable=False, server_default=text("''")),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("told_at", Double),
)
