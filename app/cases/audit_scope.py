"""The limits of an auditor as conditions on deeds, versions of cells and cases: units, days and kinds (1.3.3, 7.1).

A deed belongs to one place: its journal, else its unit or group, else its case, else its person. So it lies in the
units of an auditor or not, whatever else it names. A deed without any place lies in no unit, one that is about the
whole installation in no kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true

from app.audit.deeds import load_known_event_types
from app.audit.models import AuditRecord, ReadRecord
from app.audit.newest_rows import Arm, is_one_of
from app.cases.models import Case
from app.journal.gradebook_views.cell_versions import select_offering_ids
from app.journal.tables import CellVersion, Offering
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import first_moment_after, first_moment_of
from app.kernel.db import db
from app.people.audit_limits_rules import CASES_KIND, JOURNAL_KIND, PEOPLE_KIND
from app.people.models import Membership, RoleGrant, StudyGroup
from app.people.queries import limited_auditor_roles, load_units_below

KIND_BY_EVENT_PREFIX = {
    "people.": PEOPLE_KIND,
    "exchange.": PEOPLE_KIND,
    "audit.person.": PEOPLE_KIND,
    "journal.acknowledgement": PEOPLE_KIND,
    "cases.": CASES_KIND,
    "files.": CASES_KIND,
    "journal.": JOURNAL_KIND,
    **{
        f"journal.{subject}.": CASES_KIND
        for subject in (
            *("appeal", "change_set", "commission", "correction", "dispute", "entry", "excuse", "hearing"),
            *("late_entry_permit", "makeup_extension", "makeup_extension_request", "note", "protocol"),
            *("request", "sheet_reopening_request"),
        )
    },
}
"""The kind of a deed by the beginning of its event type; the longest one that fits decides."""
GENERAL_EVENT_PREFIXES = (
    *("audit.", "backups.", "demo.", "diagrams.", "kernel.", "notices.", "outbox.", "regulation."),
)
"""Deeds about the installation as a whole, of no kind."""
MAX_ARM_IDS = 3000
"""Up to so many ids a small unit is read from the indexes of its journals, cases and persons."""


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from `since` to before `until` (UTC); None: open."""

    since: datetime | None = None
    until: datetime | None = None

    def contains(self, moment: datetime) -> bool:
        """Return whether a moment lies in the window."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class LimitedRole:
    """One limited role of an auditor: its units with all below them (None: every unit), days, kinds (None: every)."""

    units: frozenset[UUID] | None
    window: Window
    kinds: frozenset[str] | None

    def covers_kind(self, kind: str | None) -> bool:
        """Return whether the role is for a kind; None is what is of no kind."""
        return self.kinds is None or kind in self.kinds

    def covers_units(self, units: Collection[UUID]) -> bool:
        """Return whether one of these units is a unit of the role."""
        return self.units is None or not self.units.isdisjoint(units)


@dataclass(frozen=True, slots=True)
class AuditScope:
    """The limited roles of an auditor; what lies in one of them he may read."""

    roles: tuple[LimitedRole, ...]

    def windows_of(self, kind: str, units: Collection[UUID]) -> tuple[Window, ...]:
        """Return the days for which an object of this kind and of these units may be read; () for none."""
        return tuple(one.window for one in self.roles if one.covers_kind(kind) and one.covers_units(units))

    def covers_kind(self, kind: str | None) -> bool:
        """Return whether one of the roles is for a kind."""
        return any(one.covers_kind(kind) for one in self.roles)

    @property
    def last_moment(self) -> datetime | None:
        """Return the moment at which the days of all roles are over; None when those of one are open."""
        return last_moment([one.window for one in self.roles])

    @property
    def units(self) -> frozenset[UUID] | None:
        """Return the units of all roles together; None: every unit."""
        return _units_together(self.roles)

    def units_of_kind(self, kind: str) -> frozenset[UUID] | None:
        """Return the units of the roles that are for a kind; None: every unit."""
        return _units_together([one for one in self.roles if one.covers_kind(kind)])


def _units_together(roles: Iterable[LimitedRole]) -> frozenset[UUID] | None:
    units = [one.units for one in roles]
    return None if None in units else frozenset(unit for some in units for unit in some or ())


def load_audit_scope(assignments: Collection[RoleAssignment]) -> AuditScope | None:
    """Return the limits of an auditor; None when nothing limits him. At most one statement for each role."""
    limited = limited_auditor_roles(assignments)
    if not limited:
        return None
    return AuditScope(tuple(_limited_role(one) for one in limited))


def _limited_role(assignment: RoleAssignment) -> LimitedRole:
    limits = assignment.limits
    first = limits.starts_on if limits else None
    last = limits.ends_on if limits else None
    return LimitedRole(
        load_units_below(assignment.unit) if assignment.unit is not None else None,
        Window(
            first_moment_of(first) if first is not None else None,
            first_moment_after(last) if last is not None and last < date.max else None,
        ),
        limits.kinds if limits else None,
    )


def kind_of_event_type(event_type: str) -> str | None:
    """Return the kind of a deed; None for one about the installation as a whole."""
    fitting = [prefix for prefix in KIND_BY_EVENT_PREFIX if event_type.startswith(prefix)]
    return KIND_BY_EVENT_PREFIX[max(fitting, key=len)] if fitting else None


def moment_condition(column: Any, windows: Iterable[Window]) -> ColumnElement[bool]:
    """Return the condition that a moment lies in one of these windows."""
    return or_(false(), *(_window_condition(column, one) for one in windows))


def _window_condition(column: Any, window: Window) -> ColumnElement[bool]:
    return and_(
        true(),
        *([column >= window.since] if window.since is not None else []),
        *([column < window.until] if window.until is not None else []),
    )


def deeds_conditions(scope: AuditScope) -> list[ColumnElement[bool]]:
    """Return the conditions that a record lies in the limits; one statement where kinds are limited."""
    return [
        *_span_conditions(AuditRecord.at, scope),
        or_(false(), *(_deeds_condition(one) for one in scope.roles)),
    ]


def deeds_arms(scope: AuditScope) -> list[Arm]:
    """Return the indexes from which the records of narrow limits are read; [] when the newest first are read.

    At most five statements.
    """
    kinds = [one.kinds for one in scope.roles]
    if all(one is not None and JOURNAL_KIND not in one for one in kinds):
        covered = frozenset(kind for one in kinds for kind in one or ())
        return [Arm(AuditRecord.event_type, tuple(_event_types_of(covered)))]
    if scope.units is None:
        return []
    units = sorted(scope.units)
    offerings = _few_ids(select_offering_ids(units))
    groups = _few_ids(select(StudyGroup.id).where(StudyGroup.unit_id.in_(units)))
    cases = _few_ids(select(Case.id).where(Case.units.overlap(units)))
    persons = _few_ids(_select_persons_of_units(units))
    if sum(map(len, (units, offerings, groups, cases, persons))) > MAX_ARM_IDS:
        return []
    return [
        Arm(AuditRecord.offering_id, offerings),
        Arm(AuditRecord.unit_id, tuple(units)),
        Arm(AuditRecord.group_id, groups),
        Arm(AuditRecord.case_id, cases),
        Arm(AuditRecord.subject, persons),
        Arm(AuditRecord.object_id, persons),
        Arm(AuditRecord.person, persons),
    ]


def cell_versions_conditions(scope: AuditScope) -> list[ColumnElement[bool]]:
    """Return the conditions that a version of a cell lies in the limits; no statement."""
    ways: list[ColumnElement[bool]] = [
        and_(
            _window_condition(CellVersion.at, one.window),
            *(
                [CellVersion.offering_id.in_(select_offering_ids(sorted(one.units)))]
                if one.units is not None
                else []
            ),
        )
        for one in scope.roles
        if one.covers_kind(JOURNAL_KIND)
    ]
    return [*_span_conditions(CellVersion.at, scope), or_(false(), *ways)]


def cases_condition(scope: AuditScope) -> ColumnElement[bool]:
    """Return the condition that a case was opened in the limits; no statement."""
    return or_(
        false(),
        *(
            and_(
                _window_condition(Case.opened_at, one.window),
                *([Case.units.overlap(sorted(one.units))] if one.units is not None else []),
            )
            for one in scope.roles
            if one.covers_kind(CASES_KIND)
        ),
    )


def reads_conditions(scope: AuditScope) -> list[ColumnElement[bool]]:
    """Return the conditions that a read of the register lies in the days of the limits; no statement."""
    windows = [one.window for one in scope.roles if one.covers_kind(PEOPLE_KIND)]
    return [moment_condition(ReadRecord.at, windows)]


def read_subjects_condition(scope: AuditScope) -> ColumnElement[bool]:
    """Return the condition that what was read concerns a person or a journal of the units of the limits; no
    statement."""
    units = scope.units_of_kind(PEOPLE_KIND)
    if units is None:
        return true()
    return or_(
        ReadRecord.subject.in_(_select_persons_of_units(sorted(units))),
        and_(ReadRecord.subject.is_(None), ReadRecord.object_id.in_(select_offering_ids(sorted(units)))),
    )


def windows_of_case(scope: AuditScope, units: Collection[UUID], opened_at: datetime) -> tuple[Window, ...]:
    """Return the days for which a case may be read: those of the roles in whose days it was opened; () for none."""
    return tuple(one for one in scope.windows_of(CASES_KIND, units) if one.contains(opened_at))


def last_moment(windows: Iterable[Window]) -> datetime | None:
    """Return the moment before which things may be read; None when nothing ends."""
    ends = [one.until for one in windows]
    return None if None in ends else max((one for one in ends if one is not None), default=None)


def find_end_of_days(act: Act, case: Any) -> datetime | None:
    """Return the moment at which the days of a limited reader of a case were over; None when they are not, and for a
    reader whom nothing limits. At most one statement for each role of an auditor."""
    scope = load_audit_scope(act.assignments)
    windows = windows_of_case(scope, case.units, case.opened_at) if scope is not None else ()
    end = last_moment(windows) if windows else None
    return end if end is not None and end <= act.at else None


def load_persons_in_scope(scope: AuditScope, persons: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these persons have or had to do with the units of the limits; one statement at most."""
    if scope.units is None or not persons:
        return frozenset(persons)
    found = _select_persons_of_units(sorted(scope.units)).subquery()
    return frozenset(db.session.scalars(select(found.c[0]).where(found.c[0].in_(persons))))


