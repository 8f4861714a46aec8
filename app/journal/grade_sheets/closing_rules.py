"""Rules of closing a grade sheet: its day, and the blockers that are noted or never are (7.6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Refused
from app.regulation.rules import Deadline

CLOSE_AFTER_POLICY = "sheet.close_after"
OUTCOME_POSSIBLE, OUTCOME_WAIT = "possible", "wait"
LESSON_ENTRY_OPEN_BLOCKER, OPEN_PERMITS_BLOCKER = "lessons", "permits"
CLOSING_ROLES = frozenset({"academic_office"})
"""The roles that close a sheet (7.6)."""
HARD_BLOCKER_ERROR_CODES = {
    LESSON_ENTRY_OPEN_BLOCKER: "journal.sheet.lessons_run",
    OPEN_PERMITS_BLOCKER: "journal.sheet.permits_run",
}
"""Kinds of blockers that end by themselves at a known moment, with their refusal: they are never noted."""


@dataclass(frozen=True, slots=True)
class ClosingBlocker:
    """One kind of obstacle to closing a sheet: how many there are, and until when the last of them runs
    (None: until somebody decides)."""

    kind: str
    count: int
    until: datetime | None = None

    @property
    def can_be_noted(self) -> bool:
        """Return whether the office may note it and close nevertheless."""
        return self.kind not in HARD_BLOCKER_ERROR_CODES

    @property
    def kind_and_count_code(self) -> str:
        """Return the name of the seen obstacle in a form: `excuses:2`."""
        return f"{self.kind}:{self.count}"


def refusal_to_close_sheet(
    ended_on: date,
    opens: Deadline,
    blockers: Sequence[ClosingBlocker],
    noted: Collection[str],
    reason: str,
    now: datetime,
) -> DepterError | None:
    """Return None if an approved sheet may be closed at `now` (7.6), else the refusal.

    Not before its semester is over (`ended_on`) and the days of the policy have passed (`opens`); never while
    a lesson under it is inside its own deadline or a permit is open. Other blockers have to be `noted`, each
    by the code that was seen, with a reason; one that came since makes the list stale.
    """
    if now <= opens.moment:
        clause = "7.6" if local_day(now) <= ended_on else None
        computation = opens.as_json()
        return Refused(
            "journal.sheet.close_too_early", clause=clause, at=opens.moment, computation=computation
        )
    running = _hard_blocker_refusal(blockers)
    if running is not None:
        return running
    missing = [one for one in blockers if one.kind_and_count_code not in noted]
    if missing:
        seen = {code.partition(":")[0] for code in noted}
        changed = any(one.kind in seen for one in missing)
        code = "journal.sheet.blockers_changed" if changed else "journal.sheet.not_noted"
        return Invalid.field("blockers", code, n=sum(one.count for one in missing))
    if blockers and not reason.strip():
        return Invalid.field("reason", "journal.sheet.close_reason_needed")
    return None


def _hard_blocker_refusal(blockers: Sequence[ClosingBlocker]) -> Refused | None:
    """Return the refusal for a blocker that can never be noted; None when there is none."""
    for one in blockers:
        if not one.can_be_noted:
            return Refused(HARD_BLOCKER_ERROR_CODES[one.kind], n=one.count, at=one.until)
    return None


def sheet_closing_possible_or_wait(opens: Deadline, blockers: Sequence[ClosingBlocker], now: datetime) -> str:
    """Return whether a sheet may be closed: `possible` once its day has come and no blocker is left that
    cannot be noted, else `wait`."""
    return (
        OUTCOME_POSSIBLE if now > opens.moment and _hard_blocker_refusal(blockers) is None else OUTCOME_WAIT
    )
