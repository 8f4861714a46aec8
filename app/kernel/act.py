"""The act, first parameter of every command: person, principal, moment, reason and case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """A role with the unit it is valid for; `unit=None` is the whole university."""

    role: str
    unit: UUID | None = None


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
