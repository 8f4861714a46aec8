"""What the rules look at: a parsed diagram with its start on the menu, its forms read, and the facts it can
have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from app import operations
from app.bpmn.errors import Finding
from app.bpmn.model import OUTCOME, Model
from app.forms.read import SUBJECT_KINDS, Form, FormError, read

PROSE = frozenset({"text", "textarea", "file"})
"""Kinds of form fields whose answers never become facts."""


class Drawing:
    """One diagram to be checked. `forms` holds the texts of its form files by name."""

    def __init__(self, model: Model, forms: Mapping[str, str]) -> None:
        self.model = model
        self.start = operations.STARTS.get(model.start)
        self.forms: dict[str, Form] = {}
        self.unreadable: dict[str, str] = {}
        for name, text in forms.items():
            try:
                self.forms[name] = read(text.encode())
            except FormError as error:
                self.unreadable[name] = str(error)

    def finding(self, code: str, element: str, **params: str | int) -> Finding:
        """A finding at the line of an element."""
        return Finding(code, self.model.lines.get(element, 0), element, params)

    def missing(self, form: str) -> bool:
        """Whether there is no file of this form."""
        return form not in self.forms and form not in self.unreadable

    @property
    def start_form(self) -> str:
        """The name of the form a case begins with."""
        return f"{self.model.key}.start"

    @cached_property
    def facts(self) -> frozenset[str]:
        """Every fact that can have a value.

        Of an unknown start or form nothing is told here: they have a finding.
        """
        found = {f"{name}.{OUTCOME}" for name in self.model.services}
        for task in self.model.user_tasks.values():
            form = self.forms.get(task.form)
            found |= {f"{task.id}.{name}" for name in _answers(form)} if form else set()
        start, form = self.start, self.forms.get(self.start_form)
        if start is not None:
            named = (start.fact, *start.scopes, *start.persons, *start.moments, *start.codes)
            found |= {f"start.{name}" for name in named}
        if form is not None:
            found |= {f"start.{item.key}" for item in form.fields if item.kind not in PROSE | SUBJECT_KINDS}
        return frozenset(found)

    def told(self, fact: str) -> bool:
        """Whether a missing or unknown form, or start, has a finding already that explains the fact's
        absence.
        """
        owner = fact.partition(".")[0]
        if owner == "start":
            return self.start is None or self.start_form not in self.forms
        task = self.model.user_tasks.get(owner)
        return task is not None and bool(task.form) and task.form not in self.forms


def _answers(form: Form) -> Iterator[str]:
    """What a completed step leaves as facts: answers that are no prose, and the subjects the menu makes of
    them.
    """
    for item in form.fields:
        if item.kind in SUBJECT_KINDS:
            if item.kind in operations.SUBJECTS:
                yield item.kind
        elif item.kind not in PROSE:
            yield item.key
    if form.subject in operations.SUBJECTS:
        yield form.subject


Rule = Callable[[Drawing], Iterator[Finding]]
