"""Form fields and panels of excuses (P01, P26): days, covered lessons, review checks, questioned excuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from app.cases.access import can_read_case_content
from app.cases.queries.case_details import TaskView
from app.journal.excuses.case_subjects import load_excuse_to_revoke
from app.journal.excuses.queries import LessonInExcusePeriod, load_confirmed_excuse_row
from app.journal.excuses.review_checks import ExcuseReviewChecks, load_excuse_review_checks
from app.journal.excuses.rules import LESSON_COVERED, LESSON_WITHOUT_MARK, MAX_REFUSAL_REASON_LENGTH
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import day_text, moment_text
from app.kernel.ids import parse_id
from app.texts.subject_line import CELL_VALUE_LABELS, EXCUSE_GROUND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import CasePanel, SubjectField, TaskPanel
from app.web.core.visitor import current_act
from app.web.excuses.period_field import (
    MAX_LESSONS,
    covered_lesson_row,
    document_values_for_rework,
    period_start_view,
    period_task_view,
    posted_or_draft_values,
    read_posted_period,
)
from app.web.excuses.refused_text import refused_lessons_panel
from app.web.labels.deadlines import deadline_computation_lines

# --- the decision --------------------------------------------------------------------------------


def read_lessons_left_out_of_excuse(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the lessons left out with their reasons: every `met` place without a `cover`.

    The reason of a row is `why:` with its first place, or `why_all` where the row has none. None when the list
    was not on the page.
    """
    rows = [row for row in posted.getlist("met") if row]
    if not rows:
        return None
    covered = _split_posted_lesson_keys(posted.getlist("cover"))
    shared = posted.get("why_all", "").strip()
    reasons: dict[str, str] = {}
    for row in rows:
        reason = posted.get(_reason_input_name(row), "").strip() or shared
        reasons |= dict.fromkeys(_split_posted_lesson_keys([row]) - covered, reason)
    return {"left_out": sorted(reasons), "reasons": reasons}


def _reason_input_name(row: str) -> str:
    """Return the name of the input for the reason of a row, which is one place or several of one student."""
    return f"why:{row.split(',')[0]}"


def _split_posted_lesson_keys(values: Iterable[str]) -> set[str]:
    return {place for value in values for place in value.split(",") if place}


