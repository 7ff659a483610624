"""Keep weekly channel questions."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "team_practices",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=128), nullable=False),
        sa.Column("place_platform", sa.String(length=32), nullable=False),
        sa.Column("place_realm", sa.String(length=64), nullable=False),
        sa.Column("place_channel", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("person_realm", sa.String(length=64), nullable=False),
        sa.Column("person_user", sa.String(length=64), nullable=False),
        sa.Column("turned_on", sa.Boolean(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("difficulty", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("paused", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("word_owed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("set_at", sa.Double(), nullable=False),
        sa.Column("next_on", sa.String(length=10), nullable=True),
        sa.Column("next_due_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_team_practices_workspace_id_workspaces", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_team_practices_account_id_accounts", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_team_practices"),
    )
    op.create_index("ix_team_practices_workspace_id", "team_practices", ["workspace_id"])
    op.create_index("ix_team_practices_account_id", "team_practices", ["account_id"])
    op.create_index(
        "ix_team_practices_due",
        "team_practices",
        ["next_due_at"],
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_table(
        "team_deliveries",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=10), nullable=False),
        sa.Column("local_date", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("question_id", sa.String(length=128), server_default=sa.text("''"), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("reveal_at", sa.Double(), nullable=True),
        sa.Column("revealed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team_practices.id"], name="fk_team_deliveries_team_id_team_practices", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "week", name="pk_team_deliveries"),
    )
    op.create_index(
        "ix_team_deliveries_reveal",
        "team_deliveries",
        ["reveal_at"],
        sqlite_where=sa.text("reveal_at IS NOT NULL"),
        postgresql_where=sa.text("reveal_at IS NOT NULL"),
    )
    op.create_table(
        "team_answers",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=10), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("interview_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id", "week"],
            ["team_deliveries.team_id", "team_deliveries.week"],
            name="fk_team_answers_team_id_week_team_deliveries",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_team_answers_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "week", "account_id", name="pk_team_answers"),
    )
    op.create_index("ix_team_answers_account_id", "team_answers", ["account_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("team_answers")
    op.drop_table("team_deliveries")
    op.drop_table("team_practices")
