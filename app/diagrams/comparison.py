"""Comparison of two versions of a diagram: elements added, removed, changed and moved, and the fields of their forms.

Elements are aligned by id, as versions and running cases are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from lxml import etree

from app.bpmn.model import ProcessModel, Titles
from app.bpmn.profile import DRAWING_NAMESPACES
from app.bpmn.safe_xml import parse_xml
from app.forms.form_file import Form, FormField

ChangeKind = Literal["added", "removed", "changed", "moved"]
MIN_MOVE = 5.0
"""Pixels by which a shape must have moved to be called moved."""


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One attribute that differs: its name, and the values before and after as the diagram or the form has them."""

    attribute: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ElementChange:
    """One element, or one form, that differs. `group` is its kind: process, lane, task, service, gateway, timer, flow,
    end, start or form.
    """

    kind: ChangeKind
    group: str
    element: str
    titles: Titles
    values: tuple[ChangedValue, ...] = ()


def compare_diagrams(
    before: ProcessModel,
    after: ProcessModel,
    forms_before: Mapping[str, Form],
    forms_after: Mapping[str, Form],
) -> tuple[ElementChange, ...]:
    """Return what differs between two versions, elements in the order of the drawing, then forms.

    What only moved on the canvas is not among them: `find_moved_or_resized_elements` has it.
    """
    changes: list[ElementChange] = []
    process = tuple(
        _changed_attribute_values(_compared_values_of_process(before), _compared_values_of_process(after))
    )
    if process:
        changes.append(ElementChange("changed", "process", after.key, after.titles, process))
    for group, elements, values in _GROUPS:
        changes += _compare_elements_of_group(
            group, elements(before), elements(after), partial(values, before), partial(values, after)
        )
    changes += _compare_forms(forms_before, forms_after)
    return tuple(changes)


def find_moved_or_resized_elements(xml_before: bytes, xml_after: bytes) -> frozenset[str]:
    """Return the ids of elements whose shape has another place or size in the second drawing."""
    before, after = _shape_bounds_by_element(xml_before), _shape_bounds_by_element(xml_after)
    return frozenset(
        element
        for element, bounds in after.items()
        if element in before
        and any(abs(one - other) >= MIN_MOVE for one, other in zip(before[element], bounds, strict=True))
    )


def _shape_bounds_by_element(xml: bytes) -> Mapping[str, tuple[float, ...]]:
    """Return x, y, width and height of every shape by the id of its element; what is not drawn is left out."""
    diagram, common = DRAWING_NAMESPACES[0], DRAWING_NAMESPACES[1]
    found: dict[str, tuple[float, ...]] = {}
    for shape in parse_xml(xml).iter(f"{diagram}BPMNShape"):
        bounds = shape.find(f"{common}Bounds")
        if bounds is not None and shape.get("bpmnElement"):
            found[shape.get("bpmnElement", "")] = _bounds_numbers_or_zeros(bounds)
    return found


def _bounds_numbers_or_zeros(bounds: etree._Element) -> tuple[float, ...]:
    try:
        return tuple(float(bounds.get(name, "0")) for name in ("x", "y", "width", "height"))
    except ValueError:
        return (0.0, 0.0, 0.0, 0.0)


def _compare_elements_of_group(
    group: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    values_before: Callable[[Any], Mapping[str, Any]],
    values_after: Callable[[Any], Mapping[str, Any]],
) -> Iterator[ElementChange]:
    for element, one in after.items():
        if element not in before:
            shown = tuple(_changed_attribute_values({}, values_after(one)))
            yield ElementChange("added", group, element, one.titles, shown)
            continue
        differing = tuple(_changed_attribute_values(values_before(before[element]), values_after(one)))
        if differing:
            yield ElementChange("changed", group, element, one.titles, differing)
    for element, one in before.items():
        if element not in after:
            yield ElementChange("removed", group, element, one.titles)


def _changed_attribute_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ChangedValue]:
    """Yield the attributes that differ; one that is empty on both sides does not."""
    for name in dict.fromkeys((*before, *after)):
        one, other = before.get(name), after.get(name)
        if (one or None) != (other or None):
            yield ChangedValue(name, one, other)


def _compared_values_of_process(model: ProcessModel) -> Mapping[str, Any]:
    return {
        "titles": dict(model.titles),
        "about": dict(model.about),
        "clause": model.clause,
        "start": model.start_name,
        "starters": " ".join(model.starters),
    }


def _compared_values_of_lane(_model: ProcessModel, lane: Any) -> Mapping[str, Any]:
    return {"titles": dict(lane.titles), "role": lane.role, "scope": lane.scope}


def _compared_values_of_task(model: ProcessModel, task: Any) -> Mapping[str, Any]:
    lane = model.lanes[task.lane]
    return {
        "titles": dict(task.titles),
        "role": lane.role,
        "scope": lane.scope,
        "form": task.form,
        "clause": task.clause,
        "deadline": task.deadline,
        "anchor": task.anchor,
        "assign": task.assign,
        "approves": task.approves,
        "rework": task.rework,
    }


def _compared_values_of_service(model: ProcessModel, service: Any) -> Mapping[str, Any]:
    inputs = {f"input {name}": " ".join(variables) for name, variables in service.inputs.items()}
    role = model.lanes[service.lane].role
    return {"titles": dict(service.titles), "operation": service.operation, "role": role, **inputs}


