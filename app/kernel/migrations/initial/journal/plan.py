"""Create the tables of teaching: disciplines, semesters, offerings, lessons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables. `people` has to exist."""
    _create_course_table()
    _create_semester_table()
    _create_offering_table()
    _create_teaching_table()
    _create_lesson_table()


def _create_course_table() -> None:
    """Create the disciplines; `department_id` answers for one."""
    op.create_table(
        "course",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("department_id", sa.Uuid, sa.ForeignKey("people.unit.id"), nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Index(None, "department_id"),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        schema="journal",
    )


def _create_semester_table() -> None:
    """Create the semesters with the weeks of modules and session, both days included."""
    op.create_table(
        "semester",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("academic_year", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("makeup_until", sa.Date),
        sa.Column("module1_from", sa.Date),
        sa.Column("module1_until", sa.Date),
        sa.Column("module2_from", sa.Date),
        sa.Column("module2_until", sa.Date),
        sa.Column("session_from", sa.Date),
        sa.Column("session_until", sa.Date),
        sa.Column("external_id", sa.Text),
        sa.CheckConstraint("starts_on <= ends_on", name="period"),
        sa.CheckConstraint("module1_from <= module1_until", name="module1"),
        sa.CheckConstraint("module2_from <= module2_until", name="module2"),
        sa.CheckConstraint("session_from <= session_until", name="session"),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        schema="journal",
    )


def _create_offering_table() -> None:
    """Create the offerings: a discipline taught to one group in one semester."""
    op.create_table(
        "offering",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("course_id", sa.Uuid, sa.ForeignKey("journal.course.id"), nullable=False),
        sa.Column("group_id", sa.Uuid, sa.ForeignKey("people.study_group.id"), nullable=False),
        sa.Column("semester_id", sa.Uuid, sa.ForeignKey("journal.semester.id"), nullable=False),
        sa.Column("planned_hours", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("credits", sa.Numeric(4, 1)),
        sa.Column("exam_on", sa.Date),
        sa.Column("external_id", sa.Text),
        sa.Index(None, "course_id"),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        sa.Index(None, "group_id", "semester_id"),
        schema="journal",
    )


def _create_teaching_table() -> None:
    """Create the teachers of offerings, from and until a day (both included)."""
    op.create_table(
        "teaching",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.CheckConstraint("part IN ('LECTURER', 'PRACTICE', 'LAB', 'SUBSTITUTE')", name="part"),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="period"),
        sa.UniqueConstraint("offering_id", "person_id", "part", "starts_on"),
        sa.Index(None, "person_id", "offering_id"),
        schema="journal",
    )


def _create_lesson_table() -> None:
    """Create the lessons. The roll of a lesson is taken at once or not at all."""
    op.create_table(
        "lesson",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("offering_id", sa.Uuid, sa.ForeignKey("journal.offering.id"), nullable=False),
        sa.Column("starts_at", MOMENT_TYPE, nullable=False),
        sa.Column("ends_at", MOMENT_TYPE, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, server_default="", nullable=False),
        sa.Column("methods", sa.Text, server_default="", nullable=False),
        sa.Column("task", sa.Text, server_default="", nullable=False),
        sa.Column("hours", sa.Integer, server_default=sa.text("2"), nullable=False),
        sa.Column("room", sa.Text, server_default="", nullable=False),
        sa.Column("state", sa.Text, server_default="PLANNED", nullable=False),
        sa.Column("roll_taken_at", MOMENT_TYPE),
        sa.Column("roll_taken_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("roll_late", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer, server_default=sa.text("1"), nullable=False),
        sa.Column("external_id", sa.Text),
        sa.CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')", name="type"
        ),
        sa.CheckConstraint("state IN ('PLANNED', 'HELD', 'CANCELLED', 'MOVED', 'SUBSTITUTED')", name="state"),
        sa.CheckConstraint("starts_at < ends_at", name="period"),
        sa.CheckConstraint("(roll_taken_at IS NULL) = (roll_taken_by IS NULL)", name="roll"),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        sa.Index(None, "offering_id", "starts_at", "id"),
        sa.Index(None, "starts_at"),
        sa.Index("ix_lesson_untaken", "starts_at", "id", postgresql_where=sa.text("roll_taken_at IS NULL")),
        schema="journal",
    )