def load_journals_in_scope(scope: AuditScope, offerings: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these journals are of the units of the limits, none for a reader of other kinds; one statement
    at most."""
    if not offerings or not scope.covers_kind(JOURNAL_KIND):
        return frozenset()
    units = scope.units_of_kind(JOURNAL_KIND)
    if units is None:
        return frozenset(offerings)
    wanted = select_offering_ids(sorted(units)).where(Offering.id.in_(offerings))
    return frozenset(db.session.scalars(wanted))


def _span_conditions(column: Any, scope: AuditScope) -> list[ColumnElement[bool]]:
    """Return the conditions on the moments of all roles together, which an index by moment can answer."""
    sinces, untils = ([getattr(one.window, name) for one in scope.roles] for name in ("since", "until"))
    return [
        *([column >= min(sinces)] if None not in sinces else []),
        *([column < max(untils)] if None not in untils else []),
    ]


def _deeds_condition(role: LimitedRole) -> ColumnElement[bool]:
    conditions = [_window_condition(AuditRecord.at, role.window)]
    if role.kinds is not None:
        conditions.append(is_one_of(AuditRecord.event_type, _event_types_of(role.kinds)))
    if role.units is not None:
        conditions.append(_place_condition(sorted(role.units)))
    return and_(*conditions)


def _place_condition(units: list[UUID]) -> ColumnElement[bool]:
    """Return the condition that the place of a deed is in these units: journal, else unit or group, else case, else
    person."""
    # A subquery for one row: PostgreSQL would read every case of the units to compare a page of deeds with them.
    is_case_inside: Any = (
        select(Case.units.overlap(units))
        .where(Case.id == AuditRecord.case_id)
        .correlate(AuditRecord)
        .scalar_subquery()
    )
    no_place = and_(AuditRecord.unit_id.is_(None), AuditRecord.group_id.is_(None))
    whom = case(
        (AuditRecord.subject.is_not(None), AuditRecord.subject),
        (AuditRecord.object_kind == "people.person", AuditRecord.object_id),
        (AuditRecord.event_type.startswith("people."), AuditRecord.person),
    )
    groups = select(StudyGroup.id).where(StudyGroup.unit_id.in_(units))
    return case(
        (
            AuditRecord.offering_id.is_not(None),
            AuditRecord.offering_id.in_(select_offering_ids(units)),
        ),
        (~no_place, or_(AuditRecord.unit_id.in_(units), AuditRecord.group_id.in_(groups))),
        (AuditRecord.case_id.is_not(None), func.coalesce(is_case_inside, false())),
        else_=func.coalesce(whom.in_(_select_persons_of_units(units)), false()),
    )


def _select_persons_of_units(units: list[UUID]) -> Any:
    """Return the query of the persons who have or had a role for these units, or belong or belonged to a group."""
    studied = select(Membership.person_id).join(StudyGroup, StudyGroup.id == Membership.group_id)
    return studied.where(StudyGroup.unit_id.in_(units)).union(
        select(RoleGrant.person_id).where(RoleGrant.unit_id.in_(units))
    )


def _few_ids(wanted: Select[Any] | Any) -> tuple[UUID, ...]:
    """Return the ids of a query, at most `MAX_ARM_IDS` + 1; one statement."""
    return tuple(db.session.scalars(wanted.limit(MAX_ARM_IDS + 1)))


def _event_types_of(kinds: Collection[str]) -> list[str]:
    """Return the event types of these kinds that there are records of; one statement."""
    return [one for one in load_known_event_types() if kind_of_event_type(one) in kinds]
