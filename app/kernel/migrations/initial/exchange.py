"""Create the tables of imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE


def create_tables() -> None:
    """Create the tables. `files` and `people` have to exist."""
    _create_roster_import_table()
    _create_import_line_table()
    _create_import_progress_table()
    _create_source_id()
    _create_group_choice()


def _create_roster_import_table() -> None:
    """Create the imports of rosters; the uploaded file has the id of the import."""
    op.create_table(
        "import",
        sa.Column("id", sa.Uuid, sa.ForeignKey("files.file.id"), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("inclusive_ends", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("left_out", JSONB, nullable=False),
        sa.Column("remarks", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("findings", sa.LargeBinary),
        sa.Column("ended_ids", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("ended_last_day", sa.Date),
        sa.Column("groups", JSONB, server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("group_choices", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("sent_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("sent_at", MOMENT_TYPE, nullable=False),
        sa.Column("previewed_at", MOMENT_TYPE, nullable=False),
        sa.Column("kept_until", MOMENT_TYPE),
        sa.Column("planned_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("planned_for", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("queued_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("queued_for", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("queued_at", MOMENT_TYPE),
        sa.Column("ended_at", MOMENT_TYPE),
        sa.Column("problem", sa.Text),
        sa.CheckConstraint(
            "state IN ('planning', 'previewed', 'queued', 'finished', 'failed', 'cancelled', 'dropped')",
            name="state",
        ),
        sa.CheckConstraint(
            "state <> 'queued' OR (queued_by IS NOT NULL AND queued_at IS NOT NULL)", name="queued"
        ),
        sa.Index(None, "sent_at", "id"),
        sa.Index(
            "uq_import_one_planning", "state", unique=True, postgresql_where=sa.text("state = 'planning'")
        ),
        schema="exchange",
    )


def _create_import_line_table() -> None:
    """Create the lines of the plan of an import: the value of each column before and after."""
    op.create_table(
        "line",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("exchange.import.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid, nullable=False),
        sa.Column("about", sa.LargeBinary),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("columns", sa.LargeBinary),
        sa.Column("remark", sa.Text, server_default="", nullable=False),
        sa.Index(None, "import_id", "kind", "action", "number"),
        schema="exchange",
    )


def _create_import_progress_table() -> None:
    """Create the progress of imports, written outside the importing transaction so that it is visible."""
    op.create_table(
        "progress",
        sa.Column("import_id", sa.Uuid, sa.ForeignKey("exchange.import.id"), primary_key=True),
        sa.Column("done", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("whole", sa.Integer, server_default=sa.text("0"), nullable=False),
        schema="exchange",
    )


def _create_source_id() -> None:
    """Create the ids that other systems gave to roles and enrolments."""
    op.create_table(
        "source_id",
        sa.Column("file", sa.Text, primary_key=True),
        sa.Column("sourced_id", sa.Text, primary_key=True),
        sa.Column("row_id", sa.Uuid, nullable=False),
        sa.Column("class_id", sa.Uuid),
        sa.CheckConstraint("file IN ('roles', 'enrollments')", name="file"),
        sa.Index(None, "row_id"),
        schema="exchange",
    )


def _create_group_choice() -> None:
    """Create the decisions whether classes of one name and unit are one group."""
    op.create_table(
        "group_choice",
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("people.unit.id"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("joined", sa.Boolean, nullable=False),
        schema="exchange",
    )
