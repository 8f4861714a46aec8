"""Views of a comparison of two versions, or of a draft with the version in force: words, and marks for the drawings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.bpmn.errors import DiagramError
from app.bpmn.model import ProcessModel
from app.bpmn.parse import parse_diagram
from app.diagrams.comparison import ElementChange, compare_diagrams, find_moved_or_resized_elements
from app.diagrams.lint.messages import element_titles
from app.diagrams.versions import VersionDamaged, load_version
from app.forms.form_file import Form, FormFileError
from app.forms.form_problems import read_unfinished_form
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.studio.change_texts import ChangeView, diagram_change_views


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One side of a comparison: its drawing, and model and forms when they can be read."""

    xml: str
    model: ProcessModel | None
    forms: Mapping[str, Form]


def compared_side_of_version(version_id: UUID) -> ComparedSide:
    """Return a stored version as a side. Raises Missing when it is damaged."""
    try:
        version = load_version(version_id)
    except VersionDamaged:
        raise Missing from None
    return ComparedSide(version.xml, version.model, version.forms)


def compared_side_of_draft(xml: str, forms: Mapping[str, str]) -> ComparedSide:
    """Return a draft as a side; its model is None while the parser refuses it."""
    try:
        model = parse_diagram(xml.encode())
    except DiagramError:
        model = None
    return ComparedSide(
        xml, model, {name: form for name, text in forms.items() if (form := _parse_form_or_none(text))}
    )


def difference_views_or_none(before: ComparedSide, after: ComparedSide) -> list[ChangeView] | None:
    """Return what differs, in words; None while one side cannot be read."""
    if before.model is None or after.model is None:
        return None
    titles = {
        **_step_titles_by_form(before.model),
        **_step_titles_by_form(after.model),
        **_element_titles(before.model),
        **_element_titles(after.model),
    }
    return diagram_change_views(_element_changes(before, after), titles)


def marked_drawings(before: ComparedSide, after: ComparedSide) -> dict[str, Any]:
    """Return both drawings with the marks of what differs: `{before: {xml, names, marks}, after: ...}`."""
    changes = _element_changes(before, after)
    of_elements = [change for change in changes if change.group not in ("form", "process")]
    changed = {change.element: "changed" for change in of_elements if change.kind == "changed"}
    tasks = after.model.user_tasks if after.model else {}
    changed_forms = {change.element for change in changes if change.group == "form"}
    changed |= {task.id: "changed" for task in tasks.values() if task.form in changed_forms}
    moved = dict.fromkeys(find_moved_or_resized_elements(before.xml.encode(), after.xml.encode()), "moved")
    removed = {change.element: "removed" for change in of_elements if change.kind == "removed"}
    added = {change.element: "added" for change in of_elements if change.kind == "added"}
    return {
        "before": _marked_drawing(before, {**moved, **changed, **removed}),
        "after": _marked_drawing(after, {**moved, **changed, **added}),
    }


def _element_changes(before: ComparedSide, after: ComparedSide) -> tuple[ElementChange, ...]:
    if before.model is None or after.model is None:
        return ()
    return compare_diagrams(before.model, after.model, before.forms, after.forms)


def _marked_drawing(side: ComparedSide, marks: Mapping[str, str]) -> dict[str, Any]:
    return {"xml": side.xml, "names": _element_titles(side.model) if side.model else {}, "marks": dict(marks)}


def _element_titles(model: ProcessModel) -> dict[str, str]:
    return {element: pick_text(texts, locale()) for element, texts in element_titles(model).items()}


def _step_titles_by_form(model: ProcessModel) -> dict[str, str]:
    """Return the title of the first step that uses each form, by the name of the form."""
    titles = {f"{model.key}.start": _("Request")}
    for task in model.user_tasks.values():
        titles.setdefault(task.form, pick_text(task.titles, locale()))
    return titles


def _parse_form_or_none(text: str) -> Form | None:
    try:
        return read_unfinished_form(text.encode()).form
    except FormFileError:
        return None
