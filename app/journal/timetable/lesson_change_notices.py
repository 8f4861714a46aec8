"""Notices of changed lessons of the next days, to the students of the group and to the teachers they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.journal.timetable.lesson_change_rules import is_change_told
from app.journal.timetable.lesson_plan import LessonPlan
from app.journal.timetable.queries import TimetabledJournal
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.outbox.post import post_events
from app.people import queries as people
from app.people.models import Membership

LESSONS_CHANGED_EVENT = "journal.lessons.changed"


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change of a lesson for its notice: the moment before and after (None: there is none), the room, the teachers
    it concerns (none: all teachers of the journal on that day), and who teaches it now when that changed."""

    kind: str
    before: datetime | None
    after: datetime | None
    room: str
    teachers: tuple[UUID, ...]
    teacher_now: UUID | None = None


def post_generated_changes(act: Act, journal: TimetabledJournal, plan: LessonPlan) -> None:
    """Post a notice about near lessons that moved with their pattern or went; new ones are no news."""
    moved = [
        ToldChange("MOVED", one.was, one.starts_at, one.room, (one.teacher,))
        for one in plan.changed
        if one.was is not None
    ]
    gone = [
        ToldChange("CANCELLED", one.starts_at, None, one.room, (one.teacher,) if one.teacher else ())
        for one in plan.removed
    ]
    post_lesson_changes(act, journal, [*moved, *gone])


def post_lesson_changes(act: Act, journal: TimetabledJournal, changes: Sequence[ToldChange]) -> None:
    """Post a notice for students and teachers about those of the changes that are near; it has no reason."""
    near = [
        one
        for one in changes
        if is_change_told(act.at, *(at for at in (one.before, one.after) if at is not None))
    ]
    if not near:
        return
    days = [local_day(at) for one in near for at in (one.before, one.after) if at is not None]
    names = people.load_names({one.teacher_now for one in near})
    lessons = [
        {
            "change": one.kind,
            "before": one.before.isoformat() if one.before else None,
            "at": one.after.isoformat() if one.after else None,
            "room": one.room,
            "teacher": names[one.teacher_now].short if one.teacher_now in names else "",
        }
        for one in near
    ]
    teachers = {who for one in near for who in one.teachers} or {
        part.person for part in journal.teachers if any(part.covers(day) for day in days)
    }
    subject = {
        "kind": "lessons",
        "course": dict(journal.names),
        "group": journal.group_name,
        "lessons": lessons,
    }
    recipients = (
        (sorted(teachers), f"/journal/{journal.id}/title"),
        (_load_students(journal.group, min(days), max(days)), "/student"),
    )
    payloads: list[dict[str, Any]] = [
        {
            "subject": subject,
            "recipients": [str(person) for person in persons],
            "by": str(act.person) if act.person else None,
            "url": url,
        }
        for persons, url in recipients
        if persons
    ]
    post_events(act, [(LESSONS_CHANGED_EVENT, payload, None) for payload in payloads])


def _load_students(group: UUID, first: date, last: date) -> list[UUID]:
    """Return the students who belong to the group on one of these days; one statement."""
    return list(
        db.session.scalars(
            select(Membership.person_id)
            .where(
                Membership.group_id == group,
                Membership.starts_on <= last,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= first),
            )
            .distinct()
            .order_by(Membership.person_id)
        )
    )
