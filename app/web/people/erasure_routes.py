"""Lawful erasure of a person's texts by the academic office: when it may be, the decision, and the deed (7.5)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from app.audit.erasures import keep_erasures_beside_database
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Refused
from app.kernel.keycheck import load_hash_root
from app.kernel.typed_values import read_day_field
from app.people import queries
from app.people.commands.erasures import erase_person_by_decision, load_erasure_state
from app.people.erasure_rules import refusal_to_erase
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("person_erasure", __name__)
log = structlog.get_logger(__name__)


@blueprint.get("/people/<uuid:person_id>/erasure")
@allow_access("people.erase")
@writes_every_year
def show_erasure_form(person_id: UUID, refused: Invalid | Refused | None = None) -> str:
    """Show from which day the texts of a person may be erased, and the form of the decision. Raises Missing."""
    state = load_erasure_state(current_act(), person_id)
    today = local_day(current_act().at)
    return render_template(
        "privacy/erasure.html",
        id=person_id,
        name=queries.load_names([person_id])[person_id].full,
        state=state,
        may_erase=state.erased_on is None
        and refusal_to_erase(state.still_here, state.last_day, state.years, today) is None,
        typed=request.form,
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refusal=error_message(refused) if isinstance(refused, Refused) else "",
    )


@blueprint.post("/people/<uuid:person_id>/erasure")
@allow_access("people.erase")
def erase_person_texts(person_id: UUID) -> Any:
    """Erase the texts of a person by the typed decision, and renew the register on the disk. Raises Missing, Denied."""
    form = request.form
    try:
        decided_on = read_day_field("decided_on", form.get("decided_on"))
        if not form.get("sure"):
            raise Invalid.field("sure", "people.erasure.not_sure")
        with door.write(current_act()):
            erase_person_by_decision(
                current_act(), person_id, form.get("document", ""), decided_on, form.get("words", "")
            )
    except (Invalid, Refused) as refused:
        return show_erasure_form(person_id, refused), refused.status
    _keep_register_on_disk()
    flash(_("The texts of this person are erased. The records and their proofs stay."), "good")
    return redirect(url_for("person_erasure.show_erasure_form", person_id=person_id))


def _keep_register_on_disk() -> None:
    """Write the register of erasures where a restore finds it; the next backup writes it too."""
    settings = current_app.extensions["depter"].settings
    try:
        root = load_hash_root(settings, settings.database_url)
        keep_erasures_beside_database(settings.database_url, settings.data_dir, root)
    except (psycopg.Error, OSError):
        log.exception("erasures.not_kept")
