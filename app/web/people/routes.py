"""Administration of people: a searchable list paged by key, and one person with dated roles and account."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.audit.reads import PERSON
from app.kernel import door
from app.kernel.act import ReadingLimits
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_day_field, read_optional_day_field
from app.people import commands, queries
from app.people.account import RoleGrantRow, find_account, load_person_role_grants
from app.people.audit_limits_rules import AUDITOR, build_limits
from app.people.models import ROLES as KNOWN
from app.people.name_masking import are_names_masked
from app.people.queries.structure import load_units_in_reach
from app.people.rules import is_permitted
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.read_records import record_read, record_search_by_name
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time, writes_every_year
from app.web.labels.messages import problem_texts_by_field
from app.web.labels.reads import AUDITED_KIND_LABELS, limits_text
from app.web.people.slips import render_slips_page

blueprint = Blueprint("people", __name__)
PAGE_SIZE = 50
MAX_NAME_LENGTH = 80
_EMAIL_PATTERN = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@blueprint.get("/people")
@allow_access("people.read")
def list_people(refused: Invalid | None = None) -> str:
    """List people in the order of the Kyrgyz alphabet, with the form to add a person."""
    search, role = request.args.get("q", "")[:80], request.args.get("role", "")
    after = parse_id(request.args["after"], "after") if request.args.get("after") else None
    units = load_units_in_reach(current_act().assignments, "people.read")
    today = local_day(request_time())
    found = queries.load_people_page(today, search, role, after, PAGE_SIZE + 1, units)
    page_rows = found[:PAGE_SIZE]
    record_search_by_name(search, [row.id for row in page_rows])
    last = page_rows[-1] if len(found) > PAGE_SIZE else None
    keep: dict[str, Any] = {name: value for name, value in (("q", search), ("role", role)) if value}
    return render_template(
        "people/people.html",
        rows=[
            SimpleNamespace(
                name=row.name.full,
                login=row.login or "",
                url=url_for("people.show_person", person_id=row.id),
                roles=", ".join(dict.fromkeys(_(LABEL_BY_ROLE[role]) for role, _unit in row.roles)),
            )
            for row in page_rows
        ],
        next=url_for("people.list_people", after=last.id, **keep) if last else None,
        q=search,
        role=role,
        roles=[SimpleNamespace(value=value, label=_(label)) for value, label in LABEL_BY_ROLE.items()],
        total=queries.count_all_people(units),
        manages=is_permitted(current_visitor().assignments, "people.manage"),
        person_id=new_id(),
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


@blueprint.post("/people")
@allow_access("people.manage")
def add_person() -> Any:
    """Add a person; roles and an account are given on the person's page."""
    form = request.form
    try:
        new = commands.NewPerson(
            id=parse_id(form.get("id")),
            family_name=_read_person_name_field(form, "family_name"),
            given_name=_read_person_name_field(form, "given_name", required=False),
            patronymic=_read_person_name_field(form, "patronymic", required=False),
            email=_checked_email_or_none(form.get("email", "").strip()),
        )
        with door.write(current_act()):
            commands.add_person(current_act(), new)
    except Invalid as refused:
        return list_people(refused), refused.status
    flash(_("The person is added."), "good")
    return redirect(url_for("people.show_person", person_id=new.id))


def _read_person_name_field(form: Mapping[str, str], field: str, *, required: bool = True) -> str:
    name = form.get(field, "").strip()
    if required and not name:
        raise Invalid.field(field, "forms.field.required")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid.field(field, "forms.field.too_long", max=MAX_NAME_LENGTH)
    return name


def _checked_email_or_none(address: str) -> str | None:
    if address and not _EMAIL_PATTERN.fullmatch(address):
        raise Invalid.field("email", "forms.field.wrong_type")
    return address or None


@blueprint.get("/people/<uuid:person_id>")
@allow_access("people.read")
@writes_every_year
def show_person(person_id: UUID, refused: Invalid | None = None) -> str:
    """Show one person with the account and all present and past roles."""
    name = queries.load_names([person_id]).get(person_id)
    reach = load_units_in_reach(current_act().assignments, "people.read")
    if name is None or not queries.is_person_of_units(person_id, reach):
        raise Missing
    if current_visitor().has_role(AUDITOR):
        record_read(PERSON, "people.person", person_id, (person_id,))
    units = queries.load_unit_tree()
    today = local_day(request_time())
    grants = [one for one in load_person_role_grants(person_id) if reach is None or one.unit in reach]
    return render_template(
        "people/person.html",
        id=person_id,
        name=name.full,
        grants=[
            SimpleNamespace(
                id=row.id,
                role=_(LABEL_BY_ROLE[row.role]),
                unit=pick_text(units[row.unit].names, locale()) if row.unit in units else "",
                deputy=row.deputy,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                limits=limits_text(row.limits),
                from_outside=row.from_outside,
                begun=row.valid_from <= today,
                living=row.valid_until is None or row.valid_until >= today,
            )
            for row in grants
        ],
        manages=is_permitted(current_visitor().assignments, "people.manage"),
        oneself=person_id == current_visitor().person_id,
        account=find_account(person_id),
        masked=are_names_masked(),
        links=_links_of_person(person_id),
        kinds=[(kind, _(label)) for kind, label in AUDITED_KIND_LABELS.items()],
        auditor=AUDITOR,
        roles=[(role, _(LABEL_BY_ROLE[role])) for role in KNOWN],
        units=sorted((pick_text(unit.names, locale()), unit.id) for unit in units.values()),
        grant_id=new_id(),
        own_unit=_unit_id_of_newest_role(grants, today),
        today=today,
        typed=request.form,
        errors=problem_texts_by_field(refused) if refused else {},
    )


