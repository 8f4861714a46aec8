"""General starts: a person about himself, about a student, about a journal, about a unit.

Any diagram that is not on the menu itself may choose one, and says who may begin a case (`depter:starters`). What the
case is about is an immutable request; a form with the subject `request` makes another one after a return.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from app.journal.gradebook.load import load_offerings
from app.journal.requests import commands
from app.journal.requests.commands import RequestScope
from app.journal.requests.queries import load_request
from app.journal.tables import Request
from app.kernel.act import Act
from app.kernel.errors import Refused
from app.operations.cell_ranges import CellRange
from app.operations.types import CaseSubject, PlaySubject, ProcessStart
from app.people import queries as people
from app.people.models import ROLES

GENERAL_SUBJECT = "request"
"""The kind of the subject of a general case, and the process variable that holds its id."""
STUDENT_FIELD, JOURNAL_FIELD, UNIT_FIELD = "student", "offering", "unit"
"""Fields of a start form that say about whom or what a request is."""


def store_request_about_requester(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store a request of a person about himself."""
    return _store_request_as_case_subject(
        act, subject_id, commands.request_scope_about_requester(act), answers
    )


def store_request_about_student(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store a request about a student whom the requester teaches, looks after or is responsible for."""
    student = UUID(answers[STUDENT_FIELD]["id"])
    return _store_request_as_case_subject(
        act, subject_id, commands.request_scope_about_student(act, student), answers
    )


def store_request_about_journal(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store a request about a journal that the requester may read."""
    offering = UUID(answers[JOURNAL_FIELD]["id"])
    return _store_request_as_case_subject(
        act, subject_id, commands.request_scope_about_journal(act, offering), answers
    )


def store_request_about_unit(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store a request about a unit in which the requester has a role."""
    unit = UUID(answers[UNIT_FIELD]["id"])
    return _store_request_as_case_subject(
        act, subject_id, commands.request_scope_about_unit(act, unit), answers
    )


def store_request_again(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store the request with other answers, about whom and what it was before."""
    if before is None:
        raise Refused("operations.input.missing", name=GENERAL_SUBJECT)
    earlier = load_request(before)
    scope = RequestScope(
        about=earlier.about,
        units={name: UUID(unit) for name, unit in earlier.units.items()},
        persons={"requester": earlier.requester_id}
        | (
            {STUDENT_FIELD: earlier.student_id}
            if earlier.about == commands.STUDENT and earlier.student_id
            else {}
        ),
        student=earlier.student_id,
        offering=earlier.offering_id,
        unit=earlier.unit_id,
    )
    return _store_request_as_case_subject(act, subject_id, scope, {**earlier.answers, **answers}, before)


def read_no_affected_cells(_subject: Mapping[str, Any], _about: Collection[UUID]) -> tuple[CellRange, ...]:
    """Return the cells that a request affects: none."""
    return ()


def _store_request_as_case_subject(
    act: Act, subject_id: UUID, scope: RequestScope, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    plain = {name: value for name, value in answers.items() if not isinstance(value, Mapping)}
    made = commands.store_request(act, subject_id, scope, plain, before)
    codes = {JOURNAL_FIELD: str(scope.offering)} if scope.offering else {}
    return CaseSubject(
        id=made.id,
        sha256=made.sha256,
        description=_request_as_case_subject_dict(made),
        units=scope.units,
        about=tuple(dict.fromkeys(_find_persons_of_request(made))),
        variables={name: str(person) for name, person in scope.persons.items()} | codes,
    )


def _find_persons_of_request(made: Request) -> tuple[UUID, ...]:
    """Return whom a request is about: its student, or its requester when it is about himself."""
    if made.student_id is not None:
        return (made.student_id,)
    return (made.requester_id,) if made.about == commands.PERSON else ()


def _request_as_case_subject_dict(made: Request) -> dict[str, Any]:
    """Return the request as its case shows it."""
    described: dict[str, Any] = {"kind": GENERAL_SUBJECT, "about": made.about, "answers": dict(made.answers)}
    concerned = _find_persons_of_request(made)
    if concerned:
        described["students"] = [people.load_names(concerned)[concerned[0]].short]
    if made.offering_id is not None:
        offering = load_offerings([made.offering_id])[made.offering_id]
        described |= {
            "offering": str(offering.id),
            "course": dict(offering.names),
            "group": offering.group_name,
        }
    if made.about == commands.UNIT and made.unit_id is not None:
        described["unit"] = dict(people.load_unit_tree()[made.unit_id].names)
    return described


STAFF = tuple(role for role in ROLES if role != "student")
GENERAL_STARTS = (
    ProcessStart(
        name="about_me",
        subject_factory=store_request_about_requester,
        id_variable=GENERAL_SUBJECT,
        clause="",
        unit_variables=("unit", "unit_institute"),
        person_variables=("requester",),
        roles=ROLES,
        general=True,
    ),
    ProcessStart(
        name="about_a_student",
        subject_factory=store_request_about_student,
        id_variable=GENERAL_SUBJECT,
        clause="",
        unit_variables=("student_institute",),
        person_variables=("requester", "student"),
        roles=("teacher", "curator", "department_head", "programme_head", "directorate", "academic_office"),
        general=True,
        subject_field=STUDENT_FIELD,
        play=PlaySubject(address={"about": "{student}"}),
    ),
    ProcessStart(
        name="about_a_journal",
        subject_factory=store_request_about_journal,
        id_variable=GENERAL_SUBJECT,
        clause="",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("requester",),
        code_variables=("offering",),
        roles=("teacher", "curator", "department_head", "programme_head", "directorate", "academic_office"),
        general=True,
        subject_field=JOURNAL_FIELD,
        play=PlaySubject(address={"about": "{offering}"}),
    ),
    ProcessStart(
        name="about_a_unit",
        subject_factory=store_request_about_unit,
        id_variable=GENERAL_SUBJECT,
        clause="",
        unit_variables=("unit", "unit_institute"),
        person_variables=("requester",),
        roles=STAFF,
        general=True,
        subject_field=UNIT_FIELD,
        play=PlaySubject(address={"about": "{unit}"}),
    ),
)
