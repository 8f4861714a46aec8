"""When an administrator could have entered an account, so that what its owner decided soon after says so."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only
from app.regulation.seed import seed

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("watched_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('password', 'given', 'opened')", name=op.f("ck_account_reset_kind")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_account_reset_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_reset")),
        schema="people",
    )
    op.create_index(
        op.f("ix_account_reset_person_id_at"), "account_reset", ["person_id", "at"], schema="people"
    )
    for statement in append_only("people.account_reset"):
        op.execute(statement)
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("what guards history is not taken away; restore a backup instead")
