"""Tables of diagrams: versions as they were published, proposals, drafts with their revisions and forms, who edits now,
plays of drafts and scenarios."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk


class DiagramVersion(Base):
    """One version. `state` is published, scheduled, proposed or retired; XML, forms and hash never change (trigger).

    `sha256` covers the XML and every form, so a case can prove which drawing it runs on.
    """

    __tablename__ = "version"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    number: Mapped[int]
    sha256: Mapped[str]
    xml: Mapped[str]
    forms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    clause: Mapped[str]
    origin: Mapped[str]
    state: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("key", "number"),
        UniqueConstraint("key", "sha256"),
        CheckConstraint("origin IN ('shipped', 'edited')", name="origin"),
        CheckConstraint("state IN ('published', 'scheduled', 'proposed', 'retired')", name="state"),
        Index("uq_version_in_force", "key", unique=True, postgresql_where=text("state = 'published'")),
        {"schema": "diagrams"},
    )


class DiagramProposal(Base):
    """One proposal to bring a version into force. One is open or scheduled per process at a time.

    `authors` are the proposer and everybody who drew: none of them decides. `base_version_id` is the version in force
    with which the proposal was compared. `effective_at` is from when the version is in force. `why` and
    `decision_reason` are sealed under the keys of who wrote them.
    """

    __tablename__ = "proposal"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("diagrams.version.id"))
    base_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("diagrams.version.id"))
    draft_id: Mapped[UUID | None] = mapped_column(ForeignKey("diagrams.draft.id"))
    why: Mapped[bytes] = mapped_column(LargeBinary)
    authors: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    proposed_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    effective_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'scheduled', 'published', 'returned', 'withdrawn', 'outdated')", name="state"
        ),
        CheckConstraint("decided_by IS NULL OR NOT decided_by = ANY (authors)", name="second_person"),
        CheckConstraint("state NOT IN ('scheduled', 'published') OR decided_by IS NOT NULL", name="decided"),
        CheckConstraint(
            "(effective_at IS NOT NULL) = (state IN ('scheduled', 'published'))", name="effective"
        ),
        Index(
            "uq_proposal_waiting", "key", unique=True, postgresql_where=text("state IN ('open', 'scheduled')")
        ),
        Index(None, "effective_at", postgresql_where=text("state = 'scheduled'")),
        {"schema": "diagrams"},
    )


class DiagramDraft(Base):
    """One draft, as it is now. `key` is the id of its process, "" while it has none that a process may have.

    `titles` repeats the titles of the process in its XML. `forms` holds the SHA-256 of each form by its name, see
    `DraftForm`. `revision` counts its changes; the state after each is a `DraftRevision`. A closed draft is no longer
    changed; `closed_how` is `discarded` or `published`.
    """

    __tablename__ = "draft"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("diagrams.version.id"))
    xml: Mapped[str]
    forms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    created_at: Mapped[datetime]
    updated_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_how: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("closed_how IN ('discarded', 'published')", name="closed_how"),
        CheckConstraint("(closed_at IS NULL) = (closed_how IS NULL)", name="closed"),
        Index(None, "key", "updated_at", postgresql_where=text("closed_at IS NULL")),
        {"schema": "diagrams"},
    )


class DraftRevision(Base):
    """One state of a draft, `forms` as in the draft.

    States older than 30 days are deleted, the present one excepted.
    """

    __tablename__ = "draft_revision"

    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("diagrams.draft.id", ondelete="CASCADE"), primary_key=True
    )
    revision: Mapped[int] = mapped_column(primary_key=True)
    xml: Mapped[str]
    forms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    how: Mapped[str]
    saved_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    saved_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "how IN ('created', 'imported', 'copied', 'drawn', 'restored', 'repaired', 'form_changed')",
            name="how",
        ),
        Index(None, "saved_at"),
        {"schema": "diagrams"},
    )


class DraftForm(Base):
    """One text of a form, stored once however many states of drafts hold it. `used_at` is when it was last saved."""

    __tablename__ = "draft_form"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    used_at: Mapped[datetime]

    __table_args__ = ({"schema": "diagrams"},)


class DraftEditor(Base):
    """One person who has a draft open for editing: since when, and when his page reported last."""

    __tablename__ = "draft_editor"

    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("diagrams.draft.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"), primary_key=True)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]

    __table_args__ = ({"schema": "diagrams"},)


class DiagramPlay(Base):
    """One play of a draft by one editor: a list of entries that is played again for each page.

    `seed` makes the identifiers of its synthetic university, `began_at` is the moment its clock starts at.
    `scenario_id` is the scenario that was opened as this play.
    """

    __tablename__ = "play"

    id: Mapped[UUIDpk]
    draft_id: Mapped[UUID] = mapped_column(ForeignKey("diagrams.draft.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    seed: Mapped[UUID]
    began_at: Mapped[datetime]
    entries: Mapped[list[Any]] = mapped_column(JSONB)
    scenario_id: Mapped[UUID | None] = mapped_column(ForeignKey("diagrams.scenario.id"))
    updated_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("draft_id", "person_id"), {"schema": "diagrams"})


class DiagramScenario(Base):
    """A recorded play of a process with its expected end: every version has to pass it before it comes into force.

    `trace` holds the open steps after each entry, as they were when it was recorded. A removed scenario stays, with
    the reason; `replaced_by` is the scenario recorded instead.
    """

    __tablename__ = "scenario"

    id: Mapped[UUIDpk]
    key: Mapped[str]
    title: Mapped[str]
    origin: Mapped[str]
    seed: Mapped[UUID]
    began_at: Mapped[datetime]
    entries: Mapped[list[Any]] = mapped_column(JSONB)
    trace: Mapped[list[Any]] = mapped_column(JSONB)
    expected_outcome: Mapped[str | None]
    expected_open: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    recorded_at: Mapped[datetime]
    removed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    removed_at: Mapped[datetime | None]
    removed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey("diagrams.scenario.id"))

    __table_args__ = (
        CheckConstraint("origin IN ('shipped', 'recorded')", name="origin"),
        CheckConstraint("(removed_at IS NULL) = (removed_reason IS NULL)", name="removed"),
        CheckConstraint("expected_outcome IS NOT NULL OR expected_open IS NOT NULL", name="expected"),
        Index(None, "key", postgresql_where=text("removed_at IS NULL")),
        {"schema": "diagrams"},
    )


class ScenarioResult(Base):
    """The last run of a scenario on drawing and forms with this SHA-256.

    `entry` is the number of the entry at which the run parts from what was recorded, `problem` why, as a code.
    """

    __tablename__ = "scenario_result"

    scenario_id: Mapped[UUID] = mapped_column(ForeignKey("diagrams.scenario.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    passed: Mapped[bool]
    entry: Mapped[int | None]
    problem: Mapped[dict[str, Any]] = mapped_column(JSONB)
    ran_at: Mapped[datetime]

    __table_args__ = ({"schema": "diagrams"},)
