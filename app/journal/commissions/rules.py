"""Rules of commissions (6.3, 7.4, 7.6): valid drafts, the deciding commission, its state. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.kernel.errors import DepterError, FieldProblem, Invalid

APPEAL_COMMISSION, AUTHORISED_COMMISSION, ARCHIVE_COMMISSION = "APPEAL", "AUTHORISED", "ARCHIVE"
COMMISSION_KINDS = (APPEAL_COMMISSION, AUTHORISED_COMMISSION, ARCHIVE_COMMISSION)
CHAIR, SECRETARY, MEMBER, RESERVE = "CHAIR", "SECRETARY", "MEMBER", "RESERVE"
SEAT_PARTS = (CHAIR, SECRETARY, MEMBER, RESERVE)
PUBLISHED, NUMBER_TAKEN = "published", "number_taken"
MIN_VOTING_SEATS = 3
MAX_COMMISSION_VALIDITY = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Seat:
    """A person and the part in a commission: CHAIR, SECRETARY, MEMBER or RESERVE."""

    person: UUID
    part: str


@dataclass(frozen=True, slots=True)
class CommissionDraft:
    """A proposed commission; `unit` or `course` narrow its scope, neither: the whole university."""

    kind: str
    order_no: str
    order_date: date
    valid_from: date
    valid_until: date
    quorum: int
    seats: tuple[Seat, ...]
    unit: UUID | None = None
    course: UUID | None = None


def select_voting_seats(seats: Iterable[Seat]) -> list[Seat]:
    """Return the seats with a vote: chair and members. The secretary writes the
    protocol, reserves replace members."""
    return [seat for seat in seats if seat.part in (CHAIR, MEMBER)]


def refusal_to_draft_commission(
    draft: CommissionDraft, taken: bool, known: Collection[UUID], today: date
) -> DepterError | None:
    """Return None if such a commission can be ordered, else Invalid with every problem by field (6.3).

    One chair, one other person as secretary, at least three votes, a quorum of more than half of them, an
    unused order number, dates in order.
    """
    problems: dict[str, list[FieldProblem]] = {}

    def add_field_problem(field: str, code: str, **params: object) -> None:
        problems.setdefault(field, []).append(FieldProblem(code, params))

    persons = [seat.person for seat in draft.seats]
    parts = [seat.part for seat in draft.seats]
    vote_count = len(select_voting_seats(draft.seats))
    if parts.count(CHAIR) != 1 or parts.count(SECRETARY) != 1:
        add_field_problem("commission", "journal.commission.one_chair_one_secretary")
    if len(set(persons)) != len(persons):
        add_field_problem("commission", "journal.commission.twice")
    if not set(persons) <= set(known) or not set(parts) <= set(SEAT_PARTS):
        add_field_problem("commission", "journal.commission.unknown_person")
    if vote_count < MIN_VOTING_SEATS:
        add_field_problem("commission", "journal.commission.too_few", fewest=MIN_VOTING_SEATS)
    elif not vote_count < draft.quorum * 2 <= vote_count * 2:
        add_field_problem("quorum", "journal.commission.quorum", least=vote_count // 2 + 1, most=vote_count)
    if taken:
        add_field_problem("order_no", "journal.commission.number_taken")
    if draft.valid_until < draft.valid_from or draft.valid_until < today:
        add_field_problem("valid_until", "journal.commission.backwards")
    elif draft.valid_until - draft.valid_from > MAX_COMMISSION_VALIDITY:
        add_field_problem("valid_until", "journal.commission.too_long")
    if draft.valid_from < draft.order_date:
        add_field_problem("valid_from", "journal.commission.before_order")
    return Invalid(problems) if problems else None


@dataclass(frozen=True, slots=True)
class PublishedCommission:
    """The attributes of a published commission that decide which one is chosen."""

    id: UUID
    kind: str
    unit: UUID | None
    course: UUID | None
    valid_from: date
    valid_until: date
    published_at: datetime


def choose_deciding_commission(
    commissions: Iterable[PublishedCommission], kind: str, course: UUID, units: Sequence[UUID], on: date
) -> PublishedCommission | None:
    """Return the commission that decides a matter of this discipline on a day; None if there is none.

    Narrowest scope first, and of the same scope the latest order. `units` are the unit of the discipline and
    those above it, nearest first.
    """
    # Position in this tuple is the precedence of a scope; None is the whole university.
    narrower = (None, *reversed(units), course)
    fitting = [
        one
        for one in commissions
        if one.kind == kind
        and one.valid_from <= on <= one.valid_until
        and (one.course or one.unit) in narrower
    ]
    return max(
        fitting, key=lambda one: (narrower.index(one.course or one.unit), one.published_at), default=None
    )


STATE_VALID, STATE_COMING, STATE_ENDED, STATE_REPLACED = "valid", "coming", "ended", "replaced"


def commission_state(commission: PublishedCommission, others: Iterable[PublishedCommission], on: date) -> str:
    """Return the state on a day: valid, coming, ended, or replaced by a later order for the same scope."""
    if on > commission.valid_until:
        return STATE_ENDED
    for other in others:
        same = (other.kind, other.unit, other.course) == (commission.kind, commission.unit, commission.course)
        later = other.published_at > commission.published_at and other.valid_from <= on <= other.valid_until
        if same and later:
            return STATE_REPLACED
    return STATE_VALID if commission.valid_from <= on else STATE_COMING
