"""Answer searches of the audit from indexes alone: they hold the columns that a search filters by and counts.

Partitions are vacuumed as they grow, so that PostgreSQL need not look into the table whether a row is visible.
"""

from alembic import op

from app.kernel.migrations.year_partitions import (
    VACUUM_OPTION,
    VACUUMED_SHARE,
    YEARLY_TABLES,
    replace_function_of_one_partition,
)

revision = "0019"
down_revision = "0017"
branch_labels = depends_on = None

LISTED = "recorded_at, event_type, clause, late, imported, on_behalf_of"
PLACED = "case_id, offering_id, unit_id, group_id"
VALUES = "old_points, new_points, old_value, new_value, late, source"
INDEXES = (
    # Name, table, columns, columns beside them, rows, columns of the index before (None: there was none).
    ("ix_record_at_id", "audit.record", "at, id", f"{LISTED}, {PLACED}", "", "at, id"),
    (
        "ix_record_event_type_at_id",
        "audit.record",
        "event_type, at, id",
        f"recorded_at, clause, late, imported, on_behalf_of, {PLACED}",
        "",
        "event_type, at, id",
    ),
    (
        "ix_record_person_at_id",
        "audit.record",
        "person, at, id",
        f"{LISTED}, {PLACED}",
        "person IS NOT NULL",
        "person, at, id",
    ),
    (
        "ix_record_clause_at_id",
        "audit.record",
        "clause, at, id",
        f"recorded_at, event_type, late, imported, on_behalf_of, {PLACED}",
        "clause IS NOT NULL",
        "clause, at, id",
    ),
    (
        "ix_record_offering_id_at_id",
        "audit.record",
        "offering_id, at, id",
        f"{LISTED}, case_id",
        "offering_id IS NOT NULL",
        "offering_id, at, id",
    ),
    (
        "ix_record_deputy",
        "audit.record",
        "at, id",
        f"{LISTED}, {PLACED}",
        "on_behalf_of IS NOT NULL",
        "at, id",
    ),
    ("ix_record_late", "audit.record", "at, id", f"{LISTED}, {PLACED}", "late", "at, id"),
    ("ix_record_imported", "audit.record", "at, id", f"{LISTED}, {PLACED}", "imported", "at, id"),
    (
        "ix_record_case_id_at_id",
        "audit.record",
        "case_id, at, id",
        f"{LISTED}, offering_id, unit_id, group_id",
        "case_id IS NOT NULL",
        None,
    ),
    ("ix_record_of_case", "audit.record", "at, id", f"{LISTED}, {PLACED}", "case_id IS NOT NULL", None),
    (
        "ix_cell_version_at_id",
        "journal.cell_version",
        "at, id",
        f"{VALUES}, offering_id",
        "",
        "at, id",
    ),
    (
        "ix_cell_version_person_at_id",
        "journal.cell_version",
        "person, at, id",
        f"{VALUES}, offering_id",
        "person IS NOT NULL",
        "person, at, id",
    ),
    (
        "ix_cell_version_offering_id_at_id",
        "journal.cell_version",
        "offering_id, at, id",
        VALUES,
        "",
        "offering_id, at, id",
    ),
    (
        "ix_cell_version_late",
        "journal.cell_version",
        "at, id",
        f"{VALUES}, offering_id",
        "late",
        "at, id",
    ),
    (
        "ix_cell_version_corrected",
        "journal.cell_version",
        "at, id",
        f"{VALUES}, offering_id",
        "old_points IS NOT NULL",
        None,
    ),
    (
        "ix_case_opened_at",
        'cases."case"',
        "opened_at, id",
        "diagram, status, outcome, on_behalf_of, units, closed_at",
        "",
        "opened_at, id",
    ),
    ("ix_case_outcome", 'cases."case"', "outcome, opened_at, id", "diagram", "outcome IS NOT NULL", None),
    ("ix_case_on_behalf_of", 'cases."case"', "on_behalf_of", "", "on_behalf_of IS NOT NULL", None),
    ("ix_task_late", "cases.task", "case_id", "", "closed_at > due_at", None),
)
_ALTER_PARTITIONS = """
DO $$ DECLARE part regclass; BEGIN
  FOR part IN SELECT relid FROM unnest(ARRAY['{}']::regclass[]) AS parent, pg_partition_tree(parent) WHERE isleaf LOOP
    EXECUTE format('ALTER TABLE %s {}', part);
  END LOOP;
END $$
"""


def upgrade() -> None:
    """Build the indexes anew; ten million records take about two minutes."""
    for name, table, columns, beside, rows, before in INDEXES:
        if before is not None:
            op.execute(f"DROP INDEX {table.split('.')[0]}.{name}")
        op.execute(_create_index(name, table, columns, beside, rows))
    op.execute("DROP INDEX audit.ix_record_case_id_id")
    replace_function_of_one_partition()
    op.execute(
        _ALTER_PARTITIONS.format("', '".join(YEARLY_TABLES), f"SET ({VACUUM_OPTION} = {VACUUMED_SHARE})")
    )


def downgrade() -> None:
    """Build the former indexes."""
    for name, table, _columns, _beside, rows, before in INDEXES:
        op.execute(f"DROP INDEX {table.split('.')[0]}.{name}")
        if before is not None:
            op.execute(_create_index(name, table, before, "", rows))
    op.execute("CREATE INDEX ix_record_case_id_id ON audit.record (case_id, id) WHERE case_id IS NOT NULL")
    op.execute(_ALTER_PARTITIONS.format("', '".join(YEARLY_TABLES), f"RESET ({VACUUM_OPTION})"))


def _create_index(name: str, table: str, columns: str, beside: str, rows: str) -> str:
    include = f" INCLUDE ({beside})" if beside else ""
    where = f" WHERE {rows}" if rows else ""
    return f"CREATE INDEX {name} ON {table} ({columns}){include}{where}"
