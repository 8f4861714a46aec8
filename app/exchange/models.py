"""Tables of imports: one row per uploaded roster, the lines of its plan, the progress of its execution."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "exchange"
IMPORT_STATES = ("planning", "previewed", "queued", "finished", "failed", "cancelled", "dropped")


class RosterImport(Base):
    """One uploaded roster. State `planning` waits for the worker to make the plan, `previewed` for a person,
    `queued` for the worker to execute it; of a `dropped` import the plan is deleted.

    `fingerprint` and the lines belong to one plan. `remarks`: number of lines by remark. `inclusive_ends`: an
    `endDate` is the last day, not the day after it. `ended_ids`: the stays missing in the file that end on
    `ended_last_day`. `groups`: the groups proposed for several classes; `group_choices`: whether a person joins
    them, by key (`class_groups.py`). `planned_by`, `planned_for`: who asked for the plan, and for whom;
    `kept_until`: when it is deleted if nobody agrees. `findings`: as JSON, sealed under the key of `sent_by`; None
    without any.
    `problem` is the code of the last error. The file has the id of the import.
    """

    __tablename__ = "import"

    id: Mapped[UUIDpk] = mapped_column(ForeignKey("files.file.id"))
    state: Mapped[str]
    version: Mapped[str]
    inclusive_ends: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    fingerprint: Mapped[str]
    changes: Mapped[int]
    counts: Mapped[dict[str, Any]]
    left_out: Mapped[dict[str, Any]]
    remarks: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    findings: Mapped[bytes | None] = mapped_column(LargeBinary)
    ended_ids: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    ended_last_day: Mapped[date | None]
    groups: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    group_choices: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sent_at: Mapped[datetime]
    previewed_at: Mapped[datetime]
    kept_until: Mapped[datetime | None]
    planned_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    planned_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    queued_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    queued_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    queued_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    problem: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(f"state IN {IMPORT_STATES}", name="state"),
        CheckConstraint(
            "state <> 'queued' OR (queued_by IS NOT NULL AND queued_at IS NOT NULL)", name="queued"
        ),
        Index(None, "sent_at", "id"),
        Index("uq_import_one_planning", "state", unique=True, postgresql_where=text("state = 'planning'")),
        {"schema": SCHEMA},
    )


class SourceId(Base):
    """The `sourcedId` that another system gave to a role or an enrolment, so that an export repeats it.

    `file` is `roles` or `enrollments`; `row_id` the role, the teacher of a journal or the stay. Several enrolments
    are one stay when their classes are one group; `class_id` is the journal of an enrolment, `withdrawn_on` the day on
    which a file took it away while others of the stay went on.
    """

    __tablename__ = "source_id"

    file: Mapped[str] = mapped_column(primary_key=True)
    sourced_id: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID]
    class_id: Mapped[UUID | None]
    withdrawn_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("file IN ('roles', 'enrollments')", name="file"),
        Index(None, "row_id"),
        {"schema": SCHEMA},
    )


class GroupChoice(Base):
    """Whether classes of one name and unit are one group; the last decision holds for later files."""

    __tablename__ = "group_choice"

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    joined: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)


class ImportPlanLine(Base):
    """One line of a plan, in its order. `columns` holds the old and the new value of each column as JSON;
    `about` and `columns` are sealed under the key of who sent the file. `remark` is a code of
    `exchange/remarks.py`."""

    __tablename__ = "line"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("exchange.import.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    action: Mapped[str]
    object_id: Mapped[UUID]
    about: Mapped[bytes | None] = mapped_column(LargeBinary)
    file: Mapped[str]
    line: Mapped[int]
    columns: Mapped[bytes | None] = mapped_column(LargeBinary)
    remark: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        Index(None, "import_id", "kind", "action", "number"),
        {"schema": SCHEMA},
    )


class ImportProgress(Base):
    """Number of changes done and their total; written over another connection than the changes, so that it is
    visible at once."""

    __tablename__ = "progress"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("exchange.import.id"), primary_key=True)
    done: Mapped[int] = mapped_column(server_default=text("0"))
    whole: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = ({"schema": SCHEMA},)


STRUCTURE_IMPORT_STATES = ("planning", "previewed", "queued", "finished", "failed", "cancelled")


class StructureImport(Base):
    """One workbook of the structure. State `planning` waits for the worker to make the plan, `previewed` for its
    sender, `queued` for the worker to execute it.

    `steps` are the deeds that it makes, in their order (codes, names of things and ids, no values of persons), `counts`
    its rows by what happens to them; `findings` as JSON, sealed under the key of `sent_by`, None without any; `problem`
    the code of the error that ended it; `done_at` when it was executed. `sent_for`: for whom it was sent. A file that
    the worker compares has the id of the import.
    """

    __tablename__ = "structure_import"

    id: Mapped[UUIDpk]
    state: Mapped[str] = mapped_column(default="previewed", server_default="previewed")
    steps: Mapped[list[Any]]
    counts: Mapped[dict[str, Any]]
    findings: Mapped[bytes | None] = mapped_column(LargeBinary)
    problem: Mapped[str | None]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sent_for: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    sent_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(f"state IN {STRUCTURE_IMPORT_STATES}", name="state"),
        CheckConstraint("(state = 'finished') = (done_at IS NOT NULL)", name="done"),
        {"schema": SCHEMA},
    )


class StructureProgress(Base):
    """Number of rows compared, or of steps done, and their total; written over another connection than the import, so
    that it is visible at once."""

    __tablename__ = "structure_progress"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("exchange.structure_import.id"), primary_key=True)
    done: Mapped[int] = mapped_column(server_default=text("0"))
    whole: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = ({"schema": SCHEMA},)


class AccountImport(Base):
    """The plan of a file of user names and addresses. `rows` is a JSON list of what each person gets, sealed under the
    key of `sent_by`; `counts` its rows by what happens to them.

    `queued_at`: somebody said yes; `done` rows are executed; `done_at`: all of them.
    """

    __tablename__ = "account_import"

    id: Mapped[UUIDpk]
    rows: Mapped[bytes] = mapped_column(LargeBinary)
    total: Mapped[int]
    counts: Mapped[dict[str, Any]]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sent_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    refused: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    done_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)
