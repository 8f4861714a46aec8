"""Views of absences for student pages and cell cards: needs and deadlines, open cases, buttons that help now
(6.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.queries.requests import RequestedCaseRow
from app.diagrams.versions import VersionDamaged, load_version
from app.journal.makeups.rules import MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM
from app.journal.student_views import absence_needs as rules
from app.journal.student_views.absence_needs import SUBMIT_EXCUSE, AbsenceNeed
from app.journal.student_views.absences import MissedLesson
from app.kernel.clock import local_day
from app.kernel.i18n import day_text, pick_text
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act
from app.web.excuses.refused_reasons import RefusedReasons, unconfirmed_reason_text
from app.web.excuses.refused_text import refused_lesson_text
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.cases import element_title
from app.web.labels.deadlines import DueView, deadline_computation_lines, task_due_view
from app.web.labels.messages import REMEDY_LABELS
from app.web.student_access.student_pages import Cabinet
from app.web.students.absence_groups import absence_group_key

NEED_LABELS: Mapping[str, str] = {
    rules.NEED_DOCUMENT: N_("Valid reason? Submit a document"),
    rules.NEED_RETURN: N_("Valid reason? Submit a document; the deadline is counted from the day of return"),
    rules.NEED_LATE_DOCUMENT: N_("The document is late; you can still submit it with an explanation"),
    rules.NEED_MAKEUP: N_("Needs make-up work"),
    rules.NEED_OVERDUE_MAKEUP: N_(
        "Needs make-up work: the teacher can still accept it until the make-up deadline of the semester"
    ),
    rules.NEED_EXTENSION: N_(
        "Make-up work of this semester is over; the head and the directorate together may extend the deadline"
    ),
    rules.NEED_COMMISSION: N_(
        "The grade sheet is closed and the last day has passed: only a commission decides now"
    ),
}
OPEN_CASE_LABELS: Mapping[str, str] = {
    "excuse": N_("The document is being checked"),
    "excuse_entry": N_("The confirmed reason is being entered"),
    "excuse_revocation": N_("The confirmed excuse is questioned"),
    MAKEUP_DIAGRAM: N_("Make-up work is under way"),
    MAKEUP_EXTENSION_DIAGRAM: N_("An extended make-up deadline is being decided"),
    "late_correction": N_("A correction is under way"),
    "dispute": N_("The mark is disputed"),
}
START_LABELS: Mapping[str, str] = {
    SUBMIT_EXCUSE: N_("Submit a document"),
    **{key: REMEDY_LABELS[key] for key in (MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM)},
}
MAX_GAP_IN_DOCUMENT = timedelta(days=4)
"""Longest gap between absences of one document: a weekend with a holiday."""
DOCUMENT_CASE_DIAGRAMS, MAKEUP_CASE_DIAGRAMS = (
    frozenset({"excuse"}),
    frozenset({MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM}),
)
"""Diagrams of the cases that cover a need of an absence: while one is open, no new request is needed."""


@dataclass(frozen=True)
class StudentOpenCases:
    """The open cases about one student, by period and by lesson."""

    periods: Sequence[tuple[date, date, RequestedCaseRow]]
    lessons: Mapping[str, Sequence[RequestedCaseRow]] = field(default_factory=dict)

    def cases_about_lesson(self, lesson: UUID, day: date) -> list[RequestedCaseRow]:
        """Return the cases about the student's attendance at this lesson: those of a period, then those of
        the lesson.
        """
        covering = [case for first, last, case in self.periods if first <= day <= last]
        return [*covering, *self.lessons.get(str(lesson), ())]


def index_open_cases(student: UUID, cases: Iterable[RequestedCaseRow]) -> StudentOpenCases:
    """Index the cases about this student by days and lessons."""
    periods, lessons = [], dict[str, list[RequestedCaseRow]]()
    for case in cases:
        subject = case.subject
        if subject.get("from") and subject.get("to") and "doubted" not in subject:
            days = date.fromisoformat(subject["from"]), date.fromisoformat(subject["to"])
            periods.append((*days, case))
        for lesson in _attendance_lesson_ids(subject, str(student)):
            lessons.setdefault(lesson, []).append(case)
    return StudentOpenCases(periods, lessons)


def _attendance_lesson_ids(subject: Mapping[str, Any], student: str) -> Iterable[str]:
    if subject.get("kind") == "makeup":
        return [missed["lesson"] for missed in subject["missed"]]
    if subject.get("kind") == "dispute":
        return [subject["lesson"]] if subject["mark"] == "ATTENDANCE" else []
    listed = subject.get("cells") or subject.get("doubted") or ()
    cells = [cell for cell in listed if cell.get("student_id") == student]
    return [cell["lesson"] for cell in cells if "lesson" in cell]


def period_of_one_document(absence: MissedLesson, absences: Iterable[MissedLesson]) -> tuple[date, date]:
    """Return the first and last day that one document would cover.

    These are days missed without a reason before the same return, each at most four days after the one
    before.
    """
    days = {
        one.day
        for one in absences
        if one.returned_on == absence.returned_on and one.unconfirmed and one.needs
    }
    first = last = absence.day
    for day in sorted(days):
        last = day if last < day <= last + MAX_GAP_IN_DOCUMENT else last
    for day in sorted(days, reverse=True):
        first = day if first - MAX_GAP_IN_DOCUMENT <= day < first else first
    return first, last


def absence_view(
    absence: MissedLesson,
    cabinet: Cabinet,
    running: StudentOpenCases,
    absences: Sequence[MissedLesson],
    refused: RefusedReasons | None = None,
) -> SimpleNamespace:
    """Build the view of one absence for `student/_missed.html`; without `refused` it has no word about its reason."""
    cases = running.cases_about_lesson(absence.lesson, absence.day)
    needs = [need for need in absence.needs if not _is_covered_by_open_case(need, cases)]
    lesson, status = absence.cell.lesson, absence.status.lower()
    place: dict[str, Any] = {"lesson": absence.lesson, "student": cabinet.student}
    return SimpleNamespace(
        id=absence.lesson,
        status=status,
        word=gradebook_labels.mark_status_label(status),
        reason_word=unconfirmed_reason_text(
            refused.is_refused(absence.lesson, absence.cell.student, absence.day)
        )
        if refused is not None and absence.unconfirmed
        else None,
        day=absence.day,
        course=pick_text(absence.offering.names, locale()),
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        card_url=url_for("journal.show_cell_card", **place),
        group=absence_group_key(absence, cases),
        needs=[_absence_need_view(need, absence) for need in needs],
        cases=[open_case_line_view(case, cabinet) for case in cases],
        settled=_settled_absence_text(absence) if absence.accepted or not (absence.needs or cases) else None,
        ways=absence_request_buttons(absence, needs, cabinet, absences),
        refused=refused_lesson_text(absence.refused) if absence.refused else None,
    )


def _is_covered_by_open_case(need: AbsenceNeed, cases: Sequence[RequestedCaseRow]) -> bool:
    """Return whether an open case already covers this need."""
    kinds = {case.diagram for case in cases}
    return bool(kinds & (DOCUMENT_CASE_DIAGRAMS if need.start == SUBMIT_EXCUSE else MAKEUP_CASE_DIAGRAMS))


def _absence_need_view(need: AbsenceNeed, absence: MissedLesson) -> SimpleNamespace:
    return SimpleNamespace(
        kind=need.kind,
        start=need.start,
        text=_(NEED_LABELS[need.kind]),
        due=_need_deadline_view(need, absence),
        until=need.until,
    )


def _need_deadline_view(need: AbsenceNeed, absence: MissedLesson) -> DueView | None:
    """Build the deadline of a need: the time that is left, or the day on which it ended.

    None without a deadline.
    """
    deadline, now = need.until, current_act().at
    if deadline is None:
        return None
    unit = absence.offering.institute if need.start == SUBMIT_EXCUSE else absence.offering.department
    if now <= deadline.moment:
        return task_due_view(deadline.moment, now, locale(), unit, deadline.as_json(), deadline.clause)
    text = _("ended %(day)s") % {"day": day_text(local_day(deadline.moment), locale())}
    return DueView(
        deadline.moment,
        "missed",
        text,
        deadline_computation_lines(deadline.as_json(), locale()),
        deadline.clause,
    )


def _settled_absence_text(absence: MissedLesson) -> str:
    if absence.cell.made_up:
        return _("Made up: nothing more is needed")
    if absence.waived:
        return _("The teacher decided that no make-up work is required")
    if absence.accepted:
        return _("The work was accepted after the sheet was signed: a commission decides about its points")
    return _("Confirmed: this type of lesson need not be made up")


def absence_request_buttons(
    absence: MissedLesson, needs: Iterable[AbsenceNeed], cabinet: Cabinet, absences: Sequence[MissedLesson]
) -> list[SimpleNamespace]:
    """Build the buttons that help now, each with the address of its filled-in form."""
    buttons = []
    for need in needs:
        if need.start == SUBMIT_EXCUSE:
            first, last = period_of_one_document(absence, absences)
            days: dict[str, Any] = {"from": first.isoformat(), "to": last.isoformat()}
            url = cabinet.start_form_url(SUBMIT_EXCUSE, **days)
        elif need.start is not None:
            url = cabinet.start_form_url(need.start, lesson=absence.lesson)
        else:
            url = None
        if url is not None and need.start is not None:
            buttons.append(SimpleNamespace(start=need.start, label=_(START_LABELS[need.start]), url=url))
    return buttons


def open_case_line_view(case: RequestedCaseRow, cabinet: Cabinet) -> SimpleNamespace:
    """Build one line about an open case: title, step, holder, deadline.

    `task_url` when it is the student's turn.
    """
    own_turn = cabinet.own and case.assignee == cabinet.student and case.task is not None
    return SimpleNamespace(
        text=_(OPEN_CASE_LABELS.get(case.diagram, N_("A request is under way"))),
        number=case.number,
        url=url_for("cases.show_case", case_id=case.id),
        step=case_step_label(case),
        holder=case_holder_label(case),
        due=(
            task_due_view(case.due_at, current_act().at, locale(), case.unit, case.computation, case.clause)
            if case.due_at
            else None
        ),
        task_url=url_for("tasks.show_task", task_id=case.task) if own_turn else None,
    )


def case_step_label(case: RequestedCaseRow) -> str:
    """Return the title of the present step of a case; "" when no task is open."""
    try:
        return element_title(load_version(case.version_id), case.element, locale()) if case.element else ""
    except VersionDamaged:
        return ""


def case_holder_label(case: RequestedCaseRow) -> str:
    """Return the role that has the case now, as the diagram names it, and the person if there is one."""
    if case.element is None:
        return ""
    try:
        lane = load_version(case.version_id).model.lane_of_task(case.element)
    except VersionDamaged:
        return case.holder
    role = pick_text(lane.titles, locale())
    return f"{role}, {case.holder}" if case.holder else role
