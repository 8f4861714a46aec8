"""Our kinds of SpiffWorkflow tasks and specifications: no prediction, no dates, no scripts, nothing in task.data.

Stock SpiffWorkflow predicts every possible future after each step and copies data along it. A case needs neither:
its facts live in `workflow.data` and its diagram is cached, so a task creates what follows it when it completes.
"""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.operators import Operator
from SpiffWorkflow.specs import WorkflowSpec
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.bpmn.errors import Stalled
from app.bpmn.expression import Expression

if TYPE_CHECKING:
    from app.bpmn.spec import Spec

FUTURE, WAITING, READY, COMPLETED = TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.COMPLETED
NOT_FINISHED = TaskState.NOT_FINISHED_MASK


class NoScripts:
    """Stands where SpiffWorkflow keeps its script engine; conditions never come here, and nothing else may."""

    def __getattr__(self, name: str) -> Any:
        raise TypeError(f"diagrams run no scripts ({name})")


class CaseTask(Task):
    """A task whose id is a number of its case, as text, whose data stays empty and whose changes are not logged."""

    workflow: CaseWorkflow

    def __init__(
        self, workflow: CaseWorkflow, spec: Any, parent: Any = None, state: int = 1, key: str = ""
    ) -> None:
        self.id = key or workflow.next_key()
        workflow.tasks[self.id] = self
        self.workflow = workflow
        self.task_spec = spec
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        if parent is not None:
            parent._children.append(self.id)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> CaseTask:
        return CaseTask(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value

    def _inherit_data(self) -> None:
        """Facts live in the workflow; a branch has no copy that could grow stale."""


class CaseWorkflow(BpmnWorkflow):
    """One step of one case: the tree of tasks grows from the stored state and is thrown away after the step."""

    task_tree: CaseTask
    tasks: dict[str, CaseTask]

    def __init__(
        self, spec: Spec, facts: dict[str, Any], serial: int, call: Callable[..., str] | None
    ) -> None:
        self.serial = serial
        super().__init__(spec.process, script_engine=_NO_SCRIPTS, deserializing=True)
        self.case_spec = spec
        self.data = facts
        self.call = call
        self.ended: list[str] = []
        self.called: list[tuple[str, str]] = []
        self.task_tree = CaseTask(self, spec.process.start, None, COMPLETED)

    def next_key(self) -> str:
        """A key no task of this case ever had."""
        self.serial += 1
        return str(self.serial)

    def update_waiting_tasks(self) -> None:
        """Joins may go on when something else finished; timers wait for `engine.fire` only."""
        for task in [t for t in self.tasks.values() if t._state == WAITING and isinstance(t.task_spec, Join)]:
            if task._state == WAITING:
                task.task_spec._update(task)


_NO_SCRIPTS = NoScripts()


class Unpredicted:
    """Creates what follows a task when it completes, instead of predicting it."""

    name: str

    def _predict(self, my_task: CaseTask, *_: Any, **__: Any) -> None:
        pass

    def test(self) -> None:
        """The diagram was checked when it was parsed."""

    def _on_complete(self, my_task: CaseTask) -> None:
        if not my_task._children:
            for spec in self.outputs:  # type: ignore[attr-defined]
                my_task._add_child(spec, FUTURE)
        super()._on_complete(my_task)  # type: ignore[misc]


class StartOfTree(Unpredicted, BpmnStartTask):
    """The root of the tree of tasks; no element of the diagram."""


class EndOfTree(Unpredicted, SimpleBpmnTask):
    """The last leaf: when it completes, the case is done; no element of the diagram."""


class AllEnds(Unpredicted, _EndJoin):
    """Waits until no other token is left; no element of the diagram."""

    def _check_threshold_unstructured(self, my_task: CaseTask) -> bool:
        tasks = my_task.workflow.tasks.values()
        return not any(t._state & NOT_FINISHED and t.task_spec is not self for t in tasks)

    def _run_hook(self, my_task: CaseTask) -> bool:
        return True


class PersonPart(Unpredicted, UserTask):
    """A user task. When it opens, its own facts and those of the steps after it are forgotten."""

    def _on_ready_hook(self, my_task: CaseTask) -> None:
        for name in my_task.workflow.case_spec.forgets[self.name]:
            my_task.workflow.data.pop(name, None)


class ServicePart(Unpredicted, BpmnSpecMixin):
    """A service task: hands its inputs to `call` and keeps the outcome as a fact. Errors of `call` pass unchanged."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        workflow = my_task.workflow
        service = workflow.case_spec.model.services[self.name]
        if workflow.call is None:
            raise TypeError("this step reached a service and was given nothing to call")
        inputs = {name: first_of(facts, workflow.data) for name, facts in service.inputs.items()}
        outcome = workflow.call(service, inputs)
        if type(outcome) is not str:
            raise TypeError(f"{service.operation} ended in {outcome!r}, not in the code of an outcome")
        workflow.data[f"{self.name}.outcome"] = outcome
        workflow.called.append((self.name, outcome))
        return True


def first_of(names: tuple[str, ...], facts: Mapping[str, Any]) -> Any:
    """The first fact that has a value, or None."""
    return next((facts[name] for name in names if facts.get(name) is not None), None)


class Condition(Operator):  # type: ignore[misc]
    """A condition on a flow, read from the facts of the case and never from a branch's copy."""

    def __init__(self, expression: Expression) -> None:
        super().__init__(expression)
        self.expression = expression

    def _matches(self, task: CaseTask) -> bool:
        return self.expression.holds(task.workflow.data)


class ChoicePart(Unpredicted, ExclusiveGateway):
    """An exclusive gateway: the first condition that holds, else the default flow, else the case stalls."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        try:
            return bool(super()._run_hook(my_task))
        except WorkflowException:
            raise Stalled("no_branch", self.name) from None


class JoinPart(Unpredicted, ParallelGateway):
    """A parallel gateway that takes exactly one token from each incoming flow.

    The stock one also counts tokens that were cancelled in an earlier round, and fires after one branch.
    Here every token that has arrived waits as a task of its own; when all flows have one, the newest goes on and
    the oldest of each other flow are spent. Nothing depends on the history of the tree.
    """

    def _update_hook(self, my_task: CaseTask) -> bool:
        if my_task._state != WAITING:
            my_task._set_state(WAITING)
        missing = [name for name in self._inputs if name != _arrived_from(my_task)]
        spent = []
        for task in my_task.workflow.tasks.values():
            waits = task.task_spec is self and task._state == WAITING and task is not my_task
            if waits and _arrived_from(task) in missing:
                missing.remove(_arrived_from(task))
                spent.append(task)
        if missing:
            return False
        for task in spent:
            task.cancel()
        return True

    def _run_hook(self, my_task: CaseTask) -> bool:
        return True


def _arrived_from(task: CaseTask) -> str:
    """The element from which a token came to a join."""
    return str(task.parent.task_spec.name) if task.parent is not None else ""


class TimedPart(Unpredicted, BoundaryEventSplit):
    """Opens a task together with the timers attached to it; no element of the diagram."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        for spec in self.outputs:
            my_task._add_child(spec, WAITING if isinstance(spec, BoundaryEvent) else FUTURE)
        return True


class TimedEnd(Unpredicted, BoundaryEventJoin):
    """Closes a task or its timers, whichever came second; no element of the diagram."""


class PolicyTimer(EventDefinition):  # type: ignore[misc]
    """A timer that names a policy. It knows no date, reads no clock and fires only through `engine.fire`."""

    def __init__(self, policy: str) -> None:
        super().__init__(policy)
        self.policy = policy


class BoundaryPart(Unpredicted, BoundaryEvent):
    """A timer attached to a task."""


class WaitPart(Unpredicted, IntermediateCatchEvent):
    """A timer on the path itself."""


class BeginPart(Unpredicted, StartEvent):
    """The start event."""


class EndPart(Unpredicted, EndEvent):
    """An end event: notes that it was reached."""

    def _run_hook(self, my_task: CaseTask) -> bool:
        my_task.workflow.ended.append(self.name)
        return True


class CaseProcess(BpmnProcessSpec):
    """A process specification framed by our own start and end."""

    def __init__(self, name: str) -> None:
        WorkflowSpec.__init__(self, name=name)
        self.bpmn_start_events: list[Any] = []
        self.start = StartOfTree(self, "Start")
        self.end = AllEnds(self, f"{name}.EndJoin")
        self.end.connect(EndOfTree(self, "End"))
        self.svg = None
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
