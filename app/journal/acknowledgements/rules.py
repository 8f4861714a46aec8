"""Rules of the acquaintance of students with the regulation (8.7, 8.8): who records, which day, what counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.errors import Denied, DepterError, Refused
from app.people.rules import PermissionScope, is_permitted
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline, working_days_left

ACKNOWLEDGE_TERM_POLICY = "acknowledge.students_term"
OWN, PAPER, DECLINED, WITHDRAWN = "OWN", "PAPER", "DECLINED", "WITHDRAWN"
RECORDED_WAYS = (PAPER, DECLINED, WITHDRAWN)
"""What who acquaints the group records; OWN is the student's alone."""
SIGNED, KEPT = "SIGNED", "KEPT"
STAGE_SOON, STAGE_OVER = "before", "over"
REMINDED_WORKING_DAYS = 3
"""Working days left on which the missing ones are told."""
MAX_REMINDED_AGE = timedelta(days=14)
"""How long after a deadline it is still told: older ones are only shown on the sheet."""
MIN_NOTE_LENGTH, MAX_NOTE_LENGTH, MAX_WITNESS_LENGTH = 10, 500, 120


@dataclass(frozen=True, slots=True)
class SheetNumbers:
    """Numbers of students on the sheet of a group."""

    acknowledged: int
    declined: int
    missing: int

    @property
    def is_complete(self) -> bool:
        """Return whether every student acknowledged or declined."""
        return not self.missing


def acknowledgement_deadline(calendar: DeadlineCalendar, semester_starts: date, joined_on: date) -> Deadline:
    """Return the deadline of one student: it runs from the start of the semester, later for who joined later."""
    return compute_deadline(
        calendar, ACKNOWLEDGE_TERM_POLICY, local_noon_in_utc(max(semester_starts, joined_on))
    )


def counts_as_done(way: str | None) -> bool:
    """Return whether nothing is owed any more: acknowledged, or declined before witnesses."""
    return way in (OWN, PAPER, DECLINED)


def count_sheet(ways: Sequence[str | None]) -> SheetNumbers:
    """Return the numbers of a sheet from the newest way of each student; None: nothing recorded."""
    declined = sum(way == DECLINED for way in ways)
    done = sum(counts_as_done(way) for way in ways)
    return SheetNumbers(done - declined, declined, len(ways) - done)


def may_record(
    assignments: Sequence[RoleAssignment], scope: PermissionScope, persons: frozenset[UUID]
) -> bool:
    """Return whether the act may record for a group: its curator (8.7), its directorate where there is none."""
    if scope.curators:
        return bool(scope.curators & persons) and any(one.role == "curator" for one in assignments)
    return may_keep(assignments, scope)


def may_keep(assignments: Sequence[RoleAssignment], scope: PermissionScope) -> bool:
    """Return whether the act may take the sheet of a group for keeping: the directorate of the group (8.8)."""
    directorate = [one for one in assignments if one.role == "directorate"]
    return is_permitted(directorate, "acknowledgements.read", scope)


def refusal_to_record(
    is_allowed: bool, has_curator: bool, day: date, opened_on: date, now: datetime
) -> DepterError | None:
    """Return why a row with this day is not recorded, None if it is: not the curator (8.7), or a day outside."""
    if not is_allowed:
        if has_curator:
            return Denied("journal.acknowledgement.curator_records", clause="8.7")
        return Denied("journal.acknowledgement.directorate_records")
    if day > local_day(now):
        return Refused("journal.acknowledgement.day_ahead")
    if day < opened_on:
        return Refused("journal.acknowledgement.day_too_early", at=opened_on)
    return None


def refusal_of_way(before: str | None, way: str) -> DepterError | None:
    """Return why `way` does not follow the newest row of a student, None if it does."""
    if way == WITHDRAWN:
        if before == OWN:
            return Refused("journal.acknowledgement.own_stays")
        return None if counts_as_done(before) else Refused("journal.acknowledgement.nothing_to_withdraw")
    if before in (OWN, PAPER):
        return Refused("journal.acknowledgement.recorded_before")
    return Refused("journal.acknowledgement.declined_before") if before == way == DECLINED else None


def reminder_stage(calendar: DeadlineCalendar, due: Deadline, now: datetime) -> str | None:
    """Return SOON in the last working days before a deadline, OVER in the two weeks after it, else None."""
    if now > due.moment:
        return STAGE_OVER if now <= due.moment + MAX_REMINDED_AGE else None
    left = working_days_left(calendar, now, due.moment)
    return STAGE_SOON if left <= REMINDED_WORKING_DAYS else None
