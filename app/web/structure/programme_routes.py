"""Pages of programmes of study: list, one programme with its groups; add, change, end."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.journal.courses.structure_queries import load_curriculum
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.people.commands import programmes as commands
from app.people.models import Programme
from app.people.queries.structure import load_groups_page, load_programmes_page
from app.people.queries.units import UnitRow
from app.people.row_changes import load_row, row_digest
from app.people.structure_rules import INSTITUTE_KINDS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access
from app.web.structure import presenter
from app.web.structure.curriculum_forms import curriculum_forms, curriculum_table
from app.web.structure.form_input import read_last_day, read_programme
from app.web.structure.presenter import PAGE_SIZE, RefusedForm, cell, save_form
from app.web.structure.routes import blueprint

MANAGE = commands.MANAGE_PROGRAMMES
MAX_SHOWN_GROUPS = 200


@blueprint.get("/structure/programmes")
@allow_access("structure.read")
def list_programmes(refused: RefusedForm | None = None) -> str:
    """List programmes by code, with the form to add one."""
    units, text = people.load_unit_tree(), presenter.query_text()
    chosen = presenter.chosen_unit(units)
    after = presenter.page_key(2)
    found = load_programmes_page(
        presenter.filtered_units(units, chosen),
        text,
        after,  # type: ignore[arg-type]
        PAGE_SIZE + 1,
    )
    rows, last = found[:PAGE_SIZE], found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    institutes = presenter.unit_options(units, INSTITUTE_KINDS, presenter.reach())
    manages = presenter.may_manage_somewhere(MANAGE)
    return render_template(
        "structure/list.html",
        title=_("Programmes"),
        tabs=presenter.structure_tabs("programmes"),
        refused=presenter.refusal_text(refused),
        url=url_for("structure.list_programmes"),
        filters=[presenter.unit_filter(institutes, chosen)],
        q=text,
        columns=[_("Title"), _("Code"), _("Institute or college"), _("Groups")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(
                        pick_text(one.names, locale()),
                        url_for("structure.show_programme", programme_id=one.id),
                    ),
                    cell(one.code),
                    cell(presenter.unit_name(units, one.unit)),
                    cell(one.groups),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in rows
        ],
        next=presenter.next_url(
            "structure.list_programmes", (last.code, last.id) if last else None, q=text, unit=chosen
        ),
        empty=presenter.empty_list(
            bool(text or chosen),
            _("There are no programmes yet"),
            None if institutes else _("Add an institute or college first, or import a roster."),
            _("Add the first one below.") if manages else _("The academic office adds them."),
            institutes,
        ),
        form=_programme_form(units, None, refused) if manages and institutes else None,
    )


def _programme_form(
    units: Mapping[UUID, UnitRow], row: Programme | None, refused: RefusedForm | None
) -> SimpleNamespace:
    """Build the form of a new programme, or of one that exists."""
    allowed = presenter.reach(MANAGE)
    institutes = presenter.unit_options(units, INSTITUTE_KINDS, allowed, also=row.unit_id if row else None)
    fields = [
        *presenter.code_and_names_fields(),
        presenter.choice_field("unit", _("Institute or college"), institutes),
    ]
    if row is None:
        return presenter.form_view(
            "add",
            _("Add a programme"),
            url_for("structure.add_programme"),
            fields,
            _("Add the programme"),
            refused,
            values={"unit": institutes[0][0] if len(institutes) == 1 else None},
            hidden={"id": new_id()},
            draft="programme",
        )
    return presenter.form_view(
        "change",
        _("Change the programme"),
        url_for("structure.change_programme", programme_id=row.id),
        fields,
        _("Save the programme"),
        refused,
        values=presenter.code_and_names_values(row.code, row.names) | {"unit": row.unit_id},
        hidden={"seen": row_digest(row, commands.PROGRAMME_COLUMNS)},
        draft=f"programme:{row.id}",
    )


@blueprint.post("/structure/programmes")
@allow_access("programmes.manage")
def add_programme() -> Any:
    """Add a programme."""
    programme_id = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_programme(request.form)
        return lambda act: commands.add_programme(act, programme_id, edit)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("add", read, list_programmes, page)


@blueprint.get("/structure/programmes/<uuid:programme_id>")
@allow_access("structure.read")
def show_programme(programme_id: UUID, refused: RefusedForm | None = None) -> str:
    """Show one programme with its curriculum and groups, and the forms that change and end it."""
    row = load_row(Programme, programme_id)
    presenter.require_in_reach(row.unit_id)
    units = people.load_unit_tree()
    manages, lines = presenter.may_manage(MANAGE, row.unit_id), load_curriculum(programme_id)
    return render_template(
        "structure/one.html",
        title=pick_text(row.names, locale()),
        back=SimpleNamespace(label=_("Programmes"), url=url_for("structure.list_programmes")),
        refused=presenter.refusal_text(refused),
        notes=[],
        facts=[
            SimpleNamespace(label=_("Code"), text=row.code, url=None),
            SimpleNamespace(
                label=_("Institute or college"),
                text=presenter.unit_name(units, row.unit_id),
                url=url_for("structure.show_unit", unit_id=row.unit_id),
            ),
            SimpleNamespace(label=_("Last day"), text=presenter.day_words(row.ends_on), url=None),
        ],
        tables=[curriculum_table(lines, programme_id, manages), _groups_table(programme_id)],
        forms=[
            *curriculum_forms(lines, programme_id, refused),
            _programme_form(units, row, refused),
            presenter.end_form(
                url_for("structure.end_programme", programme_id=programme_id),
                _("End the programme"),
                row.ends_on,
                row_digest(row, commands.PROGRAMME_COLUMNS),
                refused,
            ),
        ]
        if manages
        else [],
        removal=None,
    )


def _groups_table(programme_id: UUID) -> SimpleNamespace:
    """Build the table of the groups of a programme."""
    found = load_groups_page(presenter.today(), None, "", programme_id, None, MAX_SHOWN_GROUPS)
    return SimpleNamespace(
        title=_("Groups"),
        text="",
        columns=[_("Group"), _("Year of study"), _("Students")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(one.name, url_for("structure.show_group", group_id=one.id)),
                    cell(one.year),
                    cell(one.students),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in found
        ],
        empty=_("No group follows this programme yet."),
        link=None,
    )


@blueprint.post("/structure/programmes/<uuid:programme_id>")
@allow_access("programmes.manage")
def change_programme(programme_id: UUID) -> Any:
    """Change a programme."""
    presenter.require_in_reach(load_row(Programme, programme_id).unit_id)

    def read() -> Any:
        edit, seen = read_programme(request.form), request.form.get("seen", "")
        return lambda act: commands.change_programme(act, programme_id, seen, edit)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("change", read, lambda refused: show_programme(programme_id, refused), page)


@blueprint.post("/structure/programmes/<uuid:programme_id>/end")
@allow_access("programmes.manage")
def end_programme(programme_id: UUID) -> Any:
    """Set the last day of a programme."""
    presenter.require_in_reach(load_row(Programme, programme_id).unit_id)

    def read() -> Any:
        last, seen = read_last_day(request.form), request.form.get("seen", "")
        return lambda act: commands.end_programme(act, programme_id, seen, last)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("end", read, lambda refused: show_programme(programme_id, refused), page)
