"""SQL that makes a table append-only. Fires for every role, the owner's and replication's too."""

from __future__ import annotations

FUNCTION = """
CREATE OR REPLACE FUNCTION kernel.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on %.% is refused: it is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$
"""


def append_only(table: str) -> list[str]:
    """The statements that refuse UPDATE, DELETE and TRUNCATE on `schema.table`, for whoever tries."""
    name = table.replace(".", "_")
    return [
        f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM depter_app",
        f"CREATE TRIGGER {name}_rows BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION kernel.refuse_rewrite()",
        f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_rewrite()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_rows",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}_truncate",
    ]
