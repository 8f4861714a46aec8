"""Tell teachers and students of terms that are no task of a case, each once. Marks nothing, decides nothing.

Each verb does one batch; the row that proves the telling and the message that tells are written together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.journal.makeups.queries import Debt
from app.journal.reminders.queries import (
    HeldLesson,
    lessons_without_grades,
    lessons_without_roll,
    living_debts,
    returns_of,
    students_who_owe,
)
from app.journal.reminders.rules import excuse_reminder, grade_reminder, roll_reminder, workoff_reminder
from app.journal.tables import Reminder, Round
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.post import News, post_all
from app.people import queries as people
from app.regulation.rules import Deadline

ROLL, GRADES = "journal.roll.reminded", "journal.grades.reminded"
WORKOFF, EXCUSE = "journal.workoff.reminded", "journal.excuse.reminded"
NOBODY = UUID(int=0)
InHand = Callable[[Sequence[UUID]], frozenset[tuple[UUID, UUID]]]
"""Which (lesson, student) a running case makes up already, among these students."""

Told = tuple[UUID, str, str, UUID | None, date]
"""Person, term, stage, lesson, the day the term ends: what somebody is told of once."""
Place = tuple[datetime, UUID]


def remind_of_rolls(act: Act, after: Place | None, limit: int) -> Place | None:
    """Four hours before the 24 hours of a roll end, and when they have (4.2.1); answers where the next batch begins."""
    lessons = lessons_without_roll(act.at, after, limit)
    reached = [(one, found) for one in lessons if (found := roll_reminder(one.facts, one.terms, act.at))]
    _remind_teachers(act, ROLL, reached)
    return (lessons[-1].facts.starts_at, lessons[-1].facts.id) if len(lessons) == limit else None


def remind_of_grades(act: Act, limit: int) -> bool:
    """On the last day of the five for grades of a task nobody was given one for (4.3.1); whether there may be more."""
    after = _resume_daily_run(act, GRADES)
    if after is None:
        return False
    lessons = lessons_without_grades(act.at, after, limit)
    reached = [(one, found) for one in lessons if (found := grade_reminder(one.facts, one.terms, act.at))]
    _remind_teachers(act, GRADES, reached)
    return _save_progress(act, GRADES, [one.facts.id for one in lessons], limit)


def _remind_teachers(
    act: Act, event_type: str, reached: Sequence[tuple[HeldLesson, tuple[str, Deadline]]]
) -> None:
    """Teachers, and who is named to stand in for one of them today: he may enter it in his stead (3.2)."""
    if not reached:
        return
    teachers = {person for one, _found in reached for person in one.teachers}
    substitutes = people.standing_in("teacher", teachers, local_day(act.at))
    keys = {
        one.facts.id: [
            _reminder_key(person, stage, due, one.facts.id)
            for teacher in one.teachers
            for person in (teacher, *substitutes.get(teacher, ()))
        ]
        for one, (stage, due) in reached
    }
    fresh = _store_reminders(act, [each for those in keys.values() for each in those])
    messages: list[News] = []
    for one, (stage, due) in reached:
        persons = dict.fromkeys(each[0] for each in keys[one.facts.id] if each in fresh)
        if persons:
            page = f"/journal/lesson/{one.facts.id}"
            messages.append(
                (event_type, _message_payload(due, stage, persons, _lesson_subject(one), page), None)
            )
    post_all(act, messages)


def remind_of_absences(act: Act, limit: int, open_makeups: InHand) -> bool:
    """Seven, three and one days before a work-off has to be done (5.3.1, 5.3.2), and before the term of the document of
    somebody who came back (4.2.3). A batch of students; whether there may be more today."""
    after = _resume_daily_run(act, WORKOFF)
    if after is None:
        return False
    students = students_who_owe(after, limit)
    if students:
        messages = [*_makeup_messages(act, students, open_makeups), *_return_messages(act, students)]
        post_all(act, messages)
    return _save_progress(act, WORKOFF, students, limit)


def _makeup_messages(act: Act, students: Sequence[UUID], open_makeups: InHand) -> list[News]:
    """One piece of news a student, journal and day on which terms end, however many lessons it covers."""
    busy = open_makeups(students)
    groups: dict[tuple[UUID, UUID, str, date], list[tuple[Debt, Deadline]]] = {}
    for debt in living_debts(students, act.at):
        found = workoff_reminder(debt.facts, debt.terms, act.at)
        if found is not None and (debt.lesson, debt.student) not in busy:
            stage, due = found
            key = (debt.student, debt.offering.id, stage, local_day(due.moment))
            groups.setdefault(key, []).append((debt, due))
    keys = {
        (key, debt.lesson): _reminder_key(debt.student, key[2], due, debt.lesson)
        for key, those in groups.items()
        for debt, due in those
    }
    fresh = _store_reminders(act, keys.values())
    messages: list[News] = []
    for key, those in groups.items():
        debts = [debt for debt, _term in those if keys[key, debt.lesson] in fresh]
        if debts:
            subject = _debts_subject(debts)
            messages.append(
                (WORKOFF, _message_payload(those[0][1], key[2], [key[0]], subject, "/student/absences"), None)
            )
    return messages


def _return_messages(act: Act, students: Sequence[UUID]) -> list[News]:
    reached = [
        (back, _reminder_key(back.student, stage, back.term, None))
        for back in returns_of(students, act.at)
        if (stage := excuse_reminder(back.term, back.terms, act.at))
    ]
    fresh = _store_reminders(act, [key for _back, key in reached])
    messages: dict[Told, News] = {}
    for back, key in reached:
        if key in fresh:
            subject = {"kind": "return", "date": back.returned_on.isoformat()}
            messages[key] = (
                EXCUSE,
                _message_payload(back.term, key[2], [back.student], subject, "/cases/start/excuse"),
                None,
            )
    return list(messages.values())


def _reminder_key(person: UUID, stage: str, due: Deadline, lesson: UUID | None) -> Told:
    return person, due.policy, stage, lesson, local_day(due.moment)


def _store_reminders(act: Act, keys: Iterable[Told]) -> frozenset[Told]:
    """Write down who is told of what; answers what was not written before. One statement."""
    wanted = sorted(set(keys), key=str)
    if not wanted:
        return frozenset()
    names = ("person_id", "term", "stage", "lesson_id", "ends_on")
    rows = [{"id": new_id(), **dict(zip(names, one, strict=True)), "told_at": act.at} for one in wanted]
    columns = [getattr(Reminder, name) for name in names]
    written = insert(Reminder).values(rows).on_conflict_do_nothing().returning(*columns)
    return frozenset(cast(Told, tuple(row)) for row in db.session.execute(written))


def _message_payload(
    due: Deadline, stage: str, persons: Iterable[UUID], subject: Mapping[str, Any], url: str
) -> dict[str, Any]:
    return {
        "kind": stage,
        "subject": dict(subject),
        "due_at": due.moment.isoformat(),
        "clause": due.clause,
        "recipients": sorted(str(person) for person in persons),
        "url": url,
    }


def _lesson_subject(one: HeldLesson) -> dict[str, Any]:
    return {
        "kind": "lesson",
        "course": dict(one.offering.names),
        "group": one.offering.group_name,
        "date": one.facts.day.isoformat(),
        "lesson_type": one.facts.type,
    }


def _debts_subject(debts: Sequence[Debt]) -> dict[str, Any]:
    lessons = [debt.facts.cell.lesson for debt in debts]
    return {
        "kind": "workoff",
        "course": dict(debts[0].offering.names),
        "group": debts[0].offering.group_name,
        "student": "",
        "missed": [
            {"lesson": str(one.id), "date": one.day.isoformat(), "lesson_type": one.type} for one in lessons
        ],
    }


# --- the round of a day: through everybody once, in batches, whoever is killed in between ------------------------


def _resume_daily_run(act: Act, kind: str) -> UUID | None:
    """Behind whom the round of today goes on; None when it came to all. Locks it until the act ends."""
    today = local_day(act.at)
    begun = insert(Round).values(kind=kind, day=today, after=NOBODY, done=False).on_conflict_do_nothing()
    db.session.execute(begun)
    row = db.session.scalars(
        select(Round).where(Round.kind == kind).with_for_update().execution_options(populate_existing=True)
    ).one()
    if row.day != today:
        row.day, row.after, row.done = today, NOBODY, False
    return None if row.done else row.after


def _save_progress(act: Act, kind: str, came_to: Sequence[UUID], limit: int) -> bool:
    row = db.session.get_one(Round, kind)
    row.done = len(came_to) < limit
    row.after = came_to[-1] if came_to else row.after
    return not row.done


def forget_reminders(before: datetime, limit: int = 10_000) -> int:
    """Delete what proves a telling that long ago; nothing of it can be told again."""
    old = select(Reminder.id).where(Reminder.told_at < before).limit(limit)
    return len(db.session.execute(delete(Reminder).where(Reminder.id.in_(old)).returning(Reminder.id)).all())
