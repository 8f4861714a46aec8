"""Routes of one task: its page with request, history and deadline, its form, and its draft."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.audit.words import unseal_json_texts
from app.bpmn.errors import CaseStalled
from app.cases import rules
from app.cases.access import visible_requester_name
from app.cases.assignment import TaskOwner
from app.cases.commands.complete import CompletionResult, complete_task
from app.cases.commands.drafts import save_form_draft
from app.cases.incidents import OPERATION, STATE, IncidentPlace, record_incident
from app.cases.locking import DAMAGE_ERRORS
from app.cases.queries import case_details as pages
from app.cases.queries.case_details import TaskView
from app.cases.queries.case_history import HistoryEntryView
from app.diagrams.versions import load_version
from app.forms.form_file import Form
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.errors import DepterError, Invalid, Missing, Refused
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id
from app.kernel.logs import error_type_and_place_text
from app.operations import load_proposed_form_values
from app.texts import case_subjects as subject_texts
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import (
    form_field_views,
    problem_summary_rows,
    read_posted_answers,
)
from app.web.cases.related_cases import related_case_rows
from app.web.cases.request_facts import request_answer_facts
from app.web.cases.subject_fields import (
    form_values_from_subject,
    task_panel_contents,
    task_subject_field_view,
    unavailable_form_values,
)
from app.web.core.draft_input import read_posted_draft_values
from app.web.core.navigation import task_list_url
from app.web.core.uploads import store_uploads
from app.web.core.visitor import allow_access, current_act, current_visitor
from app.web.labels import cases as case_labels
from app.web.labels.case_progress import (
    ProgressPointView,
    decision_target_texts,
    decisions_ending_refused,
    progress_point_views,
)
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.student_access.read_notes import record_kept_paper_read

blueprint = Blueprint("tasks", __name__)

PRIMARY_DECISIONS = frozenset(
    {"approve", "resubmit", "complete", "assign", "agree", "accept", "admit", "schedule"}
)


@blueprint.get("/tasks/<uuid:task_id>")
@allow_access("signed_in")
def show_task(task_id: UUID) -> str:
    """Show one task; a fragment for htmx, else a page."""
    template = "tasks/_task.html" if request.headers.get("HX-Request") else "tasks/task.html"
    return render_template(template, task=task_page_view(task_id))


def task_page_view(task_id: UUID, refused: Invalid | None = None) -> SimpleNamespace:
    """Return the values of `tasks/_task.html`; after a refusal with everything typed and the problems."""
    current = current_act()
    view = pages.load_task_view(current, task_id)
    record_kept_paper_read(view.case)
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    typed = request.form if refused is not None else view.draft or _first_form_values(view, form)
    can = view.refusal is None
    screen = task_subject_field_view(view, typed) if can else None
    panels = task_panel_contents(view)
    if screen is not None:
        panels["sheet"] = None
    return SimpleNamespace(
        id=view.task.id,
        question=pick_text(element.titles, locale()),
        about=case_subject_line(view.subject, locale()),
        process=pick_text(view.published.model.titles, locale()),
        number=view.case.number,
        case_url=url_for("cases.show_case", case_id=view.case.id),
        requester=visible_requester_name(view.case),
        opened_at=view.task.opened_at,
        due=task_due_view(
            view.task.due_at,
            current.at,
            locale(),
            view.task.unit_id,
            view.task.computation,
            view.task.clause,
        ),
        clause=view.task.clause,
        changes=subject_texts.cell_change_texts(view.subject, locale()),
        facts=subject_texts.case_subject_details(unseal_json_texts(view.subject), locale())
        + request_answer_facts(view.published, view.subject),
        reason=_current_request_text(view),
        files=_case_file_rows(view),
        thread=_past_decision_rows(view),
        steps=_case_progress_views(view),
        diagram_url=url_for("cases.get_case_diagram_json", case_id=view.case.id),
        over=view.case.status != "open",
        fields=form_field_views(
            form,
            locale(),
            skip=(rules.DECISION_FORM_FIELD,),
            unavailable=unavailable_form_values(form, view.subject),
        )
        if can
        else [],
        values=typed,
        errors=problem_texts_by_field(refused) if refused else {},
        summary=problem_summary_rows(refused, form, locale()) if refused else [],
        actions=_decision_buttons(view) if can else [],
        screen=screen,
        related=related_case_rows(view.related, locale()),
        complete_url=url_for("tasks.submit_task", task_id=task_id),
        draft_key=f"task:{task_id}",
        draft_url=url_for("tasks.save_task_draft", task_id=task_id),
        draft_at=None,
        token=new_id(),
        can_complete=can,
        why_not=error_message(view.refusal) if view.refusal else None,
        claim_url=_claim_url(view),
        release_url=url_for("inbox.release_task", task_id=task_id) if view.can_release else None,
        holder=view.assignee_name or None,
        back_url=task_list_url(),
        **panels,
    )


def _claim_url(view: TaskView) -> str | None:
    """Return the address that claims the task; None when it is assigned, closed or not available."""
    if view.refusal is None and view.task.assignee is None and view.task.closed_at is None:
        return url_for("inbox.claim_task", task_id=view.task.id)
    return None


def _current_request_entry(view: TaskView) -> HistoryEntryView | None:
    """Return the history entry of the present request: the start, or the last rework."""
    requests = [
        entry for entry in view.history_entries if entry.kind == "started" or entry.decision == "resubmit"
    ]
    return requests[-1] if requests else None


def _current_request_text(view: TaskView) -> str | None:
    """Return the words of the present request."""
    entry = _current_request_entry(view)
    return case_labels.history_words_or_withheld_text(entry) or None if entry else None


def _first_form_values(view: TaskView, form: Form | None) -> Mapping[str, str]:
    """Return the values of a form that nobody has typed into yet: the request sent back, or what is proposed."""
    proposed = (
        load_proposed_form_values(form.subject_kind, current_act(), view.case.subject_id) if form else {}
    )
    return _answers_before_rework(view, form) or {
        key: value for key, value in proposed.items() if form and form.field_with_key(key)
    }


def _answers_before_rework(view: TaskView, form: Form | None) -> Mapping[str, str]:
    """Return the answers of a request that came back for rework, so that nobody types them again."""
    entry = _current_request_entry(view)
    if entry is None or form is None or not view.published.model.user_tasks[view.task.element].rework:
        return {}
    values = {key: value for key, value in entry.answers.items() if isinstance(value, str)}
    values |= {item.key: entry.words for item in form.fields if item.kind == "textarea"}
    values |= form_values_from_subject(form, view.case.subject)
    return {item.key: values[item.key] for item in form.fields if item.key in values}


def _case_file_rows(view: TaskView) -> list[SimpleNamespace]:
    """Return the files of the case as rows."""
    return [
        SimpleNamespace(name=file.name, url=f"/files/{file.id}", size="", sign="file-text")
        for file in view.files
    ]


def _past_decision_rows(view: TaskView) -> list[SimpleNamespace]:
    """Return earlier decisions and texts without a decision, oldest first."""
    return [
        SimpleNamespace(
            person=entry.name,
            behalf=entry.behalf or None,
            step=case_labels.element_title(view.published, entry.element, locale()),
            decision=entry.decision if entry.decision in ("approve", "return", "reject") else "done",
            word=case_labels.decision_or_choice_label(entry, view.published, locale()),
            at=entry.at,
            text=case_labels.history_words_or_withheld_text(entry),
            reset=case_labels.account_reset_warning_text(entry, locale()),
        )
        for entry in view.history_entries
        if entry.kind == rules.COMPLETED_HISTORY_KIND
        and (entry.decision or entry.words or entry.words_withheld)
    ]


def _case_progress_views(view: TaskView) -> list[ProgressPointView]:
    open_elements = [view.task.element] if view.task.closed_at is None else []
    return progress_point_views(
        view.published, view.history_entries, open_elements, view.case.status, view.case.outcome, locale()
    )


def _decision_buttons(view: TaskView) -> list[SimpleNamespace]:
    """Return one button per decision, each with the step that follows."""
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    decision = (
        next((item for item in form.fields if item.key == rules.DECISION_FORM_FIELD), None) if form else None
    )
    if decision is None:
        return [SimpleNamespace(value="", label=_("Submit"), next="", style="primary")]
    subject = view.task.subject
    nexts = decision_target_texts(view.published, view.task.element, locale())
    unavailable = unavailable_form_values(form, subject).get(rules.DECISION_FORM_FIELD, ())
    lost = decisions_ending_refused(view.published, view.task.element)
    return [
        SimpleNamespace(
            value=option.value,
            label=pick_text(option.label, locale()),
            next=nexts.get(option.value, nexts.get("", "")),
            style="primary" if option.value in PRIMARY_DECISIONS else "lost" if option.value in lost else "",
        )
        for option in decision.values
        if option.value not in unavailable
    ]


@blueprint.post("/tasks/<uuid:task_id>")
@allow_access("signed_in")
def submit_task(task_id: UUID) -> Any:
    """Complete the task; a refused form is shown again with everything typed."""
    found = pages.find_version_element_and_case_of_task(task_id)
    if found is None:
        raise Missing
    version_id, element, case_id = found
    try:
        published = load_version(version_id)
        form = published.forms.get(published.model.user_tasks[element].form)
        answers = check_form_answers(form, read_posted_answers(form, request.form)) if form else {}
        with door.write(current_act()):
            answers |= store_uploads(form, request.files)
            done = complete_task(current_act(), task_id, answers, checked_version=version_id)
    except Invalid as refused:
        return render_template("tasks/task.html", task=task_page_view(task_id, refused)), refused.status
    except (*DAMAGE_ERRORS, CaseStalled) as damage:
        record_task_incident(case_id, damage, IncidentPlace(STATE, element, task_id))
        raise
    except Refused as refusal:
        if refusal.code.startswith("operations."):
            record_task_incident(case_id, refusal, IncidentPlace(OPERATION, element, task_id))
        raise
    mine = _next_own_task_id(done)
    flash(_completed_task_message(done.outcome, mine), "good")
    return redirect(task_list_url(mine))


def record_task_incident(case_id: UUID, error: Exception, place: IncidentPlace) -> None:
    """Record an incident in a transaction of its own, because that of the failed act was rolled back.

    A damaged case is quarantined and leaves the inbox; one whose diagram asks for what 4.4.2 forbids stays.
    """
    code = error.code if isinstance(error, DepterError) else "cases.case.damaged"
    with door.write(current_act()):
        detail = {"error": error_type_and_place_text(error)}
        record_incident(current_act(), case_id, code, detail, quarantine=place.kind == STATE, place=place)


def _next_own_task_id(done: CompletionResult) -> UUID | None:
    """Return the next step of the same case when it belongs to this person too, so that it opens at once."""
    me = current_visitor()
    roles = {assignment.role for assignment in me.assignments}

    def is_mine(owner: TaskOwner) -> bool:
        acted_for = owner.assignee is not None and owner.assignee == me.on_behalf_of
        return owner.assignee == me.person_id or (acted_for and owner.role in roles)

    return next((one.id for one in done.opened if is_mine(one.owner)), None)


def _completed_task_message(outcome: str | None, mine: UUID | None) -> str:
    """Return the message after a completed task."""
    if outcome == "applied":
        return _("Done. The change is written into the journal.")
    if outcome:
        return _("Done. The case is closed.")
    if mine:
        return _("Done. The next step is yours, too: here it is.")
    return _("Done. The case goes on to the next step.")


@blueprint.put("/tasks/<uuid:task_id>/draft")
@allow_access("signed_in")
def save_task_draft(task_id: UUID) -> Any:
    """Save what was typed so far, without validation. Raises the refusal if the task cannot be completed."""
    values, current = read_posted_draft_values(), current_act()
    refusal = pages.load_task_view(current, task_id).refusal
    if refusal is not None:
        raise refusal
    with door.write(current):
        save_form_draft(current, task_id, values)
    return "", 204
