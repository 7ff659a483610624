"""Keep daily practice: schedules, deliveries, days practised, and what is due for review."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

PLACE = ["place_platform", "place_realm", "place_channel", "place_thread"]


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_interviews_open_place", "interviews")
    op.create_index(
        "ix_interviews_open_place",
        "interviews",
        PLACE,
        unique=True,
        sqlite_where=sa.text("open = 1 AND practice = 0"),
        postgresql_where=sa.text("open AND NOT practice"),
    )
    op.create_index(
        "ix_interviews_practice_place",
        "interviews",
        PLACE,
        unique=True,
        sqlite_where=sa.text("open = 1 AND practice = 1"),
        postgresql_where=sa.text("open AND practice"),
    )
    op.create_table(
        "practices",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("person_platform", sa.String(length=32), nullable=False),
        sa.Column("person_realm", sa.String(length=64), nullable=False),
        sa.Column("person_user", sa.String(length=64), nullable=False),
        sa.Column("turned_on", sa.Boolean(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("difficulty", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("level_since", sa.String(length=10), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("zone_source", sa.String(length=16), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("paused", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("paused_until", sa.String(length=10), nullable=True),
        sa.Column("word_owed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_on", sa.String(length=10), nullable=True),
        sa.Column("next_due_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_practices_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_practices"),
    )
    op.create_index(
        "ix_practices_due",
        "practices",
        ["next_due_at"],
        sqlite_where=sa.text("next_due_at IS NOT NULL"),
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_table(
        "deliveries",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("local_date", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("delivered_at", sa.Double(), nullable=True),
        sa.Column("again_at", sa.Double(), nullable=True),
        sa.Column("times", sa.Integer(), server_default="0", nullable=False),
        sa.Column("question_id", sa.String(length=128), server_default=sa.text("''"), nullable=False),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("hints", sa.Integer(), server_default="0", nullable=False),
        sa.Column("interview_id", sa.String(length=32), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_deliveries_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "local_date", name="pk_deliveries"),
    )
    op.create_index(
        "ix_deliveries_again",
        "deliveries",
        ["again_at"],
        sqlite_where=sa.text("again_at IS NOT NULL"),
        postgresql_where=sa.text("again_at IS NOT NULL"),
    )
    op.create_table(
        "practised_days",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("local_date", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_practised_days_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "local_date", name="pk_practised_days"),
    )
    op.create_table(
        "reviews",
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("interview_id", sa.String(length=32), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("reviewed_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_reviews_account_id_accounts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "subject", name="pk_reviews"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reviews")
    op.drop_table("practised_days")
    op.drop_table("deliveries")
    op.drop_table("practices")
    op.drop_index("ix_interviews_practice_place", "interviews")
    op.drop_index("ix_interviews_open_place", "interviews")
    op.create_index(
        "ix_interviews_open_place",
        "interviews",
        PLACE,
        unique=True,
        sqlite_where=sa.text("open = 1"),
        postgresql_where=sa.text("open"),
    )
