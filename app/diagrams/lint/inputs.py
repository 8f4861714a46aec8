"""Lint rule: a service task passes every parameter of its operation and no other, each of the right kind.

Without one the operation refuses (`operations.input.missing`); an unknown one is a misspelt name; a decision in the
place of an id stops every case that reaches the task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from app import operations
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.forms.form_file import SUBJECT_FIELD_KINDS

EXAMPLES_BY_FIELD_KIND: Mapping[str, tuple[Any, ...]] = {"number": (1,), "date": ("2026-10-12",)}
"""A value as a form hands it on, by the kind of its field, where every value is alike."""


def find_wrong_operation_inputs(context: LintContext) -> Iterator[DiagramFinding]:
    """Find parameters that are unknown, absent or of the wrong kind; the rule `operations` finds unknown operations."""
    for service in context.model.services.values():
        operation = operations.OPERATIONS.get(service.operation)
        if operation is None:
            continue
        for name in service.inputs:
            if name not in operation.params:
                yield context.make_finding(
                    "diagrams.input.unknown", service.id, name=name, operation=operation.name
                )
        for name in operation.params:
            if name not in service.inputs:
                yield context.make_finding(
                    "diagrams.input.missing", service.id, name=name, operation=operation.name
                )
            else:
                for variable in service.inputs[name]:
                    if _is_variable_surely_refused(context, variable, operation.params[name]):
                        yield context.make_finding(
                            "diagrams.input.kind",
                            service.id,
                            name=name,
                            operation=operation.name,
                            variable=variable,
                        )


def _is_variable_surely_refused(context: LintContext, variable: str, convert: Callable[[Any], Any]) -> bool:
    """Return whether an operation refuses whatever the variable holds, because it is of another kind."""
    if convert is UUID:
        return _is_variable_surely_no_id(context, variable)
    examples = _example_values(context, variable)
    return bool(examples) and not any(_is_converted(convert, one) for one in examples)


def _is_converted(convert: Callable[[Any], Any], value: Any) -> bool:
    """Return whether a parameter takes a value; what it raises is what the menu of operations turns into a refusal."""
    try:
        convert(value)
    except (TypeError, ValueError, AttributeError):
        return False
    return True


def _example_values(context: LintContext, variable: str) -> tuple[Any, ...]:
    """Return one value of each kind that a variable may hold; none when that is not certain."""
    owner, _, part = variable.partition(".")
    if owner == "start":
        start = context.start
        ids = () if start is None else (start.id_variable, *start.unit_variables, *start.person_variables)
        return (str(UUID(int=1)),) if part in ids else ()
    task = context.model.user_tasks.get(owner)
    form = context.forms.get(task.form) if task is not None else None
    field = form.field_with_key(part) if form is not None else None
    if field is None:
        return ()
    if field.values and not field.choices_source:
        return tuple(one.value for one in field.values)
    return EXAMPLES_BY_FIELD_KIND.get(field.kind, ())


def _is_variable_surely_no_id(context: LintContext, variable: str) -> bool:
    """Return whether a variable surely holds no id: an outcome, a moment, a decision or another plain answer."""
    owner, _, part = variable.partition(".")
    if owner == "start":
        return context.start is not None and part in context.start.anchor_variables
    if owner in context.model.services:
        return True
    task = context.model.user_tasks.get(owner)
    form = context.forms.get(task.form) if task is not None else None
    field = form.field_with_key(part) if form is not None else None
    return field is not None and field.kind not in SUBJECT_FIELD_KINDS and not field.choices_source
