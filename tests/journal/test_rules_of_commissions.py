"""Who may sit in a commission and which one decides, by the rules alone (6.3, 7.4, 7.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.journal.commissions.rules import (
    CommissionDraft,
    PublishedCommission,
    Seat,
    choose_deciding_commission,
    commission_state,
    refusal_to_draft_commission,
    select_voting_seats,
)

TODAY, DAY = date(2026, 10, 14), timedelta(days=1)
PEOPLE = [UUID(int=number) for number in range(1, 9)]
FIVE = ("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "RESERVE")
COURSE, UNIT, ABOVE = (UUID(int=number) for number in range(20, 23))
ORDERED = datetime(2026, 9, 1, 6, tzinfo=UTC)


def seats(*parts: str) -> tuple[Seat, ...]:
    return tuple(Seat(person, part) for person, part in zip(PEOPLE, parts, strict=False))


def problems(taken: bool = False, known: Any = PEOPLE, **more: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    facts = {
        "kind": "APPEAL",
        "order_no": "41-К",
        "order_date": TODAY,
        "valid_from": TODAY,
        "valid_until": TODAY,
        "quorum": 2,
        "seats": seats(*FIVE),
    }
    refused = refusal_to_draft_commission(CommissionDraft(**(facts | more)), taken, known, TODAY)
    return {key: (one[0].code, dict(one[0].params)) for key, one in refused.fields.items()} if refused else {}


def test_chair_and_members_vote_the_secretary_and_the_reserve_do_not():
    assert [seat.part for seat in select_voting_seats(seats(*FIVE))] == ["CHAIR", "MEMBER", "MEMBER"]


def test_a_commission_has_one_chair_one_secretary_and_three_votes():
    assert problems() == {}
    one = {"commission": ("journal.commission.one_chair_one_secretary", {})}
    assert problems(seats=seats("CHAIR", "SECRETARY", "CHAIR", "MEMBER")) == one
    assert problems(seats=seats("CHAIR", "MEMBER", "MEMBER")) == one
    assert problems(seats=seats("SECRETARY", "MEMBER", "MEMBER", "MEMBER")) == one
    assert problems(seats=seats("CHAIR", "SECRETARY", "SECRETARY", "MEMBER", "MEMBER")) == one
    few = {"commission": ("journal.commission.too_few", {"fewest": 3})}
    assert problems(seats=seats("CHAIR", "SECRETARY", "MEMBER", "RESERVE")) == few


def test_everybody_sits_once_and_is_somebody_the_university_knows():
    twice = (*seats(*FIVE), Seat(PEOPLE[0], "RESERVE"))
    assert problems(seats=twice) == {"commission": ("journal.commission.twice", {})}
    unknown = {"commission": ("journal.commission.unknown_person", {})}
    assert problems(known=PEOPLE[:4]) == unknown and problems(known=PEOPLE[:5]) == {}
    assert problems(seats=(*seats(*FIVE), Seat(PEOPLE[6], "GUEST"))) == unknown


def test_a_quorum_is_more_than_half_of_the_votes_and_not_more_than_all():
    wrong = {"quorum": ("journal.commission.quorum", {"least": 2, "most": 3})}
    assert problems(quorum=1) == wrong == problems(quorum=4)
    assert problems(quorum=2) == {} == problems(quorum=3)
    four = seats("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "MEMBER")
    assert problems(seats=four, quorum=2) == {
        "quorum": ("journal.commission.quorum", {"least": 3, "most": 4})
    }
    assert problems(seats=four, quorum=3) == {}


def test_the_dates_of_an_order_make_sense_and_its_number_is_new():
    assert problems(taken=True) == {"order_no": ("journal.commission.number_taken", {})}
    backwards = {"valid_until": ("journal.commission.backwards", {})}
    assert problems(order_date=TODAY - 9 * DAY, valid_from=TODAY - DAY, valid_until=TODAY - DAY) == backwards
    assert problems(valid_from=TODAY + 2 * DAY, valid_until=TODAY + DAY) == backwards
    assert problems(valid_until=TODAY + 400 * DAY) == {}
    assert problems(valid_until=TODAY + 401 * DAY) == {"valid_until": ("journal.commission.too_long", {})}
    before = {"valid_from": ("journal.commission.before_order", {})}
    assert problems(order_date=TODAY + DAY) == before and problems(order_date=TODAY - DAY) == {}


def known(number: int, **more: Any) -> PublishedCommission:
    facts = {
        "kind": "APPEAL",
        "unit": None,
        "course": None,
        "valid_from": TODAY - 9 * DAY,
        "valid_until": TODAY,
        "published_at": ORDERED,
    }
    return PublishedCommission(UUID(int=number), **(facts | more))


def choice(*commissions: PublishedCommission, on: date = TODAY) -> PublishedCommission | None:
    return choose_deciding_commission(commissions, "APPEAL", COURSE, [UNIT, ABOVE], on)


def test_the_narrowest_commission_decides_and_of_the_same_scope_the_latest_order():
    wide, above, near = known(1), known(2, unit=ABOVE), known(3, unit=UNIT)
    own = known(4, course=COURSE)
    assert choice(wide, above, near, own) == own and choice(near, above, wide) == near
    assert choice(wide, above) == above and choice(wide) == wide
    later = replace(wide, id=UUID(int=5), published_at=ORDERED + DAY)
    assert choice(later, wide) == later and choice(wide, later) == later
    assert choice(replace(later, published_at=ORDERED - DAY), above) == above


def test_a_commission_of_another_kind_scope_or_time_decides_nothing():
    assert (
        choice(known(1, kind="ARCHIVE"), known(2, unit=UUID(int=99)), known(3, course=UUID(int=98))) is None
    )
    assert choice() is None
    one = known(4)
    assert choice(one, on=one.valid_from) == one == choice(one, on=one.valid_until)
    assert choice(one, on=one.valid_from - DAY) is None and choice(one, on=one.valid_until + DAY) is None


def test_a_commission_is_coming_valid_replaced_or_ended():
    one = known(1)
    later = known(2, published_at=ORDERED + DAY, valid_from=TODAY)
    assert (
        commission_state(one, [one], TODAY) == "valid"
        and commission_state(one, [], one.valid_from) == "valid"
    )
    assert commission_state(one, [one, later], TODAY) == "replaced"
    assert commission_state(one, [later], TODAY - DAY) == "valid", "the later one does not run yet"
    assert commission_state(later, [one], TODAY) == "valid"
    assert (
        commission_state(one, [replace(later, kind="ARCHIVE"), replace(later, unit=UNIT)], TODAY) == "valid"
    )
    assert commission_state(one, [replace(later, published_at=ORDERED)], TODAY) == "valid"
    assert commission_state(one, [later], TODAY + DAY) == "ended"
    assert commission_state(one, [], one.valid_from - DAY) == "coming"
