"""Queries of grading schemes and of the grading criteria of a syllabus, for pages and computations (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.journal.grading.rating import Scheme, parse_scheme
from app.journal.tables import (
    Course,
    GradeSheet,
    GradingScheme,
    Offering,
    SchemeConfirmation,
    Semester,
    SheetSigning,
    SyllabusGrading,
)
from app.kernel.db import db
from app.kernel.errors import Missing
from app.regulation import queries as regulation

SCHEME_POLICY = "grading.scheme"
"""The policy with the scheme of the offerings whose syllabus names none."""


@dataclass(frozen=True, slots=True)
class SchemeVersion:
    """A version of a scheme; `confirmed_at` is None until the academic office confirms it."""

    id: UUID
    code: str
    version: int
    names: Mapping[str, str]
    source: Mapping[str, str]
    definition: Mapping[str, Any]
    effective_from: date
    confirmed_at: datetime | None
    confirmed_by: UUID | None
    ground: str
    made_by: UUID | None = None

    @property
    def scheme(self) -> Scheme:
        """Return the definition as a scheme for computing."""
        return parse_scheme(self.code, self.version, self.definition)


def load_scheme_version(id: UUID) -> SchemeVersion:
    """Return a version of a scheme; raises Missing."""
    found = _load_scheme_versions(GradingScheme.id == id)
    if not found:
        raise Missing
    return found[0]


def load_all_scheme_versions() -> list[SchemeVersion]:
    """Return every version of every scheme, by code, the newest first."""
    return _load_scheme_versions()


def _load_scheme_versions(*conditions: ColumnElement[bool]) -> list[SchemeVersion]:
    found = db.session.execute(
        select(GradingScheme, SchemeConfirmation)
        .outerjoin(SchemeConfirmation, SchemeConfirmation.scheme_id == GradingScheme.id)
        .where(*conditions)
        .order_by(GradingScheme.code, GradingScheme.version.desc())
    )
    return [_build_scheme_version(scheme, confirmed) for scheme, confirmed in found]


def _build_scheme_version(scheme: GradingScheme, confirmed: SchemeConfirmation | None) -> SchemeVersion:
    return SchemeVersion(
        id=scheme.id,
        code=scheme.code,
        version=scheme.version,
        names=scheme.names,
        source=scheme.source,
        definition=scheme.definition,
        effective_from=scheme.effective_from,
        confirmed_at=confirmed.confirmed_at if confirmed else None,
        confirmed_by=confirmed.confirmed_by if confirmed else None,
        ground=confirmed.ground if confirmed else "",
        made_by=scheme.made_by,
    )


def load_scheme_version_of_offering(offering: UUID) -> SchemeVersion:
    """Return the scheme an offering is graded by; raises Missing when the policy names none.

    Its syllabus names the scheme, else the policy, in the version in force when its semester began.
    """
    syllabus = find_latest_syllabus_criteria(offering)
    if syllabus is not None:
        return load_scheme_version(syllabus.scheme_id)
    where = db.session.execute(
        select(
            Course.department_id,
            Semester.starts_on,
            # Whatever is signed keeps its scheme, and so do the later sheets of the journal.
            select(SheetSigning.scheme_id)
            .join(GradeSheet, GradeSheet.signing_id == SheetSigning.id)
            .where(GradeSheet.offering_id == offering)
            .order_by(SheetSigning.signed_at)
            .limit(1)
            .scalar_subquery()
            .label("signed_scheme"),
        )
        .join(Offering, Offering.course_id == Course.id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Offering.id == offering)
    ).one_or_none()
    if where is None:
        raise Missing
    if where.signed_scheme is not None:
        return load_scheme_version(where.signed_scheme)
    found = find_scheme_in_force(where.department_id, where.starts_on)
    if found is None:
        raise Missing
    return found


def find_scheme_in_force(department: UUID, day: date) -> SchemeVersion | None:
    """Return the scheme of the policy in a department on a day: its newest version in force then; None without one.

    A version that somebody drafted counts once it is confirmed. Those of the product count before, with a warning.
    """
    code = regulation.load_unit_deadline_calendar(db.session(), department, day).policies.get(SCHEME_POLICY)
    named = [
        row
        for row in _load_scheme_versions(GradingScheme.code == (code.value if code else "KG100"))
        if row.confirmed_at is not None or row.made_by is None
    ]
    if not named:
        return None
    return next((row for row in named if row.effective_from <= day), named[-1])


def find_latest_syllabus_criteria(offering: UUID) -> SyllabusGrading | None:
    """Return the newest criteria of an offering, or None (2.3: a warning is displayed)."""
    return db.session.scalars(
        select(SyllabusGrading)
        .where(SyllabusGrading.offering_id == offering)
        .order_by(SyllabusGrading.version.desc())
        .limit(1)
    ).one_or_none()
