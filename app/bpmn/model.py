"""Frozen dataclasses of a parsed diagram: tasks, services, gateways, timers, flows, lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from app.bpmn import graph
from app.bpmn.drawing import Drawing
from app.bpmn.expression import ConditionExpression

Titles = Mapping[str, str]
DECISION_FIELD = "decision"
OUTCOME_FIELD = "outcome"
GRANTED, REFUSED, NEUTRAL = END_RESULTS = ("granted", "refused", "neutral")


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: the role of its tasks, in the unit that the start variable `scope` holds ("": the university)."""

    id: str
    role: str
    scope: str
    titles: Titles


@dataclass(frozen=True, slots=True)
class UserTask:
    """A task that a person completes.

    `form` is the name of its form, `deadline` of its policy, `clause` of the regulation; all may be "".
    `assign` is "" (the lane's pool), "deputy" (of the lane's owner), "requester" (who started the case) or a
    start variable that holds a person ("start.student"). A `rework` task begins a new iteration: decisions
    made after it are void when it opens. `anchor` is the start variable that holds the moment its deadline is
    counted from; "" is the moment it opens.
    """

    id: str
    form: str
    clause: str
    deadline: str
    approves: bool
    titles: Titles
    lane: str
    assign: str = ""
    rework: bool = False
    anchor: str = ""

    @property
    def is_for_named_person(self) -> bool:
        """Return whether a start variable names the one person who gets this task."""
        return self.assign.startswith("start.")

    @property
    def is_on_main_path(self) -> bool:
        """Return whether the task is on the main path: no rework, no deputy."""
        return not self.rework and (not self.assign or self.is_for_named_person)


