"""The life of one cell, and a journal as it stood on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from sqlalchemy import ColumnElement

from app.audit.deeds import Ids, Place, load_deeds_of_versions
from app.audit.history import AuditEntry
from app.audit.reads import AUDIT
from app.cases.audit_lists.rows import exact_moment_text
from app.cases.audit_scope import AuditScope, Window, load_audit_scope, moment_condition
from app.cases.trace.evidence import CaseBehind, load_cases_behind
from app.cases.trace.scope import require_deed_about, require_journal_windows
from app.journal.gradebook_views.cell_trace import (
    MAX_VERSIONS,
    CellPlace,
    JournalPlace,
    find_cell_ids,
    find_cell_place,
    find_journal_place,
    load_cell_versions,
    load_cells_as_they_stood,
    load_lessons_until,
)
from app.journal.tables import CellVersion
from app.kernel.clock import local_time
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.queries import PersonName
from app.sealer.queries import RecordSeal, find_seals_of_records
from app.texts.deeds import deed_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.dossiers.offices import OfficeBook, load_office_book
from app.web.labels.gradebook import (
    lesson_time_and_type_line,
    lesson_type_short_label,
    mark_value_label,
)
from app.web.trace.past_day import read_past_day
from app.web.trace.routes import blueprint, person_link

_ATTENDANCE = "ATTENDANCE"


@blueprint.get("/audit/cells/<uuid:cell_id>")
@allow_access("audit.read")
@writes_every_year
def show_cell_trace(cell_id: UUID) -> tuple[str, int]:
    """Show every version of a cell with person, office, ground, case, documents and seal. Raises Missing.

    Thirteen statements, however many versions.
    """
    act, past = current_act(), read_past_day()
    place = find_cell_place(cell_id)
    if place is None:
        raise Missing
    scope = load_audit_scope(act.assignments)
    windows = require_journal_windows(scope, place.journal.units)
    limits = _version_limits(windows)
    if limits and not load_cell_versions(cell_id, None, None, 1, limits):
        raise Missing
    past = past.limit_to(windows, act.at)
    record_read(AUDIT, "audit.cell", cell_id, (place.student,))
    before = request.args.get("before", type=int)
    found = load_cell_versions(cell_id, past.until, before, MAX_VERSIONS + 1, limits)
    if place.other and limits and not load_cell_versions(place.other, None, None, 1, limits):
        place = replace(place, other=None)
    versions = found[:MAX_VERSIONS]
    following = versions[-1].version if len(found) > MAX_VERSIONS else None
    page = render_template(
        "trace/cell.html",
        place=_cell_place_view(place, past.address_value),
        past=past,
        now_url=url_for("trace.show_cell_trace", cell_id=cell_id),
        versions=_version_views(place, versions, scope),
        next=url_for("trace.show_cell_trace", cell_id=cell_id, on=past.address_value, before=following)
        if following
        else None,
    )
    return page, past.status


@blueprint.get("/audit/cells")
@allow_access("audit.read")
def find_cell_trace() -> Any:
    """Redirect from a lesson and a student to their cell, the grade before the attendance. Raises Missing, Invalid."""
    act = current_act()
    lesson, student = (parse_id(request.args.get(name), name) for name in ("lesson", "student"))
    found = find_cell_ids(lesson, student)
    place = find_cell_place(found[0]) if found else None
    if place is None:
        raise Missing
    require_journal_windows(load_audit_scope(act.assignments), place.journal.units)
    return redirect(url_for("trace.show_cell_trace", cell_id=found[0]))


@blueprint.get("/audit/journals/<uuid:offering>")
@allow_access("audit.read")
@writes_every_year
def show_journal_trace(offering: UUID) -> tuple[str, int]:
    """Show the marks of a journal as they stood at the end of a day, each leading to its cell. Raises Missing."""
    act, past = current_act(), read_past_day()
    place = find_journal_place(offering)
    if place is None:
        raise Missing
    scope = load_audit_scope(act.assignments)
    windows = require_journal_windows(scope, place.units)
    past = past.limit_to(windows, act.at)
    until = past.until or act.at
    cells = load_cells_as_they_stood(offering, until, _version_limits(windows))
    marked = {cell.lesson for cell in cells}
    lessons = [
        one
        for one in load_lessons_until(offering, until)
        if one.id in marked or any(window.contains(one.starts_at) for window in windows)
    ]
    if not lessons:
        require_deed_about(scope, place=Place(Ids((offering,))))
    record_read(AUDIT, "audit.journal", offering)
    names = people.load_names(cell.student for cell in cells)
    by_place: dict[tuple[UUID, UUID], list[SimpleNamespace]] = {}
    for cell in sorted(cells, key=lambda one: one.kind):
        mark = SimpleNamespace(
            text=mark_value_label(cell.kind, cell.value),
            is_grade=cell.kind != _ATTENDANCE,
            url=url_for("trace.show_cell_trace", cell_id=cell.id, on=past.address_value),
        )
        by_place.setdefault((cell.student, cell.lesson), []).append(mark)
    students = sorted({cell.student for cell in cells}, key=lambda one: _sort_key(names, one))
    page = render_template(
        "trace/journal.html",
        title=_journal_title(place),
        journal_url=url_for("journal.show_journal_grid", offering=offering),
        past=past,
        now_url=url_for("trace.show_journal_trace", offering=offering),
        lessons=[
            SimpleNamespace(
                day=f"{local_time(one.starts_at):%d.%m}",
                type=lesson_type_short_label(one.type),
                title=lesson_time_and_type_line(one.starts_at, one.type),
            )
            for one in lessons
        ],
        rows=[
            SimpleNamespace(
                student=person_link(one, names),
                cells=[by_place.get((one, lesson.id), []) for lesson in lessons],
            )
            for one in students
        ],
    )
    return page, past.status


def _version_limits(windows: Sequence[Window]) -> list[ColumnElement[bool]]:
    """Return the conditions of the days of a reader; [] when his days are open."""
    return [moment_condition(CellVersion.at, windows)] if Window() not in windows else []


def _sort_key(names: Mapping[UUID, PersonName], person: UUID) -> tuple[str, str]:
    return (names[person].sort_key if person in names else "", str(person))


def _journal_title(place: JournalPlace) -> str:
    return f"{pick_text(place.names, locale())}, {place.group}"


def _cell_place_view(place: CellPlace, on: str | None) -> SimpleNamespace:
    names = people.load_names([place.student])
    is_grade = place.kind != _ATTENDANCE
    return SimpleNamespace(
        title=_("Life of a grade") if is_grade else _("Life of an attendance mark"),
        student=person_link(place.student, names),
        lesson=lesson_time_and_type_line(place.starts_at, place.lesson_type),
        topic=place.topic,
        journal=_journal_title(place.journal),
        journal_url=url_for("trace.show_journal_trace", offering=place.journal.offering, on=on),
        grid_url=url_for("journal.show_journal_grid", offering=place.journal.offering, lesson=place.lesson),
        card_url=url_for("journal.show_cell_card", lesson=place.lesson, student=place.student),
        deeds_url=url_for("audit.list_deeds", object=place.id),
        other_url=url_for("trace.show_cell_trace", cell_id=place.other, on=on) if place.other else None,
        other_label=_("Attendance of this lesson") if is_grade else _("Grade of this lesson"),
    )


def _version_views(
    place: CellPlace, versions: Sequence[CellVersion], scope: AuditScope | None
) -> list[SimpleNamespace]:
    deeds = load_deeds_of_versions({(place.id, one.version) for one in versions})
    persons = {person for one in versions for person in (one.person, one.on_behalf_of) if person}
    names, book = people.load_names(persons), load_office_book(persons)
    cases = load_cases_behind(current_act(), {one.case_id for one in versions if one.case_id}, scope)
    seals = find_seals_of_records([entry.id for entry in deeds.values()])
    return [
        _version_view(one, deeds.get((place.id, one.version)), names, book, cases, seals) for one in versions
    ]


def _version_view(
    one: CellVersion,
    entry: AuditEntry | None,
    names: Mapping[UUID, PersonName],
    book: OfficeBook,
    cases: Mapping[UUID, CaseBehind],
    seals: Mapping[int, RecordSeal],
) -> SimpleNamespace:
    case = cases.get(one.case_id) if one.case_id else None
    hidden = one.case_id is not None and (case is None or case.hidden)
    return SimpleNamespace(
        title=deed_label(one.event_type),
        version=one.version,
        at=one.at,
        at_text=exact_moment_text(one.at),
        old=mark_value_label(one.kind, one.old_value),
        new=mark_value_label(one.kind, one.new_value),
        person=person_link(one.person, names),
        office=book.offices_at(one.person, one.at) if one.person else "",
        behalf=person_link(one.on_behalf_of, names),
        behalf_office=book.offices_at(one.on_behalf_of, one.at) if one.on_behalf_of else "",
        reason=entry.reason if entry and not hidden else None,
        reason_hidden=bool(entry and entry.reason and hidden),
        clause=one.clause,
        late=one.late,
        imported=one.source == "IMPORT",
        case=case.number if case else None,
        case_url=url_for("trace.show_case_trace", case_number=case.number) if case else None,
        files=[
            SimpleNamespace(name=file.name or _("File"), url=f"/files/{file.id}")
            for file in (case.files if case else ())
        ],
        files_hidden=bool(case and case.hidden),
        record=entry.id if entry else None,
        record_url=url_for("audit.show_record", record_number=entry.id) if entry else None,
        seal=seals.get(entry.id) if entry else None,
        proof_url=url_for("seals.send_record_proof", record_id=entry.id)
        if entry and entry.id in seals
        else None,
    )
