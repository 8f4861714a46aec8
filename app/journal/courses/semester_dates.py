"""The dates of a semester in the academic calendar."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from app.kernel.canonical import canonical_sha256


@dataclass(frozen=True, slots=True)
class SemesterDates:
    """The dates of a semester; None where the academic calendar has none yet.

    `makeup_until` None: make-up work ends with the semester.
    """

    starts_on: date
    ends_on: date
    module1_from: date | None = None
    module1_until: date | None = None
    module2_from: date | None = None
    module2_until: date | None = None
    session_from: date | None = None
    session_until: date | None = None
    makeup_until: date | None = None

    @property
    def last_makeup_day(self) -> date:
        """Return the last day of make-up work (5.3.2)."""
        return self.makeup_until or self.ends_on

    def as_json(self) -> dict[str, str | None]:
        """Return the dates as ISO strings, as changes and the audit store them."""
        return {name: day.isoformat() if day else None for name, day in asdict(self).items()}

    @property
    def digest(self) -> str:
        """Return a short digest of the dates, by which a form proves which dates it showed."""
        return canonical_sha256(self.as_json())[:16]
