"""Labels of one step of a process: role, clause, term and the fields of its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.bpmn.model import Lane, UserTask
from app.diagrams.versions import PublishedDiagram
from app.forms.form_file import Form, FormField
from app.kernel.i18n import pick_text
from app.regulation.rules import (
    CALENDAR_DAYS_MEASURE,
    HOURS_MEASURE,
    WORKING_DAYS_MEASURE,
    DeadlineCalendar,
    Policy,
)
from app.texts.translate import N_, ngettext
from app.texts.translate import gettext as _
from app.web.labels.processes import LANE_SCOPE_LABELS, DiagramStepView

FIELD_KIND_LABELS: Mapping[str, str] = {
    "text": N_("a line of text"),
    "textarea": N_("text"),
    "select": N_("a choice"),
    "radio": N_("a choice"),
    "decision": N_("a choice"),
    "checkbox": N_("yes or no"),
    "number": N_("a number"),
    "date": N_("a day"),
    "file": N_("a file"),
    "change_set": N_("cells of the journal, old and new"),
}
SUBJECT_FIELD_LABEL = N_("what the case is about")
"""The word for every other field: one that describes a subject."""


@dataclass(frozen=True, slots=True)
class StepDeadlineView:
    """A term with the policy that sets it; `text` is "" when no policy of that name is in force."""

    text: str
    policy: str
    clause: str
    source: str


@dataclass(frozen=True, slots=True)
class StepDetailsView:
    """What opens when a step is chosen. `fields`: label, kind, and when it may stay empty ("" for never)."""

    step: DiagramStepView
    who: str
    whose: str
    assigned: str
    approves: bool
    clause: str
    term: StepDeadlineView | None
    fields: tuple[tuple[str, str, str], ...]
    operation: str


def step_details_view(
    published: PublishedDiagram, step: DiagramStepView, terms: DeadlineCalendar, locale: str
) -> StepDetailsView:
    """Role, clause, term, fields of a step: what the drawing and its form say of it."""
    model = published.model
    lane = model.lane_of_task(step.id)
    task = model.user_tasks.get(step.id)
    form = published.forms.get(task.form) if task else None
    service = model.services.get(step.id)
    return StepDetailsView(
        step=step,
        who=pick_text(lane.titles, locale),
        whose=_(LANE_SCOPE_LABELS[lane.scope]) if lane.scope in LANE_SCOPE_LABELS else "",
        assigned=_assignee_text(task, lane, locale),
        approves=bool(task and task.approves),
        clause=(task.clause if task else "") or model.clause,
        term=_step_deadline_view(task.deadline, terms) if task and task.deadline else None,
        fields=_form_field_rows(form, locale) if form else (),
        operation=service.operation if service else "",
    )


def _form_field_rows(form: Form, locale: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (
            pick_text(field.label, locale),
            _(FIELD_KIND_LABELS.get(field.kind, SUBJECT_FIELD_LABEL)),
            _field_optional_text(form, field, locale),
        )
        for field in form.fields
    )


def _field_optional_text(form: Form, field: FormField, locale: str) -> str:
    """When the field may stay empty; "" for never."""
    wanted = [
        pick_text(value.label, locale)
        for asked in form.fields
        for value in asked.values
        if value.value in field.required_when.get(asked.key, ())
    ]
    if field.required:
        return ""
    return _("needed with: %(answers)s") % {"answers": ", ".join(wanted)} if wanted else _("may stay empty")


def _assignee_text(task: UserTask | None, lane: Lane, locale: str) -> str:
    if task is None:
        return _("done by the system")
    who = pick_text(lane.titles, locale)
    words = {
        "requester": _("the one who asked"),
        "deputy": _("%(role)s: the deputy, because the deadline has passed") % {"role": who},
    }
    return words.get(task.assign, who)


def _step_deadline_view(key: str, terms: DeadlineCalendar) -> StepDeadlineView:
    policy = terms.policies.get(key)
    if policy is None:
        return StepDeadlineView("", key, "", "")
    sources = {
        "text": _("as the regulation says"),
        "default": _("a default, until the university sets its own"),
        "decision": _("decided by the university: %(document)s") % {"document": policy.document},
    }
    return StepDeadlineView(policy_length_text(policy), key, policy.clause, sources[policy.source])


def policy_length_text(policy: Policy) -> str:
    """ "1 working day"; the code itself where the policy is no length of time."""
    if not policy.value.isdigit():
        return policy.value
    number = int(policy.value)
    words = {
        HOURS_MEASURE: ngettext("%(n)s hour", "%(n)s hours", number),
        CALENDAR_DAYS_MEASURE: ngettext("%(n)s calendar day", "%(n)s calendar days", number),
        WORKING_DAYS_MEASURE: ngettext("%(n)s working day", "%(n)s working days", number),
    }
    return words.get(policy.measure, "%(n)s") % {"n": number}
