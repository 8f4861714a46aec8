"""The menu: everything a diagram may name, collected from `app.operations.processes`.

operation   a command that a service task calls, with the approvals it requires and the outcomes it may end in
start       how a case starts: its subject, its scope, its process variables
subject     the factory that turns a form field into an immutable case subject with a hash
follow-up   the event that starts a case

A requirement stands beside its clause and is checked at run time before the command runs; no diagram can weaken it.
`cases` reads the menu, and the menu calls the rooms below, never the other way round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID

from app.bpmn.model import ProcessModel
from app.journal.requests.commands import StepTexts
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Refused
from app.operations import cell_ranges, processes
from app.operations.cell_ranges import CellRange
from app.operations.general.operations import GENERAL_OPERATIONS
from app.operations.general.starts import (
    GENERAL_STARTS,
    GENERAL_SUBJECT,
    read_no_affected_cells,
    store_request_again,
)
from app.operations.types import (
    CaseStartedByEvent,
    LoadCalendarAnchors,
    Operation,
    Process,
    ProcessStart,
    SubjectFactory,
)
from app.people.approvals import ApprovalContext, missing_approval_refusal

UNKNOWN_BLOCKER_KIND = "others"
"""The kind of a blocking case whose process declares none: an unknown diagram blocks all the same."""
REVALIDATING_EVENT_TYPES = (
    "journal.mark.corrected",
    "journal.absence.excused",
    "journal.absence.unexcused",
    "journal.excuse.revoked",
)
"""Events of the journal after which the subjects of open cases about these students are validated again."""


def _load_declared_processes_by_name() -> dict[str, Process]:
    found = {}
    for module in sorted(one.name for one in iter_modules(processes.__path__)):
        process = import_module(f"{processes.__name__}.{module}").PROCESS
        if process.start.name != module:
            raise RuntimeError(f"the file {module}.py declares the process {process.start.name}")
        found[module] = process
    return found


def _merge_process_declarations(entries: Collection[tuple[str, Any]]) -> dict[str, Any]:
    """Merge what the processes declare; raises RuntimeError when two of them declare one name."""
    merged = dict(entries)
    if len(merged) != len(entries):
        names = [name for name, _entry in entries]
        raise RuntimeError(f"declared twice: {sorted({name for name in names if names.count(name) > 1})}")
    return merged


PROCESSES: Mapping[str, Process] = _load_declared_processes_by_name()
STARTS: Mapping[str, ProcessStart] = _merge_process_declarations(
    [
        *((name, process.start) for name, process in PROCESSES.items()),
        *((start.name, start) for start in GENERAL_STARTS),
    ]
)
OPERATIONS: Mapping[str, Operation] = _merge_process_declarations(
    [
        *((one.name, one) for process in PROCESSES.values() for one in process.operations),
        *((one.name, one) for one in GENERAL_OPERATIONS),
    ]
)
SUBJECT_FACTORY_BY_KIND: Mapping[str, SubjectFactory] = _merge_process_declarations(
    [
        *(entry for process in PROCESSES.values() for entry in process.subject_factories.items()),
        (GENERAL_SUBJECT, store_request_again),
    ]
)
"""Factories by the kind of form field that describes a subject, or by what a form makes."""
FOLLOW_UP_BY_EVENT_TYPE: Mapping[str, CaseStartedByEvent] = _merge_process_declarations(
    [entry for process in PROCESSES.values() for entry in process.started_by_events.items()]
)
"""The follow-up case by the type of the event that starts it."""
CALENDAR_ANCHOR_LOADERS: Mapping[str, LoadCalendarAnchors] = {
    name: process.load_anchors for name, process in PROCESSES.items() if process.load_anchors is not None
}
"""By diagram, the process variables that move with the academic calendar."""
NEVER_BLOCKING_DIAGRAMS = tuple(name for name, process in PROCESSES.items() if not process.blocker_kind)
"""Processes whose open cases never block the closing of a grade sheet."""
_CELL_READER_BY_SUBJECT_KIND = _merge_process_declarations(
    [
        *(entry for process in PROCESSES.values() for entry in process.cell_readers.items()),
        (GENERAL_SUBJECT, read_no_affected_cells),
    ]
)


_PROPOSED_FORM_VALUES_BY_SUBJECT_KIND = _merge_process_declarations(
    [entry for process in PROCESSES.values() for entry in process.proposed_form_values.items()]
)


def load_proposed_form_values(kind: str, act: Act, subject: UUID | None) -> Mapping[str, str]:
    """Return the values with which a form that makes this kind of subject opens; {} where none are proposed."""
    propose = _PROPOSED_FORM_VALUES_BY_SUBJECT_KIND.get(kind)
    return propose(act, subject) if propose is not None and subject is not None else {}


def affected_cells_of_subject(subject: Mapping[str, Any], about: Collection[UUID]) -> tuple[CellRange, ...]:
    """Return the cells that a case subject affects; `about` are the persons of its case."""
    return cell_ranges.read_affected_cells(subject, about, _CELL_READER_BY_SUBJECT_KIND)


def find_process_start(model: ProcessModel) -> ProcessStart | None:
    """Return how cases of a diagram start, with the roles that it chose for a general start; None when it cannot.

    A process of the menu has its own start; every other diagram has a general one.
    """
    start = STARTS.get(model.start_name)
    if start is None or not can_start_serve_process(start, model.key):
        return None
    if not start.general:
        return start
    return replace(start, roles=tuple(role for role in model.starters if role in start.roles))


def can_start_serve_process(start: ProcessStart, key: str) -> bool:
    """Return whether cases of the process with this key may begin by this start."""
    return key not in PROCESSES if start.general else start.name == key


def find_own_start_of_process(key: str) -> ProcessStart | None:
    """Return the start that the menu declares for a process of its own; None for a process without code."""
    known = PROCESSES.get(key)
    return known.start if known else None


def closing_blocker_kind_of_process(diagram: str) -> str:
    """Return the kind under which an open case of this process blocks the closing of a grade sheet (7.6)."""
    known = PROCESSES.get(diagram)
    return known.blocker_kind if known else UNKNOWN_BLOCKER_KIND


def is_never_started_by_person(diagram: str) -> bool:
    """Return whether no person starts cases of this diagram: an event of another process or the calendar does."""
    known = PROCESSES.get(diagram)
    return known is not None and not known.start.roles


def run_operation(
    name: str,
    act: Act,
    inputs: Mapping[str, Any],
    ground: ApprovalContext,
    step: StepTexts | None = None,
) -> str:
    """Run an operation under its demands, called by a step; answers the declared outcome it ended in.

    Every outcome but success undoes its writes (savepoint). Raises Refused `operations.approval.missing` when
    an approval is absent, `operations.approval.other_subject` when the diagram hands over something else than
    was approved, `operations.operation.unknown` and `operations.input.missing` for what a diagram should not
    ask; RuntimeError for an undeclared outcome: a defect of the command.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Refused("operations.operation.unknown", name=name[:80])
    params = {key: _convert_operation_parameter(operation, key, inputs.get(key)) for key in operation.params}
    refusal = _operation_approval_refusal(operation, params, ground)
    if refusal is not None:
        raise refusal
    try:
        with db.session.begin_nested():
            outcome = operation.command(act, **params, **({"step": step} if operation.general else {}))
            if outcome not in operation.outcomes:
                raise RuntimeError(f"{name} ended in {outcome!r}, which the menu does not declare")
            if outcome not in operation.success_outcomes:
                raise _UndoOperationWrites
    except _UndoOperationWrites:
        pass
    return outcome


def _convert_operation_parameter(operation: Operation, key: str, given: Any) -> Any:
    try:
        return operation.params[key](given)
    except (TypeError, ValueError, AttributeError):
        raise Refused("operations.input.missing", name=key) from None


def _operation_approval_refusal(
    operation: Operation, params: Mapping[str, Any], ground: ApprovalContext
) -> Refused | None:
    if operation.required_approvals is None:
        return None
    refusal = missing_approval_refusal(operation.required_approvals, ground)
    if refusal is not None or operation.load_approved_fingerprint is None:
        return refusal
    if operation.load_approved_fingerprint(params[operation.approved_parameter]) != ground.subject_hash:
        return Refused(
            "operations.approval.other_subject", clause=operation.required_approvals.clause or None
        )
    return None


class _UndoOperationWrites(Exception):
    """Leaves the savepoint of an operation that ended in an outcome other than success."""
