"""The people of a chief and their roles: what they are, the quarterly confirmation, and who has not accepted the rules.

A chief asks for a role, or for its end, by a request (P22) that begins here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries
from app.people.access_models import AccessReview
from app.people.access_rules import (
    CHIEF_ROLES,
    HeldRole,
    chief_of_role,
    is_reviewed_role,
    may_confirm_role,
    reaches_unit,
)
from app.people.commands.access_reviews import RoleAnswer, answer_access_review
from app.people.queries.access import (
    count_acceptances,
    find_open_access_review,
    holders_by_chief,
    load_last_confirmations,
    load_persons_without_acceptance,
    load_roles_of_staff,
    rules_version,
)
from app.people.queries.structure import load_units_in_reach
from app.people.queries.units import UnitRow, load_placed_units
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("access", __name__)
PAGE_SIZE = 100
CONFIRMED, NOT_CONFIRMED = "yes", "no"


@blueprint.get("/access")
@allow_access("access.ask")
@writes_every_year
def show_roles_of_people(refused: Invalid | None = None, said: str = "") -> str:
    """Show the roles of the visitor's people; while a review is open, first those that wait for the visitor."""
    act = current_act()
    today = local_day(act.at)
    units = queries.load_unit_tree()
    review = _open_review(act)
    rows = _role_rows(act, today, review)
    waiting = [one for one in rows if one.mine and one.confirmed is None]
    page = max(1, request.args.get("page", 1, int)) if request.args.get("page", "1").isdigit() else 1
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    names = queries.load_names([one.held.person for one in shown])
    return render_template(
        "access/roles.html",
        review=review,
        waiting=len(waiting),
        mine=sum(1 for one in rows if one.mine),
        rows=[_role_view(one, names[one.held.person].full, units, review is not None) for one in shown],
        next=url_for("access.show_roles_of_people", page=page + 1) if len(rows) > page * PAGE_SIZE else None,
        page=page,
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
        said=said,
        asks=any(one.role in CHIEF_ROLES for one in act.assignments),
        grant_url=url_for("start.show_start_form", name="access_request"),
    )


def _open_review(act: Act) -> AccessReview | None:
    """Return the review that can be answered now."""
    review = find_open_access_review()
    return review if review is not None and act.at <= review.closes_at else None


def _role_rows(act: Act, today: date, review: AccessReview | None) -> list[SimpleNamespace]:
    """Return the roles that the visitor confirms or may ask to end, those that wait for him first, then by name."""
    placed = load_placed_units()
    roles = load_roles_of_staff(today)
    holders = holders_by_chief(roles)
    said = load_last_confirmations(review.id) if review else {}
    acting = {person for person in (act.person, act.on_behalf_of) if person is not None}
    chiefs = [one for one in act.assignments if one.role in CHIEF_ROLES]
    rows = []
    for held in roles:
        mine = (
            review is not None
            and is_reviewed_role(held, review.quarter)
            and may_confirm_role(acting, act.assignments, held, chief_of_role(held, placed, holders))
        )
        reached = held.person not in acting and any(reaches_unit(one, held.unit, placed) for one in chiefs)
        if mine or reached:
            rows.append(
                SimpleNamespace(held=held, mine=mine, reached=reached, confirmed=said.get(held.grant))
            )
    return sorted(rows, key=lambda one: not (one.mine and one.confirmed is None))


def _role_view(
    row: SimpleNamespace, name: str, units: Mapping[UUID, UnitRow], reviewing: bool
) -> SimpleNamespace:
    """Return one role as the page shows it."""
    held: HeldRole = row.held
    return SimpleNamespace(
        id=str(held.grant),
        person=name,
        role=_(LABEL_BY_ROLE[held.role]),
        unit=pick_text(units[held.unit].names, locale()) if held.unit and held.unit in units else "",
        deputy=held.deputy,
        valid_from=held.valid_from,
        valid_until=held.valid_until,
        answers=reviewing and row.mine,
        confirmed=row.confirmed,
        end_url=url_for("start.show_start_form", name="access_request", end=held.grant)
        if row.reached
        else None,
    )


@blueprint.post("/access/review")
@allow_access("access.ask")
def answer_review() -> Any:
    """Store what the visitor says about the roles on the page; with `all` those without an answer are confirmed.

    Nothing is stored when one of the answers is refused.
    """
    act = current_act()
    try:
        answers = _read_answers(act)
        with door.write(act):
            stored = answer_access_review(act, parse_id(request.form.get("review"), "review"), answers)
    except Invalid as refused:
        db.session.rollback()
        return show_roles_of_people(refused), refused.status
    except (Denied, Refused) as gone:
        db.session.rollback()
        return show_roles_of_people(said=error_message(gone)), gone.status
    said = ngettext("%(num)s answer is saved.", "%(num)s answers are saved.", stored) % {"num": stored}
    flash(said, "good")
    return redirect(url_for("access.show_roles_of_people"))


def _read_answers(act: Act) -> dict[UUID, RoleAnswer]:
    """Return the answers of the form by role: those that were chosen, and with `all` a yes for every other role of the
    page."""
    form = request.form
    answers: dict[UUID, RoleAnswer] = {}
    for grant in form.getlist("grant")[: PAGE_SIZE * 2]:
        role, said = parse_id(grant, "grant"), form.get(f"answer:{grant}", "")
        if said == NOT_CONFIRMED:
            answers[role] = RoleAnswer(confirmed=False, reason=form.get(f"reason:{grant}", ""))
        elif said == CONFIRMED or form.get("all"):
            answers[role] = RoleAnswer(confirmed=True)
    return answers


@blueprint.get("/people/rules")
@allow_access("rules.acceptances")
@writes_every_year
def list_persons_without_acceptance() -> str:
    """List who has an account and has not accepted the rules of personal access that are in force (3.2)."""
    key = request.args.get("after", "").rsplit("~", 1)
    after = (key[0], parse_id(key[1], "after")) if len(key) == 2 else None
    units = load_units_in_reach(current_act().assignments, "rules.acceptances")
    found = load_persons_without_acceptance(rules_version(), 51, after, units)
    accepted, total = count_acceptances(rules_version(), units)
    rows: Sequence[Any] = found[:50]
    last = rows[-1] if len(found) > 50 else None
    return render_template(
        "access/acceptances.html",
        rows=[
            SimpleNamespace(
                name=one.name.full,
                login=one.login,
                earlier=one.earlier,
                url=url_for("people.show_person", person_id=one.id),
            )
            for one in rows
        ],
        accepted=accepted,
        total=total,
        next=url_for("access.list_persons_without_acceptance", after=f"{last.name.sort_key}~{last.id}")
        if last
        else None,
    )
