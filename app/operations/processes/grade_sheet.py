"""Grade sheets (1.4.2, 1.5.2, 7.6): filled, signed, endorsed, approved, closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.grade_sheets.list_queries import load_sheet_case_scope, load_sheet_case_subject
from app.journal.grade_sheets.queries import load_sheet_signing_fingerprint
from app.journal.grade_sheets.signing_commands import (
    approve_sheet,
    endorse_sheet,
    return_sheet_for_rework,
    sign_sheet,
)
from app.journal.grade_sheets.unsigned import report_unsigned_sheet
from app.journal.semesters.queries import load_sheet_deadline_anchors
from app.journal.sheet_closing.commands import close_sheet_of_signing, load_sheet_closing_possible_or_wait
from app.journal.tables import SheetSigning
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Refused
from app.operations.requests import parse_answered_codes
from app.operations.types import (
    CaseStartedByEvent,
    CaseSubject,
    Operation,
    PlaySubject,
    Process,
    ProcessStart,
)
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def load_unsigned_sheet_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A sheet the calendar drew: nothing of it can be approved before it is signed (1.4.2)."""
    sheet = UUID(answers["sheet"])
    return _load_sheet_case_subject(sheet, sheet, canonical_sha256({"drawn": str(sheet)}))


def sign_sheet_for_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """The sheet exactly as its teacher signed it (1.5.2); results are fixed and published by it."""
    if before is None:
        raise Refused("operations.input.missing", name="sheet")
    earlier = db.session.get(SheetSigning, before)
    sheet = earlier.sheet_id if earlier else before
    made = sign_sheet(act, subject_id, sheet, answers["signing"]["seen"])
    return _load_sheet_case_subject(made.id, sheet, made.sha256)


def _load_sheet_case_subject(id: UUID, sheet: UUID, sha256: str) -> CaseSubject:
    scope = load_sheet_case_scope(sheet)
    return CaseSubject(
        id=id,
        sha256=sha256,
        description=load_sheet_case_subject(sheet),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(),
        variables={
            "teacher": str(scope.teacher),
            "enter_until": scope.enter_until.isoformat(),
            "semester_end": scope.semester_end.isoformat(),
        },
    )


PROCESS = Process(
    start=ProcessStart(
        name="grade_sheet",
        subject_factory=load_unsigned_sheet_subject,
        id_variable="sheet",
        clause="1.4.2",
        unit_variables=("discipline_department", "student_institute"),
        person_variables=("teacher",),
        anchor_variables=("enter_until", "semester_end"),
        roles=(),
        play=PlaySubject("sheet", answers={"sheet": "{sheet}"}, requester="teacher"),
    ),
    operations=(
        Operation(
            name="journal.endorse_sheet",
            command=endorse_sheet,
            params={"signing": UUID},
            outcomes={
                "endorsed": N_("the endorsement was recorded"),
                "changed": N_("signed by someone else or the state has changed, nothing was recorded"),
            },
            success_outcomes=("endorsed",),
            clause="1.5.2",
            required_approvals=RequiredApprovals(("department_head",), "1.5.2"),
            approved_parameter="signing",
            load_approved_fingerprint=load_sheet_signing_fingerprint,
        ),
        Operation(
            name="journal.approve_sheet",
            command=approve_sheet,
            params={"signing": UUID},
            outcomes={
                "approved": N_("the sheet is official"),
                "changed": N_("signed by someone else or the state has changed, nothing was recorded"),
            },
            success_outcomes=("approved",),
            clause="1.5.2",
            required_approvals=RequiredApprovals(("department_head", "academic_office"), "1.5.2"),
            approved_parameter="signing",
            load_approved_fingerprint=load_sheet_signing_fingerprint,
        ),
        Operation(
            name="journal.return_sheet",
            command=return_sheet_for_rework,
            params={"sheet": UUID},
            outcomes={
                "returned": N_("the signature was revoked"),
                "stands": N_("the sheet is approved, the signature remains valid"),
            },
            success_outcomes=("returned",),
            clause="1.5.2",
        ),
        Operation(
            name="journal.report_unsigned_sheet",
            command=report_unsigned_sheet,
            params={"sheet": UUID},
            outcomes={"reported": N_("the head of the department was told")},
            success_outcomes=("reported",),
            clause="1.5.2",
            repeatable=True,
        ),
        Operation(
            name="journal.look_before_closing",
            command=load_sheet_closing_possible_or_wait,
            params={"signing": UUID},
            outcomes={
                "possible": N_("the sheet may be closed"),
                "wait": N_("under the sheet deadlines still run"),
            },
            success_outcomes=("possible", "wait"),
            clause="7.6",
            repeatable=True,
        ),
        Operation(
            name="journal.close_sheet",
            command=close_sheet_of_signing,
            params={"signing": UUID, "noted": parse_answered_codes},
            outcomes={
                "closed": N_("the sheet was closed"),
                "changed": N_("signed by someone else or the state has changed, nothing was recorded"),
            },
            success_outcomes=("closed",),
            clause="7.6",
            required_approvals=RequiredApprovals(("department_head", "academic_office"), "7.6"),
            approved_parameter="signing",
            load_approved_fingerprint=load_sheet_signing_fingerprint,
        ),
    ),
    subject_factories={
        "signing": sign_sheet_for_subject,
    },
    started_by_events={
        "journal.sheet.created": CaseStartedByEvent("grade_sheet", ("sheet",), "teacher"),
    },
    load_anchors=load_sheet_deadline_anchors,
    blocker_kind="",
)
