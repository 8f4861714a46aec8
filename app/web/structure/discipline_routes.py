"""Pages of disciplines: list, one discipline; add, change, end."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.journal.courses import discipline_commands as commands
from app.journal.courses.structure_queries import count_journals_of_course, load_disciplines_page
from app.journal.tables import Course
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.people.queries.units import UnitRow
from app.people.row_changes import load_row, row_digest
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access
from app.web.structure import presenter
from app.web.structure.form_input import read_discipline, read_last_day
from app.web.structure.presenter import PAGE_SIZE, RefusedForm, cell, save_form
from app.web.structure.routes import blueprint

MANAGE = commands.MANAGE_DISCIPLINES


@blueprint.get("/structure/disciplines")
@allow_access("structure.read")
def list_disciplines(refused: RefusedForm | None = None) -> str:
    """List disciplines by code, with the form to add one."""
    units, text = people.load_unit_tree(), presenter.query_text()
    chosen = presenter.chosen_unit(units)
    after = presenter.page_key(2)
    found = load_disciplines_page(
        presenter.filtered_units(units, chosen),
        text,
        after,  # type: ignore[arg-type]
        PAGE_SIZE + 1,
    )
    rows, last = found[:PAGE_SIZE], found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    departments = presenter.unit_options(units, commands.TEACHING_UNIT_KINDS, presenter.reach())
    manages = presenter.may_manage_somewhere(MANAGE)
    return render_template(
        "structure/list.html",
        title=_("Disciplines"),
        tabs=presenter.structure_tabs("disciplines"),
        refused=presenter.refusal_text(refused),
        url=url_for("structure.list_disciplines"),
        filters=[presenter.unit_filter(departments, chosen)],
        q=text,
        columns=[_("Title"), _("Code"), _("Department")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(
                        pick_text(one.names, locale()),
                        url_for("structure.show_discipline", course_id=one.id),
                    ),
                    cell(one.code),
                    cell(presenter.unit_name(units, one.department)),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in rows
        ],
        next=presenter.next_url(
            "structure.list_disciplines", (last.code, last.id) if last else None, q=text, unit=chosen
        ),
        empty=presenter.empty_list(
            bool(text or chosen),
            _("There are no disciplines yet"),
            None if departments else _("Add a department first, or import a roster."),
            _("Add the first one below.") if manages else _("The academic office adds them."),
            departments,
        ),
        form=_discipline_form(units, None, refused) if manages and departments else None,
    )


def _discipline_form(
    units: Mapping[UUID, UnitRow], row: Course | None, refused: RefusedForm | None
) -> SimpleNamespace:
    """Build the form of a new discipline, or of one that exists."""
    allowed = presenter.reach(MANAGE)
    also = row.department_id if row else None
    departments = presenter.unit_options(units, commands.TEACHING_UNIT_KINDS, allowed, also=also)
    fields = [
        *presenter.code_and_names_fields(),
        presenter.choice_field("unit", _("Department"), departments),
    ]
    if row is None:
        return presenter.form_view(
            "add",
            _("Add a discipline"),
            url_for("structure.add_discipline"),
            fields,
            _("Add the discipline"),
            refused,
            values={"unit": departments[0][0] if len(departments) == 1 else None},
            hidden={"id": new_id()},
            draft="discipline",
        )
    return presenter.form_view(
        "change",
        _("Change the discipline"),
        url_for("structure.change_discipline", course_id=row.id),
        fields,
        _("Save the discipline"),
        refused,
        values=presenter.code_and_names_values(row.code, row.names) | {"unit": row.department_id},
        hidden={"seen": row_digest(row, commands.COURSE_COLUMNS)},
        draft=f"discipline:{row.id}",
    )


@blueprint.post("/structure/disciplines")
@allow_access("disciplines.manage")
def add_discipline() -> Any:
    """Add a discipline."""
    course_id = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_discipline(request.form)
        return lambda act: commands.add_discipline(act, course_id, edit)

    page = url_for("structure.show_discipline", course_id=course_id)
    return save_form("add", read, list_disciplines, page)


@blueprint.get("/structure/disciplines/<uuid:course_id>")
@allow_access("structure.read")
def show_discipline(course_id: UUID, refused: RefusedForm | None = None) -> str:
    """Show one discipline, and the forms that change and end it."""
    row = load_row(Course, course_id)
    presenter.require_in_reach(row.department_id)
    units = people.load_unit_tree()
    manages = presenter.may_manage(MANAGE, row.department_id)
    return render_template(
        "structure/one.html",
        title=pick_text(row.names, locale()),
        back=SimpleNamespace(label=_("Disciplines"), url=url_for("structure.list_disciplines")),
        refused=presenter.refusal_text(refused),
        notes=[],
        facts=[
            SimpleNamespace(label=_("Code"), text=row.code, url=None),
            SimpleNamespace(
                label=_("Department"),
                text=presenter.unit_name(units, row.department_id),
                url=url_for("structure.show_unit", unit_id=row.department_id),
            ),
            SimpleNamespace(
                label=_("Journals"),
                text=str(count_journals_of_course(course_id)),
                url=url_for("structure.list_journals", q=row.code),
            ),
            SimpleNamespace(label=_("Last day"), text=presenter.day_words(row.ends_on), url=None),
        ],
        tables=[],
        forms=[
            _discipline_form(units, row, refused),
            presenter.end_form(
                url_for("structure.end_discipline", course_id=course_id),
                _("End the discipline"),
                row.ends_on,
                row_digest(row, commands.COURSE_COLUMNS),
                refused,
            ),
        ]
        if manages
        else [],
        removal=None,
    )


@blueprint.post("/structure/disciplines/<uuid:course_id>")
@allow_access("disciplines.manage")
def change_discipline(course_id: UUID) -> Any:
    """Change a discipline."""
    presenter.require_in_reach(load_row(Course, course_id).department_id)

    def read() -> Any:
        edit, seen = read_discipline(request.form), request.form.get("seen", "")
        return lambda act: commands.change_discipline(act, course_id, seen, edit)

    page = url_for("structure.show_discipline", course_id=course_id)
    return save_form("change", read, lambda refused: show_discipline(course_id, refused), page)


@blueprint.post("/structure/disciplines/<uuid:course_id>/end")
@allow_access("disciplines.manage")
def end_discipline(course_id: UUID) -> Any:
    """Set the last day of a discipline."""
    presenter.require_in_reach(load_row(Course, course_id).department_id)

    def read() -> Any:
        last, seen = read_last_day(request.form), request.form.get("seen", "")
        return lambda act: commands.end_discipline(act, course_id, seen, last)

    page = url_for("structure.show_discipline", course_id=course_id)
    return save_form("end", read, lambda refused: show_discipline(course_id, refused), page)
