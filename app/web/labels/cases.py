"""Texts of a case: its state, the names of its steps, the entries of its history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.bpmn.model import GRANTED, NEUTRAL, ProcessModel
from app.bpmn.progress import completed_step_status
from app.cases.commands.reschedule_rows import DEADLINE_MOVED_KIND
from app.cases.migration.move import MIGRATED_KIND, MIGRATION_REVERTED_KIND
from app.cases.queries.case_history import HistoryEntryView, step_decision_text
from app.diagrams.versions import PublishedDiagram
from app.kernel.i18n import moment_text, pick_text
from app.operations import OPERATIONS
from app.texts.case_subjects import OldNewText, cell_change_texts
from app.texts.outcomes import (
    CASE_STATUS_LABELS,
    GRANTED_OUTSIDE_OUTCOMES,
    OUTSIDE_OUTCOME_LABELS,
    outside_change_reason_text,
)
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.texts.translate import locale as current_locale


@dataclass(frozen=True, slots=True)
class HistoryEventView:
    """One entry of the timeline."""

    kind: str
    title: str
    at: datetime
    person: str = ""
    behalf: str = ""
    role: str = ""
    text: str = ""
    fields: tuple[Mapping[str, str], ...] = ()
    changes: tuple[OldNewText, ...] = ()
    files: tuple[Mapping[str, str], ...] = field(default=())
    clause: str | None = None
    reset: str = ""
    kept: bool | None = None
    due: None = None


def case_state_label(status: str, outcome: str | None, published: PublishedDiagram | None) -> str:
    """Return where a case stands: its status or, when it is finished, the title of the end it reached.

    Without the version of its diagram (damaged, or the case ended from outside by an outcome that the diagram does not
    draw) the words of `app.texts.outcomes`, else "finished".
    """
    if status != "done":
        return _(CASE_STATUS_LABELS.get(status, status))
    end = published.model.find_end_with_outcome(outcome) if published else None
    if end is not None:
        return pick_text(end.titles, current_locale())
    return _(OUTSIDE_OUTCOME_LABELS.get(outcome or "", CASE_STATUS_LABELS["done"]))


def classify_outcome_for_requester(model: ProcessModel | None, outcome: str | None) -> str:
    """Return what an outcome is for the requester: granted, refused or neutral, as its end says."""
    end = model.find_end_with_outcome(outcome) if model else None
    if end is not None:
        return end.result
    return GRANTED if outcome in GRANTED_OUTSIDE_OUTCOMES else NEUTRAL


def element_title(published: PublishedDiagram | None, element: str | None, locale: str) -> str:
    """The name of a step in its diagram."""
    if published is None or element is None:
        return element or ""
    model = published.model
    found = (
        model.user_tasks.get(element)
        or model.services.get(element)
        or model.timers.get(element)
        or model.ends.get(element)
    )
    return pick_text(found.titles, locale) if found else element


def history_event_view(
    told: HistoryEntryView,
    published: PublishedDiagram | None,
    subject: Mapping[str, Any],
    locale: str,
    papers: Collection[str] = (),
) -> HistoryEventView:
    """One step of the history in words; a file is named and linked to whoever may open it: its id is among `papers`."""
    attached = told.answers.get("file") if told.kind == "attached" else None
    kept = attached is not None and str(attached) not in papers
    title, kind = _history_event_title_and_kind(told, published, locale)
    return HistoryEventView(
        kind=kind,
        title=title,
        at=told.at,
        person=told.name,
        behalf=told.behalf,
        text=_(KEPT_FILE_TEXT)
        if kept
        else history_words_or_withheld_text(told) or outside_change_reason_text(told.answers),
        changes=_history_event_changes(told, subject, locale),
        clause=told.clause,
        reset=account_reset_warning_text(told, locale),
        files=(
            ({"name": told.words or _("File"), "url": f"/files/{attached}", "size": ""},)
            if attached and not kept
            else ()
        ),
        kept=False if told.kind == "escalated" else None,
    )


KEPT_FILE_TEXT = N_("A document kept for the directorate and the student")
KEPT_WORDS_TEXT = N_("Words kept for the directorate and the student")


def history_words_or_withheld_text(told: HistoryEntryView) -> str:
    """The words of a step, or that they are not for who reads (7.1)."""
    return _(KEPT_WORDS_TEXT) if told.words_withheld else told.words


ACCOUNT_RESET_TEXTS: Mapping[str, str] = {
    "password": N_("Shortly before, %(when)s, %(who)s reset the password of %(whose)s"),
    "given": N_("Shortly before, %(when)s, %(who)s made the account of %(whose)s"),
    "opened": N_("Shortly before, %(when)s, %(who)s opened again the account of %(whose)s"),
}


def account_reset_warning_text(told: HistoryEntryView, locale: str) -> str:
    """What is to be known of the account of who decided: somebody else could enter it shortly before; "" if nobody."""
    if told.reset is None:
        return ""
    reset = told.reset
    about = {"when": moment_text(reset.at, locale), "who": reset.by or _("the system"), "whose": reset.whose}
    return _(ACCOUNT_RESET_TEXTS[reset.kind]) % about


def _history_event_changes(
    told: HistoryEntryView, subject: Mapping[str, Any], locale: str
) -> tuple[OldNewText, ...]:
    """What the case is about, where it begins; the old and the new end of a term that the calendar moved."""
    if told.kind == "started":
        return cell_change_texts(subject, locale)
    if told.kind == DEADLINE_MOVED_KIND:
        ends = (datetime.fromisoformat(told.answers[side]) for side in ("before", "after"))
        return (OldNewText("", *(moment_text(end, locale) for end in ends)),)
    return ()


def _history_event_title_and_kind(
    told: HistoryEntryView, published: PublishedDiagram | None, locale: str
) -> tuple[str, str]:
    step = element_title(published, told.element, locale)
    if told.kind == "completed":
        word = decision_or_choice_label(told, published, locale)
        result = (
            completed_step_status(published.model, told.element or "", told.decision) if published else "done"
        )
        return f"{step}: {word}", "decision" if result == "done" else result
    version = {"version": told.answers.get("to", "")}
    titles = {
        "started": (_("Case started"), "started"),
        "service": (f"{step}: {operation_outcome_label(told, published)}", "applied"),
        "ended": (
            _("Case ended: %(how)s") % {"how": case_state_label("done", told.decision, published)},
            "applied",
        ),
        "escalated": (_("%(step)s: deadline passed, given to the deputy") % {"step": step}, "deadline"),
        "timer": (step, "deadline"),
        DEADLINE_MOVED_KIND: (_("%(step)s: the deadline moved") % {"step": step}, "deadline"),
        "claimed": (_("%(step)s: claimed") % {"step": step}, "claimed"),
        "released": (_("%(step)s: given back") % {"step": step}, "claimed"),
        "assigned": (_("%(step)s: given to another owner") % {"step": step}, "claimed"),
        "commented": (_("Comment"), "comment"),
        "attached": (_("File attached"), "file"),
        "withdrawn": (_("Request withdrawn"), "withdrawn"),
        "overtaken": (
            _("Case ended by itself: %(how)s") % {"how": case_state_label("done", told.decision, published)},
            "applied",
        ),
        "retimed": (_("Deadline changed"), "deadline"),
        "suspended": (_("Put aside"), "deadline"),
        "resumed": (_("Goes on"), "started"),
        "moved": (_("Handed to another directorate"), "message"),
        MIGRATED_KIND: (_("Moved to version %(version)s of the process") % version, "migrated"),
        MIGRATION_REVERTED_KIND: (
            _("Moved back to version %(version)s of the process") % version,
            "migrated",
        ),
        "incident": (_("Stopped by an incident"), "incident"),
        "resolved": (_("Incident resolved"), "started"),
    }
    return titles.get(told.kind, (told.kind, "message"))


def operation_outcome_label(told: HistoryEntryView, published: PublishedDiagram | None) -> str:
    """Return how an operation ended, in the words that its declaration has for this outcome; else the code itself."""
    service = published.model.services.get(told.element or "") if published else None
    operation = OPERATIONS.get(service.operation) if service else None
    words = operation.outcomes.get(told.decision or "") if operation else None
    return _(words) if words else (told.decision or "")


def decision_or_choice_label(told: HistoryEntryView, published: PublishedDiagram | None, locale: str) -> str:
    """Return what somebody decided in a step, as its form words it; where nothing is decided, the choice he made.

    A decision that the form does not know is shown by its code.
    """
    if told.decision:
        return step_decision_text(published, told.element, told.decision, locale)
    task = published.model.user_tasks.get(told.element or "") if published else None
    form = published.forms.get(task.form) if published and task else None
    chosen = (
        pick_text(value.label, locale)
        for item in (form.fields if form else ())
        for value in item.values
        if value.value == told.answers.get(item.key)
    )
    return next(chosen, _("Done"))
