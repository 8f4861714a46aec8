"""Rows of the lists in words, in the language of the reader, with the ids that pages link to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.deeds import load_deeds, load_deeds_of_versions
from app.audit.history import AuditEntry
from app.cases.access import (
    is_case_content_hidden_for,
    preload_names_of_cases,
    visible_case_subject,
    visible_requester_name,
)
from app.cases.audit_scope import (
    AuditScope,
    cases_condition,
    load_journals_in_scope,
    load_persons_in_scope,
)
from app.cases.models import Case
from app.cases.queries.all_cases import CaseKey, load_cases, load_late_case_ids
from app.cases.queries.case_history import step_decision_text
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.journal.gradebook_views.cell_versions import CellVersionKey, load_journal_names
from app.journal.gradebook_views.result_versions import RESULT_KIND, ResultVersionKey
from app.kernel.act import Act
from app.kernel.clock import local_time
from app.kernel.db import db
from app.kernel.i18n import pick_text
from app.people.queries import PersonName, load_names
from app.texts.deed_values import deed_code_label
from app.texts.deeds import LATE_TEXT, SOURCE_LABELS, SYSTEM_TEXT, deed_label
from app.texts.outcomes import CASE_STATUS_LABELS, OUTSIDE_OUTCOME_LABELS
from app.texts.subject_line import case_subject_line, cell_value_label
from app.texts.translate import gettext as _
from app.texts.translate import locale

DEED_COLUMNS = (
    *("at", "kind", "person", "behalf", "about", "journal", "before", "after", "clause", "case", "late"),
    "source",
)
DEFAULT_DEED_COLUMNS = ("at", "kind", "person", "about", "journal", "before", "after", "clause", "case")
CASE_COLUMNS = (
    *("number", "process", "subject", "requester", "behalf", "about", "state", "opened", "closed", "late"),
)
DEFAULT_CASE_COLUMNS = ("number", "process", "subject", "requester", "state", "opened", "late")
PRIVATE_KINDS = frozenset(
    {"journal.excuse", "journal.confirmed_excuse", "journal.refused_excuse", "journal.excuse_doubt"}
)
"""Objects whose reasons may tell of an illness: their words are for the directorate and the student (7.1)."""
_CELL = "journal.cell"
_MARKS = frozenset({_CELL, RESULT_KIND})
_VALUE_KEYS = ("value", "total", "state", "until", "day", "role", "decision", "outcome", "letter")
"""The value of a deed that a list shows: the first of these that the record has."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row: its texts by column and the ids that its texts lead to, by column."""

    texts: Mapping[str, str]
    links: Mapping[str, Any] = field(default_factory=dict)
    clause: str | None = None
    at: datetime | None = None


def build_deed_rows(keys: Sequence[tuple[int, datetime]], scope: AuditScope | None = None) -> list[ListRow]:
    """Return the rows of records in the order given; six statements, two more for a limited reader."""
    deeds = load_deeds(keys)
    return _deed_rows([deeds[number] for number, _at in keys if number in deeds], scope)


def build_value_rows(
    keys: Sequence[CellVersionKey | ResultVersionKey], scope: AuditScope | None = None
) -> list[ListRow]:
    """Return the rows of versions of marks and of results in the order given, by the records that wrote them; eight
    statements, two more for a limited reader."""
    marks = [key for key in keys if isinstance(key, CellVersionKey)]
    results = [key for key in keys if isinstance(key, ResultVersionKey)]
    of_marks = load_deeds_of_versions({(key.cell, key.version) for key in marks})
    of_results = load_deeds([key.record for key in results])
    found = [
        of_marks.get((key.cell, key.version))
        if isinstance(key, CellVersionKey)
        else of_results.get(key.record[0])
        for key in keys
    ]
    return _deed_rows([entry for entry in found if entry is not None], scope)


