"""Who can sign in and who cannot, filtered and paged; from there those without an account get a printed code or an
invitation by mail.

IT sees everybody. A directorate sees the students of its institute who hold no other role: whoever prints a code could
use it.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import commands, queries
from app.people.queries.accounts import (
    INVITATION_EXPIRED,
    INVITED,
    NEVER_SIGNED_IN,
    NOT_INVITED,
    SIGNED_IN,
    WITHOUT_ACCOUNT,
    AccountFilter,
    AccountStandingRow,
    count_account_standings,
    load_account_standings,
)
from app.people.rules import is_permitted
from app.texts.translate import N_, locale, ngettext
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time
from app.web.labels.messages import problem_texts_by_field
from app.web.people.slips import render_slips_page

blueprint = Blueprint("account_standings", __name__)
PAGE_SIZE = 50
MAX_SLIPS = 200
"""The most slips of one printing: more than the largest stream of groups."""
DIRECTORATE_ROLE = "directorate"
MAX_LETTERS = 1000
"""The most invitation letters of one run."""
INVITABLE = (NOT_INVITED, INVITATION_EXPIRED)
WITH_EMAIL, WITHOUT_EMAIL = "yes", "no"
CARRIED_FILTERS = ("q", "unit", "group", "state", "email")
LABEL_BY_STATE = {
    NOT_INVITED: N_("No account"),
    INVITED: N_("Invitation open"),
    INVITATION_EXPIRED: N_("Invitation expired"),
    NEVER_SIGNED_IN: N_("Never signed in"),
    SIGNED_IN: N_("Has signed in"),
}


@blueprint.get("/people/accounts")
@allow_access("accounts.hand_out")
def list_account_standings(refused: Invalid | None = None) -> str:
    """List persons with how they stand, those who cannot sign in yet first of all: they are the default."""
    chosen, now = _read_account_filter(), request_time()
    key = request.args.get("after", "").rsplit("~", 1)
    after = (key[0], parse_id(key[1], "after")) if len(key) == 2 else None
    found = load_account_standings(chosen, now, PAGE_SIZE + 1, after)
    counts = count_account_standings(chosen, now)
    last = found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    kept: dict[str, Any] = {
        name: request.values[name] for name in CARRIED_FILTERS if request.values.get(name)
    }
    here = "account_standings.list_account_standings"
    return render_template(
        "people/accounts.html",
        rows=[_standing_row(row) for row in found[:PAGE_SIZE]],
        next=url_for(here, after=f"{last.name.sort_key}~{last.id}", **kept) if last else None,
        q=chosen.search,
        kept=kept,
        filters=_filter_views(chosen),
        counts=[(_(label), counts.get(state, 0)) for state, label in LABEL_BY_STATE.items()],
        printable=sum(
            counts.get(state, 0) for state in WITHOUT_ACCOUNT if state in (chosen.states or WITHOUT_ACCOUNT)
        ),
        most=MAX_SLIPS,
        letters=_count_letters(chosen),
        most_letters=MAX_LETTERS,
        imports=chosen.own_units is None,
        problems=[text for texts in problem_texts_by_field(refused).values() for text in texts]
        if refused
        else [],
    )


@blueprint.post("/people/accounts/slips")
@allow_access("accounts.hand_out")
def print_account_slips() -> Any:
    """Make a code for everybody of the filter without an account, and show the slips once; earlier codes end.

    Refuses more than `MAX_SLIPS` and a filter in which nobody is left, with nothing written.
    """
    chosen = _read_account_filter()
    states = tuple(state for state in WITHOUT_ACCOUNT if state in (chosen.states or WITHOUT_ACCOUNT))
    wanted = replace(chosen, states=states or ("",))
    try:
        with door.write(current_act()):
            found = load_account_standings(wanted, request_time(), MAX_SLIPS + 1)
            if len(found) > MAX_SLIPS:
                raise Invalid.field("group", "people.slips.too_many", most=MAX_SLIPS)
            made = commands.issue_account_slips(current_act(), [row.id for row in found])
            if not made:
                raise Invalid.field("group", "people.slips.nobody")
    except Invalid as refused:
        db.session.rollback()
        return list_account_standings(refused), refused.status
    kept: dict[str, Any] = {name: request.form[name] for name in CARRIED_FILTERS if request.form.get(name)}
    title = next(
        (group.name for group in _offered_groups(chosen.own_units) if group.id == chosen.group), _("Accounts")
    )
    back = url_for("account_standings.list_account_standings", **kept)
    return render_slips_page(made, title, back, sets_password=False)


@blueprint.post("/people/accounts/letters")
@allow_access("accounts.hand_out")
def send_invitation_letters() -> Any:
    """Ask for an invitation letter to everybody of the filter with an address, without account and open invitation.

    Refuses more than `MAX_LETTERS` and a filter in which nobody is left, with nothing written.
    """
    chosen = _read_account_filter()
    try:
        with door.write(current_act()):
            found = load_account_standings(_letter_filter(chosen), request_time(), MAX_LETTERS + 1)
            if len(found) > MAX_LETTERS:
                raise Invalid.field("group", "people.letters.too_many", most=MAX_LETTERS)
            asked = commands.request_invitation_letters(current_act(), [row.id for row in found])
            if not asked:
                raise Invalid.field("group", "people.letters.nobody")
    except Invalid as refused:
        db.session.rollback()
        return list_account_standings(refused), refused.status
    said = ngettext("%(num)s letter is being sent.", "%(num)s letters are being sent.", asked)
    flash(said % {"num": asked}, "good")
    kept: dict[str, Any] = {name: request.form[name] for name in CARRIED_FILTERS if request.form.get(name)}
    return redirect(url_for("account_standings.list_account_standings", **kept))


def _letter_filter(chosen: AccountFilter) -> AccountFilter:
    """Return the part of a filter that gets letters."""
    states = tuple(state for state in INVITABLE if state in (chosen.states or INVITABLE))
    has_email = None if chosen.has_email is False else True
    if has_email is None:
        states = ()
    return replace(chosen, states=states or ("",), has_email=has_email)


def _count_letters(chosen: AccountFilter) -> int:
    """Return the number of persons of the filter who would get a letter."""
    wanted = _letter_filter(chosen)
    counts = count_account_standings(wanted, request_time())
    return sum(counts.get(state, 0) for state in wanted.states)


def _read_account_filter() -> AccountFilter:
    """Return the filter of the address or the form within the visitor's reach. Raises Missing for a group or a unit
    outside of it, Invalid (`unit`, `group`)."""
    own_units, values = _reachable_units(), request.values
    unit = parse_id(values["unit"], "unit") if values.get("unit") else None
    group = parse_id(values["group"], "group") if values.get("group") else None
    if group is not None and not is_permitted(
        current_act().assignments, "accounts.hand_out", queries.load_group_permission_scope(group)
    ):
        raise Missing
    if unit is not None and own_units is not None and unit not in own_units:
        raise Missing
    state = values.get("state", "")
    has_email = {WITH_EMAIL: True, WITHOUT_EMAIL: False}.get(values.get("email", ""))
    if state == "all":
        states: tuple[str, ...] = ()
    elif state in LABEL_BY_STATE:
        states = (state,)
    else:
        states = tuple(one for one in LABEL_BY_STATE if one != SIGNED_IN)
    return AccountFilter(own_units, states, unit, group, values.get("q", "")[:80], has_email)


def _reachable_units() -> tuple[UUID, ...] | None:
    """Return the institutes whose students the visitor reaches; None when he reaches everybody."""
    if is_permitted(current_visitor().assignments, "people.manage"):
        return None
    return tuple(
        one.unit for one in current_act().assignments if one.role == DIRECTORATE_ROLE and one.unit is not None
    )


def _offered_groups(own_units: tuple[UUID, ...] | None) -> list[queries.GroupRow]:
    """Return the groups within reach by name."""
    return queries.load_groups_of_units(queries.load_unit_tree() if own_units is None else own_units)


def _filter_views(chosen: AccountFilter) -> list[dict[str, Any]]:
    """Return the filters of the list: standing, unit, group."""
    units = queries.load_unit_tree()
    groups = [one for one in _offered_groups(chosen.own_units) if chosen.unit in (None, one.unit)]
    offered_units = [one for one in units.values() if chosen.own_units is None or one.id in chosen.own_units]
    by_name = sorted((pick_text(one.names, locale()), str(one.id)) for one in offered_units)
    states = [*LABEL_BY_STATE.items(), ("all", N_("Everybody"))]
    return [
        {
            "name": "state",
            "label": _("Who cannot sign in yet"),
            "value": request.values.get("state", ""),
            "options": [SimpleNamespace(value=state, label=_(label)) for state, label in states],
        },
        {
            "name": "unit",
            "label": _("Any unit"),
            "value": str(chosen.unit or ""),
            "options": [SimpleNamespace(value=value, label=label) for label, value in by_name],
            "names_things": True,
        },
        {
            "name": "group",
            "label": _("Any group"),
            "value": str(chosen.group or ""),
            "options": [SimpleNamespace(value=str(one.id), label=one.name) for one in groups],
            "names_things": True,
        },
        {
            "name": "email",
            "label": _("E-mail"),
            "value": request.values.get("email", ""),
            "options": [
                SimpleNamespace(value=WITH_EMAIL, label=_("With e-mail")),
                SimpleNamespace(value=WITHOUT_EMAIL, label=_("Without e-mail")),
            ],
        },
    ]


def _standing_row(row: AccountStandingRow) -> SimpleNamespace:
    """Return the view of one person; his page is linked for whoever reads people."""
    reads = is_permitted(current_visitor().assignments, "people.read")
    return SimpleNamespace(
        name=row.name.full,
        url=url_for("people.show_person", person_id=row.id) if reads else None,
        groups=", ".join(row.groups),
        login=row.login or "",
        email=row.email or "",
        state=_(LABEL_BY_STATE[row.state]),
        expires_at=row.expires_at if row.state in (INVITED, INVITATION_EXPIRED) else None,
    )
