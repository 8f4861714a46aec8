"""Start a case: create its subject, run the first step of the engine and open the first task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app import operations
from app.bpmn import engine
from app.cases import rules
from app.cases.apply_step import write_engine_step
from app.cases.case_record import INSERT_CASE, CaseRecord, case_insert_row
from app.cases.commands.attach import attach_uploads_to_case
from app.cases.models import Case, case_number_sequence
from app.cases.service_tasks import service_task_runner
from app.cases.substitution import require_current_substitution
from app.cases.transitions import CaseTransition
from app.cases.unique_cells import require_no_case_of_same_cells
from app.diagrams.versions import (
    PublishedDiagram,
    load_published_version_id,
    load_version,
    load_versions_in_force,
)
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256, to_json_value
from app.kernel.clock import local_day, local_time
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.kernel.prepared import open_pipeline
from app.kernel.rehearsal import current_rehearsal
from app.people import queries as people
from app.people.rules import LEFT_STATUS, ON_LEAVE_STATUS, enrolment_status, is_permitted


@dataclass(frozen=True, slots=True)
class StartResult:
    """The case that now exists. `repeated`: the same request had created it before."""

    case_id: UUID
    number: str
    repeated: bool = False


def load_process_start(key: str) -> tuple[operations.ProcessStart, PublishedDiagram]:
    """Return how cases of a process start, and its version in force. Raises Missing when no case can be started.

    The version says which start it is and, for a general one, who may begin; one statement.
    """
    version = load_published_version_id(key)
    published = load_version(version) if version else None
    start = operations.find_process_start(published.model) if published else None
    if start is None or published is None:
        raise Missing
    return start, published


def require_may_start_process(act: Act, start: operations.ProcessStart, behalf: UUID | None = None) -> None:
    """Raise Denied when the act's roles may not start this, for themselves or in the name of `behalf`.

    Raises Missing when `behalf` is no student of a unit of theirs (3.1).
    """
    if behalf is None:
        if not any(assignment.role in start.roles for assignment in act.assignments):
            raise Denied("cases.start.not_for_your_role", clause=start.clause)
        return
    if can_offer_process_to_student(act, start) or can_start_on_behalf(act, start, behalf):
        return
    if (
        not any(assignment.role in start.on_behalf_roles for assignment in act.assignments)
        or act.on_behalf_of is not None
    ):
        raise Denied("cases.start.not_for_others")
    raise Missing


def can_start_or_offer_anything(act: Act) -> bool:
    """Return whether one of the act's roles may start or offer anything.

    A general start admits those whom the version in force names; it is read only when no other start admits.
    """
    role_names = {assignment.role for assignment in act.assignments}
    own_starts = (start for start in operations.STARTS.values() if not start.general)
    return any(_is_start_open_to_roles(start, role_names) for start in own_starts) or any(
        _is_start_open_to_roles(start, role_names)
        for published in load_versions_in_force()
        if (start := operations.find_process_start(published.model)) is not None
    )


def _is_start_open_to_roles(start: operations.ProcessStart, role_names: set[str]) -> bool:
    return not role_names.isdisjoint((*start.roles, *start.on_behalf_roles, *start.offered_by))


def can_offer_process_to_student(act: Act, start: operations.ProcessStart) -> bool:
    """Return whether the act's roles may offer this to a student; the subject factory checks the rest."""
    return any(assignment.role in start.offered_by for assignment in act.assignments)


def can_start_on_behalf(act: Act, start: operations.ProcessStart, student: UUID) -> bool:
    """Return whether the act's person may start this in the student's name: his curator, his directorate."""
    assignments = [assignment for assignment in act.assignments if assignment.role in start.on_behalf_roles]
    if not assignments or act.on_behalf_of is not None:
        return False
    scope = people.load_student_permission_scope(student, local_day(act.at))
    return is_permitted(
        assignments, "requests.file_for", scope, frozenset({act.person} if act.person else ())
    )


def _is_offer_to_student(
    act: Act, start: operations.ProcessStart, student: UUID, answers: Mapping[str, Any]
) -> bool:
    """Return whether this is an offer to the student, who then becomes the requester.

    A curator often teaches too: what is not his own journal he starts in the student's name.
    """
    if not can_offer_process_to_student(act, start):
        return False
    return not can_start_on_behalf(act, start, student) or (
        start.may_offer is not None and start.may_offer(act, answers)
    )