def _deed_rows(entries: Sequence[AuditEntry], scope: AuditScope | None) -> list[ListRow]:
    """Return the rows; one whose limits end at a case, a journal or a person has no number of it and no link to it."""
    people = load_names(
        person for entry in entries for person in (entry.person, entry.on_behalf_of, entry.subject)
    )
    journals = load_journal_names({entry.offering for entry in entries if entry.offering})
    cases = _load_case_heads({entry.case for entry in entries if entry.case}, scope)
    rows = [_deed_row(entry, people, journals, cases) for entry in entries]
    if scope is None:
        return rows
    persons = load_persons_in_scope(scope, set(people))
    readable = load_journals_in_scope(scope, set(journals))
    return [
        _without_links_outside(row, entry, persons, readable)
        for row, entry in zip(rows, entries, strict=True)
    ]


def _without_links_outside(
    row: ListRow, entry: AuditEntry, persons: Collection[UUID], journals: Collection[UUID]
) -> ListRow:
    """Return a row whose links lead nowhere outside the limits of its reader."""
    closed = {name for name in ("person", "behalf", "about") if row.links[name] not in persons}
    if entry.offering not in journals:
        closed |= {"journal", "before", "after"}
    return replace(row, links={name: id for name, id in row.links.items() if name not in closed})


def _deed_row(
    entry: AuditEntry,
    people: Mapping[UUID, PersonName],
    journals: Mapping[UUID, Any],
    cases: Mapping[UUID, tuple[str, UUID]],
) -> ListRow:
    journal = journals.get(entry.offering) if entry.offering else None
    number, version = cases.get(entry.case, ("", None)) if entry.case else ("", None)
    texts = {
        "at": exact_moment_text(entry.at),
        "kind": deed_label(entry.event_type),
        "person": _name(people, entry.person) if entry.person else _(SYSTEM_TEXT),
        "behalf": _name(people, entry.on_behalf_of),
        "about": _name(people, entry.subject),
        "journal": f"{pick_text(journal.names, locale())}, {journal.group}" if journal else "",
        "before": deed_value_text(entry, entry.before, version),
        "after": deed_value_text(entry, entry.after, version),
        "clause": entry.clause or "",
        "case": number,
        "late": _(LATE_TEXT) if entry.late else "",
        "source": _(SOURCE_LABELS[entry.imported]),
    }
    links = {
        "kind": entry.id,
        "person": entry.person,
        "behalf": entry.on_behalf_of,
        "about": entry.subject,
        "journal": entry.offering if journal else None,
        "before": entry.object if entry.object[0] in _MARKS else None,
        "after": entry.object if entry.object[0] in _MARKS else None,
        "case": entry.case if number else None,
    }
    return ListRow(texts, links, entry.clause, entry.at)


def deed_value_text(entry: AuditEntry, values: Mapping[str, Any] | None, version_id: UUID | None) -> str:
    """Return the one value of a side of a deed that says most, codes in words; "" for none and for what is kept (7.1).

    A decision of a step is worded by the form of the version that its case runs.
    """
    if not values or entry.object[0] in PRIVATE_KINDS:
        return ""
    for name in _VALUE_KEYS:
        if name in values and not isinstance(values[name], (dict, list)):
            value = values[name]
            if entry.object[0] == _CELL and name == "value":
                return cell_value_label(value, locale())
            if value is None:
                continue
            if name == "decision" and version_id is not None:
                return step_decision_text(
                    load_undamaged_version(version_id), values.get("element"), value, locale()
                )
            return deed_code_label(name, str(value)) or str(value)
    return ""


