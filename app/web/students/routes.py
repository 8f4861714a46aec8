"""Pages of the student's cabinet (6.1): the day, marks and rating, absences with their needs, documents.

`app.web.students.group_routes` renders the same pages for a curator or the directorate; requests are listed
by `app.web.cases`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.cases.queries.requests import load_open_cases_about_student
from app.journal.student_views.absences import MissedLesson, load_missed_lessons
from app.kernel.errors import Invalid
from app.notices import queries as notices
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.excuses.refused_reasons import load_refused_reasons
from app.web.notifications.routes import notice_rows
from app.web.student_access.student_pages import Cabinet, own_cabinet
from app.web.students import absences as student_absences
from app.web.students.absence_groups import absence_groups_by_month, absence_groups_by_need, page_of_groups
from app.web.students.documents import documents_view
from app.web.students.marks import marks_view
from app.web.students.today import student_day_view

blueprint = Blueprint("student", __name__)

SHOW_NEEDS, SHOW_UNCONFIRMED, SHOW_ALL = "needs", "unconfirmed", "all"
PAGE_SIZE = 40
MAX_NOTICES = 4


@blueprint.get("/student")
@allow_access("cabinet.own")
def today() -> str:
    """Show the own day: lessons, next deadlines, newest notices."""
    return render_day_page(own_cabinet())


@blueprint.get("/student/marks")
@allow_access("cabinet.own")
def marks() -> str:
    """Show the own marks by discipline, as saved."""
    return render_marks_page(own_cabinet())


@blueprint.get("/student/absences")
@allow_access("cabinet.own")
def absences() -> str:
    """Show the own absences, each with its needs and their deadlines."""
    return render_absences_page(own_cabinet())


@blueprint.get("/student/documents")
@allow_access("cabinet.own")
@writes_every_year
def documents() -> str:
    """List the own files."""
    return render_documents_page(own_cabinet())


def render_day_page(cabinet: Cabinet) -> str:
    """Render the day of the cabinet's student; only the student sees the notices."""
    latest = notices.load_notices(current_visitor().person_id, MAX_NOTICES) if cabinet.own else ()
    return render_template(
        "student/today.html",
        cabinet=cabinet.page_frame_view("today"),
        today=student_day_view(cabinet),
        rows=notice_rows(latest, lines=1),
    )


def render_marks_page(cabinet: Cabinet) -> str:
    """Render the marks of one semester."""
    return render_template(
        "student/marks.html", cabinet=cabinet.page_frame_view("marks"), marks=marks_view(cabinet)
    )


def render_documents_page(cabinet: Cabinet) -> str:
    """Render the list of files handed in."""
    return render_template(
        "student/documents.html", cabinet=cabinet.page_frame_view("documents"), papers=documents_view(cabinet)
    )


def render_absences_page(cabinet: Cabinet) -> str:
    """Render the absences: those that need something by urgency, those without a confirmed reason or all by
    month.
    """
    show = request.args.get("show", SHOW_NEEDS)
    if show not in (SHOW_NEEDS, SHOW_UNCONFIRMED, SHOW_ALL):
        raise Invalid.field("show", "cases.inbox.unknown_view")
    part = max(request.args.get("part", 0, type=int), 0)
    found = load_missed_lessons(cabinet.student, current_act().at)
    running = student_absences.index_open_cases(
        cabinet.student, load_open_cases_about_student(cabinet.student, cabinet.viewer)
    )
    chosen = {
        SHOW_NEEDS: _absences_with_needs(found),
        SHOW_UNCONFIRMED: [one for one in found if one.unconfirmed],
        SHOW_ALL: found,
    }
    refused = load_refused_reasons([cabinet.student])
    views = [student_absences.absence_view(one, cabinet, running, found, refused) for one in chosen[show]]
    groups = absence_groups_by_need(views) if show == SHOW_NEEDS else absence_groups_by_month(views)
    page_groups, following = page_of_groups(groups, part, PAGE_SIZE)
    labels = {
        SHOW_NEEDS: _("To make up"),
        SHOW_UNCONFIRMED: _("Without a confirmed reason"),
        SHOW_ALL: _("All"),
    }
    return render_template(
        "student/absences.html",
        cabinet=cabinet.page_frame_view("absences"),
        groups=page_groups,
        show=show,
        views=[
            {
                "label": label,
                "url": cabinet.student_page_url("absences", **({} if key == SHOW_NEEDS else {"show": key})),
                "active": key == show,
                "count": len(chosen[key]),
            }
            for key, label in labels.items()
        ],
        previous=_absences_page_url(cabinet, show, part - 1) if part > 0 else None,
        next=_absences_page_url(cabinet, show, part + 1) if following else None,
    )


def _absences_with_needs(found: list[MissedLesson]) -> list[MissedLesson]:
    return [one for one in found if one.needs]


def _absences_page_url(cabinet: Cabinet, show: str, part: int) -> str:
    return cabinet.student_page_url("absences", show=show, part=part)
