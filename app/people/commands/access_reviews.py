"""Commands of the quarterly review of roles (P22): opened, reminded of and closed by the worker, answered by chiefs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import AuditEvent, record_audit_event, record_audit_events
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.outbox.post import OutboxEvent, post_event, post_events
from app.people.access_models import AccessReview, RoleConfirmation
from app.people.access_rules import ChiefOfRole, may_confirm_role, quarter_first_day
from app.people.commands.roles import end_or_delete_role_grant
from app.people.queries.access import (
    ReviewedRole,
    find_open_access_review,
    load_reviewed_roles,
    load_roles_of_staff,
    persons_of_chiefs,
)
from app.people.queries.units import load_placed_units
from app.regulation import queries as regulation
from app.regulation.rules import compute_deadline

CONFIRM_TERM_POLICY = "access.confirm_term"
REVIEW_OPENED_EVENT = "people.access_review.opened"
REVIEW_REMINDED_EVENT = "people.access_review.reminded"
REVIEW_CLOSED_EVENT = "people.access_review.closed"
ROLE_LAPSED_EVENT = "people.role.lapsed"
REVIEW_PAGE = "/access"
LAST_SHARE_OF_REVIEW = 0.25
"""Chiefs who have not finished are reminded when this share of the time is left."""
MAX_REASON_LENGTH = 500
IT_ROLE = "it_admin"


@dataclass(frozen=True, slots=True)
class RoleAnswer:
    """What a chief says about one role; a reason is needed when it is not confirmed."""

    confirmed: bool
    reason: str = ""


def _lock_reviews() -> None:
    """Let the acts of reviews run one after another."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("people.access_review"))))


def open_due_access_review(act: Act) -> bool:
    """Open the review of this quarter when there is none and a role began before it; tell every chief. Return whether
    one was opened."""
    today = local_day(act.at)
    quarter = quarter_first_day(today)
    _lock_reviews()
    if db.session.scalar(select(AccessReview.id).where(AccessReview.quarter == quarter)) is not None:
        return False
    review_id = new_id()
    reviewed = load_reviewed_roles(review_id, quarter, today, load_placed_units())
    chiefs = {one.chief for one in reviewed if one.chief is not None}
    if not chiefs:
        return False
    calendar = regulation.load_unit_deadline_calendar(db.session, None, today)
    deadline = compute_deadline(calendar, CONFIRM_TERM_POLICY, act.at)
    db.session.add(AccessReview(id=review_id, quarter=quarter, opened_at=act.at, closes_at=deadline.moment))
    db.session.flush()
    after = {"quarter": quarter, "closes_at": deadline.moment, "roles": len(reviewed)}
    record_audit_event(act, REVIEW_OPENED_EVENT, ("people.access_review", review_id), None, after, "3.1")
    _post_to_chiefs(act, REVIEW_OPENED_EVENT, chiefs, deadline.moment.isoformat())
    return True


def _post_to_chiefs(act: Act, event: str, chiefs: Collection[ChiefOfRole], due_at: str) -> None:
    """Tell the holders of these roles that roles wait for them."""
    persons = persons_of_chiefs(chiefs, load_roles_of_staff(local_day(act.at)))
    payload = {
        "recipients": sorted(str(person) for person in persons),
        "due_at": due_at,
        "url": REVIEW_PAGE,
        "clause": "3.1",
    }
    post_event(act, event, payload)


def remind_of_open_access_review(act: Act) -> bool:
    """Remind, once, the chiefs whose roles are not all answered when a quarter of the time is left. Return whether they
    were reminded now."""
    _lock_reviews()
    review = find_open_access_review()
    if review is None or review.reminded_at is not None:
        return False
    left = (review.closes_at - act.at) / (review.closes_at - review.opened_at)
    if not 0 < left <= LAST_SHARE_OF_REVIEW:
        return False
    waiting = {one.chief for one in _load_roles_of_review(act, review) if one.chief and one.confirmed is None}
    review.reminded_at = act.at
    db.session.flush()
    if waiting:
        _post_to_chiefs(act, REVIEW_REMINDED_EVENT, waiting, review.closes_at.isoformat())
    return bool(waiting)


