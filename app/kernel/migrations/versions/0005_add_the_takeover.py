"""Let the worker import workbooks of the structure, and take over the marks of a running semester by an act."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "structure_import",
        sa.Column("state", sa.Text(), server_default="previewed", nullable=False),
        schema="exchange",
    )
    op.add_column(
        "structure_import", sa.Column("findings", sa.LargeBinary(), nullable=True), schema="exchange"
    )
    op.add_column("structure_import", sa.Column("problem", sa.Text(), nullable=True), schema="exchange")
    op.add_column("structure_import", sa.Column("sent_for", sa.Uuid(), nullable=True), schema="exchange")
    op.create_foreign_key(
        op.f("fk_structure_import_sent_for_person"),
        "structure_import",
        "person",
        ["sent_for"],
        ["id"],
        source_schema="exchange",
        referent_schema="people",
    )
    op.execute("UPDATE exchange.structure_import SET state = 'finished' WHERE done_at IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_structure_import_state"),
        "structure_import",
        "state IN ('planning', 'previewed', 'queued', 'finished', 'failed', 'cancelled')",
        schema="exchange",
    )
    op.create_check_constraint(
        op.f("ck_structure_import_done"),
        "structure_import",
        "(state = 'finished') = (done_at IS NOT NULL)",
        schema="exchange",
    )
    op.create_table(
        "structure_progress",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("whole", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["exchange.structure_import.id"],
            name=op.f("fk_structure_progress_import_id_structure_import"),
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_structure_progress")),
        schema="exchange",
    )
    op.create_table(
        "takeover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("semester_id", sa.Uuid(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("signed_by", sa.LargeBinary(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_for", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_for", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("findings", sa.LargeBinary(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("journals", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("cells", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("results", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "state IN ('PLANNING', 'CHECKED', 'QUEUED', 'FINISHED', 'CANCELLED', 'FAILED')",
            name=op.f("ck_takeover_state"),
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_takeover_days")),
        sa.CheckConstraint(
            "(state IN ('QUEUED', 'FINISHED')) <= (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL)",
            name=op.f("ck_takeover_confirmed"),
        ),
        sa.CheckConstraint("confirmed_by <> sent_by", name=op.f("ck_takeover_second_person")),
        sa.ForeignKeyConstraint(
            ["semester_id"], ["journal.semester.id"], name=op.f("fk_takeover_semester_id_semester")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["people.person.id"], name=op.f(f"fk_takeover_{column}_person"))
            for column in ("sent_by", "sent_for", "confirmed_by", "confirmed_for")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeover")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_takeover_sent_at_id"), "takeover", ["sent_at", "id"], unique=False, schema="journal"
    )
    op.create_table(
        "takeover_journal",
        sa.Column("takeover_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('PENDING', 'DONE', 'REFUSED')", name=op.f("ck_takeover_journal_state")),
        sa.ForeignKeyConstraint(
            ["takeover_id"], ["journal.takeover.id"], name=op.f("fk_takeover_journal_takeover_id_takeover")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_takeover_journal_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("takeover_id", "number", name=op.f("pk_takeover_journal")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_takeover_journal_offering_id"),
        "takeover_journal",
        ["offering_id"],
        unique=False,
        schema="journal",
    )
    op.add_column("result", sa.Column("takeover_id", sa.Uuid(), nullable=True), schema="journal")
    op.create_foreign_key(
        op.f("fk_result_takeover_id_takeover"),
        "result",
        "takeover",
        ["takeover_id"],
        ["id"],
        source_schema="journal",
        referent_schema="journal",
    )
    op.drop_constraint(op.f("ck_result_ground"), "result", type_="check", schema="journal")
    op.create_check_constraint(
        op.f("ck_result_ground"),
        "result",
        "signing_id IS NOT NULL OR protocol_id IS NOT NULL OR takeover_id IS NOT NULL",
        schema="journal",
    )


def downgrade() -> None:
    # It would drop the acts on which marks and results rest.
    raise NotImplementedError("the acts of takeover are kept; drop the database instead")
