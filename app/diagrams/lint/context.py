"""Context of the lint rules: a parsed diagram with its start, its forms and its process variables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from app import operations
from app.bpmn.errors import DiagramFinding
from app.bpmn.model import OUTCOME_FIELD, ProcessModel
from app.diagrams.lint.severity import severity_of_finding_code
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormFileError
from app.forms.form_problems import FormProblem, ReadForm, read_unfinished_form

FREE_TEXT_FIELD_KINDS = frozenset({"text", "textarea", "file"})
"""Kinds of form fields whose answers never become variables."""
FORM_CACHE_SIZE = 1024
"""Forms cached in a process: the diagrams that ship have 70, and a draft brings another text with each change."""


class LintContext:
    """One diagram to be checked. `forms` holds the texts of its form files by name."""

    def __init__(self, model: ProcessModel, forms: Mapping[str, str]) -> None:
        self.model = model
        self.start = operations.STARTS.get(model.start_name)
        self.forms: dict[str, Form] = {}
        self.form_problems: dict[str, tuple[FormProblem, ...]] = {}
        self.unreadable: dict[str, str] = {}
        for name, text in forms.items():
            found = read_form_cached(text)
            if isinstance(found, ReadForm):
                self.forms[name], self.form_problems[name] = found.form, found.problems
            else:
                self.unreadable[name] = found

    def make_finding(self, code: str, element: str, **params: Any) -> DiagramFinding:
        """Return a finding at the line of an element, with the severity of its code."""
        return DiagramFinding(
            code, self.model.line_by_id.get(element, 0), element, params, severity_of_finding_code(code)
        )

    def is_form_missing(self, form: str) -> bool:
        """Return whether there is no file of this form."""
        return form not in self.forms and form not in self.unreadable

    @cached_property
    def elements_by_form_name(self) -> Mapping[str, tuple[str, ...]]:
        """Return the elements that use each form the diagram names: steps, and the process for its start."""
        users: dict[str, tuple[str, ...]] = {self.start_form_name: (self.model.key,)}
        for task in self.model.user_tasks.values():
            if task.form:
                users[task.form] = (*users.get(task.form, ()), task.id)
        return users

    @property
    def start_form_name(self) -> str:
        """Return the name of the form that starts a case."""
        return f"{self.model.key}.start"

    @cached_property
    def known_variables(self) -> frozenset[str]:
        """Return every process variable that can have a value; those of an unknown start or form are left
        out.
        """
        found = {f"{name}.{OUTCOME_FIELD}" for name in self.model.services}
        for task in self.model.user_tasks.values():
            form = self.forms.get(task.form)
            found |= {f"{task.id}.{name}" for name in _form_variable_names(form)} if form else set()
        start, form = self.start, self.forms.get(self.start_form_name)
        if start is not None:
            named = (
                start.id_variable,
                *start.unit_variables,
                *start.person_variables,
                *start.anchor_variables,
                *start.code_variables,
            )
            found |= {f"start.{name}" for name in named}
        if form is not None:
            found |= {
                f"start.{item.key}"
                for item in form.fields
                if item.kind not in FREE_TEXT_FIELD_KINDS | SUBJECT_FIELD_KINDS
            }
        return frozenset(found)

    def has_finding_for_variable_source(self, variable: str) -> bool:
        """Return whether a missing or unknown form, or start, has a finding that explains why the variable is
        absent.
        """
        owner = variable.partition(".")[0]
        if owner == "start":
            return self.start is None or self.start_form_name not in self.forms
        task = self.model.user_tasks.get(owner)
        return task is not None and bool(task.form) and task.form not in self.forms


@lru_cache(maxsize=FORM_CACHE_SIZE)
def read_form_cached(text: str) -> ReadForm | str:
    """Return a form with its problems, or why its text cannot be read; equal texts are read once a process."""
    try:
        return read_unfinished_form(text.encode())
    except FormFileError as error:
        return str(error)


def _form_variable_names(form: Form) -> Iterator[str]:
    """Yield the variables that a completed step leaves: answers that are no prose, and the subjects made of
    them.
    """
    for item in form.fields:
        if item.kind in SUBJECT_FIELD_KINDS:
            if item.kind in operations.SUBJECT_FACTORY_BY_KIND:
                yield item.kind
        elif item.kind not in FREE_TEXT_FIELD_KINDS:
            yield item.key
    if form.subject_kind in operations.SUBJECT_FACTORY_BY_KIND:
        yield form.subject_kind


LintRule = Callable[[LintContext], Iterator[DiagramFinding]]
