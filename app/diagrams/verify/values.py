"""Finite values of process variables: what forms, operations and starts can give the conditions of a diagram to read.

A value that no condition looks at is one placeholder, so that the number of states stays small. The comparison of a
variable with literals cuts its values into classes; one value stands for each class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise, product
from typing import Any

from app import operations
from app.bpmn.model import DECISION_FIELD, ProcessModel, ServiceTask, UserTask
from app.diagrams.lint.context import LintContext
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormField

APPROVE = "approve"
SUBJECT_CREATING_DECISIONS = (None, APPROVE, "resubmit")
"""Decisions with which a form may describe a new subject, unless the form names its own (`cases.rules`)."""
OTHER_TEXT = "*"
"""A text that no condition names, as `app.texts.diagram_findings` writes it."""
LIST_VALUE = ("~some",)
"""A list of codes, which no text is equal to: conditions cannot compare it."""
SOME_VALUE = "~some"
"""A value that no condition looks at."""
CURRENT_SUBJECT, REPLACED_SUBJECT = "~current", "~replaced"
"""Id of the subject that the case is about now, and of one that a later step has replaced."""
_ORDER_OPERATORS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_PROSE_KINDS = frozenset({"text", "textarea", "file"})
"""Kinds of fields whose answers never become variables."""


@dataclass(frozen=True, slots=True)
class PossibleAnswer:
    """One way to complete a task: values by field, and the kinds of the subjects that the step creates, in order."""

    values: Mapping[str, Any] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()

    @property
    def decision(self) -> str | None:
        """Return the value of the field `decision`; None when the form has none."""
        value = self.values.get(DECISION_FIELD)
        return value if isinstance(value, str) else None


class VariableValues:
    """The possible values of every variable that the conditions and operations of one diagram read."""

    def __init__(self, context: LintContext) -> None:
        self.model = context.model
        self.context = context
        self.in_conditions = frozenset(
            name
            for flow in self.model.flows.values()
            if flow.condition
            for name in flow.condition.variable_names
        )
        self.in_inputs = frozenset(
            name
            for service in self.model.services.values()
            for names in service.inputs.values()
            for name in names
        )
        self._literals = _literals_by_variable(self.model)
        self._ordered = _variables_compared_by_order(self.model)

    def start_variable_combinations(self) -> tuple[Mapping[str, Any], ...]:
        """Return every combination of start variables, by full name."""
        names = sorted(name for name in self.in_conditions | self.in_inputs if name.startswith("start."))
        domains = [self._start_variable_domain(name) for name in names]
        return tuple(dict(zip(names, values, strict=True)) for values in product(*domains))

    def changeable_start_variable_combinations(self) -> tuple[Mapping[str, Any], ...]:
        """Return every combination of the start variables that a new subject may change: those in conditions."""
        start = self.context.start
        if start is None:
            return ({},)
        names = sorted(
            {f"start.{name}" for name in (*start.code_variables, *start.person_variables)}
            & self.in_conditions
        )
        domains = [self._start_variable_domain(name) for name in names]
        return tuple(dict(zip(names, values, strict=True)) for values in product(*domains))

    def answers(self, task: UserTask) -> tuple[PossibleAnswer, ...]:
        """Return every way to complete a task that the diagram can tell from another way."""
        form = self.context.forms.get(task.form) if task.form else Form("", ())
        if form is None:
            return self._answers_without_form(task)
        fields = [
            item
            for item in form.fields
            if item.kind not in SUBJECT_FIELD_KINDS and self._is_field_read_by_diagram(task, item)
        ]
        found = []
        for values in product(*[self._field_domain(f"{task.id}.{item.key}", item) for item in fields]):
            chosen = dict(zip([item.key for item in fields], values, strict=True))
            if all(_may_field_be_absent(item, chosen) for item in fields if chosen[item.key] is None):
                found += [
                    PossibleAnswer(chosen, kinds) for kinds in _subject_kinds_created_by_answer(form, chosen)
                ]
        return tuple(dict.fromkeys(found)) if not found else _remove_repeated_answers(found)

    def possible_outcomes_of_service(self, service: ServiceTask) -> tuple[str, ...]:
        """Return the outcomes of the operation of a service task; for an unknown one what conditions compare."""
        operation = operations.OPERATIONS.get(service.operation)
        if operation is not None:
            return tuple(operation.outcomes)
        literals = self._literals.get(f"{service.id}.outcome", ())
        return (*dict.fromkeys(value for value in literals if isinstance(value, str)), OTHER_TEXT)

    def _is_field_read_by_diagram(self, task: UserTask, item: FormField) -> bool:
        name = f"{task.id}.{item.key}"
        if item.kind in _PROSE_KINDS:
            return False
        return item.key == DECISION_FIELD or name in self.in_conditions or name in self.in_inputs

    def _answers_without_form(self, task: UserTask) -> tuple[PossibleAnswer, ...]:
        """Return answers for a form that does not exist (lint reports it): each text that a condition names."""
        names = sorted(
            {name for name in self.in_conditions | self.in_inputs if name.startswith(f"{task.id}.")}
            | {f"{task.id}.{DECISION_FIELD}"}
        )
        domains = [self._compared_text_domain(name) for name in names]
        keys = [name.partition(".")[2] for name in names]
        return tuple(PossibleAnswer(dict(zip(keys, values, strict=True))) for values in product(*domains))

    def _start_variable_domain(self, name: str) -> tuple[Any, ...]:
        start, key = self.context.start, name.partition(".")[2]
        if start is not None and key == start.id_variable:
            return (CURRENT_SUBJECT,)
        if start is not None and key in (
            *start.unit_variables,
            *start.person_variables,
            *start.anchor_variables,
        ):
            return (SOME_VALUE,)
        form = self.context.forms.get(self.context.start_form_name)
        item = form.field_with_key(key) if form is not None else None
        if item is not None and item.kind not in SUBJECT_FIELD_KINDS:
            values = self._field_domain(name, item)
            return values
        return self._compared_text_domain(name) if name in self.in_conditions else (SOME_VALUE,)

    def _compared_text_domain(self, name: str) -> tuple[Any, ...]:
        """Return the texts that a variable is compared with, and one that is none of them and sorts before them;
        where their order is asked for, a text behind each.
        """
        texts = [text for text in self._literals.get(name, ()) if isinstance(text, str)]
        if name in self._ordered:
            texts += [f"{text}~" for text in texts]
        return (*dict.fromkeys(texts), OTHER_TEXT)

    def _field_domain(self, name: str, item: FormField) -> tuple[Any, ...]:
        """Return one value for every class of answers to a field; None where it may stay empty."""
        values: tuple[Any, ...]
        if item.values and not item.choices_source:
            values = tuple(value.value for value in item.values)
        elif item.kind == "checkbox":
            values = (True, False)
        elif name not in self.in_conditions:
            values = (SOME_VALUE,)
        elif item.kind == "number":
            values = _possible_number_answers(item, self._literals.get(name, ()))
        elif item.kind == "date":
            values = _possible_date_answers(self._literals.get(name, ()))
        elif item.kind == "blockers":
            values = (LIST_VALUE,)
        else:
            values = self._compared_text_domain(name)
        return values if item.required else (*values, None)


def _may_field_be_absent(item: FormField, chosen: Mapping[str, Any]) -> bool:
    return not any(chosen.get(other) in values for other, values in item.required_when.items())


def _subject_kinds_created_by_answer(form: Form, chosen: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the kinds of subjects that an answer may create; a field that may stay empty gives two ways."""
    decision = chosen.get(DECISION_FIELD)
    kinds: list[tuple[tuple[str, ...], ...]] = []
    if form.subject_kind and decision in (form.subject_decisions or SUBJECT_CREATING_DECISIONS):
        kinds.append(((form.subject_kind,),))
    for item in form.fields:
        if item.kind in SUBJECT_FIELD_KINDS and decision in SUBJECT_CREATING_DECISIONS:
            needed = item.required or not _may_field_be_absent(item, chosen)
            kinds.append(((item.kind,),) if needed else ((item.kind,), ()))
    for chosen_kinds in product(*kinds):
        named = tuple(kind for part in chosen_kinds for kind in part)
        yield tuple(kind for kind in named if kind in operations.SUBJECT_FACTORY_BY_KIND)


