"""Keep countdown plans."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "plans",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("interview_on", sa.String(length=10), nullable=False),
        sa.Column("made_on", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=32), server_default=sa.text("''"), nullable=False),
        sa.Column("topics", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_plans_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_plans"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("plans")
