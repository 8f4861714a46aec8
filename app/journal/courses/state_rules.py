"""Rules of the states of a journal: who opens, submits, confirms and returns it. Pure.

The regulation says that the journal is the basis of sheets and reports once it is approved (1.5.1), and not who
approves it: the policy `journal.confirmer` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused

DRAFT, OPEN, SUBMITTED, CONFIRMED, CLOSED = "DRAFT", "OPEN", "SUBMITTED", "CONFIRMED", "CLOSED"
ARCHIVED = "ARCHIVED"
JOURNAL_STATES = (DRAFT, OPEN, SUBMITTED, CONFIRMED, CLOSED, ARCHIVED)
CONFIRMER_POLICY, BY_HEAD, BY_OFFICE = "journal.confirmer", "HEAD", "OFFICE"
MAX_STATE_REASON_LENGTH = 500


def refusal_to_open_journal(
    assignments: Sequence[RoleAssignment], state: str, has_teacher: bool, is_objected: bool, reason: str
) -> DepterError | None:
    """Return None if the academic office may open this journal, else the refusal.

    A journal without a teacher is not opened; one that a teacher says is wrong only with a reason.
    """
    if not has_office_role(assignments):
        return Denied("journal.state.office_opens")
    if state != DRAFT:
        return Refused("journal.state.opened_before")
    if not has_teacher:
        return Refused("journal.state.no_teacher")
    if is_objected and not reason.strip():
        return Invalid.field("reason", "journal.state.objection")
    return _reason_length_problem(reason)


def refusal_to_submit_journal(
    teaches: bool, state: str, lessons_ahead: int, last_lesson: datetime | None, missing_rolls: int
) -> DepterError | None:
    """Return None if a teacher of the journal may submit it, else the refusal: its lessons are over and every roll is
    taken."""
    if not teaches:
        return Denied("journal.state.teacher_submits", clause="3.1")
    if state != OPEN:
        return Refused("journal.state.not_open", state=state)
    if last_lesson is None:
        return Refused("journal.state.no_lessons")
    if lessons_ahead:
        return Refused("journal.state.lessons_ahead", count=lessons_ahead, at=last_lesson)
    if missing_rolls:
        return Refused("journal.state.rolls_missing", clause="4.2.1", count=missing_rolls)
    return None


def refusal_to_take_back_journal(teaches: bool, state: str) -> DepterError | None:
    """Return None if a teacher of the journal may take back the submission: until it is confirmed."""
    if not teaches:
        return Denied("journal.state.teacher_submits", clause="3.1")
    return None if state == SUBMITTED else Refused("journal.state.not_submitted")


def refusal_to_confirm_journal(
    assignments: Sequence[RoleAssignment],
    department: UUID,
    confirmer: str,
    submitted_by_self: bool,
    state: str,
) -> DepterError | None:
    """Return None if the act may confirm a submitted journal, else the refusal: nobody confirms what he submitted."""
    if not confirms_journals(assignments, department, confirmer):
        return Denied("journal.state.not_confirmer", clause="1.5.1")
    if state != SUBMITTED:
        return Refused("journal.state.not_submitted")
    return Refused("journal.state.own", clause="3.1") if submitted_by_self else None


def refusal_to_return_journal(
    assignments: Sequence[RoleAssignment], department: UUID, confirmer: str, state: str, reason: str
) -> DepterError | None:
    """Return None if the act may return a submitted or confirmed journal to its teachers, with a reason."""
    if not confirms_journals(assignments, department, confirmer):
        return Denied("journal.state.not_confirmer", clause="1.5.1")
    if state not in (SUBMITTED, CONFIRMED):
        return Refused("journal.state.not_submitted")
    if not reason.strip():
        return Invalid.field("reason", "forms.field.required")
    return _reason_length_problem(reason)


def confirms_journals(assignments: Sequence[RoleAssignment], department: UUID, confirmer: str) -> bool:
    """Return whether the roles confirm journals of a department, by the policy: its head or the academic office."""
    if confirmer == BY_OFFICE:
        return has_office_role(assignments)
    return any(one.role == "department_head" and one.unit == department for one in assignments)


def has_office_role(assignments: Sequence[RoleAssignment]) -> bool:
    """Return whether one of the roles is the academic office."""
    return any(one.role == "academic_office" for one in assignments)


def refusal_to_check_journal(teaches: bool, state: str, is_right: bool, problem: str) -> DepterError | None:
    """Return None if a teacher may say whether the list and the topics of a journal are right: until it is opened, and
    what is wrong in words."""
    if not teaches:
        return Denied("journal.state.teacher_checks", clause="3.1")
    if state != DRAFT:
        return Refused("journal.state.opened_before")
    if not is_right and not problem.strip():
        return Invalid.field("problem", "forms.field.required")
    if len(problem) > MAX_STATE_REASON_LENGTH:
        return Invalid.field("problem", "forms.field.too_long", max=MAX_STATE_REASON_LENGTH)
    return None


def _reason_length_problem(reason: str) -> Invalid | None:
    if len(reason) > MAX_STATE_REASON_LENGTH:
        return Invalid.field("reason", "forms.field.too_long", max=MAX_STATE_REASON_LENGTH)
    return None
