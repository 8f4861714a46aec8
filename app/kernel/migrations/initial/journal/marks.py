"""Create the tables of marks, of their correction, late entry and dispute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables; what was requested is append-only. `excuses` and `results` have to exist."""
    _create_mark_cell_table()
    _create_change_set_table()
    _create_late_entry_request_table()
    _create_late_entry_permit_table()
    _create_dispute_table()
    make_tables_append_only("journal.change_set", "journal.late_entry_request", "journal.dispute")


def _create_mark_cell_table() -> None:
    """Create the marks: attendance or grade of one student at one lesson."""
    op.create_table(
        "cell",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("lesson_id", sa.Uuid, sa.ForeignKey("journal.lesson.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("made_up", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("first_entered_at", MOMENT_TYPE, nullable=False),
        sa.Column("first_entered_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("changed_at", MOMENT_TYPE, nullable=False),
        sa.Column("changed_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("change_set_id", sa.Uuid),
        sa.Column("excused_id", sa.Uuid, sa.ForeignKey("journal.confirmed_excuse.id")),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name="kind"),
        sa.CheckConstraint("kind <> 'ATTENDANCE' OR value IN ('PRESENT', 'ABSENT')", name="attendance"),
        sa.CheckConstraint(
            "kind <> 'GRADE' OR (value ~ '^\\d{1,3}(\\.\\d)?$' AND value::numeric <= 100)", name="grade"
        ),
        sa.CheckConstraint("reason IS NULL OR reason IN ('EXCUSED', 'SICK')", name="reason"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.UniqueConstraint("lesson_id", "student_id", "kind"),
        sa.Index(None, "excused_id", postgresql_where=sa.text("excused_id IS NOT NULL")),
        sa.Index("ix_cell_owing", "student_id", postgresql_where=sa.text("value = 'ABSENT' AND NOT made_up")),
        sa.Index(None, "student_id", "lesson_id"),
        schema="journal",
    )


def _create_change_set_table() -> None:
    """Create the corrections as requested: exactly which cells from which value to which."""
    op.create_table(
        "change_set",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("cells", JSONB, nullable=False),
        sa.Column("error_kind", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint(
            "error_kind IN ('typo', 'wrong_date_or_column', 'system_fault')", name="error_kind"
        ),
        sa.Index(None, "requester"),
        schema="journal",
    )


def _create_late_entry_request_table() -> None:
    """Create the requests to enter cells after their deadline (P21)."""
    op.create_table(
        "late_entry_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("entries", JSONB, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Index(None, "requester"),
        schema="journal",
    )


def _create_late_entry_permit_table() -> None:
    """Create the permissions to enter a cell until `closes_at`, which an approved request gives."""
    op.create_table(
        "late_entry_permit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("journal.late_entry_request.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("lesson_id", sa.Uuid, sa.ForeignKey("journal.lesson.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT_TYPE, nullable=False),
        sa.Column("closes_at", MOMENT_TYPE, nullable=False),
        sa.Column("computation", JSONB, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name="kind"),
        sa.CheckConstraint("student_id IS NOT NULL OR kind = 'ATTENDANCE'", name="roll"),
        sa.CheckConstraint("opened_at < closes_at", name="period"),
        sa.UniqueConstraint(
            "request_id", "lesson_id", "student_id", "kind", postgresql_nulls_not_distinct=True
        ),
        sa.Index(None, "offering_id"),
        schema="journal",
    )


def _create_dispute_table() -> None:
    """Create the marks and results that a student disputes."""
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("lesson_id", sa.Uuid, sa.ForeignKey("journal.lesson.id")),
        sa.Column("result_id", sa.Uuid, sa.ForeignKey("journal.result.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE', 'RESULT')", name="kind"),
        sa.CheckConstraint("(kind = 'RESULT') = (result_id IS NOT NULL)", name="result"),
        sa.CheckConstraint("(kind = 'RESULT') = (lesson_id IS NULL)", name="lesson"),
        sa.Index(None, "result_id", postgresql_where=sa.text("result_id IS NOT NULL")),
        sa.Index(None, "student_id"),
        schema="journal",
    )
