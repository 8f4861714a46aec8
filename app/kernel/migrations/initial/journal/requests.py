"""Create the tables of general requests, of the decisions about them and of the notes left of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables; what was asked and decided is append-only. `plan` has to exist."""
    _create_general_request_table()
    _create_request_decision_table()
    _create_page_note_table()
    make_tables_append_only("journal.request", "journal.request_decision")
    # A note is deleted when it was kept long enough; nobody changes one.
    op.execute("REVOKE UPDATE, TRUNCATE ON journal.note FROM depter_app")


def _create_general_request_table() -> None:
    """Create the subjects of general cases."""
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("requester_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id")),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("people.unit.id")),
        sa.Column("units", JSONB, nullable=False),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("previous_id", sa.Uuid, sa.ForeignKey("journal.request.id")),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("about IN ('PERSON', 'STUDENT', 'JOURNAL', 'UNIT')", name="about"),
        sa.CheckConstraint("about <> 'STUDENT' OR student_id IS NOT NULL", name="student"),
        sa.CheckConstraint("(about = 'JOURNAL') = (offering_id IS NOT NULL)", name="offering"),
        sa.CheckConstraint("about <> 'UNIT' OR unit_id IS NOT NULL", name="unit"),
        schema="journal",
    )


def _create_request_decision_table() -> None:
    """Create the decisions that cases recorded."""
    op.create_table(
        "request_decision",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("journal.request.id"), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("on_behalf_of", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Index(None, "case_id", "made_at"),
        schema="journal",
    )


def _create_page_note_table() -> None:
    """Create the notes on the pages of students and journals."""
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("request_id", sa.Uuid, sa.ForeignKey("journal.request.id"), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id")),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("process", JSONB, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("keep_until", sa.Date, nullable=False),
        sa.CheckConstraint("(student_id IS NULL) <> (offering_id IS NULL)", name="page"),
        sa.Index(None, "keep_until"),
        sa.Index(None, "offering_id", "made_at"),
        sa.Index(None, "student_id", "made_at"),
        schema="journal",
    )
