"""Keep pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "files",
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("interview_id", sa.String(length=32), nullable=True),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name="fk_files_interview_id_interviews", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message", "number", name="pk_files"),
    )
    op.create_index("ix_files_interview_id", "files", ["interview_id"], unique=False)
    op.create_index(
        "ix_files_unclaimed",
        "files",
        ["kept_at"],
        unique=False,
        sqlite_where=sa.text("interview_id IS NULL"),
        postgresql_where=sa.text("interview_id IS NULL"),
    )
