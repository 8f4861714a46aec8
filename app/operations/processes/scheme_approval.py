"""The approval of a grading scheme (2.3): drafted by a head, checked by the office, decided by the council."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.journal.opening.scheme_impact import (
    confirm_scheme_of_council,
    load_scheme_fingerprint,
    load_scheme_subject,
)
from app.kernel.act import Act
from app.kernel.errors import Denied, Invalid, Missing
from app.operations.types import CaseSubject, Operation, PlaySubject, Process, ProcessStart
from app.people.approvals import RequiredApprovals
from app.texts.translate import N_


def load_drafted_scheme_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """A drafted version of a scheme with its impact (2.3). Raises Invalid for a confirmed or unknown one, Denied
    without a department."""
    scheme = UUID(answers["scheme"]["id"])
    department = next(
        (one.unit for one in act.assignments if one.role == "department_head" and one.unit), None
    )
    if department is None:
        raise Denied("journal.scheme.not_yours")
    try:
        described = load_scheme_subject(scheme, act.at)
    except Missing:
        raise Invalid.field("scheme", "forms.field.not_offered") from None
    fingerprint = load_scheme_fingerprint(scheme)
    assert fingerprint is not None
    return CaseSubject(
        id=scheme,
        sha256=fingerprint,
        description=described,
        units={"discipline_department": department},
        about=(),
    )


def parse_minutes_number(given: Any) -> int:
    """Return the number of minutes. Raises TypeError or ValueError for anything else."""
    return int(float(given))


def parse_minutes_day(given: Any) -> date:
    """Return the day of minutes, from ISO 8601. Raises TypeError or ValueError for anything else."""
    return given if isinstance(given, date) else date.fromisoformat(given)


PROCESS = Process(
    start=ProcessStart(
        name="scheme_approval",
        subject_factory=load_drafted_scheme_subject,
        id_variable="scheme",
        clause="2.3",
        unit_variables=("discipline_department",),
        roles=("department_head",),
        play=PlaySubject("drafted_scheme", address={"scheme": "{scheme}"}),
    ),
    operations=(
        Operation(
            name="journal.confirm_scheme",
            command=confirm_scheme_of_council,
            params={
                "scheme": UUID,
                "minutes_no": parse_minutes_number,
                "minutes_on": parse_minutes_day,
            },
            outcomes={"confirmed": N_("the scheme is in force from its day")},
            success_outcomes=("confirmed",),
            clause="2.3",
            required_approvals=RequiredApprovals(("academic_office",), "2.3"),
            approved_parameter="scheme",
            load_approved_fingerprint=load_scheme_fingerprint,
        ),
    ),
    subject_factories={"scheme": load_drafted_scheme_subject},
    blocker_kind="",
)
