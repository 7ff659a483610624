"""The tables of the weekly channel question; `storage.tables` gives them out with all others."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.metadata import metadata

team_practices = Table(
    "team_practices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace_id", ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("place_platform", String(32), nullable=False),
    Column("place_realm", String(64), nullable=False),
    Column("place_channel", String(128), nullable=False),
    Column("account_id", ForeignKey("accounts.id", ondelete="SET NULL"), index=True),
    Column("person_realm", String(64), nullable=False),
    Column("person_user", String(64), nullable=False),
    Column("turned_on", Boolean, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("difficulty", String(16), nullable=False, server_default=text("''")),
    Column("paused", String(16), nullable=False, server_default=text("''")),
    Column("word_owed", Boolean, nullable=False, server_default=text("false")),
    Column("set_at", Double, nullable=False),
    Column("next_on", String(10)),
    Column("next_due_at", Double),
    Index(
        "ix_team_practices_due",
        "next_due_at",
        sqlite_where=text("next_due_at IS NOT NULL"),
        postgresql_where=text("next_due_at IS NOT NULL"),
    ),
)

team_deliveries = Table(
    "team_deliveries",
    metadata,
    Column("team_id", ForeignKey("team_practices.id", ondelete="CASCADE"), primary_key=True),
    Column("week", String(10), primary_key=True),
    Column("local_date", String(10), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Double, nullable=False),
    Column("question_id", String(128), nullable=False, server_default=text("''")),
    Column("question", Text),
    Column("reveal_at", Double),
    Column("revealed_at", Double),
    Index(
        "ix_team_deliveries_reveal",
        "reveal_at",
        sqlite_where=text("reveal_at IS NOT NULL"),
        postgresql_where=text("reveal_at IS NOT NULL"),
    ),
)

team_answers = Table(
    "team_answers",
    metadata,
    Column("team_id", String(32), primary_key=True),
    Column("week", String(10), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("interview_id", String(32), nullable=False),
    ForeignKeyConstraint(["team_id", "week"], ["team_deliveries.team_id", "team_deliveries.week"], ondelete="CASCADE"),
)
