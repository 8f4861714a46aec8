"""Tables partitioned by the year in which PostgreSQL wrote a row, and the functions that make their partitions.

A year begins at midnight in Bishkek. A partition is made apart and attached, so that nobody who writes waits.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import Connection, text

YEARLY_TABLES = ("audit.record", "cases.history")
"""What grows for ever. Both are append-only, and `recorded_at` is their partition key."""

VACUUM_OPTION = "autovacuum_vacuum_insert_scale_factor"
VACUUMED_SHARE = 0.02
"""A partition is vacuumed whenever it has grown by this share. A search reads an index alone only where PostgreSQL
knows from a vacuum that all rows are visible."""

_CREATE_ONE_PARTITION_SQL = """
CREATE OR REPLACE FUNCTION kernel.create_year_partition(parent text, year int) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  part text := format('%s_y%s', parent, year);
  trigger_name text := replace(parent, '.', '_');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('depter.year_partition'));
  IF to_regclass(part) IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)', part, parent);
  EXECUTE format('ALTER TABLE %s SET ({vacuum})', part);
  EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', parent, part,
                 make_timestamptz(year, 1, 1, 0, 0, 0, 'Asia/Bishkek'),
                 make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'Asia/Bishkek'));
  -- Rows enter by the parent, whose grants and row triggers hold; TRUNCATE of a partition needs a trigger of its own.
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM depter_app', part);
  EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_rewrite()',
                 trigger_name || '_truncate', part);
  -- A trigger that a partition takes from its parent forgets ALWAYS, and a replica session would skip it.
  FOR trigger_name IN SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(part) AND NOT tgisinternal LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', part, trigger_name);
  END LOOP;
  RETURN true;
END $$
"""
_CREATE_DUE_PARTITIONS_SQL = """
CREATE FUNCTION kernel.create_due_year_partitions() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  this_year int := extract(year FROM clock_timestamp() AT TIME ZONE 'Asia/Bishkek');
  parent text;
  made int := 0;
BEGIN
  FOREACH parent IN ARRAY ARRAY[{tables}] LOOP
    FOR year IN this_year .. this_year + 1 LOOP
      IF to_regclass(format('%s_y%s', parent, year)) IS NULL AND kernel.create_year_partition(parent, year) THEN
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END $$
"""


def create_partition_functions() -> None:
    """Create the functions, inside a migration: one for the owner, one that `depter_app` may call as well.

    `depter_app` can make the partitions of this year and of the next one, and no other.
    """
    replace_function_of_one_partition()
    tables = ", ".join(f"'{table}'" for table in YEARLY_TABLES)
    op.execute(_CREATE_DUE_PARTITIONS_SQL.format(tables=tables))
    op.execute("REVOKE ALL ON FUNCTION kernel.create_year_partition(text, int) FROM PUBLIC")
    op.execute("REVOKE ALL ON FUNCTION kernel.create_due_year_partitions() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION kernel.create_due_year_partitions() TO depter_app")


def replace_function_of_one_partition() -> None:
    """Create or replace the function that makes one partition, inside a migration."""
    op.execute(_CREATE_ONE_PARTITION_SQL.replace("{vacuum}", f"{VACUUM_OPTION} = {VACUUMED_SHARE}"))


def create_due_year_partitions(connection: Connection) -> int:
    """Make the partitions of this year and the next that are missing; return how many. No table is locked without
    need."""
    return int(connection.scalar(text("SELECT kernel.create_due_year_partitions()")) or 0)


def are_partition_functions_there(connection: Connection) -> bool:
    """Return whether the functions exist: not before the migration that makes them."""
    return bool(connection.scalar(text("SELECT to_regproc('kernel.create_due_year_partitions') IS NOT NULL")))
