"""Error handlers: every refusal as a page or as JSON with message, clause and next step.

An object that may not be seen gives the same answer, byte for byte, as one that does not exist. An unexpected
error is a 500 with a reference number that is also written to the log.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, jsonify, render_template, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing
from app.kernel.ids import new_id
from app.texts.translate import gettext as _
from app.web.core.database_outage import register_database_error_handlers, with_outage_answer
from app.web.core.error_titles import error_page_heading
from app.web.core.login_page import render_sign_in_page
from app.web.core.resume_form import posted_field_views, read_resendable_posted_fields, sign_posted_fields
from app.web.labels.messages import error_message, message_text, next_step_text, remedy_button

log = structlog.get_logger(__name__)


def register_error_handlers(app: Flask) -> None:
    """Register the error handlers."""
    for kind, handler in (
        (DepterError, render_refusal),
        (CSRFError, _handle_csrf_error),
        (HTTPException, _convert_http_exception_to_refusal),
        (Exception, unexpected_error_response),
    ):
        app.register_error_handler(kind, with_outage_answer(handler))
    register_database_error_handlers(app, unexpected_error_response)


def is_json_expected() -> bool:
    """Return whether the client expects JSON, from the content type it sends or accepts."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or (best == "application/json" and not request.headers.get("HX-Request"))


def render_refusal(error: DepterError) -> Any:
    """Render a refusal of any room."""
    db.session.rollback()
    if error.status >= 500:
        return unexpected_error_response(error)
    if error.status == 401:
        return _sign_in_page_response(error)
    if is_json_expected():
        return jsonify(error=refusal_as_json(error), **_current_version_of_conflict_json(error)), error.status
    remedy = remedy_button(error)
    buttons = [remedy] if remedy else []
    buttons.append(SimpleNamespace(label=_("To the start"), url="/"))
    page = SimpleNamespace(
        status=error.status,
        title=error_page_heading(error.status),
        text=_field_problems_text(error) if isinstance(error, Invalid) else error_message(error),
        clause=error.clause,
        next=next_step_text(error),
        ways=buttons,
        reference=None,
    )
    return render_template("errors/error.html", error=page), error.status


def refusal_as_json(error: DepterError) -> dict[str, Any]:
    """Return the JSON form of a refusal."""
    remedy = remedy_button(error)
    body: dict[str, Any] = {
        "code": error.code,
        "message": error_message(error),
        "clause": error.clause,
        "next": next_step_text(error),
        "remedy": {"label": remedy.label, "url": remedy.url} if remedy else None,
    }
    if isinstance(error, Invalid):
        body["fields"] = {
            key: [message_text(problem.code, problem.params) for problem in problems]
            for key, problems in error.fields.items()
        }
    return body


def _current_version_of_conflict_json(error: DepterError) -> dict[str, Any]:
    """Return the present version of the object of a conflict, if the error carries one."""
    current = getattr(error, "current", None)
    return {"current": current} if current else {}


def _field_problems_text(error: Invalid) -> str:
    """Return the messages of all invalid fields as one text, each once."""
    texts = [
        message_text(problem.code, problem.params) for found in error.fields.values() for problem in found
    ]
    return " ".join(dict.fromkeys(texts))


def _sign_in_page_response(error: DepterError) -> Any:
    """Render the sign-in page with status 401; the typed fields of a POST are carried along, signed."""
    if is_json_expected():
        return jsonify(error=refusal_as_json(error)), 401
    if request.method != "POST":
        return render_sign_in_page(next=request.full_path.rstrip("?")), 401
    signed_fields = sign_posted_fields()
    text = (
        _("Your session has ended. Sign in again; what you typed is kept.")
        if signed_fields
        else error_message(error)
    )
    return render_sign_in_page(error=text, carry=signed_fields), 401


def _handle_csrf_error(error: CSRFError) -> Any:
    """Render the typed fields again when a signed-in person posts with the token of another session.

    This happens after signing in anew in another window.
    """
    fields = read_resendable_posted_fields()
    if fields and current_user.is_authenticated and _is_same_origin():
        to = request.full_path.rstrip("?")
        return render_template("resume.html", to=to, fields=posted_field_views(fields)), 400
    return render_refusal(HttpRefusal("kernel.input.no_token", 400))


def _is_same_origin() -> bool:
    """Return whether the request comes from a page of this host."""
    # Browsers set Origin themselves; a page of another site cannot forge it.
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


class HttpRefusal(DepterError):
    """A refusal by the web layer itself, with its HTTP status."""

    def __init__(self, code: str, status: int, **params: Any) -> None:
        super().__init__(code, **params)
        self.status = status  # type: ignore[misc]


def _convert_http_exception_to_refusal(error: HTTPException) -> Any:
    """Convert an HTTP exception of Flask into a refusal; redirects are returned as they are."""
    status = error.code or 500
    if status in (301, 302, 303, 307, 308):
        return error
    if status == 404:
        return render_refusal(Missing())
    if status >= 500:
        return unexpected_error_response(error)
    codes = {
        405: "kernel.input.wrong_method",
        413: "kernel.input.too_large",
        415: "kernel.input.wrong_type",
        429: "people.sign_in.too_often",
    }
    answer: Any = render_refusal(HttpRefusal(codes.get(status, "kernel.input.unreadable"), status))
    return answer


def unexpected_error_response(error: Exception) -> Any:
    """Log an unexpected error and show its reference number, status 500."""
    db.session.rollback()
    reference = new_id().hex[-12:]
    log.error("request.failed", reference=reference, path=request.path, exc_info=error)
    text = _("Something went wrong on our side. Nothing was saved. Please try again.")
    if is_json_expected():
        return jsonify(error={"code": "kernel.bug", "message": text, "reference": reference}), 500
    page = SimpleNamespace(
        status=500,
        title=error_page_heading(500),
        text=text,
        clause=None,
        next=_("If it happens again, tell the IT administrator the number above."),
        ways=[SimpleNamespace(label=_("To the start"), url="/")],
        reference=reference,
    )
    return Response(render_template("errors/error.html", error=page), 500)
