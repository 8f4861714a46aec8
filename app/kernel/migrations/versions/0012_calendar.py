"""Changes of the working calendar, years that are confirmed, and the open deadlines that a change moved."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COUNTED = ("regulation.calendar_year", "people.unit")
ANCHORED = {
    "workoff.semester_last": "due_at - interval '11 hours 59 minutes 59 seconds'",
    "workoff.term": "due_at - interval '14 days 11 hours 59 minutes 59 seconds'",
}
"""From which moment the timers were counted whose drawing names it, before the row kept it."""


def upgrade() -> None:
    _days()
    _changes()
    _moved()
    for table in COUNTED:
        op.execute(
            f"CREATE TRIGGER {table.partition('.')[2]}_revision AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION regulation.count_revision()"
        )
    for policy, anchor in ANCHORED.items():
        op.execute(
            f"UPDATE cases.timer SET anchor = {anchor}"
            f" WHERE kind = 'diagram' AND policy = '{policy}' AND attempts = 0"
        )


def _days() -> None:
    op.add_column(
        "calendar_day",
        sa.Column("origin", sa.Text(), server_default=sa.text("'government'"), nullable=False),
        schema="regulation",
    )
    op.create_check_constraint(
        op.f("ck_calendar_day_origin"),
        "calendar_day",
        "origin IN ('government', 'university')",
        schema="regulation",
    )
    op.add_column(
        "unit_week",
        sa.Column("since", sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False),
        schema="regulation",
    )
    op.drop_constraint(op.f("uq_unit_week_unit_id"), "unit_week", schema="regulation")
    op.create_unique_constraint(
        op.f("uq_unit_week_unit_id_since"),
        "unit_week",
        ["unit_id", "since"],
        schema="regulation",
        postgresql_nulls_not_distinct=True,
    )


def _changes() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
        schema="regulation",
    )
    op.execute(
        "INSERT INTO regulation.calendar_year (year, source, confirmed_at)"
        " VALUES (2026, 'Depter 0.1', '2026-04-07 00:00+06')"
    )
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", sa.dialects.postgresql.JSONB(), nullable=True),
        sa.Column("after", sa.dialects.postgresql.JSONB(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_change")),
        schema="regulation",
    )
    op.create_index("ix_calendar_change_at", "calendar_change", ["at", "id"], schema="regulation")
    for statement in append_only("regulation.calendar_change"):
        op.execute(statement)


def _moved() -> None:
    op.create_table(
        "recount",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_recount")),
        schema="cases",
    )
    op.create_table(
        "moved_deadline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case.id"], name=op.f("fk_moved_deadline_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved_deadline")),
        schema="cases",
    )
    op.create_index(
        "ix_moved_deadline_change", "moved_deadline", ["change_id", "due_before", "id"], schema="cases"
    )
    for statement in append_only("cases.moved_deadline"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