def _act_and_requester_for_student(
    act: Act, start: operations.ProcessStart, student: UUID, answers: Mapping[str, Any], person: UUID
) -> tuple[Act, UUID]:
    """Return the act and the requester of a case begun for a student: of an offer he is the requester himself."""
    if _is_offer_to_student(act, start, student, answers):
        return act, student
    return replace(act, on_behalf_of=student), person


def start_case(
    act: Act, case_id: UUID, name: str, answers: Mapping[str, Any], behalf: UUID | None = None
) -> StartResult:
    """Start a case of the process `name`.

    With `behalf` it is started in the name of that student; the person who started it is recorded too.
    `case_id` was chosen when the form was rendered, so a repeat is harmless. Raises Missing (no such process,
    or nothing published), Denied (not for this role, or a substitute whose substitution has ended), Stale
    (`cases.case.other_content`), Refused (`cases.start.under_way`), and errors of the subject factory.
    """
    start, published = load_process_start(name)
    requester = act.person
    if requester is None:
        raise Missing
    require_may_start_process(act, start, behalf)
    require_current_substitution(act, {*start.roles, *start.offered_by})
    content = {"start": name, "answers": to_json_value(answers)} | ({"for": str(behalf)} if behalf else {})
    fingerprint = canonical_sha256(content)
    # A second request with the same id waits here and then finds the case of the first.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(case_id), 0))))
    if behalf is not None:
        act, requester = _act_and_requester_for_student(act, start, behalf, answers, requester)
    repeat = _find_repeated_start(case_id, requester, fingerprint)
    if repeat is not None:
        return repeat
    return _create_and_start_case(act, case_id, start, published, answers, requester, fingerprint)


def start_rehearsed_case(
    act: Act,
    case_id: UUID,
    start: operations.ProcessStart,
    published: PublishedDiagram,
    answers: Mapping[str, Any],
    behalf: UUID | None = None,
) -> StartResult:
    """Start a case of a version that is not in force, in a rehearsal; with `behalf` as `start_case` does.

    A start of the menu that no person begins is begun for the act's person, as an event of another case would.
    Raises Missing outside a rehearsal, and Denied and Missing as `require_may_start_process`.
    """
    requester = act.person
    if current_rehearsal() is None or requester is None:
        raise Missing
    if start.roles:
        require_may_start_process(act, start, behalf)
    if behalf is not None:
        act, requester = _act_and_requester_for_student(act, start, behalf, answers, requester)
    fingerprint = canonical_sha256({"start": published.key, "answers": to_json_value(answers)})
    return _create_and_start_case(act, case_id, start, published, answers, requester, fingerprint)


def start_follow_up_case_once(
    act: Act, case_id: UUID, name: str, answers: Mapping[str, Any], requester: UUID
) -> StartResult:
    """Start a case that follows an event of another case; harmless when it had been started.

    `requester` is the person who decided there; he does not approve here. Raises Missing, and errors of the
    subject factory.
    """
    start, published = load_process_start(name)
    fingerprint = canonical_sha256({"start": name, "answers": to_json_value(answers)})
    repeat = _find_repeated_start(case_id, requester, fingerprint)
    return repeat or _create_and_start_case(act, case_id, start, published, answers, requester, fingerprint)


def _create_and_start_case(
    act: Act,
    case_id: UUID,
    start: operations.ProcessStart,
    published: PublishedDiagram,
    answers: Mapping[str, Any],
    requester: UUID,
    fingerprint: str,
) -> StartResult:
    """Create the subject and the case, run the engine and write the first step."""
    form = published.forms.get(f"{published.key}.start")
    split = rules.split_answers_by_field_kind(form, answers, general=start.general)
    act = act.with_case(case_id).with_reason(split.words)
    subject = _create_case_subject(act, start, published, answers)
    if start.undeclared_variables(subject):
        raise RuntimeError(
            f"{start.name} has variables the menu does not declare: {start.undeclared_variables(subject)}"
        )
    _require_enrolled_student(act, start, subject)
    require_no_case_of_same_cells(start, published.key, subject)
    case = _new_case_record(act, case_id, published, subject, requester, fingerprint)
    variables: dict[str, Any] = {start.id_variable: str(subject.id)}
    variables |= {f"start.{unit}": str(unit_id) for unit, unit_id in subject.units.items()}
    variables |= {f"start.{name}": value for name, value in subject.variables.items()}
    variables |= dict(split.variables)
    step = engine.start_process(
        published.spec, variables, service_task_runner(act, case, published.model, [])
    )
    with open_pipeline() as pipe:
        pipe.send_statement(INSERT_CASE, case_insert_row(case))
    transition = CaseTransition(
        kind="started",
        answers=split.variables,
        variables=variables,
        clause=start.clause or None,
        words=split.words,
    )
    write_engine_step(act, case, published, step, [], transition)
    attach_uploads_to_case(act, case, split.files)
    return StartResult(case_id, case.number)


