"""Every fact a diagram reads can have a value: its start declares it, a form asks for it, a service ends in
it.

A lane lies in a unit, a step is given to a person and a term is counted from a moment; another kind of fact
in their place stops the case that opens the step.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import Finding
from app.diagrams.lint.drawing import Drawing

SAYS = {
    "diagrams.fact.unknown": "nothing gives the fact {name!r} a value",
    "diagrams.scope.unknown": "the start has no unit in the fact {name!r}",
    "diagrams.person.unknown": "the start has no person in the fact {name!r}",
    "diagrams.anchor.unknown": "the start has no moment in the fact {name!r}",
}


def check(drawing: Drawing) -> Iterator[Finding]:
    """Find facts that nothing gives a value, or one of another kind."""
    yield from _of_a_kind(drawing)
    read = [
        (flow.id, name)
        for flow in drawing.model.flows.values()
        for name in sorted(flow.condition.names if flow.condition else ())
    ]
    for service in drawing.model.services.values():
        read += [(service.id, name) for names in service.inputs.values() for name in names]
    for element, name in read:
        if name not in drawing.facts and not drawing.told(name):
            yield drawing.finding("diagrams.fact.unknown", element, name=name)


def _of_a_kind(drawing: Drawing) -> Iterator[Finding]:
    model, start = drawing.model, drawing.start
    if start is None:
        return
    wanted = [("scope", lane.id, lane.scope, start.scopes) for lane in model.lanes.values()]
    for task in model.user_tasks.values():
        wanted.append(("person", task.id, task.assign if task.named else "", start.persons))
        wanted.append(("anchor", task.id, task.anchor, start.moments))
    wanted += [("anchor", timer.id, timer.anchor, start.moments) for timer in model.timers.values()]
    for kind, element, name, known in wanted:
        if name and name.removeprefix("start.") not in known:
            yield drawing.finding(f"diagrams.{kind}.unknown", element, name=name)
