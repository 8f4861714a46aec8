"""Lines of a sheet that may be entered after their week or day, and for whom a sheet was opened again."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grade_sheet", sa.Column("open_for", sa.ARRAY(sa.Uuid()), nullable=True), schema="journal")
    op.add_column(
        "sheet_entry",
        sa.Column("late", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="journal",
    )
    op.create_table(
        "sheet_plea",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("requester", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("students", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cardinality(students) > 0", name=op.f("ck_sheet_plea_students")),
        sa.ForeignKeyConstraint(
            ["requester"], ["people.person.id"], name=op.f("fk_sheet_plea_requester_person")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["journal.grade_sheet.id"], name=op.f("fk_sheet_plea_sheet_id_grade_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_plea")),
        schema="journal",
    )
    op.create_index(op.f("ix_sheet_plea_sheet_id"), "sheet_plea", ["sheet_id"], schema="journal")
    for statement in append_only("journal.sheet_plea"):
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
