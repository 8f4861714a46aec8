"""The drawing of a case: names, what is done, what is open, and the path of its token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases.queries.case_history import HistoryEntryView
from app.diagrams.versions import PublishedDiagram
from app.texts.translate import locale
from app.web.labels import processes as process_labels


def case_diagram_json(
    published: PublishedDiagram, entries: Sequence[HistoryEntryView], open_steps: Sequence[str]
) -> dict[str, Any]:
    """Return what js/diagram.js draws: `{xml, names, done, open, path}`, elements and flows by id."""
    done = [entry.element for entry in entries if entry.element and entry.kind in ("completed", "service")]
    ended = [entry.element for entry in entries if entry.kind == "ended"]
    model = published.model
    passed = {*model.starts, *done, *ended, *open_steps}
    # The history has no entries of gateways: one was passed when a flow in and a flow out of it were.
    passed |= {
        gateway
        for gateway in model.gateways
        if any(flow.source in passed for flow in model.incoming_flows(gateway))
        and any(flow.target in passed for flow in model.outgoing_flows(gateway))
    }
    path = [flow.id for flow in model.flows.values() if flow.source in passed and flow.target in passed]
    return {
        "xml": published.xml,
        "names": process_labels.element_titles_by_id(model, locale()),
        "done": sorted({one for one in (*done, *ended) if one} - set(open_steps)),
        "open": list(open_steps),
        "path": path,
    }