def _load_roles_of_review(act: Act, review: AccessReview) -> list[ReviewedRole]:
    return load_reviewed_roles(review.id, review.quarter, local_day(act.at), load_placed_units())


def answer_access_review(act: Act, review_id: UUID, answers: Mapping[UUID, RoleAnswer]) -> int:
    """Store what a chief says about roles of his people; return how many answers are new.

    An answer that is the last one already is left out. Raises Missing (no such review, or a role that is not in it),
    Refused (it is closed), Denied (the role is confirmed by somebody else, or is his own), Invalid (`reason:ID`).
    """
    if act.person is None:
        raise Missing
    _lock_reviews()
    review = db.session.get(AccessReview, review_id, populate_existing=True)
    if review is None:
        raise Missing
    if review.closed_at is not None or act.at > review.closes_at:
        raise Refused("people.access.review_closed")
    known = {one.held.grant: one for one in _load_roles_of_review(act, review)}
    acting = {person for person in (act.person, act.on_behalf_of) if person is not None}
    rows, events = [], []
    for grant, answer in answers.items():
        one = known.get(grant)
        if one is None:
            raise Missing
        if not may_confirm_role(acting, act.assignments, one.held, one.chief):
            raise Denied("people.access.confirmed_by_another")
        reason = " ".join(answer.reason.split())
        if not answer.confirmed and not reason:
            raise Invalid.field(f"reason:{grant}", "people.access.reason_needed")
        if len(reason) > MAX_REASON_LENGTH:
            raise Invalid.field(f"reason:{grant}", "forms.field.too_long", max=MAX_REASON_LENGTH)
        if one.confirmed == answer.confirmed:
            continue
        rows.append(
            RoleConfirmation(
                id=new_id(),
                review_id=review_id,
                grant_id=grant,
                confirmed=answer.confirmed,
                reason=seal_text(one.held.person, reason) if reason and not answer.confirmed else None,
                said_by=act.person,
                on_behalf_of=act.on_behalf_of,
                at=act.at,
            )
        )
        after = {"role": one.held.role, "unit": one.held.unit, "confirmed": answer.confirmed}
        events.append(
            AuditEvent(
                "people.role.reviewed",
                ("people.person", one.held.person),
                None,
                after,
                "3.1",
                subject=one.held.person,
            )
        )
    db.session.add_all(rows)
    db.session.flush()
    record_audit_events(act, events)
    return len(rows)


def close_due_access_review(act: Act, most: int) -> bool:
    """End, at the end of a review, at most `most` roles that nobody confirmed; tell their holders, and IT when all are
    done. Return whether there may be more to do.

    A role that nobody could confirm goes on, and the last administrator stays one: somebody has to keep the doors.
    """
    _lock_reviews()
    review = find_open_access_review()
    if review is None or act.at <= review.closes_at:
        return False
    today = local_day(act.at)
    reviewed = _load_roles_of_review(act, review)
    admins = {
        one.person
        for one in load_roles_of_staff(today)
        if one.role == IT_ROLE and (one.valid_until is None or one.valid_until > today)
    }
    lapsing = []
    for one in reviewed:
        if one.chief is None or one.confirmed or one.held.valid_until == today:
            continue
        if one.held.role == IT_ROLE:
            if admins <= {one.held.person}:
                continue
            admins.discard(one.held.person)
        lapsing.append(one)
    messages: list[OutboxEvent] = []
    for one in lapsing[:most]:
        end_or_delete_role_grant(act, one.held.grant, today)
        payload = {"recipients": [str(one.held.person)], "url": "/account", "clause": "3.1"}
        messages.append((ROLE_LAPSED_EVENT, payload, None))
    post_events(act, messages)
    if len(lapsing) > most:
        return True
    review.closed_at = act.at
    db.session.flush()
    earlier = [one for one in reviewed if one.chief and not one.confirmed and one.held.valid_until == today]
    ended = len(earlier) + len(lapsing)
    after = {"quarter": review.quarter, "ended": ended}
    record_audit_event(act, REVIEW_CLOSED_EVENT, ("people.access_review", review.id), None, after, "3.1")
    if ended:
        post_event(
            act, REVIEW_CLOSED_EVENT, {"role": IT_ROLE, "count": ended, "url": "/people", "clause": "3.1"}
        )
    return False
