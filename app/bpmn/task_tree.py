"""The tree of tasks of one running step:

SpiffWorkflow's tasks and workflow without random ids, copies or logs.

`parts` holds the behaviour of each element of a diagram.
"""

# mypy: disallow-subclassing-any=False

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.bpmn.model import ProcessModel

FUTURE, WAITING, READY, COMPLETED = TaskState.FUTURE, TaskState.WAITING, TaskState.READY, TaskState.COMPLETED
NOT_FINISHED = TaskState.NOT_FINISHED_MASK


@dataclass(frozen=True, eq=False)
class CaseSpec:
    """Compiled process: the model, its SpiffWorkflow process, the answers that a task keeps and the variables
    that its opening deletes.
    """

    model: ProcessModel
    process: BpmnProcessSpec
    kept_answers_by_task: Mapping[str, frozenset[str]]
    cleared_variables_by_task: Mapping[str, tuple[str, ...]]
    checksum_key: bytes


class NoScriptEngine:
    """Replacement of SpiffWorkflow's script engine that raises TypeError: diagrams run no scripts."""

    def __getattr__(self, name: str) -> Any:
        raise TypeError(f"diagrams run no scripts ({name})")


_NO_SCRIPTS = NoScriptEngine()


class CaseTask(Task):
    """A task whose id is a number of its case, as text, whose data stays empty and whose changes are not
    logged.
    """

    workflow: CaseWorkflow

    def __init__(
        self, workflow: CaseWorkflow, spec: Any, parent: Any = None, state: int = 1, key: str = ""
    ) -> None:
        self.id = key or workflow.new_task_key()
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
        """Do nothing: variables are in the workflow, and a copy in a branch could become outdated."""


class CaseWorkflow(BpmnWorkflow):
    """Workflow of one step of one case: built from the stored state and discarded after the step."""

    task_tree: CaseTask
    tasks: dict[str, CaseTask]

    def __init__(
        self, spec: CaseSpec, variables: dict[str, Any], serial: int, call: Callable[..., str] | None
    ) -> None:
        self.serial = serial
        super().__init__(spec.process, script_engine=_NO_SCRIPTS, deserializing=True)
        self.case_spec = spec
        self.data = variables
        self.call = call
        self.ended: list[str] = []
        self.called: list[tuple[str, str]] = []
        self.task_tree = CaseTask(self, spec.process.start, None, COMPLETED)

    def new_task_key(self) -> str:
        """Return a key that no task of this case ever had."""
        self.serial += 1
        return str(self.serial)

    def update_waiting_tasks(self) -> None:
        """Let joins go on when something else finished; timers wait for `engine.fire` only."""
        for task in [t for t in self.tasks.values() if t._state == WAITING and isinstance(t.task_spec, Join)]:
            if task._state == WAITING:
                task.task_spec._update(task)
