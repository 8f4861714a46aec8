"""Work-offs after the semester's last date: what was asked for, and the later day that was decided."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment, person = sa.DateTime(timezone=True), "people.person.id"
    op.create_table(
        "workoff_plea",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("lessons", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.CheckConstraint("cardinality(lessons) > 0", name=op.f("ck_workoff_plea_lessons")),
        sa.ForeignKeyConstraint(["student_id"], [person], name=op.f("fk_workoff_plea_student_id_person")),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_workoff_plea_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workoff_plea")),
        schema="journal",
    )
    op.create_index(op.f("ix_workoff_plea_student_id"), "workoff_plea", ["student_id"], schema="journal")
    op.create_table(
        "workoff_extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plea_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("lessons", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["plea_id"], ["journal.workoff_plea.id"], name=op.f("fk_workoff_extension_plea_id_workoff_plea")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], [person], name=op.f("fk_workoff_extension_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workoff_extension")),
        sa.UniqueConstraint("plea_id", name=op.f("uq_workoff_extension_plea_id")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_workoff_extension_student_id"), "workoff_extension", ["student_id"], schema="journal"
    )
    for table in ("journal.workoff_plea", "journal.workoff_extension"):
        for statement in append_only(table):
            op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
