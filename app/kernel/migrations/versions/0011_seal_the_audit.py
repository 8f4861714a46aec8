"""Add the queue of unsealed audit records, the tables of the sealer, the nightly cross-check and the witness."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("timer", "state", "operation", "owner", "message", "clock", "backup", "seal")
MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
QUEUE_FUNCTION = """
CREATE FUNCTION audit.queue_record_for_sealing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.unsealed (record_id) VALUES (NEW.id);
  RETURN NULL;
END $$
"""
SEALER_ONLY = ("leaf", "node", "checkpoint", "signing_key", "epoch", "cosignature", "finding")


def upgrade() -> None:
    _create_queue()
    _create_sealer_tables()
    _create_restore_table()
    _create_cross_check_tables()
    _create_witness_table()
    _set_incident_kinds()
    _grant_what_each_role_needs()


def _create_queue() -> None:
    op.create_table(
        "unsealed",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_unsealed")),
        schema="audit",
    )
    # Every row is deleted within seconds: without this the queue would grow to the size of a day.
    op.execute(
        "ALTER TABLE audit.unsealed SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"
    )
    op.execute("INSERT INTO audit.unsealed (record_id) SELECT id FROM audit.record")
    op.execute(QUEUE_FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION audit.queue_record_for_sealing() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER audit_record_queue AFTER INSERT ON audit.record"
        " FOR EACH ROW EXECUTE FUNCTION audit.queue_record_for_sealing()"
    )
    # ALWAYS: a session with `session_replication_role = replica` skips other triggers.
    op.execute("ALTER TABLE audit.record ENABLE ALWAYS TRIGGER audit_record_queue")


def _create_sealer_tables() -> None:
    op.create_table(
        "leaf",
        sa.Column("leaf_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(leaf_hash) = 32", name=op.f("ck_leaf_leaf_hash")),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_leaf")),
        sa.UniqueConstraint("record_id", name=op.f("uq_leaf_record_id")),
        schema="sealer",
    )
    op.create_table(
        "node",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("node_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("node_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(node_hash) = 32", name=op.f("ck_node_node_hash")),
        sa.PrimaryKeyConstraint("level", "node_index", name=op.f("pk_node")),
        schema="sealer",
    )
    op.create_table(
        "epoch",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("kept_size", sa.BigInteger(), nullable=False),
        sa.Column("lost_note", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_epoch")),
        sa.UniqueConstraint("origin", name=op.f("uq_epoch_origin")),
        schema="sealer",
    )
    op.create_table(
        "signing_key",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.CheckConstraint("length(public_key) = 32", name=op.f("ck_signing_key_public_key")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("public_key", name=op.f("uq_signing_key_public_key")),
        schema="sealer",
    )
    op.create_table(
        "checkpoint",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_until", MOMENT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["sealer.epoch.number"], name=op.f("fk_checkpoint_epoch_epoch")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoint")),
        schema="sealer",
    )
    op.create_index(op.f("ix_checkpoint_size"), "checkpoint", ["size"], unique=False, schema="sealer")
    op.create_table(
        "cosignature",
        sa.Column("checkpoint_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_number"],
            ["sealer.checkpoint.number"],
            name=op.f("fk_cosignature_checkpoint_number_checkpoint"),
        ),
        sa.PrimaryKeyConstraint("checkpoint_number", "witness", name=op.f("pk_cosignature")),
        schema="sealer",
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("found_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("code", "subject", name=op.f("uq_finding_code_subject")),
        schema="sealer",
    )
    op.create_table(
        "status",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_status_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_status")),
        schema="sealer",
    )


def _create_restore_table() -> None:
    op.create_table(
        "restored",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("restored_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("backup", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restored")),
        schema="sealer",
    )


def _create_cross_check_tables() -> None:
    op.create_table(
        "cross_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=False),
        sa.Column("next_leaf", sa.BigInteger(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_check")),
        sa.UniqueConstraint("day", name=op.f("uq_cross_check_day")),
        schema="audit",
    )
    op.create_table(
        "cross_check_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cross_check_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cross_check_id"],
            ["audit.cross_check.id"],
            name=op.f("fk_cross_check_finding_cross_check_id_cross_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cross_check_finding")),
        schema="audit",
    )
    op.create_index(
        op.f("ix_cross_check_finding_cross_check_id_id"),
        "cross_check_finding",
        ["cross_check_id", "id"],
        unique=False,
        schema="audit",
    )
    make_tables_append_only("audit.cross_check", "audit.cross_check_finding")


def _create_witness_table() -> None:
    op.create_table(
        "witnessed_log",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("cosigned_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_witnessed_log")),
        schema="audit",
    )
    op.execute("REVOKE DELETE, TRUNCATE ON audit.witnessed_log FROM depter_app")


def _grant_what_each_role_needs() -> None:
    # Web and worker read what the sealer wrote, and write none of it.
    op.execute("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA sealer FROM depter_app")
    op.execute("REVOKE USAGE ON ALL SEQUENCES IN SCHEMA sealer FROM depter_app")
    op.execute("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON audit.unsealed FROM depter_app")
    # pg_dump, run by the worker as depter_app, reads where each sequence stands.
    op.execute("GRANT SELECT ON ALL SEQUENCES IN SCHEMA sealer TO depter_app")
    make_tables_append_only(*(f"sealer.{name}" for name in (*SEALER_ONLY, "restored")))
    op.execute("GRANT USAGE ON SCHEMA sealer TO depter_sealer")
    op.execute("GRANT SELECT ON ALL TABLES IN SCHEMA sealer TO depter_sealer")
    op.execute(f"GRANT INSERT ON {', '.join(f'sealer.{name}' for name in SEALER_ONLY)} TO depter_sealer")
    op.execute("GRANT INSERT, UPDATE ON sealer.status TO depter_sealer")
    op.execute("GRANT SELECT, DELETE ON audit.unsealed TO depter_sealer")


def _set_incident_kinds() -> None:
    op.drop_constraint(op.f("ck_incident_kind"), "incident", schema="cases")
    op.drop_constraint(op.f("ck_incident_about"), "incident", schema="cases")
    op.create_check_constraint("kind", "incident", f"kind IN {KINDS}", schema="cases")
    op.create_check_constraint(
        "about",
        "incident",
        "case_id IS NOT NULL OR message_id IS NOT NULL OR kind IN ('clock', 'backup', 'seal')",
        schema="cases",
    )


def downgrade() -> None:
    # It would drop the checkpoints that auditors hold copies of.
    raise NotImplementedError("the seals are kept; drop the database instead")
