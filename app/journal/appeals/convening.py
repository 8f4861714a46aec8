"""Selection of the commission that hears an appeal or a proposal, and conflicts of interest (6.3, 5.4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from app.journal.appeals import queries as appeal_queries
from app.journal.appeals.hearing_rules import (
    CONFLICT_CURATOR,
    CONFLICT_GRADE_AUTHOR,
    CONFLICT_REQUESTER,
    Seating,
    assign_commission_seats,
)
from app.journal.commissions import queries as commission_queries
from app.journal.commissions.rules import APPEAL_COMMISSION, AUTHORISED_COMMISSION
from app.journal.tables import Appeal, Hearing
from app.kernel.clock import local_day


def find_excluded_persons_with_reasons(row: Appeal, now: datetime) -> dict[UUID, str]:
    """Return who must not decide, with the reason: author of the grade, requester,
    students, curators of the students."""
    students = appeal_queries.load_students_of_appeal(row)
    conflicts = dict.fromkeys(
        appeal_queries.load_present_curator_ids_of_students(students, now), CONFLICT_CURATOR
    )
    conflicts |= dict.fromkeys(students, CONFLICT_REQUESTER)
    if row.kind == "APPEAL":
        conflicts |= {row.made_by: CONFLICT_REQUESTER}
    if row.change_set_id is not None:
        # Who asked for the change of cells is the author of the grades.
        return conflicts | {row.made_by: CONFLICT_GRADE_AUTHOR}
    author = appeal_queries.find_grade_author_id(appeal_queries.load_appealed_result(row))
    return conflicts | ({author: CONFLICT_GRADE_AUTHOR} if author else {})


def find_quorate_commission_and_seats(
    row: Appeal, excluded: Mapping[UUID, str], before: Hearing | None, now: datetime
) -> tuple[UUID, int, Seating] | None:
    """Return the first commission that keeps its quorum without `excluded`, its quorum
    and its seats; None if none does."""
    for commission in _candidate_commission_ids(row, before, now):
        quorum = commission_queries.load_commission_row(commission).quorum
        seating = assign_commission_seats(
            commission_queries.load_commission_seats([commission])[commission], quorum, excluded
        )
        if seating is not None:
            return commission, quorum, seating
    return None


def can_convene_hearing(appeal: UUID, now: datetime) -> bool:
    """Return whether a commission with a quorum can be convened for this appeal now. Raise Missing."""
    row = appeal_queries.load_appeal_row(appeal)
    return (
        find_quorate_commission_and_seats(row, find_excluded_persons_with_reasons(row, now), None, now)
        is not None
    )


def _candidate_commission_ids(row: Appeal, before: Hearing | None, now: datetime) -> Iterator[UUID]:
    """Yield the commission that already hears this appeal, then those that a valid order names now."""
    if before is not None:
        yield before.commission_id
    offering = appeal_queries.load_offering_id_of_appeal(row)
    # Accepted points go to the authorised commission; without one the appeal commission decides.
    for kind in (
        (AUTHORISED_COMMISSION, APPEAL_COMMISSION) if row.kind == "PROPOSAL" else (APPEAL_COMMISSION,)
    ):
        found = commission_queries.find_deciding_commission_id(kind, offering, local_day(now))
        if found is not None:
            yield found
