"""Query of the signed-in person: session, person, roles and persons acted for, by one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.kernel.act import RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.prepared import PreparedStatement, fetch_rows
from app.people.audit_limits_rules import AUDITOR, limits_of_json, roles_in_force
from app.people.models import LoginSession
from app.people.queries.access import rules_version
from app.people.queries.persons import PersonName, build_person_name
from app.people.rules import short_name


@dataclass(frozen=True, slots=True)
class AbsentPerson:
    """A person acted for today, with the roles in which he is substituted."""

    person: UUID
    name: str
    assignments: tuple[RoleAssignment, ...]


@dataclass(frozen=True, slots=True)
class SignedInSession:
    """An active session: person, active role, person acted for. `assignments` are his own roles, `absent_persons`
    those he substitutes for.

    `names_shown_until`: an auditor has uncovered names in this session (7.1). `rules_accepted`: the person has
    accepted the rules of personal access that are in force (3.2).
    `on_behalf_of` is None again the day a substitution is over. `units` names the units of all these roles in ky/ru/en.
    """

    session_id: UUID
    person_id: UUID
    name: PersonName
    locale: str | None
    theme: str
    assignments: tuple[RoleAssignment, ...]
    absent_persons: tuple[AbsentPerson, ...]
    role: str | None
    unit: UUID | None
    on_behalf_of: UUID | None
    seen_at: datetime
    rules_accepted: bool = True
    names_shown_until: datetime | None = None
    units: Mapping[UUID, Mapping[str, str]] = field(default_factory=dict)

    @property
    def acting_roles(self) -> tuple[RoleAssignment, ...]:
        """Return the roles in force: own ones, or those of the person acted for; that of an auditor only alone."""
        if self.on_behalf_of is None:
            return roles_in_force(self.assignments, self.role)
        absent = (one.assignments for one in self.absent_persons if one.person == self.on_behalf_of)
        return roles_in_force(next(absent, ()), None)

    @property
    def sees_masked_names(self) -> bool:
        """Return whether names are masked for the role in force: an auditor's, until he uncovers them (7.1)."""
        return self.names_shown_until is None and any(one.role == AUDITOR for one in self.acting_roles)


_LIMITS_SQL = """CASE WHEN g.covers_from IS NULL AND g.covers_until IS NULL AND g.kinds IS NULL THEN NULL
    ELSE json_build_array(g.covers_from, g.covers_until, to_json(g.kinds)) END"""
"""The limits of an auditor's role (`audit_limits_rules.limits_of_json`)."""
# Compiled once per process: it runs for every request (docs/adr/0008).
_SIGNED_IN_STATEMENT = PreparedStatement(
    text(
        f"""
SELECT s.id, s.person_id, s.role, s.unit_id, s.on_behalf_of, s.seen_at,
       p.family_name, p.given_name, p.patronymic, p.locale, p.theme,
  (SELECT coalesce(json_agg(json_build_array(g.role, g.unit_id, {_LIMITS_SQL}, u.names)
                           ORDER BY g.role, g.unit_id), '[]')
     FROM people.role_grant g LEFT JOIN people.unit u ON u.id = g.unit_id
    WHERE g.person_id = p.id AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today)
  ) AS assignments,
  (SELECT coalesce(json_agg(json_build_array(a.id, a.family_name, a.given_name, a.patronymic, g.role, g.unit_id,
                                             {_LIMITS_SQL}, u.names) ORDER BY a.sort_key, g.role), '[]')
     FROM people.substitute x
     JOIN people.person a ON a.id = x.absent_id
     JOIN people.role_grant g ON g.person_id = a.id AND (x.role IS NULL OR g.role = x.role)
     LEFT JOIN people.unit u ON u.id = g.unit_id
    WHERE x.substitute_id = p.id AND x.revoked_at IS NULL AND x.valid_from <= :today AND x.valid_until >= :today
      AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today) AND g.role <> 'student'
  ) AS behalf,
  EXISTS (SELECT 1 FROM people.rule_acceptance a WHERE a.person_id = p.id AND a.version = :rules) AS rules_accepted,
  (SELECT max(n.until) FROM people.name_uncovering n WHERE n.session_id = s.id AND n.until > :now) AS names_shown_until
FROM people.login_session s
JOIN people.person p ON p.id = s.person_id
JOIN people.account c ON c.person_id = p.id
WHERE s.key_hash = :key_hash AND s.revoked_at IS NULL AND s.expires_at > :now
  AND c.disabled_at IS NULL AND p.ended_at IS NULL
"""
    )
)


def find_signed_in_session(key_hash: bytes, now: datetime) -> SignedInSession | None:
    """Return session, person and roles by ONE statement; None when the session is over."""
    values = {"key_hash": key_hash, "now": now, "today": local_day(now), "rules": rules_version()}
    found = fetch_rows(_SIGNED_IN_STATEMENT, values)
    if not found:
        return None
    session, person, role, unit, behalf, seen_at, family, given, patronymic, *rest = found[0]
    locale, theme, assignments, absent, rules_accepted, names_shown_until = rest
    behalfs = _build_persons_acted_for(absent)
    return SignedInSession(
        session_id=session,
        person_id=person,
        name=build_person_name(person, family, given, patronymic),
        locale=locale,
        theme=theme,
        assignments=tuple(dict.fromkeys(_role_assignment(*one) for one in assignments)),
        absent_persons=behalfs,
        role=role,
        unit=unit,
        on_behalf_of=behalf if behalf in {one.person for one in behalfs} else None,
        seen_at=seen_at,
        rules_accepted=rules_accepted,
        names_shown_until=names_shown_until,
        units={UUID(place): names for *_, place, _limits, names in (*assignments, *absent) if place},
    )


def _role_assignment(role: str, unit: str | None, limits: list[Any] | None, _names: Any) -> RoleAssignment:
    """Return the role assignment of one grant as the statement gives it."""
    return RoleAssignment(role, UUID(unit) if unit else None, limits_of_json(limits))


def find_session_owner_id(key_hash: bytes) -> UUID | None:
    """Return the person of a session, also of an ended one; one statement."""
    return db.session.scalar(select(LoginSession.person_id).where(LoginSession.key_hash == key_hash))


def _build_persons_acted_for(found: list[Any]) -> tuple[AbsentPerson, ...]:
    """Return the persons acted for with their roles."""
    names: dict[UUID, str] = {}
    assignments: dict[UUID, list[RoleAssignment]] = {}
    for person, family, given, patronymic, *held in found:
        names[UUID(person)] = short_name(family, given, patronymic)
        assignments.setdefault(UUID(person), []).append(_role_assignment(*held))
    return tuple(
        AbsentPerson(person, name, tuple(dict.fromkeys(assignments[person])))
        for person, name in names.items()
    )
