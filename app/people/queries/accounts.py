"""Queries of who can sign in: who has no account, an open or expired invitation, or has never signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.search_text import FOLDED_LETTERS, LETTERS_INSTEAD, search_words
from app.people.queries.directory import escape_like_pattern
from app.people.queries.persons import PersonName, build_person_name
from app.people.rules import MAX_UNIT_DEPTH

NOT_INVITED, INVITED, INVITATION_EXPIRED, NEVER_SIGNED_IN, SIGNED_IN = (
    "none",
    "open",
    "expired",
    "never",
    "active",
)
"""Standing of a person: no account and no invitation, an open or an expired one, an account without any session, an
account that was used."""
STUDENT_ROLE = "student"
WITHOUT_ACCOUNT = (NOT_INVITED, INVITED, INVITATION_EXPIRED)


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """A choice of persons. `own_units`: only students without another role of groups of these institutes (None: any).

    `states`: standings, all when empty. `unit` includes the units below it. `has_email`: with or without an address
    (None: both).
    """

    own_units: tuple[UUID, ...] | None = None
    states: tuple[str, ...] = ()
    unit: UUID | None = None
    group: UUID | None = None
    search: str = ""
    has_email: bool | None = None


@dataclass(frozen=True, slots=True)
class AccountStandingRow:
    """One person and how he stands; `groups` are the names of his groups today, `expires_at` of his invitation."""

    id: UUID
    name: PersonName
    login: str | None
    email: str | None
    groups: tuple[str, ...]
    state: str
    expires_at: datetime | None


_STANDING_SQL = """
WITH RECURSIVE below (id, place) AS (
  SELECT id, 0 FROM people.unit WHERE id = CAST(:unit AS uuid)
  UNION ALL
  SELECT u.id, below.place + 1 FROM people.unit u JOIN below ON u.parent_id = below.id WHERE below.place < :deepest
), standing AS (
  SELECT p.id, p.family_name, p.given_name, p.patronymic, p.sort_key, c.login, p.email, i.expires_at,
    CASE WHEN c.person_id IS NOT NULL AND EXISTS (SELECT 1 FROM people.login_session s WHERE s.person_id = p.id)
           THEN 'active'
         WHEN c.person_id IS NOT NULL THEN 'never'
         WHEN i.expires_at > :now THEN 'open'
         WHEN i.expires_at IS NOT NULL THEN 'expired'
         ELSE 'none' END AS state
  FROM people.person p
  LEFT JOIN people.account c ON c.person_id = p.id
  LEFT JOIN LATERAL (SELECT i.expires_at FROM people.invitation i
                      WHERE i.person_id = p.id AND i.purpose = 'account'
                      ORDER BY i.made_at DESC, i.id DESC LIMIT 1) i ON c.person_id IS NULL
  WHERE p.ended_at IS NULL
    AND (CAST(:has_email AS boolean) IS NULL OR (p.email IS NOT NULL) = :has_email)
    AND (CAST(:group AS uuid) IS NULL OR EXISTS (SELECT 1 FROM people.membership m
      WHERE m.person_id = p.id AND m.group_id = :group
        AND m.starts_on <= :today AND (m.ends_on IS NULL OR m.ends_on >= :today)))
    AND (CAST(:unit AS uuid) IS NULL
      OR EXISTS (SELECT 1 FROM people.role_grant g JOIN below b ON b.id = g.unit_id
        WHERE g.person_id = p.id AND g.valid_from <= :today AND (g.valid_until IS NULL OR g.valid_until >= :today))
      OR EXISTS (SELECT 1 FROM people.membership m JOIN people.study_group g ON g.id = m.group_id
        JOIN below b ON b.id = g.unit_id WHERE m.person_id = p.id
        AND m.starts_on <= :today AND (m.ends_on IS NULL OR m.ends_on >= :today)))
    AND (CAST(:own_units AS uuid[]) IS NULL OR (
      EXISTS (SELECT 1 FROM people.membership m JOIN people.study_group g ON g.id = m.group_id
        WHERE m.person_id = p.id AND g.unit_id = ANY(CAST(:own_units AS uuid[]))
        AND m.starts_on <= :today AND (m.ends_on IS NULL OR m.ends_on >= :today))
      AND NOT EXISTS (SELECT 1 FROM people.role_grant g WHERE g.person_id = p.id AND g.role <> :student
        AND (g.valid_until IS NULL OR g.valid_until >= :today))))
    AND translate(lower(concat_ws(' ', p.family_name, p.given_name, p.patronymic, c.login, p.email)),
                  :folded, :instead) LIKE ALL (CAST(:patterns AS text[]))
)
"""
_PAGE_STATEMENT = text(
    _STANDING_SQL
    + """
SELECT s.*, (SELECT coalesce(array_agg(DISTINCT g.name), '{}') FROM people.membership m
    JOIN people.study_group g ON g.id = m.group_id WHERE m.person_id = s.id
    AND m.starts_on <= :today AND (m.ends_on IS NULL OR m.ends_on >= :today)) AS group_names
FROM standing s
WHERE (CAST(:states AS text[]) IS NULL OR s.state = ANY(CAST(:states AS text[])))
  AND (CAST(:after_key AS text) IS NULL OR (s.sort_key, s.id) > (:after_key, CAST(:after_id AS uuid)))
ORDER BY s.sort_key, s.id LIMIT :most
"""
)
_COUNT_STATEMENT = text(_STANDING_SQL + "SELECT state, count(*) AS number FROM standing GROUP BY state")


def load_account_standings(
    chosen: AccountFilter, now: datetime, most: int, after: tuple[str, UUID] | None = None
) -> list[AccountStandingRow]:
    """Return at most `most` persons of the choice in alphabetical order after a key; one statement."""
    values = _filter_values(chosen, now) | {
        "states": list(chosen.states) or None,
        "after_key": after[0] if after else None,
        "after_id": after[1] if after else None,
        "most": most,
    }
    return [
        AccountStandingRow(
            id=row.id,
            name=build_person_name(row.id, row.family_name, row.given_name, row.patronymic, row.sort_key),
            login=row.login,
            email=row.email,
            groups=tuple(row.group_names),
            state=row.state,
            expires_at=row.expires_at,
        )
        for row in db.session.execute(_PAGE_STATEMENT, values)
    ]


def count_account_standings(chosen: AccountFilter, now: datetime) -> dict[str, int]:
    """Return the number of persons of the choice by standing, whatever its `states`; one statement."""
    found = db.session.execute(_COUNT_STATEMENT, _filter_values(chosen, now))
    return {row.state: row.number for row in found}


def _filter_values(chosen: AccountFilter, now: datetime) -> dict[str, object]:
    """Return the parameters of the statements."""
    today: date = local_day(now)
    units: Sequence[UUID] | None = chosen.own_units
    return {
        "now": now,
        "today": today,
        "student": STUDENT_ROLE,
        "deepest": MAX_UNIT_DEPTH,
        "unit": chosen.unit,
        "group": chosen.group,
        "has_email": chosen.has_email,
        "own_units": list(units) if units is not None else None,
        "folded": FOLDED_LETTERS,
        "instead": LETTERS_INSTEAD,
        "patterns": [f"%{escape_like_pattern(word)}%" for word in search_words(chosen.search)],
    }
