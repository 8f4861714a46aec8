"""Lint rule: every title that people read is there in Kyrgyz, Russian and English.

Process, lanes, steps and ends with an outcome always have one; other events, gateways, flows and the purpose of the
process only where they have a text at all. Where a language is missing its readers see another one.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import Titles
from app.diagrams.lint.context import LintContext
from app.kernel.i18n import LOCALES


def find_missing_titles(context: LintContext) -> Iterator[DiagramFinding]:
    """Find elements whose title is missing in a language."""
    model = context.model
    needed = {model.key: model.titles}
    for group in (model.lanes, model.user_tasks, model.services):
        needed |= {element: part.titles for element, part in group.items()}
    needed |= {end.id: end.titles for end in model.ends.values() if end.outcome}
    optional = {
        element: part.titles
        for group in (model.starts, model.timers, model.ends, model.gateways, model.flows)
        for element, part in group.items()
        if part.titles and element not in needed
    }
    for element, titles in {**needed, **optional}.items():
        if missing := _languages_without_title(titles):
            yield context.make_finding("diagrams.title.missing", element, languages=missing)
    if model.about and (missing := _languages_without_title(model.about)):
        yield context.make_finding("diagrams.about.missing", model.key, languages=missing)


def _languages_without_title(titles: Titles) -> tuple[str, ...]:
    return tuple(locale for locale in LOCALES if not titles.get(locale))
