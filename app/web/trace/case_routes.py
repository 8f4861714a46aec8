"""The trace of a case: what was decided by whom in which office, what it rests on, what it sent and changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from sqlalchemy import inspect

from app.audit.deeds import DeedFilter, Ids, load_deed_keys
from app.audit.reads import AUDIT
from app.cases.access import is_case_content_hidden_for
from app.cases.audit_lists.pages import list_key, parse_list_key
from app.cases.audit_lists.rows import DEFAULT_DEED_COLUMNS, build_deed_rows
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope
from app.cases.dossier.queries import load_persons_of_case
from app.cases.queries.case_details import CaseView, load_case_view
from app.cases.queries.requests import find_case_id_by_number
from app.cases.trace.causes import LinkedCase, load_case_links
from app.cases.trace.evidence import SentMessage, load_messages_of_case
from app.cases.trace.past_deadlines import StoodDeadline, load_deadlines_as_they_stood
from app.cases.trace.scope import require_case_windows
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.notices.texts import NOTICE_EVENT_TYPES, compose_notice_text
from app.people import queries as people
from app.people.name_masking import replace_names_in_value
from app.people.queries import PersonName, load_replacements_of_names
from app.regulation.policy_list import policy_descriptions
from app.texts.case_links import WAY_LABELS
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.audit.presenter import column_label, linked_rows
from app.web.cases.related_cases import related_case_rows
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.dossiers.deadline_rows import deadline_sheet
from app.web.dossiers.offices import load_office_book
from app.web.dossiers.timeline import decision_sheet, timeline_section
from app.web.labels.cases import case_state_label, element_title
from app.web.labels.policies import policy_label
from app.web.trace.document_page import Shown, Table
from app.web.trace.past_day import PastDay, read_past_day
from app.web.trace.routes import blueprint, person_link

DEEDS_A_PAGE = 50


@blueprint.get("/audit/cases/<case_number>")
@allow_access("audit.read")
@writes_every_year
def show_case_trace(case_number: str) -> tuple[str, int]:
    """Show all that stands behind a case, now or as it was on a day. Raises Missing.

    The number of statements does not depend on the length of the case.
    """
    act, past = current_act(), read_past_day()
    case_id = find_case_id_by_number(case_number)
    if case_id is None:
        raise Missing
    now_view = load_case_view(act, case_id)
    scope = load_audit_scope(act.assignments)
    past = past.limit_to(require_case_windows(scope, now_view.case), act.at)
    record_read(AUDIT, "audit.case", case_id, now_view.case.about or (None,))
    view = view_as_it_was(now_view, past.until) if past.until else now_view
    links = load_case_links(act, case_id, past.until)
    then = replace(act, at=min(past.until, act.at)) if past.until else act
    concerned = load_persons_of_case(view.case, past.until)
    names, book = people.load_names(concerned), load_office_book(concerned)
    hidden = is_case_content_hidden_for(act, view.case)
    case, published = view.case, view.published
    page = render_template(
        "trace/case.html",
        number=case.number,
        process=pick_text(published.model.titles, locale()) if published else case.diagram,
        state_label=_past_state(view, past) or case_state_label(case.status, case.outcome, published),
        about=case_subject_line(view.subject, locale()),
        case_url=url_for("cases.show_case", case_id=case.id) if not past.is_end_of_role else None,
        past=past,
        now_url=url_for("trace.show_case_trace", case_number=case.number),
        requester=person_link(case.requester, names),
        behalf=person_link(case.on_behalf_of, names),
        persons=[person_link(one, names) for one in sorted(concerned, key=str)],
        version=published.number if published else None,
        version_url=url_for("trace.show_diagram_trace", process=case.diagram, version=published.number)
        if published
        else None,
        forms=[
            SimpleNamespace(
                name=name, url=url_for("trace.show_form_trace", process=case.diagram, form_name=name)
            )
            for name in _filled_forms(view)
        ],
        versions_url=url_for(
            "studio.show_version_comparison",
            process=case.diagram,
            after=published.number if published else None,
        ),
        open_steps=[element_title(published, task.element, locale()) for task in view.open_tasks],
        events=timeline_section(view, names, book, hidden)["events"],
        decisions=decision_sheet(view, names, book),
        deadlines=_deadline_table(then, view, names),
        diagram_url=url_for("cases.get_case_diagram_json", case_id=case.id)
        if published and not past.until
        else None,
        files=[
            SimpleNamespace(
                name=one.name or _("File"),
                url=f"/files/{one.id}",
                trace_url=url_for("trace.show_file_trace", file_id=one.id),
                at=one.at,
            )
            for one in view.files
        ],
        files_hidden=hidden,
        messages=_message_views(load_messages_of_case(case.id, past.until), concerned, hidden),
        causes=_linked_case_views(links.causes),
        effects=_linked_case_views(links.effects),
        related=related_case_rows([one for one in view.related if one.id not in links.ids], locale()),
        **_deeds_under_case(view, past, scope),
    )
    return page, past.status


def view_as_it_was(view: CaseView, until: datetime) -> CaseView:
    """Return the view of a case with what had happened before a moment, and its deadlines as they stood then; one
    statement. Raises Missing when it was not opened yet."""
    if view.case.opened_at >= until:
        raise Missing
    stood = load_deadlines_as_they_stood(view.case.id, until)
    tasks = tuple(
        _task_as_it_was(task, until, stood.get(task.id)) for task in view.tasks if task.opened_at < until
    )
    return replace(
        view,
        history_entries=tuple(one for one in view.history_entries if one.at < until),
        tasks=tasks,
        files=tuple(one for one in view.files if one.at < until),
        incidents=tuple(one for one in view.incidents if one.at < until),
    )


def _task_as_it_was(task: Any, until: datetime, stood: StoodDeadline | None) -> Any:
    """Return a copy of a task as it stood at a moment: still open when it closed later, due as it was due then."""
    values = {one.key: getattr(task, one.key) for one in inspect(type(task)).column_attrs}
    if stood is not None:
        values |= {"due_at": stood.due_at, "computation": stood.computation}
    if task.closed_at is not None and task.closed_at >= until:
        values |= {"closed_at": None, "closed_by": None, "closed_how": None}
    return SimpleNamespace(**values)


def _past_state(view: CaseView, past: PastDay) -> str:
    """Return how the case stood on a past day; "" for now, and for a case that had ended by then."""
    ended = view.case.closed_at
    if past.until is None or (ended is not None and ended < past.until):
        return ""
    return _("not ended yet on this day")


def _filled_forms(view: CaseView) -> list[str]:
    """Return the names of the forms that were filled, in the order of the history."""
    if view.published is None:
        return []
    published, found = view.published, []
    for entry in view.history_entries:
        task = published.model.user_tasks.get(entry.element or "")
        if entry.kind == "started":
            found.append(f"{published.key}.start")
        elif entry.kind == "completed" and task is not None:
            found.append(task.form)
    return [name for name in dict.fromkeys(found) if name in published.forms]


def _deadline_table(act: Act, view: CaseView, names: Mapping[UUID, PersonName]) -> Table | None:
    """Return the deadlines with how each was counted and the setting it was counted by; None without tasks."""
    sheet = deadline_sheet(act, view, names)
    if sheet is None:
        return None
    rows = [
        [
            *(Shown(text) for text in row),
            Shown(
                policy_label(task.policy),
                url_for("trace.show_policy_trace", policy=task.policy),
                is_data=False,
            )
            if task.policy in policy_descriptions()
            else Shown(task.policy),
        ]
        for task, row in zip(view.tasks, sheet["rows"], strict=True)
    ]
    return Table(sheet["heading"], [*sheet["head"], _("Rule")], rows, "", note=sheet["note"])


def _linked_case_views(cases: Sequence[LinkedCase]) -> list[SimpleNamespace]:
    """Return the cases that this one followed from, or that followed from it, with why."""
    return [
        SimpleNamespace(
            number=one.number,
            url=url_for("trace.show_case_trace", case_number=one.number),
            process=pick_text(one.published.model.titles, locale()) if one.published else one.diagram,
            state_label=case_state_label(one.status, one.outcome, one.published),
            why=_(WAY_LABELS[one.way]),
            opened_at=one.opened_at,
        )
        for one in cases
    ]


def _message_views(
    messages: list[SentMessage], concerned: Collection[UUID], hidden: bool
) -> list[SimpleNamespace]:
    """Return the messages of a case; names in their titles are those of the persons the case concerns."""
    names = people.load_names(one.person for one in messages)
    stored = load_replacements_of_names([*concerned, *(one.person for one in messages)])
    return [
        SimpleNamespace(
            title=replace_names_in_value(
                compose_notice_text(one.event_type, one.params, locale(), discreet=hidden).title, stored
            ),
            event_type=one.event_type,
            person=person_link(one.person, names),
            at=one.at,
            read_at=one.read_at,
            mailed_at=one.mailed_at,
            dead_at=one.dead_at,
        )
        for one in messages
        if one.person is not None or one.event_type in NOTICE_EVENT_TYPES
    ]


def _deeds_under_case(view: CaseView, past: PastDay, scope: AuditScope | None) -> dict[str, Any]:
    """Return a page of what was written under a case, newest first."""
    after = parse_list_key(request.args.get("key", "")[:100])
    if after and not (after[1].isascii() and after[1].isdigit() and len(after[1]) < 19):
        raise Invalid.field("key", "forms.field.not_offered")
    limits = tuple(deeds_conditions(scope)) if scope is not None else ()
    wanted = DeedFilter(cases=Ids((view.case.id,)), until=past.until, limits=limits)
    found = load_deed_keys(wanted, (after[0], int(after[1])) if after else None, DEEDS_A_PAGE + 1)
    shown = found[:DEEDS_A_PAGE]
    key = list_key(shown[-1].at, shown[-1].id) if len(found) > DEEDS_A_PAGE else None
    return {
        "columns": [column_label(one) for one in DEFAULT_DEED_COLUMNS],
        "rows": linked_rows(
            build_deed_rows([(one.id, one.recorded_at) for one in shown], scope), DEFAULT_DEED_COLUMNS
        ),
        "next": url_for("trace.show_case_trace", case_number=view.case.number, on=past.address_value, key=key)
        if key
        else None,
    }
