"""Add the marks of issuers of documents and the indexes that patterns and process mining read."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "excuse_issuer",
        sa.Column("excuse_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["excuse_id"], ["journal.excuse.id"], name=op.f("fk_excuse_issuer_excuse_id_excuse")
        ),
        sa.PrimaryKeyConstraint("excuse_id", name=op.f("pk_excuse_issuer")),
        schema="journal",
    )
    op.create_index(op.f("ix_excuse_issuer_mark"), "excuse_issuer", ["mark"], schema="journal")
    make_tables_append_only("journal.excuse_issuer")
    op.create_index("ix_excuse_made_at", "excuse", ["made_at"], schema="journal")
    op.create_index(op.f("ix_change_set_offering_id"), "change_set", ["offering_id"], schema="journal")
    op.create_index(
        "ix_history_approval",
        "history",
        ["at"],
        schema="cases",
        postgresql_where=sa.text("approves"),
    )
    op.create_index(
        "ix_case_finished",
        "case",
        ["diagram", "closed_at"],
        schema="cases",
        postgresql_where=sa.text("closed_at IS NOT NULL"),
    )
    op.create_index(
        "ix_cell_late", "cell", ["first_entered_at"], schema="journal", postgresql_where=sa.text("late")
    )
    op.create_index(
        "ix_lesson_late",
        "lesson",
        ["roll_taken_at"],
        schema="journal",
        postgresql_where=sa.text("roll_late"),
    )
    op.create_index("ix_sheet_entry_entered_at", "sheet_entry", ["entered_at"], schema="journal")
    op.create_index(
        "ix_result_later_version",
        "result",
        ["published_at"],
        schema="journal",
        postgresql_where=sa.text("version > 1"),
    )
    # Rows lie in the order of their first entry: a range of blocks stands for a period, and a change stays cheap.
    for column in ("first_entered_at", "changed_at"):
        op.create_index(
            f"ix_cell_{column}_range", "cell", [column], schema="journal", postgresql_using="brin"
        )


def downgrade() -> None:
    # It would drop marks that are append-only.
    raise NotImplementedError("the marks of issuers are kept; drop the database instead")
