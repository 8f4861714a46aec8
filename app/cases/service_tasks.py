"""Run the operation of a service task with the approvals of the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app import operations
from app.bpmn.model import Model, Service
from app.cases import rules
from app.cases.case_record import HeldCase
from app.kernel.act import Act
from app.people.approvals import Ground


def caller(
    act: Act, case: HeldCase, model: Model, history: Sequence[rules.Step]
) -> Callable[[Service, dict[str, Any]], str]:
    """Return the function that the engine calls for a service task: inputs in, outcome out.

    A refusal is raised through the engine. `history` includes the current step, so that its approval counts.
    """

    def run_service(service: Service, inputs: dict[str, Any]) -> str:
        """Call the operation of a service task; return its outcome."""
        context = Ground(
            requester=case.requester,
            rounds=rules.rounds(history, model),
            subject_hash=case.subject_hash or "",
            approvals=rules.approvals(history),
        )
        return operations.call(service.operation, act, inputs, context)

    return run_service
