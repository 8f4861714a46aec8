"""Commands that apply an approved order about students, and carry out on its day what it says without dates (2.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.audit.record import PrivateValue, record_audit_event
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Denied
from app.outbox.post import OutboxEvent, post_events
from app.people.commands.leave_ends import leave_end_events
from app.people.commands.membership import (
    MembershipStart,
    first_minute_unless_begun,
    post_membership_change,
    record_expulsion_from_leave,
    record_membership_ends,
    record_membership_starts,
)
from app.people.commands.newcomer_notices import tell_curators_of_newcomers
from app.people.commands.orders import CLAUSE, check_order_entries, lock_order_number, store_order_end
from app.people.commands.passwords import close_account, reopen_accounts
from app.people.commands.persons import NewPerson, add_persons_without_accounts
from app.people.commands.roles import OpenRoleGrant, end_or_delete_role_grant, grant_open_roles
from app.people.models import Account, Person, RoleGrant, StudyGroup
from app.people.order_models import ContingentOrder
from app.people.order_rules import (
    APPLIED,
    ENDING_BY_KIND,
    EXPEL,
    GRADUATE,
    KINDS_OF_NEW_STUDENTS,
    KINDS_WITH_GROUP,
    LEAVE,
    RENAME,
    RESTORE,
    RETURN,
    SIGNED_ON_PAPER,
    OrderEntry,
    OrderHead,
    OrderNames,
)
from app.people.queries import membership as stays_of
from app.people.queries import orders as queries
from app.people.rules import LEFT_STATUS, enrolment_status, kyrgyz_sort_key
from app.regulation import queries as regulation
from app.regulation.rules import compute_deadline

ORDER_APPLIED_EVENT, ORDER_DAY_EVENT, ACCOUNT_DAY_EVENT = (
    "people.order.applied",
    "people.order.day_came",
    "people.order.account_day_came",
)
ACCOUNT_TERM_POLICY = "contingent.account_term"
ORDER_APPLIED_OUTCOME, STUDENTS_CHANGED_OUTCOME = "applied", "students_changed"
STUDENT_ROLE = "student"
MAX_SPANS_PER_MESSAGE = 500


def apply_registered_order(act: Act, contingent_order: UUID) -> str:
    """Apply an order that was signed on paper, as `apply_order` does. Raises Denied for an order that the rector has to
    sign."""
    if queries.load_order(contingent_order).signing != SIGNED_ON_PAPER:
        raise Denied("people.order.not_signed", clause="3.1")
    return apply_order(act, contingent_order)


def apply_order(act: Act, contingent_order: UUID) -> str:
    """Apply an approved order completely or not at all; return `applied`, or `students_changed` when another order
    about one of its students came meanwhile.

    Idempotent. Approvals are checked by the registry of operations. Raises Missing, Denied (it was ended otherwise).
    """
    row = queries.load_order(contingent_order)
    head = queries.order_head(row)
    lock_order_number(head)
    end = queries.find_order_end(contingent_order)
    if end is not None:
        if end.how != APPLIED:
            raise Denied("people.order.ended", clause=CLAUSE)
        return ORDER_APPLIED_OUTCOME
    if canonical_sha256(queries.order_content_to_hash(row)) != row.sha256:
        raise RuntimeError(f"order {contingent_order} does not match its hash")
    entries = queries.order_entries(row)
    # In the order of their ids: two orders about the same students must not wait for each other.
    students = [entry.student for entry in entries]
    db.session.execute(select(Person.id).where(Person.id.in_(students)).order_by(Person.id).with_for_update())
    problems, now, _units = check_order_entries(head, entries)
    if problems or [one.came_from for one in now] != [one.came_from for one in entries]:
        return STUDENTS_CHANGED_OUTCOME
    _write_enrolment(act, row, head, entries)
    store_order_end(act, row, APPLIED)
    _post_order_events(act, row, head, entries)
    return ORDER_APPLIED_OUTCOME


def _write_enrolment(act: Act, row: ContingentOrder, head: OrderHead, entries: Sequence[OrderEntry]) -> None:
    """Write the stays of the students with their dates, add new students, and post the changed days."""
    spans: list[dict[str, Any]] = []
    if head.kind in KINDS_OF_NEW_STUDENTS:
        _add_new_students(act, row.id, head, entries)
    if head.kind in KINDS_WITH_GROUP:
        starts = [
            MembershipStart(uuid5(row.id, f"stay {entry.student}"), entry.student, entry.group)
            for entry in entries
            if entry.group is not None
        ]
        spans += record_membership_starts(act, starts, head.effective_on, head.number)
    if head.kind in ENDING_BY_KIND:
        last_day, ended_as = head.effective_on - timedelta(days=1), ENDING_BY_KIND[head.kind]
        students = [entry.student for entry in entries]
        spans += record_membership_ends(act, students, last_day, head.number, ended_as)
    told = {"order_id": str(row.id), "by": str(row.drafted_by)}
    for start in range(0, len(spans), MAX_SPANS_PER_MESSAGE):
        post_membership_change(act, spans[start : start + MAX_SPANS_PER_MESSAGE], head.number, told)


def _add_new_students(act: Act, order: UUID, head: OrderHead, entries: Sequence[OrderEntry]) -> None:
    """Add the persons of new students, with the role of a student from the effective day on."""
    named = [(entry.student, entry.names or OrderNames("", "")) for entry in entries]
    add_persons_without_accounts(
        act,
        [
            NewPerson(student, names.family_name, names.given_name, names.patronymic, names.email or None)
            for student, names in named
        ],
    )
    _grant_student_roles(act, order, head, entries)


def _grant_student_roles(act: Act, order: UUID, head: OrderHead, entries: Sequence[OrderEntry]) -> None:
    """Give students their role from the effective day on, in the institute of their group."""
    groups = queries.load_ordered_groups(entry.group for entry in entries)
    grants = [
        OpenRoleGrant(
            uuid5(order, f"role {entry.student}"),
            entry.student,
            groups[entry.group].unit if entry.group in groups else None,
        )
        for entry in entries
    ]
    grant_open_roles(act, grants, STUDENT_ROLE, head.effective_on)


def _post_order_events(
    act: Act, row: ContingentOrder, head: OrderHead, entries: Sequence[OrderEntry]
) -> None:
    """Notify the students and their curators, and post what waits for the effective day."""
    day = first_minute_unless_begun(act, head.effective_on)
    events: list[OutboxEvent] = [(ORDER_DAY_EVENT, {"order": str(row.id)}, day)]
    if head.kind in (EXPEL, GRADUATE):
        events.append((ACCOUNT_DAY_EVENT, {"order": str(row.id)}, _account_moment(row, head)))
    if head.kind == LEAVE:
        events += leave_end_events(act, row, entries)
    students = {entry.student for entry in entries}
    groups = {one for entry in entries for one in (entry.group, entry.came_from) if one}
    curators = set(
        db.session.scalars(
            select(StudyGroup.curator_id).where(StudyGroup.id.in_(groups), StudyGroup.curator_id.is_not(None))
        )
    )
    payload = {
        "order": head.number,
        "since": head.effective_on.isoformat(),
        "of_kind": head.kind,
        "clause": CLAUSE,
        "recipients": sorted(str(one) for one in students | curators),
        "by": str(row.drafted_by),
        "url": f"/orders/{row.id}",
    }
    events.append((ORDER_APPLIED_EVENT, payload, None))
    post_events(act, events)


def _account_moment(row: ContingentOrder, head: OrderHead) -> datetime:
    """Return when the accounts of those who left are closed: the end of `contingent.account_term` (our setting)."""
    anchor = datetime.combine(head.effective_on, time(), UNIVERSITY_ZONE).astimezone(UTC)
    calendar = regulation.load_unit_deadline_calendar(db.session, row.unit_id, head.effective_on)
    return compute_deadline(calendar, ACCOUNT_TERM_POLICY, anchor).moment


def carry_out_order_day(act: Act, order: UUID) -> None:
    """Carry out on its effective day what an applied order says without dates: new names, an expulsion from a leave,
    accounts opened again. A repeat has no effect. Raises Missing."""
    row = queries.load_order(order)
    end = queries.find_order_end(order)
    if end is None or end.how != APPLIED:
        return
    head, spans = queries.order_head(row), []
    entries = queries.order_entries(row)
    if head.kind in KINDS_WITH_GROUP:
        tell_curators_of_newcomers(act, row, head, entries)
    if head.kind in (RETURN, RESTORE):
        _open_accounts_of_students(act, row, head, entries)
    for entry in entries:
        if head.kind == RENAME and entry.names is not None:
            _rename_person(act, entry.student, entry.names)
        elif head.kind == EXPEL:
            spans += record_expulsion_from_leave(act, entry.student, head.number)
    if spans:
        post_membership_change(act, spans, head.number)


def _rename_person(act: Act, student: UUID, names: OrderNames) -> None:
    """Write the new names of a student; no effect when he has them already, or when they were erased."""
    person = db.session.get(Person, student, with_for_update=True)
    if person is None or not names.family_name:
        return
    before = f"{person.family_name} {person.given_name} {person.patronymic}".strip()
    after = f"{names.family_name} {names.given_name} {names.patronymic}".strip()
    if before == after:
        return
    person.family_name, person.given_name = names.family_name, names.given_name
    person.patronymic = names.patronymic
    person.sort_key = kyrgyz_sort_key(names.family_name, names.given_name, names.patronymic)
    db.session.flush()
    record_audit_event(
        act,
        "people.person.renamed",
        ("people.person", student),
        {"name": PrivateValue(before)},
        {"name": PrivateValue(after)},
        CLAUSE,
        subject=student,
    )


def _open_accounts_of_students(
    act: Act, row: ContingentOrder, head: OrderHead, entries: Sequence[OrderEntry]
) -> None:
    """Open the closed accounts of students who came back, and give them their role again where it has ended. A fixed
    number of statements, and those of a notice for each who has another role too."""
    students = [entry.student for entry in entries]
    holders = {person for person, _grant in _load_open_student_grants(students)}
    without = [entry for entry in entries if entry.student not in holders]
    if without:
        _grant_student_roles(act, row.id, head, without)
    # After the roles: who is a student alone has nobody to be told beside himself.
    reopen_accounts(act, students)


def _load_open_student_grants(students: Collection[UUID]) -> Sequence[tuple[UUID, UUID]]:
    """Return (person, grant) of the roles of students that have no last day; one statement."""
    found = db.session.execute(
        select(RoleGrant.person_id, RoleGrant.id).where(
            RoleGrant.person_id.in_(students),
            RoleGrant.role == STUDENT_ROLE,
            RoleGrant.valid_until.is_(None),
        )
    )
    return [(person, grant) for person, grant in found]


def close_accounts_of_order(act: Act, order: UUID) -> None:
    """Close the accounts of the students of an order who left and did not come back, and end their role as students; an
    account of somebody with another role stays open. A repeat has no effect. Raises Missing."""
    row, today = queries.load_order(order), local_day(act.at)
    students = [UUID(one["student"]) for one in row.entries]
    stays = stays_of.load_enrolment_periods(students)
    for student in students:
        status = enrolment_status(stays[student], today)
        is_coming_back = any(one.starts_on > today for one in stays[student])
        if status.kind != LEFT_STATUS or is_coming_back:
            continue
        for _person, grant in _load_open_student_grants([student]):
            end_or_delete_role_grant(act, grant, today)
        others = select(RoleGrant.id).where(
            RoleGrant.person_id == student,
            RoleGrant.role != STUDENT_ROLE,
            (RoleGrant.valid_until.is_(None)) | (RoleGrant.valid_until >= today),
        )
        has_account = db.session.get(Account, student) is not None
        if has_account and db.session.scalar(others.limit(1)) is None:
            close_account(act, student)
