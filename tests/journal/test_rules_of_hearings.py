"""Who hears an appeal, what the votes make and what a protocol has to say, by the rules alone (6.3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from app.journal.appeals.hearing_rules import (
    HearingMinutes,
    Seating,
    Vote,
    assign_commission_seats,
    find_winning_decision,
    refusal_to_sign_protocol,
    refusal_to_write_protocol,
)
from app.journal.commissions.rules import Seat
from tests.journal.test_rules_of_requests import said

CHAIR, CLERK, ANNA, BAKYT, FIRST, SECOND = (UUID(int=number) for number in range(1, 7))
SEATS = (
    Seat(CHAIR, "CHAIR"),
    Seat(CLERK, "SECRETARY"),
    Seat(ANNA, "MEMBER"),
    Seat(BAKYT, "MEMBER"),
    Seat(FIRST, "RESERVE"),
    Seat(SECOND, "RESERVE"),
)
HELD = datetime(2026, 10, 16, 4, tzinfo=UTC)


def seated(*excluded: UUID, quorum: int = 2) -> Seating | None:
    return assign_commission_seats(SEATS, quorum, dict.fromkeys(excluded, "AUTHOR"))


@pytest.mark.parametrize(
    ("excluded", "found"),
    [
        ([], Seating(CHAIR, CLERK, (ANNA, BAKYT))),
        ([CHAIR], Seating(ANNA, CLERK, (BAKYT, FIRST))),
        ([CLERK], Seating(CHAIR, FIRST, (ANNA, BAKYT))),
        ([CLERK, ANNA], Seating(CHAIR, FIRST, (BAKYT, SECOND))),
        ([ANNA], Seating(CHAIR, CLERK, (BAKYT, FIRST))),
        ([ANNA, FIRST], Seating(CHAIR, CLERK, (BAKYT, SECOND))),
        ([ANNA, BAKYT, FIRST, SECOND], None),
        ([CLERK, FIRST, SECOND], None),
        ([CHAIR, ANNA, BAKYT], None),
    ],
)
def test_free_seats_are_taken_by_members_and_by_the_reserves_in_their_order(excluded, found):
    assert seated(*excluded) == found


def test_a_commission_sits_with_exactly_its_quorum_and_not_with_one_less():
    left = Seating(CHAIR, CLERK, (BAKYT,))
    assert seated(ANNA, FIRST, SECOND, quorum=2) == left
    assert seated(ANNA, FIRST, SECOND, quorum=3) is None


def votes(*told: str) -> tuple[Vote, ...]:
    return tuple(Vote(person, vote) for person, vote in zip((CHAIR, ANNA, BAKYT, FIRST), told, strict=False))


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (("KEEP", "RAISE", "RAISE"), "RAISE"),
        (("KEEP", "RAISE"), "KEEP"),
        (("LOWER", "RAISE", "KEEP"), "LOWER"),
        (("ABSENT", "RAISE", "KEEP"), None),
        (("LOWER", "RAISE", "KEEP", "RAISE"), "RAISE"),
        (("ABSENT", "ABSENT", "KEEP"), "KEEP"),
        (("ABSENT", "ABSENT", "ABSENT"), None),
        (("REEXAM", "REEXAM", "LOWER"), "REEXAM"),
    ],
)
def test_most_of_those_present_decide_and_at_a_tie_the_chair(told, outcome):
    assert find_winning_decision(votes(*told), CHAIR) == outcome


def written(*told: str, points: str | None = None, now: datetime = HELD, **more):
    minutes = HearingMinutes(
        votes(*told), None if points is None else Decimal(points), "Негиз", more.pop("warned", True)
    )
    facts = {"held_at": HELD, "old": Decimal(40), "quorum": 2} | more
    return said(refusal_to_write_protocol(minutes, CHAIR, [ANNA, BAKYT], most=60, now=now, **facts))


def test_a_protocol_is_written_from_the_minute_of_the_hearing():
    unheard = ("journal.protocol.not_heard_yet", None, None)
    assert written("KEEP", "KEEP", "KEEP") == ()
    assert written("KEEP", "KEEP", "KEEP", now=HELD - timedelta(seconds=1)) == unheard
    assert written("KEEP", "KEEP", "KEEP", held_at=None) == unheard


def test_everybody_who_may_vote_did_or_was_absent_but_not_the_chair():
    missing = ("protocol", "journal.protocol.votes_missing", {})
    assert written("KEEP", "KEEP") == missing == written("KEEP", "KEEP", "KEEP", "KEEP")
    assert written("ABSENT", "KEEP", "KEEP") == ("protocol", "journal.protocol.no_chair", {})
    swapped = HearingMinutes(votes("KEEP", "KEEP", "KEEP")[::-1], None, "Негиз")
    assert said(refusal_to_write_protocol(swapped, CHAIR, [ANNA, BAKYT], 2, HELD, None, 60, HELD)) == missing


def test_a_protocol_keeps_the_quorum_and_has_no_tie_without_the_chairs_word():
    assert written("KEEP", "KEEP", "ABSENT") == ()
    assert written("KEEP", "ABSENT", "ABSENT") == ("protocol", "journal.protocol.no_quorum", {"quorum": 2})
    five = (*votes("LOWER", "KEEP", "KEEP", "RAISE"), Vote(SECOND, "RAISE"))
    tied = refusal_to_write_protocol(
        HearingMinutes(five, None, "Негиз"),
        CHAIR,
        [ANNA, BAKYT, FIRST, SECOND],
        3,
        HELD,
        Decimal(40),
        60,
        HELD,
    )
    assert said(tied) == ("protocol", "journal.protocol.tied", {})


RAISED, LOWERED = ("RAISE",) * 3, ("LOWER",) * 3
WRONG_WAY = ("points", "journal.protocol.wrong_way", {})
NO_POINTS = ("points", "journal.mark.not_points", {"most": 60})


def test_points_go_the_way_of_the_decision():
    assert written(*RAISED, points="40.1") == () == written(*LOWERED, points="39.9")
    assert written(*RAISED, points="40") == WRONG_WAY == written(*LOWERED, points="40")
    assert written(*RAISED, points="0", old=None) == ()
    assert written(*LOWERED, points="0", old=None) == WRONG_WAY, "there is nothing that could be lowered"


def test_points_lie_between_nothing_and_the_most_with_one_place_after_the_comma():
    assert written(*RAISED, points="60") == () == written(*LOWERED, points="0")
    for points in ("60.1", "50.05", None):
        assert written(*RAISED, points=points) == NO_POINTS
    assert written(*LOWERED, points="-0.1") == NO_POINTS


def test_points_of_a_work_off_count_as_accepted_or_not_at_all():
    def counted(*told, points=None):
        return written(*told, points=points, old=None, proposed=Decimal(80), proposal=True)

    assert counted(*RAISED) == () == counted(*RAISED, points="80") == counted("KEEP", "KEEP", "RAISE")
    other = ("points", "journal.protocol.points_as_accepted", {"points": "80"})
    assert counted(*RAISED, points="79") == other == counted("KEEP", "KEEP", "KEEP", points="80")
    unfit = ("protocol", "journal.protocol.counted_or_not", {})
    assert counted(*LOWERED) == unfit == counted("REEXAM", "RAISE", "RAISE")


@pytest.mark.parametrize("kept", ["KEEP", "REEXAM"])
def test_a_decision_that_changes_nothing_names_no_points(kept):
    assert written(kept, kept, kept) == ()
    assert written(kept, kept, kept, points="50") == ("points", "journal.protocol.no_points_wanted", {})


def test_points_are_lowered_only_after_the_student_was_warned():
    assert written(*LOWERED, points="30", warned=False) == ("warned", "journal.protocol.not_warned", {})
    assert written(*RAISED, points="50", warned=False) == ()
    assert not HearingMinutes((), None, "").warned, "nobody is warned by default"


def test_the_chair_of_the_hearing_signs_himself_and_not_what_he_wrote():
    refusal = ("journal.protocol.chair_signs", None, None)
    assert refusal_to_sign_protocol(CHAIR, CHAIR, CLERK) is None
    assert (
        said(refusal_to_sign_protocol(ANNA, CHAIR, CLERK))
        == refusal
        == said(refusal_to_sign_protocol(None, CHAIR, CLERK))
    )
    assert said(refusal_to_sign_protocol(CHAIR, CHAIR, CHAIR)) == refusal
