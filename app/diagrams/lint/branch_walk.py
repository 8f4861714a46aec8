"""Walk one token through a diagram with every combination of values that its gateways can tell apart.

The walk knows what the engine does with variables: opening a task deletes its own and those of the steps after it, a
timer leaves its task without an answer. Parallel paths are walked one by one; where they join, the values of each are
put together. A variable that no gateway ahead reads is forgotten, so that long diagrams stay small.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from app.bpmn import graph
from app.bpmn.errors import ExpressionError
from app.bpmn.model import Gateway, ProcessModel, SequenceFlow
from app.diagrams.lint.branch_values import START, BranchValues
from app.diagrams.lint.context import LintContext

MAX_WALK_STATES = 2_000
MAX_WALK_COMBINATIONS = 5_000
"""Combinations of answers of one step, and of paths at a join, that are put together in one walk."""
Values = tuple[Any, ...]


class _WalkTooLarge(Exception):
    """The walk has more states or combinations than it may have."""


@dataclass
class BranchWalk:
    """What a walk has found: combinations without a branch, and with two, by gateway; `complete` unless it was cut."""

    uncovered: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    overlaps: dict[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    complete: bool = True


def walk_branches(context: LintContext) -> BranchWalk:
    """Walk a diagram. A walk that grows too large is cut, and what it has found by then is returned."""
    walker = _Walker(context)
    try:
        walker.walk_all_branches()
    except _WalkTooLarge:
        walker.found.complete = False
    return walker.found


class _Walker:
    def __init__(self, context: LintContext) -> None:
        self._model = context.model
        splitting = {
            gateway.id: sorted(
                {
                    name
                    for flow in self._model.outgoing_flows(gateway.id)
                    if flow.condition
                    for name in flow.condition.variable_names
                }
            )
            for gateway in self._model.gateways.values()
            if _is_splitting_gateway(self._model, gateway)
        }
        # A gateway that reads an unknown variable has a finding of its own; here each of its flows may be taken.
        self._read = {
            gateway: names
            for gateway, names in splitting.items()
            if context.known_variables.issuperset(names)
        }
        self._names = sorted({name for names in self._read.values() for name in names})
        self._place = {name: place for place, name in enumerate(self._names)}
        self._owned: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            self._owned.setdefault(name.partition(".")[0], []).append(place)
        values = BranchValues(context)
        self._possible = [values.possible_values(name) for name in self._names]
        self._deleted = {
            task: self._indices_of_variables_task_deletes(task) for task in self._model.user_tasks
        }
        self._live = self._live_variable_flags_by_node()
        self._arrived: dict[str, dict[str, list[Values]]] = {}
        self._paths: dict[str, list[list[int]]] = {}
        self._combinations = 0
        self.found = BranchWalk()

    def walk_all_branches(self) -> None:
        if not self._names:
            return
        first: Values = (None,) * len(self._names)
        states: deque[tuple[str, str, Values]] = deque()
        for start in self._model.starts:
            for values in self._iterate_values_after_step_answers(first, START):
                states.extend((flow.id, flow.target, values) for flow in self._model.outgoing_flows(start))
        seen: set[tuple[str, Values]] = set()
        while states:
            flow, node, values = states.popleft()
            live = self._live[node]
            values = tuple(value if live[place] else None for place, value in enumerate(values))
            joins = node in self._model.gateways and len(self._model.incoming_flows(node)) > 1
            key = (flow if joins else node, values)
            if key in seen:
                continue
            if len(seen) >= MAX_WALK_STATES:
                raise _WalkTooLarge
            seen.add(key)
            for next_flow, next_values in self._iterate_flows_leaving_node(flow, node, values):
                states.append((next_flow.id, next_flow.target, next_values))

    def _iterate_flows_leaving_node(
        self, flow: str, node: str, values: Values
    ) -> Iterator[tuple[SequenceFlow, Values]]:
        """Yield the flows by which a token leaves a node, with its values then."""
        model = self._model
        leaving = model.outgoing_flows(node)
        if node in model.user_tasks:
            deleted = self._deleted[node]
            opened = tuple(None if place in deleted else value for place, value in enumerate(values))
            for timer in model.boundary_timers(node):
                yield from ((after, opened) for after in model.outgoing_flows(timer.id))
            for answered in self._iterate_values_after_step_answers(opened, node):
                yield from ((after, answered) for after in leaving)
        elif node in model.services:
            for ended in self._iterate_values_after_step_answers(values, node):
                yield from ((after, ended) for after in leaving)
        elif node in model.gateways and model.gateways[node].kind == "parallel":
            for joined in self._iterate_values_after_join(node, flow, values):
                yield from ((after, joined) for after in leaving)
        elif node in self._read:
            chosen = self._choose_gateway_flow(model.gateways[node], values)
            if chosen is not None:
                yield chosen, values
        else:
            yield from ((after, values) for after in leaving)

    def _iterate_values_after_step_answers(self, values: Values, owner: str) -> Iterator[Values]:
        """Yield the values with every answer of one step."""
        places = self._owned.get(owner, [])
        for answers in self._iterate_combinations_within_limit(
            product(*(self._possible[place] for place in places))
        ):
            changed = list(values)
            for place, answer in zip(places, answers, strict=True):
                changed[place] = answer
            yield tuple(changed)

    def _iterate_combinations_within_limit(self, combinations: Iterable[Values]) -> Iterator[Values]:
        for combination in combinations:
            self._combinations += 1
            if self._combinations > MAX_WALK_COMBINATIONS:
                raise _WalkTooLarge
            yield combination

    def _choose_gateway_flow(self, gateway: Gateway, values: Values) -> SequenceFlow | None:
        """Return the flow that a gateway takes; None where it has none, or a condition cannot be evaluated."""
        variables = {name: values[self._place[name]] for name in self._read[gateway.id]}
        flows = self._model.outgoing_flows(gateway.id)
        try:
            true = [flow for flow in flows if flow.condition and flow.condition.is_true_for(variables)]
        except ExpressionError:
            return None
        told = {name: value for name, value in variables.items() if value is not None} or variables
        if len(true) > 1:
            self.found.overlaps.setdefault((gateway.id, true[0].id, true[1].id), told)
        if true:
            return true[0]
        default = next((flow for flow in flows if flow.condition is None), None)
        if default is None:
            combinations = self.found.uncovered.setdefault(gateway.id, [])
            if told not in combinations:
                combinations.append(told)
        return default

    def _iterate_values_after_join(self, node: str, flow: str, values: Values) -> Iterator[Values]:
        """Yield the values of a token that leaves a join: those of this path with those of every other."""
        incoming = [one.id for one in self._model.incoming_flows(node)]
        arrived = self._arrived.setdefault(node, {one: [] for one in incoming})
        arrived[flow].append(values)
        others = [arrived[one] if one != flow else [values] for one in incoming]
        for combination in self._iterate_combinations_within_limit(product(*others)):
            merged = self._merge_values_of_paths(node, incoming, combination)
            if merged is not None:
                yield merged

    def _merge_values_of_paths(
        self, node: str, incoming: list[str], combination: tuple[Values, ...]
    ) -> Values | None:
        """Return the values of paths together; None when they contradict each other about an earlier step."""
        merged = []
        for place, paths in enumerate(self._path_indices_into_join_by_variable(node, incoming)):
            value = combination[paths[0]][place]
            if any(combination[path][place] != value for path in paths[1:]):
                return None
            merged.append(value)
        return tuple(merged)

    def _path_indices_into_join_by_variable(self, node: str, incoming: list[str]) -> list[list[int]]:
        """Return for each variable the paths into a join that have its step; all of them when it comes from before."""
        known = self._paths.get(node)
        if known is None:
            every = list(range(len(incoming)))
            before = [self._elements_leading_to_join(node, flow) for flow in incoming]
            known = self._paths[node] = [
                [path for path in every if name.partition(".")[0] in before[path]] or every
                for name in self._names
            ]
        return known

    def _elements_leading_to_join(self, node: str, flow: str) -> frozenset[str]:
        """Return the elements from which a flow into a join is reached without passing the join."""
        edges = {
            one: targets for one, targets in self._model.forward_successors_by_element.items() if one != node
        }
        return graph.reachable_nodes(graph.reversed_edges(edges), self._model.flows[flow].source)

    def _indices_of_variables_task_deletes(self, task: str) -> frozenset[int]:
        void = self._model.task_ids_after(task) | {task}
        return frozenset(place for owner, places in self._owned.items() if owner in void for place in places)

    def _live_variable_flags_by_node(self) -> dict[str, tuple[bool, ...]]:
        """Return for each node which variables a gateway from there on can still read."""
        live: dict[str, set[int]] = {node: set() for node in self._model.node_ids}
        sources = graph.reversed_edges(self._model.successors_by_element)
        for place, name in enumerate(self._names):
            owner = name.partition(".")[0]
            ahead = [gateway for gateway, names in self._read.items() if name in names]
            while ahead:
                node = ahead.pop()
                if place in live[node]:
                    continue
                live[node].add(place)
                ahead += [
                    source
                    for source in sources[node]
                    if source != owner and place not in self._deleted.get(source, ())
                ]
        return {
            node: tuple(place in found for place in range(len(self._names))) for node, found in live.items()
        }


def _is_splitting_gateway(model: ProcessModel, gateway: Gateway) -> bool:
    return gateway.kind == "exclusive" and len(model.outgoing_flows(gateway.id)) > 1
