"""What was answered in a step leaves a keyed hash, so that a repeat is told from other answers."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history", sa.Column("given", sa.Text(), nullable=True), schema="cases")


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
