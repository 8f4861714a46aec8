"""The engine reaches a service task: the menu is asked, with the ground this case stands on."""

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
    """What the engine calls: operation and inputs in, outcome out; a refusal travels up through the engine.

    `history` includes the step that is being taken, so the approval given by it counts.
    """

    def call(service: Service, inputs: dict[str, Any]) -> str:
        ground = Ground(
            requester=case.requester,
            rounds=rules.rounds(history, model),
            subject_hash=case.subject_hash or "",
            approvals=rules.approvals(history),
        )
        return operations.call(service.operation, act, inputs, ground)

    return call
