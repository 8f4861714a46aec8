"""Labels of one step of a process: role, clause, term and the fields of its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.bpmn.model import Lane, UserTask
from app.diagrams.versions import PublishedDiagram
from app.forms.form_file import Form, FormField
from app.kernel.i18n import pick_text
from app.regulation.rules import CALENDAR_DAYS, HOURS, WORKING_DAYS, DeadlineCalendar, Policy
from app.texts.translate import N_, ngettext
from app.texts.translate import gettext as _
from app.web.labels.processes import SCOPES, StepView

FIELDS: Mapping[str, str] = {
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
SUBJECT = N_("what the case is about")
"""The word for every other field: one that describes a subject."""


@dataclass(frozen=True, slots=True)
class TermView:
    """A term with the policy that sets it; `text` is "" when no policy of that name is in force."""

    text: str
    policy: str
    clause: str
    source: str


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What opens when a step is chosen. `fields`: label, kind, and when it may stay empty ("" for never)."""

    step: StepView
    who: str
    whose: str
    assigned: str
    approves: bool
    clause: str
    term: TermView | None
    fields: tuple[tuple[str, str, str], ...]
    operation: str


def step_facts(
    published: PublishedDiagram, step: StepView, terms: DeadlineCalendar, locale: str
) -> StepFacts:
    """Role, clause, term, fields of a step: what the drawing and its form say of it."""
    model = published.model
    lane = model.lane_of(step.id)
    task = model.user_tasks.get(step.id)
    form = published.forms.get(task.form) if task else None
    service = model.services.get(step.id)
    return StepFacts(
        step=step,
        who=pick_text(lane.titles, locale),
        whose=_(SCOPES[lane.scope]) if lane.scope in SCOPES else "",
        assigned=_assigned(task, lane, locale),
        approves=bool(task and task.approves),
        clause=(task.clause if task else "") or model.clause,
        term=_term(task.deadline, terms) if task and task.deadline else None,
        fields=_fields(form, locale) if form else (),
        operation=service.operation if service else "",
    )


def _fields(form: Form, locale: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (pick_text(field.label, locale), _(FIELDS.get(field.kind, SUBJECT)), _need(form, field, locale))
        for field in form.fields
    )


def _need(form: Form, field: FormField, locale: str) -> str:
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


def _assigned(task: UserTask | None, lane: Lane, locale: str) -> str:
    if task is None:
        return _("nobody: Depter does it by itself")
    who = pick_text(lane.titles, locale)
    words = {
        "requester": _("the one who asked"),
        "deputy": _("%(role)s: the deputy, because the term has passed") % {"role": who},
    }
    return words.get(task.assign, who)


def _term(key: str, terms: DeadlineCalendar) -> TermView:
    policy = terms.policies.get(key)
    if policy is None:
        return TermView("", key, "", "")
    source = (
        _("as the regulation says")
        if policy.source == "text"
        else _("a default, until the university sets its own")
    )
    return TermView(term_text(policy), key, policy.clause, source)


def term_text(policy: Policy) -> str:
    """ "1 working day"; the code itself where the policy is no length of time."""
    if not policy.value.isdigit():
        return policy.value
    number = int(policy.value)
    words = {
        HOURS: ngettext("%(n)s hour", "%(n)s hours", number),
        CALENDAR_DAYS: ngettext("%(n)s calendar day", "%(n)s calendar days", number),
        WORKING_DAYS: ngettext("%(n)s working day", "%(n)s working days", number),
    }
    return words.get(policy.measure, "%(n)s") % {"n": number}
