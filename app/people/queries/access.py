"""Queries of access: the roles that are held, who is chief of what, the running review, and who accepted the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true

from app.kernel.canonical import canonical_sha256
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.access_models import AccessRequest, AccessReview, RoleConfirmation, RuleAcceptance
from app.people.access_rules import (
    ACADEMIC_OFFICE,
    DEPARTMENT_HEAD,
    DIRECTORATE,
    RECTOR,
    STUDENT,
    ChiefOfRole,
    HeldRole,
    chief_of_role,
    is_reviewed_role,
)
from app.people.models import Account, Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.name_masking import are_names_masked
from app.people.queries.persons import PersonName, build_person_name, load_names
from app.people.structure_rules import PlacedUnit
from app.regulation.clauses import clause_by_number

RULES_CLAUSE = "3.2"
CHIEF_HOLDING_ROLES = (DEPARTMENT_HEAD, DIRECTORATE, ACADEMIC_OFFICE, RECTOR)


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Return the version of the rules of personal access: the digest of their sentences in all languages."""
    return canonical_sha256(dict(clause_by_number(RULES_CLAUSE).says))[:16]


_GRANT_COLUMNS = (
    RoleGrant.id,
    RoleGrant.person_id,
    RoleGrant.role,
    RoleGrant.unit_id,
    RoleGrant.deputy,
    RoleGrant.valid_from,
    RoleGrant.valid_until,
)


def load_unended_roles_of_person(person: UUID, today: date) -> list[HeldRole]:
    """Return the present and later roles of a person; one statement."""
    found = db.session.execute(
        select(*_GRANT_COLUMNS).where(
            RoleGrant.person_id == person,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
        )
    )
    return [HeldRole(*row) for row in found]


def find_held_role(grant: UUID, today: date) -> HeldRole | None:
    """Return a role that goes on; None when it ended or never was. One statement."""
    row = db.session.execute(
        select(*_GRANT_COLUMNS).where(
            RoleGrant.id == grant, or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today)
        )
    ).one_or_none()
    return HeldRole(*row) if row else None


