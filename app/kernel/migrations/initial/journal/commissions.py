"""Create the tables of commissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import MOMENT_TYPE


def create_tables() -> None:
    """Create the tables, all of them append-only."""
    _create_commission_table()
    _create_commission_seat_table()
    _create_commission_order_table()
    make_tables_append_only("journal.commission", "journal.commission_seat", "journal.commission_order")


def _create_commission_table() -> None:
    """Create the commissions as drafted; one exists once its order is published."""
    op.create_table(
        "commission",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("order_no", sa.Text, nullable=False),
        sa.Column("order_date", sa.Date, nullable=False),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("people.unit.id")),
        sa.Column("course_id", sa.Uuid, sa.ForeignKey("journal.course.id")),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("quorum", sa.Integer, nullable=False),
        sa.Column("drafted_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("kind IN ('APPEAL', 'AUTHORISED', 'ARCHIVE')", name="kind"),
        sa.CheckConstraint("valid_from <= valid_until", name="period"),
        sa.CheckConstraint("quorum > 1", name="quorum"),
        sa.CheckConstraint("unit_id IS NULL OR course_id IS NULL", name="one_scope"),
        schema="journal",
    )


def _create_commission_seat_table() -> None:
    """Create the members of commissions: at most one chair and one secretary each."""
    op.create_table(
        "commission_seat",
        sa.Column("commission_id", sa.Uuid, sa.ForeignKey("journal.commission.id"), primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), primary_key=True),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.CheckConstraint("part IN ('CHAIR', 'SECRETARY', 'MEMBER', 'RESERVE')", name="part"),
        sa.Index(
            "ix_commission_seat_chair",
            "commission_id",
            unique=True,
            postgresql_where=sa.text("part = 'CHAIR'"),
        ),
        sa.Index(None, "person_id"),
        sa.Index(
            "ix_commission_seat_secretary",
            "commission_id",
            unique=True,
            postgresql_where=sa.text("part = 'SECRETARY'"),
        ),
        schema="journal",
    )


def _create_commission_order_table() -> None:
    """Create the orders that formed commissions."""
    op.create_table(
        "commission_order",
        sa.Column("commission_id", sa.Uuid, sa.ForeignKey("journal.commission.id"), primary_key=True),
        sa.Column("order_no", sa.Text, nullable=False),
        sa.Column("published_at", MOMENT_TYPE, nullable=False),
        sa.Column("published_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.UniqueConstraint("order_no"),
        schema="journal",
    )
