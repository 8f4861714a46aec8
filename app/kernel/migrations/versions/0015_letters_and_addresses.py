"""One letter a person a day, how each person wants each kind of news by mail, secret addresses of calendars."""

import sqlalchemy as sa
from alembic import op

from app.regulation.seed import seed

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digest",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("person", "due_at", name=op.f("uq_digest_person_due_at")),
        schema="notices",
    )
    op.create_index("ix_digest_sent", "digest", ["sent_at"], schema="notices")
    op.create_table(
        "channel",
        sa.Column("person", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.CheckConstraint("way IN ('at_once', 'daily', 'never')", name=op.f("ck_channel_way")),
        sa.PrimaryKeyConstraint("person", "topic", name=op.f("pk_channel")),
        schema="notices",
    )
    op.add_column("bell", sa.Column("digest_id", sa.Uuid(), nullable=True), schema="notices")
    op.create_foreign_key(
        op.f("fk_bell_digest_id_digest"),
        "bell",
        "digest",
        ["digest_id"],
        ["id"],
        source_schema="notices",
        referent_schema="notices",
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_bell_digest",
        "bell",
        ["digest_id"],
        schema="notices",
        postgresql_where=sa.text("digest_id IS NOT NULL"),
    )
    op.create_table(
        "calendar_key",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_calendar_key_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_calendar_key_key_hash")),
        schema="people",
    )
    seed(op.get_bind())


def downgrade() -> None:
    raise NotImplementedError("letters under way are not thrown away; restore a backup instead")
