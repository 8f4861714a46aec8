"""Texts for the findings about a diagram: what is wrong, and what to do, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.lint_findings import LINT_FINDINGS
from app.texts.parser_findings import PARSER_FINDINGS
from app.texts.roles import role_label
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.texts.verify_findings import VERIFY_FINDINGS

FINDINGS_BY_CODE: Mapping[str, tuple[str, str]] = {**PARSER_FINDINGS, **LINT_FINDINGS, **VERIFY_FINDINGS}
OTHER_VALUE = "*"
"""Stands in `values` for every value that the conditions do not name."""
WORDS_FOR_VALUES: Mapping[object, str] = {
    None: N_("no answer"),
    OTHER_VALUE: N_("another value"),
    True: N_("yes"),
    False: N_("no"),
}

REPAIR_LABELS: Mapping[str, str] = {
    "bpmn.process.not_executable": N_("Mark as executable"),
    "bpmn.id.pattern": N_("Give a readable id"),
    "bpmn.gateway.unconditioned": N_("Make it the default flow"),
    "bpmn.gateway.default_condition": N_("Delete the condition"),
    "bpmn.gateway.default_parallel": N_("Remove the default mark"),
    "bpmn.flow.condition_misplaced": N_("Delete the condition"),
    "bpmn.timer.content": N_("Empty the timer"),
    "diagrams.id.unreadable": N_("Give a readable id"),
    "diagrams.deadline.missing": N_("Set the usual deadline"),
    "diagrams.clause.missing": N_("Set the clause of the start"),
    "diagrams.clause.unknown": N_("Use the clause of the process"),
    "diagrams.end.result_missing": N_("Mark as neutral"),
    "diagrams.gateway.uncovered": N_("Choose a default flow"),
}
"""Labels of the buttons that repair a finding, by its code."""


def repair_button_label(code: str) -> str:
    """Return the label of the button that repairs a finding; "" when there is no such button."""
    return _(REPAIR_LABELS[code]) if code in REPAIR_LABELS else ""


def finding_message(code: str, params: Mapping[str, Any]) -> str:
    """Return what is wrong, after the name of the element when `params` has its `title` or `element` (id).

    An unknown code is returned as it is, which a test reports.
    """
    sentence = _finding_sentence(code, 0, params)
    name = element_title_with_id(params.get("title", ""), params.get("element", ""))
    return f"{name}: {sentence}" if name else sentence


def finding_remedy(code: str, params: Mapping[str, Any]) -> str:
    """Return what to do about a finding; "" for an unknown code."""
    return _finding_sentence(code, 1, params) if code in FINDINGS_BY_CODE else ""


def element_title_with_id(title: str, element: str) -> str:
    """Return how a text names an element: its title with its id; the id alone when it has no title."""
    if title and element:
        return f"«{title}» ({element})"
    return f"«{title}»" if title else element


def _finding_sentence(code: str, part: int, params: Mapping[str, Any]) -> str:
    if code not in FINDINGS_BY_CODE:
        return code
    words = {name: _finding_param_text(name, value) for name, value in params.items()}
    return _(FINDINGS_BY_CODE[code][part]) % words


def _finding_param_text(name: str, value: Any) -> str:
    if name == "role":
        return role_label(str(value))
    if name == "values" and isinstance(value, Mapping):
        return ", ".join(f"{variable} = {_variable_value_text(one)}" for variable, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _variable_value_text(value: Any) -> str:
    plain = value is None or isinstance(value, (bool, str))
    return _(WORDS_FOR_VALUES[value]) if plain and value in WORDS_FOR_VALUES else str(value)
