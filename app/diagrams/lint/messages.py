"""Texts of findings in the language of the reader, with the titles of the elements they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from typing import Any

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import ProcessModel, Titles
from app.kernel.i18n import current_locale, pick_text, set_current_locale
from app.texts.diagram_findings import finding_message, finding_remedy

ELEMENT_PARAMS = ("first", "second", "gateway", "other")
"""Parameters of findings that are ids of elements."""


def finding_texts(finding: DiagramFinding, model: ProcessModel | None) -> tuple[str, str]:
    """Return message and remedy of a finding; without a model (the file could not be read) elements keep their ids."""
    titles = element_titles(model) if model else {}
    params: dict[str, Any] = dict(finding.params)
    for name in ELEMENT_PARAMS:
        if titles.get(params.get(name, "")):
            params[name] = pick_text(titles[params[name]], current_locale())
    params["element"] = finding.element
    params["title"] = pick_text(titles.get(finding.element), current_locale())
    return finding_message(finding.code, params), finding_remedy(finding.code, params)


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


def finding_line_text(finding: DiagramFinding, model: ProcessModel | None = None) -> str:
    """Return one finding for a shell as `line, severity: message remedy (code)`."""
    message, remedy = finding_texts(finding, model)
    where = f"line {finding.line}, " if finding.line else ""
    return f"{where}{finding.severity}: {message} {remedy} ({finding.code})"


def english_finding_lines(findings: Mapping[str, Sequence[DiagramFinding]]) -> list[str]:
    """Return the findings about several diagrams as lines for a shell, whose language is English.

    The language of the caller is not changed.
    """
    return copy_context().run(_english_lines, findings)


def _english_lines(findings: Mapping[str, Sequence[DiagramFinding]]) -> list[str]:
    set_current_locale("en")
    return [f"{key}: {finding_line_text(finding)}" for key, found in findings.items() for finding in found]
