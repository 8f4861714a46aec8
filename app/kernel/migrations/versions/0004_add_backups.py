"""Add the register of erasures, backup schedules with their approvals and runs, and restore drills."""

import sqlalchemy as sa
from alembic import op

from app.kernel.db import ROOM_SCHEMAS
from app.kernel.migrations.append_only import make_tables_append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KINDS = ("timer", "state", "operation", "owner", "message", "clock", "backup")
DESTROY_KEY_FUNCTION = """
CREATE FUNCTION audit.destroy_key_of_erased_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM audit.subject_key WHERE subject = NEW.person;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("erased_by", sa.Uuid(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        schema="audit",
    )
    op.create_index(op.f("ix_erasure_person"), "erasure", ["person"], unique=False, schema="audit")
    op.create_table(
        "drill",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("period_start < period_end", name=op.f("ck_drill_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill")),
        sa.UniqueConstraint("period_start", name=op.f("uq_drill_period_start")),
        schema="backups",
    )
    op.create_table(
        "drill_report",
        sa.Column("drill_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("within_hours", sa.SmallInteger(), nullable=False),
        sa.Column("reported_by", sa.Uuid(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 100000", name=op.f("ck_drill_report_minutes")),
        sa.ForeignKeyConstraint(
            ["drill_id"], ["backups.drill.id"], name=op.f("fk_drill_report_drill_id_drill")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["people.person.id"], name=op.f("fk_drill_report_reported_by_person")
        ),
        sa.PrimaryKeyConstraint("drill_id", name=op.f("pk_drill_report")),
        schema="backups",
    )
    op.create_table(
        "schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("every_hours", sa.SmallInteger(), nullable=False),
        sa.Column("first_hour", sa.SmallInteger(), nullable=False),
        sa.Column("copies", sa.SmallInteger(), nullable=False),
        sa.Column("archives_wal", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("copies BETWEEN 2 AND 999", name=op.f("ck_schedule_copies")),
        sa.CheckConstraint("every_hours IN (1, 2, 3, 4, 6, 8, 12, 24)", name=op.f("ck_schedule_every_hours")),
        sa.CheckConstraint("first_hour BETWEEN 0 AND 23", name=op.f("ck_schedule_first_hour")),
        sa.ForeignKeyConstraint(
            ["drafted_by"], ["people.person.id"], name=op.f("fk_schedule_drafted_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        schema="backups",
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.CheckConstraint("result IN ('OK', 'FAILED')", name=op.f("ck_run_result")),
        sa.CheckConstraint("result IS DISTINCT FROM 'OK' OR name IS NOT NULL", name=op.f("ck_run_named")),
        sa.CheckConstraint("(finished_at IS NULL) = (result IS NULL)", name=op.f("ck_run_finished")),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["backups.schedule.id"], name=op.f("fk_run_schedule_id_schedule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        schema="backups",
    )
    op.create_index(op.f("ix_run_due_at"), "run", ["due_at"], unique=True, schema="backups")
    op.create_table(
        "schedule_approval",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["people.person.id"], name=op.f("fk_schedule_approval_approved_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["backups.schedule.id"], name=op.f("fk_schedule_approval_schedule_id_schedule")
        ),
        sa.PrimaryKeyConstraint("schedule_id", name=op.f("pk_schedule_approval")),
        schema="backups",
    )
    op.create_index(
        op.f("ix_schedule_approval_approved_at"),
        "schedule_approval",
        ["approved_at"],
        unique=False,
        schema="backups",
    )
    op.drop_constraint(op.f("ck_incident_kind"), "incident", schema="cases")
    op.drop_constraint(op.f("ck_incident_about"), "incident", schema="cases")
    op.create_check_constraint("kind", "incident", f"kind IN {KINDS}", schema="cases")
    op.create_check_constraint(
        "about",
        "incident",
        "case_id IS NOT NULL OR message_id IS NOT NULL OR kind IN ('clock', 'backup')",
        schema="cases",
    )
    make_tables_append_only(
        "audit.erasure",
        "backups.schedule",
        "backups.schedule_approval",
        "backups.drill",
        "backups.drill_report",
    )
    op.execute("REVOKE DELETE, TRUNCATE ON backups.run FROM depter_app")
    # pg_dump, run by the worker as depter_app, reads where each sequence stands.
    for schema in ROOM_SCHEMAS:
        op.execute(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO depter_app")
    # The application may destroy a key only by an entry of the register that nobody can remove.
    op.execute(DESTROY_KEY_FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION audit.destroy_key_of_erased_person() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER audit_erasure_key AFTER INSERT ON audit.erasure"
        " FOR EACH ROW EXECUTE FUNCTION audit.destroy_key_of_erased_person()"
    )
    op.execute("ALTER TABLE audit.erasure ENABLE ALWAYS TRIGGER audit_erasure_key")


def downgrade() -> None:
    # It would drop the register of erasures, which is the proof of what was destroyed.
    raise NotImplementedError("the register of erasures is kept; drop the database instead")