@dataclass(frozen=True, slots=True)
class ServiceTask:
    """A task that runs an operation of the menu; `inputs` maps a parameter to variables, of which the first
    with a value is used.
    """

    id: str
    operation: str
    inputs: Mapping[str, tuple[str, ...]]
    titles: Titles
    lane: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway. `default` is the flow taken when no condition holds, "" if there is none."""

    id: str
    kind: Literal["exclusive", "parallel"]
    default: str
    titles: Titles


@dataclass(frozen=True, slots=True)
class TimerEvent:
    """A timer that changes the path.

    `policy` names its deadline, `anchor` the start variable it is counted from ("": when it begins to run).
    `attached_to` is "" for a timer on the path itself.
    """

    id: str
    policy: str
    attached_to: str
    interrupting: bool
    titles: Titles
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """A sequence flow; only those leaving an exclusive gateway carry a condition."""

    id: str
    source: str
    target: str
    condition: ConditionExpression | None
    titles: Titles


@dataclass(frozen=True, slots=True)
class EndEvent:
    """Where a case ends; `outcome` names how (applied, rejected), "" for the end of a side path.

    `result` says what it is for the requester: GRANTED, REFUSED or, as long as the diagram says nothing, NEUTRAL;
    `has_result` is whether the diagram says it.
    """

    id: str
    titles: Titles
    outcome: str
    result: str = NEUTRAL
    has_result: bool = True


@dataclass(frozen=True, slots=True)
class StartEvent:
    """A start event."""

    id: str
    titles: Titles


@dataclass(frozen=True)
class ProcessModel:
    """One diagram. Mappings are in file order, keyed by element id; `read_variables` are the process variables that
    are read.

    `start_name` is the name on the menu of starts; `digest` the SHA-256 of the file, hex; `line_by_id` maps ids to
    lines of the file; `about` says in two sentences a language what it does, may be empty; `starters` are the roles
    that may begin a case, where the start leaves that to the diagram; `drawing` is where the file draws its elements.
    """

    key: str
    clause: str
    start_name: str
    titles: Titles
    lanes: Mapping[str, Lane]
    user_tasks: Mapping[str, UserTask]
    services: Mapping[str, ServiceTask]
    gateways: Mapping[str, Gateway]
    timers: Mapping[str, TimerEvent]
    flows: Mapping[str, SequenceFlow]
    ends: Mapping[str, EndEvent]
    starts: Mapping[str, StartEvent]
    read_variables: frozenset[str]
    digest: str = field(default="", compare=False)
    line_by_id: Mapping[str, int] = field(default_factory=dict, compare=False)
    about: Titles = field(default_factory=dict, compare=False)
    starters: tuple[str, ...] = ()
    drawing: Drawing = field(default_factory=Drawing, compare=False)

    def lane_of_task(self, task: str) -> Lane:
        """Return the lane of a user task or service. Raises KeyError for an unknown element."""
        element = self.user_tasks.get(task) or self.services[task]
        return self.lanes[element.lane]

    def outgoing_flows(self, element: str) -> tuple[SequenceFlow, ...]:
        """Return the flows leaving an element, in file order: the order in which conditions are tried."""
        return self._flows_by_source.get(element, ())

    def incoming_flows(self, element: str) -> tuple[SequenceFlow, ...]:
        """Return the flows entering an element, in file order."""
        return tuple(flow for flow in self.flows.values() if flow.target == element)

    def boundary_timers(self, task: str) -> tuple[TimerEvent, ...]:
        """Return the timers attached to a task, in file order."""
        return tuple(timer for timer in self.timers.values() if timer.attached_to == task)

    def task_ids_after(self, element: str) -> frozenset[str]:
        """Return the ids of the user tasks and services that come after an element, itself excluded.

        Returns do not count: a flow into a `rework` task, and a flow back to a step that every path to it has
        passed. When a task opens, the variables and approvals of everything after it become void.
        """
        if element not in self._cache_of_task_ids_after_element:
            found = graph.reachable_nodes(self.forward_successors_by_element, element) - {element}
            steps = self.user_tasks.keys() | self.services.keys()
            self._cache_of_task_ids_after_element[element] = found & steps
        return self._cache_of_task_ids_after_element[element]

    @cached_property
    def successors_by_element(self) -> Mapping[str, tuple[str, ...]]:
        """Return every element with its direct successors; a task is followed by the timers attached to it."""
        found: dict[str, list[str]] = {node: [] for node in self.node_ids}
        for timer in self.timers.values():
            if timer.attached_to in found:
                found[timer.attached_to].append(timer.id)
        for flow in self.flows.values():
            if flow.source in found and flow.target in found:
                found[flow.source].append(flow.target)
        return {node: tuple(targets) for node, targets in found.items()}

    def find_end_with_outcome(self, outcome: str | None) -> EndEvent | None:
        """Return the first end with this outcome; None when the drawing has none."""
        return next((end for end in self.ends.values() if outcome and end.outcome == outcome), None)

    @cached_property
    def forward_successors_by_element(self) -> Mapping[str, tuple[str, ...]]:
        """Return the edges without the returns: the order of steps."""
        rework = {task.id for task in self.user_tasks.values() if task.rework}
        return graph.edges_without_back_edges(self.successors_by_element, [*self.starts, *rework], rework)

    @cached_property
    def node_ids(self) -> tuple[str, ...]:
        """Return the ids of all flow nodes."""
        return (*self.starts, *self.user_tasks, *self.services, *self.gateways, *self.timers, *self.ends)

    @cached_property
    def cache_of_ways_to_success(self) -> dict[tuple[Any, ...], frozenset[str]]:
        """Return the answers of `bpmn.progress.task_ids_on_every_way_to_success` about this drawing."""
        return {}

    @cached_property
    def _cache_of_task_ids_after_element(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _flows_by_source(self) -> Mapping[str, tuple[SequenceFlow, ...]]:
        found: dict[str, list[SequenceFlow]] = {}
        for flow in self.flows.values():
            found.setdefault(flow.source, []).append(flow)
        return {source: tuple(flows) for source, flows in found.items()}
