"""The register of reads as a page shows it: when, who in which role, and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.audit.reads import ReadRow, load_reads_about_person, load_reads_by_person
from app.cases.audit_scope import load_audit_scope, read_subjects_condition, reads_conditions
from app.cases.queries.requests import load_cases_by_id
from app.journal.overview.listed_journals import ListedJournal, load_journals, load_journals_of_student
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.audit_limits_rules import PEOPLE_KIND
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.reads import READ_KIND_LABELS

PAGE_SIZE = 50


def reads_page_of_person(person: UUID, endpoint: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return rows and next page of the reads that concern a person. Raises Invalid (`after`)."""
    journals = load_journals_of_student(person)
    scope = load_audit_scope(current_act().assignments)
    if scope is not None:
        readable = scope.units_of_kind(PEOPLE_KIND)
        journals = {
            id: one for id, one in journals.items() if readable is None or not readable.isdisjoint(one.units)
        }
    found = load_reads_about_person(
        person, list(journals), _page_key(), PAGE_SIZE + 1, reads_conditions(scope) if scope else ()
    )
    return _page(found, endpoint, kept, journals)


def reads_page_by_person(person: UUID, endpoint: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return rows and next page of what a person read. Raises Invalid (`after`)."""
    scope = load_audit_scope(current_act().assignments)
    limits = [*reads_conditions(scope), read_subjects_condition(scope)] if scope else ()
    found = load_reads_by_person(person, _page_key(), PAGE_SIZE + 1, limits)
    journals = load_journals({row.object_id for row in found if row.object_id is not None})
    return _page(found, endpoint, kept, journals)


def _page_key() -> UUID | None:
    return parse_id(request.args["after"], "after") if request.args.get("after") else None


def _page(
    found: Sequence[ReadRow], endpoint: str, kept: Mapping[str, Any], journals: Mapping[UUID, ListedJournal]
) -> dict[str, Any]:
    """Return the rows of a page as it shows them; three statements."""
    rows = found[:PAGE_SIZE]
    persons = [one for row in rows for one in (row.reader, row.on_behalf_of, row.subject)]
    names = people.load_names(persons)
    cases = load_cases_by_id(
        current_act(), [row.object_id for row in rows if row.object_kind == "cases.case" and row.object_id]
    )

    def name_of(person: UUID | None) -> str:
        return names[person].full if person in names else ""

    def about(row: ReadRow) -> tuple[str, str | None]:
        if row.object_id is not None and row.object_id in cases:
            number = cases[row.object_id].number
            return _("request № %(number)s") % {"number": number}, url_for(
                "cases.show_case", case_id=row.object_id
            )
        if row.object_id is not None and row.object_id in journals:
            one = journals[row.object_id]
            return f"{pick_text(one.names, locale())}, {one.group}", None
        return "", None

    views = []
    for row in rows:
        text, url = about(row)
        views.append(
            SimpleNamespace(
                at=row.at,
                reader=name_of(row.reader),
                behalf=name_of(row.on_behalf_of),
                roles=", ".join(_(LABEL_BY_ROLE[role]) for role in row.roles if role in LABEL_BY_ROLE),
                kind=_(READ_KIND_LABELS[row.kind]),
                about=text,
                url=url,
                subject=name_of(row.subject),
            )
        )
    following = url_for(endpoint, after=rows[-1].id, **kept) if len(found) > PAGE_SIZE else None
    return {"rows": views, "next": following}
