"""Take over results of earlier semesters by an act; archive journals and sheets."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "takeover", sa.Column("kind", sa.Text(), server_default="SEMESTER", nullable=False), schema="journal"
    )
    for column in ("semester_id", "first_day", "last_day"):
        op.alter_column("takeover", column, nullable=True, schema="journal")
    op.create_check_constraint(
        op.f("ck_takeover_kind"), "takeover", "kind IN ('SEMESTER', 'EARLIER')", schema="journal"
    )
    op.create_check_constraint(
        op.f("ck_takeover_of_semester"),
        "takeover",
        "(kind = 'SEMESTER') = (semester_id IS NOT NULL AND first_day IS NOT NULL AND last_day IS NOT NULL)",
        schema="journal",
    )
    op.create_table(
        "earlier_result",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("takeover_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("academic_year", sa.Text(), nullable=False),
        sa.Column("semester", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("course_key", sa.Text(), nullable=False),
        sa.Column("credits", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("points", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_earlier_result_points")),
        sa.CheckConstraint("credits > 0", name=op.f("ck_earlier_result_credits")),
        sa.CheckConstraint("semester > 0", name=op.f("ck_earlier_result_semester")),
        sa.CheckConstraint("points IS NOT NULL OR grade <> ''", name=op.f("ck_earlier_result_value")),
        sa.ForeignKeyConstraint(
            ["takeover_id"], ["journal.takeover.id"], name=op.f("fk_earlier_result_takeover_id_takeover")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_earlier_result_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_result")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_earlier_result_student_id"), "earlier_result", ["student_id"], unique=False, schema="journal"
    )
    op.create_index(
        "uq_earlier_result_once",
        "earlier_result",
        ["takeover_id", "student_id", "academic_year", "semester", "course_key"],
        unique=True,
        schema="journal",
    )
    make_tables_append_only("journal.earlier_result")
    op.add_column(
        "grade_sheet", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True), schema="journal"
    )
    states = "'DRAFT', 'OPEN', 'SUBMITTED', 'CONFIRMED', 'CLOSED', 'ARCHIVED'"
    for table, name, condition in (
        (
            "grade_sheet",
            "state",
            "state IN ('DRAFT', 'SIGNED', 'ENDORSED', 'APPROVED', 'CLOSED', 'ARCHIVED')",
        ),
        ("grade_sheet", "closed", "(state IN ('CLOSED', 'ARCHIVED')) = (closed_at IS NOT NULL)"),
        (
            "grade_sheet",
            "left_open",
            "left_open = '[]' OR state IN ('CLOSED', 'ARCHIVED') AND left_open_reason IS NOT NULL",
        ),
        ("offering", "state", f"state IN ({states})"),
        ("journal_state_change", "state", f"before IN ({states}) AND state IN ({states})"),
    ):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check", schema="journal")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition, schema="journal")
    op.create_check_constraint(
        op.f("ck_grade_sheet_archived"),
        "grade_sheet",
        "(state = 'ARCHIVED') = (archived_at IS NOT NULL)",
        schema="journal",
    )


def downgrade() -> None:
    # It would drop results that were taken over, which are append-only.
    raise NotImplementedError("results that were taken over are kept; drop the database instead")
