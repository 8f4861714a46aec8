"""Views of incidents: rows, causes, and the page of one incident with its moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from uuid import UUID

from flask import url_for

from app.cases.commands.retry_incident import RetryResult
from app.cases.commands.settle_incident import MAX_REASON_LENGTH
from app.cases.queries.incidents import CauseCount, IncidentRow, IncidentView
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts import incidents as texts
from app.texts.messages import MESSAGES_BY_CODE
from app.texts.roles import LABEL_BY_ROLE
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.labels import cases as case_labels
from app.web.labels.messages import message_without_params


def incident_cause_text(code: str) -> str:
    """Return the cause of an incident in plain words."""
    if code in MESSAGES_BY_CODE and code not in texts.CAUSES:
        return message_without_params(code)
    return _(texts.CAUSES.get(code, texts.CAUSES["cases.timer.failed"]))


def find_undamaged_diagram_version(version_id: UUID | None) -> PublishedDiagram | None:
    """Return a version; None without one or when it is damaged."""
    try:
        return load_version(version_id) if version_id else None
    except VersionDamaged:
        return None


def incident_solution_label(how: str | None) -> str:
    """Return how an incident was solved; "" for an open one."""
    return _(texts.SOLUTION_LABELS[how]) if how and how in texts.SOLUTION_LABELS else ""


def incident_message_label(event_type: str | None) -> str:
    """Return what a message asks for; "" for an incident of a case."""
    return _(texts.MESSAGE_LABELS.get(event_type, texts.MESSAGE_LABEL)) if event_type else ""


def incident_row(row: IncidentRow) -> SimpleNamespace:
    """Return one incident as a row."""
    published = find_undamaged_diagram_version(row.version_id)
    return SimpleNamespace(
        id=row.id,
        pick=f"{row.id}:{row.attempts}",
        url=url_for("incidents.show_incident", incident_id=row.id),
        title=_(texts.KIND_LABELS[row.kind]),
        cause=incident_cause_text(row.code),
        at=row.at,
        number=row.number,
        process=pick_text(published.model.titles, locale()) if published else "",
        step=case_labels.element_title(published, row.element, locale()) if row.element else "",
        message=incident_message_label(row.event_type),
        attempts=row.attempts,
        solved_at=row.resolved_at,
        how=incident_solution_label(row.resolved_how),
    )


def incident_cause_row(count: CauseCount) -> SimpleNamespace:
    """Return one cause with its number of open incidents."""
    return SimpleNamespace(
        kind=count.kind,
        code=count.code,
        count=count.count,
        title=_(texts.KIND_LABELS[count.kind]),
        cause=incident_cause_text(count.code),
        url=url_for("incidents.list_incidents", kind=count.kind, code=count.code),
    )


def incident_retry_report(
    results: Sequence[RetryResult], rows: Mapping[UUID, str], left: int
) -> SimpleNamespace:
    """Return the report of a retry of many: how many were solved or go on, and what failed with its cause.

    `rows` are the titles by incident; `left` incidents of the cause were not tried.
    """
    failed = [
        SimpleNamespace(
            url=url_for("incidents.show_incident", incident_id=result.incident),
            title=rows.get(result.incident) or _("Incident"),
            cause=incident_cause_text(result.code),
        )
        for result in results
        if result.error is not None
    ]
    return SimpleNamespace(done=len(results) - len(failed), failed=failed, left=left)


def incident_page_view(view: IncidentView, typed: str = "", problems: Sequence[str] = ()) -> SimpleNamespace:
    """Return the values of `incidents/incident.html`. `typed`, `problems`: a refused reason with its errors."""
    row, case = view.incident, view.case
    published = find_undamaged_diagram_version(case.version_id if case else None)
    names = people.load_names([row.resolved_by, *(owner.assignee for owner in view.owners)])
    resolver = names.get(row.resolved_by) if row.resolved_by else None
    return SimpleNamespace(
        id=row.id,
        attempts=row.attempts,
        title=_(texts.KIND_LABELS[row.kind]),
        meaning=_(texts.MEANINGS[row.kind]),
        advice=_(texts.ADVICE[row.kind]),
        cause=incident_cause_text(row.code),
        code=row.code,
        technical=str(row.detail.get("error", "")),
        at=row.at,
        tried_at=row.tried_at,
        number=case.number if case else "",
        case_url=url_for("cases.show_case", case_id=case.id) if case and view.readable else None,
        case_state=case_labels.case_state_label(case.status, case.outcome, published) if case else "",
        process=pick_text(published.model.titles, locale()) if published else "",
        process_url=url_for("processes.show_process", process=case.diagram) if case else None,
        version=published.number if published else None,
        step=case_labels.element_title(published, row.element, locale()) if row.element else "",
        role=_incident_task_role_label(view),
        message=incident_message_label(str(row.detail.get("event_type") or "")),
        event_type=row.detail.get("event_type"),
        message_attempts=view.message.attempts if view.message else None,
        about=case_subject_line(view.subject, locale()),
        affected=_affected_person_texts(view),
        diagram_url=url_for("incidents.get_incident_diagram_json", incident_id=row.id) if published else None,
        moved_on=view.moved_on,
        under_way=view.under_way,
        retry_label=_(texts.RETRY_LABELS[row.kind]),
        owners=[
            SimpleNamespace(value=str(owner.assignee), label=names[owner.assignee].full)
            for owner in view.owners
            if owner.assignee in names
        ],
        max_reason=MAX_REASON_LENGTH,
        typed=typed,
        problems=problems,
        solved_at=row.resolved_at,
        how=incident_solution_label(row.resolved_how),
        solved_by=resolver.short if resolver else _("Depter itself"),
        words=view.words,
    )


def _incident_task_role_label(view: IncidentView) -> str:
    """Return the role of the task of the incident in words; "" without one."""
    role = view.task.role if view.task else str(view.incident.detail.get("role") or "")
    return _(LABEL_BY_ROLE[role]) if role in LABEL_BY_ROLE else ""


def _affected_person_texts(view: IncidentView) -> list[str]:
    """Return who is affected; names only for a person who may read the case."""
    if view.case is None:
        return []
    named = view.readable and view.requester
    rows = [_("the one who asked: %(name)s") % {"name": view.requester} if named else _("the one who asked")]
    others = [person for person in view.case.about if person != view.case.requester]
    if others:
        names = people.load_names(others) if view.readable else {}
        rows += [names[person].short for person in others if person in names] or [
            _("whom the case is about: %(n)s") % {"n": len(others)}
        ]
    return rows
