"""Route of the page "New request"."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.web.core.visitor import allow_access, current_act
from app.web.requests.presenter import new_request_groups

blueprint = Blueprint("new_request", __name__)
MAX_SEARCH_LENGTH = 80


@blueprint.get("/requests/new")
@allow_access("signed_in")
def list_startable_requests() -> str:
    """Show every request that the visitor may start now; `q` narrows the list."""
    search = request.args.get("q", "")[:MAX_SEARCH_LENGTH].strip()
    return render_template("requests/new.html", groups=new_request_groups(current_act(), search), q=search)
