"""Create the tables of reminders about deadlines that are no task of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import MOMENT_TYPE


def create_tables() -> None:
    """Create the tables."""
    _create_sent_reminder_table()
    _create_reminder_run_table()


def _create_sent_reminder_table() -> None:
    """Create the reminders that were sent, so that none is sent twice."""
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("term", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("lesson_id", sa.Uuid, sa.ForeignKey("journal.lesson.id")),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("told_at", MOMENT_TYPE, nullable=False),
        sa.UniqueConstraint(
            "person_id", "term", "stage", "lesson_id", "ends_on", postgresql_nulls_not_distinct=True
        ),
        sa.Index(None, "lesson_id"),
        sa.Index(None, "told_at"),
        schema="journal",
    )


def _create_reminder_run_table() -> None:
    """Create the progress of the daily run of one kind of reminder."""
    op.create_table(
        "reminder_run",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("after", sa.Uuid, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        schema="journal",
    )
