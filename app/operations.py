"""THE MENU: everything a diagram may name, and nothing else. Four kinds of entry:

operation   a command a service task calls, with the approvals it demands and the outcomes it may end in
start       how a case begins: what it is about, in whose scope, with which facts
subject     how a form field that describes a change becomes an immutable thing with a hash
choices     the values a form field offers to this person in this case

A demand stands here, beside its clause, and is checked at run time before the command runs; no diagram can
weaken it. `cases` asks the menu, the menu asks the rooms below, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.journal import commands as journal
from app.journal import queries as journal_queries
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Refused
from app.people.approvals import Demand, Ground, missing_approval


@dataclass(frozen=True, slots=True)
class Operation:
    """A command that a diagram may call. `success` are the outcomes that keep its writes; others undo them.

    `approved` names the parameter that must be exactly what was approved, and `fingerprint` answers its SHA-256.
    """

    name: str
    command: Callable[..., str]
    params: Mapping[str, type]
    outcomes: tuple[str, ...]
    success: tuple[str, ...]
    clause: str
    demands: Demand | None = None
    approved: str = ""
    fingerprint: Callable[[UUID], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about: the immutable thing, its hash, its wording in structure, its scope, its persons.

    `facts` are further start facts that a diagram may read: persons a step is for, choices of a policy.
    """

    id: UUID
    sha256: str
    described: Mapping[str, Any]
    units: Mapping[str, UUID]
    about: tuple[UUID, ...]
    facts: Mapping[str, str] = field(default_factory=dict)


Maker = Callable[[Act, UUID, Mapping[str, Any], UUID | None], Subject]
"""Makes a subject with this id from a form's answers; the last is the id of the present subject, if there is one."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a case begins. `subject` makes what it is about from the start form; `fact` names its id.

    `roles` may begin it for themselves, `for_others` for somebody whom their unit looks after; both are recorded. A
    start without roles is begun by the news of another process. With `papers_for` the files of the case are for
    these roles of its units and for the persons it is about, nobody else (7.1).
    """

    name: str
    diagram: str
    subject: Maker
    fact: str
    clause: str
    roles: tuple[str, ...] = ("teacher",)
    for_others: tuple[str, ...] = ()
    papers_for: tuple[str, ...] = ()


def change_set_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A change set from the cells a person named; refuses by 4.4.1 and 4.4.2 (`journal.rules`)."""
    made = journal.make_change_set(
        act,
        subject_id,
        answers["change_set"],
        error_kind=answers["error_kind"],
        reason=answers["reason"],
    )
    scope = journal_queries.scope_of_change_set(made.id)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=journal_queries.describe_change_set(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=tuple(scope.students),
    )


def entries_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The cells a teacher wants to enter after the term; refuses by 4.2.1, 4.3.1 and 7.6 (`journal.rules`)."""
    made = journal.ask_for_entry(act, subject_id, answers["entries"], reason=answers["reason"])
    scope = journal_queries.scope_of_entries(made.id)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=journal_queries.describe_entries(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=(),
    )


def excuse_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A document for a period of absences, of whoever asks or of the students an order names (4.2.3)."""
    period = answers["period"]
    if before is not None:
        students = tuple(journal_queries.excuse_row(before).students)
    elif period.get("students"):
        students = tuple(UUID(student) for student in period["students"])
    else:
        students = tuple(person for person in (act.on_behalf_of or act.person,) if person)
    files = tuple(answers.get("files") or ()) or _files_of(before)
    returned = answers.get("returned_on")
    paper = journal.Paper(
        students=students,
        starts_on=date.fromisoformat(period["from"]),
        ends_on=date.fromisoformat(period["to"]),
        ground=answers["ground"],
        number=answers["document_number"],
        issuer=answers["issuer"],
        document_date=date.fromisoformat(answers["document_date"]),
        returned_on=date.fromisoformat(returned) if returned else None,
        note=answers.get("note") or "",
        files=files,
    )
    return _excuse(journal.hand_in(act, subject_id, paper))


def _files_of(before: UUID | None) -> tuple[UUID, ...]:
    """A request that is sent again keeps its document when no other one is attached."""
    return tuple(journal_queries.excuse_row(before).files) if before else ()


def narrowed_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The excuse without the absences a decision leaves out (4.2.4): what is confirmed in part."""
    if before is None:
        raise Refused("operations.input.missing", clause="4.2.4", name="absences")
    left_out = answers["absences"]["left_out"]
    if not left_out:
        return _excuse(journal_queries.excuse_row(before))
    return _excuse(journal.narrow(act, subject_id, before, left_out))


def _excuse(made: Any) -> Subject:
    row = journal_queries.excuse_row(made.id)
    students = tuple(row.students)
    facts = {"student": str(students[0])} if len(students) == 1 else {}
    institute = journal_queries.institute_of(students, local_day(row.made_at))
    return Subject(
        id=row.id,
        sha256=row.sha256,
        described=journal_queries.describe_excuse(row.id),
        units={"student_institute": institute},
        about=students,
        facts=facts,
    )


