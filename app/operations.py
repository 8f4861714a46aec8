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
from typing import Any
from uuid import UUID

from app.journal import commands as journal
from app.journal import queries as journal_queries
from app.kernel.act import Act
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

    `roles` may begin it for themselves, `for_others` for somebody whom their unit looks after; both are recorded.
    """

    name: str
    diagram: str
    subject: Maker
    fact: str
    clause: str
    roles: tuple[str, ...] = ("teacher",)
    for_others: tuple[str, ...] = ()


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
            name="late_correction",
            diagram="late_correction",
            subject=change_set_subject,
            fact="change_set",
            clause="4.4.2",
        ),
    )
}

SUBJECTS: Mapping[str, Maker] = {"change_set": change_set_subject, "entries": entries_subject}
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
