"""The student's own confirmation that he has read the regulation (8.7)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.journal.acknowledgements import commands, queries
from app.journal.acknowledgements.rules import OWN, PAPER
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, DepterError, Refused
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.web.acknowledgements.routes import WAY_LABELS, acknowledgement_due_view
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import error_message

blueprint = Blueprint("own_acknowledgement", __name__)


@blueprint.get("/student/acknowledgement")
@allow_access("acknowledgements.own")
@writes_every_year
def show_own_acknowledgement(refused: DepterError | None = None) -> str:
    """Show the signed-in student what is to be confirmed, or when it was."""
    act = current_act()
    found = queries.find_own_line(act.person, act.at) if act.person is not None else None
    line = found[2] if found is not None else None
    waits = line.deadline if line is not None and line.way is None else None
    return render_template(
        "acknowledgements/own.html",
        group=found[0].name if found is not None else "",
        semester=semester_title(found[1].names, found[1].year) if found is not None else "",
        way=_(WAY_LABELS[line.way]) if line is not None and line.way is not None else "",
        day_of_record=line.row.day if line is not None and line.row is not None else None,
        may_confirm=line is not None and line.way not in (OWN, PAPER),
        due=acknowledgement_due_view(waits) if waits is not None else None,
        refused=error_message(refused) if refused is not None else "",
    )


@blueprint.post("/student/acknowledgement")
@allow_access("acknowledgements.own")
def confirm_own_acknowledgement() -> Any:
    """Record that the signed-in student has read the regulation."""
    act = current_act()
    try:
        if request.form.get("read") != "yes":
            raise Refused("journal.acknowledgement.box_missing")
        with door.write(act):
            commands.acknowledge_own(act)
    except (Refused, Denied) as refused:
        return show_own_acknowledgement(refused), refused.status
    flash(_("Recorded. Your curator sees it on the sheet."), "good")
    return redirect(url_for("own_acknowledgement.show_own_acknowledgement"))


def own_acknowledgement_is_open(act: Act) -> bool:
    """Return whether the acting student has still to confirm; five statements at most."""
    if act.person is None:
        return False
    found = queries.find_own_line(act.person, act.at)
    return found is not None and found[2].way is None
