"""The register of decided excuses and the preview of covered lessons; requests start at `start.begin`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.journal.excuses.refused_lessons import (
    LessonPlace,
    RefusedLesson,
    load_lesson_day_type_and_course,
    load_refused_lessons_of_excuses,
)
from app.journal.excuses.review_checks import DecidedExcuseRow, load_decided_excuse_rows
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text
from app.people import queries as people
from app.texts.subject_line import EXCUSE_GROUND_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.excuses.fields import absence_reason_label
from app.web.excuses.period_field import covered_lessons_view
from app.web.excuses.refused_text import lesson_day_course_and_type_text

blueprint = Blueprint("excuses", __name__)
PAGE_SIZE = 50


@blueprint.get("/excuses")
@allow_access("excuses.read")
@writes_every_year
def list_decided_excuses() -> str:
    """List the confirmed and refused excuses of the own institute, newest first, with links to start an order for a
    group.

    Only the directorate sees the ground of an absence (7.1); others see status and days.
    """
    now = current_act()
    own_units = {
        assignment.unit
        for assignment in now.assignments
        if assignment.role == "directorate" and assignment.unit
    }
    sees_all = any(assignment.role in ("academic_office", "auditor") for assignment in now.assignments)
    found = load_decided_excuse_rows(
        None if sees_all else frozenset(own_units),
        _read_before_moment_param(),
        PAGE_SIZE + 1,
        now.assignments,
    )
    rows = found[:PAGE_SIZE]
    parts = _load_refused_lessons_and_places(rows)
    return render_template(
        "excuses/excuses.html",
        rows=[_decided_excuse_row(row, own_units, parts) for row in rows],
        groups=[
            SimpleNamespace(id=group.id, name=group.name) for group in people.load_groups_of_units(own_units)
        ],
        start_url=url_for("start.show_start_form", name="excuse"),
        next=(
            url_for("excuses.list_decided_excuses", before=rows[-1].decided_at.isoformat())
            if len(found) > PAGE_SIZE
            else None
        ),
    )


@dataclass(frozen=True)
class ExcuseParts:
    """The lessons that were not confirmed, by (excuse, student), and where lessons named in the register lie."""

    refused: Mapping[tuple[UUID, UUID], Sequence[RefusedLesson]]
    places: Mapping[UUID, LessonPlace]


def _load_refused_lessons_and_places(rows: Sequence[DecidedExcuseRow]) -> ExcuseParts:
    refused: dict[tuple[UUID, UUID], list[RefusedLesson]] = {}
    for one in load_refused_lessons_of_excuses({row.excuse for row in rows}):
        refused.setdefault((one.excuse, one.student), []).append(one)
    lessons = {one.lesson for found in refused.values() for one in found}
    lessons |= {lesson for row in rows for lesson in row.revoked_lessons}
    return ExcuseParts(refused, load_lesson_day_type_and_course(lessons))


def _read_before_moment_param() -> datetime | None:
    text = request.args.get("before")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid.field("before", "cases.inbox.bad_page_key")
    return moment


def _decided_excuse_row(
    row: DecidedExcuseRow, own_units: Collection[UUID], parts: ExcuseParts
) -> SimpleNamespace:
    refused = sorted(
        parts.refused.get((row.excuse, row.student), ()), key=lambda one: parts.places[one.lesson].day
    )
    days = dict.fromkeys(day_text(day, locale()) for day in (row.starts_on, row.ends_on))
    return SimpleNamespace(
        name=row.name,
        group=row.group,
        days=" – ".join(days),
        status=row.reason.lower() if row.reason else None,
        word=absence_reason_label(row.reason) if row.reason else _("refused"),
        ground=_(EXCUSE_GROUND_LABELS[row.ground]) if row.unit in own_units else None,
        decided_at=row.decided_at,
        revoked_at=row.revoked_at,
        # Why a lesson was refused may tell of an illness, so only the own directorate reads it here (7.1).
        refused=[
            SimpleNamespace(
                lesson=lesson_day_course_and_type_text(parts.places[one.lesson]),
                reason=one.reason if row.unit in own_units else "",
            )
            for one in refused
        ],
        revoked=[lesson_day_course_and_type_text(parts.places[lesson]) for lesson in row.revoked_lessons],
        case_url=url_for("cases.show_case", case_id=row.case) if row.case else None,
        revoke_url=(
            url_for("start.show_start_form", name="excuse_revocation", excused=row.id)
            if row.unit in own_units and row.reason and row.revoked_at is None
            else None
        ),
    )


@blueprint.get("/excuses/covered")
@allow_access("requests.make", "requests.file_for")
def show_covered_lessons_fragment() -> str:
    """Render the lessons of the chosen days as a fragment of the form."""
    first, last = request.args.get("period_from", ""), request.args.get("period_to", "")
    found = covered_lessons_view(first, last, request.args.get("student"))
    return render_template("excuses/_covered.html", covered=found)
