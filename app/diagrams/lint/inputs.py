"""Lint rule: a service task passes every parameter of its operation and no other, each of the right kind.

Without one the operation refuses (`operations.input.missing`); an unknown one is a misspelt name; a decision in the
place of an id stops every case that reaches the task.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from app import operations
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.forms.form_file import SUBJECT_FIELD_KINDS


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
            elif operation.params[name] is UUID:
                for variable in service.inputs[name]:
                    if _is_variable_surely_no_id(context, variable):
                        yield context.make_finding(
                            "diagrams.input.kind",
                            service.id,
                            name=name,
                            operation=operation.name,
                            variable=variable,
                        )


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
