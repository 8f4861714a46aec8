"""What a diagram says, as frozen data: tasks, services, gateways, timers, flows, lanes. Knows no XML and no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from app.bpmn import graph
from app.bpmn.expression import Expression

Titles = Mapping[str, str]
DECISION = "decision"
OUTCOME = "outcome"
GRANTED, REFUSED, NEUTRAL = RESULTS = ("granted", "refused", "neutral")


@dataclass(frozen=True, slots=True)
class Lane:
    """Whose tasks stand here: a role, within the unit that the start fact `scope` holds ("": the university)."""

    id: str
    role: str
    scope: str
    titles: Titles


@dataclass(frozen=True, slots=True)
class UserTask:
    """A step that a person takes.

    `form` is the name of its form, `deadline` of its policy, `clause` what it rests on; all may be "".
    `assign` is "" (the lane's pool), "deputy" (of the lane's owner), "requester" (who started the case) or a start
    fact that holds a person ("start.student").
    A `rework` task begins a new round: what was decided after it is void when it opens. `anchor` is the start fact
    that holds the moment its term is counted from; "" is the moment it opens.
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
    def named(self) -> bool:
        """Whether a start fact names the one person whose step this is."""
        return self.assign.startswith("start.")

    @property
    def straight(self) -> bool:
        """Whether it lies on the straight way: no rework, nobody's deputy."""
        return not self.rework and (not self.assign or self.named)


@dataclass(frozen=True, slots=True)
class Service:
    """A step that an operation of the menu takes; `inputs` maps a parameter to facts, the first with a value wins."""

    id: str
    operation: str
    inputs: Mapping[str, tuple[str, ...]]
    titles: Titles
    lane: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where paths part or meet. `default` is the flow taken when no condition holds, "" if there is none."""

    id: str
    kind: Literal["exclusive", "parallel"]
    default: str
    titles: Titles


@dataclass(frozen=True, slots=True)
class Timer:
    """Time that changes the path: `policy` names its term, `anchor` the start fact it is counted from ("": when it
    begins to run). `attached_to` is "" for a timer on the path itself."""

    id: str
    policy: str
    attached_to: str
    interrupting: bool
    titles: Titles
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """An arrow; only those leaving an exclusive gateway carry a condition."""

    id: str
    source: str
    target: str
    condition: Expression | None
    titles: Titles


@dataclass(frozen=True, slots=True)
class End:
    """Where a case ends; `outcome` names how (applied, rejected), "" for the end of a side path.

    `result` says what it is for the requester: GRANTED, REFUSED or, as long as the diagram says nothing, NEUTRAL.
    """

    id: str
    titles: Titles
    outcome: str
    result: str = NEUTRAL


@dataclass(frozen=True, slots=True)
class Start:
    """Where a case begins."""

    id: str
    titles: Titles


@dataclass(frozen=True)
class Model:
    """One diagram. Mappings are in file order, keyed by element id; `facts` are the names that somebody reads.

    `start` is the name on the menu of starts; `digest` the SHA-256 of the file, hex; `lines` maps ids to lines of the
    file; `about` what it does, in two sentences a language, may be empty.
    """

    key: str
    clause: str
    start: str
    titles: Titles
    lanes: Mapping[str, Lane]
    user_tasks: Mapping[str, UserTask]
    services: Mapping[str, Service]
    gateways: Mapping[str, Gateway]
    timers: Mapping[str, Timer]
    flows: Mapping[str, Flow]
    ends: Mapping[str, End]
    starts: Mapping[str, Start]
    facts: frozenset[str]
    digest: str = field(default="", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    about: Titles = field(default_factory=dict, compare=False)

    def lane_of(self, task: str) -> Lane:
        """The lane of a user task or service. Raises KeyError for an unknown element."""
        element = self.user_tasks.get(task) or self.services[task]
        return self.lanes[element.lane]

    def outgoing(self, element: str) -> tuple[Flow, ...]:
        """Flows leaving an element, in file order: the order in which conditions are tried."""
        return self._outgoing.get(element, ())

    def incoming(self, element: str) -> tuple[Flow, ...]:
        """Flows entering an element, in file order."""
        return tuple(flow for flow in self.flows.values() if flow.target == element)

    def boundary(self, task: str) -> tuple[Timer, ...]:
        """Timers attached to a task, in file order."""
        return tuple(timer for timer in self.timers.values() if timer.attached_to == task)

    def reachable_from(self, element: str) -> frozenset[str]:
        """Ids of the user tasks and services that come after an element, itself excluded.

        Returns do not count: a flow into a `rework` task, and a flow back to a step that every path to it has passed.
        What is after a task is what its opening makes void: facts, and approvals.
        """
        if element not in self._after:
            found = graph.reach(self.forward, element) - {element}
            steps = self.user_tasks.keys() | self.services.keys()
            self._after[element] = found & steps
        return self._after[element]

    @cached_property
    def edges(self) -> Mapping[str, tuple[str, ...]]:
        """Every element and what directly follows it; a task is followed by the timers attached to it."""
        found: dict[str, list[str]] = {node: [] for node in self.nodes}
        for timer in self.timers.values():
            if timer.attached_to in found:
                found[timer.attached_to].append(timer.id)
        for flow in self.flows.values():
            if flow.source in found and flow.target in found:
                found[flow.source].append(flow.target)
        return {node: tuple(targets) for node, targets in found.items()}

    def end_with(self, outcome: str | None) -> End | None:
        """Return the first end with this outcome; None when the drawing has none."""
        return next((end for end in self.ends.values() if outcome and end.outcome == outcome), None)

    @cached_property
    def forward(self) -> Mapping[str, tuple[str, ...]]:
        """The edges without the returns: the order of steps."""
        rework = {task.id for task in self.user_tasks.values() if task.rework}
        return graph.forward(self.edges, [*self.starts, *rework], rework)

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """Ids of all flow nodes."""
        return (*self.starts, *self.user_tasks, *self.services, *self.gateways, *self.timers, *self.ends)

    @cached_property
    def _after(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _outgoing(self) -> Mapping[str, tuple[Flow, ...]]:
        found: dict[str, list[Flow]] = {}
        for flow in self.flows.values():
            found.setdefault(flow.source, []).append(flow)
        return {source: tuple(flows) for source, flows in found.items()}
