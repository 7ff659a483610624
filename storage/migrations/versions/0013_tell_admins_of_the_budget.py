"""Remember who was told that a budget is nearly spent, who installed the app, and when somebody was last written to."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the change."""
    op.add_column("accounts", sa.Column("unasked_at", sa.Double()))
    op.add_column(
        "installations",
        sa.Column("installed_by", sa.String(length=64), server_default=sa.text("''"), nullable=False),
    )
    op.create_table(
        "budget_notices",
        sa.Column("workspace_id", sa.String(length=128), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("account_id", sa.String(length=32)),
        sa.Column("told_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="fk_budget_notices_workspace_id_workspaces", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_budget_notices_account_id_accounts", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "day", name="pk_budget_notices"),
    )
    op.create_index("ix_budget_notices_account_id", "budget_notices", ["account_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("budget_notices")
    op.drop_column("installations", "installed_by")
    op.drop_column("accounts", "unasked_at")
