"""The form field of a make-up request: the missed lessons of one discipline and those chosen (P03)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.gradebook.access import can_view_journal
from app.journal.makeups.debt_queries import MakeupDebt, load_debts_of_student
from app.journal.makeups.rules import ALL_FORMS, makeup_forms_fitting_all
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.rules import is_permitted
from app.regulation.rules import Deadline
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.deadlines import task_due_view


def read_posted_makeup_request(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted lessons, and the student when somebody else asks.

    None when they were not on the page.
    """
    if "makeup_drawn" not in posted:
        return None
    student = posted.get("makeup_student")
    answer: dict[str, Any] = {"lessons": posted.getlist("makeup_lesson")}
    return answer | ({"student": student} if student else {})


def makeup_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the debts of one discipline with the lesson in the address ticked.

    Raises Missing when the visitor may not request make-up work for this student.
    """
    now = current_act()
    student = parse_id(address["student"], "student") if address.get("student") else now.person
    if student is None:
        raise Missing
    lesson = parse_id(address.get("lesson"), "lesson")
    debts = load_debts_of_student(student, now.at)
    named = next((debt for debt in debts if debt.lesson == lesson), None)
    if named is None or not _can_request_makeup(student, named):
        raise Missing
    ticked = {UUID(one) for one in _posted_lesson_ids(typed)} or {lesson}
    same = [debt for debt in debts if debt.offering.id == named.offering.id]
    return SimpleNamespace(
        student=str(student) if student != now.person else None,
        course=pick_text(named.offering.names, locale()),
        group=named.offering.group_name,
        rows=[_makeup_debt_row(debt, debt.lesson in ticked) for debt in same],
    )


def _posted_lesson_ids(typed: Any) -> list[str]:
    if isinstance(typed, MultiDict):
        return [one for one in typed.getlist("makeup_lesson") if one]
    value = typed.get("makeup_lesson") if typed else None
    return value if isinstance(value, list) else [value] if value else []


def _can_request_makeup(student: UUID, debt: MakeupDebt) -> bool:
    """Return whether the visitor is the student, a teacher of the journal, or may file requests for the
    student.
    """
    now = current_act()
    if student == now.person:
        return True
    day = debt.rule_state.cell.lesson.day
    scope = people.load_student_permission_scope(student, day)
    persons = frozenset({now.person} if now.person else ())
    return is_permitted(now.assignments, "requests.file_for", scope, persons) or can_view_journal(
        now, debt.offering
    )


def refuse_makeup_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: no task asks for other lessons."""
    raise Invalid.field("makeup", "journal.entry.unreadable")


def makeup_forms_not_fitting(subject: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the forms of make-up work that do not fit the lessons of this case: they are not offered (5.1.2)."""
    fitting = makeup_forms_fitting_all({lesson["lesson_type"] for lesson in subject["missed"]})
    return {"form": frozenset(ALL_FORMS) - frozenset(fitting)}


def _makeup_debt_row(debt: MakeupDebt, ticked: bool) -> SimpleNamespace:
    lesson = debt.rule_state.cell.lesson
    return SimpleNamespace(
        id=str(lesson.id),
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        due=makeup_soft_deadline_view(debt)
        if current_act().at <= debt.hard_deadline.moment
        else _makeup_deadline_view(debt, debt.hard_deadline),
        ticked=ticked,
    )


def makeup_soft_deadline_view(debt: MakeupDebt) -> Any:
    """Build the deadline view of the fourteen days of a debt, with its computation (5.3.1)."""
    return _makeup_deadline_view(debt, debt.soft_deadline)


def _makeup_deadline_view(debt: MakeupDebt, deadline: Deadline) -> Any:
    return task_due_view(
        deadline.moment,
        current_act().at,
        locale(),
        debt.offering.department,
        deadline.as_json(),
        clause=deadline.clause,
    )


MAKEUP_FIELD = SubjectField(
    "makeup", "makeups/_makeup.html", makeup_start_view, refuse_makeup_in_task, read_posted_makeup_request
)
