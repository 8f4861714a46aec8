"""Run the operation of a service task with the approvals of the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app import operations
from app.bpmn.model import ProcessModel, ServiceTask
from app.cases import rules
from app.cases.case_record import CaseRecord
from app.kernel.act import Act
from app.people.approvals import ApprovalContext


def service_task_runner(
    act: Act, case: CaseRecord, model: ProcessModel, history: Sequence[rules.HistoryEntry]
) -> Callable[[ServiceTask, dict[str, Any]], str]:
    """Return the function that the engine calls for a service task: inputs in, outcome out.

    A refusal is raised through the engine. `history` includes the current step, so that its approval counts.
    """

    def run_service(service: ServiceTask, inputs: dict[str, Any]) -> str:
        """Call the operation of a service task; return its outcome."""
        context = ApprovalContext(
            requester=case.requester,
            rounds=rules.current_element_iterations(history, model),
            subject_hash=case.subject_hash or "",
            approvals=rules.approvals_from_history(history),
        )
        lane = model.lanes[service.lane]
        step = operations.StepTexts(
            case.id, case.number, service.id, service.titles, model.titles, lane.role, lane.scope
        )
        return operations.run_operation(service.operation, act, inputs, context, step)

    return run_service
