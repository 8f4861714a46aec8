"""One-time links that open an account, and which SECRET_KEY this database belongs to."""

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import append_only

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("used_at IS NULL OR replaced_at IS NULL", name=op.f("ck_invitation_one_end")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_invitation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_invitation_key_hash")),
        schema="people",
    )
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"], schema="people")
    op.create_table(
        "installation",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("key_check", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("one", name="ck_installation_one"),
        sa.PrimaryKeyConstraint("one", name="pk_installation"),
        schema="kernel",
    )
    op.execute("GRANT SELECT ON kernel.installation TO depter_app")
    op.execute("GRANT INSERT (key_check) ON kernel.installation TO depter_app")
    for statement in append_only("kernel.installation"):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an installation does not forget its key; restore a backup instead")
