"""Excuses, which never change, what was confirmed of them, and the cells whose reason rests on it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "excuse",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requester", sa.Uuid(), nullable=False),
        sa.Column("students", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("document_mark", sa.Text(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("files", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), nullable=False),
        sa.Column("narrows", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.CheckConstraint("ground IN ('medical', 'event', 'trip', 'other')", name=op.f("ck_excuse_ground")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_excuse_period")),
        sa.CheckConstraint("cardinality(students) > 0", name=op.f("ck_excuse_students")),
        sa.ForeignKeyConstraint(["requester"], ["people.person.id"], name=op.f("fk_excuse_requester_person")),
        sa.ForeignKeyConstraint(["narrows"], ["journal.excuse.id"], name=op.f("fk_excuse_narrows_excuse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excuse")),
        schema="journal",
    )
    op.create_index(op.f("ix_excuse_document_mark"), "excuse", ["document_mark"], schema="journal")
    op.create_index(
        op.f("ix_excuse_students"), "excuse", ["students"], schema="journal", postgresql_using="gin"
    )
    op.create_table(
        "excused",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("excuse_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", moment, nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", moment, nullable=True),
        sa.Column("revoked_case", sa.Uuid(), nullable=True),
        sa.CheckConstraint("reason IN ('EXCUSED', 'SICK')", name=op.f("ck_excused_reason")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_excused_period")),
        sa.ForeignKeyConstraint(
            ["excuse_id"], ["journal.excuse.id"], name=op.f("fk_excused_excuse_id_excuse")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_excused_student_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.person.id"], name=op.f("fk_excused_decided_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excused")),
        sa.UniqueConstraint("excuse_id", "student_id", name=op.f("uq_excused_excuse_id_student_id")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_excused_student_id_starts_on"),
        "excused",
        ["student_id", "starts_on"],
        schema="journal",
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("ix_excused_decided_at"), "excused", ["decided_at"], schema="journal")
    op.add_column("cell", sa.Column("excused_id", sa.Uuid(), nullable=True), schema="journal")
    op.create_foreign_key(
        op.f("fk_cell_excused_id_excused"),
        "cell",
        "excused",
        ["excused_id"],
        ["id"],
        source_schema="journal",
        referent_schema="journal",
    )
    op.create_index(
        op.f("ix_cell_excused_id"),
        "cell",
        ["excused_id"],
        schema="journal",
        postgresql_where=sa.text("excused_id IS NOT NULL"),
    )
    for statement in append_only("journal.excuse"):
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
