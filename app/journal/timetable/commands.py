"""Commands that arrange the weekly timetable of a journal: patterns, planned hours, the bell schedule.

Every command that could bring somebody to two places takes one lock, so that two offices never pass each other. Each
change of a journal's timetable raises its version; a form that showed an older one is refused with the name of the
person who changed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.journal.tables import (
    JournalTimetable,
    LessonPattern,
)
from app.journal.timetable.generate import remove_lessons
from app.journal.timetable.lesson_change_notices import ToldChange, post_lesson_changes
from app.journal.timetable.lesson_plan import is_fixed_lesson
from app.journal.timetable.queries import (
    TimetabledJournal,
    WeeklyLessonRow,
    find_timetabled_journal,
    load_bell_periods,
    load_patterns_of_journals,
    load_patterns_sharing_something,
    load_stored_lessons,
)
from app.journal.timetable.rules import (
    TimetableConflict,
    WeeklyLesson,
    can_be_one_stream,
    find_pattern_conflicts,
    pattern_value_problems,
    refusal_to_arrange_timetable,
    refusal_to_repeat_more,
)
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, FieldProblem, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.people import queries as people

PATTERN_SET, PATTERN_ENDED = "journal.timetable.pattern_set", "journal.timetable.pattern_ended"
TIMETABLE_LOCK = "journal.timetable"
CONFLICT_FIELDS = {"group": "weekday", "teacher": "teacher", "room": "room"}
"""The field of the form at which a conflict is named."""


@dataclass(frozen=True, slots=True)
class PatternEdit:
    """A weekly lesson as a form sends it: with a bell period, or with times of its own."""

    id: UUID
    weekday: int
    weeks: str
    period: int | None
    starts_at: time | None
    ends_at: time | None
    type: str
    teacher: UUID
    room: str
    hours: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class CheckedPattern:
    """A checked weekly lesson with its journal, the stored one it changes (None: it is new), and the lessons with
    which it becomes one stream."""

    journal: TimetabledJournal
    lesson: WeeklyLesson
    period: int | None
    before: WeeklyLessonRow | None
    stream: tuple[WeeklyLessonRow, ...]


class TimetableConflicts(Invalid):
    """422: somebody or something would be in two places at once. `can_be_stream`: the other lessons have the same
    teacher, room and time, so that saying so makes them one stream."""

    def __init__(self, fields: Mapping[str, list[FieldProblem]], can_be_stream: bool) -> None:
        super().__init__(fields)
        self.can_be_stream = can_be_stream


def lock_timetable() -> None:
    """Take the lock of all timetables until the transaction ends."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(TIMETABLE_LOCK))))


def require_arranged_journal(act: Act, offering_id: UUID) -> TimetabledJournal:
    """Return the journal if the act may arrange its timetable. Raises Missing, Denied."""
    journal = find_timetabled_journal(offering_id)
    if journal is None:
        raise Missing
    _raise_if_refused(refusal_to_arrange_timetable(act.assignments, journal.institute))
    return journal


def require_unchanged_timetable(journal: TimetabledJournal, seen: int) -> None:
    """Raise Stale naming who changed the timetable of the journal, and when, after the form was drawn."""
    if journal.version == seen:
        return
    name = people.load_names([journal.changed_by]).get(journal.changed_by) if journal.changed_by else None
    raise Stale(
        "journal.timetable.changed_meanwhile",
        current={"version": journal.version},
        name=name.full if name else "",
        at=journal.changed_at,
    )


def check_pattern(act: Act, offering_id: UUID, edit: PatternEdit, *, as_stream: bool) -> CheckedPattern:
    """Check a weekly lesson; nothing is written. `as_stream`: lessons of other groups with the same teacher, room and
    time are one lesson with it.

    Raises Missing, Denied, Invalid (values by field), TimetableConflicts, Refused (too many).
    """
    journal = require_arranged_journal(act, offering_id)
    own = load_patterns_of_journals([offering_id])
    before = next((row for row in own if row.lesson.id == edit.id), None)
    if before is None:
        _raise_if_refused(refusal_to_repeat_more(len(own)))
        if db.session.get(LessonPattern, edit.id) is not None:
            raise Missing
    lesson = _build_lesson_of_edit(journal, edit, before)
    problem = pattern_value_problems(lesson, journal.dates, journal.teachers)
    if problem is not None:
        raise problem
    others = load_patterns_sharing_something([lesson])
    stream = tuple(row for row in others if as_stream and can_be_one_stream(lesson, row.lesson))
    if lesson.stream is not None and not any(
        row.lesson.stream == lesson.stream and can_be_one_stream(lesson, row.lesson) for row in others
    ):
        # It was moved away from its stream.
        lesson = replace(lesson, stream=None)
    if stream:
        lesson = replace(lesson, stream=next((r.lesson.stream for r in stream if r.lesson.stream), new_id()))
    joined = {row.lesson.id for row in stream}
    rest = [row for row in others if row.lesson.id not in joined]
    conflicts = find_pattern_conflicts(lesson, [row.lesson for row in rest])
    conflicts += [
        one
        for one in find_pattern_conflicts(lesson, [replace(r.lesson, stream=lesson.stream) for r in stream])
        if one.kind == "group"
    ]
    if conflicts:
        raise build_conflict_error(conflicts, {row.lesson.id: row for row in others}, lesson)
    return CheckedPattern(journal, lesson, edit.period, before, stream)


