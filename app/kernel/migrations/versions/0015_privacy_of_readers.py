"""Add the register of reads, the limits of an auditor's role, and the uncovering of names; registers only grow."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "read_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reader", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=True),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('paper', 'marks', 'person', 'audit')", name=op.f("ck_read_log_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_log")),
        schema="audit",
    )
    for columns in (["reader", "id"], ["subject", "id"], ["object_id", "id"]):
        name = op.f("ix_read_log_" + "_".join(columns))
        op.create_index(name, "read_log", columns, unique=False, schema="audit")
    op.add_column(
        "role_grant",
        sa.Column("from_outside", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="people",
    )
    for name in ("covers_from", "covers_until"):
        op.add_column("role_grant", sa.Column(name, sa.Date(), nullable=True), schema="people")
    op.add_column(
        "role_grant", sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=True), schema="people"
    )
    op.create_check_constraint(
        "limits",
        "role_grant",
        "role = 'auditor' OR (NOT from_outside AND covers_from IS NULL AND covers_until IS NULL AND kinds IS NULL)",
        schema="people",
    )
    op.create_check_constraint(
        "outside_ends", "role_grant", "NOT from_outside OR valid_until IS NOT NULL", schema="people"
    )
    op.create_check_constraint("covers", "role_grant", "covers_from <= covers_until", schema="people")
    op.create_check_constraint(
        "kinds",
        "role_grant",
        "kinds IS NULL OR (cardinality(kinds) > 0 AND kinds <@ ARRAY['journal', 'cases', 'people'])",
        schema="people",
    )
    op.create_table(
        "name_uncovering",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("at < until", name=op.f("ck_name_uncovering_period")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_name_uncovering_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_uncovering")),
        schema="people",
    )
    op.create_index(
        op.f("ix_name_uncovering_session_id_until"),
        "name_uncovering",
        ["session_id", "until"],
        unique=False,
        schema="people",
    )
    make_tables_append_only("audit.read_log", "people.name_uncovering")


def downgrade() -> None:
    # It would drop the registers of reads and of uncovered names, which are append-only.
    raise NotImplementedError("the registers of reads are kept; drop the database instead")
