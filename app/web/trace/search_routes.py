"""The search of the audit: one box that finds anything by number, name, code or id, and leads to its trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from app.audit.deeds import find_deed
from app.cases.audit_scope import deeds_conditions, load_audit_scope
from app.cases.queries.processes import load_diagram_versions
from app.cases.trace.documents import load_form_of_versions
from app.cases.trace.finding import (
    MAX_FOUND,
    Found,
    find_cases_by_number,
    find_files,
    find_kinds_of_object,
    find_orders_by_number,
    find_sheets_by_number,
    is_checkpoint,
)
from app.journal.grading.scheme_queries import load_all_scheme_versions
from app.journal.requests.queries import find_journals_to_ask_about
from app.kernel.clock import local_day
from app.kernel.i18n import pick_text
from app.kernel.search_text import has_every_word
from app.people import queries as people
from app.people.queries.structure import load_groups_page, load_units_in_reach
from app.people.rules import is_permitted
from app.regulation.clauses import all_clauses
from app.regulation.policy_list import policy_descriptions
from app.texts.deeds import deed_label, object_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_search_by_name
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.clauses import clause_label
from app.web.labels.policies import policy_label
from app.web.trace.routes import blueprint

MAX_WORDS_LENGTH = 80
MIN_LETTERS = 2
_MAX_NUMBER = 2**63 - 1
_VERSION = re.compile(r"(.+?)\s+(?:v\.?\s*)?(\d{1,4})")


@blueprint.get("/audit/search")
@allow_access("audit.read")
@writes_every_year
def search_audit() -> Any:
    """Redirect to the trace of the one thing that was found; list several; say what can be searched when there is
    none. The number of statements does not depend on what is found."""
    typed = " ".join(request.args.get("q", "")[:MAX_WORDS_LENGTH].split())
    groups = (
        [
            SimpleNamespace(label=label(), rows=rows)
            for label, find in _FINDERS
            if (rows := list(_unique(find(typed)))[:MAX_FOUND])
        ]
        if typed
        else []
    )
    hits = [row for group in groups for row in group.rows]
    if len(hits) == 1:
        return redirect(hits[0].url)
    return render_template("trace/search.html", q=typed, groups=groups)


def _unique(rows: Iterator[SimpleNamespace]) -> Iterator[SimpleNamespace]:
    """Yield the rows without repeating an address."""
    seen = set()
    for row in rows:
        if row.url not in seen:
            seen.add(row.url)
            yield row


def _hit(name: str, url: str, *, is_data: bool = True) -> SimpleNamespace:
    return SimpleNamespace(name=name, url=url, is_data=is_data)


def _find_cases(typed: str) -> Iterator[SimpleNamespace]:
    for one in find_cases_by_number(current_act(), typed):
        yield _hit(one.text, url_for("trace.show_case_trace", case_number=one.text))


def _find_records(typed: str) -> Iterator[SimpleNamespace]:
    """Yield the record and the checkpoint with this number, and the objects with this id."""
    scope = load_audit_scope(current_act().assignments)
    limits = deeds_conditions(scope) if scope is not None else ()
    digits = typed.removeprefix("№").strip()
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
    if number is not None and number <= _MAX_NUMBER:
        entry = find_deed(number, limits)
        if entry is not None:
            url = url_for("audit.show_record", record_number=number)
            yield _hit(f"№ {number}: {deed_label(entry.event_type)}", url, is_data=False)
        if is_permitted(current_act().assignments, "seals.read") and is_checkpoint(number):
            url = url_for("seals.show_seals", before=number + 1)
            yield _hit(_("Checkpoint %(number)s") % {"number": number}, url, is_data=False)
    try:
        object_id = UUID(typed)
    except ValueError:
        return
    kinds = find_kinds_of_object(object_id, None if scope is None else limits)
    for kind in kinds:
        url = url_for("trace.show_object_trace", object_kind=kind, object_id=object_id)
        yield _hit(f"{_('Trace')}: {object_label(kind)}", url, is_data=False)
    if kinds:
        yield _hit(_("All deeds about it"), url_for("audit.list_deeds", object=object_id), is_data=False)


def _find_people(typed: str) -> Iterator[SimpleNamespace]:
    """Yield people by a part of the name, and by the whole user name. Whom a masked reader finds is recorded."""
    act = current_act()
    reach = load_units_in_reach(act.assignments, "people.read")
    if len(typed) < MIN_LETTERS or (reach is not None and not reach):
        return
    rows = people.load_people_page(local_day(act.at), typed, most=MAX_FOUND, units=reach)
    found = {row.id: row.name.full for row in rows}
    owner = people.find_person_of_login(typed) if reach is None else None
    if owner is not None:
        found |= {owner: people.load_names([owner])[owner].full}
    record_search_by_name(typed, list(found))
    for id, name in found.items():
        yield _hit(name, url_for("trace.show_person_trace", person_id=id))
    if owner is not None:
        url = url_for("trace.show_account_trace", person_id=owner)
        yield _hit(f"{_('Account')}: {found[owner]}", url)


def _find_journals(typed: str) -> Iterator[SimpleNamespace]:
    if len(typed) < MIN_LETTERS:
        return
    for one in find_journals_to_ask_about(current_act(), typed)[:MAX_FOUND]:
        name = f"{pick_text(one.names, locale())}, {one.detail}"
        yield _hit(name, url_for("trace.show_journal_trace", offering=one.id))


def _find_sheets(typed: str) -> Iterator[SimpleNamespace]:
    for one in find_sheets_by_number(current_act(), typed):
        yield _hit(f"{_('Grade sheet')} {one.text}", url_for("trace.show_sheet_trace", sheet=one.id))


def _find_orders(typed: str) -> Iterator[SimpleNamespace]:
    for one in find_orders_by_number(current_act(), typed):
        yield _hit(f"{_('Order')} № {one.text}", url_for("trace.show_order_trace", order_id=one.id))


def _find_files(typed: str) -> Iterator[SimpleNamespace]:
    found: Sequence[Found] = find_files(current_act(), typed) if len(typed) > MIN_LETTERS else ()
    for one in found:
        yield _hit(
            one.text or f"{_('File')} {str(one.id)[:8]}", url_for("trace.show_file_trace", file_id=one.id)
        )


def _find_diagrams(typed: str) -> Iterator[SimpleNamespace]:
    """Yield versions by key or title and number, forms by their name."""
    if len(typed) < MIN_LETTERS:
        return
    numbered = _VERSION.fullmatch(typed)
    words, wanted = (numbered[1], int(numbered[2])) if numbered else (typed, None)
    for row in load_diagram_versions(current_act()):
        title = pick_text(row.titles, locale())
        matches = has_every_word(f"{row.key} {title}", words)
        if matches and (row.state == "published" if wanted is None else row.number == wanted):
            url = url_for("trace.show_diagram_trace", process=row.key, version=row.number)
            yield _hit(f"{title}, {_('Version')} {row.number}", url)
    process = typed.partition(".")[0]
    if "." in typed and any(one.text is not None for one in load_form_of_versions(process, typed)):
        yield _hit(f"{_('Form')} {typed}", url_for("trace.show_form_trace", process=process, form_name=typed))


def _find_settings(typed: str) -> Iterator[SimpleNamespace]:
    if len(typed) < MIN_LETTERS:
        return
    for key in policy_descriptions():
        if key == typed or has_every_word(f"{key} {policy_label(key)}", typed):
            yield _hit(policy_label(key), url_for("trace.show_policy_trace", policy=key), is_data=False)
    for one in load_all_scheme_versions():
        if has_every_word(f"{one.code} {pick_text(one.names, locale())}", typed):
            url = url_for("trace.show_scheme_trace", scheme=one.id)
            yield _hit(f"{pick_text(one.names, locale())}, {_('Version')} {one.version}", url)


def _find_clauses(typed: str) -> Iterator[SimpleNamespace]:
    if any(one.number == typed or one.number.startswith(f"{typed}.") for one in all_clauses()):
        clause = f"{_('Clause')} {clause_label(typed)}"
        yield _hit(f"{_('All deeds')}: {clause}", url_for("audit.list_deeds", clause=typed), is_data=False)
        yield _hit(f"{_('All cases')}: {clause}", url_for("audit.list_cases", clause=typed), is_data=False)


def _find_structure(typed: str) -> Iterator[SimpleNamespace]:
    """Yield units and groups by their name."""
    act = current_act()
    reach = load_units_in_reach(act.assignments, "structure.read")
    if len(typed) < MIN_LETTERS or (reach is not None and not reach):
        return
    for unit in people.load_unit_tree().values():
        text = f"{unit.code} {' '.join(unit.names.values())}"
        if (reach is None or unit.id in reach) and has_every_word(text, typed):
            url = url_for("trace.show_object_trace", object_kind="people.unit", object_id=unit.id)
            yield _hit(pick_text(unit.names, locale()), url)
    for group in load_groups_page(local_day(act.at), reach, typed, most=MAX_FOUND):
        url = url_for("trace.show_object_trace", object_kind="people.group", object_id=group.id)
        yield _hit(group.name, url)


_FINDERS: Sequence[tuple[Callable[[], str], Callable[[str], Iterator[SimpleNamespace]]]] = (
    (lambda: _("Cases"), _find_cases),
    (lambda: _("Records, checkpoints, objects"), _find_records),
    (lambda: _("People and accounts"), _find_people),
    (lambda: _("Journals"), _find_journals),
    (lambda: _("Grade sheets"), _find_sheets),
    (lambda: _("Orders"), _find_orders),
    (lambda: _("Processes and forms"), _find_diagrams),
    (lambda: _("Deadlines, settings, grading schemes"), _find_settings),
    (lambda: _("Clauses"), _find_clauses),
    (lambda: _("Units and groups"), _find_structure),
    (lambda: _("Files"), _find_files),
)
"""What is searched, in the order in which it is shown."""
