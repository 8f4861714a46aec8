"""Answers that the forms of a diagram allow, and start variables, by the product's own checks: for the slow explorer.

Nothing of `app.diagrams.verify` is used here: two readings of the same forms have to agree.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from app import operations
from app.bpmn.model import ProcessModel, UserTask
from app.cases.rules import split_answers_by_field_kind
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormField, parse_form
from app.forms.schema import check_form_answers
from app.kernel.errors import Invalid

NO_ANSWER = object()
OTHER_TEXT = "0 something else"
"""A text that no condition names; it sorts before all that they name."""
A_DAY = "2026-10-14"


def make_uuid(name: str) -> UUID:
    """Return the same id for the same name."""
    return uuid5(NAMESPACE_URL, name)


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """One way to complete a task: process variables, the decision, and the subject factories that it calls."""

    variables: Mapping[str, Any]
    decision: str | None
    factories: tuple[str, ...]


class DiagramAnswers:
    """The forms of one diagram with the literals of its conditions."""

    def __init__(self, model: ProcessModel, forms: Mapping[str, str]) -> None:
        self.model = model
        self.forms = {name: parse_form(text.encode()) for name, text in forms.items()}
        self.start = operations.STARTS[model.start_name]
        self.in_conditions = {
            name for flow in model.flows.values() if flow.condition for name in flow.condition.variable_names
        }
        self.read = self.in_conditions | {
            name for service in model.services.values() for names in service.inputs.values() for name in names
        }
        self.literals = list(_literals(model))
        self.asks_for_order = any(
            "<" in flow.condition.text or ">" in flow.condition.text
            for flow in model.flows.values()
            if flow.condition
        )

    def of_task(self, task: UserTask) -> list[FormAnswer]:
        """Return every completion of a task that some element of the diagram can tell from another."""
        form = self.forms[task.form] if task.form else Form("", ())
        found = {}
        for answers in self._possible_answers(task.id, form):
            split = split_answers_by_field_kind(form, answers)
            variables = {
                key: value for key, value in split.variables.items() if f"{task.id}.{key}" in self.read
            }
            factories = [
                name
                for name in dict.fromkeys(split.subject_factories)
                if name in operations.SUBJECT_FACTORY_BY_KIND
            ]
            answer = FormAnswer(variables, split.decision, tuple(factories))
            found[repr((sorted(variables.items()), answer.decision, answer.factories))] = answer
        return list(found.values())

    def start_choices(self) -> list[dict[str, Any]]:
        """Return every combination of start variables that conditions read: codes, and fields of the start form."""
        form = self.forms.get(f"{self.model.key}.start", Form("", ()))
        choices: dict[str, list[Any]] = {}
        for name in sorted(name for name in self.in_conditions if name.startswith("start.")):
            key = name.partition(".")[2]
            field = form.field_with_key(key)
            if key in self.start.code_variables:
                choices[key] = self._texts(name)
            elif field is not None and field.kind not in SUBJECT_FIELD_KINDS:
                given = [self._cleaned(form, field, value) for value in self._field_values(name, field)]
                choices[key] = [None if value is NO_ANSWER else value for value in given]
        return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]

    def changed_codes(self) -> list[dict[str, Any]]:
        """Return every combination of the codes in conditions that a new subject may bring."""
        codes = [name for name in self.start.code_variables if f"start.{name}" in self.in_conditions]
        domains = [self._texts(f"start.{name}") for name in codes]
        return [dict(zip(codes, values, strict=True)) for values in product(*domains)]

    def _texts(self, name: str) -> list[str]:
        """Return the texts in the conditions that read a variable, and texts before and behind each of them."""
        texts = [value for read, value in self.literals if name in read and isinstance(value, str)]
        around = [f"{text} more" for text in texts] if self.asks_for_order else []
        return [*dict.fromkeys([*texts, *around]), OTHER_TEXT]

    def _possible_answers(self, task: str, form: Form) -> Iterator[dict[str, Any]]:
        """Yield the answers that the product's own check accepts, cleaned as it cleans them."""
        needed = {name for item in form.fields for name in item.required_when} | {"decision"}
        domains = []
        for item in form.fields:
            name = f"{task}.{item.key}"
            values = self._field_values(name, item)
            matters = name in self.read or item.key in needed or item.kind in SUBJECT_FIELD_KINDS
            domains.append(values if matters else values[:1])
        plain = Form(form.id, tuple(_without_content_check(item) for item in form.fields))
        for values in product(*domains):
            given = {
                item.key: value
                for item, value in zip(form.fields, values, strict=True)
                if value is not NO_ANSWER
            }
            try:
                yield check_form_answers(plain, given)
            except Invalid:
                continue

    def _cleaned(self, form: Form, item: FormField, value: Any) -> Any:
        if value is NO_ANSWER:
            return value
        return check_form_answers(Form(form.id, (_without_content_check(item),)), {item.key: value})[item.key]

    def _field_values(self, name: str, item: FormField) -> list[Any]:
        """Return raw answers to one field; the last is no answer where the field may stay empty."""
        values: list[Any]
        if item.kind == "file":
            return [NO_ANSWER]
        if item.kind in ("select", "radio") and not item.choices_source:
            values = [value.value for value in item.values]
        elif item.kind in ("select", "radio"):
            values = self._texts(name)
        elif item.kind == "checkbox":
            values = [True, False]
        elif item.kind == "number":
            values = list(self._numbers(item))
        elif item.kind == "blockers":
            values = [["excuses:2"]]
        else:
            values = [A_DAY if item.kind == "date" else "x"]
        return values if item.required else [*values, NO_ANSWER]

    def _numbers(self, item: FormField) -> Iterator[float]:
        numbers = [value for _, value in self.literals if type(value) in (int, float)]
        inside = [
            near
            for near in sorted({near for value in numbers for near in (value - 1, value, value + 1)})
            if (item.min is None or near >= item.min) and (item.max is None or near <= item.max)
        ]
        yield from inside or [item.min if item.min is not None else item.max if item.max is not None else 1]


def _without_content_check(item: FormField) -> FormField:
    """Return the field so that any text is an answer where rooms below check the content."""
    simple = ("select", "radio", "checkbox", "number", "date", "file", "blockers")
    return item if item.kind in simple else replace(item, kind="text", min_length=0, max_length=0)


def _literals(model: ProcessModel) -> Iterable[tuple[frozenset[str], Any]]:
    """Yield each literal with the variables of its condition."""
    for flow in model.flows.values():
        for node in ast.walk(flow.condition.tree) if flow.condition else ():
            if flow.condition and isinstance(node, ast.Constant):
                yield flow.condition.variable_names, node.value
