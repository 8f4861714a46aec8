"""Commissions: as drafted, who sits in them, and the orders that formed them. The rector joins the roles."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROLES = (
    "teacher",
    "department_head",
    "programme_head",
    "directorate",
    "academic_office",
    "it_admin",
    "student",
    "curator",
    "auditor",
    "process_admin",
    "rector",
)


def upgrade() -> None:
    op.drop_constraint(op.f("ck_role_grant_role"), "role_grant", schema="people", type_="check")
    op.create_check_constraint(op.f("ck_role_grant_role"), "role_grant", f"role IN {ROLES}", schema="people")
    _commission()
    _seats_and_orders()
    for table in ("commission", "commission_seat", "commission_order"):
        for statement in append_only(f"journal.{table}"):
            op.execute(statement)
    seed(op.get_bind())


def _commission() -> None:
    op.create_table(
        "commission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("order_date", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('APPEAL', 'AUTHORISED', 'ARCHIVE')", name=op.f("ck_commission_kind")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_commission_period")),
        sa.CheckConstraint("quorum > 1", name=op.f("ck_commission_quorum")),
        sa.CheckConstraint("unit_id IS NULL OR course_id IS NULL", name=op.f("ck_commission_one_scope")),
        sa.ForeignKeyConstraint(["unit_id"], ["people.unit.id"], name=op.f("fk_commission_unit_id_unit")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["journal.course.id"], name=op.f("fk_commission_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["people.person.id"], name=op.f("fk_commission_drafted_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commission")),
        schema="journal",
    )


def _seats_and_orders() -> None:
    op.create_table(
        "commission_seat",
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "part IN ('CHAIR', 'SECRETARY', 'MEMBER', 'RESERVE')", name=op.f("ck_commission_seat_part")
        ),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["journal.commission.id"],
            name=op.f("fk_commission_seat_commission_id_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_commission_seat_person_id_person")
        ),
        sa.PrimaryKeyConstraint("commission_id", "person_id", name=op.f("pk_commission_seat")),
        schema="journal",
    )
    op.create_index(op.f("ix_commission_seat_person_id"), "commission_seat", ["person_id"], schema="journal")
    for part in ("chair", "secretary"):
        op.create_index(
            f"ix_commission_seat_{part}",
            "commission_seat",
            ["commission_id"],
            unique=True,
            schema="journal",
            postgresql_where=sa.text(f"part = '{part.upper()}'"),
        )
    op.create_table(
        "commission_order",
        sa.Column("commission_id", sa.Uuid(), nullable=False),
        sa.Column("order_no", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["commission_id"],
            ["journal.commission.id"],
            name=op.f("fk_commission_order_commission_id_commission"),
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["people.person.id"], name=op.f("fk_commission_order_published_by_person")
        ),
        sa.PrimaryKeyConstraint("commission_id", name=op.f("pk_commission_order")),
        sa.UniqueConstraint("order_no", name=op.f("uq_commission_order_order_no")),
        schema="journal",
    )


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
