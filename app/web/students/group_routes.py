"""Groups and their students: the own group for a curator, the groups of the institute for a directorate.

They open a student's cabinet from here, to read it and, where the menu permits, to file requests for the
student (3.1, 6.1).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from app.cases.queries.my_work import count_visible_open_student_cases
from app.cases.queries.requests import load_person_requests_page
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.overview.group_statistics import (
    GroupStatistics,
    StudentStatistics,
    load_group_statistics,
    load_student_statistics,
)
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.translate import locale
from app.web.cases.request_list import request_rows
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.deadlines import task_due_view
from app.web.student_access.student_pages import load_groups_in_care, student_cabinet
from app.web.students.routes import (
    render_absences_page,
    render_day_page,
    render_documents_page,
    render_marks_page,
)

blueprint = Blueprint("groups", __name__)


@blueprint.get("/groups")
@allow_access("cabinet.read")
def groups() -> Any:
    """List the groups in the visitor's care; redirects to the group if there is only one."""
    rows = load_group_statistics({group.id for group in load_groups_in_care()}, current_act().at)
    if len(rows) == 1:
        return redirect(url_for("groups.group", group_id=rows[0].id))
    names = people.load_names({row.curator for row in rows})
    return render_template("groups/groups.html", rows=[_group_row(row, names) for row in rows])


def _group_row(row: GroupStatistics, names: dict[UUID, people.PersonName]) -> SimpleNamespace:
    return SimpleNamespace(
        name=row.name,
        url=url_for("groups.group", group_id=row.id),
        curator=names[row.curator].short if row.curator in names else "",
        students=row.student_count,
        unconfirmed=row.unconfirmed_absence_count,
    )


@blueprint.get("/groups/<uuid:group_id>")
@allow_access("cabinet.read")
def group(group_id: UUID) -> str:
    """List the students of a group: absences without a reason, lessons to make up, open requests.

    Raises Missing.
    """
    now = current_act()
    scope = people.load_group_permission_scope(group_id)
    if not is_permitted(now.assignments, "cabinet.read", scope, acting_and_represented_persons(now)):
        raise Missing
    found = load_student_statistics(group_id, now.at)
    cases = count_visible_open_student_cases(now, [one.student for one in found])
    rows = [_group_student_row(one, cases.get(one.student, 0)) for one in found]
    busy = [row for row in rows if row.unconfirmed or row.owed or row.cases]
    busy.sort(key=lambda row: row.due.at.timestamp() if row.due else float("inf"))
    only = request.args.get("show") == "needs"
    here: dict[str, Any] = {"show": "needs"}
    curators = people.load_names(scope.curators)
    return render_template(
        "groups/group.html",
        name=people.load_groups_by_id([group_id])[group_id].name,
        curator=", ".join(name.full for name in curators.values()),
        several=len({group.id for group in load_groups_in_care()}) > 1,
        rows=busy if only else rows,
        views=[
            SimpleNamespace(url=url_for("groups.group", group_id=group_id), count=len(rows), active=not only),
            SimpleNamespace(
                url=url_for("groups.group", group_id=group_id, **here), count=len(busy), active=only
            ),
        ],
    )


def _group_student_row(one: StudentStatistics, cases: int) -> SimpleNamespace:
    deadline = one.nearest_makeup_deadline
    unconfirmed: dict[str, Any] = {"show": "unconfirmed"}
    running: dict[str, Any] = {"state": "open"}
    return SimpleNamespace(
        name=one.name,
        url=url_for("groups.today", student=one.student),
        unconfirmed=one.unconfirmed_absence_count,
        unconfirmed_url=url_for("groups.absences", student=one.student, **unconfirmed),
        owed=one.lessons_to_make_up,
        owed_url=url_for("groups.absences", student=one.student),
        due=(
            task_due_view(
                deadline.moment,
                current_act().at,
                locale(),
                one.department,
                deadline.as_json(),
                deadline.clause,
            )
            if deadline
            else None
        ),
        cases=cases,
        cases_url=url_for("groups.requests", student=one.student, **running),
    )


# --- the cabinet of one student -------------------------------------------------------------------


@blueprint.get("/students/<uuid:student>")
@allow_access("cabinet.read")
def today(student: UUID) -> str:
    """Show the day of a student and the next deadlines."""
    return render_day_page(student_cabinet(student))


@blueprint.get("/students/<uuid:student>/marks")
@allow_access("cabinet.read")
def marks(student: UUID) -> str:
    """Show the marks of a student by discipline."""
    return render_marks_page(student_cabinet(student))


@blueprint.get("/students/<uuid:student>/absences")
@allow_access("cabinet.read")
def absences(student: UUID) -> str:
    """Show the absences of a student with their needs, and buttons that file requests for the student."""
    return render_absences_page(student_cabinet(student))


@blueprint.get("/students/<uuid:student>/requests")
@allow_access("cabinet.read")
def requests(student: UUID) -> str:
    """List the requests of a student and those about the student that the visitor may open."""
    cabinet = student_cabinet(student)
    only_open = request.args.get("state") == "open"
    rows, following = load_person_requests_page(
        student, request.args.get("after", ""), only_open, cabinet.viewer
    )
    here: dict[str, Any] = {"state": "open"} if only_open else {}
    return render_template(
        "student/requests.html",
        cabinet=cabinet.page_frame_view("requests"),
        rows=request_rows(rows),
        next=cabinet.student_page_url("requests", after=following, **here) if following else None,
        all_url=cabinet.student_page_url("requests"),
        open_url=cabinet.student_page_url("requests", state="open"),
        only_open=only_open,
    )


@blueprint.get("/students/<uuid:student>/documents")
@allow_access("cabinet.read")
@writes_every_year
def documents(student: UUID) -> str:
    """List the files of a student; those of an excuse only for the directorate (7.1)."""
    return render_documents_page(student_cabinet(student))
