"""One shape for every refusal, as a page and as JSON: what happened, which clause, what to do next.

A thing that may not be seen answers byte for byte as a thing that does not exist. An error nobody planned is a 500
with a number that stands in the log too.
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
from app.web.core.error_titles import title_of
from app.web.core.login_page import sign_in_page
from app.web.core.resume_form import carried, shown, typed
from app.web.labels.messages import message_of, next_of, remedy_of, words

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DepterError, refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def wants_json() -> bool:
    """Whether a program asks: by what it sends or by what it takes."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or (best == "application/json" and not request.headers.get("HX-Request"))


def refused(error: DepterError) -> Any:
    """A refusal of any room."""
    db.session.rollback()
    if error.status >= 500:
        return _bug(error)
    if error.status == 401:
        return _sign_in(error)
    if wants_json():
        return jsonify(error=as_json(error), **_current(error)), error.status
    remedy = remedy_of(error)
    ways = [remedy] if remedy else []
    ways.append(SimpleNamespace(label=_("To the start"), url="/"))
    page = SimpleNamespace(
        status=error.status,
        title=title_of(error.status),
        text=_fields_text(error) if isinstance(error, Invalid) else message_of(error),
        clause=error.clause,
        next=next_of(error),
        ways=ways,
        reference=None,
    )
    return render_template("errors/error.html", error=page), error.status


def as_json(error: DepterError) -> dict[str, Any]:
    """The JSON shape of a refusal."""
    remedy = remedy_of(error)
    shown: dict[str, Any] = {
        "code": error.code,
        "message": message_of(error),
        "clause": error.clause,
        "next": next_of(error),
        "remedy": {"label": remedy.label, "url": remedy.url} if remedy else None,
    }
    if isinstance(error, Invalid):
        shown["fields"] = {
            key: [words(problem.code, problem.params) for problem in problems]
            for key, problems in error.fields.items()
        }
    return shown


def _current(error: DepterError) -> dict[str, Any]:
    current = getattr(error, "current", None)
    return {"current": current} if current else {}


def _fields_text(error: Invalid) -> str:
    texts = [words(problem.code, problem.params) for found in error.fields.values() for problem in found]
    return " ".join(dict.fromkeys(texts))


def _sign_in(error: DepterError) -> Any:
    if wants_json():
        return jsonify(error=as_json(error)), 401
    if request.method != "POST":
        return sign_in_page(next=request.full_path.rstrip("?")), 401
    kept = carried()
    text = _("Your session has ended. Sign in again; what you typed is kept.") if kept else message_of(error)
    return sign_in_page(error=text, carry=kept), 401


def _csrf(error: CSRFError) -> Any:
    """The token is of another session, as after signing in anew in another window: show what was typed again."""
    fields = typed()
    if fields and current_user.is_authenticated and _from_here():
        to = request.full_path.rstrip("?")
        return render_template("resume.html", to=to, fields=shown(fields)), 400
    return refused(DepterErrorOf("kernel.input.no_token", 400))


def _from_here() -> bool:
    """Whether a page of ours sent this; a browser says so by itself, and no other page can make it lie."""
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


class DepterErrorOf(DepterError):
    """A refusal of the entrance itself, with the status HTTP has for it."""

    def __init__(self, code: str, status: int, **params: Any) -> None:
        super().__init__(code, **params)
        self.status = status  # type: ignore[misc]


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status in (301, 302, 303, 307, 308):
        return error
    if status == 404:
        return refused(Missing())
    if status >= 500:
        return _bug(error)
    codes = {
        405: "kernel.input.wrong_method",
        413: "kernel.input.too_large",
        415: "kernel.input.wrong_type",
        429: "people.sign_in.too_often",
    }
    answer: Any = refused(DepterErrorOf(codes.get(status, "kernel.input.unreadable"), status))
    return answer


def _bug(error: Exception) -> Any:
    """Nobody planned this: a number for the person, the whole story for the log."""
    db.session.rollback()
    reference = new_id().hex[-12:]
    log.error("request.failed", reference=reference, path=request.path, exc_info=error)
    text = _("Something went wrong on our side. Nothing was saved half; please try again.")
    if wants_json():
        return jsonify(error={"code": "kernel.bug", "message": text, "reference": reference}), 500
    page = SimpleNamespace(
        status=500,
        title=title_of(500),
        text=text,
        clause=None,
        next=_("If it happens again, tell the IT administrator the number above."),
        ways=[SimpleNamespace(label=_("To the start"), url="/")],
        reference=reference,
    )
    return Response(render_template("errors/error.html", error=page), 500)
