"""Create the tables of notices, on pages and by mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables."""
    _create_daily_digest_table()
    _create_bell_notice_table()
    _create_letter_table()
    _create_mail_channel_choice_table()


def _create_daily_digest_table() -> None:
    """Create the daily letters, one a person and day; `id` is the Message-ID."""
    op.create_table(
        "digest",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("due_at", MOMENT_TYPE, nullable=False),
        sa.Column("sent_at", MOMENT_TYPE),
        sa.UniqueConstraint("person", "due_at"),
        sa.Index("ix_digest_sent", "sent_at"),
        schema="notices",
    )


def _create_bell_notice_table() -> None:
    """Create the notices on pages, at most one a message and person."""
    op.create_table(
        "bell",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("read_at", MOMENT_TYPE),
        sa.Column("digest_id", sa.Uuid, sa.ForeignKey("notices.digest.id", ondelete="SET NULL")),
        sa.UniqueConstraint("message_id", "person"),
        sa.Index("ix_bell_digest", "digest_id", postgresql_where=sa.text("digest_id IS NOT NULL")),
        sa.Index("ix_bell_person", "person", "id"),
        sa.Index("ix_bell_unread", "person", postgresql_where=sa.text("read_at IS NULL")),
        schema="notices",
    )


def _create_letter_table() -> None:
    """Create the letters that leave at once; `id` is the Message-ID, however often one is sent."""
    op.create_table(
        "letter",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("address", sa.LargeBinary),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("params", JSONB, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("sent_at", MOMENT_TYPE),
        sa.UniqueConstraint("message_id", "person"),
        sa.Index("ix_letter_sent", "sent_at"),
        schema="notices",
    )


def _create_mail_channel_choice_table() -> None:
    """Create the choices of mail channel, for one person and topic."""
    op.create_table(
        "channel",
        sa.Column("person", sa.Uuid, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("way", sa.Text, nullable=False),
        sa.CheckConstraint("way IN ('at_once', 'daily', 'never')", name="way"),
        schema="notices",
    )
