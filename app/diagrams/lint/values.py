"""Lint rule: a condition compares an answer or an outcome with values it can have.

A branch with a misspelt decision is never taken, and the case goes along another branch than the one drawn.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from app import operations
from app.bpmn.errors import DiagramFinding
from app.bpmn.expression import ConditionExpression
from app.bpmn.model import DECISION_FIELD, OUTCOME_FIELD
from app.diagrams.lint.context import LintContext
from app.forms.form_problems import CHOICE_KINDS

START = "start"
"""The owner of the variables that the first form and the start give."""


def find_never_equal_comparisons(context: LintContext) -> Iterator[DiagramFinding]:
    """Find texts with which an answer or an outcome is compared and to which it can never be equal."""
    for flow in context.model.flows.values():
        for name, value in variables_with_compared_texts(flow.condition) if flow.condition else ():
            possible = _possible_variable_values(context, name)
            if possible is not None and value not in possible:
                yield context.make_finding("diagrams.value.unknown", flow.id, name=name, value=value[:80])


def _possible_variable_values(context: LintContext, name: str) -> frozenset[str] | None:
    """Return the values a variable can have; None where there is no list, or another rule applies."""
    owner, _, part = name.partition(".")
    service, task = context.model.services.get(owner), context.model.user_tasks.get(owner)
    if service is not None and part == OUTCOME_FIELD:
        operation = operations.OPERATIONS.get(service.operation)
        return frozenset(operation.outcomes) if operation else None
    name = context.start_form_name if owner == START else task.form if task is not None else ""
    form = context.forms.get(name)
    field = form.field_with_key(part) if form is not None else None
    if field is None or field.choices_source or (part != DECISION_FIELD and field.kind not in CHOICE_KINDS):
        return None
    return frozenset(value.value for value in field.values)


def variables_with_compared_texts(condition: ConditionExpression) -> Iterator[tuple[str, str]]:
    """Yield each variable of a condition with each text it is compared with."""
    for node in ast.walk(condition.tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for one, other in pairwise(sides):
                yield from _variable_and_text_pairs(one, other)
                yield from _variable_and_text_pairs(other, one)


def _variable_and_text_pairs(variable: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(variable, ast.Attribute) and isinstance(variable.value, ast.Name):
        literals = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        for literal in literals:
            if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                yield f"{variable.value.id}.{variable.attr}", literal.value
