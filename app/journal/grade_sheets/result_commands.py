"""The only commands that write results: fixed by a signature, amended by a protocol (4.4.3, 6.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, tuple_

from app.audit.record import AuditEvent, PrivateValue, record_audit_events
from app.journal.grade_sheets import queries as grade_sheet_queries
from app.journal.grade_sheets.line_queries import find_current_result, load_current_results_by_student
from app.journal.grade_sheets.rules import outcome_of_amending_result
from app.journal.gradebook import load as load_gradebook
from app.journal.grading.rating import (
    FINAL,
    GRADED,
    MODULES,
    NOT_ADMITTED,
    NOT_ATTENDED,
    Rating,
    RatingInputs,
    compute_rating,
    format_points,
    is_admitted_to_final,
    most_points_to_decide,
    rating_of_taken_over_sum,
    taken_over_act_or_none,
    transferred_grades_by_origin,
    transferred_module_origins,
)
from app.journal.grading.scheme_queries import (
    SchemeVersion,
    load_scheme_version,
    load_scheme_version_of_offering,
)
from app.journal.grading.sheet_states import DRAFT
from app.journal.tables import GradeSheet, Offering, Result, SheetSigning
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db, model_table
from app.kernel.errors import Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.outbox.post import post_event

RESULT_FIXED = "journal.result.fixed"
RESULT_AMENDED = "journal.result.amended"
RESULTS_PUBLISHED = "journal.results.published"


@dataclass(frozen=True, slots=True)
class ResultAmendment:
    """The change of one result by a protocol: the entered points, or current grades that are added (5.4.3).

    `version` is the version of the result the commission decided about.
    """

    sheet: UUID
    student: UUID
    protocol: UUID
    version: int
    entered: Decimal | None = None
    grades: tuple[Decimal, ...] = ()


def fix_and_publish_results(
    act: Act, sheet: grade_sheet_queries.ComputedSheet, signing: SheetSigning
) -> None:
    """Write a version of every result the signature changes, and notify the students whose result is new
    (6.1, 6.3)."""
    known = load_current_results_by_student(sheet.row.id)
    new_rows = []
    for line in sheet.lines:
        before = known.get(line.student)
        if (
            line.result is not None
            or line.transfer_origin is not None
            or (before is not None and _is_unchanged_result(before, line.rating))
        ):
            continue
        new_rows.append(
            _build_next_result_version(
                sheet.row.id, line.student, before, line.rating, act.at, signing=signing.id
            )
        )
    db.session.add_all(new_rows)
    db.session.flush()
    record_audit_events(
        act,
        [
            _result_audit_event(RESULT_FIXED, row, known.get(row.student_id), "4.4.3", sheet.row.offering_id)
            for row in new_rows
        ],
    )
    if new_rows:
        post_published_results(act, sheet.row, sheet.offering, [row.student_id for row in new_rows])


def post_published_results(
    act: Act, row: GradeSheet, offering: load_gradebook.OfferingState, students: Sequence[UUID]
) -> None:
    """Tell these students that a result of theirs was published: the deadlines of 6.2 and 6.3 run from now."""
    post_event(act, RESULTS_PUBLISHED, _results_event_payload(row, offering, students))


def amend_result(act: Act, amendment: ResultAmendment) -> str:
    """Write the version of a result that a protocol decided, and of the final that rests on it (4.4.3b,
    5.4.3, 7.6).

    Returns `amended`, or `result_changed` when another version is current or the sheet was returned. A repeat
    writes nothing. Raises Missing, Invalid (`entered`). Approvals are checked by the menu.
    """
    row = db.session.scalar(
        select(GradeSheet)
        .where(GradeSheet.id == amendment.sheet)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    before = find_current_result(amendment.sheet, amendment.student) if row else None
    if row is None or before is None:
        raise Missing
    if before.protocol_id == amendment.protocol:
        return "amended"
    # The commission decided about one version of the result: another version needs another decision.
    outcome = outcome_of_amending_result(row.state, before.version, amendment.version)
    if outcome != "amended":
        return outcome
    scheme = _load_scheme_of_sheet(row)
    rating = _compute_amended_rating(scheme, row.kind, before, amendment)
    new_rows = [
        _build_next_result_version(
            row.id, before.student_id, before, rating, act.at, protocol=amendment.protocol
        )
    ]
    old_rows = [before]
    final = _lock_and_find_dependent_final(row, before.student_id)
    if final is not None:
        new_rows.append(
            _build_final_with_amended_module(row, final, rating.total, act.at, amendment.protocol)
        )
        old_rows.append(final)
    db.session.add_all(new_rows)
    db.session.flush()
    record_audit_events(
        act,
        [
            _result_audit_event(RESULT_AMENDED, new, old, "4.4.3", row.offering_id)
            for new, old in zip(new_rows, old_rows, strict=True)
        ],
    )
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    post_event(act, RESULT_AMENDED, _results_event_payload(row, offering, [before.student_id]))
    return outcome


def _load_scheme_of_sheet(row: GradeSheet) -> SchemeVersion:
    signing = db.session.get(SheetSigning, row.signing_id) if row.signing_id else None
    return (
        load_scheme_version(signing.scheme_id)
        if signing
        else load_scheme_version_of_offering(row.offering_id)
    )


def _compute_amended_rating(
    scheme: SchemeVersion, kind: str, before: Result, amendment: ResultAmendment
) -> Rating:
    most = most_points_to_decide(scheme.scheme, kind, before.arithmetic)
    entered = amendment.entered if amendment.entered is not None else before.entered
    if amendment.entered is not None and not 0 <= amendment.entered <= most:
        raise Invalid.field("entered", "journal.mark.not_points", most=most)
    if taken_over_act_or_none(before.arithmetic) is not None:
        if amendment.entered is None:
            raise Refused("journal.proposal.sum_taken_over")
        return rating_of_taken_over_sum(amendment.entered, before.arithmetic)
    status = GRADED if amendment.entered is not None else before.status
    grades = _read_current_grades_of_arithmetic(before.arithmetic) + amendment.grades
    modules, arithmetic = _read_module_points_of_arithmetic(before.arithmetic), before.arithmetic
    inputs = RatingInputs(
        status,
        entered,
        grades,
        modules,
        transferred_grades_by_origin(arithmetic),
        transferred_module_origins(arithmetic),
    )
    return compute_rating(scheme.scheme, kind, inputs)


def _read_current_grades_of_arithmetic(arithmetic: Any) -> tuple[Decimal, ...]:
    return tuple(Decimal(one) for part in arithmetic["parts"] for one in part.get("grades", ()))


def _read_module_points_of_arithmetic(arithmetic: Any) -> tuple[tuple[str, Decimal], ...]:
    return tuple(
        (part["key"], Decimal(part["points"])) for part in arithmetic["parts"] if part["key"] in MODULES
    )


def _lock_and_find_dependent_final(row: GradeSheet, student: UUID) -> Result | None:
    """Lock and return the fixed final that rests on this module: in this journal, or in that of the group the
    student was transferred to."""
    if row.kind not in MODULES:
        return None
    discipline = select(Offering.course_id, Offering.semester_id).where(Offering.id == row.offering_id)
    found = db.session.scalars(
        select(GradeSheet)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .where(
            tuple_(Offering.course_id, Offering.semester_id) == discipline.scalar_subquery(),
            GradeSheet.kind == FINAL,
            GradeSheet.state != DRAFT,
            exists().where(Result.sheet_id == GradeSheet.id, Result.student_id == student),
        )
        .order_by(GradeSheet.id)
        .with_for_update(of=GradeSheet)
    ).all()
    for sheet in found:
        final = find_current_result(sheet.id, student)
        if final is not None and (
            sheet.offering_id == row.offering_id
            or row.kind in dict(transferred_module_origins(final.arithmetic))
        ):
            return final
    return None


def _build_final_with_amended_module(
    row: GradeSheet, final: Result, total: Decimal, at: datetime, protocol: UUID
) -> Result:
    """Return the final with the module's new result. A student who is admitted only now has not attended
    yet."""
    sheet = grade_sheet_queries.load_grade_sheet(final.sheet_id)
    scheme = _load_scheme_of_sheet(sheet).scheme
    modules = tuple(
        (kind, total if kind == row.kind else points)
        for kind, points in _read_module_points_of_arithmetic(final.arithmetic)
    )
    status = final.status
    if status == NOT_ADMITTED and is_admitted_to_final(scheme, modules):
        status = NOT_ATTENDED
    origins = transferred_module_origins(final.arithmetic)
    rating = compute_rating(scheme, FINAL, RatingInputs(status, final.entered, (), modules, origins=origins))
    return _build_next_result_version(final.sheet_id, final.student_id, final, rating, at, protocol=protocol)


def _is_unchanged_result(before: Result, rating: Rating) -> bool:
    now = (rating.status, rating.entered, rating.total, rating.letter, dict(rating.arithmetic))
    return (before.status, before.entered, before.total, before.letter, before.arithmetic) == now


def _build_next_result_version(
    sheet: UUID,
    student: UUID,
    before: Result | None,
    rating: Rating,
    at: datetime,
    *,
    signing: UUID | None = None,
    protocol: UUID | None = None,
) -> Result:
    result = Result(
        id=new_id(),
        sheet_id=sheet,
        student_id=student,
        version=before.version + 1 if before else 1,
        status=rating.status,
        entered=rating.entered,
        total=rating.total,
        letter=rating.letter,
        arithmetic=dict(rating.arithmetic),
        signing_id=signing,
        protocol_id=protocol,
        published_at=at,
    )
    result.sha256 = canonical_sha256(
        {
            "id": str(result.id),
            "sheet": str(sheet),
            "student": str(student),
            "version": result.version,
            "status": result.status,
            "total": str(result.total),
            "letter": result.letter,
            "arithmetic": result.arithmetic,
            "ground": str(signing or protocol),
        }
    )
    return result


def _result_audit_event(
    event_type: str, row: Result, before: Result | None, clause: str, offering: UUID
) -> AuditEvent:
    return AuditEvent(
        event_type,
        ("journal.result", row.id),
        {
            "total": PrivateValue(format_points(before.total)),
            "letter": PrivateValue(before.letter),
            "version": before.version,
        }
        if before
        else None,
        {
            "total": PrivateValue(format_points(row.total)),
            "letter": PrivateValue(row.letter),
            "version": row.version,
            "sheet": row.sheet_id,
            "protocol": row.protocol_id,
            "sha256": row.sha256,
        },
        clause,
        row.student_id,
        offering,
        result_audit_row(row),
    )


def result_audit_row(row: Result) -> dict[str, Any]:
    """Return every column of a version of a result, as its audit record keeps it: what it says is sealed."""
    private = ("entered", "total", "letter", "arithmetic", "status")
    columns = [column.name for column in model_table(Result).columns]
    return {
        name: PrivateValue(getattr(row, name)) if name in private else getattr(row, name) for name in columns
    }


def _results_event_payload(
    row: GradeSheet, offering: load_gradebook.OfferingState, students: Sequence[UUID]
) -> dict[str, Any]:
    """Return the payload of an event: sheet and recipients; no result."""
    return {
        "sheet": str(row.id),
        "offering": str(row.offering_id),
        "subject": {
            "kind": "sheet",
            "course": dict(offering.names),
            "group": offering.group_name,
            "sheet_kind": row.kind,
            "number": row.number or "",
        },
        "recipients": sorted(str(student) for student in students),
        "clause": "6.3",
        "url": "/student/marks",
    }
