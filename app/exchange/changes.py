"""Data structures of a plan: changes, findings, skipped rows and rows the file does not name. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson

from app.exchange.class_groups import ProposedGroup
from app.exchange.csv_records import RosterFinding
from app.exchange.source_ids import SourceKey, SourceRow
from app.journal.tables import Course, Lesson, Offering, Semester, Teaching
from app.kernel.db import Base
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

TABLE_ORDER: tuple[type[Base], ...] = (
    Unit, Semester, Course, StudyGroup, Person, Offering, RoleGrant, Teaching, Membership,
)  # fmt: skip
"""Tables in the order of their references: a table comes after those it refers to."""
WRITTEN_TABLES: tuple[type[Base], ...] = (*TABLE_ORDER, Lesson)
"""Tables that an import writes; lessons are added alone, and compared by their ids."""


@dataclass(frozen=True, slots=True)
class ImportChange:
    """One row to insert, update, end or remove. `values` are columns, `before` their previous values; `about`
    is the display name of the row. Only rows that have not begun are removed.

    `remark` is the code of what a person should check before agreeing (`remarks.py`), "" when there is
    nothing; `semester_id` is the semester of the class of an enrolment.
    """

    table: str
    action: str
    id: UUID
    values: Mapping[str, Any]
    before: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""
    file: str = ""
    line: int = 0
    remark: str = ""
    semester_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row of the file that leads to no change; `remark` is the code of the reason. `values` are columns, as
    those of a change."""

    table: str
    id: UUID
    values: Mapping[str, Any]
    about: str
    file: str
    line: int
    remark: str
    semester_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AbsentRow:
    """A stored row that came from a roster and that this roster does not name. It is left unchanged."""

    table: str
    id: UUID
    about: str


@dataclass(frozen=True, slots=True)
class MissingEnds:
    """The stays missing in the file that somebody chose to end, by id, and their last day."""

    rows: frozenset[UUID]
    last: date


@dataclass(frozen=True)
class ImportPlan:
    """The changes to be executed. `fingerprint` identifies the plan, to detect that it differs at
    execution. `groups` are the proposed groups of several classes, `sources` the ids of other systems to store,
    `journal_changes` those that enter or leave a journal of a stay whose days do not change."""

    changes: tuple[ImportChange, ...]
    findings: tuple[RosterFinding, ...]
    same: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[AbsentRow, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[SkippedRow, ...] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)
    groups: tuple[ProposedGroup, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    replaced_sources: tuple[SourceKey, ...] = ()
    journal_changes: tuple[SourceKey, ...] = ()

    @property
    def change_total(self) -> int:
        """Return how many things the import does; with 0 there is nothing to agree to."""
        return len(self.changes) + len(self.journal_changes)

    @property
    def unchanged_row_count(self) -> int:
        """Return the number of rows of the file that equal a stored row."""
        return sum(self.same.values())

    @property
    def change_counts(self) -> Mapping[tuple[str, str], int]:
        """Return the number of changes by table and action."""
        return Counter((change.table, change.action) for change in self.changes)

    @property
    def remark_counts(self) -> Mapping[str, int]:
        """Return the number of lines by remark."""
        codes = [one.remark for one in self.changes] + [one.remark for one in self.skipped]
        return Counter(remark for remark in codes if remark)

    def change_counts_by_table(self) -> dict[str, dict[str, int]]:
        """Return counts of insert, update, end, same, absent and (if any) remove by table; omit tables
        without rows."""
        found: dict[str, dict[str, int]] = {}
        absent = Counter(one.table for one in self.absent)
        for model in WRITTEN_TABLES:
            name = model.__tablename__
            row = {
                action: self._cached_change_counts.get((name, action), 0)
                for action in ("insert", "update", "end")
            }
            row |= (
                {"remove": removed}
                if (removed := self._cached_change_counts.get((name, "remove"), 0))
                else {}
            )
            row |= {"same": self.same.get(name, 0), "absent": absent.get(name, 0)}
            if any(row.values()):
                found[name] = row
        return found

    @cached_property
    def _cached_change_counts(self) -> Mapping[tuple[str, str], int]:
        """Return `counts`, computed once."""
        return self.change_counts

    @cached_property
    def fingerprint(self) -> str:
        """Return the SHA-256 (hexadecimal) of every change."""
        every: list[Any] = [[one.table, one.action, one.id, one.values] for one in self.changes]
        every += self.journal_changes
        return hashlib.sha256(orjson.dumps(every, option=orjson.OPT_SORT_KEYS)).hexdigest()
