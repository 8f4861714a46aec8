"""Views of a student's day: lessons, the next one, the next deadlines of all processes, figures (6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace

from flask import url_for

from app.cases.queries.my_work import PersonTask, load_open_person_tasks
from app.cases.queries.requests import RequestedCaseRow, load_open_cases_about_student
from app.diagrams.versions import VersionDamaged, load_version
from app.journal.student_views import absence_needs as rules
from app.journal.student_views.absences import MissedLesson, load_missed_lessons
from app.journal.student_views.today import DayLesson, load_student_day
from app.kernel.clock import local_day
from app.kernel.i18n import day_text, pick_text
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.acknowledgements.own_routes import own_acknowledgement_is_open
from app.web.core.visitor import current_act
from app.web.grade_sheets.result_options import running_appeal_deadline_rows
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.cases import element_title
from app.web.labels.deadlines import task_due_view
from app.web.student_access.student_pages import Cabinet
from app.web.students import absences as student_absences

DEADLINE_LOOKAHEAD = timedelta(days=14)
MAX_DEADLINES_ON_DAY_PAGE = 6
"""Maximum of deadlines on the page of the day, beside tasks, all of which stand there: a student has no other list of
them. A link leads to the others."""
TASK_SIGN = "clipboard-list"
"""The sign of a row that is a task."""


def student_day_view(cabinet: Cabinet) -> SimpleNamespace:
    """Build the view of `student/today.html`; a fixed number of statements."""
    now = current_act().at
    day = load_student_day(cabinet.student, now)
    absences = load_missed_lessons(cabinet.student, now)
    cases = load_open_cases_about_student(cabinet.student, cabinet.viewer)
    tasks = load_open_person_tasks(cabinet.student, viewer=cabinet.viewer)
    running = student_absences.index_open_cases(cabinet.student, cases)
    due = sorted(
        _task_and_need_deadline_rows(cabinet, tasks, absences, running, now)
        + running_appeal_deadline_rows(cabinet),
        key=lambda item: item.due.at,
    )
    shown = due[:MAX_DEADLINES_ON_DAY_PAGE] + [
        row for row in due[MAX_DEADLINES_ON_DAY_PAGE:] if row.sign == TASK_SIGN
    ]
    late = sum(
        _is_makeup_overdue(one) and not running.cases_about_lesson(one.lesson, one.day) for one in absences
    )
    return SimpleNamespace(
        day=local_day(now),
        lessons=[_day_lesson_view(one, cabinet, now) for one in day.lessons],
        next=_next_lesson_view(day.next, now),
        due=shown,
        more=len(due) - len(shown),
        late=late,
        late_text=ngettext("%(n)s absence is past its 14 days", "%(n)s absences are past their 14 days", late)
        % {"n": late},
        absences_url=cabinet.student_page_url("absences"),
        figures=_day_figure_views(cabinet, absences, cases),
        acknowledges=cabinet.own and own_acknowledgement_is_open(current_act()),
    )


def _day_figure_views(
    cabinet: Cabinet, absences: Sequence[MissedLesson], cases: Sequence[RequestedCaseRow]
) -> list[SimpleNamespace]:
    """Build three figures, each with a link to its list."""
    unconfirmed = sum(one.unconfirmed for one in absences)
    owed = sum(bool(one.needs) for one in absences)
    return [
        SimpleNamespace(
            label=_("Absences without a confirmed reason"),
            value=unconfirmed,
            url=cabinet.student_page_url("absences", show="unconfirmed"),
        ),
        SimpleNamespace(label=_("Lessons to make up"), value=owed, url=cabinet.student_page_url("absences")),
        SimpleNamespace(
            label=_("Requests in progress"),
            value=len(cases),
            url=cabinet.student_page_url("requests", state="open"),
        ),
    ]


def _day_lesson_view(one: DayLesson, cabinet: Cabinet, now: datetime) -> SimpleNamespace:
    state, text = _roll_state_and_text(one, now)
    status = one.status.lower() if one.takes_roll else "no_roll"
    has_mark = one.is_held and one.takes_roll and one.status not in ("NOT_RECORDED", "NOT_APPLICABLE")
    return SimpleNamespace(
        starts=gradebook_labels.hours_and_minutes_text(one.starts_at),
        ends=gradebook_labels.hours_and_minutes_text(one.ends_at),
        title=pick_text(one.names, locale()),
        kind=gradebook_labels.lesson_type_label(one.type),
        room=one.room,
        teacher=", ".join(one.teachers),
        topic=one.topic,
        task=one.task,
        state=state,
        state_text=text,
        status=status if has_mark else None,
        word=gradebook_labels.mark_status_label(status),
        now=one.starts_at <= now < one.ends_at,
        url=url_for("journal.show_cell_card", lesson=one.id, student=cabinet.student) if has_mark else None,
    )


def _roll_state_and_text(one: DayLesson, now: datetime) -> tuple[str, str]:
    """Return the state of the roll and the text about the student in it."""
    if not one.is_held:
        return "off", _(gradebook_labels.LESSON_STATE_LABELS[one.state])
    if not one.takes_roll:
        return "later", _("No attendance is taken here")
    if one.roll_taken_at is not None or one.status not in ("NOT_RECORDED", "NOT_APPLICABLE"):
        return "done", _("Attendance recorded: %(status)s") % {
            "status": gradebook_labels.mark_status_label(one.status)
        }
    if now < one.starts_at:
        return "later", _("Not yet begun")
    return "open", _("Attendance is not recorded yet")


def _next_lesson_view(one: DayLesson | None, now: datetime) -> SimpleNamespace | None:
    if one is None:
        return None
    today = local_day(one.starts_at) == local_day(now)
    when = gradebook_labels.hours_and_minutes_text(one.starts_at)
    return SimpleNamespace(
        when=when if today else f"{day_text(local_day(one.starts_at), locale())}, {when}",
        at=one.starts_at,
        title=pick_text(one.names, locale()),
        kind=gradebook_labels.lesson_type_label(one.type),
        room=one.room,
        teacher=", ".join(one.teachers),
    )


def _task_and_need_deadline_rows(
    cabinet: Cabinet,
    tasks: Sequence[PersonTask],
    absences: Sequence[MissedLesson],
    running: student_absences.StudentOpenCases,
    now: datetime,
) -> list[SimpleNamespace]:
    """List all deadlines of the student within 14 days: own tasks, documents, make-up work."""
    found = [_task_deadline_row(one, cabinet, now) for one in tasks]
    papers: set[datetime] = set()
    for one in reversed(absences):
        view = student_absences.absence_view(one, cabinet, running, absences)
        for need in view.needs:
            if (
                need.kind not in (rules.NEED_DOCUMENT, rules.NEED_MAKEUP)
                or not now <= need.until.moment <= now + DEADLINE_LOOKAHEAD
            ):
                continue
            # One document covers several absences: its deadline is listed once.
            if need.kind == rules.NEED_DOCUMENT and need.until.moment in papers:
                continue
            papers |= {need.until.moment} if need.kind == rules.NEED_DOCUMENT else set()
            button = next((button for button in view.ways if button.start == need.start), None)
            found.append(_need_deadline_row(need, view, button))
    return found


def _task_deadline_row(one: PersonTask, cabinet: Cabinet, now: datetime) -> SimpleNamespace:
    """Build the item of a task of the student; others see only that it is open."""
    try:
        title = element_title(load_version(one.version_id), one.element, locale())
    except VersionDamaged:
        title = one.number
    return SimpleNamespace(
        title=title,
        about=case_subject_line(one.subject, locale()),
        url=(
            url_for("tasks.show_task", task_id=one.id)
            if cabinet.own
            else url_for("cases.show_case", case_id=one.case)
        ),
        label=_("Open the task") if cabinet.own else _("Open the case"),
        primary=cabinet.own,
        sign=TASK_SIGN,
        due=task_due_view(one.due_at, now, locale(), one.unit, one.computation, one.clause),
    )


def _need_deadline_row(
    need: SimpleNamespace, view: SimpleNamespace, button: SimpleNamespace | None
) -> SimpleNamespace:
    paper = need.kind == rules.NEED_DOCUMENT
    title = (
        _("Document for an absence, if there was a lawful reason") if paper else _("Make up a missed lesson")
    )
    return SimpleNamespace(
        title=title,
        about=f"{view.course}, {view.line}",
        url=button.url if button else view.card_url,
        label=button.label if button else _("Details"),
        primary=False,
        sign="file-text" if paper else "refresh",
        due=need.due,
    )


def _is_makeup_overdue(one: MissedLesson) -> bool:
    """Return whether the 14 days of an absence are over while the semester still permits make-up work."""
    return any(need.kind == rules.NEED_OVERDUE_MAKEUP for need in one.needs)
