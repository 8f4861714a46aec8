"""Lint rule: the fields of a form are finished, and no key or answer stands twice.

A text that is missing in a language is read in another one by everybody who has set that language. A choice without
answers can never be made, and a form whose limits exclude each other can never be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.forms import form_problems
from app.forms.form_file import SUBJECT_FIELD_KINDS

CODE_BY_PROBLEM: Mapping[str, str] = {
    form_problems.LABEL_MISSING: "diagrams.field.label_missing",
    form_problems.HELP_MISSING: "diagrams.field.help_missing",
    form_problems.ANSWER_MISSING: "diagrams.field.answer_missing",
    form_problems.TWICE: "diagrams.field.twice",
    form_problems.ANSWER_TWICE: "diagrams.field.answer_twice",
    form_problems.NO_ANSWERS: "diagrams.field.no_answers",
    form_problems.ANSWER_UNKNOWN: "diagrams.field.answer_unknown",
    form_problems.LIMITS: "diagrams.field.limits",
    form_problems.RESERVED: "diagrams.field.reserved",
}


def find_unfinished_fields(context: LintContext) -> Iterator[DiagramFinding]:
    """Find what is not finished in the forms that the diagram names, at the first step that uses each."""
    for name, users in context.elements_by_form_name.items():
        for problem in context.form_problems.get(name, ()):
            code = CODE_BY_PROBLEM[problem.kind]
            yield context.make_finding(code, users[0], name=name, field=problem.field, **problem.params)
        yield from _find_fields_hiding_start_variables(context, name, users[0])


def _find_fields_hiding_start_variables(
    context: LintContext, name: str, element: str
) -> Iterator[DiagramFinding]:
    """Find fields of the first form that would hide a variable of a general start."""
    form, start = context.forms.get(name), context.start
    if name != context.start_form_name or form is None or start is None or not start.general:
        return
    own = {*start.unit_variables, *start.person_variables, *start.anchor_variables, *start.code_variables}
    for item in form.fields:
        if item.key in own | {start.id_variable} and item.kind not in SUBJECT_FIELD_KINDS:
            yield context.make_finding("diagrams.field.reserved", element, name=name, field=item.key)
