"""Create the table of the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the table."""
    _create_outbox_message_table()


def _create_outbox_message_table() -> None:
    """Create the messages to handlers: open while neither `done_at` nor `dead_at` is set."""
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("payload", JSONB, nullable=False),
        sa.Column("posted_at", MOMENT_TYPE, nullable=False),
        sa.Column("not_before", MOMENT_TYPE, nullable=False),
        sa.Column("attempts", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("done_at", MOMENT_TYPE),
        sa.Column("dead_at", MOMENT_TYPE),
        sa.Column("revived_at", MOMENT_TYPE),
        sa.Index("ix_message_dead", "dead_at", postgresql_where=sa.text("dead_at IS NOT NULL")),
        sa.Index(
            "ix_message_due",
            "not_before",
            "id",
            postgresql_where=sa.text("done_at IS NULL AND dead_at IS NULL"),
        ),
        schema="outbox",
        # Vacuum early: the relay looks for due messages among many that are done.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.02},
    )
