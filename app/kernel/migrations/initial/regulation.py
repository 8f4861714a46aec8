"""Create the tables of the regulation: policies and calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.append_only import make_tables_append_only
from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE

REVISION_COUNTED_TABLES = (
    "people.unit",
    "regulation.calendar_day",
    "regulation.calendar_year",
    "regulation.pause",
    "regulation.policy",
    "regulation.unit_week",
)
"""The tables that a process keeps in memory until the revision changes."""

# The update locks the one row until the transaction ends, so two writers at once leave two numbers: every
# change that was committed has a number that no earlier state had.
COUNT_REVISION_TRIGGER_SQL = """
CREATE FUNCTION regulation.count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE regulation.revision SET number = number + 1 WHERE id = 1;
  RETURN NULL;
END $$
"""


def create_tables() -> None:
    """Create the tables and the count of their changes. `people` has to exist."""
    _create_policy_value_table()
    _create_policy_change_table()
    _create_question_answer_table()
    _create_calendar_day_table()
    _create_working_week_table()
    _create_deadline_pause_table()
    _create_checked_calendar_year_table()
    _create_calendar_change_table()
    _create_calendar_revision_table()
    # The days of 2026 in `policies.toml` are those of the decree, so that year counts as checked.
    op.execute(
        "INSERT INTO regulation.calendar_year (year, source, confirmed_at)"
        " VALUES (2026, 'Depter 0.1', '2026-04-07 00:00+06')"
    )
    make_tables_append_only("regulation.calendar_change")
    make_tables_append_only("regulation.question_answer")
    op.execute(COUNT_REVISION_TRIGGER_SQL)
    for table in REVISION_COUNTED_TABLES:
        name = table.partition(".")[2]
        op.execute(
            f"CREATE TRIGGER {name}_revision AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION regulation.count_revision()"
        )


def _create_policy_value_table() -> None:
    """Create the dated values of deadlines and choices, for a unit or (NULL) the university."""
    op.create_table(
        "policy",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("document", sa.Text, server_default=sa.text("''"), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("change_id", sa.Uuid),
        sa.CheckConstraint("measure IN ('hours', 'calendar_days', 'working_days', 'code')", name="measure"),
        sa.CheckConstraint("source IN ('text', 'default', 'decision')", name="source"),
        sa.CheckConstraint("(source = 'decision') = (document <> '')", name="document"),
        sa.UniqueConstraint("key", "unit_id", "effective_from", postgresql_nulls_not_distinct=True),
        schema="regulation",
    )


def _create_policy_change_table() -> None:
    """Create the proposed values of policies with their decisions; `reason` and `decision_words` are sealed."""
    op.create_table(
        "policy_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("value_before", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposed_on_behalf_of", sa.Uuid),
        sa.Column("proposed_at", MOMENT_TYPE, nullable=False),
        sa.Column("decision", sa.Text),
        sa.Column("decided_by", sa.Uuid),
        sa.Column("decided_at", MOMENT_TYPE),
        sa.Column("decision_words", sa.LargeBinary),
        sa.CheckConstraint("decision IN ('approved', 'rejected', 'withdrawn')", name="decision"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        sa.Index(
            "ix_policy_change_waiting", "key", unique=True, postgresql_where=sa.text("decision IS NULL")
        ),
        sa.Index("ix_policy_change_key", "key", "proposed_at"),
        schema="regulation",
    )


def _create_question_answer_table() -> None:
    """Create the answers to the open questions of the regulation; `words` is the answer, sealed."""
    op.create_table(
        "question_answer",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("person", sa.Uuid, nullable=False),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Index("ix_question_answer_question", "question", "at"),
        schema="regulation",
    )


def _create_calendar_day_table() -> None:
    """Create the days that differ from their weekday."""
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("names", JSONB, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, server_default=sa.text("'government'"), nullable=False),
        sa.CheckConstraint("kind IN ('off', 'working', 'short')", name="kind"),
        sa.CheckConstraint("origin IN ('government', 'university')", name="origin"),
        sa.UniqueConstraint("day", "unit_id", postgresql_nulls_not_distinct=True),
        schema="regulation",
    )


def _create_working_week_table() -> None:
    """Create the number of working days a week, from a day on."""
    op.create_table(
        "unit_week",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("days", sa.SmallInteger, nullable=False),
        sa.Column("since", sa.Date, server_default=sa.text("'2000-01-01'"), nullable=False),
        sa.CheckConstraint("days IN (5, 6)", name="days"),
        sa.UniqueConstraint("unit_id", "since", postgresql_nulls_not_distinct=True),
        schema="regulation",
    )


def _create_deadline_pause_table() -> None:
    """Create the periods in which deadlines stand still."""
    op.create_table(
        "pause",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("starts_at", MOMENT_TYPE, nullable=False),
        sa.Column("ends_at", MOMENT_TYPE, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="period"),
        sa.Index(None, "starts_at"),
        schema="regulation",
    )


def _create_checked_calendar_year_table() -> None:
    """Create the years whose days the academic office has checked."""
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("confirmed_at", MOMENT_TYPE, nullable=False),
        sa.Column("confirmed_by", sa.Uuid),
        schema="regulation",
    )


def _create_calendar_change_table() -> None:
    """Create the history of the calendar; `words` is the reason, sealed."""
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", MOMENT_TYPE, nullable=False),
        sa.Column("person", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Uuid),
        sa.Column("since", MOMENT_TYPE),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.Column("words", sa.LargeBinary),
        sa.Index("ix_calendar_change_at", "at", "id"),
        schema="regulation",
    )


def _create_calendar_revision_table() -> None:
    """Create the one row that counts changes, so that a process knows when to read again."""
    op.create_table(
        "revision",
        # SQLAlchemy makes a sequence for an integer key; the check leaves only the one row.
        sa.Column("id", sa.SmallInteger, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        schema="regulation",
    )
