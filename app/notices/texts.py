"""Texts of notices: title and lines in one language, from an event type and its parameters.

`TITLES` lists everything a person can be notified of. A key is an event type, or an event type and its
variant after a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import day_text, load_translations, moment_text, pick_text
from app.texts.outcomes import OUTSIDE_CHANGE_REASON_LABELS
from app.texts.subject_line import case_subject_line, course_and_group_line
from app.texts.translate import N_

TITLES: Mapping[str, str] = {
    "cases.task.opened": N_("A task for you: %(title)s"),
    "cases.task.opened:pooled": N_("A task for your role: %(title)s"),
    "cases.task.opened:behalf": N_("A task for you in place of %(behalf)s: %(title)s"),
    "cases.task.escalated": N_("The term passed, the task went to a deputy: %(title)s"),
    "cases.task.escalated:went_on": N_("The term passed, the case went on to the next step: %(title)s"),
    "cases.task.escalated:ended": N_("The term passed, and with it the case ended: %(title)s"),
    "cases.task.reminded:reminder_50": N_("Half of the term has passed: %(title)s"),
    "cases.task.reminded:reminder_90": N_("The term is nearly over: %(title)s"),
    "cases.task.reminded:overdue": N_("The term is over: %(title)s"),
    "cases.deadlines.moved:one": N_("The calendar moved a term of yours: %(title)s"),
    "cases.deadlines.moved:many": N_("The calendar moved the terms of %(count)s tasks of yours"),
    "cases.case.returned": N_("Returned to you for rework: %(number)s"),
    "cases.case.ended": N_("Finished: %(number)s"),
    "cases.case.ended:drawn": N_("Finished: %(number)s. %(end)s"),
    "journal.request.notified": N_("%(title)s"),
    "journal.hearing.invited": N_("You are invited to the hearing of an appeal"),
    "journal.hearing.invited:PROPOSAL": N_("You are invited to the hearing about points of a work-off"),
    "journal.hearing.invited:CHANGE": N_("You are invited to the hearing about a change of marks"),
    "journal.correction.released": N_("A result was changed by protocol № %(protocol)s"),
    "journal.correction.noted": N_("A closed document is to be changed by protocol № %(protocol)s"),
    "journal.protocol.unsigned": N_("The chair has not signed a protocol in time"),
    "journal.sheet.unsigned": N_("A teacher has not signed a grade sheet in time"),
    "journal.dispute.escalated": N_("A disputed grade went to the head of the department"),
    "journal.commission.formed": N_("You sit in a commission by order № %(order)s"),
    "journal.exams.set": N_("Exam days were set or moved"),
    "journal.results.published": N_("A result of yours was published"),
    "journal.result.amended": N_("A protocol changed a result of yours"),
    "cases.case.ended:superseded": N_("Ended, nobody has to do anything any more: %(number)s"),
    "cases.case.retimed": N_("A term moved: %(number)s"),
    "cases.case.suspended": N_("Put aside while the student is on leave: %(number)s"),
    "cases.case.resumed": N_("Goes on after the leave: %(number)s"),
    "cases.case.moved": N_("Goes on in another directorate: %(number)s"),
    "journal.membership.review:lost": N_("An order reaches back: these marks do not count any more"),
    "journal.membership.review:gained": N_(
        "An order reaches back: look at lessons whose roll was taken before it"
    ),
    "journal.excuse.confirmed": N_("The directorate confirmed why a student was absent"),
    "journal.roll.reminded:before": N_("A roll is to be called within the day after the lesson"),
    "journal.roll.reminded:over": N_("The term of a roll passed; what is entered now counts as late"),
    "journal.grades.reminded": N_("Last day for the grades of a lesson with a task"),
    "journal.makeup.reminded": N_("The term of a work-off comes near"),
    "journal.excuse.reminded": N_("If you have a document for your absence, hand it in"),
    "cases.case.withdrawn": N_("Withdrawn by the one who asked: %(number)s"),
    "cases.case.commented": N_("New comment: %(number)s"),
    "cases.incident.recorded": N_("Stopped by an incident: %(number)s"),
    "people.substitute.named": N_("You stand in for %(behalf)s"),
    "people.calendar.made": N_("A secret address of your calendar was made"),
    "people.account.reset": N_("An administrator changed your account"),
    "people.account.reset:password": N_("An administrator reset your password"),
    "people.account.reset:given": N_("An account was made for you"),
    "people.account.reset:opened": N_("Your account was opened again"),
    "people.account.watched": N_("An administrator changed the account of %(person_name)s"),
    "people.account.watched:password": N_("The password of %(person_name)s was reset"),
    "people.account.watched:given": N_("An account was made for %(person_name)s"),
    "people.account.watched:opened": N_("The account of %(person_name)s was opened again"),
    "people.account.address_changed": N_("Your letters go to another address now"),
    "diagrams.proposal.made": N_("A version of a process waits for your decision"),
    "diagrams.proposal.decided:approved": N_("The version you proposed was approved"),
    "diagrams.proposal.decided:returned": N_("The version you proposed was returned"),
    "diagrams.proposal.decided:withdrawn": N_("A proposed version was withdrawn"),
    "diagrams.proposal.decided:outdated": N_("The version you proposed is outdated"),
    "diagrams.version.effective": N_("A process in which you decide has a new version"),
    "exchange.import.planned": N_("The preview of the import is ready"),
    "exchange.import.finished": N_("The import is finished"),
    "exchange.import.finished:refused": N_("The import was not done, nothing was changed"),
    "cases.migration.finished:done": N_(
        "Running cases were moved: %(process)s. %(moved)s moved, %(stayed)s stayed"
    ),
    "cases.migration.finished:reverted": N_(
        "Running cases were moved back: %(process)s. %(moved)s back, %(stayed)s stayed"
    ),
    "outbox.message.died": N_("Messages could not be delivered"),
}
FALLBACK_TITLE = N_("News")
NOTICE_EVENT_TYPES = frozenset(key.partition(":")[0] for key in TITLES)
"""Every event type that somebody is notified of."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A notice in one language: its title, and the lines with details."""

    title: str
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


