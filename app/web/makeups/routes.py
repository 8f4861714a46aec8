"""The log of make-up work ("Журнал отработок НБ"): debts in the own journals, and what was settled (5.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.audit.words import unseal_texts
from app.cases.queries.requests import CaseSummary, load_cases_about_students
from app.diagrams.versions import load_version_unless_damaged
from app.journal.courses.offerings import OfferingRow
from app.journal.makeups.debt_queries import MakeupDebt, load_debts_in_offerings
from app.journal.makeups.queries import load_settled_makeups
from app.journal.makeups.rules import RESULT_NOT_REQUIRED
from app.journal.tables import MakeupStage
from app.kernel.i18n import day_text, pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.case_subjects import makeup_form_text
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act
from app.web.courses.journals import load_reachable_journals
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.cases import case_state_label
from app.web.makeups.lessons_field import makeup_soft_deadline_view

blueprint = Blueprint("makeups", __name__)
MAX_DEBT_ROWS = 300


@blueprint.get("/makeups")
@allow_access("journal.read")
def list_makeup_debts() -> str:
    """List the debts of one journal, or of all journals the visitor teaches.

    With `done` what was accepted or declared not required.
    """
    now = current_act()
    journals = load_reachable_journals(now)
    chosen = parse_id(request.args["journal"], "journal") if request.args.get("journal") else None
    teaches = any(assignment.role == "teacher" for assignment in now.assignments)
    listed = (
        [row for row in journals if row.id == chosen] if chosen else journals if teaches else journals[:1]
    )
    done = request.args.get("done") == "1"
    ids = [row.id for row in listed]
    return render_template(
        "makeups/makeups.html",
        journals=[_journal_option(row, chosen or (ids[0] if len(ids) == 1 else None)) for row in journals],
        every=teaches,
        done=done,
        here={"journal": chosen} if chosen else {},
        rows=_load_settled_makeup_rows(ids, listed) if done else _load_debt_rows(ids, teaches),
        most=MAX_DEBT_ROWS,
    )


def _journal_option(row: OfferingRow, chosen: UUID | None) -> SimpleNamespace:
    return SimpleNamespace(
        id=row.id, title=f"{pick_text(row.names, locale())}, {row.group}", chosen=row.id == chosen
    )


def _load_debt_rows(ids: Sequence[UUID], teaches: bool) -> list[SimpleNamespace]:
    now = current_act().at
    debts = sorted(
        load_debts_in_offerings(ids, now), key=lambda debt: _makeup_debt_urgency_sort_key(debt, now)
    )[:MAX_DEBT_ROWS]
    students = {debt.student for debt in debts}
    names = people.load_names(students)
    cases = _makeup_cases_by_lesson_student(
        load_cases_about_students(sorted(students), limit=MAX_DEBT_ROWS) if students else []
    )
    return [
        _makeup_debt_row(debt, names, cases.get((str(debt.lesson), str(debt.student))), teaches)
        for debt in debts
    ]


def _makeup_debt_urgency_sort_key(debt: MakeupDebt, now: datetime) -> tuple[bool, float]:
    """Return the sort key of a debt: the next to end first, then overdue ones, the latest first, because they
    may still be accepted.
    """
    ends = debt.soft_deadline.moment
    return ends < now, -ends.timestamp() if ends < now else ends.timestamp()


def _makeup_cases_by_lesson_student(cases: Sequence[CaseSummary]) -> dict[tuple[str, str], CaseSummary]:
    """Index open make-up cases by (lesson, student)."""
    return {
        (missed["lesson"], case.subject["student_id"]): case
        for case in cases
        if case.subject.get("kind") == "makeup"
        for missed in case.subject["missed"]
    }


def _makeup_debt_row(
    debt: MakeupDebt, names: Any, case: CaseSummary | None, teaches: bool
) -> SimpleNamespace:
    lesson = debt.rule_state.cell.lesson
    status = (debt.rule_state.cell.reason or "ABSENT").lower()
    offer: dict[str, Any] = {"student": debt.student, "lesson": lesson.id}
    return SimpleNamespace(
        name=names[debt.student].full,
        course=pick_text(debt.offering.names, locale()),
        group=debt.offering.group_name,
        line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
        status=status,
        word=gradebook_labels.mark_status_label(status),
        due=makeup_soft_deadline_view(debt),
        case_url=url_for("cases.show_case", case_id=case.id) if case else None,
        case_number=case.number if case else None,
        case_state=case_state_label(case.status, case.outcome, load_version_unless_damaged(case.version_id))
        if case
        else None,
        offer_url=url_for("start.show_start_form", name="makeup", **offer)
        if teaches and case is None
        else None,
    )


def _load_settled_makeup_rows(ids: Sequence[UUID], listed: Sequence[OfferingRow]) -> list[SimpleNamespace]:
    found = load_settled_makeups(ids)
    names = people.load_names(
        {makeup.student_id for makeup in found} | {makeup.accepted_by for makeup in found}
    )
    titles = {row.id: row for row in listed}
    # One statement for the keys of all three columns.
    texts = iter(
        unseal_texts(
            (makeup.student_id, stored)
            for makeup in found
            for stored in (makeup.form_name, makeup.topic, makeup.comment)
        )
    )
    return [
        _settled_makeup_row(
            makeup,
            names,
            titles[makeup.offering_id],
            SimpleNamespace(form_name=next(texts), topic=next(texts), comment=next(texts)),
        )
        for makeup in found
    ]


def _settled_makeup_row(
    makeup: MakeupStage, names: Any, journal: OfferingRow, texts: SimpleNamespace
) -> SimpleNamespace:
    return SimpleNamespace(
        name=names[makeup.student_id].full,
        course=pick_text(journal.names, locale()),
        group=journal.group,
        form=makeup_form_text(makeup.form, texts.form_name),
        waived=makeup.result == RESULT_NOT_REQUIRED,
        topic=texts.topic,
        given=day_text(makeup.given_on, locale()) if makeup.given_on else "",
        accepted=day_text(makeup.accepted_on, locale()) if makeup.accepted_on else "",
        points=makeup.points if makeup.points is not None else "–",
        comment=texts.comment,
        overdue=makeup.overdue,
        teacher=names[makeup.accepted_by].short if makeup.accepted_by else "",
        lessons=len(makeup.lessons),
    )
