"""What a student sees of himself: marks and absences at once (6.1), and what he asked for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace

from flask import Blueprint, render_template, url_for

from app.cases.queries.requests import about_student
from app.journal import queries
from app.journal.queries.student import CourseMarks, StudentMark
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.kernel.i18n import pick
from app.notices.subject import subject_line
from app.web import gridview
from app.web import journaltalk as talk
from app.web.casetalk import state_label
from app.web.entrance import act, allow
from app.web.speech import gettext as _
from app.web.speech import locale, ngettext

blueprint = Blueprint("student", __name__)


@blueprint.get("/student")
@allow("marks.read")
def marks() -> str:
    """My marks, my absences, the cases about me."""
    now = act()
    if now.person is None or not any(hat.role == "student" for hat in now.hats):
        raise Missing
    courses = queries.student_marks(now.person, now.at)
    cases = about_student([now.person], only_open=False)
    waiting = gridview.waiting([case for case in cases if case.status == "open"])
    student = str(now.person)
    return render_template(
        "student/mine.html",
        mine=SimpleNamespace(
            figures=_figures(courses),
            misses=[
                _miss(course, mark, (str(mark.lesson), student) in waiting, now.person)
                for course, mark in _absences(courses)
            ],
            courses=[_course(course) for course in courses],
            requests=[
                SimpleNamespace(
                    number=case.number,
                    url=url_for("cases.case", case_id=case.id),
                    title=subject_line(case.subject, locale()),
                    about="",
                    steps=[],
                    due=None,
                    holder=None,
                    state=state_label(case.status, case.outcome),
                )
                for case in cases
            ],
        ),
        lessons=[_tasks(course, now.at) for course in courses],
    )


def _absences(courses: list[CourseMarks]) -> list[tuple[CourseMarks, StudentMark]]:
    found = [(course, mark) for course in courses for mark in course.absences]
    return sorted(found, key=lambda pair: pair[1].starts_at, reverse=True)


def _figures(courses: list[CourseMarks]) -> list[SimpleNamespace]:
    marks = [mark for course in courses for mark in course.marks]
    entered = [mark for mark in marks if mark.status not in ("NOT_RECORDED", "NOT_APPLICABLE")]
    missed = [mark for mark in entered if mark.status in ("ABSENT", "EXCUSED", "SICK")]
    present = f"{len(entered) - len(missed)} / {len(entered)}"
    unconfirmed = sum(mark.status == "ABSENT" for mark in missed)
    points = [value for course in courses for value in course.points]
    average = _number((sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.1"))) if points else "–"
    graded = ngettext("of %(n)s grade", "of %(n)s grades", len(points)) % {"n": len(points)}
    return [
        SimpleNamespace(label=_("Lessons attended"), value=present, note=""),
        SimpleNamespace(label=_("Absences without a confirmed reason"), value=unconfirmed, note=""),
        SimpleNamespace(label=_("Average current grade"), value=average, note=graded if points else ""),
    ]


def _miss(course: CourseMarks, mark: StudentMark, waits: bool, student: object) -> SimpleNamespace:
    status = mark.status.lower()
    return SimpleNamespace(
        status=status,
        word=talk.status_word(status),
        day=local_day(mark.starts_at),
        what=f"{pick(course.names, locale())}, {talk.type_word(mark.type)}",
        due=None,
        waits=_("A correction is under way") if waits else None,
        action={
            "label": _("Details"),
            "url": url_for("journal.card", lesson=mark.lesson, student=student),
        },
    )


def _course(course: CourseMarks) -> SimpleNamespace:
    points = course.points
    total = sum(points, Decimal(0))
    sums = " + ".join(_number(value) for value in points)
    return SimpleNamespace(
        title=pick(course.names, locale()),
        url=f"#c-{course.offering}",
        teacher=", ".join(course.teachers),
        marks=[_mark(mark) for mark in course.marks],
        arithmetic=f"{sums} = {_number(total)}" if len(points) > 1 else sums,
        rating=_number(total) if points else "",
        absent=len(course.absences),
    )


def _mark(mark: StudentMark) -> SimpleNamespace:
    status = "no_roll" if mark.status == "NOT_APPLICABLE" else mark.status.lower()
    return SimpleNamespace(status=status, word=talk.status_word(status), grade=mark.grade)


def _tasks(course: CourseMarks, now: datetime) -> SimpleNamespace:
    """The lessons of a course, newest first, with what was done and what is to be done."""
    return SimpleNamespace(
        id=f"c-{course.offering}",
        title=pick(course.names, locale()),
        lessons=[
            SimpleNamespace(
                line=talk.lesson_line(mark.starts_at, mark.type),
                topic=mark.topic,
                task=mark.task,
                **vars(_mark(mark)),
            )
            for mark in reversed(course.marks)
        ],
    )


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"
