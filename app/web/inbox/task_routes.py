"""The screen of one task: what is asked, on what ground, by when; and the one form that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.bpmn.errors import Stalled
from app.cases import rules
from app.cases.assignment import Owner
from app.cases.commands.complete import Completed, complete_task
from app.cases.commands.talk import save_draft
from app.cases.incidents import record_incident
from app.cases.locking import DAMAGES
from app.cases.queries import case_details as pages
from app.cases.queries.case_details import TaskView, Told
from app.diagrams.versions import load
from app.forms.read import Form
from app.forms.schema import check
from app.kernel import door
from app.kernel.errors import DepterError, Invalid, Missing, Refused
from app.kernel.i18n import pick
from app.kernel.ids import new_id
from app.texts import case_subjects as subject_texts
from app.texts.subject_line import subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import answers_from, field_views, problem_lines, problem_texts
from app.web.cases.related_cases import related
from app.web.cases.subject_fields import (
    field_for_task,
    filled_from_subject,
    task_panels,
    unavailable_decisions,
)
from app.web.core.draft_input import typed_values
from app.web.core.uploads import store_uploads
from app.web.core.visitor import act, allow, visitor
from app.web.labels import cases as case_labels
from app.web.labels.case_progress import StepView, losing_decisions, steps_of, what_next
from app.web.labels.deadlines import due_view
from app.web.labels.messages import message_of

blueprint = Blueprint("tasks", __name__)

PRIMARY = frozenset({"approve", "resubmit", "complete", "assign", "agree", "accept", "admit", "schedule"})


@blueprint.get("/tasks/<uuid:task_id>")
@allow("signed_in")
def task(task_id: UUID) -> str:
    """One task: a fragment when htmx asks, a page of its own otherwise."""
    template = "tasks/_task.html" if request.headers.get("HX-Request") else "tasks/task.html"
    return render_template(template, task=show_task(task_id))


def show_task(task_id: UUID, refused: Invalid | None = None) -> SimpleNamespace:
    """What `tasks/_task.html` shows; after a refusal with everything typed and its problems."""
    now = act()
    view = pages.task_view(now, task_id)
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    typed = request.form if refused is not None else view.draft or _asked_before(view, form)
    can = view.refusal is None
    screen = field_for_task(view, typed) if can else None
    panels = task_panels(view)
    if screen is not None:
        panels["sheet"] = None
    return SimpleNamespace(
        id=view.task.id,
        question=pick(element.titles, locale()),
        about=subject_line(view.subject, locale()),
        process=pick(view.published.model.titles, locale()),
        number=view.case.number,
        case_url=url_for("cases.case", case_id=view.case.id),
        requester=view.case.requester_name,
        opened_at=view.task.opened_at,
        due=due_view(
            view.task.due_at,
            now.at,
            locale(),
            view.task.unit_id,
            view.task.computation,
            view.task.clause,
        ),
        clause=view.task.clause,
        changes=subject_texts.changes(view.subject, locale()),
        facts=subject_texts.subject_facts(view.subject, locale()),
        reason=_reason(view),
        files=_files(view),
        thread=_thread(view),
        steps=_steps(view),
        diagram_url=url_for("cases.diagram", case_id=view.case.id),
        over=view.case.status != "open",
        fields=field_views(form, locale(), skip=("decision",)) if can else [],
        values=typed,
        errors=problem_texts(refused) if refused else {},
        summary=problem_lines(refused, form, locale()) if refused else [],
        actions=_actions(view) if can else [],
        screen=screen,
        related=related(view.related, locale()),
        complete_url=url_for("tasks.complete", task_id=task_id),
        draft_url=url_for("tasks.draft", task_id=task_id),
        draft_at=None,
        token=new_id(),
        can_complete=can,
        why_not=message_of(view.refusal) if view.refusal else None,
        claim_url=_claim_url(view),
        release_url=url_for("inbox.release_task", task_id=task_id) if view.may_release else None,
        holder=view.assignee_name or None,
        back_url=url_for("inbox.inbox"),
        **panels,
    )


def _claim_url(view: TaskView) -> str | None:
    if view.refusal is None and view.task.assignee is None and view.task.closed_at is None:
        return url_for("inbox.claim_task", task_id=view.task.id)
    return None


def _asked(view: TaskView) -> Told | None:
    """The present request: the start, or the last rework."""
    asked = [told for told in view.thread if told.kind == "started" or told.decision == "resubmit"]
    return asked[-1] if asked else None


def _reason(view: TaskView) -> str | None:
    """The words of the present request."""
    asked = _asked(view)
    return case_labels.words_of(asked) or None if asked else None


def _asked_before(view: TaskView, form: Form | None) -> Mapping[str, str]:
    """What a request that came back was asked with, so that nobody types it again."""
    asked = _asked(view)
    if asked is None or form is None or not view.published.model.user_tasks[view.task.element].rework:
        return {}
    said = {key: value for key, value in asked.answers.items() if isinstance(value, str)}
    words = {item.key: asked.words for item in form.fields if item.kind == "textarea"}
    words |= filled_from_subject(form, view.case.subject)
    return {item.key: (said | words).get(item.key, "") for item in form.fields if item.key in said | words}


def _files(view: TaskView) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(name=file.name, url=f"/files/{file.id}", size="", sign="file-text")
        for file in view.files
    ]


def _thread(view: TaskView) -> list[SimpleNamespace]:
    """Earlier decisions and what somebody wrote without deciding, oldest first."""
    return [
        SimpleNamespace(
            person=told.name,
            behalf=told.behalf or None,
            step=case_labels.element_title(view.published, told.element, locale()),
            decision=told.decision if told.decision in ("approve", "return", "reject") else "done",
            word=case_labels.said_word(told, view.published, locale()),
            at=told.at,
            text=case_labels.words_of(told),
            reset=case_labels.reset_text(told, locale()),
        )
        for told in view.thread
        if told.kind == rules.COMPLETED and (told.decision or told.words or told.kept)
    ]


def _steps(view: TaskView) -> list[StepView]:
    open_elements = [view.task.element] if view.task.closed_at is None else []
    return steps_of(view.published, view.thread, open_elements, view.case.status, view.case.outcome, locale())


def _actions(view: TaskView) -> list[SimpleNamespace]:
    """One button a decision, each with what happens next."""
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    decision = next((item for item in form.fields if item.key == rules.DECISION), None) if form else None
    if decision is None:
        return [SimpleNamespace(value="", label=_("Submit"), next="", style="primary")]
    subject = view.task.subject
    nexts = what_next(view.published, view.task.element, locale())
    unavailable = unavailable_decisions(form, subject)
    lost = losing_decisions(view.published, view.task.element)
    return [
        SimpleNamespace(
            value=option.value,
            label=pick(option.label, locale()),
            next=nexts.get(option.value, nexts.get("", "")),
            style="primary" if option.value in PRIMARY else "lost" if option.value in lost else "",
        )
        for option in decision.values
        if option.value not in unavailable
    ]


@blueprint.post("/tasks/<uuid:task_id>")
@allow("signed_in")
def complete(task_id: UUID) -> Any:
    """Complete the task; a refused form comes back with everything typed."""
    found = pages.version_of_task(task_id)
    if found is None:
        raise Missing
    version_id, element, case_id = found
    try:
        published = load(version_id)
        form = published.forms.get(published.model.user_tasks[element].form)
        answers = check(form, answers_from(form, request.form)) if form else {}
        with door.write(act()):
            answers |= store_uploads(form, request.files)
            done = complete_task(act(), task_id, answers)
    except Invalid as refused:
        return render_template("tasks/task.html", task=show_task(task_id, refused)), refused.status
    except (*DAMAGES, Stalled) as damage:
        note_incident(case_id, damage, quarantine=True)
        raise
    except Refused as refusal:
        if refusal.code.startswith("operations."):
            note_incident(case_id, refusal, quarantine=False)
        raise
    mine = _next_of_mine(done)
    flash(_said(done.outcome, mine), "good")
    return redirect(url_for("inbox.inbox", task=mine) if mine else url_for("inbox.inbox"))


def note_incident(case_id: UUID, error: Exception, *, quarantine: bool) -> None:
    """Nothing of the failed act is left; the incident is written by one of its own.

    A damaged case is taken out of the inbox; one whose diagram asks for what 4.4.2 forbids stays where it is.
    """
    code = error.code if isinstance(error, DepterError) else "cases.case.damaged"
    with door.write(act()):
        detail = {"error": f"{type(error).__name__}: {error}"[:500]}
        record_incident(act(), case_id, code, detail, quarantine=quarantine)


def _next_of_mine(done: Completed) -> UUID | None:
    """The step of the same case that is this person's, too: nobody should have to look for it in the list."""
    me = visitor()
    roles = {hat.role for hat in me.hats}

    def mine(owner: Owner) -> bool:
        acted_for = owner.assignee is not None and owner.assignee == me.on_behalf_of
        return owner.assignee == me.person_id or (acted_for and owner.role in roles)

    return next((one.id for one in done.opened if mine(one.owner)), None)


def _said(outcome: str | None, mine: UUID | None) -> str:
    if outcome == "applied":
        return _("Done. The change is written into the journal.")
    if outcome:
        return _("Done. The case is closed.")
    if mine:
        return _("Done. The next step is yours, too: here it is.")
    return _("Done. The case goes on to the next step.")


@blueprint.put("/tasks/<uuid:task_id>/draft")
@allow("signed_in")
def draft(task_id: UUID) -> Any:
    """Keep what was typed so far, by who may complete the task; never validated."""
    values, now = typed_values(), act()
    refusal = pages.task_view(now, task_id).refusal
    if refusal is not None:
        raise refusal
    with door.write(now):
        save_draft(now, task_id, values)
    return "", 204
