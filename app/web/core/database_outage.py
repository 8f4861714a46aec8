"""What a visitor reads while PostgreSQL restarts, cannot be reached, or a disk is full: never an error 500.

A read is tried once more over a new connection. What writes is answered with 503 and a page that holds what was typed,
with a button that sends it again: forms carry the ids of what they make, so a repeat is harmless.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, current_app, g, jsonify, request
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import DBAPIError

from app.kernel.db import db
from app.kernel.i18n import DEFAULT_LOCALE, LOCALES, set_current_locale
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.error_titles import error_page_heading
from app.web.core.resume_form import read_resendable_posted_fields

log = structlog.get_logger(__name__)
RETRY_AFTER_SECONDS = 5
_OUTAGE_STATE_CLASSES = ("08", "53")
"""Classes of SQLSTATE: connection exception, insufficient resources (a full disk, too many connections)."""
FULL_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a write without room: a full disk, a quota, the largest size of a file."""
_SHUTDOWN_STATES = frozenset({"57P01", "57P02", "57P03"})


def register_database_error_handlers(app: Flask, otherwise: Callable[[Exception], Any]) -> None:
    """Register the handlers of database errors; `otherwise` answers those that are no outage."""

    def answer_database_error(error: Exception) -> Any:
        return _retry_read_or_answer_503(error) if is_database_outage_error(error) else otherwise(error)

    for kind in (DBAPIError, psycopg.OperationalError, psycopg.InterfaceError):
        app.register_error_handler(kind, answer_database_error)

    def answer_full_disk_error(error: OSError) -> Any:
        return _full_disk_response(error) if error.errno in FULL_DISK_ERRORS else otherwise(error)

    app.register_error_handler(OSError, answer_full_disk_error)


def with_outage_answer(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return an error handler that answers 503 when the page of the error itself cannot be made."""

    @wraps(handler)
    def handle_error_or_answer_503(error: Any) -> Any:
        try:
            return handler(error)
        except (DBAPIError, psycopg.Error) as problem:
            if not is_database_outage_error(problem):
                raise
            _drop_database_connections()
            return _database_unavailable_response()

    return handle_error_or_answer_503


def is_database_outage_error(error: BaseException) -> bool:
    """Return whether the database is away or full, so that the same request may succeed later."""
    found = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(found, psycopg.InterfaceError):
        return True
    if not isinstance(found, psycopg.OperationalError):
        return False
    state = found.sqlstate
    return state is None or state[:2] in _OUTAGE_STATE_CLASSES or state in _SHUTDOWN_STATES


def _retry_read_or_answer_503(error: Exception) -> Any:
    """Try a read once more, else answer 503."""
    log.warning("database.unavailable", method=request.method, endpoint=request.endpoint, exc_info=error)
    _drop_database_connections()
    if request.method in ("GET", "HEAD") and not g.get("tried_again"):
        g.tried_again = True
        g.pop("_login_user", None)
        try:
            early = current_app.preprocess_request()
            return early if early is not None else current_app.dispatch_request()
        except Exception as again:  # noqa: BLE001 - every error has its handler
            return current_app.handle_user_exception(again)
    return _database_unavailable_response()


def _full_disk_response(error: OSError) -> Any:
    """Roll back and answer 503: what is written to the disk is written before its row commits, so nothing is half."""
    log.error("disk.full", method=request.method, endpoint=request.endpoint, exc_info=error)
    db.session.rollback()
    return _database_unavailable_response(
        N_(
            "The disk of the server is full, so nothing was stored. Tell the IT administrator, then send it again."
        )
    )


def _drop_database_connections() -> None:
    """Drop the session and every pooled connection: those of a server that restarted are dead."""
    with contextlib.suppress(Exception):
        db.session.remove()
    with contextlib.suppress(Exception):
        db.engine.dispose()


def _posted_fields_to_resend() -> SimpleNamespace | None:
    """Return what was typed, to be sent again; None unless the request came from a page of ours."""
    # Else another site could have its own fields sent with our token.
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        return None
    return SimpleNamespace(
        token=generate_csrf(), typed=read_resendable_posted_fields(), has_files=bool(request.files)
    )


def _database_unavailable_response(
    message: str = N_("The database cannot be reached at the moment. Nothing was saved half."),
) -> Response:
    """Return the answer 503, made without the database; `message` is translated here."""
    cookie = request.cookies.get("locale")
    chosen = cookie if cookie in LOCALES else request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE
    set_current_locale(chosen)
    text = _(message)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json" or (
        request.is_json
    ):
        answer = jsonify(error={"code": "kernel.unavailable", "message": text})
    else:
        theme = request.cookies.get("theme", "auto")
        # Rendered directly: the variables that every page gets are read from the database.
        page = current_app.jinja_env.get_template("errors/unavailable.html").render(
            shell=SimpleNamespace(locale=chosen, theme=theme if theme in ("light", "dark") else "auto"),
            title=error_page_heading(503),
            text=text,
            address=request.full_path.rstrip("?") if request.method in ("GET", "HEAD", "POST") else "/",
            again=_posted_fields_to_resend() if request.method == "POST" else None,
        )
        answer = Response(page)
    answer.status_code = 503
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    answer.headers["Cache-Control"] = "no-store"
    return answer
