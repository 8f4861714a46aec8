"""What the pages of the lists draw: the form of filters, chips, facets, rows with their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import select

from app.audit.deeds import ABOUT, DID, FACET_LIMIT, load_known_event_types
from app.audit.searches import CASES
from app.cases.audit_lists.pages import ListPage
from app.cases.audit_lists.rows import ListRow, case_state_text, load_undamaged_version
from app.cases.audit_scope import kind_of_event_type, load_audit_scope
from app.cases.queries.processes import load_diagram_versions
from app.journal.tables import Course
from app.kernel.db import db
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.models import StudyGroup
from app.people.queries.structure import load_units_in_reach
from app.texts.deeds import COLUMN_LABELS, deed_label
from app.texts.outcomes import CASE_STATUS_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.audit.named_filters import NamedFilters
from app.web.core.visitor import current_act

MAX_FACET_VALUES = 12
FILTER_LABELS = {
    "person": N_("Person"),
    "part": N_("Their part"),
    "unit": N_("Unit"),
    "group": N_("Group"),
    "course": N_("Discipline"),
    "process": N_("Process"),
    "outcome": N_("Outcome"),
    "state": N_("State"),
    "clause": N_("Clause"),
    "kind": N_("Deed"),
    "since": N_("from"),
    "until": N_("to"),
    "old": N_("Value before"),
    "new": N_("Value after"),
    "deputy": N_("On behalf of another"),
    "late": N_("Late or in time"),
    "source": N_("Import or by hand"),
    "object": N_("Object"),
}
CHOICES = {
    "part": ((DID, N_("did it")), (ABOUT, N_("it was about them"))),
    "late": (("yes", N_("late")), ("no", N_("in time"))),
    "source": (("import", N_("by import")), ("hand", N_("by hand"))),
    "deputy": (("1", N_("on behalf of another")),),
}
"""Values that are words, by filter."""


def list_url(endpoint: str, filters: Mapping[str, str], **more: str) -> str:
    """Return the address of a list with filters."""
    values: dict[str, Any] = {**filters, **more}
    return url_for(endpoint, **values)


def column_label(name: str) -> str:
    """Return the head of a column."""
    return _(COLUMN_LABELS[name])


def filter_form(page: str, filters: Mapping[str, str], typed: Mapping[str, str] | None) -> SimpleNamespace:
    """Return the values and options of the form; `typed` is what a refused form held. At most seven statements."""
    values = dict(typed.items()) if typed is not None else dict(filters)
    names = _names_of_ids(values)
    processes = _process_titles()
    return SimpleNamespace(
        values=values,
        names={
            field: values.get(f"{field}_name", "") if typed is not None else names.get(field, "")
            for field in ("person", "group", "course")
        },
        was=names,
        units=_unit_options(),
        processes=sorted(processes.items(), key=lambda one: one[1]),
        outcomes=_outcome_options(filters.get("process", "")),
        kinds=[]
        if page == CASES
        else sorted(((kind, deed_label(kind)) for kind in _event_types_in_reach()), key=lambda one: one[1]),
        states=[(name, _(CASE_STATUS_LABELS[name])) for name in ("open", "done", "withdrawn", "suspended")],
        choices={name: [(value, _(label)) for value, label in pairs] for name, pairs in CHOICES.items()},
    )


def _event_types_in_reach() -> list[str]:
    """Return the event types of the kinds that the reader sees; one statement, and one for each limited role."""
    scope = load_audit_scope(current_act().assignments)
    return [
        one for one in load_known_event_types() if scope is None or scope.covers_kind(kind_of_event_type(one))
    ]


def filter_chips(page: str, filters: Mapping[str, str], endpoint: str) -> list[SimpleNamespace]:
    """Return each filter that is set, in words, with the address of the list without it."""
    names = _names_of_ids(filters)
    return [
        SimpleNamespace(
            label=_(FILTER_LABELS[name]),
            value=_filter_text(name, value, names),
            without=list_url(endpoint, {key: kept for key, kept in filters.items() if key != name}),
        )
        for name, value in filters.items()
    ]


def search_words(page: str, filters: Mapping[str, str]) -> str:
    """Return the filters of a search in one line."""
    names = _names_of_ids(filters)
    title = _("All cases") if page == CASES else _("All deeds")
    parts = [
        f"{_(FILTER_LABELS[name])}: {_filter_text(name, value, names)}" for name, value in filters.items()
    ]
    return f"{title}: {', '.join(parts)}" if parts else title


def _filter_text(name: str, value: str, names: Mapping[str, str]) -> str:
    """Return the value of a filter in words."""
    if name in names:
        return names[name]
    if name == "kind":
        return deed_label(value)
    if name == "process":
        return _process_titles().get(value, value)
    if name == "state":
        return _(CASE_STATUS_LABELS.get(value, value))
    if name == "outcome":
        return dict(_outcome_options("")).get(value, value)
    labels = dict(CHOICES.get(name, ()))
    return _(labels[value]) if value in labels else value


def choice_links(named: NamedFilters, given: Mapping[str, str]) -> list[SimpleNamespace]:
    """Return the matches of each typed name, each with the address of the search that takes it."""
    found = []
    for field, matches in named.choices.items():
        links = [
            SimpleNamespace(
                name=name,
                url=list_url(
                    "audit.find_in_audit",
                    {
                        **{key: value for key, value in given.items() if value},
                        field: str(id),
                        f"{field}_name": name,
                        f"{field}_was": name,
                    },
                ),
            )
            for id, name in matches
        ]
        found.append(SimpleNamespace(label=_(FILTER_LABELS[field]), links=links))
    return found


def facet_links(
    page: str, filters: Mapping[str, str], found: ListPage, endpoint: str
) -> SimpleNamespace | None:
    """Return the counts beside the first page of a list, each with the address of the list narrowed to it."""

    def narrowed(name: str, pairs: Sequence[tuple[str, str, int]]) -> SimpleNamespace:
        links = [
            SimpleNamespace(label=label, count=count, url=list_url(endpoint, {**filters, name: value}))
            for value, label, count in pairs[:MAX_FACET_VALUES]
            if count and filters.get(name) != value
        ]
        return SimpleNamespace(label=_(FILTER_LABELS[name]), links=links)

    if found.case_facets is not None:
        cases = found.case_facets
        titles = _process_titles()
        groups = [
            narrowed("process", [(key, titles.get(key, key), n) for key, n in cases.processes.items()]),
            narrowed("state", _counts_by_state(cases.states)),
            narrowed("deputy", [("1", _("on behalf of another"), cases.deputy)]),
        ]
        total = cases.total
    elif found.deed_facets is not None:
        deeds = found.deed_facets
        groups = [
            narrowed("kind", [(kind, deed_label(kind), n) for kind, n in deeds.kinds.items()]),
            narrowed("clause", [(number, number, n) for number, n in deeds.clauses.items()]),
            narrowed("late", [("yes", _("late"), deeds.late)]),
            narrowed("source", [("import", _("by import"), deeds.imported)]),
            narrowed("deputy", [("1", _("on behalf of another"), deeds.deputy)]),
        ]
        total = deeds.total
    else:
        return None
    return SimpleNamespace(
        total=total, is_capped=total >= FACET_LIMIT, groups=[group for group in groups if group.links]
    )


def _counts_by_state(states: Mapping[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    counted: dict[str, int] = {}
    for (status, _outcome), count in states.items():
        counted[status] = counted.get(status, 0) + count
    return [(status, _(CASE_STATUS_LABELS.get(status, status)), count) for status, count in counted.items()]


def linked_rows(rows: Sequence[ListRow], columns: Sequence[str]) -> list[list[SimpleNamespace]]:
    """Return the cells of rows: text, address (if the visitor may open it), and whether the text is of the data."""
    return [[_linked_cell(row, name) for name in columns] for row in rows]


def _linked_cell(row: ListRow, name: str) -> SimpleNamespace:
    target = row.links.get(name)
    url = None
    if target is not None:
        if name == "kind":
            url = url_for("audit.show_record", record_number=target)
        elif name in ("case", "number"):
            url = url_for("trace.show_case_trace", case_number=row.texts[name])
        elif name == "journal":
            url = url_for("trace.show_journal_trace", offering=target)
        elif name in ("before", "after"):
            kind, object_id = target
            url = (
                url_for("trace.show_cell_trace", cell_id=object_id)
                if kind == "journal.cell"
                else url_for("trace.show_object_trace", object_kind=kind, object_id=object_id)
            )
        else:
            url = url_for("trace.show_person_trace", person_id=target)
    return SimpleNamespace(
        name=name,
        label=column_label(name),
        text=row.texts[name],
        url=url,
        clause=row.clause if name == "clause" else None,
        is_data=name not in ("kind", "late", "source"),
    )


def _names_of_ids(filters: Mapping[str, str]) -> dict[str, str]:
    """Return the names of person, unit, group and discipline among filters; a statement for each that is set."""
    found: dict[str, str] = {}
    for field, load_name in _NAME_LOADERS.items():
        id = _readable_id(filters.get(field, ""))
        name = load_name(id) if id is not None else None
        if name:
            found[field] = name
    return found


def _readable_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _reach() -> frozenset[UUID] | None:
    """Return the units whose names a reader of the audit may see; None: every unit. One statement."""
    return load_units_in_reach(current_act().assignments, "audit.read")


def are_filters_in_reach(filters: Mapping[str, str]) -> bool:
    """Return whether what the filters name lies in the units of the reader; a statement for each that is set."""
    named = [field for field in _NAME_LOADERS if filters.get(field)]
    if _reach() is None or not (named or filters.get("object")):
        return True
    return "object" not in filters and set(named) <= set(_names_of_ids(filters))


def _person_name(id: UUID) -> str | None:
    if not people.is_person_of_units(id, _reach()):
        return None
    name = people.load_names([id]).get(id)
    return name.full if name else None


def _unit_name(id: UUID) -> str | None:
    reach = _reach()
    unit = people.load_unit_tree().get(id) if reach is None or id in reach else None
    return pick_text(unit.names, locale()) if unit else None


def _group_name(id: UUID) -> str | None:
    reach, wanted = _reach(), select(StudyGroup.name).where(StudyGroup.id == id)
    return db.session.scalar(wanted if reach is None else wanted.where(StudyGroup.unit_id.in_(reach)))


def _course_name(id: UUID) -> str | None:
    reach, wanted = _reach(), select(Course.code, Course.names).where(Course.id == id)
    if reach is not None:
        wanted = wanted.where(Course.department_id.in_(reach))
    row = db.session.execute(wanted).one_or_none()
    return f"{row.code} {pick_text(row.names, locale())}" if row else None


_NAME_LOADERS = {"person": _person_name, "unit": _unit_name, "group": _group_name, "course": _course_name}


def _unit_options() -> list[tuple[str, str]]:
    reach = _reach()
    return sorted(
        (
            (str(unit.id), pick_text(unit.names, locale()))
            for unit in people.load_unit_tree().values()
            if reach is None or unit.id in reach
        ),
        key=lambda one: one[1],
    )


def _process_titles() -> dict[str, str]:
    """Return the title of every process by its key; two statements."""
    versions = load_diagram_versions(current_act())
    return {row.key: pick_text(row.titles, locale()) for row in reversed(versions)}


def _outcome_options(process: str) -> list[tuple[str, str]]:
    """Return the outcomes that the versions in force draw, of one process or of all, in words."""
    found: dict[str, str] = {}
    for row in load_diagram_versions(current_act()):
        if row.published_at is None or (process and row.key != process):
            continue
        published = load_undamaged_version(row.id)
        for end in published.model.ends.values() if published else ():
            if end.outcome and end.outcome not in found:
                found[end.outcome] = case_state_text("done", end.outcome, published)
    return sorted(found.items(), key=lambda one: one[1])
