"""Answer of a check of a drawing, for the editor: the report of `app.diagrams.checking`, and the offered repairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.bpmn.errors import DiagramError, DiagramFinding
from app.diagrams import draft_file, import_repairs
from app.diagrams.checking import check_report_as_json
from app.diagrams.draft_forms import load_form_texts_in_force
from app.diagrams.import_repairs import OfferedRepair
from app.diagrams.limited_check import check_diagram_with_limits
from app.diagrams.lint.repairs import repair_finding_in_diagram
from app.kernel.errors import Invalid
from app.texts.translate import N_
from app.texts.translate import gettext as _

MAX_FINDINGS = 200
MAX_REPAIRED = 30
"""So many findings are offered a repair of their own: each is tried on the drawing, in about two milliseconds."""
FINDING = "finding"
"""The kind of a repair that removes one finding."""
REPAIR_TEXTS: Mapping[str, str] = {
    import_repairs.TYPES: N_(
        "«%(element)s» is a %(before)s, which does not run here; it can become a %(after)s."
    ),
    import_repairs.IDS: N_("The identifier «%(before)s» says nothing; it can become «%(after)s»."),
    import_repairs.EXECUTABLE: N_("The process is not marked as executable."),
    import_repairs.LANES: N_("The process has no lanes; a lane can be put around everything."),
    import_repairs.FOREIGN: N_("The file holds %(before)s notes of other programs, which do not run here."),
    import_repairs.LAYOUT: N_("The file has no layout; it can be computed."),
}


def check_drawing(xml: str, forms: Mapping[str, str]) -> dict[str, Any]:
    """Check a drawing with the forms of its draft; forms it does not have yet are those in force."""
    known = load_form_texts_in_force() | dict(forms)
    report = check_report_as_json(check_diagram_with_limits(xml.encode(), known))
    findings = [
        finding | {"repair": number < MAX_REPAIRED and _is_repairable(xml, finding)}
        for number, finding in enumerate(report["findings"][:MAX_FINDINGS])
    ]
    return report | {"findings": findings, "repairs": repair_views(xml)}


def repair_drawing(xml: str, kind: str, element: str, code: str) -> str:
    """Return a drawing after an offered repair; for the kind `finding`, without the finding of this code and element.

    Raises Invalid when there is nothing to repair.
    """
    if kind != FINDING:
        return import_repairs.apply_repair(xml, kind, element)
    draft_file.parse_drawing(xml)
    repaired = repair_finding_in_diagram(xml.encode(), DiagramFinding(code, 0, element))
    if repaired is None:
        raise Invalid.field("kind", "diagrams.repair.unknown")
    return repaired.decode()


def _is_repairable(xml: str, finding: Mapping[str, Any]) -> bool:
    """Return whether one press can remove a finding; drawings that are no plain XML are not."""
    try:
        return (
            repair_finding_in_diagram(xml.encode(), DiagramFinding(finding["code"], 0, finding["element"]))
            is not None
        )
    except DiagramError:
        return False


def repair_views(xml: str) -> list[dict[str, str]]:
    """Return the repairs a drawing is offered, each with a sentence."""
    try:
        found = import_repairs.list_repairs_that_change_drawing(xml)
    except Invalid:
        return []
    return [
        {"kind": repair.kind, "element": repair.element, "message": _repair_text(repair)} for repair in found
    ]


def _repair_text(repair: OfferedRepair) -> str:
    text = _(REPAIR_TEXTS[repair.kind])
    return text % {"element": repair.element, "before": repair.before, "after": repair.after}
