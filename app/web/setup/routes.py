"""The page of moving in: what is done, what is missing, where it is done and by whom. It is the start page of IT, the
academic office and the directorates until the first lesson exists or they hide it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from sqlalchemy import text

from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.access_rules import reaches_unit
from app.people.commands.access import hide_setup_steps
from app.people.queries.access import rules_version
from app.people.queries.units import load_placed_units
from app.regulation.policy_list import open_questions
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.web.core.access_policy import declared_access_policy, is_route_access_allowed
from app.web.core.navigation import start_page_url
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time
from app.web.help.routes import MOVING_GUIDE_BY_ROLE
from app.web.setup.steps import DIRECTORATE, IT, OFFICE, SETUP_STEPS, SetupStep

blueprint = Blueprint("setup", __name__)


@blueprint.get("/setup")
@allow_access("setup.read")
def show_setup_steps() -> str:
    """Show the steps with their counts: all of them to IT and the academic office, a directorate its own, counted
    in its units."""
    roles = {one.role for one in current_visitor().assignments}
    sees_all = bool(roles & {IT, OFFICE})
    units = None if sees_all else _units_of_directorate()
    steps = [
        _step_view(step, units, roles)
        for step in SETUP_STEPS
        if step.endpoint in current_app.view_functions and (sees_all or roles & set(step.roles))
    ]
    return render_template(
        "setup/setup.html",
        steps=steps,
        done=sum(1 for step in steps if step.done),
        start=start_page_url(),
        guide=next(name for role, name in MOVING_GUIDE_BY_ROLE.items() if role in roles),
        hidden=people.find_setup_hidden_time(current_visitor().person_id) is not None,
    )


def _units_of_directorate() -> list[UUID]:
    """Return the units of the directorates of the visitor, with those below."""
    placed = load_placed_units()
    own = [one for one in current_act().assignments if one.role == DIRECTORATE]
    return [unit for unit in placed if any(reaches_unit(one, unit, placed) for one in own)]


def _step_view(step: SetupStep, units: list[UUID] | None, roles: set[str]) -> SimpleNamespace:
    """Return one step as the page shows it; one statement."""
    values: dict[str, Any] = {
        "today": local_day(request_time()),
        "units": [str(unit) for unit in units] if units is not None else None,
        "rules": rules_version(),
        "questions": len(open_questions()),
    }
    statement = text(step.counts)
    named = {name: value for name, value in values.items() if f":{name}" in step.counts}
    row = db.session.execute(statement, named).one()
    view = current_app.view_functions[step.endpoint]
    opens = is_route_access_allowed(declared_access_policy(view), current_visitor().assignments)
    return SimpleNamespace(
        title=_(step.title),
        hint=_(step.hint),
        who=", ".join(_(LABEL_BY_ROLE[role]) for role in step.roles),
        mine=bool(roles & set(step.roles)),
        url=url_for(step.endpoint) if opens else None,
        there=row.there,
        missing=_(step.missing) % {"count": row.missing} if row.missing and step.missing else "",
        done=(step.optional or row.there > 0) and not row.missing,
        begun=row.there > 0,
    )


@blueprint.post("/setup/hide")
@allow_access("setup.read")
def hide_steps() -> Any:
    """Let the start page be the usual one again; the steps stay at their address."""
    with door.write(current_act()):
        hide_setup_steps(current_act())
    flash(_("The steps are hidden. You find them under Structure."), "good")
    return redirect(start_page_url())
