"""Views of the curriculum of a programme: its table, and the forms that add, change and end a line."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.journal.courses import curriculum_commands as commands
from app.journal.courses.structure_queries import load_disciplines_going_on
from app.journal.courses.structure_rules import CONTROL_FORMS, MAX_CREDITS, MAX_SEMESTER, MIN_SEMESTER
from app.journal.tables import CurriculumLine
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id
from app.people.row_changes import row_digest
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.structure import presenter
from app.web.structure.presenter import RefusedForm, cell

CONTROL_LABELS = {"EXAM": N_("exam"), "CREDIT": N_("credit test")}
CurriculumRows = list[tuple[CurriculumLine, str, Mapping[str, str]]]


def curriculum_table(rows: CurriculumRows, programme_id: UUID, manages: bool) -> SimpleNamespace:
    """Build the table of the curriculum; those who manage it open a row to change it."""
    page = url_for("structure.show_programme", programme_id=programme_id)
    return SimpleNamespace(
        title=_("Curriculum"),
        text="",
        columns=[_("Discipline"), _("Semester"), _("Credits"), _("Hours"), _("Form of control")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(
                        f"{code} {pick_text(names, locale())}",
                        f"{page}?line={line.id}#line" if manages else None,
                    ),
                    cell(line.semester),
                    cell(presenter.credits_text(line.credits)),
                    cell(presenter.hours_text(line.hours)),
                    cell(_(CONTROL_LABELS[line.control])),
                ],
                depth=0,
                ends_on=line.ends_on,
            )
            for line, code, names in rows
        ],
        empty=_("No disciplines in the curriculum yet."),
        link=None,
    )


def curriculum_forms(
    rows: CurriculumRows, programme_id: UUID, refused: RefusedForm | None
) -> list[SimpleNamespace]:
    """Build the forms of the curriculum: of the line chosen in the address, and of a new one."""
    text = request.values.get("line", "")
    chosen = next((row for row in rows if str(row[0].id) == text), None)
    forms = _chosen_line_forms(programme_id, chosen[0], chosen[1], chosen[2], refused) if chosen else []
    fields = _line_fields(None, "")
    if fields is None:
        return forms
    add = presenter.form_view(
        "add_line",
        _("Add a discipline to the curriculum"),
        url_for("structure.add_curriculum_line", programme_id=programme_id),
        fields,
        _("Add to the curriculum"),
        refused,
        hidden={"id": new_id()},
        draft=f"line:{programme_id}",
    )
    return [*forms, add]


def _line_fields(course: UUID | None, course_label: str) -> list[Any] | None:
    """Return the fields of a line; None while there is no discipline to choose."""
    courses = [
        (one.id, f"{one.code} {pick_text(one.names, locale())}")
        for one in load_disciplines_going_on(None, presenter.today())
    ]
    if course is not None and course not in {id for id, _label in courses}:
        courses.append((course, course_label))
    if not courses:
        return None
    controls = [(code, _(label)) for code, label in CONTROL_LABELS.items() if code in CONTROL_FORMS]
    return [
        presenter.choice_field("course", _("Discipline"), courses),
        presenter.number_field(
            "semester",
            _("Semester of study"),
            MIN_SEMESTER,
            MAX_SEMESTER,
            required=True,
            help=_("1 is the first semester of the first year."),
        ),
        presenter.choice_field("control", _("Form of control"), controls),
        presenter.number_field("credits", _("Credits"), 0, int(MAX_CREDITS), step=0.5),
        *presenter.hours_fields(),
    ]


def _chosen_line_forms(
    programme_id: UUID,
    line: CurriculumLine,
    code: str,
    names: Mapping[str, str],
    refused: RefusedForm | None,
) -> list[SimpleNamespace]:
    """Build the forms that change and end a line."""
    title = f"{code} {pick_text(names, locale())}"
    hidden = {"line": line.id, "seen": row_digest(line, commands.LINE_COLUMNS)}
    change = presenter.form_view(
        "line",
        title,
        url_for("structure.change_curriculum_line", programme_id=programme_id),
        _line_fields(line.course_id, title) or [],
        _("Save the line"),
        refused,
        values={
            "course": line.course_id,
            "semester": line.semester,
            "control": line.control,
            "credits": presenter.credits_text(line.credits),
        }
        | {f"hours-{type}": count for type, count in line.hours.items()},
        hidden=hidden,
        draft=f"line:{line.id}",
        is_open=True,
        text=_("Journals that exist stay as they are."),
    )
    end = presenter.form_view(
        "end_line",
        _("End this line: %(line)s") % {"line": title},
        url_for("structure.end_curriculum_line", programme_id=programme_id),
        [
            presenter.day_field(
                "last", _("Last day"), help=_("Nothing is deleted. An empty day lets it go on.")
            )
        ],
        _("Save the last day"),
        refused,
        values={"last": line.ends_on.isoformat() if line.ends_on else ""},
        hidden=hidden,
        draft=f"end-line:{line.id}",
    )
    return [change, end]
