"""Rosters that are sent through the page: the import, the lines of its plan, how far its execution is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.Column("left_out", postgresql.JSONB(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", moment, nullable=False),
        sa.Column("previewed_at", moment, nullable=False),
        sa.Column("queued_by", sa.Uuid(), nullable=True),
        sa.Column("queued_for", sa.Uuid(), nullable=True),
        sa.Column("queued_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('previewed', 'queued', 'finished', 'failed')", name=op.f("ck_import_state")
        ),
        sa.CheckConstraint(
            "state <> 'queued' OR (queued_by IS NOT NULL AND queued_at IS NOT NULL)",
            name=op.f("ck_import_queued"),
        ),
        sa.ForeignKeyConstraint(["id"], ["files.file.id"], name=op.f("fk_import_id_file")),
        sa.ForeignKeyConstraint(["sent_by"], ["people.person.id"], name=op.f("fk_import_sent_by_person")),
        sa.ForeignKeyConstraint(["queued_by"], ["people.person.id"], name=op.f("fk_import_queued_by_person")),
        sa.ForeignKeyConstraint(
            ["queued_for"], ["people.person.id"], name=op.f("fk_import_queued_for_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
        schema="exchange",
    )
    op.create_index(op.f("ix_import_sent_at_id"), "import", ["sent_at", "id"], schema="exchange")
    op.create_table(
        "line",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["exchange.import.id"], name=op.f("fk_line_import_id_import")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_line")),
        schema="exchange",
    )
    op.create_index(
        op.f("ix_line_import_id_kind_action_number"),
        "line",
        ["import_id", "kind", "action", "number"],
        schema="exchange",
    )
    op.create_table(
        "progress",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("whole", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["exchange.import.id"], name=op.f("fk_progress_import_id_import")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_progress")),
        schema="exchange",
    )


def downgrade() -> None:
    for table in ("progress", "line", "import"):
        op.drop_table(table, schema="exchange")
