"""Tables of people: units, persons, accounts, roles, groups, memberships, substitutes, sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk
from app.people import access_models, name_models, order_models  # noqa: F401 - tables of this room

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
    """University, institute, college or department. `names` in ky, ru, en; `ends_on` is its last day, None while it
    goes on."""

    __tablename__ = "unit"

    id: Mapped[UUIDpk]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    kind: Mapped[str]
    code: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    ends_on: Mapped[date | None]
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
    (`people.rules.sort_key`). `proposed_login` is the user name that an import kept for him; it becomes that of the
    account unless he chooses another. `setup_hidden_at`: he has hidden the steps of moving in on his start page."""

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
    proposed_login: Mapped[str | None]
    setup_hidden_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("proposed_login = lower(proposed_login)", name="proposed_folded"),
        Index(None, "proposed_login", unique=True, postgresql_where=text("proposed_login IS NOT NULL")),
        CheckConstraint("locale IS NULL OR locale IN ('ky', 'ru', 'en')", name="locale"),
        CheckConstraint("theme IN ('auto', 'light', 'dark')", name="theme"),
        Index(None, "sort_key", "id"),
        Index(None, "email"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Account(Base):
    """The account of a person. `login` is stored case-folded; `password` is an argon2 hash.

    Nobody but its owner chooses a password (3.2).
    """

    __tablename__ = "account"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"), primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str]
    disabled_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("login = lower(login)", name="folded"), {"schema": SCHEMA})


class AccountReset(Base):
    """Another than its owner could enter this account from this moment on: an administrator ended the password
    and printed a code, the account was opened by a printed code, or it was opened again. Never updated.

    Until `watched_until` decisions of its owner are flagged on their cases.
    """

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
    """A role of a person from and until a day (both included). `deputy`: gets a step that is late.

    An auditor's role may have limits: `from_outside` (it always ends, and gets no tasks), `covers_from` and
    `covers_until` (the days that he audits, None: open), `kinds` (of `rules.AUDITED_KINDS`, None: all of them).
    """

    __tablename__ = "role_grant"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    role: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    deputy: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    from_outside: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    covers_from: Mapped[date | None]
    covers_until: Mapped[date | None]
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    __table_args__ = (
        CheckConstraint(f"role IN {ROLES}", name="role"),
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="period"),
        CheckConstraint(
            "role = 'auditor' OR (NOT from_outside AND covers_from IS NULL AND covers_until IS NULL"
            " AND kinds IS NULL)",
            name="limits",
        ),
        CheckConstraint("NOT from_outside OR valid_until IS NOT NULL", name="outside_ends"),
        CheckConstraint("covers_from <= covers_until", name="covers"),
        CheckConstraint(
            "kinds IS NULL OR (cardinality(kinds) > 0 AND kinds <@ ARRAY['journal', 'cases', 'people'])",
            name="kinds",
        ),
        Index(None, "role", "unit_id"),
        Index(None, "person_id"),
        {"schema": SCHEMA},
    )


class Programme(Base):
    """A programme of study of an institute or college; `ends_on` is its last day, None while it goes on."""

    __tablename__ = "programme"

    id: Mapped[UUIDpk]
    code: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    ends_on: Mapped[date | None]

    __table_args__ = (Index(None, "code", "id"), Index(None, "unit_id"), {"schema": SCHEMA})


class StudyGroup(Base):
    """A student group (2.1a). `unit_id` is its institute or college; `curator_id` its curator today, by the rows of
    `GroupCurator`; `ends_on` its last day, None while it goes on."""

    __tablename__ = "study_group"

    id: Mapped[UUIDpk]
    name: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    programme_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.programme.id"))
    year_of_study: Mapped[int | None]
    curator_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    ends_on: Mapped[date | None]
    external_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "unit_id"),
        Index(None, "name", "id"),
        Index(None, "programme_id"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class GroupCurator(Base):
    """A person as the curator of a group from and until a day (both included). `starts_on` is None when nobody knows
    since when."""

    __tablename__ = "group_curator"

    id: Mapped[UUIDpk]
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        ExcludeConstraint(
            ("group_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_group_curator_one_a_day",
        ),
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
    """A one-time link or printed code; the row keeps only the hash of its key. `login` is the suggestion on
    the page.

    `purpose`: it opens an account, or sets a new password for the account. `handed`: how its person got it;
    a slip was seen by `made_by`, who printed it. `replaced_at`: a later one of the same person replaced it.
    """

    __tablename__ = "invitation"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    login: Mapped[str | None]
    purpose: Mapped[str] = mapped_column(default="account", server_default="account")
    handed: Mapped[str] = mapped_column(default="link", server_default="link")
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("used_at IS NULL OR replaced_at IS NULL", name="one_end"),
        CheckConstraint("purpose IN ('account', 'password')", name="purpose"),
        CheckConstraint("handed IN ('link', 'slip', 'letter')", name="handed"),
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
