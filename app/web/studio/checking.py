"""Answer of a check of a drawing, for the editor: findings with words, in the language of the reader."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from app.bpmn.errors import DiagramFinding
from app.diagrams import draft_file, draft_queries, import_repairs
from app.diagrams.import_repairs import OfferedRepair
from app.diagrams.lint.messages import MESSAGES
from app.diagrams.versions import ShippedDiagram, diagram_problems_by_key
from app.kernel.errors import Invalid
from app.texts.translate import N_
from app.texts.translate import gettext as _

MAX_FINDINGS = 200
REPAIR_TEXTS: Mapping[str, str] = {
    import_repairs.TYPES: N_(
        "«%(element)s» is a %(before)s, which does not run here; it can become a %(after)s."
    ),
    import_repairs.IDS: N_("The identifier «%(before)s» says nothing; it can become «%(after)s»."),
    import_repairs.EXECUTABLE: N_("The process is not marked as executable."),
    import_repairs.FOREIGN: N_("The file holds %(before)s notes of other programs, which do not run here."),
    import_repairs.LAYOUT: N_("The file has no layout; it can be computed."),
}


def check_drawing(xml: str, forms: Mapping[str, str]) -> dict[str, Any]:
    """Check a drawing with the forms of its draft; forms it does not have yet are those in force."""
    began = time.monotonic()
    key = _key_or_empty(xml)
    known = draft_queries.load_forms_in_force() | dict(forms)
    found = diagram_problems_by_key([ShippedDiagram(key, xml, known)]).get(key, [])
    return {
        "sound": None,
        "findings": [_finding_json(finding) for finding in found[:MAX_FINDINGS]],
        "states": 0,
        "milliseconds": round((time.monotonic() - began) * 1000),
        "repairs": repair_views(xml),
    }


def repair_views(xml: str) -> list[dict[str, str]]:
    """Return the repairs a drawing is offered, each with a sentence."""
    try:
        found = import_repairs.offered_repairs(xml)
    except Invalid:
        return []
    return [
        {"kind": repair.kind, "element": repair.element, "message": _repair_text(repair)} for repair in found
    ]


def _repair_text(repair: OfferedRepair) -> str:
    text = _(REPAIR_TEXTS[repair.kind])
    return text % {"element": repair.element, "before": repair.before, "after": repair.after}


def _key_or_empty(xml: str) -> str:
    try:
        return draft_file.read_outline(xml).key
    except Invalid:
        return ""


def _finding_json(finding: DiagramFinding) -> dict[str, Any]:
    template = MESSAGES.get(finding.code)
    return {
        "code": finding.code,
        "severity": "error",
        "element": finding.element,
        "line": finding.line,
        "message": template.format(**finding.params) if template else finding.code,
        "remedy": "",
        "story": None,
    }
