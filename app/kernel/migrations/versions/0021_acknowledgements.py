"""Keep who acknowledged the regulation, and the steps of the sheets of annex 4."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0021"
down_revision = "0020"
branch_labels = depends_on = None


def _columns(table: str) -> list[sa.Column | sa.Constraint]:
    """Return the columns and keys that both tables have."""
    keys = {
        "semester_id": ("journal.semester.id", "semester"),
        "group_id": ("people.study_group.id", "study_group"),
        "made_by": ("people.person.id", "person"),
    }
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in keys),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}_{referred}"))
            for name, (target, referred) in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    """Add two append-only tables."""
    op.create_table(
        "acknowledgement",
        *_columns("acknowledgement"),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["student_id"], ["people.person.id"], name=op.f("fk_acknowledgement_student_id_person")
        ),
        sa.CheckConstraint(
            "way IN ('OWN', 'PAPER', 'DECLINED', 'WITHDRAWN')", name=op.f("ck_acknowledgement_way")
        ),
        sa.CheckConstraint(
            "(way IN ('DECLINED', 'WITHDRAWN')) = (note IS NOT NULL)", name=op.f("ck_acknowledgement_note")
        ),
        schema="journal",
    )
    op.create_table(
        "acknowledgement_sheet",
        *_columns("acknowledgement_sheet"),
        sa.Column("step", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("acknowledged", "declined", "missing")),
        sa.CheckConstraint("step IN ('SIGNED', 'KEPT')", name=op.f("ck_acknowledgement_sheet_step")),
        sa.CheckConstraint(
            "acknowledged >= 0 AND declined >= 0 AND missing >= 0",
            name=op.f("ck_acknowledgement_sheet_numbers"),
        ),
        schema="journal",
    )
    for table, columns in (
        ("acknowledgement", ["group_id", "semester_id", "student_id", "made_at", "id"]),
        ("acknowledgement", ["student_id"]),
        ("acknowledgement", ["semester_id"]),
        ("acknowledgement_sheet", ["group_id", "semester_id", "made_at", "id"]),
        ("acknowledgement_sheet", ["semester_id"]),
    ):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, schema="journal")
    make_tables_append_only("journal.acknowledgement", "journal.acknowledgement_sheet")


def downgrade() -> None:
    # It would drop signatures, which are append-only.
    raise NotImplementedError("acknowledgements are kept; drop the database instead")
