"""Routes of the auditor's room: its first page, its two lists, and what a reader keeps for himself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.audit import searches
from app.audit.exports import load_exports
from app.audit.reads import AUDIT
from app.audit.searches import CASES, DEEDS, WORDS
from app.cases.audit_lists.filters import read_filters
from app.cases.audit_lists.pages import load_list_page
from app.cases.audit_lists.rows import (
    CASE_COLUMNS,
    DEED_COLUMNS,
    DEFAULT_CASE_COLUMNS,
    DEFAULT_DEED_COLUMNS,
)
from app.kernel import door
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id, parse_id
from app.texts.translate import gettext as _
from app.web.audit import presenter
from app.web.audit.named_filters import read_named_filters
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("audit", __name__)
MAX_WORDS_LENGTH = 80
LIST_ENDPOINTS = {DEEDS: "audit.list_deeds", CASES: "audit.list_cases"}
OFFERED_COLUMNS = {DEEDS: DEED_COLUMNS, CASES: CASE_COLUMNS}
DEFAULT_COLUMNS = {DEEDS: DEFAULT_DEED_COLUMNS, CASES: DEFAULT_CASE_COLUMNS}


@blueprint.get("/audit")
@allow_access("audit.read")
@writes_every_year
def show_audit() -> str:
    """Show the search that finds anything, the latest and saved searches, and the lists."""
    person = current_visitor().person_id
    return render_template(
        "audit/audit.html",
        recent=[_search_view(one) for one in searches.load_recent_searches(person)],
        saved=_saved_searches(person),
        exports=load_exports(person, current_act().at),
    )


@blueprint.get("/audit/find")
@allow_access("audit.read")
def find_in_audit() -> Any:
    """Remember what is searched, and redirect to what finds it: the search of the audit, or one of the lists."""
    page = request.args.get("page", WORDS)
    if page == WORDS:
        words = request.args.get("q", "")[:MAX_WORDS_LENGTH].strip()
        if not words:
            return redirect(url_for("audit.show_audit"))
        _remember_search(WORDS, words, {})
        return redirect(url_for("trace.search_audit", q=words))
    if page not in LIST_ENDPOINTS:
        raise Invalid.field("page", "forms.field.not_offered")
    try:
        named = read_named_filters(current_act(), request.args)
        filters = read_filters(page, {**request.args, **named.ids})
    except Invalid as refused:
        return _render_list(page, {}, typed=request.args, refused=refused), refused.status
    if named.choices:
        return _render_list(page, {}, typed=request.args, choices=presenter.choice_links(named, request.args))
    if filters:
        _remember_search(page, "", filters)
    return redirect(presenter.list_url(LIST_ENDPOINTS[page], filters))


@blueprint.get("/audit/deeds")
@allow_access("audit.read")
@writes_every_year
def list_deeds() -> Any:
    """List every deed by its filters, newest first."""
    return _show_list(DEEDS)


@blueprint.get("/audit/cases")
@allow_access("audit.read")
@writes_every_year
def list_cases() -> Any:
    """List every case by its filters, newest first."""
    return _show_list(CASES)


def _show_list(page: str) -> Any:
    try:
        filters = read_filters(page, request.args)
    except Invalid as refused:
        return _render_list(page, {}, typed=request.args, refused=refused), refused.status
    record_read(AUDIT, f"audit.{page}")
    try:
        return _render_list(page, filters, key=request.args.get("key", "")[:100])
    except Refused as refused:
        return _render_list(page, filters, too_wide=error_message(refused)), refused.status


def _render_list(
    page: str,
    filters: dict[str, str],
    *,
    key: str = "",
    typed: Any = None,
    refused: Invalid | None = None,
    choices: Any = (),
    too_wide: Any = None,
) -> str:
    """Return the page of a list; without rows when the filters cannot be read or choices are to be made."""
    act, person = current_act(), current_visitor().person_id
    found = None if refused or choices or too_wide else load_list_page(act, page, filters, key)
    offered = OFFERED_COLUMNS[page]
    columns = searches.load_columns(person, page, offered, DEFAULT_COLUMNS[page])
    address = LIST_ENDPOINTS[page]
    return render_template(
        "audit/list.html",
        page=page,
        title=_("All cases") if page == CASES else _("All deeds"),
        url=url_for(address),
        form=presenter.filter_form(page, filters, typed),
        filters=filters,
        chips=presenter.filter_chips(page, filters, address),
        errors=problem_texts_by_field(refused) if refused else {},
        choices=choices,
        too_wide=too_wide,
        rows=presenter.linked_rows(found.rows, columns) if found else None,
        columns=[SimpleNamespace(name=name, label=presenter.column_label(name)) for name in columns],
        offered=[
            SimpleNamespace(name=name, label=presenter.column_label(name), chosen=name in columns)
            for name in offered
        ],
        facets=presenter.facet_links(page, filters, found, address) if found else None,
        next=presenter.list_url(address, filters, key=found.next_key) if found and found.next_key else None,
        is_later=bool(key),
        saved=_saved_searches(person, page),
        search_id=new_id(),
        export_id=new_id(),
    )


@blueprint.post("/audit/lists/<any(deeds, cases):audit_list>/columns")
@allow_access("audit.read")
def choose_list_columns(audit_list: str) -> Any:
    """Keep the columns of a list for the visitor."""
    with door.write(current_act()):
        searches.choose_columns(
            current_act(), audit_list, request.form.getlist("columns"), OFFERED_COLUMNS[audit_list]
        )
    return redirect(presenter.list_url(LIST_ENDPOINTS[audit_list], read_filters(audit_list, request.form)))


@blueprint.post("/audit/lists/<any(deeds, cases):audit_list>/searches")
@allow_access("audit.read")
def save_list_search(audit_list: str) -> Any:
    """Save the search of a list under a name, for the visitor or for every reader of the audit."""
    form = request.form
    filters = read_filters(audit_list, form)
    with door.write(current_act()):
        searches.save_search(
            current_act(),
            parse_id(form.get("id")),
            audit_list,
            form.get("name", ""),
            filters,
            shared=form.get("shared") == "1",
        )
    flash(_("The search is saved. It stands on the first page of the audit."), "good")
    return redirect(presenter.list_url(LIST_ENDPOINTS[audit_list], filters))


@blueprint.post("/audit/searches/<uuid:search_id>/delete")
@allow_access("audit.read")
def delete_saved_search(search_id: UUID) -> Any:
    """Delete a saved search of the visitor."""
    with door.write(current_act()):
        searches.delete_search(current_act(), search_id)
    flash(_("The search is deleted."), "good")
    return redirect(url_for("audit.show_audit"))


def _saved_searches(person: UUID, page: str = "") -> list[SimpleNamespace]:
    """Return the searches of a person and the shared ones of others, without those that name what lies outside his
    limits."""
    return [
        _search_view(one)
        for one in searches.load_saved_searches(person, page)
        if one.person == person or presenter.are_filters_in_reach(one.filters)
    ]


def _remember_search(page: str, words: str, filters: dict[str, str]) -> None:
    with door.write(current_act()):
        searches.remember_search(current_act(), page, words, filters)


def _search_view(one: searches.StoredSearch) -> SimpleNamespace:
    """Return a stored search as a page links it."""
    if one.page == WORDS:
        url, name = url_for("audit.find_in_audit", page=WORDS, q=one.name), one.name
    else:
        url = presenter.list_url(LIST_ENDPOINTS[one.page], one.filters)
        name = one.name or presenter.search_words(one.page, one.filters)
    return SimpleNamespace(
        id=one.id,
        url=url,
        name=name,
        page=one.page,
        shared=one.shared,
        own=one.person == current_visitor().person_id,
        at=one.at,
    )
