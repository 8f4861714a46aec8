"""Rules of archiving the journals and sheets of an academic year (7.4): who, from which day, what stays out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from app.journal.courses.state_rules import CLOSED, has_office_role
from app.journal.grading.sheet_states import SHUT_SHEET_STATES
from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Refused
from app.regulation.rules import Deadline

ARCHIVE_AFTER_POLICY = "archive.after_year_end"
NOT_CLOSED, SHEET_NOT_CLOSED, CASES_OPEN = "not_closed", "sheet_not_closed", "cases_open"


def refusal_to_archive_year(
    assignments: Sequence[RoleAssignment], year_ended_on: date, opens: Deadline, now: datetime
) -> DepterError | None:
    """Return None if the academic office may archive a year at `now`, else the refusal.

    Not before the year is over (7.4) and the days of the policy have passed (`opens`, which no clause names).
    """
    if not has_office_role(assignments):
        return Denied("journal.archive.office_archives")
    if now <= opens.moment:
        clause = "7.4" if local_day(now) <= year_ended_on else None
        computation = opens.as_json()
        return Refused("journal.archive.too_early", clause=clause, at=opens.moment, computation=computation)
    return None


def reason_not_to_archive(
    journal_state: str, sheet_states: Collection[str], open_cases: Collection[str]
) -> str | None:
    """Return the code of why a journal stays out of the archive, None when nothing about it is open: it is closed, so
    is each of its sheets, and no case about them is open."""
    if journal_state != CLOSED:
        return NOT_CLOSED
    if not set(sheet_states) <= SHUT_SHEET_STATES:
        return SHEET_NOT_CLOSED
    return CASES_OPEN if open_cases else None