def refuse_excused_lessons_at_start(_address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """Raise Invalid: a start form has no decision about lessons."""
    raise Invalid.field("absences", "journal.entry.unreadable")


def excused_lessons_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """List the lessons of the excuse, ticked where the request covers them.

    One row per student for several students.
    """
    checks = load_excuse_review_checks(_case_subject_id(view))
    kept = posted_or_draft_values(typed, "cover")
    ticked = _split_posted_lesson_keys(kept) if posted_or_draft_values(typed, "met") else None
    met_lessons = [
        one for one in checks.lessons_in_period if one.state in (LESSON_COVERED, LESSON_WITHOUT_MARK)
    ]
    by_student: dict[UUID, list[LessonInExcusePeriod]] = {}
    for one in met_lessons:
        by_student.setdefault(one.cell.student, []).append(one)
    several = len(by_student) > 1
    rows = (
        [
            _decision_student_row(checks, student, own_lessons, ticked)
            for student, own_lessons in by_student.items()
        ]
        if several
        else [_decision_lesson_row(one, checks, ticked) for one in met_lessons[:MAX_LESSONS]]
    )
    for row in rows:
        row.why_name = _reason_input_name(row.place)
        row.why = (typed.get(row.why_name) or "") if typed else ""
    return SimpleNamespace(
        several=several,
        rows=rows,
        why_all=(typed.get("why_all") or "") if typed else "",
        longest=MAX_REFUSAL_REASON_LENGTH,
    )


def _decision_lesson_row(
    one: LessonInExcusePeriod, checks: ExcuseReviewChecks, ticked: set[str] | None
) -> SimpleNamespace:
    row = covered_lesson_row(one)
    row.ticked = row.place in ticked if ticked is not None else row.place not in checks.left_out
    return row


def _decision_student_row(
    checks: ExcuseReviewChecks,
    student: UUID,
    met_lessons: Sequence[LessonInExcusePeriod],
    ticked: set[str] | None,
) -> SimpleNamespace:
    places = [one.lesson_student_key for one in met_lessons]
    covered = set(places) & ticked if ticked is not None else set(places) - checks.left_out
    return SimpleNamespace(
        place=",".join(places), name=checks.names[student].full, lessons=len(places), ticked=bool(covered)
    )


def _case_subject_id(view: TaskView) -> UUID:
    if view.case.subject_id is None:
        raise Missing
    return view.case.subject_id


def excuse_review_checks_panel(view: TaskView) -> SimpleNamespace | None:
    """Build the review checks beside a task of an excuse, for a directorate that may open its documents.

    None for other tasks.
    """
    decides = any(assignment.role == "directorate" for assignment in current_act().assignments)
    if (
        view.case.subject.get("kind") != "excuse"
        or not decides
        or not can_read_case_content(current_act(), view.case)
    ):
        return None
    excused = view.case.subject.get("excused")
    return _excuse_review_checks_view(
        load_excuse_review_checks(
            load_confirmed_excuse_row(UUID(excused)).excuse_id if excused else _case_subject_id(view)
        )
    )


def _excuse_review_checks_view(checks: ExcuseReviewChecks) -> SimpleNamespace:
    deadline = checks.deadline
    return SimpleNamespace(
        ground=_(EXCUSE_GROUND_LABELS[checks.ground]),
        number=checks.number,
        issuer=checks.issuer,
        dated=day_text(checks.document_date, locale()),
        returned=_return_day_text(checks),
        late=checks.is_late,
        term=moment_text(deadline.moment, locale()) if deadline else None,
        handed=moment_text(checks.submitted_at, locale()),
        computation=deadline_computation_lines(deadline.as_json(), locale()) if deadline else (),
        covers=checks.starts_on <= checks.document_date or checks.ground != "medical",
        used=[
            SimpleNamespace(
                who=who,
                days=" – ".join(dict.fromkeys(day_text(day, locale()) for day in (first, last))),
                at=moment_text(at, locale()),
            )
            for who, first, last, at in checks.earlier_document_uses
        ],
        conflicts=[covered_lesson_row(one) for one in checks.attended_lessons],
        closed=sum(one.state == "sheet" for one in checks.lessons_in_period),
    )


def _return_day_text(checks: ExcuseReviewChecks) -> str:
    """Return the day of return, and both days when request and journal differ."""
    stated, computed = checks.returned_on, checks.computed_return_day
    if stated is not None and computed is not None and stated != computed:
        both = {"said": day_text(stated, locale()), "computed": day_text(computed, locale())}
        return _("%(said)s, says the request; the journal shows %(computed)s") % both
    known = stated or computed
    return day_text(known, locale()) if known else _("not back yet")


# --- the questioned excuse -----------------------------------------------------------------------


def read_posted_questioned_excuse(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted confirmed excuse that is questioned, and the lessons unless all of them are.

    None when it was not on the page.
    """
    if not posted.get("excused"):
        return None
    offered, chosen = posted.getlist("doubted_of"), posted.getlist("doubted")
    lessons = {} if set(chosen) == set(offered) else {"lessons": chosen}
    return {"id": posted["excused"], **lessons}


def questioned_excuse_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the view of the confirmed excuse in the address, with the lessons that rest on it.

    Raises Missing when the visitor may not question it.
    """
    found = load_excuse_to_revoke(current_act(), parse_id(address.get("excused"), "excused"))
    subject = found.description
    days = [day_text(date.fromisoformat(subject[end]), locale()) for end in ("from", "to")]
    ground = EXCUSE_GROUND_LABELS[subject["ground"]]
    return SimpleNamespace(
        id=found.id,
        student=subject["students"][0],
        days=" – ".join(dict.fromkeys(days)),
        ground=_(ground),
        rows=[_doubted_lesson_row(one, typed) for one in found.lessons[:MAX_LESSONS]],
    )


def _doubted_lesson_row(one: LessonInExcusePeriod, typed: Any) -> SimpleNamespace:
    row, lesson = covered_lesson_row(one), str(one.cell.lesson.id)
    # Nothing typed yet: the whole excuse is in doubt.
    shown = posted_or_draft_values(typed, "doubted_of")
    row.lesson, row.ticked = lesson, not shown or lesson in posted_or_draft_values(typed, "doubted")
    return row


def questioned_excuse_task_view(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Build the same view inside a task, from the address of the page."""
    return questioned_excuse_start_view(request.args, _typed)


def absence_reason_label(reason: str) -> str:
    """Return the translated word of EXCUSED or SICK."""
    return _(CELL_VALUE_LABELS[reason])


EXCUSE_FIELDS = (
    SubjectField(
        "period",
        "excuses/_period.html",
        period_start_view,
        period_task_view,
        read_posted_period,
        form_values_for_rework=document_values_for_rework,
    ),
    SubjectField(
        "absences",
        "excuses/_absences.html",
        refuse_excused_lessons_at_start,
        excused_lessons_task_view,
        read_lessons_left_out_of_excuse,
    ),
    SubjectField(
        "excused",
        "excuses/_excused.html",
        questioned_excuse_start_view,
        questioned_excuse_task_view,
        read_posted_questioned_excuse,
    ),
)
EXCUSE_TASK_PANELS = (TaskPanel("checks", excuse_review_checks_panel),)
EXCUSE_CASE_PANELS = (CasePanel("refused", refused_lessons_panel),)
