"""Monitor of one case while the token game is played: approvals that are valid, and effects that have happened.

It follows what the product does at run time: an approval is void when its step, or a step before it, opens again
(`cases.rules.current_element_iterations`) and when another subject replaces the one approved; a step that stays open
meanwhile is stale: it belongs to the iteration before, and an approval that it gives then is void from the beginning. A
person whose approval is valid cannot take a step that opens afterwards (`cases.assignment`), but can take one that was
open already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app import operations
from app.bpmn.model import ProcessModel, ServiceTask, UserTask
from app.diagrams.verify.values import CURRENT_SUBJECT
from app.operations.types import Operation


@dataclass(frozen=True, slots=True)
class GivenApproval:
    """A valid approval: the step and role that gave it, whether it is by the requester, and the steps whose
    approvers could not give it.
    """

    task: str
    role: str
    own_request: bool
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Violation:
    """A demand of the regulation that a path breaks: code of the finding, element and parameters."""

    code: str
    element: str
    params: Mapping[str, Any] = field(default_factory=dict)


def make_violation(code: str, element: str, **params: Any) -> Violation:
    """Return a violation at an element with the parameters of its text."""
    return Violation(code, element, params)


class BrokenDemand(Exception):
    """Raised inside the token game when a service task would run against a demand."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.code)
        self.violation = violation


@dataclass(frozen=True, slots=True)
class CaseMonitor:
    """Approvals in the order given, whom each open approving step excludes, the operations that succeeded for the
    present subject, the open steps of an earlier iteration, and the steps completed in the present one.
    """

    approvals: tuple[GivenApproval, ...] = ()
    excluded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    effects: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    completed: frozenset[str] = frozenset()

    def after_new_subject(self) -> CaseMonitor:
        """Return the monitor after another subject replaced the present one: nothing given before counts for it."""
        excluded = dict.fromkeys(self.excluded, frozenset[str]())
        return replace(self, approvals=(), excluded=excluded, effects=frozenset())

    def after_completion(self, task: str) -> CaseMonitor:
        """Return the monitor after a step was completed; its successors have not opened yet."""
        return replace(self, stale=self.stale - {task}, completed=self.completed | {task})

    def after_approval(self, task: UserTask, role: str) -> CaseMonitor:
        """Return the monitor after a step approved; an earlier approval of the step is replaced."""
        if task.id in self.stale:
            return self
        others = self.excluded.get(task.id, frozenset())
        given = GivenApproval(task.id, role, task.assign == "requester", others)
        kept = [_approval_without_steps(one, {task.id}) for one in self.approvals if one.task != task.id]
        return replace(self, approvals=(*kept, given))

    def after_step(self, model: ProcessModel, opened: Iterable[str], active: Iterable[str]) -> CaseMonitor:
        """Return the monitor after tokens moved: `opened` tasks void what follows them, `active` ones are open."""
        opened = list(opened)
        void, completed = frozenset[str](), self.completed
        for task in opened:
            following = model.task_ids_after(task) | {task}
            if following & completed:
                void, completed = void | following, completed - following
        approvals = tuple(
            _approval_without_steps(one, void) for one in self.approvals if one.task not in void
        )
        valid = frozenset(one.task for one in approvals)
        excluded = {task: others - void for task, others in self.excluded.items() if task not in opened}
        excluded |= {task: valid for task in opened if model.user_tasks[task].approves}
        still_open = set(active)
        kept = {task: others for task, others in excluded.items() if task in still_open}
        stale = (self.stale | void) & still_open - set(opened)
        return replace(self, approvals=approvals, excluded=kept, stale=stale, completed=completed)


def find_violation_of_service_call(
    monitor: CaseMonitor, service: ServiceTask, inputs: Mapping[str, Any]
) -> Violation | None:
    """Return the demand that running a service task now would break; the order of the checks is that of the menu."""
    operation = operations.OPERATIONS.get(service.operation)
    if operation is None:
        return None
    for name, convert in operation.params.items():
        if inputs.get(name) is None and not _does_converter_accept_none(convert):
            return make_violation(
                "verify.effect.input_missing", service.id, operation=operation.name, name=name
            )
    broken = _find_violated_approval_demand(monitor, service, operation)
    if (
        broken is not None
        or operation.required_approvals is None
        or operation.load_approved_fingerprint is None
    ):
        return broken
    if inputs.get(operation.approved_parameter) == CURRENT_SUBJECT:
        return None
    return make_violation(
        "verify.effect.other_subject",
        service.id,
        operation=operation.name,
        clause=operation.required_approvals.clause,
    )


def monitor_after_outcome(
    monitor: CaseMonitor, service: ServiceTask, outcome: str
) -> CaseMonitor | Violation:
    """Return the monitor after an operation ended in an outcome, or the violation when its effect happens twice."""
    operation = operations.OPERATIONS.get(service.operation)
    if operation is None or operation.repeatable or outcome not in operation.success_outcomes:
        return monitor
    if operation.name in monitor.effects:
        return make_violation("verify.effect.twice", service.id, operation=operation.name)
    return replace(monitor, effects=monitor.effects | {operation.name})


def _find_violated_approval_demand(
    monitor: CaseMonitor, service: ServiceTask, operation: Operation
) -> Violation | None:
    if operation.required_approvals is None:
        return None
    demand = operation.required_approvals
    name, clause = operation.name, demand.clause
    used: list[tuple[int, GivenApproval]] = []
    for role in demand.roles:
        accepted = demand.roles_counting_as_approval_of(role)
        given = [(place, one) for place, one in enumerate(monitor.approvals) if one.role in accepted]
        where = service.id
        if not given:
            code = "verify.approval.missing" if clause else "verify.approval.missing_by_setting"
            return make_violation(code, where, operation=name, role=role, clause=clause)
        place, approval = given[-1]
        if used and place < used[-1][0]:
            return make_violation(
                "verify.approval.out_of_order", where, operation=name, role=role, clause=clause
            )
        if approval.own_request and not demand.by_requester:
            return make_violation(
                "verify.approval.own_request", where, operation=name, role=role, clause=clause
            )
        if any(earlier.task not in approval.others for _, earlier in used):
            return make_violation(
                "verify.approval.same_person", where, operation=name, role=role, clause=clause
            )
        used.append((place, approval))
    return None


def _approval_without_steps(approval: GivenApproval, steps: Iterable[str]) -> GivenApproval:
    kept = approval.others - frozenset(steps)
    return approval if kept == approval.others else replace(approval, others=kept)


def _does_converter_accept_none(convert: Any) -> bool:
    """Return whether the converter of a parameter takes None, as the menu would find out."""
    try:
        convert(None)
    except (TypeError, ValueError, AttributeError):
        return False
    return True
