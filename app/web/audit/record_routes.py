"""The page of one deed: who, when, on what ground, what it changed, with values the reader may see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import render_template, url_for

from app.audit.deeds import find_deed
from app.audit.history import ERASED_VALUE_TEXT, AuditEntry
from app.audit.reads import AUDIT
from app.cases.audit_lists.rows import (
    PRIVATE_KINDS,
    exact_moment_text,
    is_reason_of_deed_hidden,
    load_case_numbers,
)
from app.cases.audit_scope import (
    AuditScope,
    deeds_conditions,
    load_audit_scope,
    load_journals_in_scope,
    load_persons_in_scope,
)
from app.journal.gradebook_views.cell_versions import load_journal_names
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.name_masking import replace_names_in_value
from app.people.queries import load_replacements_of_names
from app.sealer.queries import find_seal_of_record
from app.texts.deed_values import deed_value_label
from app.texts.deeds import deed_label, object_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.audit.routes import blueprint
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year

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
        object_url=url_for("audit.list_deeds", object=entry.object[1]),
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
        values=_value_rows(entry),
        values_hidden=entry.object[0] in PRIVATE_KINDS and ERASED_VALUE_TEXT not in (entry.after or {}),
    )


def _value_rows(entry: AuditEntry) -> list[SimpleNamespace]:
    """Return each value with what it was before and after; what may tell of an illness is left out (7.1)."""
    stored = load_replacements_of_names([entry.person, entry.on_behalf_of, entry.subject, entry.object[1]])
    before, after = (replace_names_in_value(part or {}, stored) for part in (entry.before, entry.after))
    if entry.object[0] in PRIVATE_KINDS:
        return []
    names = list(dict.fromkeys([*before, *after]))
    return [
        SimpleNamespace(
            name=name,
            label=deed_value_label(name),
            before=_value_text(before, name),
            after=_value_text(after, name),
        )
        for name in names
    ]


def _value_text(values: Mapping[str, Any], name: str) -> str:
    if name not in values or values[name] is None:
        return ""
    value = values[name]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)
