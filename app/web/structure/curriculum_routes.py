"""Routes of the curriculum of a programme: add, change and end a line. The page is that of the programme."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for

from app.journal.courses import curriculum_commands as commands
from app.kernel.ids import parse_id
from app.people.models import Programme
from app.people.row_changes import load_row
from app.web.core.visitor import allow_access
from app.web.structure import presenter
from app.web.structure.form_input import read_curriculum_line, read_last_day
from app.web.structure.presenter import save_form
from app.web.structure.programme_routes import show_programme
from app.web.structure.routes import blueprint


@blueprint.post("/structure/programmes/<uuid:programme_id>/curriculum")
@allow_access("programmes.manage")
def add_curriculum_line(programme_id: UUID) -> Any:
    """Add a discipline to the curriculum of a programme."""
    presenter.require_in_reach(load_row(Programme, programme_id).unit_id)
    line = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_curriculum_line(request.form)
        return lambda act: commands.add_curriculum_line(act, line, programme_id, edit)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("add_line", read, lambda refused: show_programme(programme_id, refused), page)


@blueprint.post("/structure/programmes/<uuid:programme_id>/curriculum/change")
@allow_access("programmes.manage")
def change_curriculum_line(programme_id: UUID) -> Any:
    """Change a line of the curriculum."""
    presenter.require_in_reach(load_row(Programme, programme_id).unit_id)
    line = parse_id(request.form.get("line"), "line")

    def read() -> Any:
        edit, seen = read_curriculum_line(request.form), request.form.get("seen", "")
        return lambda act: commands.change_curriculum_line(act, programme_id, line, seen, edit)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("line", read, lambda refused: show_programme(programme_id, refused), page)


@blueprint.post("/structure/programmes/<uuid:programme_id>/curriculum/end")
@allow_access("programmes.manage")
def end_curriculum_line(programme_id: UUID) -> Any:
    """Set the last day of a line of the curriculum."""
    presenter.require_in_reach(load_row(Programme, programme_id).unit_id)
    line = parse_id(request.form.get("line"), "line")

    def read() -> Any:
        last, seen = read_last_day(request.form), request.form.get("seen", "")
        return lambda act: commands.end_curriculum_line(act, programme_id, line, seen, last)

    page = url_for("structure.show_programme", programme_id=programme_id)
    return save_form("end_line", read, lambda refused: show_programme(programme_id, refused), page)
