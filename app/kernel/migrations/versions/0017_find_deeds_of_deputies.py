"""Index the deeds done on behalf of another by their moment: a search for them reads no other record."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = depends_on = None


def upgrade() -> None:
    """Add one index."""
    op.execute("CREATE INDEX ix_record_deputy ON audit.record (at, id) WHERE on_behalf_of IS NOT NULL")


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX audit.ix_record_deputy")
