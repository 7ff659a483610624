"""Keep who joined the practice board of a workspace."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "boards",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", sa.String(length=128), nullable=False),
        sa.Column("person_platform", sa.String(length=32), nullable=False),
        sa.Column("person_realm", sa.String(length=64), nullable=False),
        sa.Column("person_user", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_boards_account_id_accounts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_boards_workspace_id_workspaces", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "workspace_id", name="pk_boards"),
    )
    op.create_index("ix_boards_workspace", "boards", ["workspace_id", "key"])
    op.create_index(
        "ix_boards_pseudonym",
        "boards",
        ["workspace_id", "key"],
        unique=True,
        sqlite_where=sa.text("pseudonym = 1"),
        postgresql_where=sa.text("pseudonym"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("boards")
