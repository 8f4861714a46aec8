"""Create the tables of make-up work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import MOMENT_TYPE, UUID_ARRAY_TYPE


def create_tables() -> None:
    """Create the tables, all of them append-only."""
    _create_makeup_stage_table()
    _create_extension_request_table()
    _create_makeup_extension_table()
    make_tables_append_only("journal.makeup", "journal.makeup_extension_request", "journal.makeup_extension")


def _create_makeup_stage_table() -> None:
    """Create the steps of make-up work: a chain of rows by `follows`."""
    op.create_table(
        "makeup",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("lessons", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("form", sa.Text),
        sa.Column("form_name", sa.LargeBinary),
        sa.Column("topic", sa.LargeBinary),
        sa.Column("criteria", sa.LargeBinary),
        sa.Column("due_on", sa.Date),
        sa.Column("given_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("given_on", sa.Date),
        sa.Column("result", sa.Text),
        sa.Column("points", sa.Integer),
        sa.Column("comment", sa.LargeBinary),
        sa.Column("accepted_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("accepted_on", sa.Date),
        sa.Column("overdue", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("tries", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("follows", sa.Uuid, sa.ForeignKey("journal.makeup.id")),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("stage IN ('REQUESTED', 'ASSIGNED', 'RESULT')", name="stage"),
        sa.CheckConstraint(
            "result IS NULL OR result IN ('DONE', 'AGAIN', 'FAILED', 'NOT_REQUIRED')", name="result"
        ),
        sa.CheckConstraint("(stage = 'RESULT') = (result IS NOT NULL)", name="result_at_end"),
        sa.CheckConstraint(
            "(form IS NOT DISTINCT FROM 'other') = (form_name IS NOT NULL)", name="name_of_other_form"
        ),
        sa.CheckConstraint("cardinality(lessons) > 0", name="lessons"),
        sa.Index(None, "follows"),
        sa.Index(None, "offering_id", "made_at"),
        sa.Index(None, "student_id", "made_at"),
        schema="journal",
    )


def _create_extension_request_table() -> None:
    """Create the requests to make up lessons after the last day of the semester."""
    op.create_table(
        "makeup_extension_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("lessons", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("cardinality(lessons) > 0", name="lessons"),
        sa.Index(None, "student_id"),
        schema="journal",
    )


def _create_makeup_extension_table() -> None:
    """Create the personal last days that were decided for such requests."""
    op.create_table(
        "makeup_extension",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "request_id",
            sa.Uuid,
            sa.ForeignKey("journal.makeup_extension_request.id"),
            unique=True,
            nullable=False,
        ),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("lessons", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("decided_at", MOMENT_TYPE, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.Index(None, "student_id"),
        schema="journal",
    )
