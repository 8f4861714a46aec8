"""The page that traces of documents share: facts, tables, and the records of the object, each leading further."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.audit.deeds import load_deeds
from app.audit.history import AuditEntry
from app.cases.audit_lists.pages import list_key, parse_list_key
from app.cases.audit_lists.rows import PRIVATE_KINDS, build_deed_rows, exact_moment_text
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope
from app.cases.trace.object_records import load_record_keys_of_objects
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import DATE_STYLE, day_text
from app.people.name_masking import are_names_masked, replace_names_in_value
from app.people.queries import PersonName, load_names, load_replacements_of_names
from app.sealer.queries import find_seals_of_records
from app.texts.deed_values import deed_value_label
from app.texts.deeds import deed_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.audit.presenter import column_label
from app.web.core.visitor import current_act
from app.web.trace.routes import person_link

RECORDS_A_PAGE = 30
ROWS_A_TABLE = 50
"""Rows of a table on one page; the table says that there are more."""
_SHOWN_VALUES = 40
_NAME_VALUES = frozenset({"login", "address"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A text on the page with its address (None: no link). `is_data`: it is not a text of the product."""

    text: str
    url: str | None = None
    is_data: bool = True
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page. `empty` stands instead of no rows, `note` before them; `more`: there are further rows."""

    heading: str
    head: Sequence[str]
    rows: Sequence[Sequence[Shown]]
    empty: str
    note: str = ""
    more: str | None = None


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value that a record changed. `label` is its name in words; None: it has none."""

    name: str
    label: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """One audit record of the object with its values, its proof and its addresses."""

    number: int
    url: str
    title: str
    at: str
    person: Any
    behalf: Any
    case: Shown | None
    clause: str | None
    seal: Any
    proof_url: str | None
    values: Sequence[ChangedValue]
    values_hidden: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """The document of a page. `own` is its page in the product, `others` further pages, each (label, address);
    `facts` are (label, texts); `objects` are those whose records are listed, of the kind `kind` if it is given;
    `left_out` are names of values of theirs that are kept (7.1).
    `is_public`: they concern nobody, so no limit of a reader applies; `must_have_records`: the page knows no unit of
    the object, so its records decide whether it is in the reach of a limited reader."""

    title: str
    subtitle: str
    here: str
    objects: Collection[UUID]
    own: tuple[str, str] | None = None
    others: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, Sequence[Shown]]] = ()
    tables: Sequence[Table] = ()
    warnings: Sequence[str] = ()
    is_title_data: bool = True
    kind: str = ""
    is_public: bool = False
    must_have_records: bool = False
    left_out: frozenset[str] = frozenset()


def render_document(document: Document) -> str:
    """Return the page of a document with a page of its records; eight statements. Raises Invalid (`key`), and Missing
    when it has to have records and has none."""
    records, following = _load_records(document)
    if document.must_have_records and not records:
        raise Missing
    return render_template(
        "trace/document.html",
        document=document,
        facts=[(label, [one for one in texts if one.text]) for label, texts in document.facts],
        records=records,
        next=f"{document.here}?key={following}" if following else None,
        is_later="key" in request.args,
        columns={name: column_label(name) for name in ("before", "after")},
    )


def _load_records(document: Document) -> tuple[list[RecordView], str]:
    """Return the views of a page of the records, and the key of the next page ("" for none)."""
    after = parse_list_key(request.args.get("key", "")[:100])
    if after and not (after[1].isascii() and after[1].isdigit() and len(after[1]) < 19):
        raise Invalid.field("key", "cases.inbox.bad_page_key")
    scope = load_audit_scope(current_act().assignments)
    found = load_record_keys_of_objects(
        document.objects,
        (after[0], int(after[1])) if after else None,
        RECORDS_A_PAGE + 1,
        kind=document.kind,
        limits=() if scope is None or document.is_public else deeds_conditions(scope),
    )
    shown = found[:RECORDS_A_PAGE]
    keys = [(number, recorded_at) for number, recorded_at, _at in shown]
    following = list_key(shown[-1][2], shown[-1][0]) if len(found) > RECORDS_A_PAGE else ""
    return _record_views(keys, document.left_out, scope), following.replace("+", "%2B")


