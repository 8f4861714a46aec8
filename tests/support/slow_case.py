"""One case for the slow explorer: the real engine with its state bytes, and the real rules of cases, people and menu.

Only what needs a database is replaced: the holders of a role are invented persons, a subject is an id with a hash, and
an operation ends in an outcome that the caller chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import orjson

from app import operations
from app.bpmn import engine
from app.bpmn.errors import CaseStalled, ExpressionError
from app.bpmn.expression import ConditionExpression
from app.bpmn.model import ProcessModel, ServiceTask
from app.bpmn.task_specs import EndEventSpec
from app.cases import assignment, rules
from app.kernel.act import Act
from app.kernel.errors import Refused
from app.operations import registry
from app.people.approvals import ApprovalContext
from app.people.assignment_rules import RoleHolder
from tests.support.slow_answers import FormAnswer, make_uuid

REQUESTER, ADVERSARY = make_uuid("requester"), make_uuid("adversary")
BEGAN = datetime(2026, 10, 14, 3, tzinfo=UTC)
STATE_HEADER_LENGTH = 10


class UnsafeStep(Exception):
    """Raised when a step breaks a rule: the case stops there at run time, or must not go on so."""

    def __init__(self, reason: str, element: str = "") -> None:
        super().__init__(reason, element)
        self.reason, self.element = reason, element


def problem_of(error: UnsafeStep | CaseStalled | ExpressionError) -> str:
    """Return what went wrong in a step, and where, if that is known."""
    if isinstance(error, UnsafeStep):
        return f"{error.reason} {error.element}"
    if isinstance(error, ExpressionError):
        return "condition"
    why = str(error.params.get("why"))
    return "stalled" if why == "nothing_open" else f"{why} {error.params.get('element')}"


@dataclass(frozen=True)
class OpenTask:
    """An open task as the product stores it: its iteration, role and the persons who may complete it."""

    key: str
    element: str
    iteration: int
    role: str
    persons: tuple[UUID, ...]


@dataclass(frozen=True)
class SlowCase:
    """One state of a case. `subjects` are all ids ever created, the last is the present one; an id has its own hash."""

    state: bytes
    variables: Mapping[str, Any]
    done: bool
    history: tuple[rules.HistoryEntry, ...]
    tasks: tuple[OpenTask, ...]
    timers: tuple[tuple[str, str], ...]
    subjects: tuple[UUID, ...]
    effects: frozenset[str]
    outcomes: frozenset[str]

    @property
    def body(self) -> tuple[Any, ...]:
        """Return the engine's own record: tasks, timers on the path and tokens at joins, with their keys."""
        return tuple(orjson.loads(self.state[STATE_HEADER_LENGTH:])[3:])


@dataclass(frozen=True)
class StepChoice:
    """A step to be played: kind, element, key of task or timer; for a task person and answer; the outcomes."""

    kind: str
    element: str
    key: str = ""
    person: UUID | None = None
    answer: FormAnswer | None = None
    moved: Mapping[str, Any] | None = None
    outcomes: tuple[str, ...] = ()


