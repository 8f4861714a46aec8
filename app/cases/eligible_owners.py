"""To whom a person may assign an open task of a case."""

from __future__ import annotations

from collections.abc import Sequence

from app.bpmn import engine
from app.cases import rules
from app.cases.assignment import TaskOwner, load_eligible_task_owners
from app.cases.locking import LockedCase
from app.kernel.act import Act


def load_eligible_owners(act: Act, locked: LockedCase, element: str) -> Sequence[TaskOwner]:
    """Return everybody to whom a person may assign the open task of an element; one statement."""
    published = locked.load_pinned_diagram()
    variables = engine.read_state_as_step_result(published.spec, locked.verified_engine_state()).variables
    approvers = rules.valid_approver_ids(locked.history, published.model)
    task = published.model.user_tasks[element]
    return load_eligible_task_owners(act, locked.case, published.model, task, variables, approvers)
