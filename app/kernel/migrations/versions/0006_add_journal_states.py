"""Add the states of journals, the checks of teachers and the openings of departments."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATES = "'DRAFT', 'OPEN', 'SUBMITTED', 'CONFIRMED', 'CLOSED'"


def upgrade() -> None:
    op.add_column(
        "offering", sa.Column("state", sa.Text(), server_default="DRAFT", nullable=False), schema="journal"
    )
    # Journals that exist are in use: they are open, and those whose final sheet is closed are closed.
    op.execute("UPDATE journal.offering SET state = 'OPEN'")
    op.execute(
        "UPDATE journal.offering o SET state = 'CLOSED' FROM journal.grade_sheet s"
        " WHERE s.offering_id = o.id AND s.kind = 'FINAL' AND s.state = 'CLOSED'"
    )
    op.create_check_constraint(
        op.f("ck_offering_state"), "offering", f"state IN ({STATES})", schema="journal"
    )
    op.create_table(
        "journal_state_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"before IN ({STATES}) AND state IN ({STATES})", name=op.f("ck_journal_state_change_state")
        ),
        sa.CheckConstraint("before <> state", name=op.f("ck_journal_state_change_change")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.person.id"], name=op.f("fk_journal_state_change_made_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["journal.offering.id"],
            name=op.f("fk_journal_state_change_offering_id_offering"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_state_change")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_journal_state_change_offering_id_made_at"),
        "journal_state_change",
        ["offering_id", "made_at"],
        unique=False,
        schema="journal",
    )
    op.create_table(
        "journal_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.Column("is_right", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_right = (problem IS NULL)", name=op.f("ck_journal_check_problem")),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.person.id"], name=op.f("fk_journal_check_made_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"], ["journal.offering.id"], name=op.f("fk_journal_check_offering_id_offering")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_check")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_journal_check_offering_id_made_at"),
        "journal_check",
        ["offering_id", "made_at"],
        unique=False,
        schema="journal",
    )
    op.create_table(
        "journal_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("semester_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["people.unit.id"], name=op.f("fk_journal_opening_department_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["people.person.id"], name=op.f("fk_journal_opening_made_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["semester_id"], ["journal.semester.id"], name=op.f("fk_journal_opening_semester_id_semester")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_opening")),
        schema="journal",
    )
    op.create_index(
        op.f("ix_journal_opening_semester_id_department_id"),
        "journal_opening",
        ["semester_id", "department_id"],
        unique=False,
        schema="journal",
    )
    make_tables_append_only(
        "journal.journal_state_change", "journal.journal_check", "journal.journal_opening"
    )


def downgrade() -> None:
    # It would drop who opened, submitted and confirmed the journals, which is append-only.
    raise NotImplementedError("the states of the journals are kept; drop the database instead")
