"""Find the messages of a case by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CASE = sa.text("(payload ->> 'case')")


def upgrade() -> None:
    op.create_index(
        "ix_message_case",
        "message",
        [CASE, "id"],
        unique=False,
        schema="outbox",
        postgresql_where=sa.text("(payload ->> 'case') IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_message_case",
        table_name="message",
        schema="outbox",
        postgresql_where=sa.text("(payload ->> 'case') IS NOT NULL"),
    )
