"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
"""Wednesday, 09:00 in Bishkek."""


class FrozenClock:
    """Call it for the present moment."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def set(self, moment: datetime) -> None:
        """Jump to an aware moment."""
        if moment.tzinfo is None:
            raise ValueError("a moment is aware")
        self.now = moment.astimezone(UTC)

    def advance(self, **span: float) -> None:
        """Move by `days=`, `hours=`, `minutes=`, ... as `timedelta` names them."""
        self.now += timedelta(**span)

    def restart(self) -> None:
        """Back to the beginning."""
        self.now = BEGINNING
