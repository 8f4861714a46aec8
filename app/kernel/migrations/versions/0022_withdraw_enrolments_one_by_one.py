"""Keep the day on which a file withdrew one of several enrolments of a stay: the last one ends it, whichever file names
it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = depends_on = None


def upgrade() -> None:
    """Add one column."""
    op.execute("ALTER TABLE exchange.source_id ADD COLUMN withdrawn_on date")


def downgrade() -> None:
    """Drop the column."""
    op.execute("ALTER TABLE exchange.source_id DROP COLUMN withdrawn_on")