def _links_of_person(person: UUID) -> list[SimpleNamespace]:
    """Return the further pages of a person that the visitor may open."""
    pages = (
        ("reads.read", N_("Who looked at the data of this person"), "person_reads.list_reads_of_person"),
        ("audit.read", N_("Trace"), "trace.show_person_trace"),
        ("people.erase", N_("Lawful erasure"), "person_erasure.show_erasure_form"),
    )
    return [
        SimpleNamespace(label=_(label), url=url_for(endpoint, person_id=person))
        for verb, label, endpoint in pages
        if is_route_access_allowed((verb,), current_visitor().assignments)
    ]


def _read_limits(form: Any) -> ReadingLimits | None:
    """Return the limits of an auditor's role as they were typed. Raises Invalid (`covers_from`, `covers_until`)."""
    first = read_optional_day_field("covers_from", form.get("covers_from"))
    last = read_optional_day_field("covers_until", form.get("covers_until"))
    kinds = form.getlist("kinds")
    every = not kinds or set(kinds) == set(AUDITED_KIND_LABELS)
    return build_limits(first, last, None if every else kinds)


def _unit_id_of_newest_role(grants: Sequence[RoleGrantRow], today: date) -> str:
    """Return the id of the unit for which the person holds the newest role, those of today first; "" for none."""
    held = [row for row in grants if row.unit is not None]
    current = [row for row in held if row.valid_until is None or row.valid_until >= today]
    return str((current or held)[0].unit) if held else ""


@blueprint.post("/people/<uuid:person_id>/roles")
@allow_access("people.manage")
def grant_role(person_id: UUID) -> Any:
    """Grant a dated role; raises Denied (3.1) for the own person, Missing for an unknown one."""
    if person_id == current_visitor().person_id:
        raise Denied("people.role.oneself")
    if person_id not in queries.load_names([person_id]):
        raise Missing
    form = request.form
    try:
        unit = parse_id(form["unit"], "unit") if form.get("unit") else None
        if unit is not None and unit not in queries.load_unit_tree():
            raise Invalid.field("unit", "forms.field.not_offered")
        with door.write(current_act()):
            commands.grant_role(
                current_act(),
                parse_id(form.get("id")),
                person_id,
                form.get("role", ""),
                unit,
                read_day_field("from", form.get("from")),
                read_optional_day_field("until", form.get("until")),
                deputy=bool(form.get("deputy")),
                limits=_read_limits(form),
                from_outside=bool(form.get("from_outside")),
            )
    except Invalid as refused:
        return show_person(person_id, refused), refused.status
    flash(_("The role is given."), "good")
    return redirect(url_for("people.show_person", person_id=person_id))


@blueprint.post("/people/<uuid:person_id>/roles/<uuid:grant_id>/end")
@allow_access("people.manage")
def end_role(person_id: UUID, grant_id: UUID) -> Any:
    """End a role today; a role that has not begun is removed. Raises Missing."""
    if grant_id not in {row.id for row in load_person_role_grants(person_id)}:
        raise Missing
    with door.write(current_act()):
        commands.end_or_delete_role_grant(current_act(), grant_id, local_day(request_time()))
    flash(_("The role ends today."), "good")
    return redirect(url_for("people.show_person", person_id=person_id))


@blueprint.post("/people/<uuid:person_id>/slip")
@allow_access("people.manage")
def print_account_slip(person_id: UUID) -> str:
    """Make a one-time code with which a person without an account opens one, and show its slip once.

    Raises Missing, Refused (there is an account, or the person has left).
    """
    if person_id not in queries.load_names([person_id]):
        raise Missing
    with door.write(current_act()):
        made = commands.issue_account_slips(current_act(), [person_id])
        if not made:
            raise Refused("people.account.there_already")
    return _render_slip_of_person(made[0], sets_password=False)


@blueprint.post("/people/<uuid:person_id>/password")
@allow_access("people.manage")
def reset_password(person_id: UUID) -> str:
    """End the password of a person, and show once the slip with which its owner chooses another."""
    with door.write(current_act()):
        made = commands.reset_password_by_admin(current_act(), person_id)
    return _render_slip_of_person(made, sets_password=True)


def _render_slip_of_person(made: commands.InvitationLink, *, sets_password: bool) -> str:
    name = queries.load_names([made.person])[made.person].full
    back = url_for("people.show_person", person_id=made.person)
    return render_slips_page([made], name, back, sets_password=sets_password)


@blueprint.post("/people/<uuid:person_id>/account", endpoint="account")
@allow_access("people.manage")
def set_account_state(person_id: UUID) -> Any:
    """Close the account, or open it again."""
    verbs = {"close": commands.close_account, "open": commands.reopen_account}
    verb = verbs.get(request.form.get("state", ""))
    if verb is None:
        raise Invalid.field("state", "forms.field.not_offered")
    with door.write(current_act()):
        verb(current_act(), person_id)
    flash(_("The account is changed."), "good")
    return redirect(url_for("people.show_person", person_id=person_id))
