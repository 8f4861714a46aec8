"""Pages of the tree of units: list, one unit with its heads and parts; add, rename, move, end."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.journal.courses.discipline_commands import count_disciplines_after
from app.kernel.act import Act
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.search_text import has_every_word
from app.people import queries as people
from app.people.commands import units as commands
from app.people.models import Unit
from app.people.queries.structure import UnitHead, load_unit_heads
from app.people.queries.units import UnitRow
from app.people.row_changes import load_row, row_digest
from app.people.structure_rules import PARENT_KINDS, UNIT_KINDS, UNIVERSITY
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access
from app.web.labels.imports import UNIT_KIND_LABELS
from app.web.structure import presenter
from app.web.structure.form_input import read_last_day, read_unit
from app.web.structure.presenter import RefusedForm, cell, save_form

blueprint = Blueprint("structure", __name__)
MANAGE = commands.MANAGE_UNITS


@blueprint.get("/structure")
@allow_access("structure.read")
def list_units(refused: RefusedForm | None = None) -> str:
    """Show the tree of units with their heads, and the form to add one."""
    units, allowed, text = people.load_unit_tree(), presenter.reach(), presenter.query_text()
    shown = [
        (one, depth)
        for one, depth in _tree_with_depths(units, allowed)
        if has_every_word(f"{one.code} {' '.join(one.names.values())}", text)
    ]
    heads = load_unit_heads([one.id for one, _depth in shown], presenter.today())
    manages = presenter.may_manage_somewhere(MANAGE)
    return render_template(
        "structure/list.html",
        title=_("Units"),
        tabs=presenter.structure_tabs("units"),
        refused=presenter.refusal_text(refused),
        url=url_for("structure.list_units"),
        filters=[],
        q=text,
        columns=[_("Title"), _("Kind"), _("Code"), _("Heads")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(pick_text(one.names, locale()), url_for("structure.show_unit", unit_id=one.id)),
                    cell(_(UNIT_KIND_LABELS[one.kind])),
                    cell(one.code),
                    cell(", ".join(_head_text(head) for head in heads.get(one.id, []))),
                ],
                depth=0 if text else depth,
                ends_on=one.ends_on,
            )
            for one, depth in shown
        ],
        next=None,
        empty=_empty_units(text, manages),
        form=_add_form(units, refused) if manages else None,
    )


def _empty_units(text: str, manages: bool) -> SimpleNamespace:
    """Return what an empty tree says: nothing found, or what to do first."""
    if text:
        return SimpleNamespace(
            title=_("Nothing found"), text=_("Try a part of the name or the code."), action=None
        )
    if not manages:
        return SimpleNamespace(
            title=_("There are no units yet"), text=_("The academic office adds them."), action=None
        )
    return SimpleNamespace(
        title=_("There are no units yet"),
        text=_("Add the university or an institute below, or import a roster."),
        action={"label": _("Import"), "url": url_for("roster.list_roster_imports")}
        if presenter.may_manage("roster.import")
        else None,
    )


def _tree_with_depths(
    units: Mapping[UUID, UnitRow], allowed: frozenset[UUID] | None
) -> list[tuple[UnitRow, int]]:
    """Return the units of the tree from the top down, each with its depth from 1; those in reach."""
    below: dict[UUID | None, list[UnitRow]] = {}
    for one in units.values():
        top = one.parent if allowed is None or one.parent in allowed else None
        if allowed is None or one.id in allowed:
            below.setdefault(top, []).append(one)
    found: list[tuple[UnitRow, int]] = []

    def add_below(parent: UUID | None, depth: int) -> None:
        for one in sorted(below.pop(parent, []), key=lambda unit: pick_text(unit.names, locale())):
            found.append((one, depth))
            add_below(one.id, depth + 1)

    add_below(None, 1)
    return found


def _head_text(head: UnitHead) -> str:
    return f"{head.name.short} ({_('deputy')})" if head.deputy else head.name.short


def _parent_options(
    units: Mapping[UUID, UnitRow], also: UUID | None, kinds: set[str]
) -> list[tuple[Any, str]]:
    """Return the units below which the visitor may put a unit; the top for those who manage everything."""
    allowed = presenter.reach(MANAGE)
    options: list[tuple[Any, str]] = list(presenter.unit_options(units, kinds, allowed, also=also))
    return options


def _add_form(units: Mapping[UUID, UnitRow], refused: RefusedForm | None) -> SimpleNamespace:
    """Build the form that adds a unit."""
    above = _parent_options(units, None, set(UNIT_KINDS))
    wide = presenter.reach(MANAGE) is None
    kinds = [kind for kind in UNIT_KINDS if wide or None not in PARENT_KINDS[kind]]
    help = _("Only a university, or an institute without one, stands at the top.") if wide else ""
    return presenter.form_view(
        "add",
        _("Add a unit"),
        url_for("structure.add_unit"),
        [
            presenter.choice_field("kind", _("Kind"), [(kind, _(UNIT_KIND_LABELS[kind])) for kind in kinds]),
            presenter.choice_field("parent", _("Part of"), above, required=not wide, help=help),
            *presenter.code_and_names_fields(),
        ],
        _("Add the unit"),
        refused,
        hidden={"id": new_id()},
        values={"kind": kinds[0] if not units and wide else "", "parent": _only_university(units)},
        draft="unit",
    )


def _only_university(units: Mapping[UUID, UnitRow]) -> UUID | None:
    """Return the one university, below which institutes are added; None when there is none or several."""
    found = [one.id for one in units.values() if one.kind == UNIVERSITY]
    return found[0] if len(found) == 1 else None


@blueprint.post("/structure")
@allow_access("units.manage")
def add_unit() -> Any:
    """Add a unit."""
    unit_id = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_unit(request.form)
        return lambda act: commands.add_unit(act, unit_id, edit)

    return save_form("add", read, list_units, url_for("structure.show_unit", unit_id=unit_id))


@blueprint.get("/structure/units/<uuid:unit_id>")
@allow_access("structure.read")
def show_unit(unit_id: UUID, refused: RefusedForm | None = None) -> str:
    """Show one unit with its heads and its parts, and the forms that change and end it."""
    units = people.load_unit_tree()
    presenter.require_in_reach(unit_id if unit_id in units else None)
    row, one = load_row(Unit, unit_id), units[unit_id]
    allowed = presenter.reach()
    return render_template(
        "structure/one.html",
        title=pick_text(one.names, locale()),
        back=SimpleNamespace(label=_("Units"), url=url_for("structure.list_units")),
        refused=presenter.refusal_text(refused),
        notes=[],
        facts=[
            SimpleNamespace(label=_("Kind"), text=_(UNIT_KIND_LABELS[one.kind]), url=None),
            SimpleNamespace(label=_("Code"), text=one.code, url=None),
            SimpleNamespace(
                label=_("Part of"),
                text=presenter.unit_name(units, one.parent),
                url=url_for("structure.show_unit", unit_id=one.parent)
                if one.parent and (allowed is None or one.parent in allowed)
                else None,
            ),
            SimpleNamespace(label=_("Last day"), text=presenter.day_words(one.ends_on), url=None),
            *_things_of_unit_facts(unit_id),
        ],
        tables=[_heads_table(unit_id), _parts_table(units, unit_id)],
        forms=_unit_forms(units, row, refused),
        removal=None,
    )


def _things_of_unit_facts(unit_id: UUID) -> list[SimpleNamespace]:
    """Return links to the lists of what belongs to the unit."""
    lists = {
        "structure.list_programmes": _("Programmes of this unit"),
        "structure.list_groups": _("Groups of this unit"),
        "structure.list_disciplines": _("Disciplines of this unit"),
        "structure.list_journals": _("Journals of this unit"),
    }
    return [
        SimpleNamespace(label=label, text=_("show"), url=url_for(endpoint, unit=unit_id))
        for endpoint, label in lists.items()
    ]


def _heads_table(unit_id: UUID) -> SimpleNamespace:
    """Build the table of heads today; roles are given on the page of a person."""
    heads = load_unit_heads([unit_id], presenter.today()).get(unit_id, [])
    gives = presenter.may_manage("people.manage")
    return SimpleNamespace(
        title=_("Heads"),
        text="",
        columns=[_("Name"), _("Role")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(head.name.full, presenter.person_url(head.person)),
                    cell(_(LABEL_BY_ROLE[head.role]) + (f" ({_('deputy')})" if head.deputy else "")),
                ],
                depth=0,
                ends_on=None,
            )
            for head in heads
        ],
        empty=_("Nobody heads this unit yet. IT gives roles on the page of a person."),
        link=SimpleNamespace(label=_("People"), url=url_for("people.list_people")) if gives else None,
    )


def _parts_table(units: Mapping[UUID, UnitRow], unit_id: UUID) -> SimpleNamespace:
    """Build the table of the units directly below."""
    parts = sorted(
        (one for one in units.values() if one.parent == unit_id),
        key=lambda one: pick_text(one.names, locale()),
    )
    return SimpleNamespace(
        title=_("Parts of this unit"),
        text="",
        columns=[_("Title"), _("Kind"), _("Code")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(pick_text(one.names, locale()), url_for("structure.show_unit", unit_id=one.id)),
                    cell(_(UNIT_KIND_LABELS[one.kind])),
                    cell(one.code),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in parts
        ],
        empty=_("No units below this one."),
        link=None,
    )


def _unit_forms(
    units: Mapping[UUID, UnitRow], row: Unit, refused: RefusedForm | None
) -> list[SimpleNamespace]:
    """Build the forms that change and end a unit, for those who may."""
    forms = []
    seen = row_digest(row, commands.UNIT_COLUMNS)
    if presenter.may_manage(MANAGE, row.id):
        below = presenter.unit_and_below(units, row.id)
        kinds = {kind for kind in PARENT_KINDS[row.kind] if kind}
        above = [one for one in _parent_options(units, row.parent_id, kinds) if one[0] not in below]
        forms.append(
            presenter.form_view(
                "change",
                _("Rename or move the unit"),
                url_for("structure.change_unit", unit_id=row.id),
                [
                    *presenter.code_and_names_fields(),
                    presenter.choice_field(
                        "parent", _("Part of"), above, required=None not in PARENT_KINDS[row.kind]
                    ),
                ],
                _("Save the unit"),
                refused,
                values=presenter.code_and_names_values(row.code, row.names) | {"parent": row.parent_id},
                hidden={"seen": seen},
                draft=f"unit:{row.id}",
            )
        )
    if presenter.may_manage(MANAGE, row.parent_id):
        url = url_for("structure.end_unit", unit_id=row.id)
        forms.append(presenter.end_form(url, _("End the unit"), row.ends_on, seen, refused))
    return forms


@blueprint.post("/structure/units/<uuid:unit_id>")
@allow_access("units.manage")
def change_unit(unit_id: UUID) -> Any:
    """Rename a unit or move it below another one."""
    presenter.require_in_reach(unit_id)
    seen, kind = request.form.get("seen", ""), load_row(Unit, unit_id).kind

    def read() -> Any:
        edit = read_unit(request.form, kind)
        return lambda act: commands.change_unit(act, unit_id, seen, edit)

    page = url_for("structure.show_unit", unit_id=unit_id)
    return save_form("change", read, lambda refused: show_unit(unit_id, refused), page)


@blueprint.post("/structure/units/<uuid:unit_id>/end")
@allow_access("units.manage")
def end_unit(unit_id: UUID) -> Any:
    """Set the last day of a unit."""
    presenter.require_in_reach(unit_id)
    load_row(Unit, unit_id)

    def read() -> Any:
        last = read_last_day(request.form)

        def end(act: Act) -> None:
            taught = {"disciplines": count_disciplines_after(unit_id, last)} if last is not None else {}
            commands.end_unit(act, unit_id, request.form.get("seen", ""), last, taught)

        return end

    page = url_for("structure.show_unit", unit_id=unit_id)
    return save_form("end", read, lambda refused: show_unit(unit_id, refused), page)
