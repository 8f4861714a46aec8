"""Add the acceptance of the rules, requests for access, the review of roles, and the import of accounts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.kernel.migrations.append_only import make_tables_append_only
from app.regulation import seed

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
        sa.UniqueConstraint("quarter", name=op.f("uq_access_review_quarter")),
        schema="people",
    )
    op.create_table(
        "account_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sent_by"], ["people.person.id"], name=op.f("fk_account_import_sent_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_import")),
        schema="exchange",
    )
    op.create_table(
        "access_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("deputy", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(action = 'end') = (grant_id IS NOT NULL)", name=op.f("ck_access_request_ended_grant")
        ),
        sa.CheckConstraint("action IN ('grant', 'end')", name=op.f("ck_access_request_action")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_access_request_period")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of"], ["people.person.id"], name=op.f("fk_access_request_on_behalf_of_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_access_request_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["people.person.id"], name=op.f("fk_access_request_requester_id_person")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["people.unit.id"], name=op.f("fk_access_request_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        schema="people",
    )
    op.create_index(
        op.f("ix_access_request_person_id"), "access_request", ["person_id"], unique=False, schema="people"
    )
    op.create_table(
        "role_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["on_behalf_of"], ["people.person.id"], name=op.f("fk_role_confirmation_on_behalf_of_person")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["people.access_review.id"],
            name=op.f("fk_role_confirmation_review_id_access_review"),
        ),
        sa.ForeignKeyConstraint(
            ["said_by"], ["people.person.id"], name=op.f("fk_role_confirmation_said_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_confirmation")),
        schema="people",
    )
    op.create_index(
        op.f("ix_role_confirmation_review_id_grant_id_at"),
        "role_confirmation",
        ["review_id", "grant_id", "at"],
        unique=False,
        schema="people",
    )
    op.create_table(
        "rule_acceptance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person.id"], name=op.f("fk_rule_acceptance_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_acceptance")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_rule_acceptance_person_id_version")),
        schema="people",
    )
    op.add_column("person", sa.Column("proposed_login", sa.Text(), nullable=True), schema="people")
    op.add_column(
        "person", sa.Column("setup_hidden_at", sa.DateTime(timezone=True), nullable=True), schema="people"
    )
    op.create_index(
        op.f("ix_person_proposed_login"),
        "person",
        ["proposed_login"],
        unique=True,
        schema="people",
        postgresql_where=sa.text("proposed_login IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_person_proposed_folded"), "person", "proposed_login = lower(proposed_login)", schema="people"
    )
    make_tables_append_only("people.rule_acceptance", "people.access_request", "people.role_confirmation")
    seed.seed_regulation(op.get_bind())


def downgrade() -> None:
    # It would drop who has accepted the rules, and what chiefs asked for and confirmed.
    raise NotImplementedError("acceptances, requests and confirmations are kept; drop the database instead")
