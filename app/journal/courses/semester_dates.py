"""The days of a semester in the academic calendar."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from app.kernel.canonical import digest


@dataclass(frozen=True, slots=True)
class SemesterDates:
    """What the academic calendar says of a semester; a day that is None is not said yet.

    `workoff_until` None: work-offs end with the semester.
    """

    starts_on: date
    ends_on: date
    module1_from: date | None = None
    module1_until: date | None = None
    module2_from: date | None = None
    module2_until: date | None = None
    session_from: date | None = None
    session_until: date | None = None
    workoff_until: date | None = None

    @property
    def last_for_workoffs(self) -> date:
        """The last day on which a missed lesson is made up (5.3.2)."""
        return self.workoff_until or self.ends_on

    def as_json(self) -> dict[str, str | None]:
        """The dates as changes and the audit keep them."""
        return {name: day.isoformat() if day else None for name, day in asdict(self).items()}

    @property
    def mark(self) -> str:
        """These dates in a few signs: whoever changes them says what he saw."""
        return digest(self.as_json())[:16]