def _compared_values_of_gateway(model: ProcessModel, gateway: Any) -> Mapping[str, Any]:
    default = model.flows[gateway.default].target if gateway.default in model.flows else ""
    return {"titles": dict(gateway.titles), "kind": gateway.kind, "default": default}


def _compared_values_of_timer(_model: ProcessModel, timer: Any) -> Mapping[str, Any]:
    return {
        "titles": dict(timer.titles),
        "deadline": timer.policy,
        "anchor": timer.anchor,
        "attached_to": timer.attached_to,
        "interrupting": timer.interrupting,
    }


def _compared_values_of_flow(_model: ProcessModel, flow: Any) -> Mapping[str, Any]:
    condition = flow.condition.text if flow.condition else ""
    return {"titles": dict(flow.titles), "source": flow.source, "target": flow.target, "condition": condition}


def _compared_values_of_end(_model: ProcessModel, end: Any) -> Mapping[str, Any]:
    return {"titles": dict(end.titles), "outcome": end.outcome, "result": end.result}


def _compared_values_of_start(_model: ProcessModel, start: Any) -> Mapping[str, Any]:
    return {"titles": dict(start.titles)}


_GROUPS: tuple[
    tuple[str, Callable[[ProcessModel], Mapping[str, Any]], Callable[[ProcessModel, Any], Mapping[str, Any]]],
    ...,
] = (
    ("lane", lambda model: model.lanes, _compared_values_of_lane),
    ("start", lambda model: model.starts, _compared_values_of_start),
    ("task", lambda model: model.user_tasks, _compared_values_of_task),
    ("service", lambda model: model.services, _compared_values_of_service),
    ("gateway", lambda model: model.gateways, _compared_values_of_gateway),
    ("timer", lambda model: model.timers, _compared_values_of_timer),
    ("flow", lambda model: model.flows, _compared_values_of_flow),
    ("end", lambda model: model.ends, _compared_values_of_end),
)


def _compare_forms(before: Mapping[str, Form], after: Mapping[str, Form]) -> Iterator[ElementChange]:
    for name, form in after.items():
        if name not in before:
            yield ElementChange("added", "form", name, {}, tuple(_form_differences(Form(name, ()), form)))
            continue
        values = tuple(_form_differences(before[name], form))
        if values:
            yield ElementChange("changed", "form", name, {}, values)
    for name in before:
        if name not in after:
            yield ElementChange("removed", "form", name, {})


def _form_differences(before: Form, after: Form) -> Iterator[ChangedValue]:
    """Yield the fields that were added, removed or changed, by key, and the order when only it differs."""
    fields_before = {item.key: item for item in before.fields}
    fields_after = {item.key: item for item in after.fields}
    for key, item in fields_after.items():
        if key not in fields_before:
            yield ChangedValue(f"field {key}", None, dict(item.label))
        else:
            yield from _field_differences(key, fields_before[key], item)
    for key, item in fields_before.items():
        if key not in fields_after:
            yield ChangedValue(f"field {key}", dict(item.label), None)
    kept_before = [key for key in fields_before if key in fields_after]
    kept_after = [key for key in fields_after if key in fields_before]
    if kept_before != kept_after:
        yield ChangedValue("order", ", ".join(kept_before), ", ".join(kept_after))
    if before.subject_kind != after.subject_kind:
        yield ChangedValue("subject", before.subject_kind, after.subject_kind)
    if before.subject_decisions != after.subject_decisions:
        yield ChangedValue(
            "subject_when", ", ".join(before.subject_decisions), ", ".join(after.subject_decisions)
        )


def _field_differences(key: str, before: FormField, after: FormField) -> Iterator[ChangedValue]:
    for name in (
        "kind",
        "label",
        "help",
        "required",
        "required_when",
        "min_length",
        "max_length",
        "min",
        "max",
    ):
        one, other = _field_value_as_json(getattr(before, name)), _field_value_as_json(getattr(after, name))
        if (one or None) != (other or None):
            yield ChangedValue(f"field {key} {name}", one, other)
    yield from _text_differences(f"field {key} value", _answer_labels(before), _answer_labels(after))
    kept = _answer_labels(before).keys() & _answer_labels(after).keys()
    yield from _text_differences(
        f"field {key} decided",
        _labels_for_answers_once_decided(before, kept),
        _labels_for_answers_once_decided(after, kept),
    )
    order_before, order_after = ([value.value for value in item.values] for item in (before, after))
    if order_before != order_after and sorted(order_before) == sorted(order_after):
        yield ChangedValue(f"field {key} answers", ", ".join(order_before), ", ".join(order_after))


def _answer_labels(item: FormField) -> dict[str, dict[str, str]]:
    return {value.value: dict(value.label) for value in item.values}


def _labels_for_answers_once_decided(item: FormField, kept: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the words for answers once decided, of answers that both sides offer."""
    return {value.value: dict(value.decided_label) for value in item.values if value.value in kept}


def _text_differences(
    name: str, before: Mapping[str, dict[str, str]], after: Mapping[str, dict[str, str]]
) -> Iterator[ChangedValue]:
    """Yield the texts that differ, by their key."""
    for value in dict.fromkeys((*before, *after)):
        if (before.get(value) or None) != (after.get(value) or None):
            yield ChangedValue(f"{name} {value}", before.get(value) or None, after.get(value) or None)


def _field_value_as_json(value: Any) -> Any:
    """Return a value of a field as JSON has it."""
    if not isinstance(value, Mapping):
        return value
    return {key: list(one) if isinstance(one, tuple) else one for key, one in value.items()}
