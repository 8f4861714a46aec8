"""What a plan is made of: changes, findings, and what the file does not name. Knows no database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson

from app.exchange.read import Finding
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.db import Base
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

ORDER: tuple[type[Base], ...] = (
    Unit, Semester, Course, StudyGroup, Person, Offering, RoleGrant, Teaching, Membership,
)  # fmt: skip
"""In the order in which they refer to each other."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row to insert, update, end or remove. `values` are columns, `before` what stood in them; `about` is its name.
    Removed is only what has not begun.

    `remark` is the code of what somebody should look at before he agrees (`remarks.py`), "" when there is nothing.
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


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row of the file that gives nothing, and why. `values` are columns, as those of a change."""

    table: str
    id: UUID
    values: Mapping[str, Any]
    about: str
    file: str
    line: int
    remark: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A row that came from a roster and that this one does not name. Nothing is done to it."""

    table: str
    id: UUID
    about: str


@dataclass(frozen=True)
class Plan:
    """Exactly what will be done. `fingerprint` tells whether it is still the same when it is executed."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    same: Mapping[str, int] = field(default_factory=dict)
    absent: tuple[Absent, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    names: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def unchanged(self) -> int:
        """How many rows of the file say what is stored already."""
        return sum(self.same.values())

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many changes by table and action."""
        return Counter((change.table, change.action) for change in self.changes)

    @property
    def remarks(self) -> Mapping[str, int]:
        """How many lines have which remark."""
        told = [one.remark for one in self.changes] + [one.remark for one in self.skipped]
        return Counter(remark for remark in told if remark)

    def by_kind(self) -> dict[str, dict[str, int]]:
        """Per table: insert, update, end, same, absent, if any remove; not tables of which the file says nothing."""
        found: dict[str, dict[str, int]] = {}
        absent = Counter(one.table for one in self.absent)
        for model in ORDER:
            name = model.__tablename__
            row = {action: self._tally.get((name, action), 0) for action in ("insert", "update", "end")}
            row |= {"remove": removed} if (removed := self._tally.get((name, "remove"), 0)) else {}
            row |= {"same": self.same.get(name, 0), "absent": absent.get(name, 0)}
            if any(row.values()):
                found[name] = row
        return found

    @cached_property
    def _tally(self) -> Mapping[tuple[str, str], int]:
        return self.counts

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every change."""
        every = [[one.table, one.action, one.id, one.values] for one in self.changes]
        return hashlib.sha256(orjson.dumps(every, option=orjson.OPT_SORT_KEYS)).hexdigest()
