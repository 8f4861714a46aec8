"""Queries of general requests: whom and what a person may ask about, and the notes on a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true

from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.tables import Course, Note, Offering, Request, RequestDecision, Semester, Teaching
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.search_text import every_word_condition, has_every_word
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR
from app.people.models import Membership, Person, StudyGroup
from app.people.queries.persons import build_person_name
from app.people.rules import PERMISSIONS

MAX_CHOICES = 30
"""Students, journals or units that a page offers at once; the search narrows the list."""
_JOURNAL_VERB = "journal.read"
_STUDENT_VERB = "requests.about_student"


@dataclass(frozen=True, slots=True)
class Choice:
    """A student, journal or unit that a request can be about. `names` in three languages, or `name` as it is."""

    id: UUID
    name: str
    names: Mapping[str, str]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note on a page: the step that left it, its process and its case."""

    titles: Mapping[str, str]
    process: Mapping[str, str]
    case_id: UUID
    number: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision that a case recorded: its code, who acted (None: the system) and when."""

    decision: str
    person: UUID | None
    made_at: datetime


def load_decisions_of_case(case_id: UUID) -> list[DecisionRow]:
    """Return the recorded decisions of a case, in order; one statement."""
    rows = db.session.scalars(
        select(RequestDecision)
        .where(RequestDecision.case_id == case_id)
        .order_by(RequestDecision.made_at, RequestDecision.id)
    )
    return [DecisionRow(row.decision, row.person_id, row.made_at) for row in rows]


def load_request(request_id: UUID) -> Request:
    """Return a request. Raises Missing."""
    found = db.session.get(Request, request_id)
    if found is None:
        raise Missing
    return found


def find_students_to_ask_about(act: Act, search: str = "", student: UUID | None = None) -> list[Choice]:
    """Return the students about whom the act may ask, by name; with `student` only that one. One statement."""
    today = local_day(act.at)
    reach = _StudentReach(act)
    statement = (
        select(Person, func.string_agg(StudyGroup.name.distinct(), ", ").label("groups"))
        .join(Membership, Membership.person_id == Person.id)
        .join(StudyGroup, StudyGroup.id == Membership.group_id)
        .where(
            Membership.starts_on <= today,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= today),
            reach.students_condition(),
        )
        .group_by(Person.id)
        .order_by(Person.sort_key, Person.id)
        .limit(MAX_CHOICES + 1)
    )
    if student is not None:
        statement = statement.where(Person.id == student)
    if search:
        name = func.concat_ws(" ", Person.family_name, Person.given_name, Person.patronymic, StudyGroup.name)
        statement = statement.where(every_word_condition(name, search))
    found = []
    for person, groups in db.session.execute(statement):
        full = build_person_name(
            person.id, person.family_name, person.given_name, person.patronymic or ""
        ).full
        found.append(Choice(person.id, full, {}, groups))
    return found


class _StudentReach:
    """The SQL condition on the group of a student that one of the roles of an act reaches."""

    def __init__(self, act: Act) -> None:
        self.persons = list(acting_and_represented_persons(act))
        self.reaches = PERMISSIONS[_STUDENT_VERB]
        self.assignments = act.assignments

    def students_condition(self) -> ColumnElement[bool]:
        """Return the condition; false for a role that may ask about nobody."""
        return or_(
            false(), *(self._students_condition_of_role(one.role, one.unit) for one in self.assignments)
        )

    def _students_condition_of_role(self, role: str, unit: UUID | None) -> ColumnElement[bool]:
        reach = self.reaches.get(role)
        if reach == "anywhere":
            return true()
        if reach == "curator":
            return StudyGroup.curator_id.in_(self.persons)
        if reach == "teacher":
            taught = select(Offering.group_id).join(Teaching, Teaching.offering_id == Offering.id)
            return StudyGroup.id.in_(taught.where(Teaching.person_id.in_(self.persons)))
        if reach == "unit" and unit is not None:
            taught = select(Offering.group_id).join(Course, Course.id == Offering.course_id)
            return or_(
                StudyGroup.unit_id == unit, StudyGroup.id.in_(taught.where(Course.department_id == unit))
            )
        return false()


def find_journals_to_ask_about(act: Act, search: str = "") -> list[Choice]:
    """Return the journals that the act may read, latest semester first; one statement."""
    persons = list(acting_and_represented_persons(act))
    conditions: list[ColumnElement[bool]] = []
    for one in act.assignments:
        reach = PERMISSIONS[_JOURNAL_VERB].get(one.role)
        if one.role == AUDITOR:
            columns, days = (Course.department_id, StudyGroup.unit_id), (Semester.starts_on, Semester.ends_on)
            audited = people.audited_rows_condition(act.assignments, _JOURNAL_VERB, columns, days)
            conditions.append(true() if audited is None else audited)
        elif reach == "anywhere":
            conditions.append(true())
        elif reach == "teacher":
            taught = select(Teaching.offering_id).where(Teaching.person_id.in_(persons))
            conditions.append(Offering.id.in_(taught))
        elif reach == "curator":
            conditions.append(StudyGroup.curator_id.in_(persons))
        elif reach == "unit" and one.unit is not None:
            below = [unit for unit, parent in people.load_unit_and_parent_ids() if parent == one.unit]
            conditions.append(
                or_(Course.department_id.in_([one.unit, *below]), StudyGroup.unit_id == one.unit)
            )
    statement = (
        select(Offering.id, Course.names, StudyGroup.name, Semester.academic_year)
        .join(Course, Course.id == Offering.course_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(or_(false(), *conditions))
        .order_by(Semester.starts_on.desc(), Course.code, StudyGroup.name, Offering.id)
        .limit(MAX_CHOICES + 1)
    )
    if search:
        names = [Course.names[locale].astext for locale in ("ky", "ru", "en")]
        text = func.concat_ws(" ", Course.code, *names, StudyGroup.name)
        statement = statement.where(every_word_condition(text, search))
    return [
        Choice(row.id, "", row.names, f"{row.name}, {row.academic_year}")
        for row in db.session.execute(statement)
    ]


def find_units_to_ask_about(act: Act, search: str = "") -> list[Choice]:
    """Return the units for which the act has a role; all of them for a role of the whole university. One statement."""
    own = {one.unit for one in act.assignments}
    found = [
        Choice(unit.id, "", unit.names, unit.code)
        for unit in people.load_unit_tree().values()
        if None in own or unit.id in own
    ]
    fitting = [one for one in found if has_every_word(" ".join(one.names.values()), search)]
    return sorted(fitting, key=lambda one: (one.names.get("ky", ""), str(one.id)))[: MAX_CHOICES + 1]


def load_notes_of_student(student: UUID, today: date) -> list[NoteRow]:
    """Return the latest notes on the page of a student; one statement."""
    return _load_notes_where(Note.student_id == student, today)


def load_notes_of_journal(offering: UUID, today: date) -> list[NoteRow]:
    """Return the latest notes on the page of a journal; one statement."""
    return _load_notes_where(Note.offering_id == offering, today)


def _load_notes_where(condition: ColumnElement[bool], today: date) -> list[NoteRow]:
    rows: Any = db.session.scalars(
        select(Note)
        .where(condition, Note.keep_until >= today)
        .order_by(Note.made_at.desc(), Note.id)
        .limit(MAX_CHOICES)
    )
    return [NoteRow(row.titles, row.process, row.case_id, row.number, row.made_at) for row in rows]
