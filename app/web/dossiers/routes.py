"""Routes of dossiers for people with the right to the case: make one, list those of a case, revoke one.

The PDF is made while the person waits, handed out and forgotten; the register keeps its hash.
"""

from __future__ import annotations

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from pypdf import PdfReader

from app.cases.audit_scope import find_end_of_days
from app.cases.dossier.codes import draw_dossier_code
from app.cases.dossier.commands import MadeDossier, may_revoke_dossier, register_dossier, revoke_dossier
from app.cases.dossier.queries import load_dossier_details, load_dossiers_of_case
from app.cases.dossier.typesetting import draw_qr_code, typeset_dossier
from app.cases.queries.case_details import load_case_view
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.i18n import DATE_STYLE, LOCALES, day_text, every_year_written, written_in_locale
from app.kernel.ids import new_id
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.dossier_list import dossier_row_views
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.dossiers.content import build_dossier_content
from app.web.labels.messages import problem_texts_by_field
from app.web.student_access.read_notes import record_kept_paper_read

blueprint = Blueprint("dossiers", __name__)
DOSSIER_RATE_LIMIT = "60 per 1 hour"
"""Dossiers that one person makes: a long case keeps the server busy for a second."""
PDF_MEDIA_TYPE = "application/pdf"


def dossier_rate_limit_key() -> str:
    """Return the key of the rate limit: the person."""
    return f"dossier:{current_visitor().person_id}"


def is_handed_out(response: Response) -> bool:
    """Return whether a response counts against the limit: only a dossier that was made does."""
    return response.status_code == 200


@blueprint.record_once
def install_dossier_rate_limit(state: Any) -> None:
    """Limit how many dossiers one person makes."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.dossier"] = limiter.limit(
        DOSSIER_RATE_LIMIT, key_func=dossier_rate_limit_key, deduct_when=is_handed_out
    )(_dossier_response)


@blueprint.get("/cases/<uuid:case_id>/dossiers")
@allow_access("signed_in")
@writes_every_year
def list_dossiers(case_id: UUID) -> str:
    """Show the dossiers that were made of a case, newest first."""
    case = load_case_view(current_act(), case_id).case
    if find_end_of_days(current_act(), case) is not None:
        raise Missing
    rows, following = load_dossiers_of_case(case_id, request.args.get("after", ""))
    return render_template(
        "dossiers/list.html",
        number=case.number,
        case_url=url_for("cases.show_case", case_id=case_id),
        make_url=url_for("dossiers.make_dossier", case_id=case_id),
        rows=dossier_row_views(rows),
        next=url_for("dossiers.list_dossiers", case_id=case_id, after=following) if following else None,
        first=not request.args.get("after"),
    )


@blueprint.post("/cases/<uuid:case_id>/dossiers")
@allow_access("signed_in")
@writes_every_year
def make_dossier(case_id: UUID) -> Any:
    """Make the dossier in the language of the field `language` and hand it out as a file."""
    try:
        return current_app.extensions["depter.dossier"](case_id=case_id)
    except RateLimitExceeded:
        raise Refused("cases.dossier.too_many") from None


def _dossier_response(case_id: UUID) -> Response:
    """Return the PDF as a response object, so that the limiter can count it."""
    act = current_act()
    chosen = request.form.get("language", "")
    if chosen not in LOCALES:
        # A case of others is missing whatever was sent.
        load_case_view(act, case_id)
        raise Invalid.field("language", "forms.field.not_offered")
    case = load_case_view(act, case_id).case
    end = find_end_of_days(act, case)
    if end is not None:
        last = day_text(local_day(end - timedelta(microseconds=1)), locale(), DATE_STYLE, with_year=True)
        raise Refused("cases.dossier.days_over", day=last)
    record_kept_paper_read(case)
    number, made = make_dossier_of_case(act, case_id, chosen)
    with door.write(act):
        register_dossier(act, new_id(), case_id, made)
    answer = Response(made.pdf, mimetype=PDF_MEDIA_TYPE)
    name = f"dossier-{number}-{chosen}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def make_dossier_of_case(act: Act, case_id: UUID, language: str) -> tuple[str, MadeDossier]:
    """Return the number of a case and its dossier in a language, not registered yet.

    Raises Missing for a case that the person may not see.
    """
    code = draw_dossier_code()
    base = current_app.extensions["depter"].settings.public_url.rstrip("/")
    address = f"{base}{url_for('verify.show_dossier_check', key=code)}"
    with written_in_locale(language), every_year_written():
        view = load_case_view(act, case_id)
        content = build_dossier_content(act, view, files_store(), code, address)
        number = view.case.number
    # Setting the document takes no statement: let go of the connection meanwhile.
    db.session.rollback()
    pdf = typeset_dossier(content.document, content.diagram, draw_qr_code(address), act.at)
    pages = len(PdfReader(io.BytesIO(pdf)).pages)
    return number, MadeDossier(code, pdf, pages, language, content.last_entry, content.persons)


@blueprint.get("/dossiers/<uuid:dossier_id>")
@allow_access("signed_in")
@writes_every_year
def show_dossier(dossier_id: UUID) -> str:
    """Show what the register keeps of one dossier, and the form that revokes it."""
    return _render_dossier(dossier_id)


@blueprint.post("/dossiers/<uuid:dossier_id>/revoke")
@allow_access("signed_in")
@writes_every_year
def revoke(dossier_id: UUID) -> Any:
    """Revoke a dossier with a reason."""
    act = current_act()
    try:
        with door.write(act):
            revoke_dossier(act, dossier_id, request.form.get("reason", ""))
    except Invalid as refused:
        return _render_dossier(dossier_id, refused), refused.status
    flash(_("The dossier is revoked. Whoever checks it is told so."), "good")
    return redirect(url_for("dossiers.show_dossier", dossier_id=dossier_id))


def _render_dossier(dossier_id: UUID, refused: Invalid | None = None) -> str:
    act = current_act()
    found = load_dossier_details(act, dossier_id)
    if find_end_of_days(act, found.case) is not None:
        raise Missing
    (row,) = dossier_row_views([found.row])
    return render_template(
        "dossiers/dossier.html",
        dossier=row,
        revoked=SimpleNamespace(by=found.revoked_by, at=found.revoked_at, words=found.words)
        if found.revoked_at
        else None,
        number=found.case.number,
        case_url=url_for("cases.show_case", case_id=found.case.id),
        list_url=url_for("dossiers.list_dossiers", case_id=found.case.id),
        revoke_url=url_for("dossiers.revoke", dossier_id=dossier_id)
        if found.revoked_at is None and may_revoke_dossier(act, found.record)
        else None,
        typed=request.form.get("reason", ""),
        errors=problem_texts_by_field(refused) if refused else {},
    )
