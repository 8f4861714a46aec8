"""Add the timetable: bells, weekly patterns, planned hours, generation runs, changes of lessons, topic plans."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bell_period",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 20", name=op.f("ck_bell_period_number")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_bell_period_times")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bell_period")),
        schema="journal",
    )
    op.create_table(
        "timetable_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("semester_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="RUNNING", nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_for", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=True),
        sa.Column("journals", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("inserted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("removed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("left", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'RUNNING') = (ended_at IS NULL)", name=op.f("ck_timetable_run_ended")),
        sa.CheckConstraint(
            "state IN ('RUNNING', 'FINISHED', 'CANCELLED')", name=op.f("ck_timetable_run_state")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["people.person.id"], name=op.f("fk_timetable_run_asked_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["asked_for"], ["people.person.id"], name=op.f("fk_timetable_run_asked_for_person")
        ),
        sa.ForeignKeyConstraint(
            ["semester_id"], ["journal.semester.id"], name=op.f("fk_timetable_run_semester_id_semester")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["people.unit.id"], name=op.f("fk_timetable_run_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_run")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_timetable_run_asked_at"), "timetable_run", ["asked_at"], unique=False, schema="journal"
    )
    op.create_index(
        "uq_timetable_run_one_running",
        "timetable_run",
        ["semester_id"],
        unique=True,
        schema="journal",
        postgresql_where=sa.text("state = 'RUNNING'"),
    )
    op.create_table(
        "timetable_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("semester_id", sa.Uuid(), nullable=False),
        sa.Column("lessons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["semester_id"], ["journal.semester.id"], name=op.f("fk_timetable_import_semester_id_semester")
        ),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["people.person.id"], name=op.f("fk_timetable_import_sent_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timetable_import")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_timetable_import_sent_at"), "timetable_import", ["sent_at"], unique=False, schema="journal"
    )
    op.create_table(
        "lesson_pattern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("weeks", sa.Text(), nullable=False),
        sa.Column("period", sa.SmallInteger(), nullable=True),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')",
            name=op.f("ck_lesson_pattern_type"),
        ),
        sa.CheckConstraint("weeks IN ('EVERY', 'ODD', 'EVEN')", name=op.f("ck_lesson_pattern_weeks")),
        sa.CheckConstraint(
            "(period IS NULL) = (starts_at IS NOT NULL) AND (starts_at IS NULL) = (ends_at IS NULL)",
            name=op.f("ck_lesson_pattern_period"),
        ),
        sa.CheckConstraint("hours BETWEEN 1 AND 8", name=op.f("ck_lesson_pattern_hours")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_lesson_pattern_times")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_lesson_pattern_days")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_lesson_pattern_weekday")),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_lesson_pattern_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["period"], ["journal.bell_period.number"], name=op.f("fk_lesson_pattern_period_bell_period")
        ),
        sa.ForeignKeyConstraint(
            ["teacher_id"], ["people.person.id"], name=op.f("fk_lesson_pattern_teacher_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_pattern")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_lesson_pattern_offering_id"),
        "lesson_pattern",
        ["offering_id"],
        unique=False,
        schema="journal",
    )
    op.create_index(
        op.f("ix_lesson_pattern_stream_id"),
        "lesson_pattern",
        ["stream_id"],
        unique=False,
        schema="journal",
        postgresql_where=sa.text("stream_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_lesson_pattern_weekday_room"),
        "lesson_pattern",
        ["weekday", "room"],
        unique=False,
        schema="journal",
    )
    op.create_index(
        op.f("ix_lesson_pattern_weekday_teacher_id"),
        "lesson_pattern",
        ["weekday", "teacher_id"],
        unique=False,
        schema="journal",
    )
    op.create_table(
        "planned_hours",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')",
            name=op.f("ck_planned_hours_type"),
        ),
        sa.CheckConstraint("hours BETWEEN 1 AND 1000", name=op.f("ck_planned_hours_hours")),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_planned_hours_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("offering_id", "type", name=op.f("pk_planned_hours")),
        schema="journal",
    )
    op.create_table(
        "timetable",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("generated_version", sa.Integer(), nullable=True),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_timetable_version")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["people.person.id"], name=op.f("fk_timetable_changed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_timetable_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("offering_id", name=op.f("pk_timetable")),
        schema="journal",
    )
    op.create_table(
        "topic_plan",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("copied_from", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_topic_plan_version")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["people.person.id"], name=op.f("fk_topic_plan_changed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["copied_from"], ["journal.offering.id"], name=op.f("fk_topic_plan_copied_from_offering")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_topic_plan_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("offering_id", name=op.f("pk_topic_plan")),
        schema="journal",
    )
    op.create_table(
        "planned_topic",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.CheckConstraint("topic <> '' AND length(topic) <= 200", name=op.f("ck_planned_topic_topic")),
        sa.CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')",
            name=op.f("ck_planned_topic_type"),
        ),
        sa.CheckConstraint("hours BETWEEN 1 AND 200", name=op.f("ck_planned_topic_hours")),
        sa.CheckConstraint("position > 0", name=op.f("ck_planned_topic_position")),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["journal.topic_plan.offering_id"],
            name=op.f("fk_planned_topic_offering_id_topic_plan"),
        ),
        sa.PrimaryKeyConstraint("offering_id", "position", name=op.f("pk_planned_topic")),
        schema="journal",
    )
    op.create_table(
        "lesson_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ADDED', 'CANCELLED', 'MOVED', 'SUBSTITUTED')", name=op.f("ck_lesson_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["journal.lesson.id"], name=op.f("fk_lesson_change_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.person.id"], name=op.f("fk_lesson_change_made_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_change")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_lesson_change_lesson_id_made_at"),
        "lesson_change",
        ["lesson_id", "made_at"],
        unique=False,
        schema="journal",
    )
    op.add_column("lesson", sa.Column("teacher_id", sa.Uuid(), nullable=True), schema="journal")
    op.add_column("lesson", sa.Column("pattern_id", sa.Uuid(), nullable=True), schema="journal")
    op.add_column("lesson", sa.Column("pattern_day", sa.Date(), nullable=True), schema="journal")
    op.create_index(
        "uq_lesson_pattern_day",
        "lesson",
        ["pattern_id", "pattern_day"],
        unique=True,
        schema="journal",
        postgresql_where=sa.text("pattern_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_lesson_teacher_id_person"),
        "lesson",
        "person",
        ["teacher_id"],
        ["id"],
        source_schema="journal",
        referent_schema="people",
    )
    op.create_foreign_key(
        op.f("fk_lesson_pattern_id_lesson_pattern"),
        "lesson",
        "lesson_pattern",
        ["pattern_id"],
        ["id"],
        source_schema="journal",
        referent_schema="journal",
    )
    op.create_check_constraint(
        op.f("ck_lesson_pattern"), "lesson", "(pattern_id IS NULL) = (pattern_day IS NULL)", schema="journal"
    )
    make_tables_append_only("journal.lesson_change")


def downgrade() -> None:
    # It would drop the history of changed lessons, which is append-only.
    raise NotImplementedError("the changes of lessons are kept; drop the database instead")
