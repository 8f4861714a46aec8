"""Commands that import a timetable workbook: store its plan, then execute exactly that plan, all of it or nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.journal.semesters.queries import find_semester
from app.journal.tables import LessonPattern, TimetableImport
from app.journal.timetable.commands import (
    PATTERN_SET,
    lock_timetable,
    pattern_as_json,
    raise_timetable_version,
)
from app.journal.timetable.queries import (
    load_bell_periods,
    load_patterns_at_time_of_semester,
    load_timetabled_journals,
)
from app.journal.timetable.rules import (
    find_pattern_conflicts,
    pattern_value_problems,
    refusal_to_arrange_timetable,
)
from app.journal.timetable.sheet_plan import (
    PlannedPattern,
    SheetPlan,
    index_by_resource,
    near_lessons,
    plan_timetable_import,
    planned_pattern_from_json,
)
from app.journal.timetable.sheet_reading import read_timetable_workbook
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Stale

IMPORT_DONE = "journal.timetable.imported"


def store_timetable_plan(act: Act, import_id: UUID, semester_id: UUID, content: bytes) -> SheetPlan:
    """Read a workbook and store its plan when it has no findings; return the plan. Nothing else is changed; a repeat
    has no effect. Raises Missing for an unknown semester."""
    semester = find_semester(semester_id)
    if semester is None or act.person is None:
        raise Missing
    plan = plan_timetable_import(act, semester, read_timetable_workbook(content))
    if not plan.findings and db.session.get(TimetableImport, import_id) is None:
        db.session.add(
            TimetableImport(
                id=import_id,
                semester_id=semester_id,
                lessons=[one.as_json() for one in plan.new],
                unchanged=plan.unchanged,
                sent_by=act.person,
                sent_at=act.at,
            )
        )
        db.session.flush()
    return plan


def find_own_timetable_import(act: Act, import_id: UUID) -> tuple[list[PlannedPattern], int, datetime | None]:
    """Return the plan of an import that the person of the act sent: its lessons, the number of unchanged rows, and when
    it was executed. Raises Missing."""
    found = db.session.get(TimetableImport, import_id, populate_existing=True)
    if found is None or found.sent_by != act.person:
        raise Missing
    return [planned_pattern_from_json(one) for one in found.lessons], found.unchanged, found.done_at


def execute_timetable_import(act: Act, import_id: UUID) -> int:
    """Add the weekly lessons of a stored plan; return their number. A repeat has no effect.

    Raises Missing, Stale when something of the plan is no longer possible: nothing is added then.
    """
    lock_timetable()
    found = db.session.scalar(
        select(TimetableImport)
        .where(TimetableImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or found.sent_by != act.person:
        raise Missing
    planned = [planned_pattern_from_json(one) for one in found.lessons]
    if found.done_at is not None:
        return len(planned)
    _require_still_possible(act, planned)
    db.session.add_all(
        LessonPattern(
            id=one.lesson.id,
            offering_id=one.lesson.offering,
            weekday=one.lesson.weekday,
            weeks=one.lesson.weeks,
            period=one.period,
            starts_at=None if one.period is not None else one.lesson.starts_at,
            ends_at=None if one.period is not None else one.lesson.ends_at,
            type=one.lesson.type,
            teacher_id=one.lesson.teacher,
            room=one.lesson.room,
            hours=one.lesson.hours,
            starts_on=one.lesson.first,
            ends_on=one.lesson.last,
            stream_id=one.lesson.stream,
        )
        for one in planned
    )
    found.done_at = act.at
    db.session.flush()
    raise_timetable_version(act, {one.lesson.offering for one in planned})
    record_audit_events(
        act,
        [
            AuditEvent(
                PATTERN_SET,
                ("journal.lesson_pattern", one.lesson.id),
                None,
                pattern_as_json(one.lesson),
                "2.1",
                offering=one.lesson.offering,
            )
            for one in planned
        ],
    )
    after = {"lessons": len(planned), "unchanged": found.unchanged}
    record_audit_event(act, IMPORT_DONE, ("journal.timetable_import", import_id), None, after, "2.1")
    return len(planned)


def _require_still_possible(act: Act, planned: list[PlannedPattern]) -> None:
    """Raise Stale when roles, bells, journals or other weekly lessons have changed so that the plan no longer fits."""
    if not planned:
        return
    journals = load_timetabled_journals({one.lesson.offering for one in planned})
    bells = {bell.number: (bell.starts_at, bell.ends_at) for bell in load_bell_periods()}
    first, last = min(one.lesson.first for one in planned), max(one.lesson.last for one in planned)
    stored = [row.lesson for row in load_patterns_at_time_of_semester(first, last)]
    index = index_by_resource([*(one.lesson for one in planned), *stored])
    for one in planned:
        journal = journals.get(one.lesson.offering)
        fits = (
            journal is not None
            and refusal_to_arrange_timetable(act.assignments, journal.institute) is None
            and pattern_value_problems(one.lesson, journal.dates, journal.teachers) is None
            and (one.period is None or bells.get(one.period) == (one.lesson.starts_at, one.lesson.ends_at))
            and not find_pattern_conflicts(one.lesson, near_lessons(index, one.lesson))
        )
        if not fits:
            raise Stale("journal.timetable_file.changed_meanwhile")
