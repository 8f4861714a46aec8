"""The field of the days of an excuse, with the lessons they cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.excuses.queries import (
    LessonInExcusePeriod,
    load_excuse_row,
    load_lessons_in_excuse_period,
)
from app.journal.excuses.review_checks import load_document_number_and_issuer
from app.journal.excuses.rules import LESSON_COVERED, LESSON_WITHOUT_MARK
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.kernel.i18n import day_text, pick_text
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_typed_day
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.subject_line import LESSON_TYPE_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act

COVERED_LESSON_STATE_LABELS: Mapping[str, str] = {
    "covered": N_("absent"),
    "expected": N_("no mark yet"),
    "present": N_("marked present"),
    "has_reason": N_("has a reason already"),
    "sheet": N_("the sheet is closed"),
}
MAX_LESSONS = 1000


def read_posted_period(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted days and, for an order, the students; None when no day was filled in."""
    first, last = posted.get("period_from", "").strip(), posted.get("period_to", "").strip()
    if not first and not last:
        return None
    period: dict[str, Any] = {"from": first, "to": last or first}
    students = [student for student in posted.getlist("period_student") if student]
    return period | ({"students": students} if students else {})


def period_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the days proposed by the address; with `group` also the list of students of an order."""
    first = address.get("from", "")
    return _period_view(
        typed, first, address.get("to", first), _group_member_options(address, typed), address.get("student")
    )


def period_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the days of the case as they are now; its students stay the same."""
    subject = view.case.subject
    student = str(view.case.about[0]) if len(view.case.about) == 1 else None
    return _period_view(typed, subject.get("from", ""), subject.get("to", ""), [], student)


def document_values_for_rework(subject: Mapping[str, Any]) -> dict[str, str]:
    """Return number and issuer of a document that came back for rework, so that nobody types them again.

    Only for the requester, whose task the rework is (7.1).
    """
    if not subject.get("excuse"):
        return {}
    row = load_excuse_row(UUID(subject["excuse"]))
    if current_act().person != row.requester:
        return {}
    document = load_document_number_and_issuer(row)
    return {"document_number": document["number"], "issuer": document["issuer"]}


def _period_view(
    typed: Any, first: str, last: str, students: list[SimpleNamespace], student: str | None
) -> SimpleNamespace:
    values = {"from": typed.get("period_from") or first, "to": typed.get("period_to") or last}
    preview: dict[str, Any] = {"student": student} if student else {}
    return SimpleNamespace(
        first=values["from"],
        last=values["to"],
        students=students,
        covered_url=None if students else url_for("excuses.show_covered_lessons_fragment", **preview),
        covered=None if students else covered_lessons_view(values["from"], values["to"], student),
    )


def _group_member_options(address: Mapping[str, str], typed: Any) -> list[SimpleNamespace]:
    """List the present members of the group of an order; raises Missing for a group of another institute."""
    if not address.get("group"):
        return []
    now = current_act()
    found = people.load_groups_by_id([parse_id(address["group"], "group")])
    for group in found.values():
        if any(
            assignment.role == "directorate" and assignment.unit == group.unit
            for assignment in now.assignments
        ):
            ticked = set(posted_or_draft_values(typed, "period_student"))
            return [
                SimpleNamespace(
                    id=member.person,
                    name=member.name.full,
                    ticked=not ticked or str(member.person) in ticked,
                )
                for member in people.load_past_and_present_members(group.id)
                if member.is_member_on(local_day(now.at))
            ]
    raise Missing


def posted_or_draft_values(typed: Any, name: str) -> Sequence[str]:
    """Return the values posted under this name, or those kept in a draft."""
    if isinstance(typed, MultiDict):
        return typed.getlist(name)
    value = typed.get(name) if typed else None
    return value if isinstance(value, list) else [value] if value else []


def covered_lessons_view(first: str, last: str, student: str | None) -> SimpleNamespace | None:
    """List the lessons of the period for the requester or for a student in the requester's care.

    None for unreadable days, a reversed period and one longer than 200 days. Raises Missing for a student for
    whom the visitor may not file requests.
    """
    now = current_act()
    try:
        days = read_typed_day(first), read_typed_day(last or first)
    except TypedValueError:
        return None
    whose = parse_id(student, "student") if student else now.person
    if whose is None or days[1] < days[0] or (days[1] - days[0]).days > 200:
        return None
    if whose != now.person:
        assignments = [
            assignment for assignment in now.assignments if assignment.role in ("directorate", "curator")
        ]
        scope = people.load_student_permission_scope(whose, local_day(now.at))
        if not is_permitted(
            assignments, "requests.file_for", scope, frozenset({now.person} if now.person else ())
        ):
            raise Missing
    met_lessons = load_lessons_in_excuse_period([whose], *days)
    counted = [one for one in met_lessons if one.state in (LESSON_COVERED, LESSON_WITHOUT_MARK)]
    others = [one for one in met_lessons if one.state not in (LESSON_COVERED, LESSON_WITHOUT_MARK)]
    return SimpleNamespace(
        rows=[covered_lesson_row(one) for one in counted[:MAX_LESSONS]],
        others=[covered_lesson_row(one) for one in others[:MAX_LESSONS]],
        count=len(counted),
    )


def covered_lesson_row(one: LessonInExcusePeriod) -> SimpleNamespace:
    """Build the row of one lesson that an excuse meets."""
    lesson = one.cell.lesson
    return SimpleNamespace(
        place=one.lesson_student_key,
        day=day_text(lesson.day, locale()),
        course=pick_text(one.offering.names, locale()),
        kind=_(LESSON_TYPE_LABELS[lesson.type]),
        state=one.state,
        word=_(COVERED_LESSON_STATE_LABELS[one.state]),
        card_url=url_for("journal.show_cell_card", lesson=lesson.id, student=one.cell.student),
    )
