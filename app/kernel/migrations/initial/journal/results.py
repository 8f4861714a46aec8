"""Create the tables of grading schemes, grade sheets and results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE, UUID_ARRAY_TYPE

# A signed sheet has fixed its results: only a protocol changes them. The trigger holds for all roles.
ENTER_ON_DRAFTS_TRIGGER_SQL = """
CREATE FUNCTION journal.enter_on_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT state FROM journal.grade_sheet WHERE id = NEW.sheet_id) <> 'DRAFT' THEN
    RAISE EXCEPTION 'the sheet % is signed: only a protocol changes its results', NEW.sheet_id
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


def create_tables() -> None:
    """Create the tables, the sequence of numbers, the append-only tables and the trigger of signed sheets."""
    _create_grading_scheme_table()
    _create_scheme_confirmation_table()
    _create_syllabus_criteria_table()
    _create_grade_sheet_table()
    _create_late_sheet_entry_request_table()
    _create_sheet_entry_table()
    _create_sheet_signing_table()
    _create_result_version_table()
    # A sequence: two sheets do not wait for each other's commit. A rollback leaves a gap, which is allowed.
    op.execute("CREATE SEQUENCE journal.sheet_number")
    make_tables_append_only(
        "journal.grading_scheme",
        "journal.scheme_confirmation",
        "journal.syllabus",
        "journal.sheet_reopening_request",
        "journal.sheet_signing",
        "journal.result",
    )
    op.execute(ENTER_ON_DRAFTS_TRIGGER_SQL)
    op.execute(
        "CREATE TRIGGER sheet_entry_on_drafts BEFORE INSERT OR UPDATE ON journal.sheet_entry"
        " FOR EACH ROW EXECUTE FUNCTION journal.enter_on_drafts()"
    )
    op.execute("ALTER TABLE journal.sheet_entry ENABLE ALWAYS TRIGGER sheet_entry_on_drafts")


def _create_grading_scheme_table() -> None:
    """Create the versions of grading schemes, by SHA-256."""
    op.create_table(
        "grading_scheme",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("source", JSONB, nullable=False),
        sa.Column("definition", JSONB, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.CheckConstraint("version > 0", name="version"),
        sa.UniqueConstraint("code", "version"),
        schema="journal",
    )


def _create_scheme_confirmation_table() -> None:
    """Create the confirmations of grading schemes by the academic office."""
    op.create_table(
        "scheme_confirmation",
        sa.Column("scheme_id", sa.Uuid, sa.ForeignKey("journal.grading_scheme.id"), primary_key=True),
        sa.Column("confirmed_at", MOMENT_TYPE, nullable=False),
        sa.Column("confirmed_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("ground", sa.Text, nullable=False),
        schema="journal",
    )


def _create_syllabus_criteria_table() -> None:
    """Create the versions of grading criteria of offerings; the newest holds."""
    op.create_table(
        "syllabus",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("scheme_id", sa.Uuid, sa.ForeignKey("journal.grading_scheme.id"), nullable=False),
        sa.Column("criteria", sa.Text, nullable=False),
        sa.Column("extra", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.CheckConstraint("version > 0", name="version"),
        sa.UniqueConstraint("offering_id", "version"),
        schema="journal",
    )


def _create_grade_sheet_table() -> None:
    """Create the grade sheets (P09): entered until signed, then endorsed, approved and closed."""
    op.create_table(
        "grade_sheet",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("state", sa.Text, server_default="DRAFT", nullable=False),
        sa.Column("covers_until", sa.Date, nullable=False),
        sa.Column("enter_from", sa.Date),
        sa.Column("enter_until", sa.Date),
        sa.Column("open_until", MOMENT_TYPE),
        sa.Column("open_for", UUID_ARRAY_TYPE),
        sa.Column("signing_id", sa.Uuid),
        sa.Column("signed_at", MOMENT_TYPE),
        sa.Column("closed_at", MOMENT_TYPE),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("left_open", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("left_open_reason", sa.LargeBinary),
        sa.CheckConstraint(
            "kind IN ('MODULE1', 'MODULE2', 'FINAL', 'RETAKE', 'SUMMARY_REPORT')", name="kind"
        ),
        sa.CheckConstraint("state IN ('DRAFT', 'SIGNED', 'ENDORSED', 'APPROVED', 'CLOSED')", name="state"),
        sa.CheckConstraint("(state = 'DRAFT') = (signed_at IS NULL)", name="signed"),
        sa.CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
        sa.CheckConstraint(
            "left_open = '[]' OR state = 'CLOSED' AND left_open_reason IS NOT NULL", name="left_open"
        ),
        sa.UniqueConstraint("offering_id", "kind"),
        schema="journal",
    )


def _create_late_sheet_entry_request_table() -> None:
    """Create the requests to enter lines of a sheet after its week or day (P21)."""
    op.create_table(
        "sheet_reopening_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("requester", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id"), nullable=False),
        sa.Column("students", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("cardinality(students) > 0", name="students"),
        sa.Index(None, "sheet_id"),
        schema="journal",
    )


def _create_sheet_entry_table() -> None:
    """Create the points or absence that a teacher entered on a sheet for one student."""
    op.create_table(
        "sheet_entry",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("points", sa.Numeric(4, 1)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("late", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("entered_at", MOMENT_TYPE, nullable=False),
        sa.Column("entered_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.CheckConstraint("status IN ('GRADED', 'NOT_ATTENDED')", name="status"),
        sa.CheckConstraint("(status = 'GRADED') = (points IS NOT NULL)", name="points"),
        sa.CheckConstraint("points >= 0", name="not_negative"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.UniqueConstraint("sheet_id", "student_id"),
        schema="journal",
    )


def _create_sheet_signing_table() -> None:
    """Create the sheets as they were signed; approvals are bound to the SHA-256."""
    op.create_table(
        "sheet_signing",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id"), nullable=False),
        sa.Column("scheme_id", sa.Uuid, sa.ForeignKey("journal.grading_scheme.id"), nullable=False),
        sa.Column("lines", JSONB, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("signed_at", MOMENT_TYPE, nullable=False),
        sa.Column("signed_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Index(None, "sheet_id"),
        schema="journal",
    )


def _create_result_version_table() -> None:
    """Create the versions of results: each rests on a signature or a protocol."""
    op.create_table(
        "result",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id"), nullable=False),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("entered", sa.Numeric(4, 1)),
        sa.Column("total", sa.Numeric(5, 2), nullable=False),
        sa.Column("letter", sa.Text),
        sa.Column("arithmetic", JSONB, nullable=False),
        sa.Column("signing_id", sa.Uuid, sa.ForeignKey("journal.sheet_signing.id")),
        sa.Column("protocol_id", sa.Uuid),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("published_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("status IN ('GRADED', 'NOT_ATTENDED', 'NOT_ADMITTED')", name="status"),
        sa.CheckConstraint("version > 0", name="version"),
        sa.CheckConstraint("signing_id IS NOT NULL OR protocol_id IS NOT NULL", name="ground"),
        sa.UniqueConstraint("sheet_id", "student_id", "version"),
        sa.Index(None, "protocol_id", postgresql_where=sa.text("protocol_id IS NOT NULL")),
        sa.Index(None, "student_id"),
        schema="journal",
    )
