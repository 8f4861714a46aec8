"""What a student sees of himself: marks and absences at once (6.1), and what he asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, url_for

from app.cases.queries.requests import OpenCase, about_student
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
from app.web.workoff import soft_due

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
    handed = _handed(cases)
    owed = {debt.lesson: debt for debt in queries.debts_of_student(now.person, now.at)}
    made_up = _made_up(cases)
    student = str(now.person)
    return render_template(
        "student/mine.html",
        mine=SimpleNamespace(
            figures=_figures(courses),
            misses=[
                _miss(
                    course,
                    mark,
                    (str(mark.lesson), student) in waiting,
                    _covering(handed, mark),
                    owed.get(mark.lesson),
                    made_up.get(str(mark.lesson)),
                    now.at,
                )
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
        lessons=[_tasks(course, now.person) for course in courses],
        hand_in_url=url_for("start.begin", name="excuse"),
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


Handed = list[tuple[date, date, OpenCase]]
"""Open requests for an excuse with their days."""


def _handed(cases: Sequence[OpenCase]) -> Handed:
    return [
        (date.fromisoformat(case.subject["from"]), date.fromisoformat(case.subject["to"]), case)
        for case in cases
        if case.status == "open" and case.subject.get("kind") == "excuse"
    ]


def _covering(handed: Handed, mark: StudentMark) -> OpenCase | None:
    """The open request that speaks of the day of this lesson."""
    day = local_day(mark.starts_at)
    return next((case for first, last, case in handed if first <= day <= last), None)


def _made_up(cases: Sequence[OpenCase]) -> dict[str, OpenCase]:
    """Open work-offs by lesson."""
    return {
        missed["lesson"]: case
        for case in cases
        if case.status == "open" and case.subject.get("kind") == "workoff"
        for missed in case.subject["missed"]
    }


def _miss(
    course: CourseMarks,
    mark: StudentMark,
    corrected: bool,
    excuse: OpenCase | None,
    debt: queries.Debt | None,
    workoff: OpenCase | None,
    now: datetime,
) -> SimpleNamespace:
    status, day = mark.status.lower(), local_day(mark.starts_at).isoformat()
    waits = [_("A correction is under way")] if corrected else []
    ways = []
    if excuse is not None:
        waits.append(_("Your document %(number)s is being checked") % {"number": excuse.number})
        ways.append({"label": _("Document"), "url": url_for("cases.case", case_id=excuse.id)})
    elif status == "absent":
        days: dict[str, Any] = {"from": day, "to": day}
        ways.append({"label": _("Hand in a document"), "url": url_for("start.begin", name="excuse", **days)})
    if workoff is not None:
        waits.append(_("Work-off %(number)s is under way") % {"number": workoff.number})
        ways.append({"label": _("Work-off"), "url": url_for("cases.case", case_id=workoff.id)})
    elif debt is not None:
        late = now > debt.hard.moment
        ask = url_for("start.begin", name="late_workoff" if late else "workoff", lesson=mark.lesson)
        ways.append({"label": _("Ask for a late work-off") if late else _("Work it off"), "url": ask})
    return SimpleNamespace(
        status=status,
        word=talk.status_word(status),
        day=local_day(mark.starts_at),
        what=f"{pick(course.names, locale())}, {talk.type_word(mark.type)}",
        due=soft_due(debt) if debt is not None else None,
        waits=". ".join(waits) or None,
        ways=ways,
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


def _tasks(course: CourseMarks, student: UUID) -> SimpleNamespace:
    """The lessons of a course, newest first, with what was done and what is to be done."""
    return SimpleNamespace(
        id=f"c-{course.offering}",
        title=pick(course.names, locale()),
        lessons=[
            SimpleNamespace(
                line=talk.lesson_line(mark.starts_at, mark.type),
                url=url_for("journal.card", lesson=mark.lesson, student=student),
                topic=mark.topic,
                task=mark.task,
                **vars(_mark(mark)),
            )
            for mark in reversed(course.marks)
        ],
    )


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"
