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
    "cases.task.escalated": N_("Deadline passed, the task went to a deputy: %(title)s"),
    "cases.task.escalated:went_on": N_("Deadline passed, the case moved to the next step: %(title)s"),
    "cases.task.escalated:ended": N_("Deadline passed, the case ended: %(title)s"),
    "cases.task.reminded:reminder_50": N_("Half of the time has passed: %(title)s"),
    "cases.task.reminded:reminder_90": N_("Deadline approaching: %(title)s"),
    "cases.task.reminded:overdue": N_("Deadline passed: %(title)s"),
    "cases.deadlines.moved:one": N_("Your deadline moved: %(title)s"),
    "cases.deadlines.moved:many": N_("The deadlines of your tasks moved: %(count)s"),
    "cases.case.returned": N_("Returned to you for rework: %(number)s"),
    "cases.case.ended": N_("Finished: %(number)s"),
    "cases.case.ended:drawn": N_("Finished: %(number)s. %(end)s"),
    "journal.request.notified": N_("%(title)s"),
    "journal.hearing.invited": N_("You are invited to the hearing of an appeal"),
    "journal.hearing.invited:PROPOSAL": N_("Invitation to the hearing about make-up points"),
    "journal.hearing.invited:CHANGE": N_("Invitation to the hearing about a change of marks"),
    "journal.correction.released": N_("Result changed by commission decision no. %(protocol)s"),
    "journal.correction.noted": N_(
        "A closed document is to be changed by commission decision no. %(protocol)s"
    ),
    "journal.protocol.unsigned": N_("The chair has not signed a commission decision in time"),
    "journal.sheet.unsigned": N_("A teacher has not signed a grade sheet in time"),
    "journal.dispute.escalated": N_("A disputed grade went to the head of the department"),
    "journal.commission.formed": N_("You sit in a commission by order № %(order)s"),
    "people.order.acquaint": N_(
        "New students in %(group)s by order № %(order)s: acquaint them, %(students)s in all"
    ),
    "journal.acknowledgement.reminded:before": N_(
        "%(group)s: acquaintance with the regulation is due soon, students left: %(students)s"
    ),
    "journal.acknowledgement.reminded:over": N_(
        "%(group)s: the deadline of acquaintance with the regulation has passed, students left: %(students)s"
    ),
    "journal.acknowledgement.reminded:own_before": N_("Read the regulation and confirm it: it is due soon"),
    "journal.acknowledgement.reminded:own_over": N_(
        "Read the regulation and confirm it: the deadline has passed"
    ),
    "journal.acknowledgement_sheet.handed_over": N_(
        "The acknowledgement sheet of %(group)s is signed: keep it in the directorate"
    ),
    "people.leave.ends": N_("A leave by order № %(order)s ends soon: an order of return is needed"),
    "people.leave.over": N_("A leave by order № %(order)s is over and no order followed: the leave goes on"),
    "people.order.applied": N_("Order № %(order)s about students was signed: see your line"),
    "journal.exams.set": N_("Exam days were set or moved"),
    "journal.lessons.changed": N_("Lessons of the next days were changed"),
    "journal.timetable.run_finished": N_("Lessons were generated: %(inserted)s in %(journals)s journals"),
    "journal.takeover.checked": N_("The file of an act of takeover was read"),
    "journal.takeover.finished": N_("Marks of %(journals)s journals were taken over; not done: %(refused)s"),
    "journal.archive.finished": N_(
        "Journals of %(year)s archived: %(archived)s; left because of open matters: %(left)s"
    ),
    "journal.opening.check_asked": N_("Check your journals before they are opened"),
    "journal.opening.opened": N_("Your journals are open"),
    "journal.journal.submitted": N_("A journal was submitted: %(course)s, %(group)s"),
    "journal.journal.returned": N_("A journal was returned to you: %(course)s, %(group)s"),
    "journal.results.published": N_("A result of yours was published"),
    "journal.result.amended": N_("Your result was changed by a commission decision"),
    "cases.case.ended:superseded": N_("Closed, no action needed: %(number)s"),
    "cases.case.retimed": N_("Deadline changed: %(number)s"),
    "cases.case.suspended": N_("Put aside while the student is on leave: %(number)s"),
    "cases.case.resumed": N_("Goes on after the leave: %(number)s"),
    "cases.case.moved": N_("Goes on in another directorate: %(number)s"),
    "journal.membership.review:lost": N_("Backdated order: these marks no longer count"),
    "journal.membership.review:gained": N_(
        "Backdated order: check the classes whose attendance was recorded before it"
    ),
    "journal.excuse.confirmed": N_("The directorate confirmed why a student was absent"),
    "journal.roll.reminded:before": N_("Record attendance within 24 hours of the class"),
    "journal.roll.reminded:over": N_("Attendance deadline passed: new entries are marked late"),
    "journal.grades.reminded": N_("Last day for the grades of a lesson with a task"),
    "journal.makeup.reminded": N_("A make-up deadline is near"),
    "journal.excuse.reminded": N_("Have a document for your absence? Submit it"),
    "cases.case.withdrawn": N_("Withdrawn by the one who asked: %(number)s"),
    "cases.case.commented": N_("New comment: %(number)s"),
    "cases.backup.failed": N_("A backup failed"),
    "cases.seal.found": N_("A seal of the audit does not hold"),
    "audit.checkpoint.signed": N_("Checkpoint %(checkpoint)s of the audit: keep these lines"),
    "cases.incident.recorded": N_("Stopped by an incident: %(number)s"),
    "people.access.changed": N_("Your roles were changed"),
    "people.access.changed:granted": N_("A role was given to you"),
    "people.access.changed:ended": N_("A role of yours ends"),
    "people.access_review.opened": N_("Confirm the roles of your people for this quarter"),
    "people.access_review.reminded": N_("Roles of your people still wait to be confirmed, then they end"),
    "people.access_review.closed": N_("Roles that nobody confirmed have ended: %(count)s"),
    "people.role.lapsed": N_("A role of yours ended because it was not confirmed"),
    "people.substitute.named": N_("You are the substitute for %(behalf)s"),
    "people.calendar.made": N_("A secret address of your calendar was made"),
    "people.account.reset": N_("An administrator changed your account"),
    "people.account.reset:password": N_("An administrator reset your password"),
    "people.account.reset:given": N_("An account was made for you"),
    "people.account.reset:opened": N_("Your account was opened again"),
    "people.account.password_changed": N_("Your password was changed"),
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
    "regulation.policy.proposed": N_("A change of a setting waits for your decision: %(title)s"),
    "regulation.policy.decided": N_("The change of a setting was decided: %(title)s"),
    "regulation.policy.decided:approved": N_("The change that you proposed was approved: %(title)s"),
    "regulation.policy.decided:rejected": N_("The change that you proposed was rejected: %(title)s"),
    "exchange.accounts.imported": N_("The import of accounts is finished"),
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
    # A checkpoint is kept as it was signed: line by line, in no language.
    lines += str(params.get("note") or "").split("\n")
    if params.get("counts"):
        lines.append(
            gettext("%(created)s new, %(changed)s changed, %(refused)s refused")
            % _TemplateValues(params["counts"])
        )
    return [line for line in lines if line]
