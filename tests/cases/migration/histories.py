"""A case on a diagram without a database: it runs in the engine and keeps the history that the product would keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.bpmn import engine
from app.bpmn.engine import CaseSpec, ServiceCaller, StepResult
from app.bpmn.parse import parse_diagram
from app.cases import rules
from app.cases.migration.decide import CaseFacts, compute_step_result_after_migration
from app.cases.migration.reasons import CaseStays
from app.cases.migration.replay import HistoryRow, recorded_steps_from_history
from tests.support.drawing import drawing

PEOPLE = UUID("0b4f6a38-5d0c-5b2e-9b61-0c9b9a1f7e11")
BEGIN = datetime(2026, 10, 14, 3, tzinfo=UTC)
START = {"start.change_set": "first"}


def person(name: str) -> UUID:
    return uuid5(PEOPLE, name)


def spec_of(flows: str, **parts: Any) -> CaseSpec:
    """A small diagram, compiled."""
    return engine.compile_case_spec(parse_diagram(drawing(flows, **parts)))


class Running:
    """One running case. A rework task that is completed makes another subject."""

    def __init__(
        self, spec: CaseSpec, call: ServiceCaller | None = None, start: Mapping[str, Any] = START
    ) -> None:
        self.spec, self.model, self.call = spec, spec.model, call
        self.rows: list[HistoryRow] = []
        self.rounds_of_open: dict[str, int] = {}
        self.subject = 1
        self.step = engine.start_process(spec, start, call)
        self._record("started", None, None, {}, start)

    def completes(self, element: str, by: str = "", subject_id: str = "", **answers: Any) -> StepResult:
        """Complete the open task of this element; `by` names the person, else the role of its lane acts."""
        key = next(task.key for task in self.step.open_tasks if task.element == element)
        own = {"change_set": subject_id} if subject_id else {}
        if self.model.user_tasks[element].rework:
            self.subject += 1
        self.step = engine.complete_task(self.spec, self.step.state, key, {**answers, **own}, self.call)
        said = {f"{element}.{name}": value for name, value in own.items()}
        role = self.model.lane_of_task(element).role
        self._record(rules.COMPLETED_HISTORY_KIND, element, person(by or role), answers, said)
        return self.step

    def fires(self, timer: str) -> StepResult:
        """Let the timer with this id fire."""
        key = next(one.key for one in self.step.open_timers if one.element == timer)
        self.step = engine.trigger_timer(self.spec, self.step.state, key, self.call)
        on = self.model.timers[timer].attached_to
        self._record("escalated" if on else "timer", on or timer, None, {"timer": timer}, {})
        return self.step

    def _record(
        self,
        kind: str,
        element: str | None,
        by: UUID | None,
        answers: Mapping[str, Any],
        variables: Mapping[str, Any],
    ) -> None:
        """Append the rows of the step as `cases.step_rows` does."""
        task = self.model.user_tasks.get(element or "")
        completed = kind == rules.COMPLETED_HISTORY_KIND
        row = HistoryRow(
            kind=kind,
            person=by,
            on_behalf_of=None,
            role=self.model.lane_of_task(element).role if task else None,
            element=element,
            iteration=self.rounds_of_open.get(element or "", 1),
            approves=completed and task is not None and task.approves,
            decision=answers.get("decision"),
            subject_hash=f"subject {self.subject}",
            at=BEGIN + timedelta(hours=len(self.rows)),
            opened=[opened.element for opened in self.step.opened],
            task_id=None,
            answers=answers,
            variables=variables,
        )
        self.rows.append(row)
        rounds = rules.current_element_iterations(
            [step.entry for step in recorded_steps_from_history(self.rows)], self.model
        )
        self.rounds_of_open.update({name: rounds.get(name, 1) for name in row.opened})
        for called in self.step.services_called:
            self.rows.append(
                HistoryRow(
                    "service",
                    None,
                    None,
                    None,
                    called.element,
                    1,
                    False,
                    called.outcome,
                    row.subject_hash,
                    row.at,
                    task_id=None,
                    answers={},
                    variables={},
                )
            )

    def facts(self, status: str = "open", *, intact: bool = True) -> CaseFacts:
        return CaseFacts(
            id=person("case"),
            status=status,
            requester=person("requester"),
            subject_hash=f"subject {self.subject}",
            intact=intact,
            steps=recorded_steps_from_history(self.rows),
            tasks=tuple(task.element for task in self.step.open_tasks),
            timers=tuple(timer.element for timer in self.step.open_timers),
        )

    def moves_to(self, target: CaseSpec) -> StepResult:
        """Current step on another version. Raises CaseStays."""
        return compute_step_result_after_migration(target, self.model, self.facts(), {})

    def stays_on(self, target: CaseSpec, **facts: Any) -> tuple[str, dict[str, str]]:
        """Why the case stays: the last part of the code, and its details."""
        try:
            compute_step_result_after_migration(target, self.model, self.facts(**facts), {})
        except CaseStays as stays:
            return stays.reason.code.rpartition(".")[2], dict(stays.reason.details)
        return "moves", {}
