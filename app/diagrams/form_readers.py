"""Who reads a field of a form: conditions, inputs of operations, approvals, and other fields. Pure.

The drawing need not be of profile 1: a draft is asked about while it is drawn.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from app.bpmn.errors import ExpressionError
from app.bpmn.expression import ConditionExpression, parse_condition
from app.bpmn.model import DECISION_FIELD
from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE
from app.diagrams.lint.forms import APPROVE
from app.diagrams.lint.values import variables_with_compared_texts
from app.forms.form_file import Form

START = "start"
CONDITION, INPUT, APPROVAL, NEEDED, SUBJECT = "condition", "input", "approval", "needed", "subject"
FORM_ATTRIBUTE = f"{DEPTER_NAMESPACE}form"
_VARIABLE = re.compile(r"'[^']*'|\"[^\"]*\"|\b([a-z]\w*)\.([a-z]\w*)")


@dataclass(frozen=True, slots=True)
class FieldReader:
    """One place that reads a field, or one answer of it when `value` is not None.

    `kind` is condition (a flow), input (of a service task, `name` the parameter), approval (a step), needed (another
    field `name` of the form), subject (the form makes a subject). `element` is an id of the drawing, "" for the form.
    """

    kind: str
    element: str = ""
    name: str = ""
    value: str | None = None


def variable_owners_of_form(root: etree._Element, form: str) -> tuple[str, ...]:
    """Return the owners of the variables that a form gives: the steps that use it, and `start`."""
    tasks = root.iter(f"{BPMN_NAMESPACE}userTask")
    owners = [str(task.get("id")) for task in tasks if task.get(FORM_ATTRIBUTE) == form and task.get("id")]
    process = root.find(f"{BPMN_NAMESPACE}process")
    if process is not None and form == f"{process.get('id')}.{START}":
        owners.insert(0, START)
    return tuple(owners)


def field_readers_by_key(root: etree._Element, form_name: str, form: Form) -> Mapping[str, list[FieldReader]]:
    """Return who reads each field of a form, by key, in the order of the drawing."""
    owners = set(variable_owners_of_form(root, form_name))
    found: dict[str, list[FieldReader]] = defaultdict(list)
    for key, reader in (
        *_field_readers_in_conditions(root, owners),
        *_field_readers_in_service_inputs(root, owners),
        *_field_readers_in_approval_tasks(root, owners),
        *_field_readers_in_form(form),
    ):
        if reader not in found[key]:
            found[key].append(reader)
    return found


def iterate_owners_and_fields_in_condition(text: str) -> Iterator[tuple[str, str]]:
    """Yield owner and field of each variable in a condition, also in one that cannot be read."""
    for match in _VARIABLE.finditer(text):
        if match.group(1):
            yield match.group(1), match.group(2)


def parse_condition_or_none(text: str) -> ConditionExpression | None:
    """Return a parsed condition, or None for one that cannot be read."""
    try:
        return parse_condition(text)
    except ExpressionError:
        return None


def _field_readers_in_conditions(root: etree._Element, owners: set[str]) -> Iterator[tuple[str, FieldReader]]:
    for flow in root.iter(f"{BPMN_NAMESPACE}sequenceFlow"):
        text, element = flow.findtext(f"{BPMN_NAMESPACE}conditionExpression") or "", str(flow.get("id", ""))
        for owner, key in iterate_owners_and_fields_in_condition(text):
            if owner in owners:
                yield key, FieldReader(CONDITION, element)
        condition = parse_condition_or_none(text) if text.strip() else None
        for variable, value in variables_with_compared_texts(condition) if condition else ():
            owner, _, key = variable.partition(".")
            if owner in owners:
                yield key, FieldReader(CONDITION, element, value=value)


def _field_readers_in_service_inputs(
    root: etree._Element, owners: set[str]
) -> Iterator[tuple[str, FieldReader]]:
    for service in root.iter(f"{BPMN_NAMESPACE}serviceTask"):
        for given in service.iter(f"{DEPTER_NAMESPACE}input"):
            for variable in str(given.get("variable", "")).split():
                owner, _, key = variable.partition(".")
                if owner in owners:
                    yield key, FieldReader(INPUT, str(service.get("id", "")), str(given.get("name", "")))


def _field_readers_in_approval_tasks(
    root: etree._Element, owners: set[str]
) -> Iterator[tuple[str, FieldReader]]:
    for task in root.iter(f"{BPMN_NAMESPACE}userTask"):
        element = str(task.get("id", ""))
        if element in owners and task.get(f"{DEPTER_NAMESPACE}approves") == "true":
            yield DECISION_FIELD, FieldReader(APPROVAL, element)
            yield DECISION_FIELD, FieldReader(APPROVAL, element, value=APPROVE)


def _field_readers_in_form(form: Form) -> Iterator[tuple[str, FieldReader]]:
    for item in form.fields:
        for other, values in item.required_when.items():
            yield other, FieldReader(NEEDED, name=item.key)
            for value in values:
                yield other, FieldReader(NEEDED, name=item.key, value=value)
    for value in form.subject_decisions:
        yield DECISION_FIELD, FieldReader(SUBJECT)
        yield DECISION_FIELD, FieldReader(SUBJECT, value=value)
