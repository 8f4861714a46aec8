"""Appeals, hearings, protocols and the corrections that follow them; disputes of results and their answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = (
    "appeal",
    "appeal_end",
    "hearing",
    "protocol",
    "protocol_signed",
    "academic_correction",
    "dispute_answer",
)


def upgrade() -> None:
    _disputes()
    _appeal()
    _appeal_end()
    _hearing()
    _protocol()
    _protocol_signed()
    _academic_correction()
    _dispute_answer()
    for table in TABLES:
        for statement in append_only(f"journal.{table}"):
            op.execute(statement)
    seed(op.get_bind())


def _disputes() -> None:
    op.alter_column("dispute", "lesson_id", nullable=True, schema="journal")
    op.add_column("dispute", sa.Column("result_id", sa.Uuid(), nullable=True), schema="journal")
    op.create_foreign_key(
        op.f("fk_dispute_result_id_result"),
        "dispute",
        "result",
        ["result_id"],
        ["id"],
        source_schema="journal",
        referent_schema="journal",
    )
    op.drop_constraint(op.f("ck_dispute_kind"), "dispute", schema="journal", type_="check")
    for name, condition in (
        ("kind", "kind IN ('ATTENDANCE', 'GRADE', 'RESULT')"),
        ("result", "(kind = 'RESULT') = (result_id IS NOT NULL)"),
        ("lesson", "(kind = 'RESULT') = (lesson_id IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_dispute_{name}"), "dispute", condition, schema="journal")
    op.create_index(
        op.f("ix_dispute_result_id"),
        "dispute",
        ["result_id"],
        schema="journal",
        postgresql_where=sa.text("result_id IS NOT NULL"),
    )


def _appeal() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("workoff_id", sa.Uuid(), nullable=True),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("term_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('APPEAL', 'PROPOSAL')", name=op.f("ck_appeal_kind")),
        sa.CheckConstraint("(kind = 'PROPOSAL') = (workoff_id IS NOT NULL)", name=op.f("ck_appeal_workoff")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["journal.dispute.id"], name=op.f("fk_appeal_dispute_id_dispute")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["people.person.id"], name=op.f("fk_appeal_made_by_person")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["journal.result.id"], name=op.f("fk_appeal_result_id_result")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["journal.grade_sheet.id"], name=op.f("fk_appeal_sheet_id_grade_sheet")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_appeal_student_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["workoff_id"], ["journal.workoff.id"], name=op.f("fk_appeal_workoff_id_workoff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        schema="journal",
    )
    op.create_index(op.f("ix_appeal_result_id"), "appeal", ["result_id"], schema="journal")
    op.create_index(op.f("ix_appeal_student_id"), "appeal", ["student_id"], schema="journal")
    op.create_index(
        op.f("ix_appeal_workoff_id"),
        "appeal",
        ["workoff_id"],
        schema="journal",
        unique=True,
        postgresql_where=sa.text("workoff_id IS NOT NULL"),
    )


def _appeal_end() -> None:
    op.create_table(
        "appeal_end",
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("protocol_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('UPHELD', 'CHANGED', 'REEXAM', 'INADMISSIBLE', 'WITHDRAWN')",
            name=op.f("ck_appeal_end_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["journal.appeal.id"], name=op.f("fk_appeal_end_appeal_id_appeal")
        ),
        sa.PrimaryKeyConstraint("appeal_id", name=op.f("pk_appeal_end")),
        schema="journal",
    )


def _hearing() -> None:
    op.create_table(
        "hearing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("follows", sa.Uuid(), nullable=True),
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("chair_id", sa.Uuid(), nullable=False),
        sa.Column("secretary_id", sa.Uuid(), nullable=False),
        sa.Column("members", postgresql.JSONB(), nullable=False),
        sa.Column("excluded", postgresql.JSONB(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(stage = 'SCHEDULED') = (held_at IS NOT NULL)", name=op.f("ck_hearing_held")),
        sa.CheckConstraint(
            "stage IN ('CONVENED', 'ADMITTED', 'SCHEDULED', 'POSTPONED')", name=op.f("ck_hearing_stage")
        ),
        sa.CheckConstraint("chair_id <> secretary_id", name=op.f("ck_hearing_two_persons")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["journal.appeal.id"], name=op.f("fk_hearing_appeal_id_appeal")
        ),
        sa.ForeignKeyConstraint(["chair_id"], ["people.person.id"], name=op.f("fk_hearing_chair_id_person")),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["journal.commission.id"], name=op.f("fk_hearing_commission_id_commission")
        ),
        sa.ForeignKeyConstraint(["follows"], ["journal.hearing.id"], name=op.f("fk_hearing_follows_hearing")),
        sa.ForeignKeyConstraint(["made_by"], ["people.person.id"], name=op.f("fk_hearing_made_by_person")),
        sa.ForeignKeyConstraint(
            ["secretary_id"], ["people.person.id"], name=op.f("fk_hearing_secretary_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hearing")),
        schema="journal",
    )
    op.create_index(op.f("ix_hearing_appeal_id"), "hearing", ["appeal_id"], schema="journal")


def _protocol() -> None:
    op.create_table(
        "protocol",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("hearing_id", sa.Uuid(), nullable=False),
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Uuid(), nullable=False),
        sa.Column("chair_id", sa.Uuid(), nullable=False),
        sa.Column("secretary_id", sa.Uuid(), nullable=False),
        sa.Column("votes", postgresql.JSONB(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(4, 1), nullable=True),
        sa.Column("motive", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('UPHELD', 'CHANGED', 'REEXAM')", name=op.f("ck_protocol_decision")),
        sa.CheckConstraint("(decision = 'CHANGED') = (points IS NOT NULL)", name=op.f("ck_protocol_points")),
        sa.CheckConstraint("chair_id <> secretary_id", name=op.f("ck_protocol_two_persons")),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["journal.appeal.id"], name=op.f("fk_protocol_appeal_id_appeal")
        ),
        sa.ForeignKeyConstraint(["chair_id"], ["people.person.id"], name=op.f("fk_protocol_chair_id_person")),
        sa.ForeignKeyConstraint(
            ["commission_id"], ["journal.commission.id"], name=op.f("fk_protocol_commission_id_commission")
        ),
        sa.ForeignKeyConstraint(
            ["hearing_id"], ["journal.hearing.id"], name=op.f("fk_protocol_hearing_id_hearing")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["journal.result.id"], name=op.f("fk_protocol_result_id_result")
        ),
        sa.ForeignKeyConstraint(
            ["secretary_id"], ["people.person.id"], name=op.f("fk_protocol_secretary_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol")),
        schema="journal",
    )
    op.create_index(op.f("ix_protocol_appeal_id"), "protocol", ["appeal_id"], schema="journal")


def _protocol_signed() -> None:
    op.create_table(
        "protocol_signed",
        sa.Column("protocol_id", sa.Uuid(), nullable=False),
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_protocol_signed_number")),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["journal.commission.id"],
            name=op.f("fk_protocol_signed_commission_id_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["journal.protocol.id"], name=op.f("fk_protocol_signed_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["people.person.id"], name=op.f("fk_protocol_signed_signed_by_person")
        ),
        sa.PrimaryKeyConstraint("protocol_id", name=op.f("pk_protocol_signed")),
        sa.UniqueConstraint(
            "commission_id", "year", "number", name=op.f("uq_protocol_signed_commission_id_year_number")
        ),
        schema="journal",
    )


def _academic_correction() -> None:
    op.create_table(
        "academic_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("protocol_id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entered", sa.Numeric(4, 1), nullable=True),
        sa.Column("grade", sa.Numeric(4, 1), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(entered IS NULL) <> (grade IS NULL)", name=op.f("ck_academic_correction_one_change")
        ),
        sa.ForeignKeyConstraint(
            ["protocol_id"], ["journal.protocol.id"], name=op.f("fk_academic_correction_protocol_id_protocol")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["journal.grade_sheet.id"], name=op.f("fk_academic_correction_sheet_id_grade_sheet")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_academic_correction_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_academic_correction")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_academic_correction_protocol_id"), "academic_correction", ["protocol_id"], schema="journal"
    )


def _dispute_answer() -> None:
    op.create_table(
        "dispute_answer",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("how IN ('ANSWERED', 'SILENT', 'WITHDRAWN')", name=op.f("ck_dispute_answer_how")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["journal.dispute.id"], name=op.f("fk_dispute_answer_dispute_id_dispute")
        ),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_dispute_answer")),
        schema="journal",
    )


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
