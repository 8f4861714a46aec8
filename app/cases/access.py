"""Permissions of a case: who may read it, who may write in it, and who may open its files and comments.

Reading and writing are separate permissions (ADR 22). Heads, offices and auditors read cases of others.
Comments and files come from the requester, from persons who have or had a task of the case, and from the
students the case is about. A substitute gets the access of the role in which he acts, not all access of the
person he replaces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, exists, false, func, or_, select, true

from app import operations
from app.cases.case_record import CaseRecord
from app.cases.models import Case, History, Task
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Denied
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR
from app.people.name_masking import are_names_masked, replace_names_in_value
from app.people.rules import PermissionScope, is_permitted

_UNIT_CASE_READER_ROLES = frozenset({"department_head", "programme_head", "directorate"})
_ALL_CASES_READER_ROLES = frozenset({"academic_office", "it_admin"})
_AUDITED_VERB = "processes.cases"
_CURATOR_ROLE, _STUDENT_ROLE = "curator", "student"
_PARTICIPATION_HISTORY_KINDS = ("started", "claimed")
"""History kinds that make a person a participant. A completed step is not here: its task names the person."""


def can_see_case(act: Act, case: Case | CaseRecord) -> bool:
    """Return whether the person may open this case (rule of `visible_cases_condition`); at most one statement."""
    if act.person is None or any(
        _can_role_read_unit_cases(assignment, case) for assignment in act.assignments
    ):
        return True
    if _is_requester_or_concerned(act, case):
        return True
    return _does_case_match_condition(
        case.id,
        or_(
            _curated_cases_condition(act),
            case_participant_condition(act, Case.id),
            _general_case_with_role_step_condition(act),
        ),
    )


def visible_cases_condition(act: Act) -> ColumnElement[bool]:
    """Return the SQL condition for the cases that the person of the act may open (rule of `can_see_case`)."""
    if act.person is None or any(
        (assignment.role in _ALL_CASES_READER_ROLES and assignment.unit is None)
        or (assignment.role == AUDITOR and is_permitted([assignment], _AUDITED_VERB))
        for assignment in act.assignments
    ):
        return true()
    opened = _opening_day()
    audited = people.audited_rows_condition(act.assignments, _AUDITED_VERB, (Case.units,), (opened, opened))
    units = [
        assignment.unit
        for assignment in act.assignments
        if assignment.role in _UNIT_CASE_READER_ROLES and assignment.unit
    ]
    case: Any = Case.id
    conditions = [Case.requester == act.person, Case.about.contains([act.person])]
    if act.on_behalf_of is not None:
        conditions.append(
            and_(Case.requester == act.on_behalf_of, Case.diagram.in_(_diagrams_startable_by_act(act)))
        )
    if audited is not None:
        conditions.append(audited)
    return or_(
        *conditions,
        Case.units.overlap(units),
        _curated_cases_condition(act),
        case_participant_condition(act, case),
        _general_case_with_role_step_condition(act),
    )


def can_write_in_case(act: Act, case: Case | CaseRecord) -> bool:
    """Return whether the person of the act may add comments and files to a case; at most one statement.

    Allowed are the requester, the persons the case is about, everybody who has or had a task of it, and
    everybody who could claim one of its open tasks from a pool.
    """
    if act.person is None or _is_requester_or_concerned(act, case):
        return True
    return _does_case_match_condition(
        case.id, or_(case_participant_condition(act, Case.id), _open_pool_task_condition(act))
    )


def require_can_write_in_case(act: Act, case: Case | CaseRecord) -> None:
    """Raise Denied (`cases.case.only_read`) unless the person may write in it; at most one statement."""
    if not can_write_in_case(act, case):
        raise Denied("cases.case.only_read")


def is_case_content_of_diagram_restricted(diagram: str) -> bool:
    """Return whether only some readers of these cases may open their files and comments (7.1)."""
    return _find_start_restricting_files(diagram) is not None


def can_read_case_content(act: Act, case: Case | CaseRecord) -> bool:
    """Return whether the person of the act may open the files of a case and read its comments.

    Everybody who may see the case may, unless the start of the case restricts them to some roles of its units
    and to the persons it is about (7.1).
    """
    return (
        can_see_case(act, case)
        if _find_start_restricting_files(case.diagram) is None
        else not is_case_content_hidden_for(act, case)
    )


def is_case_content_hidden_for(act: Act, case: Any) -> bool:
    """Return whether the person of the act may not read comments, files and reasons of this case (7.1).

    No statement. `case` is any object with `diagram`, `requester`, `about` and `units`.
    """
    start = _find_start_restricting_files(case.diagram)
    if start is None or act.person is None or _is_requester_or_concerned(act, case):
        return False
    return not any(
        assignment.role in start.file_reader_roles and assignment.unit in case.units
        for assignment in act.assignments
    )


def visible_case_subject(act: Act, case: Any) -> dict[str, Any]:
    """Return the case subject without the parts restricted for the person of the act, with the names of the persons it
    is about as they are shown to an auditor (7.1); one statement where names are masked, else none."""
    subject = (
        public_case_subject(case.diagram, case.subject)
        if is_case_content_hidden_for(act, case)
        else dict(case.subject)
    )
    return mask_names_in_subject(subject, case)


def mask_names_in_subject(subject: dict[str, Any], case: Any) -> dict[str, Any]:
    """Return a subject with the names of the persons its case is about as an auditor sees them (7.1); the same where
    names are shown. At most one statement, none after `preload_names_of_cases`."""
    if not are_names_masked():
        return subject
    names = people.load_replacements_of_names([*case.about, case.requester])
    masked: dict[str, Any] = replace_names_in_value(subject, names)
    return masked


def visible_requester_name(case: Any) -> str:
    """Return the name of the requester as it is shown to the visitor; at most one statement."""
    return people.load_replacements_of_names([case.requester]).get(case.requester_name, case.requester_name)


def preload_names_of_cases(cases: Iterable[Any]) -> None:
    """Load at once what stands for names in the subjects of a list of cases; one statement where names are masked."""
    people.load_replacements_of_names(
        person for case in cases if case is not None for person in (*case.about, case.requester)
    )


def public_case_subject(diagram: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a case subject that every reader of the case may see."""
    start = _find_start_restricting_files(diagram)
    return {
        name: value for name, value in subject.items() if start is None or name not in start.restricted_parts
    }


