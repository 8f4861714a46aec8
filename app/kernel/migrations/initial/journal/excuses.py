"""Create the tables of excuses for absences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE, UUID_ARRAY_TYPE


def create_tables() -> None:
    """Create the tables; what was handed in is append-only."""
    _create_excuse_table()
    _create_confirmed_excuse_table()
    _create_refused_excuse_table()
    _create_excuse_doubt_table()
    make_tables_append_only("journal.excuse")
    make_tables_append_only("journal.refused_excuse")
    make_tables_append_only("journal.excuse_doubt")


def _create_excuse_table() -> None:
    """Create the documents handed in for absences; number and issuer are sealed."""
    op.create_table(
        "excuse",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("students", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("document_mark", sa.Text, nullable=False),
        sa.Column("document_date", sa.Date, nullable=False),
        sa.Column("returned_on", sa.Date),
        sa.Column("files", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("left_out", JSONB, nullable=False),
        sa.Column("left_out_reasons", sa.LargeBinary),
        sa.Column("left_out_mark", sa.Text, nullable=False, server_default=""),
        sa.Column("narrows", sa.Uuid, sa.ForeignKey("journal.excuse.id")),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("ground IN ('medical', 'event', 'trip', 'other')", name="ground"),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
        sa.CheckConstraint("cardinality(students) > 0", name="students"),
        sa.Index(None, "document_mark"),
        sa.Index(None, "students", postgresql_using="gin"),
        schema="journal",
    )


def _create_confirmed_excuse_table() -> None:
    """Create the confirmations of an excuse by the directorate, for one student."""
    op.create_table(
        "confirmed_excuse",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("excuse_id", sa.Uuid, sa.ForeignKey("journal.excuse.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", MOMENT_TYPE, nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("case_id", sa.Uuid),
        sa.Column("revoked_at", MOMENT_TYPE),
        sa.Column("revoked_case", sa.Uuid),
        sa.Column("revoked_lessons", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.CheckConstraint("reason IN ('EXCUSED', 'SICK')", name="reason"),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
        sa.UniqueConstraint("excuse_id", "student_id"),
        sa.Index(None, "decided_at"),
        sa.Index(None, "student_id", "starts_on", postgresql_where=sa.text("revoked_at IS NULL")),
        schema="journal",
    )


def _create_refused_excuse_table() -> None:
    """Create the refusals of a whole excuse by the directorate, for one student."""
    op.create_table(
        "refused_excuse",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("excuse_id", sa.Uuid, sa.ForeignKey("journal.excuse.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("decided_at", MOMENT_TYPE, nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("case_id", sa.Uuid),
        sa.UniqueConstraint("excuse_id", "student_id"),
        sa.Index(None, "student_id"),
        sa.Index(None, "decided_at"),
        schema="journal",
    )


def _create_excuse_doubt_table() -> None:
    """Create the doubts about confirmed excuses, with the lessons that they concern."""
    op.create_table(
        "excuse_doubt",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("confirmed_id", sa.Uuid, sa.ForeignKey("journal.confirmed_excuse.id"), nullable=False),
        sa.Column("lessons", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Index(None, "confirmed_id"),
        schema="journal",
    )
