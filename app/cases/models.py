"""Tables of the room `cases`.

The task row repeats what lists need. The engine state has its own table, so that no list reads it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Sequence,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "cases"
case_number_sequence = Sequence("case_number", schema=SCHEMA, metadata=Base.metadata)


class Case(Base):
    """One process instance. `subject` is its structured subject; `units` and `about` are its scope."""

    __tablename__ = "case"

    id: Mapped[UUIDpk]
    number: Mapped[str] = mapped_column(unique=True)
    diagram: Mapped[str]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("diagrams.version.id"))
    status: Mapped[str]
    outcome: Mapped[str | None]
    requester: Mapped[UUID]
    requester_name: Mapped[str]
    on_behalf_of: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    subject_hash: Mapped[str | None]
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    search: Mapped[str]
    units: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    about: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    iteration: Mapped[int] = mapped_column(SmallInteger)
    start_hash: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("status IN ('open', 'done', 'withdrawn', 'quarantined', 'suspended')", name="status"),
        Index("ix_case_requester", "requester", text("opened_at DESC"), "id"),
        Index("ix_case_about", "about", postgresql_using="gin"),
        Index(
            "ix_case_touched",
            "subject",
            postgresql_using="gin",
            postgresql_ops={"subject": "jsonb_path_ops"},
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_case_subject_id", "subject_id"),
        Index("ix_case_finished", "diagram", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        # The list of all cases is read from this index alone.
        Index(
            "ix_case_opened_at",
            "opened_at",
            "id",
            postgresql_include=["diagram", "status", "outcome", "on_behalf_of", "units", "closed_at"],
        ),
        Index(
            "ix_case_outcome",
            "outcome",
            "opened_at",
            "id",
            postgresql_include=["diagram"],
            postgresql_where=text("outcome IS NOT NULL"),
        ),
        Index("ix_case_on_behalf_of", "on_behalf_of", postgresql_where=text("on_behalf_of IS NOT NULL")),
        Index("ix_case_diagram", "diagram", "opened_at", "id"),
        Index("ix_case_units", "units", postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class CaseState(Base):
    """The engine's state in its own compact format; `check` is the SHA-256 of `body`."""

    __tablename__ = "state"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    check: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int]

    __table_args__ = ({"schema": SCHEMA},)


class Task(Base):
    """One task of one person or one pool. Open while `closed_at` is empty."""

    __tablename__ = "task"

    id: Mapped[UUIDpk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"))
    key: Mapped[str]
    element: Mapped[str]
    iteration: Mapped[int] = mapped_column(SmallInteger)
    diagram: Mapped[str]
    version_id: Mapped[UUID]
    number: Mapped[str]
    clause: Mapped[str]
    role: Mapped[str]
    unit_id: Mapped[UUID | None]
    assignee: Mapped[UUID | None]
    on_behalf_of: Mapped[UUID | None]
    pooled: Mapped[bool]
    excluded: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    requester: Mapped[UUID]
    requester_name: Mapped[str]
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    subject_hash: Mapped[str | None]
    search: Mapped[str]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    policy: Mapped[str]
    computation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    closed_how: Mapped[str | None]

    __table_args__ = (
        Index(
            "ix_task_mine",
            "assignee",
            "due_at",
            "id",
            postgresql_where=text("closed_at IS NULL AND assignee IS NOT NULL"),
        ),
        Index(
            "ix_task_pool",
            "role",
            "unit_id",
            "due_at",
            "id",
            postgresql_where=text("closed_at IS NULL AND assignee IS NULL"),
        ),
        Index("ix_task_case", "case_id"),
        Index(
            "ix_task_done",
            "closed_by",
            text("closed_at DESC"),
            "id",
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        Index("ix_task_clause", "clause", "case_id"),
        Index("ix_task_late", "case_id", postgresql_where=text("closed_at > due_at")),
        # The live map of a process: open tasks by step, and times of completed ones from the index alone.
        Index(
            "ix_task_waiting",
            "diagram",
            "element",
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_task_finished",
            "diagram",
            "closed_at",
            postgresql_include=["element", "opened_at", "closed_how", "case_id"],
            postgresql_where=text("closed_by IS NOT NULL"),
        ),
        {"schema": SCHEMA},
    )


class Timer(Base):
    """One due moment: a reminder of a task or a timer of the diagram.

    The row exists as long as the timer is open; fired timers are in the history. `anchor` is the moment its
    deadline is counted from, so that a changed calendar can compute it again.
    """

    __tablename__ = "timer"

    id: Mapped[UUIDpk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"))
    task_id: Mapped[UUID | None]
    key: Mapped[str | None]
    element: Mapped[str]
    kind: Mapped[str]
    policy: Mapped[str]
    anchor: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("kind IN ('diagram', 'reminder_50', 'reminder_90', 'overdue')", name="kind"),
        Index("ix_timer_due", "due_at", "id"),
        Index("ix_timer_case", "case_id"),
        {"schema": SCHEMA},
    )


class History(Base):
    """One history entry of a case. Never updated or deleted.

    `words` is free text, sealed under its author's key. `answers_digest` is the keyed hash of all answers, by which a
    repeat is recognised. `variables` are the process variables that the step set beside the answers: start variables,
    ids of new subjects. With them the history replays on another version.

    The table is partitioned by the year of `recorded_at`, so its key holds the moment; `id` alone is unique too,
    because it comes from one sequence.
    """

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[UUID]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), primary_key=True)
    kind: Mapped[str]
    person: Mapped[UUID | None]
    on_behalf_of: Mapped[UUID | None]
    role: Mapped[str | None]
    element: Mapped[str | None]
    task_id: Mapped[UUID | None]
    iteration: Mapped[int] = mapped_column(SmallInteger)
    approves: Mapped[bool] = mapped_column(server_default=text("false"))
    decision: Mapped[str | None]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    variables: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    opened: Mapped[list[Any]] = mapped_column(JSONB)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    subject_hash: Mapped[str | None]
    clause: Mapped[str | None]
    answers_digest: Mapped[str | None]

    __table_args__ = (
        Index("ix_history_case", "case_id", "id"),
        Index("ix_history_approval", "at", postgresql_where=text("approves")),
        Index("ix_history_person", "person", "case_id", postgresql_where=text("person IS NOT NULL")),
        Index(
            "ix_history_on_behalf_of",
            "on_behalf_of",
            "case_id",
            postgresql_where=text("on_behalf_of IS NOT NULL"),
        ),
        {"schema": SCHEMA, "postgresql_partition_by": "RANGE (recorded_at)"},
    )


