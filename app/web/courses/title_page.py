"""The title page of a journal: title data, study calendar, students; routed by `app.web.gradebook`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

from flask import render_template, url_for

from app.journal.courses.title_page import CourseTeacher, PlannedLesson, TitlePage, load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.requests.queries import load_notes_of_journal
from app.kernel.clock import local_day
from app.kernel.i18n import day_text, number_text, pick_text
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.notes import note_rows

TEACHING_PART_LABELS = {
    "LECTURER": N_("lectures"),
    "PRACTICE": N_("practical classes"),
    "LAB": N_("laboratory classes"),
    "SUBSTITUTE": N_("substitute"),
}


def journal_tabs(offering: UUID, active: str) -> list[SimpleNamespace]:
    """Return the tabs of a journal."""
    pages = {
        "grid": (_("Marks"), url_for("journal.show_journal_grid", offering=offering)),
        "attendance": (_("Attendance"), url_for("journal.attendance", offering=offering)),
        "title": (_("Title and calendar"), url_for("journal.show_journal_title_page", offering=offering)),
        "topics": (_("Topic plan"), url_for("topics.show_topic_plan", offering=offering)),
        "state": (_("State"), url_for("openings.show_journal_state", offering=offering)),
        "criteria": (_("Criteria"), url_for("schemes.show_syllabus_criteria", offering=offering)),
    }
    return [
        SimpleNamespace(label=label, url=url, active=key == active) for key, (label, url) in pages.items()
    ]


@allow_access("journal.read")
@writes_every_year
def show_journal_title_page(offering: UUID) -> str:
    """Show the title page of one journal (2.1a-c)."""
    now = current_act()
    found = load_title_page(require_readable_offering(now, offering))
    return render_template(
        "journal/title.html",
        offering=SimpleNamespace(
            title=pick_text(found.names, locale()), group=found.group, views=journal_tabs(offering, "title")
        ),
        facts=_journal_title_fields(found),
        notes=note_rows(load_notes_of_journal(offering, local_day(now.at))),
        hours=_taught_and_planned_hours_view(found, now.at),
        exam=SimpleNamespace(
            day=found.exam_on,
            url=url_for("exams.show_exam_timetable", semester=found.semester_id, group=found.group_id),
        ),
        lessons=[
            _planned_lesson_row(number, lesson, now.at) for number, lesson in enumerate(found.lessons, 1)
        ],
        members=[
            SimpleNamespace(
                number=number,
                name=member.name.full,
                url=url_for("journal.show_student_journal_row", offering=offering, student=member.person),
                since=day_text(member.starts_on, locale()),
                until=day_text(member.ends_on, locale()) if member.ends_on else "",
                order=member.order_no,
            )
            for number, member in enumerate(found.members, 1)
        ],
    )


def _journal_title_fields(course: TitlePage) -> list[SimpleNamespace]:
    """Return the title data as (label, value) rows, without empty values."""
    fields = (
        (_("Institute or college"), pick_text(course.institute, locale())),
        (_("Department"), pick_text(course.department, locale())),
        (_("Programme"), pick_text(course.programme, locale()) if course.programme else ""),
        (_("Group"), course.group),
        (_("Year of study"), str(course.year_of_study or "")),
        (_("Curator"), course.curator.full if course.curator else ""),
        (_("Discipline"), f"{course.code} {pick_text(course.names, locale())}"),
        (_("Academic year"), course.academic_year),
        (_("Semester"), _semester_text(course)),
        (_("Credits"), number_text(course.credits, locale()) if course.credits else ""),
        (_("Teachers"), "; ".join(_teacher_name_and_part_texts(course.teachers))),
    )
    return [SimpleNamespace(label=label, value=value) for label, value in fields if value]


def _taught_and_planned_hours_view(found: TitlePage, now: datetime) -> SimpleNamespace:
    """Return the hours taught, in the calendar and in the plan."""
    taught, scheduled = (
        found.hours_taught(now),
        sum(lesson.hours for lesson in found.lessons if lesson.is_in_study_calendar),
    )
    hours = {"taught": taught, "scheduled": scheduled, "planned": found.planned_hours}
    text = _("%(taught)s taught, %(scheduled)s in the calendar, %(planned)s in the plan") % hours
    return SimpleNamespace(text=text, taught=taught, of=found.planned_hours or scheduled or 1)


def _semester_text(found: TitlePage) -> str:
    span = f"{day_text(found.starts_on, locale())} – {day_text(found.ends_on, locale())}"
    return f"{pick_text(found.semester, locale())}, {span}"


def _teacher_name_and_part_texts(teachers: Iterable[CourseTeacher]) -> list[str]:
    return [f"{teacher.name.full} ({_(TEACHING_PART_LABELS[teacher.part])})" for teacher in teachers]


def _planned_lesson_row(number: int, lesson: PlannedLesson, now: datetime) -> SimpleNamespace:
    """Return one lesson of the study calendar as a row."""
    held = lesson.is_taught(now)
    state = "HELD" if held and lesson.state == "PLANNED" else lesson.state
    return SimpleNamespace(
        number=number,
        url=url_for("journal.show_lesson", lesson=lesson.id),
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        topic=lesson.topic,
        methods=lesson.methods,
        task=lesson.task,
        hours=lesson.hours,
        state=_(gradebook_labels.LESSON_STATE_LABELS[state]),
        behind=lesson.is_in_study_calendar and lesson.ends_at < now and not held,
    )
