"""The drawing of a case: names, what is done, what is open, and the path of its token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.bpmn.model import DECISION_FIELD, OUTCOME_FIELD
from app.bpmn.progress import possible_targets_of_gateway
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
    left, reached = {*model.starts, *done}, {*done, *ended, *open_steps}
    # The history has no entries of gateways: one was passed when a flow in and a flow out of it were.
    gateways = {
        gateway: _targets_chosen_at_gateway(published, gateway, entries)
        for gateway in model.gateways
        if any(flow.source in left for flow in model.incoming_flows(gateway))
        and any(flow.target in reached for flow in model.outgoing_flows(gateway))
    }
    path = [
        flow.id
        for flow in model.flows.values()
        if flow.source in {*left, *gateways}
        and flow.target in {*reached, *gateways}
        and flow.target in gateways.get(flow.source, {flow.target})
    ]
    return {
        "xml": published.xml,
        "names": process_labels.element_titles_by_id(model, locale()),
        "done": sorted({one for one in (*done, *ended) if one} - set(open_steps)),
        "open": list(open_steps),
        "path": path,
    }


def _targets_chosen_at_gateway(
    published: PublishedDiagram, gateway: str, entries: Sequence[HistoryEntryView]
) -> set[str]:
    """Return where the decisions and outcomes of the history lead at a gateway; all its targets at a parallel one."""
    model = published.model
    if model.gateways[gateway].kind == "parallel":
        return {flow.target for flow in model.outgoing_flows(gateway)}
    values: dict[str, list[str]] = {}
    for entry in entries:
        if entry.element and entry.decision and entry.kind in ("completed", "service"):
            field = DECISION_FIELD if entry.kind == "completed" else OUTCOME_FIELD
            values.setdefault(f"{entry.element}.{field}", []).append(entry.decision)
    known = {name: value for entry in entries for name, value in entry.start_variables.items()}
    return possible_targets_of_gateway(model, gateway, known, values)
