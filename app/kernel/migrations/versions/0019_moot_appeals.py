"""An appeal whose case ended from outside, by nobody's decision, has ended too."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OUTCOMES = "outcome IN ('UPHELD', 'CHANGED', 'REEXAM', 'INADMISSIBLE', 'WITHDRAWN', 'MOOT')"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_appeal_end_outcome"), "appeal_end", schema="journal", type_="check")
    op.create_check_constraint(op.f("ck_appeal_end_outcome"), "appeal_end", OUTCOMES, schema="journal")


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
