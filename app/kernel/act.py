"""The act, first parameter of every command: person, principal, moment, reason and case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What an auditor may read besides the limit by unit: objects of the days from `starts_on` to `ends_on` (both
    included, None: open) and of these kinds (None: every kind)."""

    starts_on: date | None = None
    ends_on: date | None = None
    kinds: frozenset[str] | None = None

    def is_dated(self) -> bool:
        """Return whether the limits name a first or a last day."""
        return self.starts_on is not None or self.ends_on is not None

    def overlaps(self, first: date, last: date) -> bool:
        """Return whether a period, both days included, and the limits have a day in common."""
        return (self.starts_on is None or last >= self.starts_on) and (
            self.ends_on is None or first <= self.ends_on
        )


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role with the unit it is valid for; `unit=None` is the whole university. `limits`: of an auditor, None for
    none."""

    role: str
    unit: UUID | None = None
    limits: ReadingLimits | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One action of one person, or of the system when `person` is None. `at` is an aware UTC moment."""

    person: UUID | None
    on_behalf_of: UUID | None
    at: datetime
    assignments: tuple[RoleAssignment, ...] = ()
    reason: str = ""
    case: UUID | None = None
    locale: str = "ky"

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an act happens at an aware moment")

    @classmethod
    def by_system(cls, at: datetime, case: UUID | None = None) -> Act:
        """Return an act of the system: a timer, a message, an import of the demo."""
        return cls(person=None, on_behalf_of=None, at=at, case=case)

    def with_reason(self, reason: str) -> Act:
        """Return the same act with its reason in words."""
        return replace(self, reason=reason)

    def with_case(self, case: UUID) -> Act:
        """Return the same act as part of a case."""
        return replace(self, case=case)
