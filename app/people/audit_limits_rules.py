"""Rules for what an auditor may read: units, days and kinds of his role, and the days when the role is in force. Pure.

An auditor from outside never reads more than his role names (1.3.3, 7.1). What a page does not tell about an object
(its unit, its days) closes it to an auditor who is limited by that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel.act import ReadingLimits, RoleAssignment
from app.kernel.errors import FieldProblem, Invalid

AUDITOR = "auditor"
JOURNAL_KIND, CASES_KIND, PEOPLE_KIND = "journal", "cases", "people"
AUDITED_KINDS = (JOURNAL_KIND, CASES_KIND, PEOPLE_KIND)
"""What an auditor may be limited to: marks and sheets, cases with their papers, persons with roles and orders."""


@dataclass(frozen=True, slots=True)
class AuditedVerb:
    """How far a verb of an auditor can be limited. `kinds`: what its pages are about, () for every kind; one that the
    role names is enough, the pages show no other. `by_unit`, `by_day`: its pages tell units and days of their objects;
    where they do not, a limited auditor is kept out. `public`: nothing about persons, so no limit applies."""

    kinds: tuple[str, ...] = ()
    by_unit: bool = False
    by_day: bool = False
    public: bool = False


AUDITED_VERBS: Mapping[str, AuditedVerb] = {
    "journal.read": AuditedVerb((JOURNAL_KIND,), by_unit=True, by_day=True),
    "marks.read": AuditedVerb((JOURNAL_KIND,), by_unit=True, by_day=True),
    "takeover.read": AuditedVerb((JOURNAL_KIND,)),
    "archive.read": AuditedVerb((JOURNAL_KIND,)),
    "excuses.read": AuditedVerb((CASES_KIND,), by_unit=True, by_day=True),
    "processes.cases": AuditedVerb((CASES_KIND,), by_unit=True, by_day=True),
    "processes.migrations": AuditedVerb((CASES_KIND,)),
    "processes.export": AuditedVerb((CASES_KIND,), by_unit=True, by_day=True),
    "patterns.read": AuditedVerb((JOURNAL_KIND, CASES_KIND), by_unit=True, by_day=True),
    "commissions.read": AuditedVerb((CASES_KIND,), by_unit=True, by_day=True),
    "acknowledgements.read": AuditedVerb((PEOPLE_KIND,), by_unit=True),
    "people.read": AuditedVerb((PEOPLE_KIND,), by_unit=True),
    "reads.read": AuditedVerb((PEOPLE_KIND,), by_unit=True, by_day=True),
    "orders.read": AuditedVerb((PEOPLE_KIND,), by_unit=True, by_day=True),
    "rules.acceptances": AuditedVerb((PEOPLE_KIND,), by_unit=True),
    "structure.read": AuditedVerb(by_unit=True),
    "audit.read": AuditedVerb(by_unit=True, by_day=True),
    "backups.read": AuditedVerb(),
    "seals.read": AuditedVerb(public=True),
    "processes.read": AuditedVerb(public=True),
    "calendar.read": AuditedVerb(public=True),
    "timetable.read": AuditedVerb(public=True),
}
"""The verbs of an auditor in `rules.PERMISSIONS`, each with the limits that apply to it."""
_UNLIMITABLE = AuditedVerb()
_UNDATED_VERBS = frozenset({"people.read", "rules.acceptances", "structure.read"})
"""Persons and units have no day of their own: a period alone does not keep an auditor from them."""


def may_open_pages_of_verb(assignment: RoleAssignment, verb: str) -> bool:
    """Return whether the limits of an assignment leave anything of a verb to read; True for every other role."""
    if assignment.role != AUDITOR:
        return True
    audited, limits = AUDITED_VERBS.get(verb, _UNLIMITABLE), assignment.limits
    if audited.public:
        return True
    if (
        limits is not None
        and limits.kinds is not None
        and audited.kinds
        and not limits.kinds & set(audited.kinds)
    ):
        return False
    if assignment.unit is not None and not audited.by_unit:
        return False
    dated = limits is not None and limits.is_dated()
    return not dated or audited.by_day or verb in _UNDATED_VERBS


def reaches_audited_object(
    assignment: RoleAssignment, verb: str, units: Collection[UUID], days: tuple[date, date] | None
) -> bool:
    """Return whether an auditor may use the verb on an object of these units and days (None: it has no days)."""
    if not may_open_pages_of_verb(assignment, verb):
        return False
    audited, limits = AUDITED_VERBS.get(verb, _UNLIMITABLE), assignment.limits
    if audited.public:
        return True
    if assignment.unit is not None and assignment.unit not in units:
        return False
    if limits is None or not limits.is_dated() or verb in _UNDATED_VERBS:
        return True
    return days is not None and limits.overlaps(*days)


def roles_in_force(assignments: Sequence[RoleAssignment], chosen: str | None) -> tuple[RoleAssignment, ...]:
    """Return the role assignments of a person that are in force, given the role in use.

    An auditor audits in no other role: his is in force alone while it is in use, else the others are. Nobody checks his
    own work with the rights of both.
    """
    audits = tuple(one for one in assignments if one.role == AUDITOR)
    others = tuple(one for one in assignments if one.role != AUDITOR)
    return audits if audits and (chosen == AUDITOR or not others) else others


def refusal_of_limits(
    role: str,
    valid_until: date | None,
    limits: ReadingLimits | None,
    *,
    from_outside: bool,
    unit_kind: str | None,
) -> Invalid | None:
    """Return the refusal of the limits of a role at its fields (`role`, `until`, `covers_until`, `kinds`, `unit`)."""
    wrong: dict[str, list[FieldProblem]] = {}
    if role != AUDITOR:
        if limits is not None or from_outside:
            wrong["role"] = [FieldProblem("people.role.limits_of_auditor")]
        return Invalid(wrong) if wrong else None
    if from_outside and valid_until is None:
        wrong["until"] = [FieldProblem("people.role.outside_ends")]
    if limits is not None:
        first, last = limits.starts_on, limits.ends_on
        if first is not None and last is not None and last < first:
            wrong["covers_until"] = [FieldProblem("people.period.backwards")]
        if limits.kinds is not None and (not limits.kinds or not limits.kinds <= set(AUDITED_KINDS)):
            wrong["kinds"] = [FieldProblem("people.role.kinds")]
    if unit_kind == "university":
        wrong["unit"] = [FieldProblem("people.role.auditor_of_university")]
    return Invalid(wrong) if wrong else None


def build_limits(
    starts_on: date | None, ends_on: date | None, kinds: Iterable[str] | None
) -> ReadingLimits | None:
    """Return the limits of an auditor; None when nothing is limited."""
    given = frozenset(kinds) if kinds is not None else None
    return (
        None
        if (starts_on, ends_on, given) == (None, None, None)
        else ReadingLimits(starts_on, ends_on, given)
    )


def limits_of_json(value: Sequence[Any] | None) -> ReadingLimits | None:
    """Return the limits of [first day, last day, kinds] as a statement gives them; None for none."""
    if value is None:
        return None
    first, last, kinds = value
    return build_limits(
        date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None, kinds
    )
