"""What can still be read from a position: process variables, and approvals that an operation demands.

What nobody can read any more is forgotten, so that a chain of approvals has one state a step and not a power of two.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from app import operations
from app.bpmn import graph
from app.bpmn.model import ProcessModel
from app.bpmn.token_game import Marking


class LiveInformation:
    """Reads and deletions of every element of one diagram, by position; a position is the elements with tokens."""

    def __init__(self, model: ProcessModel) -> None:
        self.model = model
        self._reachable: dict[frozenset[str], frozenset[str]] = {}
        self._frontiers: dict[tuple[str, frozenset[str]], frozenset[str]] = {}
        self._demanded: dict[frozenset[str], tuple[frozenset[str], frozenset[str]]] = {}

    @cached_property
    def has_overlapping_steps(self) -> bool:
        """Return whether a step can stay open while others open: behind a fork, or a timer that does not interrupt."""
        forks = any(gateway.kind == "parallel" for gateway in self.model.gateways.values())
        return forks or any(one.attached_to and not one.interrupting for one in self.model.timers.values())

    def elements_with_tokens(self, marking: Marking) -> frozenset[str]:
        """Return the elements where tokens stand: open tasks, running timers, joins that wait."""
        joins = (self.model.flows[flow].target for flow in marking.arrived)
        boundary = (timer for active in marking.active for timer in active.timers)
        return frozenset((*marking.open_task_ids, *marking.waiting, *joins, *boundary))

    def live_variables(self, position: frozenset[str]) -> frozenset[str]:
        """Return the variables that some element can still read before they are deleted."""
        return frozenset[str]().union(*[self._live_variables_after_element[element] for element in position])

    def demanded_roles_and_operations(
        self, position: frozenset[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the roles and the operations that service tasks ahead can still demand and run."""
        if position not in self._demanded:
            ahead = [
                self.model.services[node]
                for node in self._elements_ahead_of_position(position)
                if node in self.model.services
            ]
            known = [found for service in ahead if (found := operations.OPERATIONS.get(service.operation))]
            demands = [one.required_approvals for one in known if one.required_approvals is not None]
            roles = {
                one
                for demand in demands
                for role in demand.roles
                for one in demand.roles_counting_as_approval_of(role)
            }
            self._demanded[position] = frozenset(roles), frozenset(operation.name for operation in known)
        return self._demanded[position]

    def tasks_voiding_approval_of(self, task: str) -> frozenset[str]:
        """Return the tasks whose opening makes an approval of this task void."""
        return self._voiding_tasks_by_task[task]

    def first_tasks_voiding_approval_of(self, task: str, position: frozenset[str]) -> frozenset[str]:
        """Return those voiding tasks that can open first, seen from a position: the others change nothing more."""
        key = (task, position)
        if key not in self._frontiers:
            voiding, seen, found = self._voiding_tasks_by_task[task], set[str](), set[str]()
            stack = [target for element in position for target in self.model.successors_by_element[element]]
            while stack:
                node = stack.pop()
                if node in seen:
                    continue
                seen.add(node)
                if node in voiding:
                    found.add(node)
                else:
                    stack.extend(self.model.successors_by_element[node])
            self._frontiers[key] = frozenset(found)
        return self._frontiers[key]

    def _elements_ahead_of_position(self, position: frozenset[str]) -> frozenset[str]:
        if position not in self._reachable:
            self._reachable[position] = graph.reachable_nodes(self.model.successors_by_element, *position)
        return self._reachable[position]

    @cached_property
    def _voiding_tasks_by_task(self) -> Mapping[str, frozenset[str]]:
        tasks = self.model.user_tasks
        return {
            task: frozenset(
                other for other in tasks if other == task or task in self.model.task_ids_after(other)
            )
            for task in tasks
        }

    @cached_property
    def _live_variables_after_element(self) -> Mapping[str, frozenset[str]]:
        """Variables that are live behind each element, by backward iteration until nothing changes."""
        model = self.model
        reads = {node: self._variables_read_by_node(node) for node in model.node_ids}
        void = {task: model.task_ids_after(task) | {task} for task in model.user_tasks}
        before: dict[str, frozenset[str]] = dict.fromkeys(model.node_ids, frozenset())
        after: dict[str, frozenset[str]] = dict.fromkeys(model.node_ids, frozenset())
        changed = True
        while changed:
            changed = False
            for node in reversed(model.node_ids):
                behind = frozenset[str]().union(
                    *[before[target] for target in model.successors_by_element[node]]
                )
                deleted = void.get(node, frozenset())
                if node in model.services:
                    deleted = frozenset({node})
                ahead = reads[node] | {name for name in behind if name.partition(".")[0] not in deleted}
                if ahead != before[node] or behind != after[node]:
                    before[node], after[node], changed = ahead, behind, True
        return {
            node: frozenset(name for name in names if not name.startswith(f"{node}."))
            if node in model.user_tasks
            else names
            for node, names in after.items()
        }

    def _variables_read_by_node(self, node: str) -> frozenset[str]:
        service = self.model.services.get(node)
        if service is not None:
            return frozenset(name for names in service.inputs.values() for name in names)
        flows = self.model.outgoing_flows(node)
        return frozenset(name for flow in flows if flow.condition for name in flow.condition.variable_names)