def load_visible_case_ids(act: Act, cases: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these cases the person of the act may open; one statement, none for no cases."""
    if not cases:
        return frozenset()
    return frozenset(
        db.session.scalars(select(Case.id).where(Case.id.in_(list(cases)), visible_cases_condition(act)))
    )


def case_participant_condition(act: Act, case_id: Any) -> ColumnElement[bool]:
    """Return the SQL condition that the person of the act takes part in the case.

    True when he has or completed a task of the case or started it for somebody, or when the person he
    substitutes has or completed a task in a role of the act. A comment makes nobody a participant.
    """
    own_tasks: ColumnElement[bool] = or_(Task.assignee == act.person, Task.closed_by == act.person)
    if act.on_behalf_of is not None:
        substituted_tasks = or_(Task.assignee == act.on_behalf_of, Task.closed_by == act.on_behalf_of)
        own_tasks = or_(own_tasks, and_(substituted_tasks, Task.role.in_(_role_names_of_act(act))))
    started_or_claimed = exists().where(
        History.case_id == case_id,
        History.person == act.person,
        History.kind.in_(_PARTICIPATION_HISTORY_KINDS),
    )
    return or_(
        exists().where(Task.case_id == case_id, own_tasks).correlate(Case), started_or_claimed.correlate(Case)
    )


def _does_case_match_condition(case_id: UUID, condition: ColumnElement[bool]) -> bool:
    """Return whether the case fulfils the condition; one statement."""
    return db.session.scalar(select(Case.id).where(Case.id == case_id, condition)) is not None


def _can_role_read_unit_cases(assignment: RoleAssignment, case: Case | CaseRecord) -> bool:
    """Return whether the role assignment opens every case of one of the units of this case; an auditor's in its limits
    (7.1)."""
    units = case.units
    if assignment.role == AUDITOR:
        day = local_day(case.opened_at)
        return is_permitted([assignment], _AUDITED_VERB, PermissionScope(frozenset(units), days=(day, day)))
    if assignment.role in _ALL_CASES_READER_ROLES and assignment.unit is None:
        return True
    return assignment.role in _UNIT_CASE_READER_ROLES and assignment.unit in units


def _is_requester_or_concerned(act: Act, case: Any) -> bool:
    """Return whether the act's person or the person he substitutes requested the case, or it is about him."""
    if case.requester == act.person or act.person in case.about:
        return True
    return (
        act.on_behalf_of is not None
        and case.requester == act.on_behalf_of
        and case.diagram in _diagrams_startable_by_act(act)
    )


def _curated_cases_condition(act: Act) -> ColumnElement[bool]:
    """Return the SQL condition that a case is about a student of a group whose curator acts.

    Counts students who were in the group when the case was opened and students who joined it later (2.1b).
    """
    if not any(assignment.role == _CURATOR_ROLE for assignment in act.assignments):
        return false()
    opened = _opening_day()
    curator = act.on_behalf_of or act.person
    return (
        people.curated_students_condition(curator, Case.about, opened, local_day(act.at))
        if curator
        else false()
    )


def _opening_day() -> ColumnElement[Any]:
    """Return the SQL expression for the day, at the university, when a case was opened."""
    return cast(func.timezone(str(UNIVERSITY_ZONE), Case.opened_at), Date)


def _open_pool_task_condition(act: Act) -> ColumnElement[bool]:
    """Return the SQL condition that an open task of the case lies in a pool of the act."""
    return _pool_task_condition(act, Task.closed_at.is_(None), Task.assignee.is_(None))


def _general_case_with_role_step_condition(act: Act) -> ColumnElement[bool]:
    """Return the SQL condition that a case without code of its own has, or had, a step for a role of the act.

    What such a case is about no code knows, so its readers are those of its lanes beside those of every case.
    """
    staff = [assignment for assignment in act.assignments if assignment.role != _STUDENT_ROLE]
    if not staff:
        return false()
    has_step = _pool_task_condition(replace(act, assignments=tuple(staff)))
    return and_(Case.diagram.not_in(list(operations.PROCESSES)), has_step)


def _pool_task_condition(act: Act, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the SQL condition that a task of the case is for a role of the act, which excludes nobody of it."""
    persons = [person for person in (act.person, act.on_behalf_of) if person]
    pools = [
        and_(Task.role == assignment.role, Task.unit_id.is_not_distinct_from(assignment.unit))
        for assignment in dict.fromkeys(act.assignments)
    ]
    task = exists().where(
        Task.case_id == Case.id, *conditions, ~Task.excluded.overlap(persons), or_(false(), *pools)
    )
    return task.correlate(Case)


def _role_names_of_act(act: Act) -> list[str]:
    """Return the role names of the act, sorted, each once."""
    return sorted({assignment.role for assignment in act.assignments})


def _diagrams_startable_by_act(act: Act) -> list[str]:
    """Return the diagrams whose cases are started in one of the roles of the act."""
    role_names = set(_role_names_of_act(act))
    return sorted(
        {
            start.name
            for start in operations.STARTS.values()
            if role_names & {*start.roles, *start.on_behalf_roles, *start.offered_by}
        }
    )


def _find_start_restricting_files(diagram: str) -> operations.ProcessStart | None:
    """Return the start that restricts the files of such cases to some roles; None if there is none."""
    start = operations.find_own_start_of_process(diagram)
    return start if start is not None and start.file_reader_roles else None