def build_conflict_error(
    conflicts: Sequence[TimetableConflict], rows: Mapping[UUID, WeeklyLessonRow], lesson: WeeklyLesson
) -> TimetableConflicts:
    """Return the error that names each conflict at its field: whom or what, where, when, in which lesson."""
    problems: dict[str, list[FieldProblem]] = {}
    for one in conflicts:
        row = rows[one.other.id]
        params = {
            "group": row.group_name,
            "course": dict(row.names),
            "teacher": row.teacher_name,
            "room": row.lesson.room or "–",
            "from": f"{row.lesson.starts_at:%H:%M}",
            "until": f"{row.lesson.ends_at:%H:%M}",
            "day": one.day,
        }
        field = CONFLICT_FIELDS[one.kind]
        problems.setdefault(field, []).append(FieldProblem(f"journal.timetable.{one.kind}_busy", params))
    can_be_stream = all(can_be_one_stream(lesson, one.other) for one in conflicts)
    return TimetableConflicts(problems, can_be_stream)


def _build_lesson_of_edit(
    journal: TimetabledJournal, edit: PatternEdit, before: WeeklyLessonRow | None
) -> WeeklyLesson:
    """Return the weekly lesson of a form, with the times of its period. Raises Invalid for an unknown period."""
    starts_at, ends_at = edit.starts_at, edit.ends_at
    if edit.period is not None:
        bell = next((one for one in load_bell_periods() if one.number == edit.period), None)
        if bell is None:
            raise Invalid.field("period", "forms.field.not_offered")
        starts_at, ends_at = bell.starts_at, bell.ends_at
    if starts_at is None or ends_at is None:
        raise Invalid.field("period", "journal.timetable.no_time")
    return WeeklyLesson(
        id=edit.id,
        offering=journal.id,
        group=journal.group,
        weekday=edit.weekday,
        weeks=edit.weeks,
        starts_at=starts_at,
        ends_at=ends_at,
        type=edit.type,
        teacher=edit.teacher,
        room=" ".join(edit.room.split()),
        hours=edit.hours,
        first=edit.first,
        last=edit.last,
        week_one=journal.dates.starts_on,
        stream=before.lesson.stream if before else None,
    )


def save_pattern(
    act: Act, offering_id: UUID, seen: int, edit: PatternEdit, *, as_stream: bool = False
) -> None:
    """Add a weekly lesson to the timetable of a journal, or change it; a repeat has no effect.

    Lessons that were generated stay until they are generated again. Raises as `check_pattern`, and Stale when
    somebody else changed the timetable after version `seen`.
    """
    lock_timetable()
    checked = check_pattern(act, offering_id, edit, as_stream=as_stream)
    if checked.before is not None and checked.before.lesson == checked.lesson:
        return
    require_unchanged_timetable(checked.journal, seen)
    values = _stored_pattern_values(checked)
    kept = db.session.get(LessonPattern, edit.id)
    if kept is None:
        db.session.add(LessonPattern(id=edit.id, offering_id=offering_id, **values))
    else:
        for name, value in values.items():
            setattr(kept, name, value)
    db.session.flush()
    _join_stream(act, checked)
    _leave_empty_stream(checked)
    raise_timetable_version(act, [offering_id])
    before = pattern_as_json(checked.before.lesson) if checked.before else None
    after = pattern_as_json(checked.lesson)
    record_audit_event(
        act, PATTERN_SET, ("journal.lesson_pattern", edit.id), before, after, "2.1", offering=offering_id
    )


def _stored_pattern_values(checked: CheckedPattern) -> dict[str, Any]:
    lesson, own_times = checked.lesson, checked.period is None
    return {
        "weekday": lesson.weekday,
        "weeks": lesson.weeks,
        "period": checked.period,
        "starts_at": lesson.starts_at if own_times else None,
        "ends_at": lesson.ends_at if own_times else None,
        "type": lesson.type,
        "teacher_id": lesson.teacher,
        "room": lesson.room,
        "hours": lesson.hours,
        "starts_on": lesson.first,
        "ends_on": lesson.last,
        "stream_id": lesson.stream,
    }


