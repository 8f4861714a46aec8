"""Scenarios of a process for pages: with the results of a run, or with the last stored ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace

from app.bpmn.errors import DiagramError
from app.bpmn.model import ProcessModel
from app.bpmn.parse import parse_diagram
from app.diagrams.scenario_queries import (
    ScenarioRow,
    ScenarioRun,
    load_removed_scenarios,
    load_scenario_results,
    load_scenarios,
)
from app.diagrams.versions import PublishedDiagram, diagram_sha256
from app.forms.form_file import Form, FormFileError, parse_form
from app.people import queries as people
from app.plays.words import scenario_views


def scenario_run_views(
    runs: Sequence[tuple[ScenarioRow, ScenarioRun | None]], xml: str, forms: Mapping[str, str]
) -> list[SimpleNamespace]:
    """Return scenarios with these results in words, by the titles of the drawing and the words of its forms."""
    return (
        _build_scenario_views(runs, _parse_model_or_none(xml), _parse_readable_forms(forms)) if runs else []
    )


def _build_scenario_views(
    runs: Sequence[tuple[ScenarioRow, ScenarioRun | None]],
    model: ProcessModel | None,
    forms: Mapping[str, Form],
) -> list[SimpleNamespace]:
    """Return scenarios with these results in words; one statement for the names when people recorded them."""
    return scenario_views(runs, model, forms, people.load_names(row.recorded_by for row, _run in runs))


def load_scenario_views(key: str, xml: str, forms: Mapping[str, str]) -> list[SimpleNamespace]:
    """Return the scenarios of a process with their last results on a drawing; one statement, three when there are
    any."""
    rows = load_scenarios(key)
    if not rows:
        return []
    results = load_scenario_results(key, diagram_sha256(xml, forms))
    return scenario_run_views([(row, results.get(row.id)) for row in rows], xml, forms)


def load_scenario_views_of_version(version: PublishedDiagram) -> list[SimpleNamespace]:
    """Return the scenarios of a process with their last results on a loaded version; one statement, two when there
    are any, three when people recorded them."""
    rows = load_scenarios(version.key)
    if not rows:
        return []
    results = load_scenario_results(version.key, version.sha256)
    return _build_scenario_views([(row, results.get(row.id)) for row in rows], version.model, version.forms)


def load_removed_scenario_views(key: str, since: datetime | None) -> list[SimpleNamespace]:
    """Return the scenarios that were removed since a moment, by whom and why; two statements."""
    rows = load_removed_scenarios(key, since)
    names = people.load_names(row.removed_by for row in rows)
    return [
        SimpleNamespace(
            title=row.title,
            reason=row.removed_reason,
            by=names[row.removed_by].short if row.removed_by in names else "",
            at=row.removed_at,
            replaced=row.replaced_by is not None,
        )
        for row in rows
    ]


def _parse_model_or_none(xml: str) -> ProcessModel | None:
    try:
        return parse_diagram(xml.encode())
    except DiagramError:
        return None


def _parse_readable_forms(texts: Mapping[str, str]) -> dict[str, Form]:
    """Return the forms that can be read."""
    found = {}
    for name, text in texts.items():
        try:
            found[name] = parse_form(text.encode())
        except FormFileError:
            continue
    return found
