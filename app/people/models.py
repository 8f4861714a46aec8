"""Tables of people: units, persons, accounts, roles, groups, memberships, substitutes, sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "people"
ROLES = (
    "teacher",
    "department_head",
    "programme_head",
    "directorate",
    "academic_office",
    "it_admin",
    "student",
    "curator",
    "auditor",
    "process_admin",
    "rector",
)
"""Roles of clause 3.1 and those other clauses need; identifiers of the glossary."""
ROLES_NEEDING_UNIT = ("department_head", "programme_head", "directorate")
"""Roles that are held for a unit, never for the whole university."""


class Unit(Base):
    """University, institute, college or department. `names` in ky, ru, en."""

    __tablename__ = "unit"

    id: Mapped[UUIDpk]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    kind: Mapped[str]
    code: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    external_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('university', 'institute', 'college', 'masters', 'department')", name="kind"
        ),
        Index(None, "parent_id"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Person(Base):
    """A person. `sort_key` sorts Kyrgyz names in the order of the Kyrgyz alphabet
    (`people.rules.sort_key`)."""

    __tablename__ = "person"

    id: Mapped[UUIDpk]
    family_name: Mapped[str]
    given_name: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="", server_default="")
    sort_key: Mapped[str]
    email: Mapped[str | None]
    locale: Mapped[str | None]
    theme: Mapped[str] = mapped_column(default="auto", server_default="auto")
    identifier: Mapped[str | None]
    external_id: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("locale IS NULL OR locale IN ('ky', 'ru', 'en')", name="locale"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        Index(None, "sort_key", "id"),
        Index(None, "email"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Account(Base):
    """The account of a person. `login` is stored case-folded; `password` is an argon2 hash.

    `must_change`: an administrator set the password, so its owner must choose another before any other
    page (3.2).
    """

    __tablename__ = "account"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    disabled_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("login = lower(login)", name="folded"), {"schema": SCHEMA})


class AccountReset(Base):
    """Another than its owner could enter this account from this moment on: an administrator set a password,
    issued the account or opened it again. Never updated. Until `watched_until` decisions of its owner are
    flagged on their cases."""

    __tablename__ = "account_reset"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    watched_until: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('password', 'given', 'opened')", name="kind"),
        Index(None, "person_id", "at"),
        {"schema": SCHEMA},
    )


class RoleGrant(Base):
    """A role of a person from and until a day (both included). `deputy`: gets a step that is late."""

    __tablename__ = "role_grant"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    role: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    deputy: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="period"),
        Index(None, "role", "unit_id"),
        Index(None, "person_id"),
        {"schema": SCHEMA},
    )


class StudyGroup(Base):
    """A student group (2.1a). `unit_id` is its institute or college."""

    __tablename__ = "study_group"

    id: Mapped[UUIDpk]
    name: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    programme: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    year_of_study: Mapped[int | None]
    curator_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    external_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "unit_id"),
        Index(None, "name"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Membership(Base):
    """A student in a group from and until a day (both included), by an order (2.1b).

    `ended_as` is the kind of the order that ended it: TRANSFER, LEAVE (academic leave), EXPEL, GRADUATE; None
    while it lasts, or when unknown. `end_order_no` is its number.
    """

    __tablename__ = "membership"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    order_no: Mapped[str] = mapped_column(default="", server_default="")
    ended_as: Mapped[str | None]
    end_order_no: Mapped[str] = mapped_column(default="", server_default="")
    external_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="period"),
        CheckConstraint(
            "ended_as IS NULL OR (ended_as IN ('TRANSFER', 'LEAVE', 'EXPEL', 'GRADUATE') AND ends_on IS NOT NULL)",
            name="ended_as",
        ),
        UniqueConstraint("person_id", "group_id", "starts_on"),
        # Rosters from outside are sections of courses, of which a person has several.
        ExcludeConstraint(
            ("person_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            where=text("external_id IS NULL"),
            name="ex_membership_one_group_a_day",
        ),
        Index(None, "group_id", "starts_on"),
        Index(None, "person_id"),
        {"schema": SCHEMA},
    )


class Substitute(Base):
    """A substitute of an absent person, in one role or (None) in all, from and until a day (both
    included). `reason` is sealed under the key of the absent person."""

    __tablename__ = "substitute"

    id: Mapped[UUIDpk]
    absent_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    substitute_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    role: Mapped[str | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("valid_from <= valid_until", name="period"),
        CheckConstraint("absent_id <> substitute_id", name="somebody_else"),
        Index(None, "absent_id"),
        Index(None, "substitute_id"),
        {"schema": SCHEMA},
    )


class CalendarKey(Base):
    """The secret address of a person's calendar; the row keeps only its hash. `seen_at`: time of last use."""

    __tablename__ = "calendar_key"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)


class Invitation(Base):
    """A one-time link that opens an account; the row keeps only the hash of its key. `login` is the
    suggestion on the page.

    `replaced_at`: a later link of the same person replaced it.
    """

    __tablename__ = "invitation"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    login: Mapped[str | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("used_at IS NULL OR replaced_at IS NULL", name="one_end"),
        Index(None, "person_id"),
        {"schema": SCHEMA},
    )


class LoginSession(Base):
    """A login session. The cookie holds the key, the row only its hash."""

    __tablename__ = "login_session"

    id: Mapped[UUIDpk]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    role: Mapped[str | None]
    unit_id: Mapped[UUID | None]
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (Index(None, "person_id", "created_at"), {"schema": SCHEMA})
