"""Route of the search: a case by its number, people, groups, journals and the structure by their name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select

from app.audit.deeds import find_deed
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope
from app.cases.queries import case_details as pages
from app.cases.queries.processes import load_diagram_versions
from app.cases.queries.requests import find_case_id_by_number
from app.journal.courses.structure_queries import load_disciplines_page
from app.journal.gradebook_views.cell_trace import JournalPlace, find_cell_place, find_journal_place
from app.journal.requests.queries import find_journals_to_ask_about, find_students_to_ask_about
from app.journal.tables import GradeSheet
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.search_text import has_every_word
from app.people import queries as people
from app.people.audit_limits_rules import JOURNAL_KIND
from app.people.order_models import ContingentOrder
from app.people.queries.structure import load_groups_page, load_programmes_page, load_units_in_reach
from app.regulation.clauses import all_clauses
from app.texts.deeds import deed_label
from app.texts.policy_names import POLICY_LABELS, SETTING_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.read_records import record_search_by_name
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.student_access.student_pages import load_groups_in_care

blueprint = Blueprint("search", __name__)
MAX_RESULTS = 20
MIN_LETTERS = 2


@blueprint.get("/search")
@allow_access("signed_in")
def search_cases_people_and_journals() -> Any:
    """Redirect to the case with this number, else show the people, groups and journals that match."""
    query = request.args.get("q", "")[:80].strip()
    case_id = find_case_id_by_number(query) if query else None
    if case_id is not None and _can_open_case(case_id):
        return redirect(url_for("cases.show_case", case_id=case_id))
    searches = {"people": _match_people, "groups": _match_groups, "journals": _match_journals}
    searches["structure"] = _match_structure
    searches["records"] = _match_records
    found = {name: search(query) if len(query) >= MIN_LETTERS else [] for name, search in searches.items()}
    return render_template("search/search.html", q=query, **found)


def _can_open_case(case_id: Any) -> bool:
    """Return whether the person may open the case."""
    try:
        pages.load_case_view(current_act(), case_id)
    except Missing:
        return False
    return True


def _match_structure(query: str) -> list[SimpleNamespace]:
    """Return units, groups, programmes and disciplines in reach that match."""
    now = current_act()
    reach = load_units_in_reach(now.assignments, "structure.read")
    if reach is not None and not reach:
        return []
    found: list[tuple[str, str]] = []
    for unit in people.load_unit_tree().values():
        text = f"{unit.code} {' '.join(unit.names.values())}"
        if (reach is None or unit.id in reach) and has_every_word(text, query):
            url = url_for("structure.show_unit", unit_id=unit.id)
            found.append((pick_text(unit.names, locale()), url))
    for group in load_groups_page(local_day(now.at), reach, query, most=MAX_RESULTS):
        found.append((group.name, url_for("structure.show_group", group_id=group.id)))
    for programme in load_programmes_page(reach, query, most=MAX_RESULTS):
        url = url_for("structure.show_programme", programme_id=programme.id)
        found.append((f"{programme.code} {pick_text(programme.names, locale())}", url))
    for course in load_disciplines_page(reach, query, most=MAX_RESULTS):
        url = url_for("structure.show_discipline", course_id=course.id)
        found.append((f"{course.code} {pick_text(course.names, locale())}", url))
    return [_result(name, url) for name, url in found[:MAX_RESULTS]]


def _match_records(query: str) -> list[SimpleNamespace]:
    """Return what a reader of the audit finds by an exact number or id: deeds, grade sheets, orders, settings."""
    if not _reads_audit():
        return []
    scope = load_audit_scope(current_act().assignments)
    limits = deeds_conditions(scope) if scope is not None else ()
    found: list[SimpleNamespace] = []
    if query.isascii() and query.isdigit() and len(query) < 19 and (deed := find_deed(int(query), limits)):
        url = url_for("audit.show_record", record_number=deed.id)
        found.append(_result(f"№ {deed.id}: {deed_label(deed.event_type)}", url))
    try:
        object_id = UUID(query)
        found.append(_result(_("All deeds about it"), url_for("audit.list_deeds", object=object_id)))
        place = find_cell_place(object_id)
        if place is not None and _is_journal_open(scope, place.journal):
            found.append(_result(_("Life of a mark"), url_for("trace.show_cell_trace", cell_id=object_id)))
    except ValueError:
        pass
    sheets = select(GradeSheet.id, GradeSheet.offering_id).where(GradeSheet.number == query)
    for sheet, offering in db.session.execute(sheets):
        if not _is_journal_open(scope, find_journal_place(offering)):
            continue
        url = url_for("sheets.show_grade_sheet", sheet=sheet)
        found.append(_result(f"{_('Grade sheet')} {query}", url))
        url = url_for("trace.show_sheet_trace", sheet=sheet)
        found.append(_result(f"{_('Trace')}: {_('Grade sheet')} {query}", url))
    orders = select(ContingentOrder.id).where(ContingentOrder.number == query).limit(MAX_RESULTS)
    audited = people.audited_rows_condition(
        current_act().assignments,
        "orders.read",
        (ContingentOrder.unit_id,),
        (ContingentOrder.ordered_on, ContingentOrder.ordered_on),
    )
    for order in db.session.scalars(orders if audited is None else orders.where(audited)):
        found.append(_result(f"{_('Order')} № {query}", url_for("orders.show_order", order_id=order)))
    for key, label in {**POLICY_LABELS, **SETTING_LABELS}.items():
        if has_every_word(f"{key} {_(label)}", query):
            found.append(_result(_(label), url_for("policies.show_policy", policy=key)))
    if any(clause.number == query for clause in all_clauses()):
        url = url_for("audit.list_deeds", clause=query)
        found.append(_result(f"{_('All deeds')}: {_('Clause')} {query}", url))
    for row in load_diagram_versions(current_act()):
        title = pick_text(row.titles, locale())
        if row.published_at is not None and has_every_word(title, query):
            found.append(_result(title, url_for("audit.list_cases", process=row.key)))
    return list({one.url: one for one in found}.values())[:MAX_RESULTS]


def _reads_audit() -> bool:
    """Return whether the visitor may open the auditor's room."""
    return is_route_access_allowed(("audit.read",), current_visitor().assignments)