def _remove_repeated_answers(answers: Sequence[PossibleAnswer]) -> tuple[PossibleAnswer, ...]:
    """Return the answers without repeats, in order."""
    seen: dict[Any, PossibleAnswer] = {}
    for answer in answers:
        values = tuple((key, type(value).__name__, value) for key, value in answer.values.items())
        seen.setdefault((values, answer.subjects), answer)
    return tuple(seen.values())


def _possible_number_answers(item: FormField, literals: Sequence[Any]) -> tuple[str, ...]:
    """Return the answers to a number field: variables of cases hold numbers as texts (`forms.schema`)."""
    offered = [
        text for text in literals if isinstance(text, str) and _is_number_within_field_limits(item, text)
    ]
    return (*dict.fromkeys(offered), OTHER_TEXT)


def _is_number_within_field_limits(item: FormField, text: str) -> bool:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return False
    return (item.min is None or number >= item.min) and (item.max is None or number <= item.max)


def _possible_date_answers(literals: Sequence[Any]) -> tuple[str, ...]:
    """Return the compared days, and days before and after them, as ISO texts."""
    days = [text for text in literals if isinstance(text, str) and _is_iso_date(text)]
    return (*dict.fromkeys(days), "0001-01-01", "9999-12-31")


def _is_iso_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _literals_by_variable(model: ProcessModel) -> Mapping[str, Sequence[Any]]:
    """Return the literals that each variable is compared with, in the order of the file."""
    found: dict[str, list[Any]] = {}
    for flow in model.flows.values():
        for node in ast.walk(flow.condition.tree) if flow.condition else ():
            if isinstance(node, ast.Compare):
                for one, other in pairwise([node.left, *node.comparators]):
                    _add_literals_of_variable(found, one, other)
                    _add_literals_of_variable(found, other, one)
    return found


def _variables_compared_by_order(model: ProcessModel) -> frozenset[str]:
    """Return the variables in comparisons that ask for an order."""
    return frozenset(
        f"{part.value.id}.{part.attr}"
        for flow in model.flows.values()
        for node in (ast.walk(flow.condition.tree) if flow.condition else ())
        if isinstance(node, ast.Compare) and any(isinstance(op, _ORDER_OPERATORS) for op in node.ops)
        for part in (node.left, *node.comparators)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
    )


def _add_literals_of_variable(found: dict[str, list[Any]], variable: ast.expr, value: ast.expr) -> None:
    if isinstance(variable, ast.Attribute) and isinstance(variable.value, ast.Name):
        values = found.setdefault(f"{variable.value.id}.{variable.attr}", [])
        literals = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
        values += [literal.value for literal in literals if isinstance(literal, ast.Constant)]
