"""Commands of the opening of journals (P31), of the checks of their teachers, and of their later states (1.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.journal.courses.journal_states import (
    load_state_changes,
    lock_journal_states,
    write_journal_states,
)
from app.journal.courses.state_rules import (
    BY_HEAD,
    CONFIRMED,
    CONFIRMER_POLICY,
    DRAFT,
    OPEN,
    SUBMITTED,
    refusal_to_check_journal,
    refusal_to_confirm_journal,
    refusal_to_open_journal,
    refusal_to_return_journal,
    refusal_to_submit_journal,
    refusal_to_take_back_journal,
)
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import (
    LESSON_STATES_WITHOUT_MARKS,
    LESSON_TYPES_WITHOUT_ROLL,
    is_teacher_at_any_time,
)
from app.journal.opening.queries import load_opening, load_opening_row, load_opening_rows
from app.journal.semesters.queries import find_semester
from app.journal.tables import Course, JournalCheck, JournalOpening, Lesson, Offering
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Stale
from app.outbox.post import post_event
from app.people import queries as people
from app.regulation import queries as regulation

JOURNAL_CHECKED = "journal.opening.checked"
OPENING_STORED = "journal.opening.stored"
CHECK_ASKED = "journal.opening.check_asked"
JOURNALS_OPENED = "journal.opening.opened"
JOURNAL_SUBMITTED, JOURNAL_RETURNED = "journal.journal.submitted", "journal.journal.returned"


@dataclass(frozen=True, slots=True)
class StoredOpening:
    """Id and SHA-256 of a stored opening."""

    id: UUID
    sha256: str


def store_opening(act: Act, opening_id: UUID, department: UUID, semester: UUID) -> StoredOpening:
    """Store what a case opens: the journals of a department in a semester; a repeat returns the same.

    Raises Invalid (`opening`: no such department or semester, the semester is over, nothing to open).
    """
    known = db.session.get(JournalOpening, opening_id)
    if known is not None:
        return StoredOpening(known.id, known.sha256)
    unit, term = people.load_unit_tree().get(department), find_semester(semester)
    if act.person is None:
        raise Denied("journal.state.office_opens")
    if unit is None or unit.kind != "department" or term is None:
        raise Invalid.field("opening", "forms.field.not_offered")
    if term.dates.ends_on < local_day(act.at):
        raise Invalid.field("opening", "journal.structure.semester_over", at=term.dates.ends_on)
    drafts = select(func.count()).select_from(Offering).join(Course, Course.id == Offering.course_id)
    condition = (
        Course.department_id == department,
        Offering.semester_id == semester,
        Offering.state == DRAFT,
    )
    if not db.session.scalar(drafts.where(*condition)):
        raise Invalid.field("opening", "journal.opening.nothing")
    content = {"id": str(opening_id), "department": str(department), "semester": str(semester)}
    row = JournalOpening(
        id=opening_id,
        department_id=department,
        semester_id=semester,
        case_id=act.case,
        sha256=canonical_sha256(content),
        made_by=act.person,
        made_at=act.at,
    )
    db.session.add(row)
    db.session.flush()
    after = {"department": department, "semester": semester}
    record_audit_event(act, OPENING_STORED, ("journal.opening", row.id), None, after, "2.1")
    return StoredOpening(row.id, row.sha256)


def ask_teachers_to_check(act: Act, opening: UUID) -> str:
    """Notify every teacher of the journals that are not open yet; return `asked`, or `nobody` when none has a
    teacher."""
    row = load_opening(opening)
    drafts = load_opening_rows(row.semester_id, [row.department_id], state=DRAFT)
    teachers = sorted({person for one in drafts for person, _name in one.teachers})
    if not teachers:
        return "nobody"
    payload = {"recipients": [str(one) for one in teachers], "url": "/openings/mine", "by": str(act.person)}
    post_event(act, CHECK_ASKED, payload)
    return "asked"


def open_journals_of_opening(act: Act, opening: UUID) -> str:
    """Open every journal of an opening that has a teacher and no objection of one; return `opened`, or `left` when
    others stay closed. A repeat opens what has been put right since."""
    row = load_opening(opening)
    drafts = load_opening_rows(row.semester_id, [row.department_id], state=DRAFT)
    ready = [one for one in drafts if one.teachers and not one.is_objected]
    _write_opened(act, [one.id for one in ready])
    teachers = sorted({person for one in ready for person, _name in one.teachers})
    if teachers:
        payload = {"recipients": [str(one) for one in teachers], "url": "/today", "by": str(act.person)}
        post_event(act, JOURNALS_OPENED, payload)
    return "opened" if len(ready) == len(drafts) else "left"


def open_one_journal(act: Act, offering_id: UUID) -> None:
    """Open a single journal, also one that a teacher says is wrong when the act has a reason; a repeat has no effect.

    Raises Missing, Denied, Invalid (`reason`), Refused (no teacher, opened before).
    """
    require_readable_offering(act, offering_id)
    state = lock_journal_states([offering_id])[offering_id]
    if state == OPEN:
        return
    row = load_opening_row(offering_id)
    refusal = refusal_to_open_journal(act.assignments, state, bool(row.teachers), row.is_objected, act.reason)
    if refusal is not None:
        raise refusal
    write_journal_states(act, {offering_id: state}, OPEN, "2.1", with_reason=True)


def _write_opened(act: Act, offerings: Sequence[UUID]) -> None:
    if offerings:
        found = lock_journal_states(offerings)
        write_journal_states(act, {id: state for id, state in found.items() if state == DRAFT}, OPEN, "2.1")


def check_journal(
    act: Act, check_id: UUID, offering_id: UUID, seen: str, is_right: bool, problem: str
) -> None:
    """Record that list, topics and hours of a journal are right, or what is wrong; a repeat has no effect.

    Raises Missing, Denied, Invalid (`problem`), Refused (opened before), Stale when the journal changed after `seen`.
    """
    if db.session.get(JournalCheck, check_id) is not None:
        return
    offering = require_readable_offering(act, offering_id)
    state = lock_journal_states([offering_id])[offering_id]
    row = load_opening_row(offering_id)
    teaches = is_teacher_at_any_time(offering.teachers, persons_act_may_teach_as(act))
    refusal = refusal_to_check_journal(teaches, state, is_right, problem)
    if refusal is not None:
        raise refusal
    if seen != row.digest:
        raise Stale("journal.opening.changed")
    assert act.person is not None
    # Whoever stands in for a teacher speaks for that teacher.
    own = persons_act_may_teach_as(act) & {part.person for part in offering.teachers}
    by = act.person if act.person in own else next(iter(own))
    db.session.add(
        JournalCheck(
            id=check_id,
            offering_id=offering_id,
            seen=seen,
            is_right=is_right,
            problem=None if is_right else seal_text(by, problem.strip()),
            made_by=by,
            made_at=act.at,
        )
    )
    db.session.flush()
    after = {"right": is_right, "seen": seen}
    record_audit_event(act, JOURNAL_CHECKED, ("journal.offering", offering_id), None, after, "2.1")


def submit_journal(act: Act, offering_id: UUID) -> None:
    """Submit a journal whose lessons are over and whose rolls are taken; a repeat has no effect.

    Raises Missing, Denied, Refused.
    """
    offering = require_readable_offering(act, offering_id)
    # Lessons first, as whoever enters a mark: no mark is written while the journal is submitted.
    lessons = load_gradebook.lock_and_load_lessons(
        db.session.scalars(select(Lesson.id).where(Lesson.offering_id == offering_id)).all()
    )
    state = lock_journal_states([offering_id])[offering_id]
    if state == SUBMITTED:
        return
    held = [one for one in lessons.values() if one.state not in LESSON_STATES_WITHOUT_MARKS]
    refusal = refusal_to_submit_journal(
        is_teacher_at_any_time(offering.teachers, persons_act_may_teach_as(act)),
        state,
        sum(one.ends_at > act.at for one in held),
        max((one.ends_at for one in held), default=None),
        sum(one.roll_taken_at is None and one.type not in LESSON_TYPES_WITHOUT_ROLL for one in held),
    )
    if refusal is not None:
        raise refusal
    write_journal_states(act, {offering_id: state}, SUBMITTED, None)
    by_head = load_confirmer(offering.department, act.at) == BY_HEAD
    role, unit = ("department_head", offering.department) if by_head else ("academic_office", None)
    holders = people.load_role_holders(role, unit, local_day(act.at))
    payload = {
        "recipients": sorted(str(one.person) for one in holders if not one.deputy),
        "url": f"/journal/{offering_id}/state",
        "by": str(act.person),
        "course": dict(offering.names),
        "group": offering.group_name,
    }
    post_event(act, JOURNAL_SUBMITTED, payload)


def take_back_journal(act: Act, offering_id: UUID) -> None:
    """Take back the submission of a journal until it is confirmed; a repeat has no effect. Raises as
    `submit_journal`."""
    offering = require_readable_offering(act, offering_id)
    state = lock_journal_states([offering_id])[offering_id]
    if state == OPEN:
        return
    teaches = is_teacher_at_any_time(offering.teachers, persons_act_may_teach_as(act))
    refusal = refusal_to_take_back_journal(teaches, state)
    if refusal is not None:
        raise refusal
    write_journal_states(act, {offering_id: state}, OPEN, None)


def confirm_journal(act: Act, offering_id: UUID) -> None:
    """Confirm a submitted journal (1.5.1), as the head of its department or, by the policy, as the academic office; a
    repeat has no effect. Raises Missing, Denied, Refused (not submitted, submitted by the same person)."""
    offering = require_readable_offering(act, offering_id)
    state = lock_journal_states([offering_id])[offering_id]
    if state == CONFIRMED:
        return
    newest = next(iter(load_state_changes(offering_id)), None)
    own = newest is not None and newest.by in {act.person, act.on_behalf_of} - {None}
    confirmer = load_confirmer(offering.department, act.at)
    refusal = refusal_to_confirm_journal(
        act.assignments, offering.department, confirmer, own and state == SUBMITTED, state
    )
    if refusal is not None:
        raise refusal
    write_journal_states(act, {offering_id: state}, CONFIRMED, "1.5.1")


def return_journal(act: Act, offering_id: UUID) -> None:
    """Return a submitted or confirmed journal to its teachers, with the reason of the act, and tell them.

    Raises Missing, Denied, Invalid (`reason`), Refused.
    """
    offering = require_readable_offering(act, offering_id)
    state = lock_journal_states([offering_id])[offering_id]
    confirmer = load_confirmer(offering.department, act.at)
    refusal = refusal_to_return_journal(act.assignments, offering.department, confirmer, state, act.reason)
    if refusal is not None:
        raise refusal
    write_journal_states(act, {offering_id: state}, OPEN, "1.5.1", with_reason=True)
    teachers = sorted({part.person for part in offering.teachers if part.covers(local_day(act.at))})
    if teachers:
        payload = {
            "recipients": [str(one) for one in teachers],
            "url": f"/journal/{offering_id}/state",
            "by": str(act.person),
            "course": dict(offering.names),
            "group": offering.group_name,
        }
        post_event(act, JOURNAL_RETURNED, payload)


def load_confirmer(department: UUID, at: datetime) -> str:
    """Return who confirms journals of a department, by the policy in force: HEAD or OFFICE."""
    return (
        regulation.load_unit_deadline_calendar(db.session(), department, local_day(at))
        .policy(CONFIRMER_POLICY)
        .value
    )
