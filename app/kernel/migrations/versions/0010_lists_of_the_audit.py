"""Partition audit and history by year, add the versions of cells, and what readers of the audit keep."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.year_partitions import create_partition_functions

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FILTER_COLUMNS = ("person", "on_behalf_of", "subject", "clause", "offering_id", "unit_id", "group_id")
RECORD_COLUMNS = "format, event_type, object_kind, object_id, person, case_id, body"
RECORD_FILTERS = "at, on_behalf_of, subject, clause, offering_id, unit_id, group_id, late, imported"
UUID_PATTERN = "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"


def upgrade() -> None:
    create_partition_functions()
    _partition_records()
    _partition_history()
    _add_indexes_of_cases()
    _create_cell_versions()
    _create_searches_and_exports()
    op.execute("SELECT kernel.create_due_year_partitions()")


def downgrade() -> None:
    # It would drop versions of cells, which are append-only.
    raise NotImplementedError("the versions of cells are kept; drop the database instead")


def _set_aside(schema: str, table: str) -> None:
    """Move a table to the schema `kernel` with all that carries its name: a partitioned one takes its place."""
    op.execute(f"ALTER TABLE {schema}.{table} SET SCHEMA kernel")


def _take_over_rows(schema: str, table: str, into: str, values: str) -> None:
    """Copy the rows of the table set aside, with their numbers, and drop it; make the partitions they need."""
    old, new = f"kernel.{table}", f"{schema}.{table}"
    op.execute(
        f"SELECT kernel.create_year_partition('{new}', year) FROM (SELECT DISTINCT"
        f" extract(year FROM recorded_at AT TIME ZONE 'Asia/Bishkek')::int AS year FROM {old}) AS years"
    )
    op.execute(f"INSERT INTO {new} ({into}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {old} ORDER BY id")
    op.execute(
        f"SELECT setval('{new}_id_seq', (SELECT last_value FROM {old}_id_seq),"
        f" (SELECT is_called FROM {old}_id_seq))"
    )
    op.execute(f"DROP TABLE {old}")


def _partition_records() -> None:
    _set_aside("audit", "record")
    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("db_user", sa.Text, server_default=sa.text("session_user"), nullable=False),
        sa.Column("format", sa.SmallInteger, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("object_kind", sa.Text, nullable=False),
        sa.Column("object_id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("case_id", sa.Uuid),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("subject", sa.Uuid),
        sa.Column("clause", sa.Text),
        sa.Column("offering_id", sa.Uuid),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("group_id", sa.Uuid),
        sa.Column("late", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("imported", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", "recorded_at", name=op.f("pk_record")),
        schema="audit",
        postgresql_partition_by="RANGE (recorded_at)",
    )
    create = "CREATE INDEX ix_record_{} ON audit.record ({}){}"
    op.execute(create.format("object_id_id", "object_id, id", ""))
    op.execute(create.format("case_id_id", "case_id, id", " WHERE case_id IS NOT NULL"))
    op.execute(create.format("at_id", "at, id", ""))
    op.execute(create.format("event_type_at_id", "event_type, at, id", ""))
    for name in FILTER_COLUMNS:
        op.execute(create.format(f"{name}_at_id", f"{name}, at, id", f" WHERE {name} IS NOT NULL"))
    op.execute(create.format("late", "at, id", " WHERE late"))
    op.execute(create.format("imported", "at, id", " WHERE imported"))
    make_tables_append_only("audit.record")
    # PostgreSQL alone sets the number, the moment and the user of a record: the application cannot name them.
    op.execute("REVOKE INSERT ON audit.record FROM depter_app")
    op.execute(f"GRANT INSERT ({RECORD_COLUMNS}, {RECORD_FILTERS}) ON audit.record TO depter_app")
    op.execute("GRANT SELECT ON audit.record TO depter_sealer")
    key = "CASE WHEN body::jsonb #>> '{%s}' ~ " + UUID_PATTERN + " THEN (body::jsonb #>> '{%s}')::uuid END"
    offering = "CASE WHEN object_kind = 'journal.offering' THEN object_id ELSE " + (
        key % ("after,offering", "after,offering") + " END"
    )
    values = (
        "coalesce((body::jsonb ->> 'at')::timestamptz, recorded_at)",
        key % ("on_behalf_of", "on_behalf_of"),
        key % ("subject", "subject"),
        "body::jsonb ->> 'clause'",
        offering,
        key % ("after,unit", "after,unit"),
        key % ("after,group", "after,group"),
        "coalesce(body::jsonb #>> '{after,late}' = 'true', false)",
        "event_type LIKE 'exchange.%' OR event_type LIKE '%.taken_over'",
    )
    before = f"id, recorded_at, db_user, {RECORD_COLUMNS}"
    _take_over_rows("audit", "record", f"{before}, {RECORD_FILTERS}", f"{before}, {', '.join(values)}")


def _partition_history() -> None:
    _set_aside("cases", "history")
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("role", sa.Text),
        sa.Column("element", sa.Text),
        sa.Column("task_id", sa.Uuid),
        sa.Column("iteration", sa.SmallInteger, nullable=False),
        sa.Column("approves", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("answers", postgresql.JSONB, nullable=False),
        sa.Column("variables", postgresql.JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("opened", postgresql.JSONB, nullable=False),
        sa.Column("words", sa.LargeBinary),
        sa.Column("subject_hash", sa.Text),
        sa.Column("clause", sa.Text),
        sa.Column("answers_digest", sa.Text),
        sa.PrimaryKeyConstraint("id", "recorded_at", name=op.f("pk_history")),
        schema="cases",
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.execute("CREATE INDEX ix_history_case ON cases.history (case_id, id)")
    for name in ("person", "on_behalf_of"):
        op.execute(
            f"CREATE INDEX ix_history_{name} ON cases.history ({name}, case_id) WHERE {name} IS NOT NULL"
        )
    make_tables_append_only("cases.history")
    columns = (
        "id, case_id, at, recorded_at, kind, person, on_behalf_of, role, element, task_id, iteration, approves,"
        " decision, answers, variables, opened, words, subject_hash, clause, answers_digest"
    )
    _take_over_rows("cases", "history", columns, columns)


def _add_indexes_of_cases() -> None:
    op.create_index("ix_case_opened_at", "case", ["opened_at", "id"], schema="cases")
    op.create_index("ix_case_diagram", "case", ["diagram", "opened_at", "id"], schema="cases")
    op.create_index("ix_case_units", "case", ["units"], schema="cases", postgresql_using="gin")
    op.create_index("ix_task_clause", "task", ["clause", "case_id"], schema="cases")


def _create_cell_versions() -> None:
    op.create_table(
        "cell_version",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("cell_id", sa.Uuid, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("lesson_id", sa.Uuid, nullable=False),
        sa.Column("offering_id", sa.Uuid, nullable=False),
        sa.Column("student_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("old_value", sa.Text),
        sa.Column("new_value", sa.Text),
        sa.Column("old_points", sa.Numeric(4, 1)),
        sa.Column("new_points", sa.Numeric(4, 1)),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("clause", sa.Text),
        sa.Column("person", sa.Uuid),
        sa.Column("on_behalf_of", sa.Uuid),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("case_id", sa.Uuid),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name=op.f("ck_cell_version_kind")),
        sa.CheckConstraint("source IN ('HAND', 'IMPORT')", name=op.f("ck_cell_version_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_version")),
        sa.UniqueConstraint("cell_id", "version", name=op.f("uq_cell_version_cell_id_version")),
        schema="journal",
    )
    create = "CREATE INDEX ix_cell_version_{} ON journal.cell_version ({}){}"
    for name, part in (
        ("student_id", ""),
        ("offering_id", ""),
        ("person", " WHERE person IS NOT NULL"),
        ("case_id", " WHERE case_id IS NOT NULL"),
        ("new_points", " WHERE new_points IS NOT NULL"),
    ):
        op.execute(create.format(f"{name}_at_id", f"{name}, at, id", part))
    op.execute(create.format("at_id", "at, id", ""))
    op.execute(create.format("late", "at, id", " WHERE late"))
    op.execute(
        create.format(
            "old_points_new_points_at_id",
            "old_points, new_points, at, id",
            " WHERE old_points IS NOT NULL",
        )
    )
    make_tables_append_only("journal.cell_version")
    # Earlier versions of cells that exist are in the audit, sealed: the search begins with their present one.
    op.execute(
        "INSERT INTO journal.cell_version (id, cell_id, version, lesson_id, offering_id, student_id, kind, new_value,"
        " new_points, event_type, person, at, late, source)"
        " SELECT gen_random_uuid(), c.id, c.version, c.lesson_id, l.offering_id, c.student_id, c.kind, c.value,"
        " CASE WHEN c.kind = 'GRADE' THEN c.value::numeric END,"
        " CASE WHEN c.version = 1 THEN 'journal.mark.recorded' ELSE 'journal.mark.corrected' END,"
        " c.changed_by, c.changed_at, c.late, 'HAND'"
        " FROM journal.cell c JOIN journal.lesson l ON l.id = c.lesson_id ORDER BY c.changed_at, c.id"
    )


def _create_searches_and_exports() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.CheckConstraint("page IN ('deeds', 'cases')", name=op.f("ck_saved_search_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        schema="audit",
    )
    op.create_index(op.f("ix_saved_search_person"), "saved_search", ["person"], schema="audit")
    op.create_table(
        "recent_search",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint("page IN ('deeds', 'cases', 'words')", name=op.f("ck_recent_search_page")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recent_search")),
        schema="audit",
    )
    op.create_index(op.f("ix_recent_search_person_at"), "recent_search", ["person", "at"], schema="audit")
    op.create_table(
        "list_columns",
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text), nullable=False),
        sa.CheckConstraint("page IN ('deeds', 'cases')", name=op.f("ck_list_columns_page")),
        sa.PrimaryKeyConstraint("person", "page", name=op.f("pk_list_columns")),
        schema="audit",
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.Column("format", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, server_default="WAITING", nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("next_key", sa.Text),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("kept_until", MOMENT),
        sa.Column("content", sa.LargeBinary),
        sa.CheckConstraint("page IN ('deeds', 'cases')", name=op.f("ck_export_page")),
        sa.CheckConstraint("format IN ('csv', 'xlsx', 'json')", name=op.f("ck_export_format")),
        sa.CheckConstraint("state IN ('WAITING', 'READY', 'ENDED')", name=op.f("ck_export_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        schema="audit",
    )
    op.create_index(op.f("ix_export_person_asked_at"), "export", ["person", "asked_at"], schema="audit")
    op.create_table(
        "export_part",
        sa.Column("export_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_export_part")),
        schema="audit",
    )
