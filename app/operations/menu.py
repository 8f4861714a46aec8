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
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.journal import commands as journal
from app.journal import queries as journal_queries
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Refused
from app.operations.subjects import (
    Maker,
    change_set_subject,
    commission_subject,
    dispute_subject,
    entering_subject,
    entries_subject,
    excuse_subject,
    narrowed_subject,
    plea_subject,
    revocation_subject,
    workoff_result_subject,
    workoff_subject,
    workoff_task_subject,
)
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
class Start:
    """How a case begins. `subject` makes what it is about from the start form; `fact` names its id.

    `roles` may begin it for themselves, `for_others` for somebody whom their unit looks after; both are recorded.
    `offers` may offer it to a student, who then is the one who asks. A start without roles is begun by the news of
    another process. With `papers_for` the files of the case are for these roles of its units and for the persons it
    is about, nobody else (7.1).
    """

    name: str
    diagram: str
    subject: Maker
    fact: str
    clause: str
    roles: tuple[str, ...] = ("teacher",)
    for_others: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    papers_for: tuple[str, ...] = ()


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
            name="journal.allow_workoff",
            command=journal.allow_workoff,
            params={"plea": UUID},
            outcomes=("allowed", "sheet_closed"),
            success=("allowed",),
            clause="5.3.2",
            demands=Demand(("department_head", "directorate"), "5.3.2"),
            approved="plea",
            fingerprint=journal_queries.fingerprint_of_plea,
        ),
        Operation(
            name="journal.check_corrected",
            command=journal.check_corrected,
            params={"dispute": UUID},
            outcomes=("corrected", "unchanged"),
            success=("corrected", "unchanged"),
            clause="6.2",
        ),
        Operation(
            name="journal.publish_commission",
            command=journal.publish_commission,
            params={"commission": UUID},
            outcomes=("published", "number_taken"),
            success=("published",),
            clause="6.3",
            demands=Demand(("rector",), "6.3"),
            approved="commission",
            fingerprint=journal_queries.fingerprint_of_commission,
        ),
        Operation(
            name="journal.record_workoff",
            command=journal.record_workoff,
            params={"workoff": UUID},
            outcomes=("done", "parked", "not_absent"),
            success=("done",),
            clause="5.4.2",
            demands=Demand(("teacher",), "5.4.1"),
            approved="workoff",
            fingerprint=journal_queries.fingerprint_of_workoff,
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
            name="workoff",
            diagram="workoff",
            subject=workoff_subject,
            fact="workoff",
            clause="5.2.1",
            roles=("student",),
            for_others=("curator", "directorate"),
            offers=("teacher",),
        ),
        Start(
            name="late_workoff",
            diagram="late_workoff",
            subject=plea_subject,
            fact="plea",
            clause="5.3.2",
            roles=("student",),
            for_others=("curator", "directorate"),
            offers=("teacher",),
        ),
        Start(
            name="dispute",
            diagram="dispute",
            subject=dispute_subject,
            fact="dispute",
            clause="6.2",
            roles=("student",),
            for_others=("curator", "directorate"),
        ),
        Start(
            name="commission",
            diagram="commission",
            subject=commission_subject,
            fact="commission",
            clause="6.3",
            roles=("academic_office",),
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
    "workoff": workoff_subject,
    "workoff_task": workoff_task_subject,
    "workoff_result": workoff_result_subject,
    "commission": commission_subject,
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
