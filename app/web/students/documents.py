"""Views of the files that a student handed in: case, time, person, and whether the visitor may open them
(7.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.cases.queries.my_work import SubmittedFile, load_submitted_files_page
from app.diagrams.versions import load_version_unless_damaged
from app.journal.requests.queries import load_notes_of_student
from app.kernel.clock import local_day
from app.kernel.i18n import DATE_STYLE, day_text, number_text, pick_text
from app.people import queries as people
from app.people.queries.orders import OrderRow, load_applied_orders_of_student
from app.texts.subject_line import ORDER_KIND_LABELS, case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.cases import case_state_label
from app.web.labels.notes import note_rows
from app.web.student_access.student_pages import Cabinet

FILE_TYPE_LABELS = {"application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WebP"}


def documents_view(cabinet: Cabinet) -> SimpleNamespace:
    """Build the view of `student/documents.html`."""
    found, following = load_submitted_files_page(
        current_act(), cabinet.student, request.args.get("after", "")
    )
    names = people.load_names({one.by for one in found if one.by != cabinet.student})
    return SimpleNamespace(
        orders=[_order_row(one) for one in load_applied_orders_of_student(cabinet.student)],
        rows=[_document_row(one, names) for one in found],
        next=cabinet.student_page_url("documents", after=following) if following else None,
        notes=note_rows(load_notes_of_student(cabinet.student, local_day(current_act().at))),
    )


def _order_row(one: OrderRow) -> SimpleNamespace:
    """Build the row of an order about the student."""
    days = {
        name: day_text(day, locale(), DATE_STYLE, with_year=True)
        for name, day in (("ordered", one.head.ordered_on), ("effective", one.head.effective_on))
    }
    return SimpleNamespace(
        number=one.head.number,
        kind=_(ORDER_KIND_LABELS[one.head.kind]),
        ordered_on=days["ordered"],
        effective_on=days["effective"],
        url=url_for("orders.show_order", order_id=one.id),
    )


def _document_row(one: SubmittedFile, names: Mapping[UUID, people.PersonName]) -> SimpleNamespace:
    save: dict[str, Any] = {"save": 1}
    by = names.get(one.by)
    published = load_version_unless_damaged(one.case.version_id)
    return SimpleNamespace(
        name=one.name if one.can_open else _("A document kept for the directorate and the student"),
        kind=FILE_TYPE_LABELS.get(one.media_type, one.media_type),
        size=_file_size_text(one.size),
        at=one.at,
        by=by.short if by else None,
        process=pick_text(published.model.titles, locale()) if published else one.case.diagram,
        about=case_subject_line(one.subject, locale()),
        number=one.case.number,
        case_url=url_for("cases.show_case", case_id=one.case.id),
        state=one.case.status,
        state_label=case_state_label(one.case.status, one.case.outcome, published),
        url=url_for("files.show_or_download_file", file_id=one.id) if one.can_open else None,
        save_url=url_for("files.show_or_download_file", file_id=one.id, **save) if one.can_open else None,
    )


def _file_size_text(octets: int) -> str:
    if octets < 1024 * 1024:
        return _("%(n)s KB") % {"n": max(octets // 1024, 1)}
    return _("%(n)s MB") % {"n": number_text(f"{octets / 1024 / 1024:.1f}", locale())}
