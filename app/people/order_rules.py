"""Rules of orders about students: what each kind needs, and whom it may be about on its effective day (2.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.kernel.errors import FieldProblem, Invalid
from app.people.rules import (
    ENROLLED_STATUS,
    EXPEL_ORDER,
    GRADUATE_ORDER,
    LEAVE_ORDER,
    LEFT_STATUS,
    ON_LEAVE_STATUS,
    UNKNOWN_STATUS,
    EnrolmentPeriod,
    enrolment_status,
)

ENROL, TRANSFER_IN, TRANSFER_GROUP, LEAVE, RETURN, EXPEL, RESTORE, RENAME, GRADUATE = (
    "ENROL",
    "TRANSFER_IN",
    "TRANSFER_GROUP",
    "LEAVE",
    "RETURN",
    "EXPEL",
    "RESTORE",
    "RENAME",
    "GRADUATE",
)
ORDER_KINDS = (ENROL, TRANSFER_IN, TRANSFER_GROUP, LEAVE, RETURN, EXPEL, RESTORE, RENAME, GRADUATE)
KINDS_OF_NEW_STUDENTS = frozenset({ENROL, TRANSFER_IN})
KINDS_WITH_GROUP = KINDS_OF_NEW_STUDENTS | {TRANSFER_GROUP, RETURN, RESTORE}
KINDS_WITH_NAMES = KINDS_OF_NEW_STUDENTS | {RENAME}
ENDING_BY_KIND: Mapping[str, str] = {LEAVE: LEAVE_ORDER, EXPEL: EXPEL_ORDER, GRADUATE: GRADUATE_ORDER}
"""How a stay in a group ends, by kind of order."""

SIGNED_HERE, SIGNED_ON_PAPER = "here", "paper"
SIGNING_WAYS = (SIGNED_HERE, SIGNED_ON_PAPER)
"""The rector signs in the process, or has signed the paper whose scan is registered."""

APPLIED, REFUSED, WITHDRAWN, REPLACED, STOPPED = "APPLIED", "REFUSED", "WITHDRAWN", "REPLACED", "STOPPED"
ORDER_ENDS = (APPLIED, REFUSED, WITHDRAWN, REPLACED, STOPPED)
"""How the way of a draft ends; REPLACED: by the draft that came back from rework."""

MAX_ORDER_STUDENTS = 500
MAX_ORDER_NUMBER_LENGTH, MAX_NAME_LENGTH, MAX_EMAIL_LENGTH = 40, 80, 200
MAX_DAYS_SINCE_ORDER, MAX_DAYS_UNTIL_ORDER = 400, 31
"""How long before today, and how long after it, the date of an order may be."""
MAX_DAYS_BEFORE_ORDER, MAX_DAYS_AFTER_ORDER = 400, 400
"""How long before its date, and how long after it, an order may take effect."""
MAX_LEAVE_DAYS = 3 * 366
MAX_SHOWN_PROBLEMS = 12


@dataclass(frozen=True, slots=True)
class OrderNames:
    """The names of a new student, or the new names of one; the e-mail only of a new one."""

    family_name: str
    given_name: str
    patronymic: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """One line of an order: the student, the group he comes to, the last day of his leave, his names.

    `came_from` is the group in which he was when the order was drafted.
    """

    student: UUID
    group: UUID | None = None
    until: date | None = None
    names: OrderNames | None = None
    came_from: UUID | None = None


@dataclass(frozen=True, slots=True)
class OrderHead:
    """What an order says of itself: kind, number, its day, the day of its effect, and how it is signed."""

    kind: str
    number: str
    ordered_on: date
    effective_on: date
    signing: str


@dataclass(frozen=True, slots=True)
class OrderedGroup:
    """A group that an order names: its institute, and its last day (None while it goes on)."""

    name: str
    unit: UUID
    ends_on: date | None


def refusal_to_draft_order(head: OrderHead, today: date, has_scan: bool) -> Invalid | None:
    """Return the refusal of number, dates and signature of an order, at its fields."""
    problems: dict[str, list[FieldProblem]] = {}

    def add_problem(key: str, code: str, **params: Any) -> None:
        problems.setdefault(key, []).append(FieldProblem(code, params))

    if head.kind not in ORDER_KINDS:
        add_problem("contingent_order", "forms.field.not_offered")
    if head.signing not in SIGNING_WAYS:
        add_problem("signature", "forms.field.not_offered")
    if not head.number or len(head.number) > MAX_ORDER_NUMBER_LENGTH:
        add_problem("order_no", "forms.field.too_long", max=MAX_ORDER_NUMBER_LENGTH)
    first = today - timedelta(days=MAX_DAYS_SINCE_ORDER)
    last = today + timedelta(days=0 if head.signing == SIGNED_ON_PAPER else MAX_DAYS_UNTIL_ORDER)
    if not first <= head.ordered_on <= last:
        add_problem("order_date", "people.order.absurd_date", first=first, last=last)
    else:
        first = head.ordered_on - timedelta(days=MAX_DAYS_BEFORE_ORDER)
        last = head.ordered_on + timedelta(days=MAX_DAYS_AFTER_ORDER)
        if not first <= head.effective_on <= last:
            add_problem("effective_on", "people.order.absurd_date", first=first, last=last)
    if head.signing == SIGNED_ON_PAPER and not has_scan:
        add_problem("files", "people.order.scan_needed")
    return Invalid(problems) if problems else None


def problem_of_order_students(students: Sequence[UUID]) -> FieldProblem | None:
    """Return why these students together cannot be in one order: none, too many, or one of them twice."""
    if not students:
        return FieldProblem("people.order.empty")
    if len(students) > MAX_ORDER_STUDENTS:
        return FieldProblem("people.order.too_many", {"most": MAX_ORDER_STUDENTS})
    if len(set(students)) < len(students):
        return FieldProblem("people.order.student_twice")
    return None


def problem_of_order_entry(
    head: OrderHead,
    entry: OrderEntry,
    stays: Sequence[EnrolmentPeriod],
    group: OrderedGroup | None,
    name: str,
    present: OrderNames | None = None,
) -> FieldProblem | None:
    """Return why this student cannot be in this order, with his name; None when he can.

    `stays` are his stays in groups, `group` the one that the entry names, `present` his names today.
    """

    def problem(code: str, **params: Any) -> FieldProblem:
        return FieldProblem(f"people.order.{code}", {"student": name, **params})

    if head.kind in KINDS_WITH_GROUP:
        if group is None:
            return problem("group_needed")
        if group.ends_on is not None and group.ends_on < head.effective_on:
            return problem("group_ended", group=group.name, at=group.ends_on)
    if head.kind in KINDS_WITH_NAMES:
        wrong = problem_of_order_names(entry.names)
        if wrong is not None:
            return problem(wrong, most=MAX_NAME_LENGTH)
        if head.kind == RENAME and entry.names == present:
            return problem("same_names")
    if head.kind in KINDS_OF_NEW_STUDENTS:
        return None
    return problem_of_stays(head, entry, stays, group, name) or _problem_of_leave(head, entry, name)


def problem_of_order_names(names: OrderNames | None) -> str | None:
    """Return the last part of the code of what is wrong with names; None when nothing is."""
    if names is None or not names.family_name or not names.given_name:
        return "names_needed"
    if max(len(names.family_name), len(names.given_name), len(names.patronymic)) > MAX_NAME_LENGTH:
        return "names_too_long"
    if not (names.family_name + names.given_name + names.patronymic).isprintable():
        return "names_needed"
    if names.email and (
        len(names.email) > MAX_EMAIL_LENGTH or "@" not in names.email or not names.email.isprintable()
    ):
        return "no_email"
    return None


def problem_of_stays(
    head: OrderHead,
    entry: OrderEntry,
    stays: Sequence[EnrolmentPeriod],
    group: OrderedGroup | None,
    name: str,
) -> FieldProblem | None:
    """Return why the stays of a student do not fit a kind of order on its effective day."""

    def problem(code: str, **params: Any) -> FieldProblem:
        return FieldProblem(f"people.order.{code}", {"student": name, **params})

    if head.kind == RENAME:
        return None if stays else problem("no_student")
    later = max((stay.starts_on for stay in stays if stay.starts_on >= head.effective_on), default=None)
    ended = max(
        (stay.ends_on for stay in stays if stay.ends_on is not None and stay.ends_on >= head.effective_on),
        default=None,
    )
    if later is not None or ended is not None:
        at = later or (ended or head.effective_on) + timedelta(days=1)
        return problem("later_order", at=at)
    status = enrolment_status(stays, head.effective_on)
    since = status.since or head.effective_on
    if head.kind == RETURN:
        return None if status.kind == ON_LEAVE_STATUS else problem("not_on_leave")
    if head.kind == RESTORE:
        is_expelled = status.kind == LEFT_STATUS and status.ended_as == EXPEL_ORDER
        return None if is_expelled or (status.kind == UNKNOWN_STATUS and stays) else problem("not_expelled")
    if status.kind == LEFT_STATUS:
        code = "graduated_already" if status.ended_as == GRADUATE_ORDER else "expelled_already"
        return problem(code, order=status.order, at=since)
    if status.kind == ON_LEAVE_STATUS:
        # Who does not come back from his leave is expelled from it.
        return None if head.kind == EXPEL else problem("on_leave", order=status.order, at=since)
    if status.kind != ENROLLED_STATUS:
        return problem("no_student")
    if head.kind == TRANSFER_GROUP and any(stay.group == entry.group for stay in _running(stays, head)):
        return problem("own_group", group=group.name if group else "")
    return None


def first_day_of_next_order(stays: Sequence[EnrolmentPeriod], today: date) -> date:
    """Return the first day, today or later, from which an order about a student may be in force: after every day on
    which a stay begins or is known to end."""
    days = [day for stay in stays for day in (stay.starts_on, stay.ends_on) if day is not None]
    return max([today, *(day + timedelta(days=1) for day in days)])


def _running(stays: Sequence[EnrolmentPeriod], head: OrderHead) -> list[EnrolmentPeriod]:
    """Return the stays that go on on the effective day."""
    return [stay for stay in stays if stay.covers(head.effective_on)]


def _problem_of_leave(head: OrderHead, entry: OrderEntry, name: str) -> FieldProblem | None:
    """Return why the last day of a leave is none."""
    if head.kind != LEAVE:
        return None
    most = head.effective_on + timedelta(days=MAX_LEAVE_DAYS)
    if entry.until is None or not head.effective_on < entry.until <= most:
        return FieldProblem("people.order.leave_end", {"student": name, "at": head.effective_on})
    return None


def find_last_stay(stays: Sequence[EnrolmentPeriod], day: date) -> EnrolmentPeriod | None:
    """Return the stay of a student on this day, or the last one before it; None when there is none."""
    begun = [stay for stay in stays if stay.starts_on <= day]
    return max(
        begun, key=lambda stay: (stay.covers(day), stay.ends_on or date.max, stay.starts_on), default=None
    )
