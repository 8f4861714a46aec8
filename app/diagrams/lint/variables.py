"""Lint rule: every process variable that a diagram reads can have a value, from the start, a form or a
service.

A lane lies in a unit, a step is assigned to a person and a deadline is counted from a moment; a variable of
another kind in their place stops the case that opens the step.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_unknown_variables(context: LintContext) -> Iterator[DiagramFinding]:
    """Find process variables that nothing gives a value, or that have the wrong kind."""
    yield from _find_wrong_start_variable_kinds(context)
    variables_read = [
        (flow.id, name)
        for flow in context.model.flows.values()
        for name in sorted(flow.condition.variable_names if flow.condition else ())
    ]
    for service in context.model.services.values():
        variables_read += [(service.id, name) for names in service.inputs.values() for name in names]
    for element, name in variables_read:
        if name not in context.known_variables and not context.has_finding_for_variable_source(name):
            yield context.make_finding("diagrams.variable.unknown", element, name=name)


def _find_wrong_start_variable_kinds(context: LintContext) -> Iterator[DiagramFinding]:
    model, start = context.model, context.start
    if start is None:
        return
    expected = [
        ("diagrams.scope.unknown", lane.id, lane.scope, start.unit_variables) for lane in model.lanes.values()
    ]
    for task in model.user_tasks.values():
        person = task.assign if task.is_for_named_person else ""
        expected.append(("diagrams.person.unknown", task.id, person, start.person_variables))
        expected.append(("diagrams.anchor.unknown", task.id, task.anchor, start.anchor_variables))
    expected += [
        ("diagrams.anchor.unknown", timer.id, timer.anchor, start.anchor_variables)
        for timer in model.timers.values()
    ]
    for code, element, name, known in expected:
        if name and name.removeprefix("start.") not in known:
            yield context.make_finding(code, element, name=name)