def _record_views(
    keys: Sequence[tuple[int, datetime]], left_out: Collection[str], scope: AuditScope | None
) -> list[RecordView]:
    """Return records in the order given; of a limited reader without links to cases outside his limits."""
    entries = load_deeds(keys)
    rows = dict(
        zip([number for number, _at in keys if number in entries], build_deed_rows(keys, scope), strict=True)
    )
    persons = {one for entry in entries.values() for one in (entry.person, entry.on_behalf_of, entry.subject)}
    names = load_names(persons)
    seals = find_seals_of_records(list(entries))
    replacements = load_replacements_of_names([*persons, *(entry.object[1] for entry in entries.values())])
    return [
        RecordView(
            number=number,
            url=url_for("audit.show_record", record_number=number),
            title=deed_label(entries[number].event_type),
            at=exact_moment_text(entries[number].at),
            person=person_link(entries[number].person, names),
            behalf=person_link(entries[number].on_behalf_of, names),
            case=case_shown(row.texts["case"]) if row.texts["case"] else None,
            clause=entries[number].clause,
            seal=seals.get(number),
            proof_url=url_for("seals.send_record_proof", record_id=number) if number in seals else None,
            values=_changed_values(entries[number], replacements, left_out),
            values_hidden=entries[number].object[0] in PRIVATE_KINDS,
            # The words of a deed under a case may be kept (7.1): its record decides.
            reason=None
            if entries[number].case or entries[number].object[0] in PRIVATE_KINDS
            else entries[number].reason,
        )
        for number, row in rows.items()
    ]


def _changed_values(
    entry: AuditEntry, replacements: Mapping[str, str], left_out: Collection[str]
) -> list[ChangedValue]:
    """Return name, value before and value after of what a record changed; nothing of what is kept (7.1)."""
    if entry.object[0] in PRIVATE_KINDS:
        return []
    before = replace_names_in_value(entry.before or {}, replacements)
    after = replace_names_in_value(entry.after or {}, replacements)
    names = [name for name in dict.fromkeys([*before, *after]) if name not in left_out][:_SHOWN_VALUES]
    return [
        ChangedValue(
            name,
            deed_value_label(name),
            _masked_value_text(name, before.get(name)),
            _masked_value_text(name, after.get(name)),
        )
        for name in names
    ]


def _masked_value_text(name: str, value: Any) -> str:
    """Return a value as text; a login, which is made of a name, is left out while names are masked."""
    return "–" if value and name in _NAME_VALUES and are_names_masked() else value_text(value)


def value_text(value: Any) -> str:
    """Return a value of a record as text; "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def case_shown(number: str) -> Shown:
    """Return the number of a case that leads to its trace."""
    return Shown(number, url_for("trace.show_case_trace", case_number=number))


def person_shown(person: UUID | None, names: Mapping[UUID, PersonName]) -> Shown:
    """Return the name of a person that leads to his trace; "the system" for nobody."""
    found = person_link(person, names)
    return Shown(found.name, found.url) if found else Shown(_("the system"), is_data=False)


def persons_shown(persons: Iterable[UUID], names: Mapping[UUID, PersonName]) -> list[Shown]:
    """Return the names of persons, each leading to his trace."""
    return [person_shown(one, names) for one in persons]


def moment_shown(moment: datetime | None) -> Shown:
    """Return a moment to the second; "" for none."""
    return Shown(exact_moment_text(moment) if moment else "")


def day_shown(day: Any) -> Shown:
    """Return a day with its year; "" for none."""
    return Shown(day_text(day, locale(), DATE_STYLE, with_year=True) if day else "")


def said(text: str) -> Shown:
    """Return a text of the product."""
    return Shown(text, is_data=False)
