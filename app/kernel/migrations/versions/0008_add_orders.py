"""Add orders about students: drafts, their students and how their way ended. All append-only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contingent_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("signing", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("entries", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("files", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('ENROL', 'TRANSFER_IN', 'TRANSFER_GROUP', 'LEAVE', 'RETURN', 'EXPEL', 'RESTORE', 'RENAME',"
            " 'GRADUATE')",
            name=op.f("ck_contingent_order_kind"),
        ),
        sa.CheckConstraint("signing IN ('here', 'paper')", name=op.f("ck_contingent_order_signing")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["people.unit.id"], name=op.f("fk_contingent_order_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["people.person.id"], name=op.f("fk_contingent_order_drafted_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contingent_order")),
        schema="people",
    )
    for columns in (["ordered_on", "id"], ["number", "ordered_on"], ["unit_id"]):
        name = op.f("ix_contingent_order_" + "_".join(columns))
        op.create_index(name, "contingent_order", columns, unique=False, schema="people")
    op.create_table(
        "contingent_order_student",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["people.contingent_order.id"],
            name=op.f("fk_contingent_order_student_order_id_contingent_order"),
        ),
        sa.PrimaryKeyConstraint("order_id", "student_id", name=op.f("pk_contingent_order_student")),
        schema="people",
    )
    op.create_index(
        op.f("ix_contingent_order_student_student_id"),
        "contingent_order_student",
        ["student_id"],
        unique=False,
        schema="people",
    )
    op.create_table(
        "contingent_order_end",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "how IN ('APPLIED', 'REFUSED', 'WITHDRAWN', 'REPLACED', 'STOPPED')",
            name=op.f("ck_contingent_order_end_how"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["people.contingent_order.id"],
            name=op.f("fk_contingent_order_end_order_id_contingent_order"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_contingent_order_end")),
        schema="people",
    )
    make_tables_append_only(
        "people.contingent_order", "people.contingent_order_student", "people.contingent_order_end"
    )


def downgrade() -> None:
    # It would drop orders, which are append-only.
    raise NotImplementedError("the orders about students are kept; drop the database instead")
