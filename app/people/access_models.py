"""Tables of access: the rules accepted, requests for roles, and the quarterly review of roles."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "people"


class RuleAcceptance(Base):
    """A person has accepted the rules of personal access (3.2). Never updated.

    `version` is the digest of the sentences in all languages, `words` are the sentences that were shown, in `locale`.
    """

    __tablename__ = "rule_acceptance"

    id: Mapped[UUIDpk]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    version: Mapped[str]
    words: Mapped[str]
    locale: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("person_id", "version"), {"schema": SCHEMA})


class AccessRequest(Base):
    """What a chief asks for one of his people: a role from and until a day, or the end of the role `grant_id` on
    `valid_until`. Never updated; its case says what became of it."""

    __tablename__ = "access_request"

    id: Mapped[UUIDpk]
    action: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    role: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    deputy: Mapped[bool]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    grant_id: Mapped[UUID | None]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("action IN ('grant', 'end')", name="action"),
        CheckConstraint("(action = 'end') = (grant_id IS NOT NULL)", name="ended_grant"),
        CheckConstraint("valid_from <= valid_until", name="period"),
        Index(None, "person_id"),
        {"schema": SCHEMA},
    )


class AccessReview(Base):
    """The quarterly review of roles: each chief confirms the roles of his people until `closes_at`.

    `quarter` is the first day of the quarter. `reminded_at`: the chiefs who had not finished were reminded;
    `closed_at`: what nobody confirmed has ended.
    """

    __tablename__ = "access_review"

    id: Mapped[UUIDpk]
    quarter: Mapped[date] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)


class RoleConfirmation(Base):
    """What a chief says about one role in a review; the last row of a role counts. Never updated. `reason` is sealed
    under the key of the holder of the role."""

    __tablename__ = "role_confirmation"

    id: Mapped[UUIDpk]
    review_id: Mapped[UUID] = mapped_column(ForeignKey("people.access_review.id"))
    grant_id: Mapped[UUID]
    confirmed: Mapped[bool]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    said_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    at: Mapped[datetime]

    __table_args__ = (Index(None, "review_id", "grant_id", "at"), {"schema": SCHEMA})
