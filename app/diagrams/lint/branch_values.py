"""The finitely many values that matter for the conditions of a diagram, by process variable.

Decisions and outcomes have the values that their form or operation offers. Of texts and numbers only those matter that
a condition compares with, one between each two numbers, and one that is none of them: others it cannot tell apart.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from app import operations
from app.bpmn.expression import ConditionExpression
from app.bpmn.model import OUTCOME_FIELD
from app.diagrams.lint.context import LintContext
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormField
from app.texts.diagram_findings import OTHER_VALUE

START = "start"


class BranchValues:
    """The values of every variable that the conditions of a diagram read."""

    def __init__(self, context: LintContext) -> None:
        self._context = context
        self._conditions = [flow.condition for flow in context.model.flows.values() if flow.condition]

    def possible_values(self, variable: str) -> tuple[Any, ...]:
        """Return the values that a variable may have once its owner has set it; None is no answer."""
        owner, _, part = variable.partition(".")
        model = self._context.model
        service, task = model.services.get(owner), model.user_tasks.get(owner)
        if service is not None and part == OUTCOME_FIELD:
            operation = operations.OPERATIONS.get(service.operation)
            return tuple(operation.outcomes) if operation else self._values_around_compared_literals(variable)
        name = task.form if task is not None else self._context.start_form_name
        form = self._context.forms.get(name)
        field = form.field_with_key(part) if form is not None else None
        if form is not None and field is not None:
            answered = self._possible_field_values(variable, field)
            return answered if field.required else (*answered, None)
        if form is not None and _is_subject_kind_of_form(form, part):
            return (OTHER_VALUE, None) if form.subject_decisions else (OTHER_VALUE,)
        return self._values_around_compared_literals(variable)

    def _possible_field_values(self, variable: str, field: FormField) -> tuple[Any, ...]:
        if field.kind == "checkbox":
            return (True, False)
        if field.kind in SUBJECT_FIELD_KINDS:
            return (OTHER_VALUE,)
        if field.values:
            return tuple(value.value for value in field.values)
        return self._values_around_compared_literals(variable)

    def _values_around_compared_literals(self, variable: str) -> tuple[Any, ...]:
        literals = list(dict.fromkeys(self._literals_compared_with_variable(variable)))
        texts = [value for value in literals if isinstance(value, str)]
        numbers = sorted({float(value) for value in literals if isinstance(value, (int, float))})
        if numbers and not texts:
            between = [(low + high) / 2 for low, high in pairwise(numbers)]
            return (numbers[0] - 1, *numbers, *between, numbers[-1] + 1)
        return (*texts, OTHER_VALUE)

    def _literals_compared_with_variable(self, variable: str) -> Iterator[Any]:
        for condition in self._conditions:
            if variable in condition.variable_names:
                for one, other in _compared_node_pairs(condition):
                    yield from _literals_in_node(other) if _is_node_of_variable(one, variable) else ()
                    yield from _literals_in_node(one) if _is_node_of_variable(other, variable) else ()


def _is_subject_kind_of_form(form: Form, part: str) -> bool:
    return bool(form.subject_kind) and form.subject_kind == part


def _compared_node_pairs(condition: ConditionExpression) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(condition.tree):
        if isinstance(node, ast.Compare):
            yield from pairwise([node.left, *node.comparators])


def _is_node_of_variable(node: ast.expr, variable: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and f"{node.value.id}.{node.attr}" == variable
    )


def _literals_in_node(node: ast.expr) -> Iterable[Any]:
    """Return texts and numbers in one side of a comparison."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return [value for element in node.elts for value in _literals_in_node(element)]
    if isinstance(node, ast.UnaryOp):
        return [-value for value in _literals_in_node(node.operand)]
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool) and node.value is not None:
        return [node.value]
    return []
