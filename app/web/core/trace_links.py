"""The link "Trace" of the pages of the product, for readers whom the route of the trace admits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request, url_for

from app.kernel.act import RoleAssignment
from app.web.core.access_policy import declared_access_policy, is_route_access_allowed

_OBJECT, _PERSON = "trace.show_object_trace", "trace.show_person_trace"
_JOURNAL, _SHEET = "trace.show_journal_trace", "trace.show_sheet_trace"
TRACES_OF_PAGES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "dossiers.list_dossiers": (_OBJECT, {"object_id": "case_id", "object_kind": "=cases.case"}),
    "dossiers.show_dossier": (_OBJECT, {"object_id": "dossier_id", "object_kind": "=cases.dossier"}),
    "groups.absences": (_PERSON, {"person_id": "student"}),
    "groups.marks": (_PERSON, {"person_id": "student"}),
    "groups.requests": (_PERSON, {"person_id": "student"}),
    "groups.today": (_PERSON, {"person_id": "student"}),
    "incidents.show_incident": (_OBJECT, {"object_id": "incident_id", "object_kind": "=cases.incident"}),
    "journal.attendance": (_JOURNAL, {"offering": "offering"}),
    "journal.show_journal_grid": (_JOURNAL, {"offering": "offering"}),
    "journal.show_student_journal_row": (_JOURNAL, {"offering": "offering"}),
    "orders.show_order": ("trace.show_order_trace", {"order_id": "order_id"}),
    "person_reads.list_reads_of_person": (_PERSON, {"person_id": "person_id"}),
    "policies.show_policy": ("trace.show_policy_trace", {"policy": "policy"}),
    "processes.show_process": ("trace.find_diagram_trace", {"process": "process"}),
    "processes.show_process_version": (
        "trace.show_diagram_trace",
        {"process": "process", "version": "version"},
    ),
    "roster.preview_import": (_OBJECT, {"object_id": "import_id", "object_kind": "=exchange.import"}),
    "schemes.show_syllabus_criteria": (_JOURNAL, {"offering": "offering"}),
    "sheets.list_closing_blockers": (_SHEET, {"sheet": "sheet"}),
    "sheets.show_grade_sheet": (_SHEET, {"sheet": "sheet"}),
    "structure.show_discipline": (_OBJECT, {"object_id": "course_id", "object_kind": "=journal.course"}),
    "structure.show_group": (_OBJECT, {"object_id": "group_id", "object_kind": "=people.group"}),
    "structure.show_journal": (_JOURNAL, {"offering": "offering"}),
    "structure.show_programme": (_OBJECT, {"object_id": "programme_id", "object_kind": "=people.programme"}),
    "structure.show_unit": (_OBJECT, {"object_id": "unit_id", "object_kind": "=people.unit"}),
    "studio.show_proposal": (_OBJECT, {"object_id": "proposal_id", "object_kind": "=diagrams.proposal"}),
    "takeover.show_takeover": (_OBJECT, {"object_id": "takeover_id", "object_kind": "=journal.takeover"}),
    "timetable.list_journal_lessons": (_JOURNAL, {"offering": "offering"}),
    "timetable.show_journal_timetable": (_JOURNAL, {"offering": "offering"}),
}
"""The trace of each page: its endpoint, and from which value of the page each of its values comes ("=": the text
itself). Pages with a link of their own, as a case, a mark and a person, are not here."""


def trace_url_of_page(app: Flask, assignments: tuple[RoleAssignment, ...]) -> str | None:
    """Return the address of the trace of the page at hand; None without one, and for who may not read it."""
    found = TRACES_OF_PAGES.get(request.endpoint or "")
    if found is None or not request.view_args:
        return None
    endpoint, values = found
    if not is_route_access_allowed(declared_access_policy(app.view_functions.get(endpoint)), assignments):
        return None
    given: dict[str, Any] = {
        name: source[1:] if source.startswith("=") else request.view_args.get(source)
        for name, source in values.items()
    }
    return url_for(endpoint, **given) if None not in given.values() else None
