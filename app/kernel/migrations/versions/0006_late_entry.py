"""Requests for a late entry, which never change, and the doors that approved ones open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "entry_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requester", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("entries", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["requester"], ["people.person.id"], name=op.f("fk_entry_request_requester_person")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_entry_request_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_request")),
        schema="journal",
    )
    op.create_index(op.f("ix_entry_request_requester"), "entry_request", ["requester"], schema="journal")
    op.create_table(
        "entry_window",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("lesson_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closes_at", moment, nullable=False),
        sa.Column("computation", postgresql.JSONB(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name=op.f("ck_entry_window_kind")),
        sa.CheckConstraint(
            "student_id IS NOT NULL OR kind = 'ATTENDANCE'", name=op.f("ck_entry_window_roll")
        ),
        sa.CheckConstraint("opened_at < closes_at", name=op.f("ck_entry_window_period")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["journal.entry_request.id"],
            name=op.f("fk_entry_window_request_id_entry_request"),
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_entry_window_offering_id_offering")
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["journal.lesson.id"], name=op.f("fk_entry_window_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_entry_window_student_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_window")),
        sa.UniqueConstraint(
            "request_id",
            "lesson_id",
            "student_id",
            "kind",
            name=op.f("uq_entry_window_request_id_lesson_id_student_id_kind"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="journal",
    )
    op.create_index(op.f("ix_entry_window_offering_id"), "entry_window", ["offering_id"], schema="journal")
    for statement in append_only("journal.entry_request"):
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