def _join_stream(act: Act, checked: CheckedPattern) -> None:
    """Give the other lessons of a stream its key, with an audit record for each that did not have it."""
    joining = [row for row in checked.stream if row.lesson.stream != checked.lesson.stream]
    if not joining:
        return
    for row in joining:
        _raise_if_refused(refusal_to_arrange_timetable(act.assignments, row.institute))
    ids = [row.lesson.id for row in joining]
    changed = update(LessonPattern).where(LessonPattern.id.in_(ids))
    db.session.execute(changed.values(stream_id=checked.lesson.stream))
    record_audit_events(
        act,
        [
            AuditEvent(
                PATTERN_SET,
                ("journal.lesson_pattern", row.lesson.id),
                {"stream": row.lesson.stream},
                {"stream": checked.lesson.stream},
                "2.1",
                offering=row.lesson.offering,
            )
            for row in joining
        ],
    )
    raise_timetable_version(act, {row.lesson.offering for row in joining})


def _leave_empty_stream(checked: CheckedPattern) -> None:
    """Take the key of a stream from the one lesson that stays in it alone."""
    left = checked.before.lesson.stream if checked.before else None
    if left is None or left == checked.lesson.stream:
        return
    rest = db.session.scalars(select(LessonPattern).where(LessonPattern.stream_id == left)).all()
    if len(rest) == 1:
        rest[0].stream_id = None
        db.session.flush()


def end_pattern(act: Act, offering_id: UUID, seen: int, pattern_id: UUID, last: date | None) -> int:
    """End a weekly lesson after the day `last`, or (None) take it out altogether; return how many lessons went.

    Lessons after that day go, except those that have begun or that somebody worked on. Raises Missing, Denied,
    Stale, Invalid on `last`, Refused when it is to be taken out and has such lessons.
    """
    lock_timetable()
    journal = require_arranged_journal(act, offering_id)
    rows = load_patterns_of_journals([offering_id])
    row = next((one for one in rows if one.lesson.id == pattern_id), None)
    if row is None:
        raise Missing
    require_unchanged_timetable(journal, seen)
    lesson = row.lesson
    if last is not None and not lesson.first <= last <= lesson.last:
        raise Invalid.field("last", "journal.timetable.last_outside", first=lesson.first, last=lesson.last)
    stored = load_stored_lessons([offering_id]).get(offering_id, [])
    own = [one for one in stored if one.key is not None and one.key[0] == pattern_id]
    fixed = [one for one in own if is_fixed_lesson(one, act.at)]
    if last is None and fixed:
        raise Refused("journal.timetable.pattern_has_lessons", count=len(fixed))
    going = [one for one in own if one not in fixed and (last is None or (one.key and one.key[1] > last))]
    remove_lessons([one.id for one in going])
    before = pattern_as_json(lesson)
    if last is None:
        db.session.execute(delete(LessonPattern).where(LessonPattern.id == pattern_id))
    else:
        changed = update(LessonPattern).where(LessonPattern.id == pattern_id)
        db.session.execute(changed.values(ends_on=last))
    raise_timetable_version(act, [offering_id])
    gone = [ToldChange("CANCELLED", one.starts_at, None, one.room, (lesson.teacher,)) for one in going]
    post_lesson_changes(act, journal, gone)
    after = {"last": last, "removed_lessons": [one.id for one in going]}
    record_audit_event(
        act, PATTERN_ENDED, ("journal.lesson_pattern", pattern_id), before, after, "2.1", offering=offering_id
    )
    return len(going)


def raise_timetable_version(act: Act, offerings: Sequence[UUID] | set[UUID]) -> None:
    """Raise the version of the timetables of these journals, in the name of the person of the act."""
    known = {
        row.offering_id: row
        for row in db.session.scalars(
            select(JournalTimetable)
            .where(JournalTimetable.offering_id.in_(list(offerings)))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for offering in offerings:
        row = known.get(offering)
        if row is None:
            row = JournalTimetable(offering_id=offering, version=0)
            db.session.add(row)
        row.version += 1
        row.changed_at, row.changed_by = act.at, act.person
    db.session.flush()


def pattern_as_json(lesson: WeeklyLesson) -> dict[str, Any]:
    """Return a weekly lesson as the audit keeps it."""
    return {
        "offering": lesson.offering,
        "weekday": lesson.weekday,
        "weeks": lesson.weeks,
        "times": [f"{lesson.starts_at:%H:%M}", f"{lesson.ends_at:%H:%M}"],
        "type": lesson.type,
        "teacher": lesson.teacher,
        "room": lesson.room,
        "hours": lesson.hours,
        "days": [lesson.first, lesson.last],
        "stream": lesson.stream,
    }


def _raise_if_refused(refusal: DepterError | None) -> None:
    if refusal is not None:
        raise refusal
