"""Whether the approvals given in a case still count on another version, and whether its operations can be reached.

Pure. An approval counts on a version by the mark `approves` and the role of its step, and by the round, which follows
the flows of that version. What the menu would refuse later is found now, so that no case moves into a dead end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from app import operations
from app.bpmn.model import ProcessModel, ServiceTask
from app.cases import rules
from app.cases.migration import reasons
from app.cases.migration.reasons import StayReason
from app.cases.migration.replay import RecordedStep
from app.people.approvals import Approval, ApprovalContext, RequiredApprovals, missing_approval_refusal

_FUTURE_PERSONS = UUID("5f0d2e0a-9f0b-5f6e-8e55-6d9f7b1a2c34")
"""Namespace of the ids of persons who will approve: each step ahead is counted as approved by somebody else."""
_LATER = datetime(9999, 1, 1, tzinfo=UTC)
"""The moment of approvals that are still to be given: after every approval that was given."""


def find_invalid_approval(model: ProcessModel, steps: Sequence[RecordedStep]) -> StayReason | None:
    """Return why an approval of the present round would not count on this version; None when all of them count.

    Checked for each completed step that the version marks as an approval: it was given as an approval, by the role of
    its lane, in the round in which the version counts it.
    """
    final = rules.current_element_iterations((step.entry for step in steps), model)
    for position, round_ in _iterate_completions_with_round(model, [step.entry for step in steps]):
        entry = steps[position].entry
        element = model.user_tasks.get(entry.element or "")
        if element is None or not element.approves or entry.decision != rules.APPROVE:
            continue
        current = final.get(element.id, 1)
        if round_ != current:
            continue
        role = model.lanes[element.lane].role
        if not entry.approves or entry.role != role or entry.iteration != current:
            return StayReason(reasons.APPROVAL_NOT_VALID, {"step": element.id})
    return None


def _iterate_completions_with_round(
    model: ProcessModel, history: Sequence[rules.HistoryEntry]
) -> Iterable[tuple[int, int]]:
    """Yield each completion (its position) with the round in which this version would have opened its task."""
    opened_in: dict[str, int] = {}
    for position, entry in enumerate(history):
        if entry.kind == rules.COMPLETED_HISTORY_KIND and entry.element:
            yield position, opened_in.get(entry.element, 1)
        if entry.opened:
            rounds = rules.current_element_iterations(history[: position + 1], model)
            opened_in.update({element: rounds.get(element, 1) for element in entry.opened})


def find_unmeetable_operation_demand(
    model: ProcessModel,
    steps: Sequence[RecordedStep],
    waiting: Iterable[str],
    requester: UUID,
    subject_hash: str | None,
) -> StayReason | None:
    """Return the demand of an operation ahead that no path from here can meet; None when all can be met.

    `waiting` are the elements where the case waits. An approval is given already, or its step lies ahead.
    """
    history = [step.entry for step in steps]
    places = list(waiting)
    ahead = {*places, *(element for place in places for element in model.task_ids_after(place))}
    context = ApprovalContext(
        requester=requester,
        rounds=rules.current_element_iterations(history, model),
        subject_hash=subject_hash or "",
        approvals=rules.approvals_from_history(history),
    )
    for service in (model.services[name] for name in model.services if name in ahead):
        operation = operations.OPERATIONS.get(service.operation)
        if operation is None or operation.required_approvals is None:
            continue
        role = _find_role_without_possible_approval(
            model, service, operation.required_approvals, context, ahead
        )
        if role is not None:
            return StayReason(reasons.DEMAND_NOT_MET, {"step": service.id, "role": role})
    return None


def _find_role_without_possible_approval(
    model: ProcessModel,
    service: ServiceTask,
    demands: RequiredApprovals,
    context: ApprovalContext,
    ahead: set[str],
) -> str | None:
    """Return the first role whose approval can neither be found nor be given any more; None when there is none."""
    roles_ahead = {
        model.lanes[task.lane].role: task.id
        for task in model.user_tasks.values()
        if task.approves and task.id in ahead and service.id in model.task_ids_after(task.id)
    }
    missing = [role for role in demands.roles if _is_role_approval_missing(demands, role, context)]
    refusal = None
    for approving in (missing, list(demands.roles)):
        given = [
            _build_future_approval(one, roles_ahead[one], context)
            for role in approving
            for one in demands.roles_counting_as_approval_of(role)
            if one in roles_ahead
        ]
        refusal = missing_approval_refusal(
            demands,
            ApprovalContext(
                context.requester, context.rounds, context.subject_hash, [*context.approvals, *given]
            ),
        )
        if refusal is None:
            return None
    return str(refusal.params.get("role", "")) if refusal is not None else None


def _is_role_approval_missing(demands: RequiredApprovals, role: str, context: ApprovalContext) -> bool:
    alone = replace(demands, roles=(role,))
    return missing_approval_refusal(alone, context) is not None


def _build_future_approval(role: str, element: str, context: ApprovalContext) -> Approval:
    """Return an approval as the step ahead will give it: by another person, later than all so far."""
    return Approval(
        role=role,
        person=uuid5(_FUTURE_PERSONS, role),
        on_behalf_of=None,
        at=_LATER,
        element=element,
        iteration=context.rounds.get(element, 1),
        subject_hash=context.subject_hash,
    )
