"""Texts of findings in the language of the reader, with the titles of the elements they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from typing import Any

from app import operations
from app.bpmn.errors import DiagramFinding
from app.bpmn.model import DECISION_FIELD, OUTCOME_FIELD, ProcessModel, Titles
from app.forms.form_file import Form
from app.kernel.i18n import current_locale, pick_text, set_current_locale
from app.texts.diagram_findings import finding_message, finding_remedy
from app.texts.translate import gettext

ELEMENT_PARAMS = ("first", "second", "gateway", "other")
"""Parameters of findings that are ids of elements."""


def finding_message_and_remedy(
    finding: DiagramFinding, model: ProcessModel | None, forms: Mapping[str, Form] | None = None
) -> tuple[str, str]:
    """Return message and remedy of a finding; without a model (the file could not be read) elements keep their ids.

    With the forms of the diagram, by name, decisions and answers have the words that people see there.
    """
    titles = element_titles(model) if model else {}
    params: dict[str, Any] = dict(finding.params)
    for name in ELEMENT_PARAMS:
        if model and params.get(name):
            params[name] = _branch_or_element_title(model, titles, str(params[name]))
    if model and isinstance(params.get("values"), Mapping):
        params["values"] = dict(
            _variable_and_value_words(model, titles, forms or {}, variable, value)
            for variable, value in params["values"].items()
        )
    params["element"] = finding.element
    params["title"] = pick_text(titles.get(finding.element), current_locale())
    return finding_message(finding.code, params), finding_remedy(finding.code, params)


def _branch_or_element_title(model: ProcessModel, titles: Mapping[str, Titles], element: str) -> str:
    """Return the title of an element; of a flow without one that of the element to which it leads."""
    flow = model.flows.get(element)
    named = flow.target if flow is not None and element not in titles else element
    return pick_text(titles.get(named), current_locale()) or element


def _variable_and_value_words(
    model: ProcessModel, titles: Mapping[str, Titles], forms: Mapping[str, Form], variable: str, value: Any
) -> tuple[str, Any]:
    """Return the words for a process variable and for its value; what has none stays as it is."""
    owner, _, part = variable.partition(".")
    task, service = model.user_tasks.get(owner), model.services.get(owner)
    title = pick_text(titles.get(owner), current_locale())
    if service is not None and part == OUTCOME_FIELD:
        operation = operations.OPERATIONS.get(service.operation)
        known = operation.outcomes.get(value) if operation is not None else None
        return f"«{title}»" if title else variable, f"«{gettext(known)}»" if known else value
    form = forms.get(task.form) if task is not None else None
    field = form.field_with_key(part) if form is not None else None
    if field is None:
        return variable, value
    words = {offered.value: pick_text(offered.label, current_locale()) for offered in field.values}
    label = "" if part == DECISION_FIELD else f", {pick_text(field.label, current_locale())}"
    named = f"«{words[value]}»" if isinstance(value, str) and value in words else value
    return f"«{title}»{label}" if title else variable, named


def element_titles(model: ProcessModel) -> Mapping[str, Titles]:
    """Return the titles of the process and of every element that has one, by id."""
    groups = (
        model.lanes,
        model.starts,
        model.user_tasks,
        model.services,
        model.gateways,
        model.timers,
        model.ends,
        model.flows,
    )
    found = {model.key: model.titles}
    for group in groups:
        found |= {element: part.titles for element, part in group.items() if part.titles}
    return found


def finding_as_shell_line(finding: DiagramFinding, model: ProcessModel | None = None) -> str:
    """Return one finding for a shell as `line, severity: message remedy (code)`."""
    message, remedy = finding_message_and_remedy(finding, model)
    where = f"line {finding.line}, " if finding.line else ""
    return f"{where}{finding.severity}: {message} {remedy} ({finding.code})"


def english_finding_lines(findings: Mapping[str, Sequence[DiagramFinding]]) -> list[str]:
    """Return the findings about several diagrams as lines for a shell, whose language is English.

    The language of the caller is not changed.
    """
    return copy_context().run(_finding_lines_in_english_locale, findings)


def _finding_lines_in_english_locale(findings: Mapping[str, Sequence[DiagramFinding]]) -> list[str]:
    set_current_locale("en")
    return [
        f"{key}: {finding_as_shell_line(finding)}" for key, found in findings.items() for finding in found
    ]
