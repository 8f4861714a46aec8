"""Commands that change single lessons: add, cancel, move, give to a substitute. People are told of near changes.

A lesson that has begun or on which something depends is changed only when the form proves, by a digest, that the person
saw what the change moves (`LessonConsequences`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import LESSON_TYPES, LESSON_TYPES_WITHOUT_ROLL, LessonState
from app.journal.gradebook.entry_deadlines import ATTENDANCE_ENTRY_TERM_POLICY
from app.journal.tables import Lesson, LessonChange, Teaching
from app.journal.timetable.commands import lock_timetable, require_arranged_journal
from app.journal.timetable.lesson_change_notices import ToldChange, post_lesson_changes
from app.journal.timetable.lesson_change_rules import (
    LessonConsequences,
    TimedLesson,
    find_lesson_conflicts,
    lesson_time_problems,
    reason_problem,
    refusal_to_cancel_lesson,
    refusal_to_change_lesson,
    substitution_problems,
)
from app.journal.timetable.lesson_queries import (
    count_makeups_of_lesson,
    count_marks_of_lesson,
    load_lessons_at_same_time,
    load_open_case_numbers,
    stream_of_lesson,
)
from app.journal.timetable.queries import TimetabledJournal, study_days_of_journal
from app.journal.timetable.rules import MAX_LESSON_HOURS
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, FieldProblem, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.people import queries as people
from app.regulation.rules import compute_deadline

LESSON_ADDED, LESSON_CANCELLED = "journal.lesson.added", "journal.lesson.cancelled"
LESSON_MOVED, LESSON_SUBSTITUTED = "journal.lesson.moved", "journal.lesson.substituted"
_FIELD_OF_CONFLICT = {"group": "day", "teacher": "starts_at", "room": "room"}


@dataclass(frozen=True, slots=True)
class LessonPlace:
    """When and where a lesson is: moments in UTC, and its room."""

    starts_at: datetime
    ends_at: datetime
    room: str


@dataclass(frozen=True, slots=True)
class NewLesson:
    """A single lesson to be added. `teacher` is a teacher of the journal."""

    id: UUID
    type: str
    teacher: UUID
    hours: int
    place: LessonPlace


class ConsequencesNotSeen(Refused):
    """409: something depends on the lesson, and the form did not show it; `consequences` is what it is."""

    def __init__(self, consequences: LessonConsequences) -> None:
        super().__init__("journal.lesson.look_first")
        self.consequences = consequences


def add_lesson(act: Act, offering_id: UUID, new: NewLesson) -> None:
    """Add a single lesson to a journal; a repeat has no effect. Raises Missing, Denied, Invalid (values, conflicts)."""
    lock_timetable()
    journal = require_arranged_journal(act, offering_id)
    known = db.session.get(Lesson, new.id)
    if known is not None:
        if known.offering_id != offering_id:
            raise Missing
        return
    problems: dict[str, list[FieldProblem]] = {}
    if new.type not in LESSON_TYPES:
        problems["type"] = [FieldProblem("journal.lesson.unknown_type")]
    if not 1 <= new.hours <= MAX_LESSON_HOURS:
        problems["hours"] = [FieldProblem("journal.lesson.hours", {"min": 1, "max": MAX_LESSON_HOURS})]
    day = local_day(new.place.starts_at)
    if not any(part.person == new.teacher and part.covers(day) for part in journal.teachers):
        problems["teacher"] = [FieldProblem("journal.timetable.not_teaching", {"day": day})]
    if problems:
        raise Invalid(problems)
    # A lesson that was held and forgotten may be added afterwards: its roll is late, and says so.
    _require_possible_place(act, journal, new.place, has_begun=True, roll_taken=False)
    sheet = load_gradebook.load_offerings([offering_id])[offering_id].covering_sheet_on(day)
    if sheet is not None:
        clause = "7.6" if sheet.closed else "4.4.3"
        raise Refused("journal.lesson.sheet_stands", clause=clause, at=sheet.signed_or_closed_at)
    timed = TimedLesson(
        new.id, journal.group, new.teacher, new.place.room, new.place.starts_at, new.place.ends_at, None
    )
    _require_no_conflict(timed)
    db.session.add(
        Lesson(
            id=new.id,
            offering_id=offering_id,
            starts_at=new.place.starts_at,
            ends_at=new.place.ends_at,
            type=new.type,
            room=new.place.room,
            hours=new.hours,
            teacher_id=new.teacher,
        )
    )
    db.session.flush()
    after = _place_as_json(new.place) | {"type": new.type, "teacher": str(new.teacher), "hours": new.hours}
    _store_change(act, new.id, "ADDED", {}, after)
    record_audit_event(act, LESSON_ADDED, ("journal.lesson", new.id), None, after, "2.1", offering=journal.id)
    post_lesson_changes(
        act, journal, [ToldChange("ADDED", None, new.place.starts_at, new.place.room, (new.teacher,))]
    )


def cancel_lesson(act: Act, lesson_id: UUID, seen: int, confirmed: str) -> None:
    """Cancel a lesson; the reason of the act is needed and stays sealed. A repeat has no effect.

    Raises Missing, Denied, Stale (`journal.lesson.changed`), Invalid (`reason`), Refused (it has marks, a sheet
    stands, it is cancelled), ConsequencesNotSeen.
    """
    lock_timetable()
    lesson, journal, state = _lock_lesson(act, lesson_id)
    if lesson.state == "CANCELLED" and lesson.version == seen + 1:
        return
    _require_seen(lesson, seen)
    _raise_if(refusal_to_cancel_lesson(state, count_marks_of_lesson(lesson_id), act.reason))
    _require_consequences_seen(find_consequences(act, lesson, state, None), confirmed, act, lesson)
    before = lesson.state
    lesson.state = "CANCELLED"
    lesson.version += 1
    db.session.flush()
    _store_change(act, lesson_id, "CANCELLED", {"state": before}, {"state": "CANCELLED"})
    old, new, about = {"state": before}, {"state": "CANCELLED"}, ("journal.lesson", lesson_id)
    record_audit_event(act, LESSON_CANCELLED, about, old, new, "2.1", offering=lesson.offering_id)
    told = ToldChange("CANCELLED", lesson.starts_at, None, lesson.room, _teachers(lesson))
    post_lesson_changes(act, journal, [told])


def move_lesson(act: Act, lesson_id: UUID, seen: int, place: LessonPlace, confirmed: str) -> None:
    """Move a lesson to another day, time or room; its marks go with it. A repeat has no effect.

    Raises Missing, Denied, Stale (`journal.lesson.changed`), Invalid (values, conflicts, `reason` when it has begun),
    Refused (a sheet stands, it is cancelled), ConsequencesNotSeen.
    """
    lock_timetable()
    lesson, journal, state = _lock_lesson(act, lesson_id)
    before = LessonPlace(lesson.starts_at, lesson.ends_at, lesson.room)
    if before == place:
        return
    _require_seen(lesson, seen)
    _raise_if(refusal_to_change_lesson(state))
    begun = lesson.starts_at <= act.at
    taken = lesson.roll_taken_at is not None
    _require_possible_place(act, journal, place, has_begun=begun, roll_taken=taken)
    _raise_if(reason_problem(act.reason, needed=begun))
    offering = load_gradebook.load_offerings([lesson.offering_id])[lesson.offering_id]
    sheet = offering.covering_sheet_on(local_day(place.starts_at))
    if sheet is not None:
        clause = "7.6" if sheet.closed else "4.4.3"
        raise Refused("journal.lesson.sheet_stands", clause=clause, at=sheet.signed_or_closed_at)
    timed = TimedLesson(
        lesson_id,
        journal.group,
        lesson.teacher_id,
        place.room,
        place.starts_at,
        place.ends_at,
        stream_of_lesson(lesson),
    )
    _require_no_conflict(timed)
    _require_consequences_seen(find_consequences(act, lesson, state, place), confirmed, act, lesson)
    lesson.starts_at, lesson.ends_at, lesson.room = place.starts_at, place.ends_at, place.room
    lesson.version += 1
    db.session.flush()
    old, new = _place_as_json(before), _place_as_json(place)
    _store_change(act, lesson_id, "MOVED", old, new)
    about = ("journal.lesson", lesson_id)
    record_audit_event(act, LESSON_MOVED, about, old, new, "2.1", offering=lesson.offering_id)
    told = ToldChange("MOVED", before.starts_at, place.starts_at, place.room, _teachers(lesson))
    post_lesson_changes(act, journal, [told])


def name_substitute(
    act: Act, offering_id: UUID, person: UUID, instead_of: UUID | None, first: date, last: date
) -> int:
    """Name a substitute teacher of a journal for some days, in the own name; return how many lessons are given to
    this person. `instead_of` narrows to the lessons of one teacher. A repeat has no effect.

    Lessons whose attendance is recorded stay with their teacher. Raises Missing, Denied, Invalid (`substitute`,
    `first`, `last`).
    """
    lock_timetable()
    journal = require_arranged_journal(act, offering_id)
    if person not in people.load_holder_ids_of_roles(["teacher"], first):
        raise Invalid.field("substitute", "journal.lesson.no_teacher")
    _raise_if(substitution_problems(person, first, last, journal.dates, local_day(act.at), journal.teachers))
    same_day = select(Teaching).where(
        Teaching.offering_id == offering_id,
        Teaching.person_id == person,
        Teaching.part == "SUBSTITUTE",
        Teaching.starts_on == first,
    )
    part = db.session.scalar(same_day)
    if part is not None and part.ends_on == last:
        return 0
    lessons = _lessons_to_substitute(offering_id, person, instead_of, first, last)
    for one in lessons:
        timed = TimedLesson(
            one.id, journal.group, person, "", one.starts_at, one.ends_at, stream_of_lesson(one)
        )
        _require_no_conflict(timed, field="substitute", kinds=("teacher",))
    if part is None:
        part = Teaching(
            id=new_id(), offering_id=offering_id, person_id=person, part="SUBSTITUTE", starts_on=first
        )
        db.session.add(part)
    part.ends_on = last
    told = []
    for one in lessons:
        before = one.teacher_id
        one.teacher_id = person
        one.version += 1
        _store_change(
            act,
            one.id,
            "SUBSTITUTED",
            {"teacher": str(before) if before else None},
            {"teacher": str(person)},
        )
        both = tuple(who for who in (before, person) if who is not None)
        told.append(ToldChange("SUBSTITUTED", one.starts_at, one.starts_at, one.room, both, person))
    db.session.flush()
    after = {"person": person, "first": first, "last": last, "lessons": [one.id for one in lessons]}
    record_audit_event(act, LESSON_SUBSTITUTED, ("journal.offering", offering_id), None, after, "2.1")
    post_lesson_changes(act, journal, told)
    return len(lessons)


def _lessons_to_substitute(
    offering: UUID, person: UUID, instead_of: UUID | None, first: date, last: date
) -> list[Lesson]:
    """Lock and return the lessons of these days whose roll nobody took, of one teacher or of all."""
    day = func.date(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at))
    wanted = select(Lesson).where(
        Lesson.offering_id == offering,
        day >= first,
        day <= last,
        Lesson.state == "PLANNED",
        Lesson.roll_taken_at.is_(None),
        Lesson.teacher_id.is_distinct_from(person),
    )
    if instead_of is not None:
        wanted = wanted.where(Lesson.teacher_id == instead_of)
    locked = wanted.order_by(Lesson.id).with_for_update().execution_options(populate_existing=True)
    return list(db.session.scalars(locked))


def find_consequences(
    act: Act, lesson: Lesson, state: LessonState, place: LessonPlace | None
) -> LessonConsequences:
    """Return what depends on a lesson that is moved to a place, or (None) cancelled."""
    before = after = None
    if lesson.roll_taken_at is None and lesson.type not in LESSON_TYPES_WITHOUT_ROLL:
        offering = load_gradebook.load_offerings([lesson.offering_id])[lesson.offering_id]
        calendar = load_gradebook.load_deadline_calendar(offering, act.at)
        before = compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, lesson.ends_at).moment
        if place is not None:
            after = compute_deadline(calendar, ATTENDANCE_ENTRY_TERM_POLICY, place.ends_at).moment
    return LessonConsequences(
        marks=count_marks_of_lesson(lesson.id),
        makeups=count_makeups_of_lesson(lesson.offering_id, lesson.id),
        cases=load_open_case_numbers(lesson.id, state.day),
        roll_taken=lesson.roll_taken_at is not None,
        deadline_before=before,
        deadline_after=after,
    )


def _require_consequences_seen(found: LessonConsequences, confirmed: str, act: Act, lesson: Lesson) -> None:
    """Raise ConsequencesNotSeen when the lesson has begun or something depends on it, and the form did not show it."""
    depends = found.marks or found.makeups or found.cases or found.roll_taken
    if (depends or lesson.starts_at <= act.at) and confirmed != found.digest:
        raise ConsequencesNotSeen(found)


def _lock_lesson(act: Act, lesson_id: UUID) -> tuple[Lesson, TimetabledJournal, LessonState]:
    """Lock a lesson whose timetable the act may arrange. Raises Missing, Denied."""
    lesson = load_gradebook.lock_and_load_lessons([lesson_id]).get(lesson_id)
    if lesson is None:
        raise Missing
    journal = require_arranged_journal(act, lesson.offering_id)
    offering = load_gradebook.load_offerings([lesson.offering_id])[lesson.offering_id]
    return lesson, journal, load_gradebook.build_lesson_state(lesson, offering)


def _require_seen(lesson: Lesson, seen: int) -> None:
    if lesson.version != seen:
        raise Stale("journal.lesson.changed", current={"version": lesson.version})


def _require_possible_place(
    act: Act, journal: TimetabledJournal, place: LessonPlace, *, has_begun: bool, roll_taken: bool
) -> None:
    """Raise Invalid when a lesson of the journal cannot be there."""
    days = study_days_of_journal(journal, act.at)
    _raise_if(
        lesson_time_problems(
            place.starts_at,
            place.ends_at,
            place.room,
            days,
            act.at,
            has_begun=has_begun,
            roll_taken=roll_taken,
        )
    )


def _require_no_conflict(
    timed: TimedLesson, *, field: str | None = None, kinds: Sequence[str] = ("group", "teacher", "room")
) -> None:
    """Raise Invalid naming each group, teacher or room that would be in two places at once."""
    others = {one.timed.id: one for one in load_lessons_at_same_time(timed)}
    problems: dict[str, list[FieldProblem]] = {}
    for kind, other in find_lesson_conflicts(timed, [one.timed for one in others.values()]):
        if kind not in kinds:
            continue
        row = others[other.id]
        params: dict[str, Any] = {
            "group": row.group_name,
            "course": dict(row.names),
            "teacher": row.teacher_name or "–",
            "room": other.room or "–",
            "day": local_day(other.starts_at),
            "from": f"{other.starts_at.astimezone(UNIVERSITY_ZONE):%H:%M}",
            "until": f"{other.ends_at.astimezone(UNIVERSITY_ZONE):%H:%M}",
        }
        problem = FieldProblem(f"journal.timetable.{kind}_busy", params)
        problems.setdefault(field or _FIELD_OF_CONFLICT[kind], []).append(problem)
    if problems:
        raise Invalid(problems)


def _store_change(act: Act, lesson: UUID, kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Store a change of a lesson for its history, with the reason sealed."""
    db.session.add(
        LessonChange(
            id=new_id(),
            lesson_id=lesson,
            kind=kind,
            before=before,
            after=after,
            reason=seal_text(act.person, act.reason.strip()),
            made_by=act.person,
            made_at=act.at,
        )
    )
    db.session.flush()


def _place_as_json(place: LessonPlace) -> dict[str, Any]:
    return {
        "starts_at": place.starts_at.isoformat(),
        "ends_at": place.ends_at.isoformat(),
        "room": place.room,
    }


def _teachers(lesson: Lesson) -> tuple[UUID, ...]:
    return (lesson.teacher_id,) if lesson.teacher_id else ()


def _raise_if(refusal: DepterError | None) -> None:
    if refusal is not None:
        raise refusal
