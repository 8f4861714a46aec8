"""Views of a student's marks by discipline: every lesson as saved, the points with their arithmetic (6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.journal.student_views.marks import (
    CourseMarks,
    StudentLessonMark,
    StudentSemester,
    load_student_course_marks,
    load_taught_student_semesters,
)
from app.journal.takeover.earlier_results import EarlierResultRow, load_earlier_results_of_student
from app.kernel import i18n
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import current_act
from app.web.labels import gradebook as gradebook_labels
from app.web.student_access.student_pages import Cabinet
from app.web.students.results import result_views_by_offering

STATUSES_HIDDEN_BY_GRADE = ("present", "not_recorded", "no_roll")
"""Statuses that are not displayed beside a grade."""


def marks_view(cabinet: Cabinet) -> SimpleNamespace:
    """Build the view of `student/marks.html` for the semester in the address, else the newest.

    Raises Missing.
    """
    semesters = load_taught_student_semesters(cabinet.student)
    chosen = _chosen_semester(semesters)
    courses = load_student_course_marks(cabinet.student, current_act().at, chosen.id) if chosen else []
    counted = [course.offering for course in courses if course.carried_into is None]
    results = result_views_by_offering(cabinet, [course.offering for course in courses], counted)
    return SimpleNamespace(
        semester=_semester_label(chosen) if chosen else "",
        semesters=[
            {
                "label": _semester_label(one),
                "url": cabinet.student_page_url("marks", semester=one.id),
                "active": one == chosen,
                "count": None,
            }
            for one in semesters
        ],
        figures=_semester_figure_views(courses),
        earlier=[_earlier_result_row(one) for one in load_earlier_results_of_student(cabinet.student)],
        courses=[
            _course_view(course, cabinet.student, results.get(course.offering, [])) for course in courses
        ],
    )


def _earlier_result_row(one: EarlierResultRow) -> SimpleNamespace:
    """Build the row of a result of an earlier semester, as its act gives it."""
    return SimpleNamespace(
        title=f"{one.code} {one.course}".strip(),
        year=one.academic_year,
        semester=one.semester,
        credits=number_text(one.credits) if one.credits is not None else "",
        points=number_text(one.points) if one.points is not None else "",
        grade=one.grade,
        number=one.document_number,
        day=one.document_date,
    )


def _chosen_semester(semesters: Sequence[StudentSemester]) -> StudentSemester | None:
    named = request.args.get("semester")
    if not named:
        today = current_act().at.date()
        begun = [one for one in semesters if one.starts_on <= today]
        return next(iter(begun or semesters), None)
    wanted = parse_id(named, "semester")
    found = next((one for one in semesters if one.id == wanted), None)
    if found is None:
        raise Missing
    return found


def _semester_label(one: StudentSemester) -> str:
    return semester_title(one.names, one.academic_year)


def _semester_figure_views(courses: Sequence[CourseMarks]) -> list[SimpleNamespace]:
    entered = [mark for course in courses for mark in course.recorded_lessons]
    missed = sum(mark.status in ("ABSENT", "EXCUSED", "SICK") for mark in entered)
    points = [value for course in courses for value in course.points]
    average = number_text((sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.1"))) if points else "–"
    graded = ngettext("of %(n)s grade", "of %(n)s grades", len(points)) % {"n": len(points)}
    return [
        SimpleNamespace(
            label=_("Lessons attended"),
            value=f"{len(entered) - missed} / {len(entered)}",
            note=_("a made-up class counts as attended"),
        ),
        SimpleNamespace(label=_("Average current grade"), value=average, note=graded if points else ""),
    ]


def _course_view(course: CourseMarks, student: UUID, results: list[SimpleNamespace]) -> SimpleNamespace:
    points = course.points
    total = sum(points, Decimal(0))
    missed = len(course.absences_not_made_up)
    return SimpleNamespace(
        id=f"c-{course.offering}",
        title=pick_text(course.names, locale()),
        teacher=", ".join(course.teachers),
        marks=[mark_view(mark) for mark in course.marks],
        absent=ngettext("%(n)s absence", "%(n)s absences", missed) % {"n": missed} if missed else "",
        arithmetic=_mean_computation_text(points, total),
        transfer=_transferred_points_text(course),
        exam_on=None if course.carried_into is not None else course.exam_on,
        results=results,
        average=number_text((total / len(points)).quantize(Decimal("0.1"))) if points else "",
        lessons=[_lesson_mark_row(mark, student) for mark in reversed(course.marks)],
    )


def _transferred_points_text(course: CourseMarks) -> str:
    """Return where the points of a discipline count after a transfer; they count only once."""
    if course.carried_into is not None:
        return _("From group %(group)s: these points count in the new group") % {"group": course.group}
    if not course.carried:
        return ""
    groups = ", ".join(one.group for one in course.carried)
    return _("With the points of group %(group)s, by order No. %(order)s") % {
        "group": groups,
        "order": course.order_no,
    }


def _mean_computation_text(points: Sequence[Decimal], total: Decimal) -> str:
    """Return the computation of the mean of the current grades; "" for fewer than two."""
    if len(points) < 2:
        return ""
    mean = number_text((total / len(points)).quantize(Decimal("0.1")))
    return f"({' + '.join(number_text(value) for value in points)}) : {len(points)} = {mean}"


def mark_view(mark: StudentLessonMark) -> SimpleNamespace:
    """Build one mark for the macros; a grade beside presence is displayed alone."""
    status = "no_roll" if mark.status == "NOT_APPLICABLE" else mark.status.lower()
    alone = bool(mark.grade) and status in STATUSES_HIDDEN_BY_GRADE
    return SimpleNamespace(
        status=status, word=gradebook_labels.mark_status_label(status), grade=mark.grade, alone=alone
    )


def _lesson_mark_row(mark: StudentLessonMark, student: UUID) -> SimpleNamespace:
    place: dict[str, Any] = {"lesson": mark.lesson, "student": student}
    return SimpleNamespace(
        line=gradebook_labels.lesson_time_and_type_line(mark.starts_at, mark.type),
        url=url_for("journal.show_cell_card", **place),
        topic=mark.topic,
        task=mark.task,
        **vars(mark_view(mark)),
    )


def number_text(value: Decimal) -> str:
    """Format a number without trailing zeros, with the decimal sign of the reader's language."""
    return i18n.number_text(value, locale())
