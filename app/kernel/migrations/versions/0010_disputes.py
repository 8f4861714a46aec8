"""Marks that students hold to be wrong, as they were when they said so."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name=op.f("ck_dispute_kind")),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_dispute_student_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_dispute_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["journal.lesson.id"], name=op.f("fk_dispute_lesson_id_lesson")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        schema="journal",
    )
    op.create_index(op.f("ix_dispute_student_id"), "dispute", ["student_id"], schema="journal")
    for statement in append_only("journal.dispute"):
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
