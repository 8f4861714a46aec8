"""Who does it, for whom, when, why and under which case. The first parameter of every command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Hat:
    """A role with the unit it reaches; `unit=None` reaches the whole university."""

    role: str
    unit: UUID | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One deed of one person, or of the system when `person` is None. `at` is an aware UTC moment."""

    person: UUID | None
    on_behalf_of: UUID | None
    at: datetime
    hats: tuple[Hat, ...] = ()
    reason: str = ""
    case: UUID | None = None
    locale: str = "ky"

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an act happens at an aware moment")

    @classmethod
    def system(cls, at: datetime, case: UUID | None = None) -> Act:
        """A deed nobody did by hand: a timer, a message, an import of the demo."""
        return cls(person=None, on_behalf_of=None, at=at, case=case)

    def because(self, reason: str) -> Act:
        """The same act with its reason in words."""
        return replace(self, reason=reason)

    def under(self, case: UUID) -> Act:
        """The same act as part of a case."""
        return replace(self, case=case)
