"""Requests for access (P22): a chief asks for a role of one of his people, or for its end; the academic office
confirms, IT does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel.act import Act
from app.operations.types import CaseSubject, Operation, Process, ProcessStart
from app.people.access_rules import CHIEF_ROLES
from app.people.approvals import RequiredApprovals
from app.people.commands.access import AskedAccess, apply_access_request, store_access_request
from app.people.queries.access import access_fingerprint, describe_access_request, load_access_fingerprint
from app.texts.translate import N_


def store_access_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> CaseSubject:
    """Store the role that a chief asks for, or whose end he asks for; refuses by `people.access_rules`."""
    chosen = answers["access"]
    since = answers.get("valid_from")
    asked = AskedAccess(
        until=date.fromisoformat(str(answers["valid_until"])),
        grant=UUID(chosen["grant"]) if chosen.get("grant") else None,
        person=UUID(chosen["person"]) if chosen.get("person") else None,
        role=chosen.get("role", ""),
        unit=UUID(chosen["unit"]) if chosen.get("unit") else None,
        deputy=bool(answers.get("deputy")),
        since=date.fromisoformat(str(since)) if since else None,
    )
    made = store_access_request(act, subject_id, asked)
    return CaseSubject(
        id=made.id,
        sha256=access_fingerprint(made),
        description=describe_access_request(made.id),
        units={"unit": made.unit_id} if made.unit_id else {},
        about=(made.person_id,),
    )


PROCESS = Process(
    start=ProcessStart(
        name="access_request",
        subject_factory=store_access_subject,
        id_variable="access",
        clause="3.1",
        unit_variables=("unit",),
        roles=CHIEF_ROLES,
        keeps_concerned_out=True,
    ),
    operations=(
        Operation(
            name="people.apply_access_request",
            command=apply_access_request,
            params={"access": UUID},
            outcomes={
                "granted": N_("the role was given"),
                "ended": N_("the role ends"),
                "not_possible": N_("the person, the unit or the role is not there any more"),
            },
            success_outcomes=("granted", "ended"),
            clause="3.1",
            required_approvals=RequiredApprovals(("academic_office", "it_admin"), "3.1"),
            approved_parameter="access",
            load_approved_fingerprint=load_access_fingerprint,
        ),
    ),
    blocker_kind="",
)
