"""Create the tables of diagrams: versions, whose drawings never change, drafts with revisions, proposals, scenarios."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.kernel.migrations.initial.columns import JSONB, MOMENT_TYPE

# What a case runs on has to stay what it was: a case proves its drawing by `sha256`. State, titles and clause
# of a version may change, so the trigger names the columns that may not.
KEEP_VERSION_TRIGGER_SQL = """
CREATE FUNCTION diagrams.keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR
     (NEW.id, NEW.key, NEW.number, NEW.sha256, NEW.xml, NEW.forms, NEW.origin, NEW.made_at) IS DISTINCT FROM
     (OLD.id, OLD.key, OLD.number, OLD.sha256, OLD.xml, OLD.forms, OLD.origin, OLD.made_at) THEN
    RAISE EXCEPTION 'a version of a diagram never changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$
"""


def create_tables() -> None:
    """Create the tables and the trigger of versions."""
    _create_diagram_version_table()
    _create_diagram_draft_table()
    _create_draft_revision_table()
    _create_draft_form_table()
    _create_draft_editor_table()
    _create_version_proposal_table()
    _create_scenario_table()
    _create_scenario_result_table()
    _create_play_table()
    op.execute(KEEP_VERSION_TRIGGER_SQL)
    op.execute(
        "CREATE TRIGGER version_kept BEFORE UPDATE OR DELETE ON diagrams.version"
        " FOR EACH ROW EXECUTE FUNCTION diagrams.keep_version()"
    )
    op.execute("ALTER TABLE diagrams.version ENABLE ALWAYS TRIGGER version_kept")
    op.execute("REVOKE DELETE, TRUNCATE ON diagrams.version FROM depter_app")


def _create_diagram_version_table() -> None:
    """Create the versions of diagrams. `sha256` covers the XML and every form."""
    op.create_table(
        "version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("xml", sa.Text, nullable=False),
        sa.Column("forms", JSONB, nullable=False),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("made_at", MOMENT_TYPE, nullable=False),
        sa.Column("made_by", sa.Uuid),
        sa.Column("published_at", MOMENT_TYPE),
        sa.Column("published_by", sa.Uuid),
        sa.UniqueConstraint("key", "number"),
        sa.UniqueConstraint("key", "sha256"),
        sa.CheckConstraint("origin IN ('shipped', 'edited')", name="origin"),
        sa.CheckConstraint("state IN ('published', 'scheduled', 'proposed', 'retired')", name="state"),
        sa.Index("uq_version_in_force", "key", unique=True, postgresql_where=sa.text("state = 'published'")),
        schema="diagrams",
    )


def _create_diagram_draft_table() -> None:
    """Create drafts: what is drawn and not published."""
    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("titles", JSONB, nullable=False),
        sa.Column("base_version_id", sa.Uuid, sa.ForeignKey("diagrams.version.id")),
        sa.Column("xml", sa.Text, nullable=False),
        sa.Column("forms", JSONB, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("created_at", MOMENT_TYPE, nullable=False),
        sa.Column("updated_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("updated_at", MOMENT_TYPE, nullable=False),
        sa.Column("closed_at", MOMENT_TYPE),
        sa.Column("closed_how", sa.Text),
        sa.CheckConstraint("closed_how IN ('discarded', 'published')", name="closed_how"),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_how IS NULL)", name="closed"),
        sa.Index(None, "key", "updated_at", postgresql_where=sa.text("closed_at IS NULL")),
        schema="diagrams",
    )


def _create_draft_revision_table() -> None:
    """Create the states of drafts, one row for each change."""
    op.create_table(
        "draft_revision",
        sa.Column(
            "draft_id", sa.Uuid, sa.ForeignKey("diagrams.draft.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("xml", sa.Text, nullable=False),
        sa.Column("forms", JSONB, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("saved_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("saved_at", MOMENT_TYPE, nullable=False),
        sa.CheckConstraint(
            "how IN ('created', 'imported', 'copied', 'drawn', 'restored', 'repaired', 'form_changed')",
            name="how",
        ),
        sa.Index(None, "saved_at"),
        schema="diagrams",
    )


def _create_draft_form_table() -> None:
    """Create the texts of the forms of drafts, each once by its SHA-256."""
    op.create_table(
        "draft_form",
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("used_at", MOMENT_TYPE, nullable=False),
        schema="diagrams",
    )


def _create_draft_editor_table() -> None:
    """Create the persons who have a draft open now."""
    op.create_table(
        "draft_editor",
        sa.Column(
            "draft_id", sa.Uuid, sa.ForeignKey("diagrams.draft.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), primary_key=True),
        sa.Column("since", MOMENT_TYPE, nullable=False),
        sa.Column("seen_at", MOMENT_TYPE, nullable=False),
        schema="diagrams",
    )


def _create_version_proposal_table() -> None:
    """Create proposals: who wants which version in force, why, who decided, and from when. One waits per process."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version_id", sa.Uuid, sa.ForeignKey("diagrams.version.id"), nullable=False),
        sa.Column("base_version_id", sa.Uuid, sa.ForeignKey("diagrams.version.id")),
        sa.Column("draft_id", sa.Uuid, sa.ForeignKey("diagrams.draft.id")),
        sa.Column("why", sa.LargeBinary, nullable=False),
        sa.Column("authors", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("proposed_by", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("proposed_at", MOMENT_TYPE, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("decided_at", MOMENT_TYPE),
        sa.Column("decision_reason", sa.LargeBinary),
        sa.Column("effective_at", MOMENT_TYPE),
        sa.CheckConstraint(
            "state IN ('open', 'scheduled', 'published', 'returned', 'withdrawn', 'outdated')", name="state"
        ),
        sa.CheckConstraint("decided_by IS NULL OR NOT decided_by = ANY (authors)", name="second_person"),
        sa.CheckConstraint(
            "state NOT IN ('scheduled', 'published') OR decided_by IS NOT NULL", name="decided"
        ),
        sa.CheckConstraint(
            "(effective_at IS NOT NULL) = (state IN ('scheduled', 'published'))", name="effective"
        ),
        sa.Index(
            "uq_proposal_waiting",
            "key",
            unique=True,
            postgresql_where=sa.text("state IN ('open', 'scheduled')"),
        ),
        sa.Index(None, "effective_at", postgresql_where=sa.text("state = 'scheduled'")),
        schema="diagrams",
    )
    op.execute("REVOKE DELETE, TRUNCATE ON diagrams.proposal FROM depter_app")


def _create_scenario_table() -> None:
    """Create scenarios: recorded plays with their expected end. They are never deleted."""
    op.create_table(
        "scenario",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("seed", sa.Uuid, nullable=False),
        sa.Column("began_at", MOMENT_TYPE, nullable=False),
        sa.Column("entries", JSONB, nullable=False),
        sa.Column("trace", JSONB, nullable=False),
        sa.Column("expected_outcome", sa.Text),
        sa.Column("expected_open", sa.ARRAY(sa.Text)),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("recorded_at", MOMENT_TYPE, nullable=False),
        sa.Column("removed_by", sa.Uuid, sa.ForeignKey("people.person.id")),
        sa.Column("removed_at", MOMENT_TYPE),
        sa.Column("removed_reason", sa.LargeBinary),
        sa.Column("replaced_by", sa.Uuid, sa.ForeignKey("diagrams.scenario.id")),
        sa.CheckConstraint("origin IN ('shipped', 'recorded')", name="origin"),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_reason IS NULL)", name="removed"),
        sa.CheckConstraint("expected_outcome IS NOT NULL OR expected_open IS NOT NULL", name="expected"),
        sa.Index(None, "key", postgresql_where=sa.text("removed_at IS NULL")),
        schema="diagrams",
    )
    op.execute("REVOKE DELETE, TRUNCATE ON diagrams.scenario FROM depter_app")


def _create_scenario_result_table() -> None:
    """Create the last result of each scenario, by the SHA-256 of what it ran on."""
    op.create_table(
        "scenario_result",
        sa.Column("scenario_id", sa.Uuid, sa.ForeignKey("diagrams.scenario.id"), primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("entry", sa.Integer),
        sa.Column("problem", JSONB, nullable=False),
        sa.Column("ran_at", MOMENT_TYPE, nullable=False),
        schema="diagrams",
    )


def _create_play_table() -> None:
    """Create plays: the entries of one editor's play of a draft."""
    op.create_table(
        "play",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column(
            "draft_id", sa.Uuid, sa.ForeignKey("diagrams.draft.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.person.id"), nullable=False),
        sa.Column("seed", sa.Uuid, nullable=False),
        sa.Column("began_at", MOMENT_TYPE, nullable=False),
        sa.Column("entries", JSONB, nullable=False),
        sa.Column("scenario_id", sa.Uuid, sa.ForeignKey("diagrams.scenario.id")),
        sa.Column("updated_at", MOMENT_TYPE, nullable=False),
        sa.UniqueConstraint("draft_id", "person_id"),
        schema="diagrams",
    )