class Draft(Base):
    """The unsent input of a person in a form. `form` is a task id or the id of a case to be started; `body` is JSON,
    sealed under the key of the person."""

    __tablename__ = "draft"

    person: Mapped[UUIDpk]
    form: Mapped[UUIDpk]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]

    __table_args__ = ({"schema": SCHEMA},)


class DeadlineReschedulingRun(Base):
    """One rescheduling of open deadlines after a change of the calendar; unfinished while batches remain."""

    __tablename__ = "recount"

    change_id: Mapped[UUIDpk]
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)


class MovedDeadline(Base):
    """One open deadline moved by a change of the calendar: of a task, or of a timer with its own deadline."""

    __tablename__ = "moved_deadline"

    id: Mapped[UUIDpk]
    change_id: Mapped[UUID]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"))
    task_id: Mapped[UUID | None]
    element: Mapped[str]
    due_before: Mapped[datetime]
    due_after: Mapped[datetime]
    at: Mapped[datetime]

    __table_args__ = (
        Index("ix_moved_deadline_change", "change_id", "due_before", "id"),
        {"schema": SCHEMA},
    )


class Attachment(Base):
    """A file that belongs to a case. The room `files` stores its bytes. `name` is sealed as there."""

    __tablename__ = "attachment"

    id: Mapped[UUIDpk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"))
    person: Mapped[UUID]
    at: Mapped[datetime]
    name: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_attachment_case", "case_id", "at"), {"schema": SCHEMA})


class Dossier(Base):
    """One dossier that was made of a case. The PDF itself is not kept, only its SHA-256 in hex.

    `code_hash` is the keyed hash of the code on the paper, `code_ending` its last letters. `last_entry` is the newest
    history entry of the case when it was made (0 for none), `persons` are all persons the document names.
    """

    __tablename__ = "dossier"
    unchanging = True

    id: Mapped[UUIDpk]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.case.id"))
    code_hash: Mapped[str] = mapped_column(unique=True)
    code_ending: Mapped[str]
    pdf_sha256: Mapped[str]
    pages: Mapped[int] = mapped_column(SmallInteger)
    locale: Mapped[str]
    last_entry: Mapped[int] = mapped_column(BigInteger)
    persons: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    made_by: Mapped[UUID]
    on_behalf_of: Mapped[UUID | None]
    made_at: Mapped[datetime]

    __table_args__ = (Index("ix_dossier_case", "case_id", "made_at", "id"), {"schema": SCHEMA})


class DossierRevocation(Base):
    """The revocation of one dossier; `words` is its reason, sealed under the key of `revoked_by`."""

    __tablename__ = "dossier_revocation"
    unchanging = True

    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("cases.dossier.id"), primary_key=True)
    revoked_by: Mapped[UUID]
    on_behalf_of: Mapped[UUID | None]
    revoked_at: Mapped[datetime]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = ({"schema": SCHEMA},)


class Incident(Base):
    """A problem that needs a person: of a case, of a message that could not be delivered, or of the clock of a worker.

    `element` and `task_id` are the step, `message_id` the dead letter. `attempts` counts retries by persons;
    `words` is the reason of a closing, sealed under the key of `resolved_by`.
    """

    __tablename__ = "incident"

    id: Mapped[UUIDpk]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.case.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    code: Mapped[str]
    element: Mapped[str | None]
    task_id: Mapped[UUID | None]
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    tried_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolved_how: Mapped[str | None]
    words: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint(
            "kind IN ('timer', 'state', 'operation', 'owner', 'message', 'clock', 'backup', 'seal')",
            name="kind",
        ),
        CheckConstraint(
            "case_id IS NOT NULL OR message_id IS NOT NULL OR kind IN ('clock', 'backup', 'seal')",
            name="about",
        ),
        Index("ix_incident_open", "at", "id", postgresql_where=text("resolved_at IS NULL")),
        Index("ix_incident_solved", "at", "id", postgresql_where=text("resolved_at IS NOT NULL")),
        Index("ix_incident_case", "case_id"),
        Index("ix_incident_message", "message_id", postgresql_where=text("message_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
