"""Views of the patterns: numbers with their picture, groups, and the findings behind a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.audit_lists.rows import load_case_numbers
from app.cases.audit_scope import AuditScope, load_persons_in_scope
from app.cases.patterns import thresholds
from app.cases.patterns.finding_queries import (
    BY_UNIT,
    PATTERNS,
    RATED,
    Finding,
    FindingGroup,
    PatternCount,
    load_journal_titles,
)
from app.kernel.i18n import number_text, pick_text
from app.people import queries as people
from app.people.queries import UnitRow
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.visitor import current_visitor
from app.web.labels.gradebook import mark_status_label
from app.web.patterns.words import (
    FINDING_WORDS,
    GROUPING_WORDS,
    OTHER_PERSON_WORDS,
    PATTERN_WORDS,
)

PER_ENTRIES = 1000
_BAR_ROOM = 24
"""Height of the picture of a pattern, in the units of its drawing."""


def pattern_title(pattern: str) -> str:
    """Return the title of a pattern."""
    return _(PATTERN_WORDS[pattern].title)


def pattern_about(pattern: str) -> str:
    """Return what a pattern counts and leaves out, with the bounds that are set."""
    bounds = {
        "times": thresholds.LEAST_CORRECTIONS_OF_CELL,
        "seconds": int(thresholds.QUICK_APPROVAL.total_seconds()),
        "documents": thresholds.LEAST_DOCUMENTS_OF_ISSUER,
        "from": thresholds.NIGHT_BEGINS.strftime("%H:%M"),
        "to": thresholds.NIGHT_ENDS.strftime("%H:%M"),
    }
    return _(PATTERN_WORDS[pattern].about) % bounds


def pattern_card(
    pattern: str, count: PatternCount, entries: int, params: Mapping[str, str]
) -> SimpleNamespace:
    """Return one pattern of the first page: title, number, what it counts, and its course over the period."""
    most = max(count.parts, default=0)
    return SimpleNamespace(
        key=pattern,
        title=pattern_title(pattern),
        about=pattern_about(pattern),
        total=count.total,
        rate=rate_text(count.total, entries) if pattern == RATED else "",
        bars=[
            SimpleNamespace(place=place, height=height, top=_BAR_ROOM - height)
            for place, part in enumerate(count.parts)
            if (height := max(2, round(_BAR_ROOM * part / most)) if part else 0)
        ],
        url=pattern_url(pattern, params),
    )


def rate_text(count: int, entries: int) -> str:
    """Return a number per 1,000 entries in words; "" when nothing was entered."""
    if not entries:
        return ""
    return _("%(rate)s per 1,000 of %(entries)s entries") % {
        "rate": number_text(str(round(PER_ENTRIES * count / entries, 1)), locale()),
        "entries": entries,
    }


def pattern_url(pattern: str, params: Mapping[str, str], **changed: str) -> str:
    """Return the address of the list of a pattern with these filters."""
    query: dict[str, Any] = {
        name: value for name, value in sorted({**params, **changed}.items()) if value and name != "paint"
    }
    return url_for("patterns.show_pattern", pattern=pattern, **query)


def grouping_tabs(pattern: str, chosen: str, params: Mapping[str, str]) -> list[SimpleNamespace]:
    """Return the columns by which the findings can be grouped; [] when there is one only."""
    groupings = PATTERNS[pattern].groupings
    if len(groupings) == 1:
        return []
    return [
        SimpleNamespace(
            label=_(GROUPING_WORDS[one]),
            url=pattern_url(pattern, params, by="" if one == groupings[0] else one, of=""),
            active=one == chosen,
            count=None,
        )
        for one in groupings
    ]


def group_rows(
    pattern: str,
    grouping: str,
    groups: Sequence[FindingGroup],
    params: Mapping[str, str],
    tree: Mapping[UUID, UnitRow],
    names: Mapping[UUID, people.PersonName],
) -> list[SimpleNamespace]:
    """Return the groups as rows with their share of the largest one; of corrections the share of the rate."""
    sizes = [PER_ENTRIES * one.count / one.entries if one.entries else float(one.count) for one in groups]
    largest = max(sizes, default=0.0)
    return [
        SimpleNamespace(
            label=_group_label(pattern, grouping, one, tree, names),
            count=one.count,
            rate=rate_text(one.count, one.entries) if one.entries else "",
            share=100 * size / largest if largest else 0.0,
            value=one.value,
            url=pattern_url(
                pattern,
                params,
                by="" if grouping == PATTERNS[pattern].groupings[0] else grouping,
                of=one.value,
            ),
        )
        for one, size in zip(groups, sizes, strict=True)
    ]


def _group_label(
    pattern: str,
    grouping: str,
    group: FindingGroup,
    tree: Mapping[UUID, UnitRow],
    names: Mapping[UUID, people.PersonName],
) -> str:
    """Return the name of a person, unit or pair; a document or issuer is called by the student who had it last."""
    if grouping == BY_UNIT:
        return _unit_name(tree, group.unit) or group.value
    person = _name_of(names, group.person, short=True)
    other = _name_of(names, group.other, short=True)
    if pattern == "each_other":
        return f"{person} – {other}"
    if pattern == "same_document":
        return _("a document of %(person)s and others") % {"person": person}
    if pattern == "same_issuer":
        return _("an issuer of a document of %(person)s") % {"person": person}
    return person


def finding_rows(
    rows: Sequence[Finding], tree: Mapping[UUID, UnitRow], scope: AuditScope | None
) -> list[SimpleNamespace]:
    """Return findings as rows with the addresses of case, mark, journal and person that the reader may open; five
    statements at most."""
    names = people.load_names(person for row in rows for person in (row.person, row.other, row.student))
    journals = load_journal_titles(sorted({row.offering for row in rows if row.offering}))
    numbers = load_case_numbers({row.case_id for row in rows if row.case_id}, scope)
    persons = load_persons_in_scope(scope, set(names)) if scope is not None else set(names)
    return [_finding_row(row, tree, names, journals, numbers, persons) for row in rows]


def _finding_row(
    row: Finding,
    tree: Mapping[UUID, UnitRow],
    names: Mapping[UUID, people.PersonName],
    journals: Mapping[UUID, tuple[Mapping[str, str], str]],
    numbers: Mapping[UUID, str],
    persons: Collection[UUID],
) -> SimpleNamespace:
    """Return one finding."""
    amount = number_text(row.amount, locale()) if row.amount is not None else ""
    links = _finding_links(row, journals, numbers)
    return SimpleNamespace(
        title=_(FINDING_WORDS[row.what]) % {"n": amount},
        at=row.at,
        url=links[0].url if links else None,
        links=links,
        person=_name_of(names, row.person),
        person_url=url_for(_person_page(), person_id=row.person) if row.person in persons else None,
        other=_name_of(names, row.other),
        other_word=_(OTHER_PERSON_WORDS[row.what]) if row.what in OTHER_PERSON_WORDS else "",
        student=_name_of(names, row.student),
        unit=_unit_name(tree, row.unit),
        old=_mark_text(row.old),
        new=_mark_text(row.new),
        has_change=row.old is not None or row.new is not None,
    )


def _person_page() -> str:
    """Return the page of a person that the visitor may open: in the list of people, else his trace."""
    is_open = is_route_access_allowed(("people.read",), current_visitor().assignments)
    return "people.show_person" if is_open else "trace.show_person_trace"


def _finding_links(
    row: Finding,
    journals: Mapping[UUID, tuple[Mapping[str, str], str]],
    numbers: Mapping[UUID, str],
) -> list[SimpleNamespace]:
    """Return where a finding leads: its case, its mark, its journal."""
    links = []
    if row.case_id is not None and row.case_id in numbers:
        links.append(
            SimpleNamespace(
                label=_("Case %(number)s") % {"number": numbers[row.case_id]},
                url=url_for("cases.show_case", case_id=row.case_id),
                icon="route",
            )
        )
    if row.lesson is not None and row.student is not None:
        links.append(
            SimpleNamespace(
                label=_("The mark"),
                url=url_for("journal.show_cell_card", lesson=row.lesson, student=row.student),
                icon="history",
            )
        )
    if row.offering is not None and row.offering in journals:
        titles, group = journals[row.offering]
        links.append(
            SimpleNamespace(
                label=f"{pick_text(titles, locale())}, {group}",
                url=url_for("journal.show_journal_grid", offering=row.offering),
                icon="notebook",
            )
        )
    return links


def _mark_text(value: str | None) -> str:
    """Return a mark in words; a dash for an empty one."""
    if value is None:
        return "–"
    return mark_status_label(value.lower()) if value in ("PRESENT", "ABSENT") else value


def _name_of(names: Mapping[UUID, people.PersonName], person: UUID | None, *, short: bool = False) -> str:
    """Return the name of a person, "" for none."""
    found = names.get(person) if person is not None else None
    return (found.short if short else found.full) if found is not None else ""


def _unit_name(tree: Mapping[UUID, UnitRow], unit: UUID | None) -> str:
    """Return the name of a unit, "" for none."""
    found = tree.get(unit) if unit is not None else None
    return pick_text(found.names, locale()) if found is not None else ""
