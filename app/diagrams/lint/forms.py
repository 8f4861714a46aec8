"""Lint rule: every step has a form that exists and can be read, and so does the form of its start.

Without its form a step cannot be displayed: every start would end in an error. An approval can be given on the form of
its step, and the subject that a form makes of its answers is on the menu of subjects.
"""

from __future__ import annotations

from collections.abc import Iterator

from app import operations
from app.bpmn.errors import DiagramFinding
from app.bpmn.model import DECISION_FIELD
from app.diagrams.lint.context import LintContext
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form

APPROVE = "approve"
"""The decision that makes the answer of a step marked `approves` an approval."""


def find_form_problems(context: LintContext) -> Iterator[DiagramFinding]:
    """Find forms that are absent or unreadable, and unknown names in them."""
    model = context.model
    for task in model.user_tasks.values():
        if not task.form:
            yield context.make_finding("diagrams.form.not_named", task.id)
        elif task.approves and task.form in context.forms:
            yield from _find_missing_approval_answer(context, task.id, context.forms[task.form])
    named = {task.id: task.form for task in model.user_tasks.values() if task.form}
    for element, name in {model.key: context.start_form_name, **named}.items():
        if context.is_form_missing(name):
            yield context.make_finding("diagrams.form.missing", element, name=name)
        elif name in context.unreadable:
            why = context.unreadable[name]
            yield context.make_finding("diagrams.form.unreadable", element, name=name, why=why)
        else:
            yield from _find_unknown_names_in_form(context, element, name)
    yield from _find_missing_subject_field(context)


def _find_missing_subject_field(context: LintContext) -> Iterator[DiagramFinding]:
    """Find a start form that does not ask about whom or what the case is, where a general start needs it."""
    start, form = context.start, context.forms.get(context.start_form_name)
    if start is None or form is None or not start.general:
        return
    wanted = {start.subject_field} if start.subject_field else set()
    given = {item.kind for item in form.fields if item.kind in SUBJECT_FIELD_KINDS and item.required}
    for kind in sorted(wanted - given):
        yield context.make_finding(
            "diagrams.form.subject_missing", context.model.key, name=context.start_form_name, kind=kind
        )
    for item in form.fields:
        if item.kind in SUBJECT_FIELD_KINDS - wanted:
            yield context.make_finding(
                "diagrams.form.subject_not_asked",
                context.model.key,
                name=context.start_form_name,
                kind=item.kind,
            )


def _find_missing_approval_answer(context: LintContext, element: str, form: Form) -> Iterator[DiagramFinding]:
    decision = form.field_with_key(DECISION_FIELD)
    if decision is None or APPROVE not in {value.value for value in decision.values}:
        name = context.model.user_tasks[element].form
        yield context.make_finding("diagrams.form.no_approval", element, name=name)


def _find_unknown_names_in_form(context: LintContext, element: str, name: str) -> Iterator[DiagramFinding]:
    form = context.forms[name]
    if form.subject_kind and form.subject_kind not in operations.SUBJECT_FACTORY_BY_KIND:
        yield context.make_finding(
            "diagrams.form.subject_unknown", element, name=name, subject=form.subject_kind
        )
    decision = form.field_with_key(DECISION_FIELD)
    offered = {value.value for value in decision.values} if decision else set()
    for value in form.subject_decisions:
        if value not in offered:
            yield context.make_finding("diagrams.form.decision_unknown", element, name=name, value=value)
    for item in form.fields:
        for other in item.required_when:
            if form.field_with_key(other) is None:
                yield context.make_finding("diagrams.form.field_unknown", element, name=name, field=other)
