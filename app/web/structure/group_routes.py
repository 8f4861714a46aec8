"""Pages of study groups: list, one group with its students and curators; add, change, name a curator, end."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.journal.courses.discipline_commands import count_journals_of_group_after
from app.kernel.act import Act
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.people.commands import groups as commands
from app.people.models import Programme, StudyGroup
from app.people.queries.structure import (
    CuratorPeriod,
    load_group_curators,
    load_groups_page,
    load_programmes_going_on,
)
from app.people.queries.units import UnitRow
from app.people.row_changes import load_row, row_digest
from app.people.structure_rules import (
    INSTITUTE_KINDS,
    MAX_GROUP_NAME_LENGTH,
    MAX_YEAR_OF_STUDY,
    MIN_YEAR_OF_STUDY,
)
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access
from app.web.structure import presenter
from app.web.structure.form_input import StructureForm, read_group, read_last_day
from app.web.structure.presenter import PAGE_SIZE, RefusedForm, cell, save_form
from app.web.structure.routes import blueprint

MANAGE = commands.MANAGE_GROUPS


@blueprint.get("/structure/groups")
@allow_access("structure.read")
def list_groups(refused: RefusedForm | None = None) -> str:
    """List groups by name, with the form to add one."""
    units, text = people.load_unit_tree(), presenter.query_text()
    chosen = presenter.chosen_unit(units)
    among, day, after = presenter.filtered_units(units, chosen), presenter.today(), presenter.page_key(2)
    found = load_groups_page(day, among, text, None, after, PAGE_SIZE + 1)  # type: ignore[arg-type]
    rows, last = found[:PAGE_SIZE], found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    institutes = presenter.unit_options(units, INSTITUTE_KINDS, presenter.reach())
    manages = presenter.may_manage_somewhere(MANAGE)
    return render_template(
        "structure/list.html",
        title=_("Groups"),
        tabs=presenter.structure_tabs("groups"),
        refused=presenter.refusal_text(refused),
        url=url_for("structure.list_groups"),
        filters=[presenter.unit_filter(institutes, chosen)],
        q=text,
        columns=[
            _("Group"),
            _("Institute or college"),
            _("Programme"),
            _("Year of study"),
            _("Curator"),
            _("Students"),
        ],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(one.name, url_for("structure.show_group", group_id=one.id)),
                    cell(presenter.unit_name(units, one.unit)),
                    cell(pick_text(one.programme, locale()) if one.programme else ""),
                    cell(one.year),
                    cell(one.curator.short if one.curator else ""),
                    cell(one.students),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in rows
        ],
        next=presenter.next_url(
            "structure.list_groups", (last.name, last.id) if last else None, q=text, unit=chosen
        ),
        empty=presenter.empty_list(
            bool(text or chosen),
            _("There are no groups yet"),
            None if institutes else _("Add an institute or college first, or import a roster."),
            _("Add the first one below.") if manages else _("The academic office adds them."),
            institutes,
        ),
        form=_group_form(units, None, refused) if manages and institutes else None,
    )


def _group_form(
    units: Mapping[UUID, UnitRow], row: StudyGroup | None, refused: RefusedForm | None
) -> SimpleNamespace:
    """Build the form of a new group, or of one that exists."""
    allowed = presenter.reach(MANAGE)
    programmes = [
        (one.id, f"{one.code} {pick_text(one.names, locale())}")
        for one in load_programmes_going_on(allowed, presenter.today())
    ]
    if row is not None and row.programme_id and row.programme_id not in {id for id, _name in programmes}:
        kept = load_row(Programme, row.programme_id)
        programmes.append((kept.id, f"{kept.code} {pick_text(kept.names, locale())}"))
    institutes = presenter.unit_options(units, INSTITUTE_KINDS, allowed, also=row.unit_id if row else None)
    fields = [
        presenter.text_field("name", _("Name of the group"), max=MAX_GROUP_NAME_LENGTH),
        presenter.choice_field("unit", _("Institute or college"), institutes),
        presenter.choice_field("programme", _("Programme"), programmes, required=False),
        presenter.number_field("year", _("Year of study"), MIN_YEAR_OF_STUDY, MAX_YEAR_OF_STUDY),
    ]
    if row is None:
        only = institutes[0][0] if len(institutes) == 1 else None
        return presenter.form_view(
            "add",
            _("Add a group"),
            url_for("structure.add_group"),
            fields,
            _("Add the group"),
            refused,
            values={"unit": only},
            hidden={"id": new_id()},
            draft="group",
            text=_("Students are added by orders."),
        )
    return presenter.form_view(
        "change",
        _("Change the group"),
        url_for("structure.change_group", group_id=row.id),
        fields,
        _("Save the group"),
        refused,
        values={
            "name": row.name,
            "unit": row.unit_id,
            "programme": row.programme_id,
            "year": row.year_of_study,
        },
        hidden={"seen": row_digest(row, commands.GROUP_COLUMNS)},
        draft=f"group:{row.id}",
    )


@blueprint.post("/structure/groups")
@allow_access("groups.manage")
def add_group() -> Any:
    """Add a group."""
    group_id = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_group(request.form)
        return lambda act: commands.add_group(act, group_id, edit)

    return save_form("add", read, list_groups, url_for("structure.show_group", group_id=group_id))


@blueprint.get("/structure/groups/<uuid:group_id>")
@allow_access("structure.read")
def show_group(group_id: UUID, refused: RefusedForm | None = None) -> str:
    """Show one group with its students and curators, and the forms that change and end it."""
    row = load_row(StudyGroup, group_id)
    presenter.require_in_reach(row.unit_id)
    units, day = people.load_unit_tree(), presenter.today()
    members = [one for one in people.load_past_and_present_members(group_id) if one.is_member_on(day)]
    curators = load_group_curators(group_id)
    programme = load_row(Programme, row.programme_id) if row.programme_id else None
    now = people.load_names([row.curator_id]).get(row.curator_id) if row.curator_id else None
    manages = presenter.may_manage(MANAGE, row.unit_id)
    return render_template(
        "structure/one.html",
        title=row.name,
        back=SimpleNamespace(label=_("Groups"), url=url_for("structure.list_groups")),
        refused=presenter.refusal_text(refused),
        notes=_curator_notes(row.curator_id),
        facts=[
            SimpleNamespace(
                label=_("Institute or college"),
                text=presenter.unit_name(units, row.unit_id),
                url=url_for("structure.show_unit", unit_id=row.unit_id),
            ),
            SimpleNamespace(
                label=_("Programme"),
                text=f"{programme.code} {pick_text(programme.names, locale())}" if programme else "",
                url=url_for("structure.show_programme", programme_id=programme.id) if programme else None,
            ),
            SimpleNamespace(label=_("Year of study"), text=str(row.year_of_study or ""), url=None),
            SimpleNamespace(
                label=_("Curator"),
                text=now.full if now else _("nobody yet"),
                url=presenter.person_url(row.curator_id) if row.curator_id else None,
            ),
            SimpleNamespace(label=_("Students"), text=str(len(members)), url=None),
            SimpleNamespace(label=_("Last day"), text=presenter.day_words(row.ends_on), url=None),
            SimpleNamespace(
                label=_("Journals"),
                text=_("show"),
                url=url_for("structure.list_journals", q=row.name),
            ),
        ],
        tables=[_students_table(members), _curators_table(curators)],
        forms=[
            _group_form(units, row, refused),
            _curator_form(row, curators, refused),
            presenter.end_form(
                url_for("structure.end_group", group_id=group_id),
                _("End the group"),
                row.ends_on,
                row_digest(row, commands.GROUP_COLUMNS),
                refused,
            ),
        ]
        if manages
        else [],
        removal=None,
    )


def _curator_notes(curator: UUID | None) -> list[str]:
    """Return a note when the curator does not hold the role of one, so that he would see nothing."""
    if curator is None or curator in people.load_holder_ids_of_roles(["curator"], presenter.today()):
        return []
    return [_("The curator does not hold the role of a curator yet. IT gives it on the page of the person.")]


def _students_table(members: list[Any]) -> SimpleNamespace:
    """Build the table of the students of today."""
    return SimpleNamespace(
        title=_("Students"),
        text="",
        columns=[_("Name"), _("From"), _("Order")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(one.name.full, presenter.person_url(one.person)),
                    presenter.day_or_dash(one.starts_on),
                    cell(one.order_no),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in members
        ],
        empty=_("No students yet. They are added by orders."),
        link=None,
    )


def _curators_table(curators: list[CuratorPeriod]) -> SimpleNamespace:
    """Build the table of curators, latest first."""
    return SimpleNamespace(
        title=_("Curators"),
        text="",
        columns=[_("Name"), _("From"), _("Until")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(one.name.full, presenter.person_url(one.person)),
                    presenter.day_or_dash(one.starts_on),
                    presenter.day_or_dash(one.ends_on),
                ],
                depth=0,
                ends_on=None,
            )
            for one in curators
        ],
        empty=_("This group has no curator yet."),
        link=None,
    )


def _curator_form(
    row: StudyGroup, curators: list[CuratorPeriod], refused: RefusedForm | None
) -> SimpleNamespace:
    """Build the form that names a curator from a day on."""
    held = next((one.person for one in curators[:1] if one.ends_on is None), None)
    held = held or (row.curator_id if not curators else None)
    return presenter.form_view(
        "curator",
        _("Name a curator"),
        url_for("structure.change_group_curator", group_id=row.id),
        [
            presenter.choice_field(
                "curator",
                _("Curator"),
                presenter.staff_options(held),
                required=False,
                help=_("Choose nobody to leave the group without a curator."),
            ),
            presenter.day_field("from", _("First day"), required=True),
        ],
        _("Name the curator"),
        refused,
        values={"curator": held, "from": presenter.today().isoformat()},
        hidden={"seen": held or ""},
        draft=f"curator:{row.id}",
    )


@blueprint.post("/structure/groups/<uuid:group_id>")
@allow_access("groups.manage")
def change_group(group_id: UUID) -> Any:
    """Change a group."""
    presenter.require_in_reach(load_row(StudyGroup, group_id).unit_id)

    def read() -> Any:
        edit, seen = read_group(request.form), request.form.get("seen", "")
        return lambda act: commands.change_group(act, group_id, seen, edit)

    page = url_for("structure.show_group", group_id=group_id)
    return save_form("change", read, lambda refused: show_group(group_id, refused), page)


@blueprint.post("/structure/groups/<uuid:group_id>/curator")
@allow_access("groups.manage")
def change_group_curator(group_id: UUID) -> Any:
    """Name the curator of a group from a day on."""
    presenter.require_in_reach(load_row(StudyGroup, group_id).unit_id)

    def read() -> Any:
        form = StructureForm(request.form)
        curator, first, seen = (
            form.optional_id("curator"),
            form.needed_day("from"),
            form.optional_id("seen"),
        )
        form.raise_if_any()
        return lambda act: commands.change_group_curator(act, group_id, curator, first, seen)

    page = url_for("structure.show_group", group_id=group_id)
    return save_form("curator", read, lambda refused: show_group(group_id, refused), page)


@blueprint.post("/structure/groups/<uuid:group_id>/end")
@allow_access("groups.manage")
def end_group(group_id: UUID) -> Any:
    """Set the last day of a group."""
    presenter.require_in_reach(load_row(StudyGroup, group_id).unit_id)

    def read() -> Any:
        last = read_last_day(request.form)

        def end(act: Act) -> None:
            taught = {"journals": count_journals_of_group_after(group_id, last)} if last is not None else {}
            commands.end_group(act, group_id, request.form.get("seen", ""), last, taught)

        return end

    page = url_for("structure.show_group", group_id=group_id)
    return save_form("end", read, lambda refused: show_group(group_id, refused), page)