def _is_journal_open(scope: AuditScope | None, place: JournalPlace | None) -> bool:
    """Return whether a journal lies in the limits of the visitor."""
    return place is not None and (scope is None or bool(scope.windows_of(JOURNAL_KIND, place.units)))


def _match_people(query: str) -> list[SimpleNamespace]:
    """Return people by the visitor's right: everybody, the students in his care, or those he may ask about.

    A student whose pages the visitor may not read leads to the journals of his group.
    """
    now = current_act()
    units = load_units_in_reach(now.assignments, "people.read")
    if units is None or units:
        found = people.load_people_page(local_day(now.at), query, most=MAX_RESULTS, units=units)
        record_search_by_name(query, [row.id for row in found])
        traced = _reads_audit()
        page = "trace.show_person_trace" if traced else "people.show_person"
        return [_result(row.name.full, url_for(page, person_id=row.id)) for row in found]
    care = {group.name for group in load_groups_in_care()}
    return [
        _result(
            f"{one.name}, {one.detail}",
            url_for("groups.today", student=one.id)
            if care & set(one.detail.split(", "))
            else url_for("search.search_cases_people_and_journals", q=one.detail),
        )
        for one in find_students_to_ask_about(now, query)[:MAX_RESULTS]
    ]


def _match_groups(query: str) -> list[SimpleNamespace]:
    """Return the groups in the visitor's care that match."""
    found = [group for group in load_groups_in_care() if has_every_word(group.name, query)]
    return [_result(group.name, url_for("groups.group", group_id=group.id)) for group in found[:MAX_RESULTS]]


def _match_journals(query: str) -> list[SimpleNamespace]:
    """Return the journals that match by discipline or group and that the visitor may read."""
    return [
        _result(
            f"{pick_text(one.names, locale())}, {one.detail}",
            url_for("journal.show_journal_grid", offering=one.id),
        )
        for one in find_journals_to_ask_about(current_act(), query)[:MAX_RESULTS]
    ]


def _result(name: str, url: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, url=url)
