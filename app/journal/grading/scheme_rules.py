"""Rules who adds and confirms a grading scheme, and who writes criteria until when (2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.journal.gradebook.cell_state import TeachingPeriod, is_teacher_at_any_time
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused

MAX_CRITERIA_LENGTH = 6000


def refusal_to_add_scheme_version(assignments: Sequence[RoleAssignment]) -> DepterError | None:
    """Return None for the academic office, which alone adds versions of a scheme (2.3), else the refusal."""
    return (
        None if _has_academic_office_role(assignments) else Denied("journal.scheme.not_yours", clause="2.3")
    )


def refusal_to_confirm_scheme(
    assignments: Sequence[RoleAssignment], confirmed: bool, ground: str
) -> DepterError | None:
    """Return None if the academic office may confirm a version, naming its ground, else the refusal; a
    confirmed version stays confirmed."""
    if not _has_academic_office_role(assignments):
        return Denied("journal.scheme.not_yours", clause="2.3")
    if confirmed:
        return Refused("journal.scheme.confirmed", clause="2.3")
    return None if ground.strip() else Invalid.field("ground", "forms.field.required")


def refusal_to_write_syllabus_criteria(
    persons: frozenset[UUID],
    heads: bool,
    teachers: Sequence[TeachingPeriod],
    criteria: str,
    extra: str,
    scheme_changes: bool,
    signed: bool,
) -> DepterError | None:
    """Return None if these criteria may be written, else the refusal.

    A teacher of the offering or its head of department writes them, and another scheme only until the first
    sheet is signed: the way of counting does not change under results (2.3).
    """
    if not heads and not is_teacher_at_any_time(teachers, persons):
        return Denied("journal.criteria.not_yours", clause="2.3")
    if not criteria.strip():
        return Invalid.field("criteria", "forms.field.required")
    for name, text in (("criteria", criteria), ("extra", extra)):
        if len(text) > MAX_CRITERIA_LENGTH:
            return Invalid.field(name, "forms.field.too_long", max=MAX_CRITERIA_LENGTH)
    if scheme_changes and signed:
        return Refused("journal.criteria.scheme_stands", clause="2.3")
    return None


def _has_academic_office_role(assignments: Sequence[RoleAssignment]) -> bool:
    return any(assignment.role == "academic_office" for assignment in assignments)
