"""Pages about what others see: who looked at one's data, and, for an auditor, the request to see names (7.1)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.kernel import door
from app.kernel.errors import Invalid
from app.people.audit_limits_rules import AUDITOR
from app.people.commands.names import MAX_REASON_LENGTH, uncover_names
from app.texts.translate import gettext as _
from app.web.accounts.routes import blueprint
from app.web.core.safe_redirects import own_path_or_root
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.labels.messages import problem_texts_by_field
from app.web.student_access.read_pages import reads_page_of_person


@blueprint.get("/account/reads")
@allow_access("signed_in")
@writes_every_year
def list_reads_of_own_data() -> str:
    """List who looked at the papers, marks and roles of the signed-in person, the latest first."""
    person = current_visitor().person_id
    page = reads_page_of_person(person, "account.list_reads_of_own_data", {})
    return render_template(
        "privacy/reads.html",
        title=_("Who looked at my data"),
        back=SimpleNamespace(url=url_for("account.show_account_settings"), label=_("Settings")),
        views=[],
        person=None,
        **page,
    )


@blueprint.get("/account/names")
@allow_access("signed_in")
def show_names_form(refused: Invalid | None = None) -> Any:
    """Show the form with which an auditor sees names; others see them anyway and are led to their settings."""
    if not current_visitor().has_role(AUDITOR):
        return redirect(url_for("account.show_account_settings"))
    return render_template(
        "privacy/names.html",
        until=current_visitor().signed_in_session.names_shown_until,
        typed=request.form,
        most=MAX_REASON_LENGTH,
        errors=problem_texts_by_field(refused) if refused else {},
        next=own_path_or_root(request.values.get("next")),
    )


@blueprint.post("/account/names")
@allow_access("signed_in")
def show_names() -> Any:
    """Uncover names in this session for an hour; the reason is kept in the audit. Raises Denied."""
    try:
        with door.write(current_act()):
            session = current_visitor().signed_in_session.session_id
            uncover_names(current_act(), session, request.form.get("reason", ""))
    except Invalid as refused:
        return show_names_form(refused), refused.status
    flash(_("Names are shown for an hour. Your reason is in the audit."), "good")
    return redirect(own_path_or_root(request.form.get("next")))
