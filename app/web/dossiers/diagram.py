"""The diagram of the version of a case, as SVG with the path that the case took."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from app.cases.dossier.typesetting import PICTURE_FONT
from app.cases.queries.case_details import CaseView
from app.diagrams.picture.boxes import read_pool_drawing
from app.diagrams.picture.step_order import number_steps_in_order
from app.diagrams.picture.svg import CasePath, draw_diagram_svg
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.case_drawing import case_diagram_json
from app.web.labels.cases import element_title

log = structlog.get_logger(__name__)
_WIDE_FROM = 1.2
"""A diagram that is so much wider than high stands on a page of its own, turned."""


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A diagram as SVG, what it shows in words, and whether it is wide."""

    svg: str
    alternative_text: str
    is_wide: bool


def draw_case_path(view: CaseView) -> DrawnPath | None:
    """Return the diagram with the path of the case; None when its version cannot be read or drawn."""
    if view.published is None:
        return None
    published, where = view.published, locale()
    found = case_diagram_json(published, view.history_entries, [task.element for task in view.open_tasks])
    model = published.model
    left = {*model.starts, *found["done"]} if view.history_entries else set(found["done"])
    path = CasePath(frozenset(left), frozenset(found["open"]), frozenset(found["path"]))
    try:
        drawing = read_pool_drawing(published.xml.encode())
        svg = draw_diagram_svg(model, drawing, number_steps_in_order(model), where, path, PICTURE_FONT)
    except (KeyError, StopIteration, ValueError) as problem:
        # A drawing without a pool, a lane or an element: its process runs all the same.
        log.warning("dossier.diagram_not_drawn", version=str(published.id), problem=type(problem).__name__)
        return None
    done = ", ".join(element_title(published, one, where) for one in found["done"])
    words = _("%(process)s. Steps done: %(done)s.") % {
        "process": pick_text(model.titles, where),
        "done": done or "–",
    }
    pool = drawing.boxes[drawing.pool]
    return DrawnPath(svg, words, pool.w > pool.h * _WIDE_FROM)