def _create_case_subject(
    act: Act, start: operations.ProcessStart, published: PublishedDiagram, answers: Mapping[str, Any]
) -> operations.CaseSubject:
    """Create what the case is about; a general one only in a role that may begin it, and without free text.

    Raises Refused when a lane of the diagram lies in a unit that the requester does not have.
    """
    if not start.general:
        return start.subject_factory(act, new_id(), answers, None)
    starting = tuple(one for one in act.assignments if one.role in start.roles)
    form = published.forms.get(f"{published.key}.start")
    kept = rules.select_general_request_answers(form, answers)
    subject = start.subject_factory(replace(act, assignments=starting), new_id(), kept, None)
    scopes = {lane.scope.removeprefix("start.") for lane in published.model.lanes.values() if lane.scope}
    if scopes - subject.units.keys():
        raise Refused("cases.start.no_unit")
    return subject


def _require_enrolled_student(
    act: Act, start: operations.ProcessStart, subject: operations.CaseSubject
) -> None:
    """Raise Refused when the only student of the subject is on leave or has left (2.1)."""
    if not start.needs_action_of_student or len(subject.about) != 1:
        return
    periods = people.load_enrolment_periods(subject.about)[subject.about[0]]
    if enrolment_status(periods, local_day(act.at)).kind in (ON_LEAVE_STATUS, LEFT_STATUS):
        raise Refused("cases.start.on_leave")


def _find_repeated_start(case_id: UUID, person: UUID, fingerprint: str) -> StartResult | None:
    """Return the result of the same request; raise Stale when the id was used for other content."""
    row = db.session.execute(
        select(Case.number, Case.requester, Case.start_hash).where(Case.id == case_id)
    ).one_or_none()
    if row is None:
        return None
    if row.requester != person or row.start_hash != fingerprint:
        raise Stale("cases.case.other_content")
    return StartResult(case_id, row.number, repeated=True)


def _new_case_record(
    act: Act,
    case_id: UUID,
    published: PublishedDiagram,
    subject: operations.CaseSubject,
    requester: UUID,
    fingerprint: str,
) -> CaseRecord:
    """Return the record of the new case, with the next number of the year."""
    number = _next_case_number(act, case_id)
    name = people.load_names([requester])[requester]
    described = dict(subject.description)
    return CaseRecord(
        id=case_id,
        number=number,
        diagram=published.key,
        version_id=published.id,
        status="open",
        outcome=None,
        requester=requester,
        requester_name=name.short,
        on_behalf_of=act.on_behalf_of if requester == act.person else None,
        subject_id=subject.id,
        subject_hash=subject.sha256,
        subject=described,
        search=case_search_text(number, name.full, described),
        units=list(dict.fromkeys(subject.units.values())),
        about=list(subject.about),
        iteration=1,
        start_hash=fingerprint,
        opened_at=act.at,
        closed_at=None,
    )


def _next_case_number(act: Act, case_id: UUID) -> str:
    """Return the next number of the year; in a rehearsal one that no case gets, without drawing it."""
    if current_rehearsal() is not None:
        return f"TRY-{case_id.hex[-6:].upper()}"
    sequence = db.session.scalar(case_number_sequence.next_value().select())
    return f"{local_time(act.at).year}-{sequence:06d}"


_UUID_PATTERN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def case_search_text(number: str, requester: str, described: Mapping[str, Any]) -> str:
    """Return the text searched by the inbox: number, requester and every name in the subject, case-folded."""
    parts: list[str] = [number, requester]

    def collect_short_texts(value: Any) -> None:
        """Append every short text of a nested value that is no id."""
        if isinstance(value, Mapping):
            for item in value.values():
                collect_short_texts(item)
        elif isinstance(value, (list, tuple)):
            for item in value:
                collect_short_texts(item)
        elif isinstance(value, str) and len(value) < 120 and not _UUID_PATTERN.fullmatch(value):
            parts.append(value)

    collect_short_texts(described)
    return " ".join(dict.fromkeys(parts)).casefold()[:2000]
