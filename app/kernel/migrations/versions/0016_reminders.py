"""Reminders of terms that are no task of a case: who was told of what, and how far the round of a day has come."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["journal.lesson.id"], name=op.f("fk_reminder_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_reminder_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "person_id",
            "term",
            "stage",
            "lesson_id",
            "ends_on",
            name=op.f("uq_reminder_person_id_term_stage_lesson_id_ends_on"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="journal",
    )
    op.create_index(op.f("ix_reminder_lesson_id"), "reminder", ["lesson_id"], schema="journal")
    op.create_index(op.f("ix_reminder_told_at"), "reminder", ["told_at"], schema="journal")
    op.create_table(
        "reminder_round",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_reminder_round")),
        schema="journal",
    )
    op.create_index(
        "ix_cell_owing",
        "cell",
        ["student_id"],
        schema="journal",
        postgresql_where=sa.text("value = 'ABSENT' AND NOT worked_off"),
    )
    op.create_index(
        "ix_lesson_untaken",
        "lesson",
        ["starts_at", "id"],
        schema="journal",
        postgresql_where=sa.text("roll_taken_at IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("what was told stays written down; restore a backup instead")
