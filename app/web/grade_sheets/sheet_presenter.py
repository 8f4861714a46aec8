"""Views beside the lines of a grade sheet: exam, scheme, closing and cases."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.access import load_visible_case_ids
from app.cases.queries import requests as case_queries
from app.diagrams.versions import load_version_unless_damaged
from app.journal.exams.queries import load_journal_exam
from app.journal.grade_sheets.queries import ComputedSheet
from app.journal.grading.rating import FINAL
from app.journal.grading.scheme_queries import SchemeVersion
from app.journal.grading.sheet_states import DRAFT, SHUT_SHEET_STATES
from app.journal.sheet_closing.queries import load_earliest_closing_deadline
from app.journal.tables import GradeSheet
from app.kernel.act import Act
from app.kernel.errors import DepterError
from app.kernel.i18n import pick_text
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.cases import case_state_label


def earliest_sheet_closing_moment(row: GradeSheet, now: Act) -> datetime | None:
    """Return the moment (UTC) before which a sheet cannot be closed.

    None for a draft, a closed sheet and after that moment.
    """
    if row.state == DRAFT or row.state in SHUT_SHEET_STATES:
        return None
    moment = load_earliest_closing_deadline(row).moment
    return moment if now.at <= moment else None


def exam_day_view(kind: str, offering: UUID, group: UUID) -> SimpleNamespace | None:
    """Build the exam day of a final with a link to the timetable of the group; None for a module."""
    if kind != FINAL:
        return None
    found = load_journal_exam(offering)
    return SimpleNamespace(
        day=found.day, url=url_for("exams.show_exam_timetable", semester=found.semester, group=group)
    )


def reopened_line_students_or_none(sheet: ComputedSheet, deadline: Any, now: Act) -> frozenset[UUID] | None:
    """Return the students for whom a permission reopened the sheet after its own deadline; None means all."""
    return sheet.rule_state.open_for if deadline is not None and now.at > deadline.moment else None


def sheet_scheme_view(row: SchemeVersion) -> SimpleNamespace:
    """Build name, version and link of the scheme of the sheet."""
    return SimpleNamespace(
        name=pick_text(row.names, locale()),
        version=row.version,
        confirmed=row.confirmed_at is not None,
        url=url_for("schemes.list_scheme_versions") + f"#{row.id}",
    )


def signing_case_links(*subjects: UUID | None) -> list[SimpleNamespace]:
    """List the signing cases of the sheet that the visitor may open."""
    found = case_queries.load_cases_by_subject_id([subject for subject in subjects if subject])
    reach = load_visible_case_ids(current_act(), [case.id for case in found])
    return [_case_summary_link(case, reach) for case in found if case.id in reach]


def _case_summary_link(case: case_queries.CaseSummary, reach: frozenset[UUID]) -> SimpleNamespace:
    return SimpleNamespace(
        number=case.number,
        url=url_for("cases.show_case", case_id=case.id) if case.id in reach else None,
        state=case_state_label(case.status, case.outcome, load_version_unless_damaged(case.version_id)),
    )


def open_journal_case_links(found: ComputedSheet) -> list[SimpleNamespace]:
    """List the open cases about marks of this journal, for those who endorse.

    A link where the visitor may open it.
    """
    students = [line.student for line in found.lines]
    cases = case_queries.load_cases_about_students(students, limit=200) if students else []
    here = [case for case in cases if case.subject.get("offering") == str(found.row.offering_id)]
    reach = load_visible_case_ids(current_act(), [case.id for case in here])
    return [_case_summary_link(case, reach) for case in here]


def refused_student_id(refused: DepterError | None) -> str | None:
    """Return the id of the student whose line was refused; None without such a line."""
    return str(refused.params["student"]) if refused is not None and "student" in refused.params else None
