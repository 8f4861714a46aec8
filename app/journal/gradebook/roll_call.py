"""The command that takes the roll of a lesson: unmarked students are present from now on (4.2.1, annex 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.audit.record import record_audit_event
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import ATTENDANCE, TeachingPeriod
from app.journal.gradebook.entry_deadlines import attendance_entry_deadline
from app.journal.gradebook.entry_rules import refusal_of_journal_state, refusal_to_take_roll
from app.journal.gradebook.load_cells import load_cell_rows
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.errors import Missing
from app.outbox.post import post_event

ROLL_TAKEN = "journal.roll.taken"


@dataclass(frozen=True, slots=True)
class TakenRoll:
    """A taken roll. `present_by_roll` are the students without a mark of their own: (student, version of the
    cell)."""

    lesson: UUID
    taken_at: datetime
    taken_by: UUID | None
    late: bool
    present_by_roll: Sequence[tuple[UUID, int]]
    repeated: bool = False


def take_roll(act: Act, lesson_id: UUID) -> TakenRoll:
    """Take the roll: no cell is written, unmarked students count as present from now on. A repeat changes
    nothing.

    Raises Missing, Denied, Refused (4.2.1, 7.6).
    """
    lesson = load_gradebook.lock_and_load_lessons([lesson_id]).get(lesson_id)
    if lesson is None:
        raise Missing
    offering = require_readable_offering(act, lesson.offering_id)
    if lesson.roll_taken_at is not None:
        return _build_taken_roll(lesson, (), repeated=True)
    state = load_gradebook.build_lesson_state(lesson, offering)
    calendar = load_gradebook.load_deadline_calendar(offering, act.at)
    refusal = refusal_of_journal_state(offering.id, offering.state) or refusal_to_take_roll(
        state, persons_act_may_teach_as(act), offering.teachers, calendar, act.at
    )
    if refusal is not None:
        raise refusal
    before = lesson.state
    lesson.roll_taken_at, lesson.roll_taken_by = act.at, act.person
    lesson.roll_late = attendance_entry_deadline(state, calendar, act.at).late
    lesson.state = "SUBSTITUTED" if _is_acting_as_substitute_only(act, offering.teachers, lesson) else "HELD"
    after = {"state": lesson.state, "late": lesson.roll_late}
    record_audit_event(
        act,
        ROLL_TAKEN,
        ("journal.lesson", lesson.id),
        {"state": before},
        after,
        "4.2.1",
        offering=offering.id,
    )
    post_event(
        act, ROLL_TAKEN, {"offering": str(offering.id), "lesson": str(lesson.id), "late": lesson.roll_late}
    )
    return _build_taken_roll(lesson, _unmarked_students_with_version(lesson, offering, state.day))


def mark_rest_present(act: Act, lesson_id: UUID) -> TakenRoll:
    """Take the roll and return the students it made present; marked students stay as marked."""
    return take_roll(act, lesson_id)


def _unmarked_students_with_version(
    lesson: Lesson, offering: load_gradebook.OfferingState, day: date
) -> list[tuple[UUID, int]]:
    students = [
        one.id
        for one in load_gradebook.load_present_and_past_students(offering.group)
        if one.is_member_on(day)
    ]
    rows = load_cell_rows([lesson.id], students)
    found = []
    for student in students:
        row = rows.get((lesson.id, student, ATTENDANCE))
        if row is None or row.value is None:
            found.append((student, row.version if row else 0))
    return found


def _is_acting_as_substitute_only(act: Act, teachers: Sequence[TeachingPeriod], lesson: Lesson) -> bool:
    day = load_gradebook.local_day(lesson.starts_at)
    parts = {
        part.part for part in teachers if part.person in persons_act_may_teach_as(act) and part.covers(day)
    }
    return parts == {"SUBSTITUTE"}


def _build_taken_roll(
    lesson: Lesson, present: Sequence[tuple[UUID, int]], repeated: bool = False
) -> TakenRoll:
    assert lesson.roll_taken_at is not None
    return TakenRoll(
        lesson.id, lesson.roll_taken_at, lesson.roll_taken_by, lesson.roll_late, present, repeated
    )
