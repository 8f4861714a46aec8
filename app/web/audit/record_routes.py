"""The page of one deed: who, when, on what ground, what it changed, with values the reader may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.audit.deeds import find_deed
from app.audit.history import ERASED_VALUE_TEXT, AuditEntry
from app.audit.reads import AUDIT
from app.cases.access import is_case_content_hidden_for
from app.cases.audit_lists.rows import (
    PRIVATE_KINDS,
    exact_moment_text,
    is_reason_of_deed_hidden,
    load_case_numbers,
    load_undamaged_version,
)
from app.cases.audit_scope import (
    AuditScope,
    deeds_conditions,
    load_audit_scope,
    load_journals_in_scope,
    load_persons_in_scope,
)
from app.cases.models import Case
from app.cases.queries.case_details import find_case_of_file
from app.cases.queries.case_history import step_decision_text
from app.diagrams.versions import PublishedDiagram
from app.journal.gradebook_views.cell_versions import load_journal_names
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.name_masking import replace_names_in_value
from app.people.queries import load_replacements_of_names
from app.sealer.queries import find_seal_of_record
from app.texts.deed_values import PERSON_VALUES, deed_code_label, deed_value_label
from app.texts.deeds import deed_label, object_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.audit.routes import blueprint
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.cases import element_title

_MAX_NUMBER = 2**63 - 1


@blueprint.get("/audit/records/<int:record_number>")
@allow_access("audit.read")
@writes_every_year
def show_record(record_number: int) -> str:
    """Show one deed with its values opened. Raises Missing."""
    scope = load_audit_scope(current_act().assignments)
    limits = deeds_conditions(scope) if scope is not None else ()
    entry = find_deed(record_number, limits) if record_number <= _MAX_NUMBER else None
    if entry is None:
        raise Missing
    record_read(AUDIT, "audit.record", None, (entry.subject,))
    return render_template("audit/record.html", record=_record_view(entry, scope))


def _record_view(entry: AuditEntry, scope: AuditScope | None) -> SimpleNamespace:
    names = people.load_names([entry.person, entry.on_behalf_of, entry.subject])
    persons = load_persons_in_scope(scope, set(names)) if scope is not None else set(names)

    def person(id: Any) -> SimpleNamespace | None:
        if id is None:
            return None
        url = url_for("trace.show_person_trace", person_id=id) if id in persons else None
        return SimpleNamespace(name=names[id].full if id in names else str(id), url=url)

    numbers = load_case_numbers([entry.case] if entry.case else [], scope)
    in_values = people.load_names(_persons_in_values(entry))
    is_journal_open = scope is None or (
        entry.offering is not None and bool(load_journals_in_scope(scope, [entry.offering]))
    )
    journal = load_journal_names([entry.offering] if entry.offering else []).get(entry.offering)  # type: ignore[arg-type]
    seal = find_seal_of_record(entry.id)
    hidden = is_reason_of_deed_hidden(current_act(), entry)
    return SimpleNamespace(
        id=entry.id,
        title=deed_label(entry.event_type),
        event_type=entry.event_type,
        object=object_label(entry.object[0]),
        object_url=url_for("trace.show_object_trace", object_kind=entry.object[0], object_id=entry.object[1]),
        deeds_url=url_for("audit.list_deeds", object=entry.object[1]),
        at=entry.at,
        at_text=exact_moment_text(entry.at),
        recorded_at=exact_moment_text(entry.recorded_at),
        person=person(entry.person),
        behalf=person(entry.on_behalf_of),
        about=person(entry.subject),
        clause=entry.clause,
        case=numbers.get(entry.case) if entry.case else None,
        case_url=url_for("trace.show_case_trace", case_number=numbers[entry.case])
        if entry.case in numbers
        else None,
        cell_url=url_for("trace.show_cell_trace", cell_id=entry.object[1])
        if entry.object[0] == "journal.cell" and is_journal_open
        else None,
        seal=seal,
        proof_url=url_for("seals.send_record_proof", record_id=entry.id) if seal else None,
        journal=f"{pick_text(journal.names, locale())}, {journal.group}" if journal else None,
        journal_url=url_for("trace.show_journal_trace", offering=entry.offering)
        if journal and is_journal_open
        else None,
        reason=None if hidden else entry.reason,
        reason_hidden=hidden and bool(entry.reason),
        late=entry.late,
        imported=entry.imported,
        db_user=entry.db_user,
        values=_value_rows(entry, in_values),
        values_hidden=entry.object[0] in PRIVATE_KINDS and ERASED_VALUE_TEXT not in (entry.after or {}),
    )


def _persons_in_values(entry: AuditEntry) -> list[UUID]:
    """Return the persons whom values of a record name by their id."""
    found = []
    for side in (entry.before, entry.after):
        for name in PERSON_VALUES & (side or {}).keys():
            with suppress(ValueError, TypeError, AttributeError):
                found.append(UUID((side or {})[name]))
    return found


def _value_rows(entry: AuditEntry, names: Mapping[UUID, people.PersonName]) -> list[SimpleNamespace]:
    """Return each value with what it was before and after; what may tell of an illness is left out (7.1)."""
    stored = load_replacements_of_names([entry.person, entry.on_behalf_of, entry.subject, entry.object[1]])
    before, after = (replace_names_in_value(part or {}, stored) for part in (entry.before, entry.after))
    if entry.object[0] in PRIVATE_KINDS:
        return []
    case = db.session.get(Case, entry.case) if entry.case else None
    published = load_undamaged_version(case.version_id) if case else None
    left_out = {"name"} if _is_file_kept(entry) else set()
    return [
        SimpleNamespace(
            name=name,
            label=deed_value_label(name),
            before=_value_text(before, name, published, names),
            after=_value_text(after, name, published, names),
        )
        for name in dict.fromkeys([*before, *after])
        if name not in left_out
    ]


def _is_file_kept(entry: AuditEntry) -> bool:
    """Return whether the deed is about a file whose name and content are not for the reader (7.1)."""
    case = find_case_of_file(entry.object[1]) if entry.object[0] == "files.file" else None
    return case is not None and is_case_content_hidden_for(current_act(), case)


def _value_text(
    values: Mapping[str, Any],
    name: str,
    published: PublishedDiagram | None,
    names: Mapping[UUID, people.PersonName],
) -> str:
    """Return one value as text: persons by name, codes, steps and decisions in words, anything else as stored."""
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        if name in PERSON_VALUES:
            return next((one.full for id, one in names.items() if str(id) == value), value)
        if published is not None and name in ("decision", "element", "diagram"):
            return _step_value_text(values, name, published)
        return deed_code_label(name, value) or value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _step_value_text(values: Mapping[str, Any], name: str, published: PublishedDiagram) -> str:
    """Return process, step or decision of a record in the words of the version of its case."""
    value = values[name]
    if name == "decision":
        text = step_decision_text(published, values.get("element"), value, locale())
        return deed_code_label(name, value) or value if text == value else text
    if name == "diagram":
        return pick_text(published.title, locale()) if value == published.key else str(value)
    return element_title(published, value, locale())
