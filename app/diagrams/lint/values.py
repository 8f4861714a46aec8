"""A condition compares a decision or an outcome with values it can have.

A misspelt decision is never taken: the case goes another way than the one that was drawn.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from app import operations
from app.bpmn.errors import Finding
from app.bpmn.expression import Expression
from app.bpmn.model import DECISION, OUTCOME
from app.diagrams.lint.drawing import Drawing

SAYS = {"diagrams.value.unknown": "the fact {name!r} never is {value!r}"}


def check(drawing: Drawing) -> Iterator[Finding]:
    """Find texts that a decision or an outcome is compared with and cannot be."""
    for flow in drawing.model.flows.values():
        for name, value in _compared(flow.condition) if flow.condition else ():
            possible = _possible(drawing, name)
            if possible is not None and value not in possible:
                yield drawing.finding("diagrams.value.unknown", flow.id, name=name, value=value[:80])


def _possible(drawing: Drawing, name: str) -> frozenset[str] | None:
    """The values a fact can have; None where they are not a list, or another rule speaks."""
    owner, _, part = name.partition(".")
    service, task = drawing.model.services.get(owner), drawing.model.user_tasks.get(owner)
    if service is not None and part == OUTCOME:
        operation = operations.OPERATIONS.get(service.operation)
        return frozenset(operation.outcomes) if operation else None
    form = drawing.forms.get(task.form) if task is not None else None
    field = form.field(part) if form is not None and part == DECISION else None
    return frozenset(value.value for value in field.values) if field is not None else None


def _compared(condition: Expression) -> Iterator[tuple[str, str]]:
    """Each fact of a condition with each text it is compared with."""
    for node in ast.walk(condition.tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for one, other in pairwise(sides):
                yield from _pairs(one, other)
                yield from _pairs(other, one)


def _pairs(fact: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(fact, ast.Attribute) and isinstance(fact.value, ast.Name):
        literals = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        for literal in literals:
            if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                yield f"{fact.value.id}.{fact.attr}", literal.value
