"""Let plans choose the kind of a daily question where nobody did: an empty kind, in place of the usual one."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the change."""
    op.execute("UPDATE practices SET kind = '' WHERE kind = 'quick'")


def downgrade() -> None:
    """Take it back."""
    op.execute("UPDATE practices SET kind = 'quick' WHERE kind = ''")
