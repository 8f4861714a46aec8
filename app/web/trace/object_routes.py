"""The trace of any object of the audit: its own page where there is one, else the life told by its records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import redirect, url_for
from sqlalchemy import select

from app.audit.reads import AUDIT
from app.cases.models import Case
from app.cases.trace.documents import find_diagram_key_and_number
from app.cases.trace.finding import find_kinds_of_object
from app.cases.trace.scope import is_limited_reader
from app.diagrams.models import DiagramProposal
from app.journal.tables import Result
from app.kernel.db import db
from app.kernel.errors import Missing
from app.regulation.models import PolicyChange
from app.texts.deeds import object_label
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.trace.document_page import Document, Shown, render_document
from app.web.trace.routes import blueprint

_KIND = re.compile(r"[a-z]+\.[a-z_]{1,60}")


def _case_url(object_id: UUID) -> str | None:
    number = db.session.scalar(select(Case.number).where(Case.id == object_id))
    return url_for("trace.show_case_trace", case_number=number) if number else None


def _version_url(version_id: UUID | None) -> str | None:
    found = find_diagram_key_and_number(version_id) if version_id else None
    return url_for("trace.show_diagram_trace", process=found[0], version=found[1]) if found else None


def _proposal_url(object_id: UUID) -> str | None:
    return _version_url(
        db.session.scalar(select(DiagramProposal.version_id).where(DiagramProposal.id == object_id))
    )


def _policy_url(object_id: UUID) -> str | None:
    key = db.session.scalar(select(PolicyChange.key).where(PolicyChange.id == object_id))
    return url_for("trace.show_policy_trace", policy=key) if key else None


def _result_url(object_id: UUID) -> str | None:
    sheet = db.session.scalar(select(Result.sheet_id).where(Result.id == object_id))
    return url_for("trace.show_sheet_trace", sheet=sheet) if sheet else None


TRACES_BY_KIND: Mapping[str, Callable[[UUID], str | None]] = {
    "cases.case": _case_url,
    "diagrams.proposal": _proposal_url,
    "diagrams.version": _version_url,
    "files.file": lambda id: url_for("trace.show_file_trace", file_id=id),
    "journal.cell": lambda id: url_for("trace.show_cell_trace", cell_id=id),
    "journal.grade_sheet": lambda id: url_for("trace.show_sheet_trace", sheet=id),
    "journal.grading_scheme": lambda id: url_for("trace.show_scheme_trace", scheme=id),
    "journal.offering": lambda id: url_for("trace.show_journal_trace", offering=id),
    "journal.result": _result_url,
    "people.contingent_order": lambda id: url_for("trace.show_order_trace", order_id=id),
    "people.person": lambda id: url_for("trace.show_person_trace", person_id=id),
    "regulation.policy_change": _policy_url,
}
"""The address of the trace of an object that has a page of its own; every other kind is told by its records. At most
one statement; None for no such object."""
PRODUCT_PAGES: Mapping[str, tuple[str, str]] = {
    "cases.dossier": ("dossiers.show_dossier", "dossier_id"),
    "cases.incident": ("incidents.show_incident", "incident_id"),
    "exchange.import": ("roster.preview_import", "import_id"),
    "journal.course": ("structure.show_discipline", "course_id"),
    "journal.takeover": ("takeover.show_takeover", "takeover_id"),
    "people.group": ("structure.show_group", "group_id"),
    "people.programme": ("structure.show_programme", "programme_id"),
    "people.study_group": ("structure.show_group", "group_id"),
    "people.unit": ("structure.show_unit", "unit_id"),
}
"""The page of the product of an object that is told by its records: endpoint, and the name of its id there."""


@blueprint.get("/audit/objects/<object_kind>/<uuid:object_id>")
@allow_access("audit.read")
@writes_every_year
def show_object_trace(object_kind: str, object_id: UUID) -> Any:
    """Redirect to the trace of an object, or show its records with what each changed. Raises Missing.

    A limited reader sees the records of his units and days; without one of them the object is missing.
    """
    if not _KIND.fullmatch(object_kind) or object_kind not in find_kinds_of_object(object_id):
        raise Missing
    if object_kind in TRACES_BY_KIND:
        url = TRACES_BY_KIND[object_kind](object_id)
        if url is None:
            raise Missing
        return redirect(url)
    record_read(AUDIT, "audit.object", object_id)
    own = PRODUCT_PAGES.get(object_kind)
    return render_document(
        Document(
            title=object_label(object_kind),
            subtitle=_(
                "What was done to it, newest first. Each record leads to its persons, its case and its proof."
            ),
            here=url_for("trace.show_object_trace", object_kind=object_kind, object_id=object_id),
            objects=[object_id],
            own=(_("Its page"), url_for(own[0], **{own[1]: object_id})) if own else None,  # type: ignore[arg-type]
            others=[(_("All deeds about it"), url_for("audit.list_deeds", object=object_id))],
            facts=[(_("ID"), [Shown(str(object_id))])],
            is_title_data=False,
            kind=object_kind,
            must_have_records=is_limited_reader(current_act()),
        )
    )
