"""Create the tables of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE

# Every walk over units is bounded by `people.rules.MAX_UNIT_DEPTH`, so no writer may make the tree deeper.
# The recursion upwards stops behind the limit, which ends a circle too. The one downwards is needed only when
# a unit that may have units below it gets another parent.
KEEP_UNIT_DEPTH_TRIGGER_SQL = """
CREATE FUNCTION people.keep_unit_depth() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above integer; below integer;
BEGIN
  WITH RECURSIVE up (parent_id, place) AS (
    SELECT NEW.parent_id, 1
    UNION ALL
    SELECT u.parent_id, up.place + 1 FROM people.unit u JOIN up ON u.id = up.parent_id WHERE up.place <= 32
  )
  SELECT max(place) INTO above FROM up;
  below := 0;
  IF TG_OP = 'UPDATE' AND above <= 32 THEN
    WITH RECURSIVE down (id, place) AS (
      SELECT NEW.id, 0
      UNION ALL
      SELECT u.id, down.place + 1 FROM people.unit u JOIN down ON u.parent_id = down.id WHERE down.place <= 32
    )
    SELECT max(place) INTO below FROM down;
  END IF;
  IF above + below > 32 THEN
    RAISE EXCEPTION 'units stand at most 32 deep, and never in a circle' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""


def create_tables() -> None:
    """Create the tables, the limit of the depth of units, and the append-only table."""
    _create_unit_table()
    _create_person_table()
    _create_account_table()
    _create_account_reset_table()
    _create_invitation_table()
    _create_login_session_table()
    _create_calendar_key_table()
    _create_role_grant_table()
    _create_substitute_table()
    _create_study_group_table()
    _create_group_membership_table()
    op.execute(KEEP_UNIT_DEPTH_TRIGGER_SQL)
    op.execute(
        "CREATE TRIGGER unit_depth AFTER INSERT OR UPDATE OF parent_id ON people.unit"
        " FOR EACH ROW EXECUTE FUNCTION people.keep_unit_depth()"
    )
    make_tables_append_only("people.account_reset")


def _create_unit_table() -> None:
    """Create the tree of units: university, institutes, colleges, departments."""
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("parent_id", sa.Uuid, sa.ForeignKey("people.unit.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.CheckConstraint(
            "kind IN ('university', 'institute', 'college', 'masters', 'department')", name="kind"
        ),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        sa.Index(None, "parent_id"),
        schema="people",
    )


def _create_person_table() -> None:
    """Create the persons. `sort_key` puts names in the order of the Kyrgyz alphabet."""
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text, nullable=False),
        sa.Column("patronymic", sa.Text, server_default="", nullable=False),
        sa.Column("sort_key", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("locale", sa.Text),
        sa.Column("theme", sa.Text, server_default="auto", nullable=False),
        sa.Column("identifier", sa.Text),
        sa.Column("external_id", sa.Text),
        sa.Column("ended_at", MOMENT_TYPE),
        sa.CheckConstraint("locale IS NULL OR locale IN ('ky', 'ru', 'en')", name="locale"),
        sa.CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        sa.Index(None, "email"),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        sa.Index(None, "sort_key", "id"),
        schema="people",
    )


def _create_account_table() -> None:
    """Create the accounts; `password` is an argon2 hash."""
    op.create_table(
        "account",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), primary_key=True),
        sa.Column("login", sa.Text, unique=True, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("disabled_at", MOMENT_TYPE),
        # Two spellings of one login are one login: it is stored folded.
        sa.CheckConstraint("login = lower(login)", name="folded"),
        schema="people",
    )


