"""SpiffWorkflow task specifications of the elements of a diagram: no prediction, no dates, no scripts, no
task data.

Stock SpiffWorkflow predicts every possible future after each step and copies data along it. A case needs
neither: its variables are in `workflow.data` and its diagram is cached, so a task creates what follows it
when it completes.
"""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import (
    BoundaryEventJoin,
    BoundaryEventSplit,
    BpmnStartTask,
    SimpleBpmnTask,
    _EndJoin,
)
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    ExclusiveGateway,
    IntermediateCatchEvent,
    ParallelGateway,
    StartEvent,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.specs import WorkflowSpec

from app.bpmn.errors import CaseStalled
from app.bpmn.expression import ConditionExpression
from app.bpmn.task_tree import FUTURE, NOT_FINISHED, WAITING, CaseTask


class NoPredictionMixin:
    """Mixin that creates what follows a task when it completes, instead of predicting it."""

    name: str

    def _predict(self, my_task: CaseTask, *_: Any, **__: Any) -> None:
        pass

    def test(self) -> None:
        """Do nothing: the diagram was checked when it was parsed."""

    def _on_complete(self, my_task: CaseTask) -> None:
        if not my_task._children:
            for spec in self.outputs:  # type: ignore[attr-defined]
                my_task._add_child(spec, FUTURE)
        super()._on_complete(my_task)  # type: ignore[misc]


class TreeRoot(NoPredictionMixin, BpmnStartTask):
    """The root of the tree of tasks; not an element of the diagram."""


class TreeEnd(NoPredictionMixin, SimpleBpmnTask):
    """The last leaf of the tree: when it completes, the case is done; not an element of the diagram."""


class EndJoin(NoPredictionMixin, _EndJoin):
    """A join that waits until no other token is left; not an element of the diagram."""

    def _check_threshold_unstructured(self, my_task: CaseTask) -> bool:
        tasks = my_task.workflow.tasks.values()
        return not any(t._state & NOT_FINISHED and t.task_spec is not self for t in tasks)

    def _run_hook(self, my_task: CaseTask) -> bool:
        return True


class UserTaskSpec(NoPredictionMixin, UserTask):
    """A user task. When it opens, its own variables and those of the steps after it are deleted."""

    def _on_ready_hook(self, my_task: CaseTask) -> None:
        for name in my_task.workflow.case_spec.cleared_variables_by_task[self.name]:
            my_task.workflow.data.pop(name, None)


class ServiceTaskSpec(NoPredictionMixin, BpmnSpecMixin):
    """A service task: passes its inputs to `call` and keeps the outcome as a variable.

    Errors of `call` pass unchanged.
    """

    def _run_hook(self, my_task: CaseTask) -> bool:
        workflow = my_task.workflow
        service = workflow.case_spec.model.services[self.name]
        if workflow.call is None:
            raise TypeError("this step reached a service and was given nothing to call")
        inputs = {
            name: first_value_of_variables(variables, workflow.data)
            for name, variables in service.inputs.items()
        }
        outcome = workflow.call(service, inputs)
        if type(outcome) is not str:
            raise TypeError(f"{service.operation} ended in {outcome!r}, not in the code of an outcome")
        workflow.data[f"{self.name}.outcome"] = outcome
        workflow.called.append((self.name, outcome))
        return True


def first_value_of_variables(names: tuple[str, ...], variables: Mapping[str, Any]) -> Any:
    """Return the first variable that has a value, or None."""
    return next((variables[name] for name in names if variables.get(name) is not None), None)


class FlowCondition(Operator):  # type: ignore[misc]
    """A condition on a flow, evaluated on the variables of the case and never on the copy of a branch."""

    def __init__(self, expression: ConditionExpression) -> None:
        super().__init__(expression)
        self.expression = expression

    def _matches(self, task: CaseTask) -> bool:
        return self.expression.is_true_for(task.workflow.data)


class ExclusiveGatewaySpec(NoPredictionMixin, ExclusiveGateway):
    """An exclusive gateway: the first condition that holds, else the default flow, else it raises CaseStalled."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        try:
            return bool(super()._run_hook(my_task))
        except WorkflowException:
            raise CaseStalled("no_branch", self.name) from None


class ParallelGatewaySpec(NoPredictionMixin, ParallelGateway):
    """A parallel gateway that takes exactly one token from each incoming flow.

    The stock one also counts tokens that were cancelled in an earlier iteration, and fires after one branch.
    Here every token that has arrived waits as a task of its own; when all flows have one, the newest goes on
    and the oldest of each other flow are cancelled. Nothing depends on the history of the tree.
    """

    def _update_hook(self, my_task: CaseTask) -> bool:
        if my_task._state != WAITING:
            my_task._set_state(WAITING)
        missing = [name for name in self._inputs if name != _token_source_element_id(my_task)]
        spent = []
        for task in my_task.workflow.tasks.values():
            waits = task.task_spec is self and task._state == WAITING and task is not my_task
            if waits and _token_source_element_id(task) in missing:
                missing.remove(_token_source_element_id(task))
                spent.append(task)
        if missing:
            return False
        for task in spent:
            task.cancel()
        return True

    def _run_hook(self, my_task: CaseTask) -> bool:
        return True


def _token_source_element_id(task: CaseTask) -> str:
    """Return the id of the element from which a token came to a join."""
    return str(task.parent.task_spec.name) if task.parent is not None else ""


class BoundarySplitSpec(NoPredictionMixin, BoundaryEventSplit):
    """A split that opens a task together with the timers attached to it; not an element of the diagram."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        for spec in self.outputs:
            my_task._add_child(spec, WAITING if isinstance(spec, BoundaryEvent) else FUTURE)
        return True


class BoundaryJoinSpec(NoPredictionMixin, BoundaryEventJoin):
    """A join that closes a task or its timers, whichever came second; not an element of the diagram."""


class PolicyTimer(EventDefinition):  # type: ignore[misc]
    """A timer that names a policy. It has no date, reads no clock and fires only through `engine.fire`."""

    def __init__(self, policy: str) -> None:
        super().__init__(policy)
        self.policy = policy


class BoundaryTimerSpec(NoPredictionMixin, BoundaryEvent):
    """A timer attached to a task."""


class CatchTimerSpec(NoPredictionMixin, IntermediateCatchEvent):
    """A timer on the path itself."""


class StartEventSpec(NoPredictionMixin, StartEvent):
    """The start event."""


class EndEventSpec(NoPredictionMixin, EndEvent):
    """An end event: records that it was reached."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        my_task.workflow.ended.append(self.name)
        return True


class CaseProcessSpec(BpmnProcessSpec):
    """A process specification framed by our own start and end."""

    def __init__(self, name: str) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.bpmn_start_events: list[Any] = []
        self.start = TreeRoot(self, "Start")
        self.end = EndJoin(self, f"{name}.EndJoin")
        self.end.connect(TreeEnd(self, "End"))
        self.svg = None
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
