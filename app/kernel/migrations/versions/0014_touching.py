"""How a stay in a group ended and by which order; a case that waits; open cases found by the lessons they name."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_STATUS = "status IN ('open', 'done', 'withdrawn', 'quarantined', 'suspended')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_case_status"), "case", schema="cases")
    op.create_check_constraint(op.f("ck_case_status"), "case", _STATUS, schema="cases")
    op.create_index(
        "ix_case_touched",
        "case",
        ["subject"],
        schema="cases",
        postgresql_using="gin",
        postgresql_ops={"subject": "jsonb_path_ops"},
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("membership", sa.Column("ended_as", sa.Text(), nullable=True), schema="people")
    op.add_column(
        "membership",
        sa.Column("end_order_no", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="people",
    )
    op.create_check_constraint(
        op.f("ck_membership_ended_as"),
        "membership",
        "ended_as IS NULL OR (ended_as IN ('TRANSFER', 'LEAVE', 'EXPEL', 'GRADUATE') AND ends_on IS NOT NULL)",
        schema="people",
    )


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