def _create_account_reset_table() -> None:
    """Create the moments from which an administrator could have entered somebody's account."""
    op.create_table(
        "account_reset",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("made_by", sa.Uuid),
        sa.Column("watched_until", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint("kind IN ('password', 'given', 'opened')", name="kind"),
        sa.Index(None, "person_id", "at"),
        schema="people",
    )


def _create_invitation_table() -> None:
    """Create the one-time links and codes that open an account or set its password; only the hash is kept."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary, unique=True, nullable=False),
        sa.Column("login", sa.Text),
        sa.Column("purpose", sa.Text, server_default="account", nullable=False),
        sa.Column("handed", sa.Text, server_default="link", nullable=False),
        sa.Column("made_by", sa.Uuid),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("expires_at", MOMENT_TYPE, nullable=False),
        sa.Column("used_at", MOMENT_TYPE),
        sa.Column("replaced_at", MOMENT_TYPE),
        sa.CheckConstraint("used_at IS NULL OR replaced_at IS NULL", name="one_end"),
        sa.CheckConstraint("purpose IN ('account', 'password')", name="purpose"),
        sa.CheckConstraint("handed IN ('link', 'slip', 'letter')", name="handed"),
        sa.Index(None, "person_id"),
        schema="people",
    )


def _create_login_session_table() -> None:
    """Create the sessions of signed-in persons; only the hash of the key is kept."""
    op.create_table(
        "login_session",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key_hash", sa.LargeBinary, unique=True, nullable=False),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("on_behalf_of", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("created_at", MOMENT_TYPE, nullable=False),
        sa.Column("seen_at", MOMENT_TYPE, nullable=False),
        sa.Column("expires_at", MOMENT_TYPE, nullable=False),
        sa.Column("revoked_at", MOMENT_TYPE),
        sa.Column("user_agent", sa.Text, server_default="", nullable=False),
        sa.Column("address", sa.Text, server_default="", nullable=False),
        sa.Index(None, "person_id", "created_at"),
        schema="people",
    )


def _create_calendar_key_table() -> None:
    """Create the secret addresses of personal calendars; only the hash of the key is kept."""
    op.create_table(
        "calendar_key",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), primary_key=True),
        sa.Column("key_hash", sa.LargeBinary, unique=True, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("seen_at", MOMENT_TYPE),
        schema="people",
    )


def _create_role_grant_table() -> None:
    """Create the roles that persons hold, from and until a day (both included)."""
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("people.unit.id")),
        sa.Column("deputy", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date),
        sa.CheckConstraint(
            "role IN ('teacher', 'department_head', 'programme_head', 'directorate', 'academic_office',"
            " 'it_admin', 'student', 'curator', 'auditor', 'process_admin', 'rector')",
            name="role",
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="period"),
        sa.Index(None, "person_id"),
        sa.Index(None, "role", "unit_id"),
        schema="people",
    )


def _create_substitute_table() -> None:
    """Create the substitutes of absent persons, in one role or (NULL) in all."""
    op.create_table(
        "substitute",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("absent_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("substitute_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("role", sa.Text),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("reason", sa.LargeBinary),
        sa.Column("revoked_at", MOMENT_TYPE),
        sa.CheckConstraint("valid_from <= valid_until", name="period"),
        sa.CheckConstraint("absent_id <> substitute_id", name="somebody_else"),
        sa.Index(None, "absent_id"),
        sa.Index(None, "substitute_id"),
        schema="people",
    )


def _create_study_group_table() -> None:
    """Create the student groups."""
    op.create_table(
        "study_group",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid, sa.ForeignKey("people.unit.id"), nullable=False),
        sa.Column("programme", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("year_of_study", sa.Integer),
        sa.Column("curator_id", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("external_id", sa.Text),
        sa.Index(None, "external_id", unique=True, postgresql_where=sa.text("external_id IS NOT NULL")),
        sa.Index(None, "name"),
        sa.Index(None, "unit_id"),
        schema="people",
    )


def _create_group_membership_table() -> None:
    """Create the membership of students in groups, by order."""
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("group_id", sa.Uuid, sa.ForeignKey("people.study_group.id"), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date),
        sa.Column("order_no", sa.Text, server_default="", nullable=False),
        sa.Column("ended_as", sa.Text),
        sa.Column("end_order_no", sa.Text, server_default="", nullable=False),
        sa.Column("external_id", sa.Text),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="period"),
        sa.CheckConstraint(
            "ended_as IS NULL OR"
            " (ended_as IN ('TRANSFER', 'LEAVE', 'EXPEL', 'GRADUATE') AND ends_on IS NOT NULL)",
            name="ended_as",
        ),
        sa.UniqueConstraint("person_id", "group_id", "starts_on"),
        # By order a student is in one group on one day. A constraint, because two orders at once would
        # both pass a check in Python. Rosters from outside are sections of courses: a person has several.
        ExcludeConstraint(
            ("person_id", "="),
            (sa.text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where=sa.text("external_id IS NULL"),
            name="ex_membership_one_group_a_day",
        ),
        sa.Index(None, "group_id", "starts_on"),
        sa.Index(None, "person_id"),
        schema="people",
    )
