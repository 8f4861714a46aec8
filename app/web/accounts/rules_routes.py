"""The rules of personal access (3.2): each person reads and accepts them at the first sign-in, and again when they
change. Until then nothing else opens but signing out, the language and the help."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from app.kernel import door
from app.kernel.errors import Invalid, Stale
from app.kernel.i18n import pick_text
from app.people.commands.access import accept_rules
from app.people.queries.access import RULES_CLAUSE, find_acceptance_time, rules_version
from app.regulation.clauses import clause_by_number
from app.texts.translate import locale
from app.web.core.safe_redirects import own_path_or_root
from app.web.core.visitor import (
    allow_access,
    current_act,
    current_visitor,
    opens_before_rules,
    writes_every_year,
)
from app.web.labels.messages import error_message, message_text

blueprint = Blueprint("rules", __name__)


@blueprint.get("/rules")
@allow_access("signed_in")
@opens_before_rules
@writes_every_year
def show_rules(problem: str = "") -> str:
    """Show the sentences of the clause in the language of the page, with the box to accept them, or when they were
    accepted."""
    found = clause_by_number(RULES_CLAUSE)
    sentences = pick_text(found.says, locale()).replace(". ", ".\n").split("\n")
    return render_template(
        "account/rules.html",
        title=pick_text(found.titles, locale()),
        sentences=sentences,
        version=rules_version(),
        accepted_at=find_acceptance_time(current_visitor().person_id, rules_version()),
        next=own_path_or_root(request.values.get("next")),
        problem=problem,
    )


@blueprint.post("/rules")
@allow_access("signed_in")
@opens_before_rules
def accept() -> Any:
    """Store that the visitor accepts the rules that he was shown, and go on to where he wanted to."""
    try:
        if not request.form.get("accepted"):
            raise Invalid.field("accepted", "people.rules.not_ticked")
        with door.write(current_act()):
            accept_rules(current_act(), request.form.get("version", ""))
    except (Invalid, Stale) as refused:
        unticked = isinstance(refused, Invalid)
        text = message_text("people.rules.not_ticked", {}) if unticked else error_message(refused)
        return show_rules(text), refused.status
    return redirect(own_path_or_root(request.form.get("next")))
