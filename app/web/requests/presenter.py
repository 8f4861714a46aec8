"""View of the page "New request": everything that the visitor may start now, in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

from flask import url_for

from app import operations
from app.diagrams.versions import PublishedDiagram, load_versions_in_force
from app.kernel.act import Act
from app.kernel.i18n import pick_text
from app.kernel.search_text import has_every_word
from app.regulation.clauses import clause_by_number
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.requests.beginnings import (
    ABOUT_A_STUDENT,
    BEGINNINGS,
    ELSEWHERE,
    FOR_ANOTHER,
    GROUP_LABELS,
    OFFERED,
    Beginning,
)


def new_request_groups(act: Act, search: str = "") -> list[SimpleNamespace]:
    """Return the groups of requests whose title or purpose holds the words searched for; empty ones left out."""
    rows: dict[str, list[SimpleNamespace]] = {}
    for published in load_versions_in_force():
        beginning = _request_beginning_or_none(act, published)
        if beginning is not None:
            row = _request_row(published, beginning)
            if has_every_word(f"{row.title} {row.about} {row.clause}", search):
                rows.setdefault(beginning.group, []).append(row)
    return [
        SimpleNamespace(
            name=group, label=_(label), rows=sorted(rows[group], key=lambda row: row.title.casefold())
        )
        for group, label in GROUP_LABELS.items()
        if group in rows
    ]


def _request_beginning_or_none(act: Act, published: PublishedDiagram) -> Beginning | None:
    """Return where a request begins for the roles of the act; None when they may not start it."""
    start = operations.find_process_start(published.model)
    if start is None:
        return None
    roles = {assignment.role for assignment in act.assignments}
    own = Beginning(start.name) if start.general else BEGINNINGS.get(published.key, Beginning(ELSEWHERE))
    if roles & set(start.roles):
        # A form that a student fills in about himself is about a student for everybody else.
        is_own = start.general or "student" in roles or "student" not in start.roles
        return own if is_own else replace(own, group=ABOUT_A_STUDENT)
    if roles & set(start.on_behalf_roles) and act.on_behalf_of is None:
        return FOR_ANOTHER
    return OFFERED if roles & set(start.offered_by) else None


def _request_row(published: PublishedDiagram, beginning: Beginning) -> SimpleNamespace:
    model = published.model
    return SimpleNamespace(
        key=published.key,
        title=pick_text(model.titles, locale()),
        about=" ".join(_iter_process_purpose_texts(published)),
        clause=model.clause,
        hint=_(beginning.hint) if beginning.hint else "",
        url=url_for(beginning.endpoint)
        if beginning.endpoint
        else url_for("start.show_start_form", name=published.key),
    )


def _iter_process_purpose_texts(published: PublishedDiagram) -> Iterator[str]:
    """Yield what a process is for: its own words, else what its clause says."""
    model = published.model
    if model.about:
        yield pick_text(model.about, locale())
    elif model.clause:
        yield pick_text(clause_by_number(model.clause).says, locale())
