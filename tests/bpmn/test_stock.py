"""Our cases against stock SpiffWorkflow: its parser, its prediction, its serializer, on diagrams without joins."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import BoundaryEventParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.task_spec import BpmnTaskSpecConverter
from SpiffWorkflow.bpmn.serializer.helpers.spec import EventDefinitionConverter
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, ServiceTask
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from app.bpmn import engine
from app.bpmn.expression import parse_condition
from app.bpmn.model import ProcessModel
from tests.bpmn.drive import FILES, START, Chance, model_of

WALKS, STEPS = 25, 14


class Term(EventDefinition):
    """A timer that waits to be told."""


class Outcome(ServiceTask):
    """Runs an operation and keeps its outcome with the variables."""

    model: ClassVar[ProcessModel]
    call: ClassVar[Any]

    def _execute(self, task: Any) -> bool:
        service, variables = self.model.services[self.name], task.workflow.data
        inputs = {
            parameter: next((variables[name] for name in names if variables.get(name) is not None), None)
            for parameter, names in service.inputs.items()
        }
        variables[f"{self.name}.outcome"] = Outcome.call(service, inputs)
        return True


class Facts(PythonScriptEngine):
    """Conditions by our interpreter, on the variables of the case."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        return parse_condition(expression).is_true_for(task.workflow.data)


class Boundary(BoundaryEventParser):
    def parse_timer_event(self, event: Any) -> Term:
        return Term(self.node.get("id"))


class Parser(BpmnParser):
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("serviceTask"): (TaskParser, Outcome),
        full_tag("boundaryEvent"): (Boundary, BoundaryEvent),
    }


SERIALIZER = BpmnWorkflowSerializer(
    BpmnWorkflowSerializer.configure(
        {**DEFAULT_CONFIG, Outcome: BpmnTaskSpecConverter, Term: EventDefinitionConverter}
    )
)


class Stock:
    """One case on stock SpiffWorkflow, stored and read back after every step."""

    def __init__(self, name: str, spec: engine.CaseSpec, call: Any) -> None:
        parser = Parser()
        parser.add_bpmn_str(FILES[name].read_bytes())
        Outcome.model, Outcome.call = spec.model, call
        self.spec = spec
        self.workflow = BpmnWorkflow(parser.get_spec(spec.model.key), script_engine=Facts())
        self.workflow.data.update(START)
        self._advance(set())

    def tasks(self) -> dict[str, Any]:
        return {t.task_spec.name: t for t in self.workflow.get_tasks(state=TaskState.READY, manual=True)}

    def timers(self) -> dict[str, Any]:
        return {t.task_spec.name: t for t in self.workflow.event_manager.tasks.values()}

    def complete(self, element: str, answers: dict[str, Any]) -> None:
        before = self.tasks()
        for part in self.spec.kept_answers_by_task[element] & answers.keys():
            self.workflow.data[f"{element}.{part}"] = answers[part]
        before.pop(element).run()
        self._advance(set(before))

    def fire(self, element: str) -> None:
        task = self.timers()[element]
        task._set_internal_data(event_fired=True)
        task.task_spec._update(task)
        self._advance(set(self.tasks()))

    def _advance(self, before: set[str]) -> None:
        self.workflow.do_engine_steps()
        for element in self.tasks().keys() - before:
            for name in self.spec.cleared_variables_by_task[element]:
                self.workflow.data.pop(name, None)
        self.workflow = SERIALIZER.deserialize_json(SERIALIZER.serialize_json(self.workflow))
        self.workflow.script_engine = Facts()


def walked(name: str, seed: int) -> str:
    """A random walk on both; says what differed, or nothing."""
    model = model_of(name)
    spec, chance = engine.compile_case_spec(model), Chance(model, seed)
    ours = chance.caller()
    stock = Stock(name, spec, chance.caller())
    step = engine.start_process(spec, START, ours)
    for turn in range(STEPS):
        here = (sorted(t.element for t in step.open_tasks), sorted(t.element for t in step.open_timers))
        there = (sorted(stock.tasks()), sorted(stock.timers()))
        if (here, step.variables, step.done) != (there, stock.workflow.data, stock.workflow.completed):
            return f"seed {seed}, turn {turn}: {here} {step.variables}, stock {there} {stock.workflow.data}"
        if step.done:
            return ""
        element, key = chance.random.choice(
            [(t.element, t.key) for t in (*step.open_tasks, *step.open_timers)]
        )
        if element in model.timers:
            step = engine.trigger_timer(spec, step.state, key, ours)
            stock.fire(element)
        else:
            answers = chance.answers(element, turn)
            step = engine.complete_task(spec, step.state, key, answers, ours)
            stock.complete(element, answers)
    return ""


@pytest.mark.parametrize("name", ["late_correction", "two_tasks"])
def test_a_compact_case_goes_the_way_of_a_stock_one(name: str) -> None:
    assert [trouble for seed in range(WALKS) if (trouble := walked(name, seed))] == []