def compose_notice_text(
    event_type: str, params: Mapping[str, Any], locale: str, *, discreet: bool = False
) -> NoticeText:
    """Return the text of a notice.

    `discreet` leaves out what only its reader may see, for a letter that others may read.

    A missing parameter is left out; an event type that is not in `TITLES` (any more) gets the title "News".
    """
    gettext = load_translations(locale).gettext
    values = _TemplateValues(_notice_template_values(params, locale))
    title = gettext(TITLES.get(notice_title_key(event_type, params), FALLBACK_TITLE)) % values
    return NoticeText(" ".join(title.split()), tuple(_notice_detail_lines(params, values, locale, discreet)))


def notice_title_key(event_type: str, params: Mapping[str, Any]) -> str:
    """Return the key of `TITLES` for this notice: the event type, with its variant where there is one."""
    if event_type == "cases.task.opened":
        variant = "behalf" if params.get("behalf") else "pooled" if params.get("pooled") else ""
    elif event_type == "cases.case.ended" and params.get("end"):
        variant = "drawn"
    else:
        variant = str(params.get("outcome") or params.get("kind") or "")
    key = f"{event_type}:{variant}"
    return key if key in TITLES else event_type


class _TemplateValues(dict[str, Any]):
    """The values of a text; a missing one is ""."""

    def __missing__(self, name: str) -> str:
        return ""


def _notice_template_values(params: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """Return the parameters with titles in the language."""
    return {
        name: pick_text(value, locale)
        if isinstance(value, dict) and name in ("title", "process", "end")
        else value
        for name, value in params.items()
    }


def _notice_detail_lines(
    params: Mapping[str, Any], values: _TemplateValues, locale: str, discreet: bool
) -> list[str]:
    """Return the lines with details; without names and reasons when `discreet`."""
    gettext = load_translations(locale).gettext
    case_subject = params.get("subject") or {}
    lines = [
        course_and_group_line(case_subject, locale) if discreet else case_subject_line(case_subject, locale)
    ]
    if values["number"] and values["process"]:
        lines.append(f"{values['number']}, {values['process']}")
    if values["version"] and values["process"]:
        lines.append(gettext("%(process)s, version %(version)s") % values)
    if params.get("due_at"):
        due = moment_text(datetime.fromisoformat(params["due_at"]), locale)
        lines.append(gettext("Due: %(when)s") % {"when": due})
    if params.get("due_before"):
        before = moment_text(datetime.fromisoformat(params["due_before"]), locale)
        lines.append(gettext("Before: %(when)s") % {"when": before})
    if params.get("held_at"):
        held_at = moment_text(datetime.fromisoformat(params["held_at"]), locale)
        lines.append(", ".join(part for part in (held_at, str(params.get("place") or "")) if part))
    if params.get("clause"):
        lines.append(gettext("Clause %(number)s of the regulation") % {"number": params["clause"]})
    why = OUTSIDE_CHANGE_REASON_LABELS.get(params.get("why") or "")
    if why:
        lines.append(gettext(why))
    if params.get("order") and (why or case_subject.get("kind") == "review") and not discreet:
        lines.append(gettext("Order No. %(number)s") % {"number": params["order"]})
    if params.get("by_name") and not discreet:
        lines.append(gettext("By: %(name)s") % {"name": params["by_name"]})
    if params.get("since") and params.get("until"):
        period = {name: day_text(date.fromisoformat(params[name]), locale) for name in ("since", "until")}
        lines.append(gettext("From %(since)s to %(until)s") % period)
    if params.get("counts"):
        lines.append(
            gettext("%(created)s new, %(changed)s changed, %(refused)s refused")
            % _TemplateValues(params["counts"])
        )
    return [line for line in lines if line]