def entering_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A confirmed excuse whose status the teacher of one journal is to write (4.2.2)."""
    row = journal_queries.excuse_row(UUID(answers["excuse"]))
    scope = journal_queries.scope_of_journal(UUID(answers["offering"]))
    return Subject(
        id=row.id,
        sha256=row.sha256,
        described=journal_queries.describe_entering(row.id, scope.offering),
        units={
            "discipline_department": scope.department,
            "student_institute": scope.institute,
        },
        about=tuple(row.students),
        facts={"offering": str(scope.offering), "teacher": str(scope.main_teacher)},
    )


def revocation_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """What was confirmed for one student and is in doubt (P26)."""
    asked = journal_queries.may_question(act, UUID(answers["excused"]["id"]))
    return Subject(
        id=asked.id,
        sha256=asked.sha256,
        described=asked.described,
        units={"student_institute": asked.institute},
        about=(asked.student,),
        facts={"student": str(asked.student)},
    )


OPERATIONS: Mapping[str, Operation] = {
    entry.name: entry
    for entry in (
        Operation(
            name="journal.open_entry_window",
            command=journal.open_entry_window,
            params={"entries": UUID},
            outcomes=("opened", "sheet_closed"),
            success=("opened",),
            clause="4.2.1",
            demands=Demand(("department_head", "directorate"), "4.2.1"),
            approved="entries",
            fingerprint=journal_queries.fingerprint_of_entries,
        ),
        Operation(
            name="journal.confirm_excuse",
            command=journal.confirm_excuse,
            params={"excuse": UUID},
            outcomes=("confirmed_all", "confirmed_part"),
            success=("confirmed_all", "confirmed_part"),
            clause="4.2.4",
            demands=Demand(("directorate",), "4.2.4"),
            approved="excuse",
            fingerprint=journal_queries.fingerprint_of_excuse,
        ),
        Operation(
            name="journal.enter_excuse",
            command=journal.enter_excuse,
            params={"excuse": UUID, "offering": UUID},
            outcomes=("entered",),
            success=("entered",),
            clause="4.2.2",
            demands=Demand(("teacher",), "4.2.2"),
            approved="excuse",
            fingerprint=journal_queries.fingerprint_of_excuse,
        ),
        Operation(
            name="journal.revoke_excuse",
            command=journal.revoke_excuse,
            params={"excused": UUID},
            outcomes=("revoked",),
            success=("revoked",),
            clause="4.2.4",
            demands=Demand(("directorate",), "4.2.4"),
            approved="excused",
            fingerprint=journal_queries.fingerprint_of_excused,
        ),
        Operation(
            name="journal.apply_correction",
            command=journal.apply_correction,
            params={"change_set": UUID},
            outcomes=("applied", "cell_changed", "sheet_closed"),
            success=("applied",),
            clause="4.4.2",
            demands=Demand(("department_head", "directorate", "academic_office", "it_admin"), "4.4.2"),
            approved="change_set",
            fingerprint=journal_queries.fingerprint_of_change_set,
        ),
    )
}

STARTS: Mapping[str, Start] = {
    entry.name: entry
    for entry in (
        Start(
            name="late_entry",
            diagram="late_entry",
            subject=entries_subject,
            fact="entries",
            clause="4.2.1",
        ),
        Start(
            name="excuse",
            diagram="excuse",
            subject=excuse_subject,
            fact="excuse",
            clause="4.2.3",
            roles=("student", "directorate"),
            for_others=("curator", "directorate"),
            papers_for=("directorate",),
        ),
        Start(
            name="excuse_entry",
            diagram="excuse_entry",
            subject=entering_subject,
            fact="excuse",
            clause="4.2.2",
            roles=(),
        ),
        Start(
            name="excuse_revocation",
            diagram="excuse_revocation",
            subject=revocation_subject,
            fact="excused",
            clause="4.2.4",
            roles=("directorate",),
            papers_for=("directorate",),
        ),
        Start(
            name="late_correction",
            diagram="late_correction",
            subject=change_set_subject,
            fact="change_set",
            clause="4.4.2",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Follow:
    """A case that begins because of news: its start, the parts of the message it is about, and which one names the
    person who decided there."""

    start: str
    parts: tuple[str, ...]
    requester: str = "by"


FOLLOWS: Mapping[str, Follow] = {"journal.excuse.to_enter": Follow("excuse_entry", ("excuse", "offering"))}
"""Which news begin which case: one process follows another by an outbox message."""

SUBJECTS: Mapping[str, Maker] = {
    "change_set": change_set_subject,
    "entries": entries_subject,
    "period": excuse_subject,
    "absences": narrowed_subject,
}
"""Makers of subjects by the kind of form field that describes one."""


def call(name: str, act: Act, inputs: Mapping[str, Any], ground: Ground) -> str:
    """Run an operation under its demands; answers the declared outcome it ended in.

    Every outcome but success undoes its writes (savepoint). Raises Refused `operations.approval.missing` when
    an approval is absent, `operations.approval.other_subject` when the diagram hands over something else than
    was approved, `operations.operation.unknown` and `operations.input.missing` for what a diagram should not
    ask; RuntimeError for an undeclared outcome: a defect of the command.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Refused("operations.operation.unknown", name=name[:80])
    params = {key: _param(operation, key, inputs.get(key)) for key in operation.params}
    refusal = _not_approved(operation, params, ground)
    if refusal is not None:
        raise refusal
    try:
        with db.session.begin_nested():
            outcome = operation.command(act, **params)
            if outcome not in operation.outcomes:
                raise RuntimeError(f"{name} ended in {outcome!r}, which the menu does not declare")
            if outcome not in operation.success:
                raise _Undone
    except _Undone:
        pass
    return outcome


def _param(operation: Operation, key: str, given: Any) -> Any:
    try:
        return operation.params[key](given)
    except (TypeError, ValueError, AttributeError):
        raise Refused("operations.input.missing", clause=operation.clause, name=key) from None


def _not_approved(operation: Operation, params: Mapping[str, Any], ground: Ground) -> Refused | None:
    if operation.demands is None:
        return None
    refusal = missing_approval(operation.demands, ground)
    if refusal is not None or operation.fingerprint is None:
        return refusal
    if operation.fingerprint(params[operation.approved]) != ground.subject_hash:
        return Refused("operations.approval.other_subject", clause=operation.demands.clause)
    return None


class _Undone(Exception):
    """Leaves the savepoint of an operation that ended in an outcome other than success."""
