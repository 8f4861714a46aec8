"""Reads of requests for a late entry: form lines, structured subject, scope and fingerprint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.corrections.queries import ChangeSetScope
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import (
    offering_permission_scope,
    persons_act_may_teach_as,
    require_readable_offering,
)
from app.journal.gradebook.load_cells import load_cell_states_with_rows
from app.journal.late_entry.rules import (
    refusal_to_request_late_cell_entry,
    refusal_to_request_late_roll_entry,
)
from app.journal.tables import LateEntryRequest, Lesson
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing
from app.people import queries as people

LateEntryKey = tuple[UUID, UUID | None, str]
"""Lesson, student (None: the whole roll), kind."""


@dataclass(frozen=True, slots=True)
class LateEntryLine:
    """One line of a request; `refusal` is why it cannot be requested."""

    lesson: UUID
    student: UUID | None
    kind: str
    student_name: str
    starts_at: datetime
    type: str
    refusal: DepterError | None


@dataclass(frozen=True, slots=True)
class LateEntryForm:
    """The lines of one journal."""

    offering: UUID
    names: Mapping[str, str]
    group: str
    rows: Sequence[LateEntryLine]


def load_late_entry_form(viewer: Act, places: Sequence[LateEntryKey]) -> LateEntryForm:
    """Return these cells and rolls with the present refusals.

    Raise Missing, also for lines of several journals.
    """
    wanted = {lesson for lesson, _, _ in places}
    lessons = {one.id: one for one in db.session.scalars(select(Lesson).where(Lesson.id.in_(wanted)))}
    offerings = {lesson.offering_id for lesson in lessons.values()}
    if len(offerings) != 1 or len(lessons) < len(wanted):
        raise Missing
    offering = require_readable_offering(viewer, offerings.pop())
    calendar, persons = (
        load_gradebook.load_deadline_calendar(offering, viewer.at),
        persons_act_may_teach_as(viewer),
    )
    cells = [(lesson, student, kind) for lesson, student, kind in places if student is not None]
    found = iter(load_cell_states_with_rows(offering, lessons.values(), cells) if cells else ())
    rows = []
    for lesson, student, kind in places:
        held = load_gradebook.build_lesson_state(lessons[lesson], offering)
        if student is None:
            name = ""
            refusal = refusal_to_request_late_roll_entry(
                held, persons, offering.teachers, calendar, viewer.at
            )
        else:
            one = next(found)
            name = one.student.name
            refusal = refusal_to_request_late_cell_entry(
                one.cell, persons, offering.teachers, calendar, viewer.at
            )
        rows.append(LateEntryLine(lesson, student, kind, name, held.starts_at, held.type, refusal))
    return LateEntryForm(offering.id, offering.names, offering.group_name, rows)


def describe_late_entry(id: UUID) -> dict[str, Any]:
    """Return a request as JSON: {kind: "entries", course, group, offering, entries: [{student,
    lesson, date, lesson_type, kind}]}.

    `student` is "" for a whole roll. Raise Missing.
    """
    row = _load_late_entry_request_row(id)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    wanted = {UUID(one["lesson"]) for one in row.entries}
    lessons = {str(one.id): one for one in db.session.scalars(select(Lesson).where(Lesson.id.in_(wanted)))}
    names = people.load_names({UUID(one["student"]) for one in row.entries if one["student"]})
    entries = [
        {
            "student": names[UUID(one["student"])].short if one["student"] else "",
            "student_id": one["student"],
            "lesson": one["lesson"],
            "date": local_day(lessons[one["lesson"]].starts_at).isoformat(),
            "lesson_type": lessons[one["lesson"]].type,
            "kind": one["kind"],
        }
        for one in row.entries
    ]
    entries.sort(key=lambda one: (one["date"], one["kind"], one["student"]))
    return {
        "kind": "entries",
        "course": dict(offering.names),
        "group": offering.group_name,
        "offering": str(offering.id),
        "entries": entries,
    }


def load_late_entry_scope(id: UUID) -> ChangeSetScope:
    """Return the units and persons the request concerns; raise Missing."""
    row = _load_late_entry_request_row(id)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    students = tuple(dict.fromkeys(UUID(one["student"]) for one in row.entries if one["student"]))
    scope = offering_permission_scope(offering, (row.requester, *students))
    return ChangeSetScope(offering.department, offering.institute, students, scope)


def load_late_entry_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 to which approvals of this request are bound; None when it does not exist."""
    row = db.session.get(LateEntryRequest, id)
    return row.sha256 if row else None


def _load_late_entry_request_row(id: UUID) -> LateEntryRequest:
    """Return the request; raise Missing."""
    row = db.session.get(LateEntryRequest, id)
    if row is None:
        raise Missing
    return row
