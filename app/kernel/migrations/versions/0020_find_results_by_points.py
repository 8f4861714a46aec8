"""Index the results of grade sheets by their points and by their moment: a search by points before and after reads no
other result."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = depends_on = None


def upgrade() -> None:
    """Add two indexes."""
    op.execute("CREATE INDEX ix_result_total_published_at_id ON journal.result (total, published_at, id)")
    op.execute("CREATE INDEX ix_result_published_at_id ON journal.result (published_at, id)")


def downgrade() -> None:
    """Drop the indexes."""
    op.execute("DROP INDEX journal.ix_result_total_published_at_id")
    op.execute("DROP INDEX journal.ix_result_published_at_id")
