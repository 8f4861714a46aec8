"""The form field of a request for access (P22): person, role and unit, or the role that is to end."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.access_rules import (
    CHIEF_ROLES,
    REQUESTABLE_ROLES,
    is_one_of_his_people,
    reaches_unit,
)
from app.people.queries.access import find_held_role, load_access_candidates
from app.people.queries.units import UnitRow, load_placed_units
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act

END_KEY = "end"
"""The part of the address that names the role that is to end."""


def read_posted_access(posted: MultiDict[str, str]) -> dict[str, str] | None:
    """Read the posted role; None when nothing was chosen. Raises Invalid (`access`)."""
    if posted.get("access_grant"):
        return {"grant": posted["access_grant"]}
    name = posted.get("access_person", "").strip()
    if not name or not posted.get("access_role"):
        return None
    person = next((one.person for one in _candidate_views() if one.label == name), None)
    if person is None:
        raise Invalid.field("access", "people.access.unknown_name", name=name[:80])
    answer = {"person": str(person), "role": posted["access_role"]}
    return answer | ({"unit": posted["access_unit"]} if posted.get("access_unit") else {})


def access_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the form; with `end` in the address it names the role that is to end. Raises Missing."""

    def kept(name: str) -> str:
        return str(typed.get(name) or "") if typed else ""

    if address.get(END_KEY):
        return _ending_role_view(address[END_KEY])
    units, placed, chiefs = people.load_unit_tree(), load_placed_units(), _own_chief_assignments()
    offered = [one for one in units.values() if any(reaches_unit(chief, one.id, placed) for chief in chiefs)]
    roles = dict.fromkeys(role for chief in chiefs for role in REQUESTABLE_ROLES[chief.role])
    return SimpleNamespace(
        ending=None,
        needless=(),
        people=_candidate_views(),
        person=kept("access_person") or _label_of_person(address.get("person")),
        roles=[
            SimpleNamespace(value=role, label=_(LABEL_BY_ROLE[role]), chosen=role == kept("access_role"))
            for role in roles
        ],
        units=[
            SimpleNamespace(value=str(one.id), label=label, chosen=str(one.id) == kept("access_unit"))
            for label, one in _labelled_units(offered)
        ],
        whole=any(chief.role == "academic_office" for chief in chiefs),
    )


def _labelled_units(units: list[UnitRow]) -> list[tuple[str, UnitRow]]:
    """Return units that go on with their names, by name."""
    today = local_day(current_act().at)
    going_on = [one for one in units if one.ends_on is None or one.ends_on >= today]
    return sorted(((pick_text(one.names, locale()), one) for one in going_on), key=lambda pair: pair[0])


def _ending_role_view(grant: str) -> SimpleNamespace:
    """Build the form that asks for the end of a role."""
    held = find_held_role(parse_id(grant, "access"), local_day(current_act().at))
    placed = load_placed_units()
    if held is None or not any(reaches_unit(one, held.unit, placed) for one in _own_chief_assignments()):
        raise Missing
    units = people.load_unit_tree()
    return SimpleNamespace(
        ending=SimpleNamespace(
            grant=str(held.grant),
            person=people.load_names([held.person])[held.person].full,
            role=_(LABEL_BY_ROLE[held.role]),
            unit=pick_text(units[held.unit].names, locale()) if held.unit in units else "",
            until=held.valid_until,
        ),
        needless=("valid_from", "deputy"),
    )


def _own_chief_assignments() -> list[RoleAssignment]:
    """Return the roles in which the visitor is a chief."""
    return [one for one in current_act().assignments if one.role in CHIEF_ROLES]


def _candidate_views() -> list[SimpleNamespace]:
    """Return the people of the visitor, each with a label of his own: the name, numbered where two share it."""
    act = current_act()
    placed, chiefs = load_placed_units(), _own_chief_assignments()
    units = people.load_unit_tree()
    views: list[SimpleNamespace] = []
    taken: set[str] = set()
    for one, held in load_access_candidates(local_day(act.at)):
        if one.person in (act.person, act.on_behalf_of) or not is_one_of_his_people(chiefs, held, placed):
            continue
        label, number = one.name.full, 1
        while label in taken:
            number += 1
            label = f"{one.name.full} ({number})"
        taken.add(label)
        names = dict.fromkeys(pick_text(units[unit].names, locale()) for unit in one.units if unit in units)
        views.append(SimpleNamespace(person=one.person, label=label, where=", ".join(names)))
    return views


def _label_of_person(person: str | None) -> str:
    """Return the label of the person in the address; "" without one."""
    return next((one.label for one in _candidate_views() if str(one.person) == person), "") if person else ""


def _refuse_access_field_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: what was asked for does not change."""
    raise Invalid.field("access", "forms.field.unknown")


ACCESS_FIELD = SubjectField(
    "access",
    "access/_asked.html",
    access_start_view,
    _refuse_access_field_in_task,
    read_posted_access,
)
