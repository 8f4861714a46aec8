"""The check of a printed dossier by anybody, without signing in: `/verify/<code>`.

It says what the paper says and whether that still holds, nothing else. A PDF file can be compared by its hash; it is
read in memory and kept nowhere. Unknown codes are counted by address, so that nobody tries codes.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_limiter.errors import RateLimitExceeded
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from app.cases.dossier.codes import read_dossier_code
from app.cases.dossier.queries import DossierCheck, find_dossier_by_code
from app.kernel.errors import Invalid
from app.people.code_rules import format_code
from app.texts.dossiers import CHECK_NOTE_KINDS, CHECK_TEXTS, CHECK_TITLES, LANGUAGE_NAMES
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, writes_every_year
from app.web.labels.messages import message_text

blueprint = Blueprint("verify", __name__)
UNKNOWN_CODES_RATE_LIMIT = "30 per 5 minutes"
TOO_MANY_REQUESTS, NOT_FOUND = 429, 404
FILE_SAME, FILE_DIFFERS = "same", "differs"


def is_unknown_code_response(response: Response) -> bool:
    """Return whether a response counts against the limit: only an unknown code does."""
    return response.status_code == NOT_FOUND


@blueprint.record_once
def install_verify_rate_limit(state: Any) -> None:
    """Limit the unknown codes of one address."""
    limiter = state.app.extensions["depter.limiter"]
    state.app.extensions["depter.verify"] = limiter.limit(
        UNKNOWN_CODES_RATE_LIMIT, deduct_when=is_unknown_code_response
    )(_check_response)


@blueprint.get("/verify")
@allow_access("anyone")
def show_code_form() -> str:
    """Show the field for the code of a paper."""
    return _render_code_form()


@blueprint.post("/verify")
@allow_access("anyone")
def submit_dossier_code() -> Any:
    """Go on to the check of the code that was typed; a text that is no code comes back."""
    code = read_dossier_code(request.form.get("code", ""))
    if not code:
        return _render_code_form(message_text("cases.dossier.no_code", {})), Invalid.status
    return redirect(url_for("verify.show_dossier_check", key=code))


@blueprint.get("/verify/<key>")
@allow_access("anyone")
@writes_every_year
def show_dossier_check(key: str) -> Any:
    """Say whether the paper with this code is genuine and current."""
    return _check_within_rate_limit(key)


@blueprint.post("/verify/<key>")
@allow_access("anyone")
@writes_every_year
def compare_dossier_file(key: str) -> Any:
    """Say whether an uploaded PDF is the file that was made with this code."""
    return _check_within_rate_limit(key)


def _check_within_rate_limit(key: str) -> Any:
    """Answer through the rate limiter; 429 when the address has tried too many unknown codes."""
    try:
        return current_app.extensions["depter.verify"](key=key)
    except RateLimitExceeded:
        return _render_code_form(message_text("cases.dossier.too_often", {})), TOO_MANY_REQUESTS


def _check_response(key: str) -> Response:
    """Answer either request with a response object, so that the limiter can count unknown codes."""
    found = find_dossier_by_code(read_dossier_code(key[:200]))
    if found is None:
        said = message_text("cases.dossier.code_unknown", {})
        return make_response(_render_code_form(said), NOT_FOUND)
    code = read_dossier_code(key)
    if request.method == "GET":
        return make_response(_render_check(code, found))
    try:
        compared = compare_pdf_with_register(request.files.get("file"), found)
    except Invalid as refused:
        (problem,) = refused.fields["file"]
        said = message_text(problem.code, problem.params)
        return make_response(_render_check(code, found, problem=said), Invalid.status)
    return make_response(_render_check(code, found, compared=compared))


def compare_pdf_with_register(upload: Any, found: DossierCheck) -> str:
    """Return `FILE_SAME` or `FILE_DIFFERS`. Raises Invalid on `file`: none, or one that is no readable PDF."""
    content = upload.read() if upload is not None else b""
    if not content:
        raise Invalid.field("file", "cases.dossier.file_missing")
    if hashlib.sha256(content).hexdigest() == found.pdf_sha256:
        return FILE_SAME
    # A file that differs and cannot even be read is damaged on its way, not forged.
    try:
        pages = len(PdfReader(io.BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pages = 0
    if pages == 0:
        raise Invalid.field("file", "cases.dossier.not_a_pdf")
    return FILE_DIFFERS


def _render_code_form(error: str | None = None) -> str:
    return render_template("dossiers/code.html", typed=request.form.get("code", ""), error=error)


def _render_check(
    code: str, found: DossierCheck, compared: str | None = None, problem: str | None = None
) -> str:
    return render_template(
        "dossiers/check.html",
        title=_(CHECK_TITLES[found.state]),
        text=_(CHECK_TEXTS[found.state]),
        kind=CHECK_NOTE_KINDS[found.state],
        number=found.number,
        made_at=found.made_at,
        language=LANGUAGE_NAMES.get(found.locale, found.locale),
        pages=found.pages,
        seal=found.seal,
        code=format_code(code),
        check_url=url_for("verify.compare_dossier_file", key=code),
        compared=compared,
        problem=problem,
    )
