"""Commands that add and confirm versions of grading schemes and write the criteria of an offering (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.grading.initial_schemes import scheme_digest
from app.journal.grading.rating import parse_scheme
from app.journal.grading.scheme_queries import (
    SchemeVersion,
    find_latest_syllabus_criteria,
    load_scheme_version,
    load_scheme_version_of_offering,
)
from app.journal.grading.scheme_rules import (
    refusal_to_add_scheme_version,
    refusal_to_confirm_scheme,
    refusal_to_write_syllabus_criteria,
)
from app.journal.tables import GradeSheet, GradingScheme, SchemeConfirmation, Semester, SyllabusGrading
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Stale
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id

SCHEME_MADE = "journal.scheme.made"
SCHEME_CONFIRMED = "journal.scheme.confirmed"
CRITERIA_WRITTEN = "journal.syllabus.written"


@dataclass(frozen=True, slots=True)
class ProposedSchemeVersion:
    """A proposed version of a scheme; `follows` is the version that was seen."""

    code: str
    follows: int
    names: Mapping[str, str]
    source: str
    definition: Mapping[str, Any]
    effective_from: date


@dataclass(frozen=True, slots=True)
class SyllabusCriteria:
    """The criteria of a syllabus: scheme, criteria, an extra form for unexcused absences (5.2.3); the version
    seen."""

    scheme: UUID
    criteria: str
    extra: str
    version: int


def add_scheme_version(act: Act, scheme_id: UUID, new: ProposedSchemeVersion) -> UUID:
    """Write the next version of a scheme, not confirmed; the caller chose the id, a repeat is harmless.

    Raises Denied, Invalid (`definition`), Stale (somebody added a version meanwhile).
    """
    refusal = refusal_to_add_scheme_version(act.assignments)
    if refusal is not None:
        raise refusal
    if db.session.get(GradingScheme, scheme_id) is not None:
        return scheme_id
    parse_scheme(new.code, new.follows + 1, new.definition)
    # One writer of a scheme code at a time: no two versions get the same number.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"scheme {new.code}", 0))))
    newest = (
        db.session.scalar(select(func.max(GradingScheme.version)).where(GradingScheme.code == new.code)) or 0
    )
    if newest != new.follows:
        raise Stale("journal.scheme.newer_version", current={"version": newest})
    row = GradingScheme(
        id=scheme_id,
        code=new.code,
        version=newest + 1,
        names=dict(new.names),
        source=dict.fromkeys(LOCALES, new.source),
        definition=dict(new.definition),
        sha256=scheme_digest(scheme_id, new.code, newest + 1, dict(new.definition)),
        effective_from=new.effective_from,
        made_at=act.at,
        made_by=act.person,
    )
    db.session.add(row)
    db.session.flush()
    after = {"code": row.code, "version": row.version, "sha256": row.sha256, "from": row.effective_from}
    record_audit_event(act, SCHEME_MADE, ("journal.grading_scheme", row.id), None, after, "2.3")
    return scheme_id


def confirm_scheme(act: Act, scheme_id: UUID, ground: str) -> None:
    """Confirm a version of a scheme for the academic office; `ground` names the order or minutes it rests on.

    Raises Missing, Denied, Invalid (`ground`), Refused (confirmed already; it changes a running semester, which only
    the decision of the council does).
    """
    row = load_scheme_version(scheme_id)
    refusal = refusal_to_confirm_scheme(
        act.assignments,
        row.confirmed_at is not None,
        ground,
        changes_running_semester(row, local_day(act.at)),
    )
    if refusal is not None:
        raise refusal
    store_scheme_confirmation(act, scheme_id, ground.strip())
    after = {"code": row.code, "version": row.version, "ground": ground.strip()}
    record_audit_event(act, SCHEME_CONFIRMED, ("journal.grading_scheme", scheme_id), None, after, "2.3")


def store_scheme_confirmation(act: Act, scheme_id: UUID, ground: str) -> None:
    """Store that a version is confirmed, and the ground of it; the caller has checked who may, and records it."""
    db.session.add(
        SchemeConfirmation(scheme_id=scheme_id, confirmed_at=act.at, confirmed_by=act.person, ground=ground)
    )
    db.session.flush()


def changes_running_semester(row: SchemeVersion, today: date) -> bool:
    """Return whether confirming a drafted version would change how journals of a begun semester are graded: one of
    them began on the first day of the version or later. One statement."""
    if row.made_by is None:
        return False
    running = select(Semester.id).where(
        Semester.starts_on >= row.effective_from, Semester.starts_on <= today, Semester.ends_on >= today
    )
    return db.session.scalar(running.limit(1)) is not None


def write_syllabus_criteria(act: Act, offering_id: UUID, new: SyllabusCriteria) -> int:
    """Write the next version of an offering's criteria; return its number. The same words again write
    nothing.

    Raises Missing, Denied, Invalid (`criteria`, `extra`), Stale, Refused (2.3: a sheet is signed, the scheme
    is fixed).
    """
    offering = require_readable_offering(act, offering_id)
    known = find_latest_syllabus_criteria(offering_id)
    present = known.scheme_id if known else load_scheme_version_of_offering(offering_id).id
    version = known.version if known else 0
    wanted = load_scheme_version(new.scheme)
    signed = db.session.query(GradeSheet.id).filter(
        GradeSheet.offering_id == offering_id, GradeSheet.state != "DRAFT"
    )
    refusal = refusal_to_write_syllabus_criteria(
        persons_act_may_teach_as(act),
        any(
            assignment.role == "department_head" and assignment.unit == offering.department
            for assignment in act.assignments
        ),
        offering.teachers,
        new.criteria,
        new.extra,
        wanted.id != present,
        signed.first() is not None,
    )
    if refusal is not None:
        raise refusal
    if known and (known.scheme_id, known.criteria, known.extra) == (new.scheme, new.criteria, new.extra):
        return version
    if version != new.version:
        raise Stale("journal.criteria.changed", current={"version": version})
    row = SyllabusGrading(
        id=new_id(),
        offering_id=offering_id,
        version=version + 1,
        scheme_id=new.scheme,
        criteria=new.criteria,
        extra=new.extra,
        made_at=act.at,
        made_by=act.person,
    )
    db.session.add(row)
    db.session.flush()
    after = {
        "offering": offering_id,
        "version": row.version,
        "scheme": row.scheme_id,
        "criteria": new.criteria,
    }
    record_audit_event(act, CRITERIA_WRITTEN, ("journal.syllabus", row.id), None, after, "2.3")
    return row.version
