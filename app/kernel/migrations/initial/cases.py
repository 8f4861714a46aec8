"""Create the tables of cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE, UUID_ARRAY_TYPE


def create_tables() -> None:
    """Create the tables, the sequence of numbers and the append-only tables. `diagrams` has to exist."""
    _create_case_table()
    _create_engine_state_table()
    _create_task_table()
    _create_timer_table()
    _create_history_entry_table()
    _create_form_draft_table()
    _create_deadline_recount_table()
    _create_moved_deadline_table()
    _create_case_attachment_table()
    _create_incident_table()
    _create_case_migration_table()
    _create_migrated_case_table()
    # A sequence: two starts do not wait for each other's commit. A rollback leaves a gap, which is allowed.
    op.execute("CREATE SEQUENCE cases.case_number")
    make_tables_append_only("cases.history", "cases.moved_deadline")


def _create_case_table() -> None:
    """Create the process instances; `units` and `about` are the scope of a case."""
    op.create_table(
        "case",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.Text, unique=True, nullable=False),
        sa.Column("diagram", sa.Text, nullable=False),
        sa.Column("version_id", sa.Uuid, sa.ForeignKey("diagrams.version.id"), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("requester", sa.Uuid, nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("subject_id", sa.Uuid),
        sa.Column("subject_hash", sa.Text),
        sa.Column("subject", JSONB, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("units", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("about", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("iteration", sa.SmallInteger, nullable=False),
        sa.Column("start_hash", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT_TYPE, nullable=False),
        sa.Column("closed_at", MOMENT_TYPE),
        sa.CheckConstraint(
            "status IN ('open', 'done', 'withdrawn', 'quarantined', 'suspended')", name="status"
        ),
        sa.Index(None, "about", postgresql_using="gin"),
        sa.Index("ix_case_requester", "requester", sa.text("opened_at DESC"), "id"),
        sa.Index(None, "subject_id"),
        sa.Index(
            "ix_case_touched",
            "subject",
            postgresql_using="gin",
            postgresql_ops={"subject": "jsonb_path_ops"},
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        schema="cases",
    )


def _create_engine_state_table() -> None:
    """Create the engine's states, apart from what lists read; `check` is the SHA-256 of `body`."""
    op.create_table(
        "state",
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("check", sa.LargeBinary, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        schema="cases",
        # Each step of a case rewrites its row: room on the page keeps the new one beside the old.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.05, "fillfactor": 80},
    )


def _create_task_table() -> None:
    """Create the tasks: open while `closed_at` is empty. What lists show is copied onto the row."""
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("iteration", sa.SmallInteger, nullable=False),
        sa.Column("diagram", sa.Text, nullable=False),
        sa.Column("version_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("assignee", sa.Uuid),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("pooled", sa.Boolean, nullable=False),
        sa.Column("excluded", UUID_ARRAY_TYPE, nullable=False),
        sa.Column("requester", sa.Uuid, nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("subject", JSONB, nullable=False),
        sa.Column("subject_hash", sa.Text),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT_TYPE, nullable=False),
        sa.Column("due_at", MOMENT_TYPE, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("computation", JSONB, nullable=False),
        sa.Column("closed_at", MOMENT_TYPE),
        sa.Column("closed_by", sa.Uuid),
        sa.Column("closed_how", sa.Text),
        sa.Index("ix_task_case", "case_id"),
        sa.Index(
            "ix_task_done",
            "closed_by",
            sa.text("closed_at DESC"),
            "id",
            postgresql_where=sa.text("closed_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_task_finished",
            "diagram",
            "closed_at",
            postgresql_include=["element", "opened_at", "closed_how", "case_id"],
            postgresql_where=sa.text("closed_by IS NOT NULL"),
        ),
        sa.Index(
            "ix_task_mine",
            "assignee",
            "due_at",
            "id",
            postgresql_where=sa.text("closed_at IS NULL AND assignee IS NOT NULL"),
        ),
        sa.Index(
            "ix_task_pool",
            "role",
            "unit_id",
            "due_at",
            "id",
            postgresql_where=sa.text("closed_at IS NULL AND assignee IS NULL"),
        ),
        sa.Index(
            "ix_task_waiting",
            "diagram",
            "element",
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
        schema="cases",
        # Vacuum early: closing thousands of tasks must not make the lists of open ones slow.
        postgresql_with={"autovacuum_vacuum_scale_factor": 0.02, "autovacuum_analyze_scale_factor": 0.02},
    )


def _create_timer_table() -> None:
    """Create the open timers; `anchor` is the moment from which a deadline is counted."""
    op.create_table(
        "timer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), nullable=False),
        sa.Column("task_id", sa.Uuid),
        sa.Column("key", sa.Text),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("anchor", MOMENT_TYPE, nullable=False),
        sa.Column("due_at", MOMENT_TYPE, nullable=False),
        sa.Column("attempts", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("kind IN ('diagram', 'reminder_50', 'reminder_90', 'overdue')", name="kind"),
        sa.Index("ix_timer_case", "case_id"),
        sa.Index("ix_timer_due", "due_at", "id"),
        schema="cases",
    )


def _create_history_entry_table() -> None:
    """Create the history entries; `words` is free text, sealed under its author's key."""
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("recorded_at", MOMENT_TYPE, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("role", sa.Text),
        sa.Column("element", sa.Text),
        sa.Column("task_id", sa.Uuid),
        sa.Column("iteration", sa.SmallInteger, nullable=False),
        sa.Column("approves", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("answers", JSONB, nullable=False),
        sa.Column("variables", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("opened", JSONB, nullable=False),
        sa.Column("words", sa.LargeBinary),
        sa.Column("subject_hash", sa.Text),
        sa.Column("clause", sa.Text),
        sa.Column("answers_digest", sa.Text),
        sa.Index("ix_history_case", "case_id", "id"),
        schema="cases",
    )


def _create_form_draft_table() -> None:
    """Create the drafts of forms that were typed and not sent."""
    op.create_table(
        "draft",
        sa.Column("person", sa.Uuid, primary_key=True),
        sa.Column("form", sa.Uuid, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", MOMENT_TYPE, nullable=False),
        schema="cases",
    )


def _create_deadline_recount_table() -> None:
    """Create the recounts of open deadlines, one for each change of the calendar."""
    op.create_table(
        "recount",
        sa.Column("change_id", sa.Uuid, primary_key=True),
        sa.Column("begun_at", MOMENT_TYPE, nullable=False),
        sa.Column("finished_at", MOMENT_TYPE),
        schema="cases",
    )


def _create_moved_deadline_table() -> None:
    """Create the deadlines that a change of the calendar moved."""
    op.create_table(
        "moved_deadline",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("change_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), nullable=False),
        sa.Column("task_id", sa.Uuid),
        sa.Column("element", sa.Text, nullable=False),
        sa.Column("due_before", MOMENT_TYPE, nullable=False),
        sa.Column("due_after", MOMENT_TYPE, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Index("ix_moved_deadline_change", "change_id", "due_before", "id"),
        schema="cases",
    )


def _create_case_attachment_table() -> None:
    """Create the files of cases; their bytes are in the room of files."""
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("name", sa.LargeBinary),
        sa.Index("ix_attachment_case", "case_id", "at"),
        schema="cases",
    )


def _create_incident_table() -> None:
    """Create the incidents of cases and of messages, each until a person or the system solves it."""
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id")),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("element", sa.Text),
        sa.Column("task_id", sa.Uuid),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("detail", JSONB, nullable=False),
        sa.Column("attempts", sa.SmallInteger, server_default=sa.text("0"), nullable=False),
        sa.Column("tried_at", MOMENT_TYPE),
        sa.Column("resolved_at", MOMENT_TYPE),
        sa.Column("resolved_by", sa.Uuid),
        sa.Column("resolved_how", sa.Text),
        sa.Column("words", sa.LargeBinary),
        sa.CheckConstraint(
            "kind IN ('timer', 'state', 'operation', 'owner', 'message', 'clock')", name="kind"
        ),
        sa.CheckConstraint("case_id IS NOT NULL OR message_id IS NOT NULL OR kind = 'clock'", name="about"),
        sa.Index("ix_incident_case", "case_id"),
        sa.Index("ix_incident_message", "message_id", postgresql_where=sa.text("message_id IS NOT NULL")),
        sa.Index("ix_incident_open", "at", "id", postgresql_where=sa.text("resolved_at IS NULL")),
        sa.Index("ix_incident_solved", "at", "id", postgresql_where=sa.text("resolved_at IS NOT NULL")),
        schema="cases",
    )


def _create_case_migration_table() -> None:
    """Create the migrations of running cases to another version, numbered by diagram."""
    op.create_table(
        "migration",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("diagram", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("target_version_id", sa.Uuid, sa.ForeignKey("diagrams.version.id"), nullable=False),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("words", sa.LargeBinary),
        sa.Column("start_hash", sa.Text, nullable=False),
        sa.Column("chosen_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("chosen_at", MOMENT_TYPE, nullable=False),
        sa.Column("run_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("run_for", sa.Uuid),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reverting", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("ended_at", MOMENT_TYPE),
        sa.UniqueConstraint("diagram", "number"),
        sa.CheckConstraint("state IN ('running', 'paused', 'done', 'reverted')", name="state"),
        # One at a time for each process: two could move one case to and fro.
        sa.Index(
            "uq_migration_under_way",
            "diagram",
            unique=True,
            postgresql_where=sa.text("state IN ('running', 'paused')"),
        ),
        schema="cases",
    )


def _create_migrated_case_table() -> None:
    """Create the cases of each migration with their results."""
    op.create_table(
        "migration_case",
        sa.Column("migration_id", sa.Uuid, sa.ForeignKey("cases.migration.id"), primary_key=True),
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("cases.case.id"), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("from_version_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("details", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("at", MOMENT_TYPE),
        sa.UniqueConstraint("migration_id", "position"),
        sa.CheckConstraint("state IN ('waiting', 'moved', 'stays', 'reverted', 'kept')", name="state"),
        sa.Index("ix_migration_case_state", "migration_id", "state", "position"),
        schema="cases",
    )
