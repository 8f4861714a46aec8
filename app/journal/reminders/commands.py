"""Commands that remind teachers and students, once each, of deadlines that are no task of a case.

Each command handles one batch; the row that proves a reminder and its message are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.journal.makeups.debt_queries import MakeupDebt
from app.journal.reminders.queries import (
    LessonMissingEntry,
    load_lessons_to_remind_of_roll,
    load_lessons_without_grades,
    load_open_makeup_debts,
    load_students_with_open_absences,
    load_study_returns,
)
from app.journal.reminders.rules import (
    excuse_reminder_stage_or_none,
    grade_reminder_stage_and_deadline,
    makeup_reminder_stage_and_deadline,
    roll_reminder_stage_and_deadline,
)
from app.journal.tables import Reminder, ReminderRun
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.post import OutboxEvent, post_events
from app.people import queries as people
from app.regulation.rules import Deadline

ROLL_REMINDED, GRADES_REMINDED = "journal.roll.reminded", "journal.grades.reminded"
MAKEUP_REMINDED, EXCUSE_REMINDED = "journal.makeup.reminded", "journal.excuse.reminded"
BEFORE_FIRST_ID = UUID(int=0)
LoadOpenMakeups = Callable[[Sequence[UUID]], frozenset[tuple[UUID, UUID]]]
"""Callable that returns the (lesson, student) pairs of these students that a
running case already makes up."""

ReminderKey = tuple[UUID, str, str, UUID | None, date]
"""Person, policy of the deadline, stage, lesson, last day: the key of a reminder sent once."""
LessonPosition = tuple[datetime, UUID]


def remind_of_missing_rolls(act: Act, after: LessonPosition | None, limit: int) -> LessonPosition | None:
    """Remind of rolls four hours before their 24 hours end and after they ended (4.2.1);
    return the start of the next batch."""
    lessons = load_lessons_to_remind_of_roll(act.at, after, limit)
    reached = [
        (one, found)
        for one in lessons
        if (found := roll_reminder_stage_and_deadline(one.facts, one.deadline_calendar, act.at))
    ]
    _remind_teachers_of_lessons(act, ROLL_REMINDED, reached)
    return (lessons[-1].facts.starts_at, lessons[-1].facts.id) if len(lessons) == limit else None


def remind_of_missing_grades(act: Act, limit: int) -> bool:
    """Remind, on the last of five days, of lessons with a task and without grades (4.3.1);
    return whether more may follow."""
    after = lock_daily_run_position(act, GRADES_REMINDED)
    if after is None:
        return False
    lessons = load_lessons_without_grades(act.at, after, limit)
    reached = [
        (one, found)
        for one in lessons
        if (found := grade_reminder_stage_and_deadline(one.facts, one.deadline_calendar, act.at))
    ]
    _remind_teachers_of_lessons(act, GRADES_REMINDED, reached)
    return save_daily_run_progress(act, GRADES_REMINDED, [one.facts.id for one in lessons], limit)


def _remind_teachers_of_lessons(
    act: Act, event_type: str, reached: Sequence[tuple[LessonMissingEntry, tuple[str, Deadline]]]
) -> None:
    """Remind teachers of these lessons, and the substitutes who may enter in their stead today (3.2)."""
    if not reached:
        return
    teachers = {person for one, _found in reached for person in one.teachers}
    substitutes = people.load_substitute_ids_by_absent("teacher", teachers, local_day(act.at))
    keys = {
        one.facts.id: [
            _build_reminder_key(person, stage, due, one.facts.id)
            for teacher in one.teachers
            for person in (teacher, *substitutes.get(teacher, ()))
        ]
        for one, (stage, due) in reached
    }
    fresh = store_new_reminders(act, [each for those in keys.values() for each in those])
    messages: list[OutboxEvent] = []
    for one, (stage, due) in reached:
        persons = dict.fromkeys(each[0] for each in keys[one.facts.id] if each in fresh)
        if persons:
            page = f"/journal/lesson/{one.facts.id}"
            messages.append(
                (
                    event_type,
                    _reminder_payload(due, stage, persons, _build_lesson_message_subject(one), page),
                    None,
                )
            )
    post_events(act, messages)


def remind_of_makeups_and_documents(act: Act, limit: int, open_makeups: LoadOpenMakeups) -> bool:
    """Remind of make-up work and documents for one batch of students; return whether more may follow today.

    Make-up work: seven, three and one days before its deadline (5.3.1, 5.3.2). Documents: before the deadline
    of students who returned (4.2.3).
    """
    after = lock_daily_run_position(act, MAKEUP_REMINDED)
    if after is None:
        return False
    students = load_students_with_open_absences(after, limit)
    if students:
        messages = [
            *_build_makeup_reminder_events(act, students, open_makeups),
            *_build_excuse_reminder_events(act, students),
        ]
        post_events(act, messages)
    return save_daily_run_progress(act, MAKEUP_REMINDED, students, limit)


def _build_makeup_reminder_events(
    act: Act, students: Sequence[UUID], open_makeups: LoadOpenMakeups
) -> list[OutboxEvent]:
    """Return one message for each student, journal and last day, however many lessons it covers."""
    busy = open_makeups(students)
    groups: dict[tuple[UUID, UUID, str, date], list[tuple[MakeupDebt, Deadline]]] = {}
    for debt in load_open_makeup_debts(students, act.at):
        found = makeup_reminder_stage_and_deadline(debt.rule_state, debt.calendar, act.at)
        if found is not None and (debt.lesson, debt.student) not in busy:
            stage, due = found
            key = (debt.student, debt.offering.id, stage, local_day(due.moment))
            groups.setdefault(key, []).append((debt, due))
    keys = {
        (key, debt.lesson): _build_reminder_key(debt.student, key[2], due, debt.lesson)
        for key, those in groups.items()
        for debt, due in those
    }
    fresh = store_new_reminders(act, keys.values())
    messages: list[OutboxEvent] = []
    for key, those in groups.items():
        debts = [debt for debt, _term in those if keys[key, debt.lesson] in fresh]
        if debts:
            subject = _build_debts_message_subject(debts)
            messages.append(
                (
                    MAKEUP_REMINDED,
                    _reminder_payload(those[0][1], key[2], [key[0]], subject, "/student/absences"),
                    None,
                )
            )
    return messages


def _build_excuse_reminder_events(act: Act, students: Sequence[UUID]) -> list[OutboxEvent]:
    """Return one message for each returned student whose document is still missing."""
    reached = [
        (back, _build_reminder_key(back.student, stage, back.document_deadline, None))
        for back in load_study_returns(students, act.at)
        if (stage := excuse_reminder_stage_or_none(back.document_deadline, back.deadline_calendar, act.at))
    ]
    fresh = store_new_reminders(act, [key for _back, key in reached])
    messages: dict[ReminderKey, OutboxEvent] = {}
    for back, key in reached:
        if key in fresh:
            subject = {"kind": "return", "date": back.returned_on.isoformat()}
            messages[key] = (
                EXCUSE_REMINDED,
                _reminder_payload(
                    back.document_deadline, key[2], [back.student], subject, "/cases/start/excuse"
                ),
                None,
            )
    return list(messages.values())


def _build_reminder_key(person: UUID, stage: str, due: Deadline, lesson: UUID | None) -> ReminderKey:
    """Return the key of a reminder."""
    return person, due.policy, stage, lesson, local_day(due.moment)


def store_new_reminders(act: Act, keys: Iterable[ReminderKey]) -> frozenset[ReminderKey]:
    """Store these reminders and return those that were not stored before; one statement."""
    wanted = sorted(set(keys), key=str)
    if not wanted:
        return frozenset()
    names = ("person_id", "term", "stage", "lesson_id", "ends_on")
    rows = [{"id": new_id(), **dict(zip(names, one, strict=True)), "told_at": act.at} for one in wanted]
    columns = [getattr(Reminder, name) for name in names]
    # The unique key makes a reminder unique even when two runs overlap.
    written = insert(Reminder).values(rows).on_conflict_do_nothing().returning(*columns)
    return frozenset(cast(ReminderKey, tuple(row)) for row in db.session.execute(written))


def _reminder_payload(
    due: Deadline, stage: str, persons: Iterable[UUID], subject: Mapping[str, Any], url: str
) -> dict[str, Any]:
    """Return the payload of a reminder message."""
    return {
        "kind": stage,
        "subject": dict(subject),
        "due_at": due.moment.isoformat(),
        "clause": due.clause,
        "recipients": sorted(str(person) for person in persons),
        "url": url,
    }


def _build_lesson_message_subject(one: LessonMissingEntry) -> dict[str, Any]:
    """Return the structured subject of a lesson."""
    return {
        "kind": "lesson",
        "course": dict(one.offering.names),
        "group": one.offering.group_name,
        "date": one.facts.day.isoformat(),
        "lesson_type": one.facts.type,
    }


def _build_debts_message_subject(debts: Sequence[MakeupDebt]) -> dict[str, Any]:
    """Return the structured subject of debts in one journal."""
    lessons = [debt.rule_state.cell.lesson for debt in debts]
    return {
        "kind": "makeup",
        "course": dict(debts[0].offering.names),
        "group": debts[0].offering.group_name,
        "student": "",
        "missed": [
            {"lesson": str(one.id), "date": one.day.isoformat(), "lesson_type": one.type} for one in lessons
        ],
    }


# --- The daily run: every person once, in batches; after a crash it continues after the last stored batch ---


def lock_daily_run_position(act: Act, kind: str) -> UUID | None:
    """Return the id after which today's run continues; None when it is complete. Locks the
    run until the transaction ends."""
    today = local_day(act.at)
    begun = (
        insert(ReminderRun)
        .values(kind=kind, day=today, after=BEFORE_FIRST_ID, done=False)
        .on_conflict_do_nothing()
    )
    db.session.execute(begun)
    row = db.session.scalars(
        select(ReminderRun)
        .where(ReminderRun.kind == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if row.day != today:
        row.day, row.after, row.done = today, BEFORE_FIRST_ID, False
    return None if row.done else row.after


def save_daily_run_progress(act: Act, kind: str, came_to: Sequence[UUID], limit: int) -> bool:
    """Store the progress of today's run; return whether more may follow."""
    row = db.session.get_one(ReminderRun, kind)
    row.done = len(came_to) < limit
    row.after = came_to[-1] if came_to else row.after
    return not row.done


def delete_old_reminders(before: datetime, limit: int = 10_000) -> int:
    """Delete reminders sent before that moment and return how many; their
    deadlines are too old to be repeated."""
    old = select(Reminder.id).where(Reminder.told_at < before).limit(limit)
    return len(db.session.execute(delete(Reminder).where(Reminder.id.in_(old)).returning(Reminder.id)).all())
