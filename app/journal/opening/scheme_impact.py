"""The impact of a version of a grading scheme on running journals, and its approval by the council (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from app.audit.record import record_audit_event
from app.journal.courses.state_rules import has_office_role
from app.journal.grade_sheets.queries import compute_sheet_from_journal
from app.journal.grading.rating import FINAL, GRADED, Scheme
from app.journal.grading.scheme_commands import SCHEME_CONFIRMED, store_scheme_confirmation
from app.journal.grading.scheme_queries import SchemeVersion, find_scheme_in_force, load_scheme_version
from app.journal.tables import Course, GradeSheet, GradingScheme, Offering, Semester, SyllabusGrading
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Refused
from app.people.models import StudyGroup

MAX_NAMED_JOURNALS = 200


@dataclass(frozen=True, slots=True)
class ChangedJournal:
    """A running journal that a version changes: results with another letter, and that pass or fail only by it."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: str
    results: int
    letters: int
    passing: int
    failing: int


@dataclass(frozen=True, slots=True)
class SchemeImpact:
    """What a version changes in semesters that have begun; `journals` are all of them, `named` the first ones.

    `makeup_caps` are the most points of make-up work before, one for each scheme that is replaced by a version with
    another one (5.4.2); None among them: the policy says it.
    """

    journals: int
    named: tuple[ChangedJournal, ...]
    makeup_caps: tuple[int | None, ...] = ()

    @property
    def letters(self) -> int:
        """Return how many results get another letter."""
        return sum(one.letters for one in self.named)

    @property
    def passing(self) -> int:
        """Return how many results pass by it that failed."""
        return sum(one.passing for one in self.named)

    @property
    def failing(self) -> int:
        """Return how many results fail by it that passed."""
        return sum(one.failing for one in self.named)


def compute_scheme_impact(scheme_id: UUID, now: datetime) -> SchemeImpact:
    """Return the journals of semesters that have begun and are not over which a version would grade anew.

    Those are journals without criteria of their own and without a signed sheet, whose scheme by the policy would become
    this version. Results are the lines of their final sheets that are filled in. Raises Missing.
    """
    version, today = load_scheme_version(scheme_id), local_day(now)
    if version.confirmed_at is not None:
        return SchemeImpact(0, ())
    signed = exists().where(GradeSheet.offering_id == Offering.id, GradeSheet.state != "DRAFT")
    described = exists().where(SyllabusGrading.offering_id == Offering.id)
    found = db.session.execute(
        select(
            Offering.id, Course.code, Course.names, Course.department_id, StudyGroup.name, Semester.starts_on
        )
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(
            Semester.starts_on >= version.effective_from,
            Semester.starts_on <= today,
            Semester.ends_on >= today,
            ~signed,
            ~described,
        )
        .order_by(Course.code, StudyGroup.name, Offering.id)
    ).all()
    present: dict[tuple[UUID, date], SchemeVersion | None] = {}
    for row in found:
        where = (row.department_id, row.starts_on)
        if where not in present:
            present[where] = find_scheme_in_force(*where)
    changed = [
        row
        for row in found
        if _would_replace(version, present[row.department_id, row.starts_on], row.starts_on)
    ]
    named = tuple(
        _changed_journal(row, present[row.department_id, row.starts_on], version, now)
        for row in changed[:MAX_NAMED_JOURNALS]
    )
    before = {one.scheme.makeup_cap for row in changed if (one := present[row.department_id, row.starts_on])}
    caps = tuple(sorted(before, key=str)) if before - {version.scheme.makeup_cap} else ()
    return SchemeImpact(len(changed), named, caps)


def _would_replace(version: SchemeVersion, present: SchemeVersion | None, day: date) -> bool:
    """Return whether a version, once confirmed, is the one in force on a day in place of the present one."""
    if present is None or present.code != version.code or version.effective_from > day:
        return False
    return version.version > present.version or present.effective_from > day


def _changed_journal(
    row: Any, present: SchemeVersion | None, version: SchemeVersion, now: datetime
) -> ChangedJournal:
    letters = passing = failing = results = 0
    sheet = db.session.scalar(
        select(GradeSheet).where(GradeSheet.offering_id == row.id, GradeSheet.kind == FINAL)
    )
    if sheet is not None and present is not None:
        old, new = present.scheme, version.scheme
        for line in compute_sheet_from_journal(sheet, now).lines:
            if line.status != GRADED or line.entered is None:
                continue
            results += 1
            before, after = _letter_and_pass(old, line.rating.total), _letter_and_pass(new, line.rating.total)
            letters += before[0] != after[0]
            passing += after[1] and not before[1]
            failing += before[1] and not after[1]
    return ChangedJournal(row.id, row.code, row.names, row.name, results, letters, passing, failing)


def _letter_and_pass(scheme: Scheme, total: Decimal) -> tuple[str, bool]:
    """Return the letter that a total earns in a scheme, and whether it passes."""
    return scheme.letter_of_total(total).letter, total >= scheme.passing


def load_scheme_subject(scheme_id: UUID, now: datetime) -> dict[str, Any]:
    """Return a version as its case shows it, with its impact: {kind, names, code, version, from, journals, letters,
    passing, failing, makeup_cap, makeup_caps (of the schemes it replaces)}. Raises Missing, Refused."""
    version = load_scheme_version(scheme_id)
    if version.confirmed_at is not None:
        raise Refused("journal.scheme.confirmed")
    impact = compute_scheme_impact(scheme_id, now)
    return {
        "kind": "scheme",
        "scheme_id": str(version.id),
        "names": dict(version.names),
        "code": version.code,
        "version": version.version,
        "from": version.effective_from.isoformat(),
        "journals": impact.journals,
        "letters": impact.letters,
        "passing": impact.passing,
        "failing": impact.failing,
        "makeup_cap": version.scheme.makeup_cap,
        "makeup_caps": list(impact.makeup_caps),
    }


def load_scheme_fingerprint(scheme_id: UUID) -> str | None:
    """Return the SHA-256 that approvals of a version are bound to; None when there is none."""
    row = db.session.get(GradingScheme, scheme_id)
    return row.sha256 if row else None


def confirm_scheme_of_council(act: Act, scheme: UUID, minutes_no: int, minutes_on: date) -> str:
    """Confirm a version by the registered decision of the council; return `confirmed`, also when it was confirmed
    before. Raises Missing, Denied (not the academic office)."""
    row = load_scheme_version(scheme)
    if not has_office_role(act.assignments):
        raise Denied("journal.scheme.not_yours")
    if row.confirmed_at is not None:
        return "confirmed"
    ground = f"№ {minutes_no}, {minutes_on:%d.%m.%Y}"
    store_scheme_confirmation(act, scheme, ground)
    after = {"code": row.code, "version": row.version, "ground": ground, "case": act.case}
    record_audit_event(act, SCHEME_CONFIRMED, ("journal.grading_scheme", scheme), None, after, "2.3")
    return "confirmed"
