"""Error messages and next steps of drafts of diagrams, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

DRAFT_MESSAGES: Mapping[str, str] = {
    "diagrams.draft.changed": N_("Somebody has saved this draft meanwhile."),
    "diagrams.draft.closed": N_("This draft was discarded meanwhile."),
    "diagrams.draft.other_content": N_("This request was sent before with other content."),
    "diagrams.draft.too_large": N_("A diagram file may have at most %(max)s kB."),
    "diagrams.draft.too_many_nodes": N_(
        "A diagram may have at most %(max)s steps, gateways and events; this one has %(found)s."
    ),
    "diagrams.draft.not_xml": N_("This is not a readable XML file, or it has a document type."),
    "diagrams.draft.not_bpmn": N_("This XML file is no BPMN 2.0 diagram."),
    "diagrams.draft.forms_too_large": N_("The forms of a diagram are too large together."),
    "diagrams.draft.no_file": N_("Please choose a BPMN file."),
    "diagrams.check.too_often": N_("The drawing is checked too often; the check goes on in a minute."),
    "diagrams.repair.unknown": N_("There is nothing of this kind to repair any more."),
}
DRAFT_NEXT_STEPS: Mapping[str, str] = {
    "diagrams.draft.changed": N_("What you drew is kept as a draft of its own."),
    "diagrams.draft.closed": N_("Open the process and begin a new draft."),
}
