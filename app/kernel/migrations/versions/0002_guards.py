"""What the tables alone cannot hold: append-only history, immutable versions, column grants, no overlaps."""

from alembic import op

from app.kernel.migrations.append_only import FUNCTION, append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit.record", "cases.history", "journal.change_set")

IMMUTABLE_VERSION = """
CREATE FUNCTION diagrams.keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (NEW.id, NEW.key, NEW.number, NEW.sha256, NEW.xml, NEW.forms, NEW.origin, NEW.made_at)
     IS DISTINCT FROM (OLD.id, OLD.key, OLD.number, OLD.sha256, OLD.xml, OLD.forms, OLD.origin, OLD.made_at) THEN
    RAISE EXCEPTION 'a version of a diagram never changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""

STATEMENTS = (
    FUNCTION,
    "CREATE SEQUENCE IF NOT EXISTS cases.case_number",
    *(statement for table in APPEND_ONLY for statement in append_only(table)),
    # the application cannot name the record's number, moment or database user
    "REVOKE INSERT ON audit.record FROM depter_app",
    "GRANT INSERT (format, fact, object_kind, object_id, person, case_id, body) ON audit.record TO depter_app",
    "REVOKE UPDATE, DELETE, TRUNCATE ON audit.subject_key FROM depter_app",
    "GRANT SELECT ON audit.record TO depter_sealer",
    IMMUTABLE_VERSION,
    "CREATE TRIGGER version_kept BEFORE UPDATE OR DELETE ON diagrams.version"
    " FOR EACH ROW EXECUTE FUNCTION diagrams.keep_version()",
    "ALTER TABLE diagrams.version ENABLE ALWAYS TRIGGER version_kept",
    "REVOKE DELETE, TRUNCATE ON diagrams.version FROM depter_app",
    # closing thousands of tasks must not make the inbox slow
    "ALTER TABLE cases.task SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
    "ALTER TABLE cases.state SET (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 80)",
    "ALTER TABLE outbox.message SET (autovacuum_vacuum_scale_factor = 0.02)",
    # one name, one place in the list: logins are stored folded
    "ALTER TABLE people.account ADD CONSTRAINT ck_account_folded CHECK (login = lower(login))",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