def load_roles_of_staff(today: date) -> list[HeldRole]:
    """Return the roles of staff of that day, of persons who are here, by name; one statement."""
    found = db.session.execute(
        select(*_GRANT_COLUMNS)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role != STUDENT,
            RoleGrant.valid_from <= today,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            Person.ended_at.is_(None),
        )
        .order_by(Person.sort_key, Person.id, RoleGrant.role, RoleGrant.id)
    )
    return [HeldRole(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person for whom a role may be asked, with the first of his units."""

    person: UUID
    name: PersonName
    units: tuple[UUID, ...]


def load_access_candidates(today: date) -> list[tuple[Candidate, list[HeldRole]]]:
    """Return everybody here who is no mere student, with his roles of today and later, by name; one statement."""
    student_only = (
        select(RoleGrant.id)
        .where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role == STUDENT,
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
        )
        .correlate(Person)
        .exists()
    )
    found = db.session.execute(
        select(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.sort_key,
            *_GRANT_COLUMNS,
        )
        .outerjoin(
            RoleGrant,
            (RoleGrant.person_id == Person.id)
            & (RoleGrant.role != STUDENT)
            & or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
        )
        .where(Person.ended_at.is_(None), or_(RoleGrant.id.is_not(None), ~student_only))
        .order_by(Person.sort_key, Person.id)
    )
    held: dict[UUID, list[HeldRole]] = {}
    names: dict[UUID, PersonName] = {}
    for row in found:
        names[row[0]] = build_person_name(*row[:5])
        roles = held.setdefault(row[0], [])
        if row[5] is not None:
            roles.append(HeldRole(*tuple(row)[5:]))
    return [
        (Candidate(person, names[person], tuple(one.unit for one in roles if one.unit)), roles)
        for person, roles in held.items()
    ]


def holders_by_chief(roles: Iterable[HeldRole]) -> dict[ChiefOfRole, set[UUID]]:
    """Return the persons who hold each role of a chief, deputies included."""
    holders: dict[ChiefOfRole, set[UUID]] = {}
    for one in roles:
        if one.role in CHIEF_HOLDING_ROLES:
            holders.setdefault(ChiefOfRole(one.role, one.unit), set()).add(one.person)
    return holders


@dataclass(frozen=True, slots=True)
class ReviewedRole:
    """A role of a review, who confirms it (None: nobody could), and what was said last (None: nothing yet)."""

    held: HeldRole
    chief: ChiefOfRole | None
    confirmed: bool | None


def find_open_access_review() -> AccessReview | None:
    """Return the review that is going on; one statement."""
    return db.session.scalar(
        select(AccessReview)
        .where(AccessReview.closed_at.is_(None))
        .order_by(AccessReview.quarter.desc())
        .limit(1)
    )


def load_reviewed_roles(
    review: UUID, quarter: date, today: date, units: Mapping[UUID, PlacedUnit]
) -> list[ReviewedRole]:
    """Return the roles that a review is about, as they are today, by name of their holder; two statements."""
    roles = load_roles_of_staff(today)
    holders = holders_by_chief(roles)
    said = load_last_confirmations(review)
    return [
        ReviewedRole(one, chief_of_role(one, units, holders), said.get(one.grant))
        for one in roles
        if is_reviewed_role(one, quarter)
    ]


def load_last_confirmations(review: UUID) -> dict[UUID, bool]:
    """Return what was said last about each role; one statement."""
    found = db.session.execute(
        select(RoleConfirmation.grant_id, RoleConfirmation.confirmed)
        .where(RoleConfirmation.review_id == review)
        .order_by(RoleConfirmation.at, RoleConfirmation.id)
    )
    return {row.grant_id: row.confirmed for row in found}


def load_access_fingerprint(request: UUID) -> str | None:
    """Return the SHA-256 to which approvals of a request are bound; None when it does not exist."""
    row = db.session.get(AccessRequest, request)
    return access_fingerprint(row) if row else None


def access_fingerprint(row: AccessRequest) -> str:
    """Return the SHA-256 of the whole request, id included, so that no two requests share approvals."""
    return canonical_sha256(
        {
            "id": str(row.id),
            "action": row.action,
            "requester": str(row.requester_id),
            "person": str(row.person_id),
            "role": row.role,
            "unit": str(row.unit_id) if row.unit_id else None,
            "deputy": row.deputy,
            "from": row.valid_from.isoformat(),
            "until": row.valid_until.isoformat(),
            "grant": str(row.grant_id) if row.grant_id else None,
        }
    )


def describe_access_request(request: UUID) -> dict[str, Any]:
    """Return a request as its case shows it: {kind, action, person, role, unit (names), deputy, from, until}.

    Raises Missing.
    """
    row = db.session.get(AccessRequest, request)
    if row is None:
        raise Missing
    names = db.session.scalar(select(Unit.names).where(Unit.id == row.unit_id)) if row.unit_id else None
    return {
        "kind": "access",
        "action": row.action,
        "person": load_names([row.person_id])[row.person_id].full,
        "role": row.role,
        "unit": dict(names) if names else {},
        "deputy": row.deputy,
        "from": row.valid_from.isoformat(),
        "to": row.valid_until.isoformat(),
    }


@dataclass(frozen=True, slots=True)
class AcceptanceRow:
    """A person with an account who has not accepted the rules in force; `earlier`: when he accepted other ones."""

    id: UUID
    name: PersonName
    login: str
    earlier: datetime | None


def load_persons_without_acceptance(
    version: str,
    most: int,
    after: tuple[str, UUID] | None = None,
    units: Collection[UUID] | None = None,
) -> list[AcceptanceRow]:
    """Return at most `most` persons of these units (None: of all) with an open account who have not accepted this
    version, by name after a key; one statement. Where names are masked (7.1) user names are left out."""
    accepted = (
        select(RuleAcceptance.id)
        .where(RuleAcceptance.person_id == Person.id, RuleAcceptance.version == version)
        .exists()
    )
    earlier = (
        select(func.max(RuleAcceptance.at)).where(RuleAcceptance.person_id == Person.id).scalar_subquery()
    )
    statement = (
        select(
            Person.id,
            Person.family_name,
            Person.given_name,
            Person.patronymic,
            Person.sort_key,
            Account.login,
            earlier.label("earlier"),
        )
        .join(Account, Account.person_id == Person.id)
        .where(Person.ended_at.is_(None), Account.disabled_at.is_(None), ~accepted, _is_of_units(units))
        .order_by(Person.sort_key, Person.id)
        .limit(most)
    )
    if after is not None:
        key, person = after
        statement = statement.where(
            or_(Person.sort_key > key, (Person.sort_key == key) & (Person.id > person))
        )
    masked = are_names_masked()
    return [
        AcceptanceRow(row.id, build_person_name(*row[:5]), "–" if masked else row.login, row.earlier)
        for row in db.session.execute(statement)
    ]


def _is_of_units(units: Collection[UUID] | None) -> ColumnElement[bool]:
    """Return the condition that a person has or had a role for one of these units, or a group of one."""
    if units is None:
        return true()
    studied = select(Membership.person_id).join(StudyGroup, StudyGroup.id == Membership.group_id)
    held = select(RoleGrant.person_id).where(RoleGrant.unit_id.in_(units))
    return or_(Person.id.in_(held), Person.id.in_(studied.where(StudyGroup.unit_id.in_(units))))


def count_acceptances(version: str, units: Collection[UUID] | None = None) -> tuple[int, int]:
    """Return how many open accounts of persons of these units (None: of all) have accepted this version, and how many
    there are; one statement."""
    row = db.session.execute(
        select(func.count(RuleAcceptance.id), func.count())
        .select_from(Account)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(
            RuleAcceptance,
            (RuleAcceptance.person_id == Account.person_id) & (RuleAcceptance.version == version),
        )
        .where(Person.ended_at.is_(None), Account.disabled_at.is_(None), _is_of_units(units))
    ).one()
    return row[0], row[1]


def find_acceptance_time(person: UUID, version: str) -> datetime | None:
    """Return when a person accepted this version of the rules, or None; one statement."""
    return db.session.scalar(
        select(RuleAcceptance.at).where(RuleAcceptance.person_id == person, RuleAcceptance.version == version)
    )


def persons_of_chiefs(chiefs: Collection[ChiefOfRole], roles: Sequence[HeldRole]) -> set[UUID]:
    """Return the persons who hold these roles of chiefs."""
    return {one.person for one in roles if ChiefOfRole(one.role, one.unit) in chiefs}