class CaseDriver:
    """Plays steps of cases of one diagram. `flows` and `elements` collect what was taken and reached, `ran` are the
    services of the last step.
    """

    def __init__(self, model: ProcessModel) -> None:
        self.flows: set[str] = set()
        self.elements: set[str] = set()
        self.ran: list[str] = []
        self._ended: list[str] = []
        self.model = replace(
            model,
            flows={
                flow.id: replace(flow, condition=_RecordedCondition.of(flow.condition, flow.id, self.flows))
                for flow in model.flows.values()
            },
        )
        self.spec = engine.compile_case_spec(self.model)
        for name, node in self.spec.process.task_specs.items():
            self._record_runs(name, node)
        self._holders = {
            role: [
                RoleHolder(person, None, 0, deputy)
                for deputy in (False, True)
                for person in (*(dedicated_person(task) for task in tasks), ADVERSARY)
            ]
            for role, tasks in self._tasks_by_role().items()
        }

    def start(self, variables: Mapping[str, Any], outcomes: tuple[str, ...] = ()) -> SlowCase:
        """Start a case; return it. Raises UnsafeStep and the errors of the engine."""
        subject = make_uuid("subject 0")
        empty = SlowCase(b"", {}, False, (), (), (), (subject,), frozenset(), frozenset())
        services = _ServiceRunner(self.model, empty, (), outcomes)
        given = {**variables, operations.STARTS[self.model.start_name].id_variable: str(subject)}
        step = self._run(services, lambda: engine.start_process(self.spec, given, services))
        return self._after(empty, step, services, _entry("started", empty))

    def play(self, case: SlowCase, choice: StepChoice) -> SlowCase:
        """Play one step; return the next case. Raises as `start`."""
        if choice.kind == "fire":
            services = _ServiceRunner(self.model, case, case.history, choice.outcomes)
            step = self._run(
                services, lambda: engine.trigger_timer(self.spec, case.state, choice.key, services)
            )
            return self._after(case, step, services, _entry("timer", case))
        task, answer = next(one for one in case.tasks if one.key == choice.key), choice.answer
        assert answer is not None
        made = {
            kind: make_uuid(f"subject {len(case.subjects) + at}") for at, kind in enumerate(answer.factories)
        }
        changed = case
        if made:
            changed = replace(case, subjects=(*case.subjects, *made.values()), effects=frozenset())
        entry = replace(
            _entry(rules.COMPLETED_HISTORY_KIND, changed),
            person=choice.person,
            role=task.role,
            element=task.element,
            iteration=task.iteration,
            approves=self.model.user_tasks[task.element].approves,
            decision=answer.decision,
        )
        variables = {**answer.variables, **{kind: str(subject) for kind, subject in made.items()}}
        services = _ServiceRunner(self.model, changed, (*case.history, entry), choice.outcomes)
        step = self._run(
            services,
            lambda: engine.complete_task(self.spec, case.state, task.key, variables, services, choice.moved),
        )
        return self._after(changed, step, services, entry)

    def _run(self, services: _ServiceRunner, run: Callable[[], engine.StepResult]) -> engine.StepResult:
        self._ended.clear()
        self.ran = services.ran
        return run()

    def _after(
        self, case: SlowCase, step: engine.StepResult, services: _ServiceRunner, entry: rules.HistoryEntry
    ) -> SlowCase:
        ends = (self.model.ends[end].outcome for end in self._ended)
        outcomes = case.outcomes | {outcome for outcome in ends if outcome}
        if len(outcomes) > 1:
            raise UnsafeStep("two outcomes", self._ended[-1])
        history = (*case.history, replace(entry, opened=tuple(task.element for task in step.opened)))
        remaining = {task.key: task for task in case.tasks}
        iterations = rules.current_element_iterations(history, self.model)
        opened = [self._opened_task(token, step.variables, history, iterations) for token in step.opened]
        open_keys = {token.key for token in step.open_tasks}
        after = replace(
            case,
            state=step.state,
            variables=dict(step.variables),
            done=step.done,
            history=history,
            tasks=(*(task for key, task in remaining.items() if key in open_keys), *opened),
            timers=tuple((timer.key, timer.element) for timer in step.open_timers),
            effects=services.effects,
            outcomes=outcomes,
        )
        self.elements |= {task.element for task in after.tasks}
        self.elements |= {name for _, name in after.timers}
        _require_single_tokens(after)
        return after

    def _opened_task(
        self,
        token: engine.OpenTask,
        variables: Mapping[str, Any],
        history: tuple[rules.HistoryEntry, ...],
        iterations: Mapping[str, int],
    ) -> OpenTask:
        element = self.model.user_tasks[token.element]
        case: Any = SimpleNamespace(requester=REQUESTER, on_behalf_of=None, diagram=self.model.key, about=())
        approvers = rules.valid_approver_ids(history, self.model)
        with role_holders(self._holders):
            owner = assignment.resolve_task_owner(
                Act.by_system(BEGAN), case, self.model, element, variables, approvers
            )
        able = owner.recipients
        dedicated = dedicated_person(element.id)
        persons = [dedicated] if dedicated in able else list(able[:1])
        if ADVERSARY in able and ADVERSARY not in persons:
            persons.append(ADVERSARY)
        return OpenTask(token.key, element.id, iterations.get(element.id, 1), owner.role, tuple(persons))

    def _tasks_by_role(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for task in self.model.user_tasks.values():
            found.setdefault(self.model.lanes[task.lane].role, []).append(task.id)
        return found

    def _record_runs(self, name: str, node: Any) -> None:
        run = node._run_hook

        def recorded(my_task: Any) -> Any:
            self.elements.add(name)
            if isinstance(node, EndEventSpec):
                self._ended.append(name)
            return run(my_task)

        node._run_hook = recorded


def dedicated_person(task: str) -> UUID:
    """Return the person who holds only the role of this task, and does only this task."""
    return make_uuid(f"dedicated {task}")


@contextmanager
def role_holders(holders: Mapping[str, list[RoleHolder]]) -> Iterator[None]:
    """Let `resolve_task_owner` find these holders instead of the database's."""
    loaded = assignment.people.load_role_holders
    assignment.people.load_role_holders = lambda role, unit, day: holders.get(role, [])  # type: ignore[assignment]
    try:
        yield
    finally:
        assignment.people.load_role_holders = loaded


class _ServiceRunner:
    """What the engine calls for a service task: the menu's checks, then the outcome chosen for it."""

    def __init__(
        self,
        model: ProcessModel,
        case: SlowCase,
        history: tuple[rules.HistoryEntry, ...],
        outcomes: tuple[str, ...],
    ) -> None:
        self.model, self.case, self.history, self.outcomes = model, case, history, outcomes
        self.effects = case.effects
        self.ran: list[str] = []

    def __call__(self, service: ServiceTask, inputs: dict[str, Any]) -> str:
        operation = operations.OPERATIONS[service.operation]
        ground = ApprovalContext(
            requester=REQUESTER,
            rounds=rules.current_element_iterations(self.history, self.model),
            subject_hash=_hash_of(self.case.subjects[-1]),
            approvals=rules.approvals_from_history(self.history),
        )
        with_known_hash = (
            replace(operation, load_approved_fingerprint=_hash_of)
            if operation.load_approved_fingerprint
            else operation
        )
        try:
            params = {
                key: registry._convert_operation_parameter(operation, key, inputs.get(key))
                for key in operation.params
            }
            refusal = registry._operation_approval_refusal(with_known_hash, params, ground)
        except Refused as refused:
            refusal = refused
        if refusal is not None:
            raise UnsafeStep(refusal.code, service.id)
        place, possible = len(self.ran), tuple(operation.outcomes)
        outcome = self.outcomes[place] if place < len(self.outcomes) else possible[0]
        self.ran.append(service.id)
        if outcome in operation.success_outcomes and not operation.repeatable:
            if operation.name in self.effects:
                raise UnsafeStep("effect twice", service.id)
            self.effects |= {operation.name}
        return outcome


class _RecordedCondition(ConditionExpression):
    """A condition that notes its flow when it holds: an exclusive gateway takes the first that does."""

    flow: str
    taken: set[str]

    @classmethod
    def of(cls, condition: ConditionExpression | None, flow: str, taken: set[str]) -> Any:
        if condition is None:
            return None
        made = cls(condition.text, condition.variable_names, condition.tree)
        object.__setattr__(made, "flow", flow)
        object.__setattr__(made, "taken", taken)
        return made

    def is_true_for(self, variables: Mapping[str, Any]) -> bool:
        found = ConditionExpression.is_true_for(self, variables)
        if found:
            self.taken.add(self.flow)
        return found


def _entry(kind: str, case: SlowCase) -> rules.HistoryEntry:
    at = BEGAN + timedelta(minutes=len(case.history))
    return rules.HistoryEntry(kind, None, None, None, None, 1, False, None, _hash_of(case.subjects[-1]), at)


def _hash_of(subject: UUID) -> str:
    return f"hash of {subject}"


def _require_single_tokens(case: SlowCase) -> None:
    """Raise UnsafeStep where two tokens stand in one task, timer or branch of a join."""
    tasks, waits, arrived = case.body
    for tokens in (
        [name for name, *_ in tasks],
        [name for name, _ in waits],
        [tuple(one) for one in arrived],
    ):
        twice = next((token for at, token in enumerate(tokens) if token in tokens[:at]), None)
        if twice is not None:
            raise UnsafeStep("two tokens", twice if isinstance(twice, str) else twice[0])