def build_case_rows(act: Act, keys: Sequence[CaseKey], scope: AuditScope | None = None) -> list[ListRow]:
    """Return the rows of cases in the order given; four statements, and one for each version not yet read."""
    ids = [key.id for key in keys]
    seen_until = scope.last_moment if scope is not None else None
    cases, late = load_cases(ids), load_late_case_ids(ids, min(act.at, seen_until) if seen_until else act.at)
    people = load_names(
        person for case in cases.values() for person in (case.requester, case.on_behalf_of, *case.about[:1])
    )
    preload_names_of_cases(cases.values())
    persons = load_persons_in_scope(scope, set(people)) if scope is not None else set(people)
    rows = [
        _case_row(act, cases[key.id], key, people, late=key.id in late) for key in keys if key.id in cases
    ]
    return [
        replace(row, links={name: id for name, id in row.links.items() if name == "number" or id in persons})
        for row in rows
    ]


def _case_row(
    act: Act, case: Case, key: CaseKey, people: Mapping[UUID, PersonName], *, late: bool
) -> ListRow:
    published = load_undamaged_version(case.version_id)
    about = case.about[0] if case.about else None
    more = f" +{len(case.about) - 1}" if len(case.about) > 1 else ""
    texts = {
        "number": case.number,
        "process": pick_text(published.model.titles, locale()) if published else case.diagram,
        "subject": case_subject_line(visible_case_subject(act, case), locale()),
        "requester": visible_requester_name(case),
        "behalf": _name(people, case.on_behalf_of),
        "about": _name(people, about) + more if about else "",
        "state": case_state_text(key.status, key.outcome, published),
        "opened": exact_moment_text(case.opened_at),
        "closed": exact_moment_text(case.closed_at) if case.closed_at and key.status == case.status else "",
        "late": _(LATE_TEXT) if late else "",
    }
    links = {"number": case.id, "requester": case.requester, "behalf": case.on_behalf_of, "about": about}
    return ListRow(texts, links, None, case.opened_at)


def case_state_text(status: str, outcome: str | None, published: PublishedDiagram | None) -> str:
    """Return how a case stands or ended, in the words of its diagram."""
    end = published.model.find_end_with_outcome(outcome) if published and status == "done" else None
    if end is not None:
        return pick_text(end.titles, locale())
    if status == "done" and outcome is not None and outcome in OUTSIDE_OUTCOME_LABELS:
        return _(OUTSIDE_OUTCOME_LABELS[outcome])
    return _(CASE_STATUS_LABELS.get(status, status))


def load_undamaged_version(version_id: UUID) -> PublishedDiagram | None:
    """Return a version of a diagram; None when it cannot be read."""
    try:
        return load_version(version_id)
    except VersionDamaged:
        return None


def load_case_numbers(cases: Collection[UUID], scope: AuditScope | None = None) -> dict[UUID, str]:
    """Return the numbers of those of these cases that lie in the limits, by id; one statement, none without cases."""
    return {id: number for id, (number, _version) in _load_case_heads(cases, scope).items()}


def _load_case_heads(
    cases: Collection[UUID], scope: AuditScope | None = None
) -> dict[UUID, tuple[str, UUID]]:
    """Return number and version of those of these cases that lie in the limits, by id; one statement, none without
    cases."""
    if not cases:
        return {}
    wanted = select(Case.id, Case.number, Case.version_id).where(Case.id.in_(cases))
    if scope is not None:
        wanted = wanted.where(cases_condition(scope))
    return {row.id: (row.number, row.version_id) for row in db.session.execute(wanted)}


def is_reason_of_deed_hidden(act: Act, entry: AuditEntry) -> bool:
    """Return whether the words of a deed are not for the reader: they may tell of an illness (7.1). One statement."""
    if entry.object[0] in PRIVATE_KINDS:
        return True
    case = db.session.get(Case, entry.case) if entry.case else None
    return case is not None and is_case_content_hidden_for(act, case)


def exact_moment_text(moment: datetime) -> str:
    """Return a moment to the second in local time, the same in every language and sortable as text."""
    return f"{local_time(moment):%Y-%m-%d %H:%M:%S}"


def _name(people: Mapping[UUID, PersonName], person: UUID | None) -> str:
    return people[person].full if person is not None and person in people else ""
