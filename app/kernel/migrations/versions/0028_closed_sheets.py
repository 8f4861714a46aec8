"""What the academic office noted as still open when it closed a sheet, and why it closed it all the same."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("left_open", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("left_open_reason", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("grade_sheet", column, schema="journal")
    op.create_check_constraint(
        op.f("ck_grade_sheet_left_open"),
        "grade_sheet",
        "left_open = '[]' OR state = 'CLOSED' AND left_open_reason <> ''",
        schema="journal",
    )


def downgrade() -> None:
    raise NotImplementedError("what was noted is not taken away; restore a backup instead")
