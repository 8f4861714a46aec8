"""Create the tables of decisions of commissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables, all of them append-only. `marks`, `makeups` and `commissions` have to exist."""
    _create_appeal_table()
    _create_appeal_outcome_table()
    _create_hearing_stage_table()
    _create_protocol_table()
    _create_protocol_signature_table()
    _create_academic_correction_table()
    _create_dispute_answer_table()
    make_tables_append_only(
        "journal.appeal",
        "journal.appeal_end",
        "journal.hearing",
        "journal.protocol",
        "journal.protocol_signed",
        "journal.academic_correction",
        "journal.dispute_answer",
    )


def _create_appeal_table() -> None:
    """Create the matters of commissions: appeals, proposals to count late points."""
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("result_id", sa.Uuid, sa.ForeignKey("journal.result.id")),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id")),
        sa.Column("change_set_id", sa.Uuid, sa.ForeignKey("journal.change_set.id"), unique=True),
        sa.Column("makeup_id", sa.Uuid, sa.ForeignKey("journal.makeup.id")),
        sa.Column("dispute_id", sa.Uuid, sa.ForeignKey("journal.dispute.id")),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("deadline_at", MOMENT_TYPE),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("kind IN ('APPEAL', 'PROPOSAL')", name="kind"),
        sa.CheckConstraint(
            "(kind = 'PROPOSAL') = (makeup_id IS NOT NULL OR change_set_id IS NOT NULL)", name="makeup"
        ),
        sa.CheckConstraint("(result_id IS NULL) = (change_set_id IS NOT NULL)", name="result"),
        sa.CheckConstraint("(result_id IS NULL) = (sheet_id IS NULL)", name="sheet"),
        sa.Index(None, "result_id"),
        sa.Index(None, "student_id"),
        sa.Index(None, "makeup_id", unique=True, postgresql_where=sa.text("makeup_id IS NOT NULL")),
        schema="journal",
    )


def _create_appeal_outcome_table() -> None:
    """Create the outcomes of appeals; an appeal without this row is open."""
    op.create_table(
        "appeal_end",
        sa.Column("appeal_id", sa.Uuid, sa.ForeignKey("journal.appeal.id"), primary_key=True),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("protocol_id", sa.Uuid),
        sa.Column("ended_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint(
            "outcome IN ('UPHELD', 'CHANGED', 'REEXAM', 'INADMISSIBLE', 'WITHDRAWN', 'SUPERSEDED')",
            name="outcome",
        ),
        schema="journal",
    )


def _create_hearing_stage_table() -> None:
    """Create the steps of hearings: the commission of an appeal, and the moment."""
    op.create_table(
        "hearing",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("appeal_id", sa.Uuid, sa.ForeignKey("journal.appeal.id"), nullable=False),
        sa.Column("follows", sa.Uuid, sa.ForeignKey("journal.hearing.id")),
        sa.Column("commission_id", sa.Uuid, sa.ForeignKey("journal.commission.id"), nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("chair_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("secretary_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("members", JSONB, nullable=False),
        sa.Column("excluded", JSONB, nullable=False),
        sa.Column("quorum", sa.Integer, nullable=False),
        sa.Column("restored", sa.Boolean, nullable=False),
        sa.Column("held_at", MOMENT_TYPE),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("stage IN ('CONVENED', 'ADMITTED', 'SCHEDULED', 'POSTPONED')", name="stage"),
        sa.CheckConstraint("chair_id <> secretary_id", name="two_persons"),
        sa.CheckConstraint("(stage = 'SCHEDULED') = (held_at IS NOT NULL)", name="held"),
        sa.Index(None, "appeal_id"),
        schema="journal",
    )


def _create_protocol_table() -> None:
    """Create the protocols: votes by name and the decision they make; the motive is sealed."""
    op.create_table(
        "protocol",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("appeal_id", sa.Uuid, sa.ForeignKey("journal.appeal.id"), nullable=False),
        sa.Column("hearing_id", sa.Uuid, sa.ForeignKey("journal.hearing.id"), nullable=False),
        sa.Column("commission_id", sa.Uuid, sa.ForeignKey("journal.commission.id"), nullable=False),
        sa.Column("result_id", sa.Uuid, sa.ForeignKey("journal.result.id")),
        sa.Column("chair_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("secretary_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("votes", JSONB, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("points", sa.Numeric(4, 1)),
        sa.Column("motive", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("decision IN ('UPHELD', 'CHANGED', 'REEXAM')", name="decision"),
        sa.CheckConstraint(
            "(decision = 'CHANGED' AND result_id IS NOT NULL) = (points IS NOT NULL)", name="points"
        ),
        sa.CheckConstraint("chair_id <> secretary_id", name="two_persons"),
        sa.Index(None, "appeal_id"),
        schema="journal",
    )


def _create_protocol_signature_table() -> None:
    """Create the signatures of chairs, numbered without gaps for a commission and a year."""
    op.create_table(
        "protocol_signed",
        sa.Column("protocol_id", sa.Uuid, sa.ForeignKey("journal.protocol.id"), primary_key=True),
        sa.Column("commission_id", sa.Uuid, sa.ForeignKey("journal.commission.id"), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("signed_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("signed_at", MOMENT_TYPE, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.UniqueConstraint("commission_id", "year", "number"),
        sa.CheckConstraint("number > 0", name="number"),
        schema="journal",
    )


def _create_academic_correction_table() -> None:
    """Create the corrections that the academic office prepares from a signed protocol."""
    op.create_table(
        "academic_correction",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("protocol_id", sa.Uuid, sa.ForeignKey("journal.protocol.id"), nullable=False),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("journal.grade_sheet.id")),
        sa.Column("student_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("change_set_id", sa.Uuid, sa.ForeignKey("journal.change_set.id")),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("entered", sa.Numeric(4, 1)),
        sa.Column("grade", sa.Numeric(4, 1)),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("num_nonnulls(entered, grade, change_set_id) = 1", name="one_change"),
        sa.CheckConstraint("(sheet_id IS NULL) = (change_set_id IS NOT NULL)", name="sheet"),
        sa.Index(None, "protocol_id"),
        schema="journal",
    )


def _create_dispute_answer_table() -> None:
    """Create the answers to disputes of results, from which the deadline of an appeal runs anew."""
    op.create_table(
        "dispute_answer",
        sa.Column("dispute_id", sa.Uuid, sa.ForeignKey("journal.dispute.id"), primary_key=True),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("how IN ('ANSWERED', 'SILENT', 'WITHDRAWN')", name="how"),
        schema="journal",
    )
