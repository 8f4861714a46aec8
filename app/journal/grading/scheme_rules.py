"""Rules who adds and confirms a grading scheme, and who writes criteria until when (2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.journal.gradebook.cell_state import TeachingPeriod, is_teacher_at_any_time
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused

MAX_CRITERIA_LENGTH = 6000
SCHEME_DRAFTING_ROLES = ("academic_office", "department_head")


def refusal_to_add_scheme_version(assignments: Sequence[RoleAssignment]) -> DepterError | None:
    """Return None for the academic office and heads of department, who draft versions of a scheme (2.3), else the
    refusal. A drafted version counts once it is confirmed."""
    drafts = any(assignment.role in SCHEME_DRAFTING_ROLES for assignment in assignments)
    return None if drafts else Denied("journal.scheme.not_yours")


def refusal_to_confirm_scheme(
    assignments: Sequence[RoleAssignment], confirmed: bool, ground: str, changes_running: bool = False
) -> DepterError | None:
    """Return None if the academic office may confirm a version, naming its ground, else the refusal; a
    confirmed version stays confirmed, and one that changes a running semester needs the decision of the council."""
    if not _has_academic_office_role(assignments):
        return Denied("journal.scheme.not_yours")
    if confirmed:
        return Refused("journal.scheme.confirmed")
    if changes_running:
        return Refused("journal.scheme.by_council")
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
        return Denied("journal.criteria.not_yours")
    if not criteria.strip():
        return Invalid.field("criteria", "forms.field.required")
    for name, text in (("criteria", criteria), ("extra", extra)):
        if len(text) > MAX_CRITERIA_LENGTH:
            return Invalid.field(name, "forms.field.too_long", max=MAX_CRITERIA_LENGTH)
    if scheme_changes and signed:
        return Refused("journal.criteria.scheme_stands")
    return None


def _has_academic_office_role(assignments: Sequence[RoleAssignment]) -> bool:
    return any(assignment.role == "academic_office" for assignment in assignments)
