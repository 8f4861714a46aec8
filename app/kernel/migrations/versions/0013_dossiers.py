"""Add dossiers of cases and their revocations. Both append-only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("code_ending", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("persons", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case.id"], name=op.f("fk_dossier_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_dossier_code_hash")),
        schema="cases",
    )
    op.create_index("ix_dossier_case", "dossier", ["case_id", "made_at", "id"], unique=False, schema="cases")
    op.create_table(
        "dossier_revocation",
        sa.Column("dossier_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["cases.dossier.id"], name=op.f("fk_dossier_revocation_dossier_id_dossier")
        ),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_dossier_revocation")),
        schema="cases",
    )
    make_tables_append_only("cases.dossier", "cases.dossier_revocation")


def downgrade() -> None:
    # It would drop the register of dossiers, which is append-only.
    raise NotImplementedError("the register of dossiers is kept; drop the database instead")
