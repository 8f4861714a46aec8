"""A result that somebody holds to be wrong, by the rules alone: appealed (6.3) or disputed (6.2), to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.journal.appeals import rules as appeal_rules
from app.journal.appeals.result_dispute_rules import refusal_to_dispute_result
from app.journal.appeals.rules import ResultAppealState, ResultDisputeState
from app.journal.disputes import rules as dispute_rules
from app.regulation.rules import DeadlineCalendar, Policy
from tests.journal.test_rules_of_requests import SECOND, SHEET, absence, last_second, lesson, said

TERMS = DeadlineCalendar(
    {
        key: Policy(key, days, "working_days", clause, "test")
        for key, days, clause in (
            ("appeal.term", "1", "6.3"),
            ("appeal.hearing_term", "3", "6.3"),
            ("appeal.hearing_notice", "1", "6.3"),
            ("dispute.term", "3", "6.2"),
        )
    }
)
PUBLISHED = datetime(2026, 10, 14, 9, tzinfo=UTC)
THURSDAY, SATURDAY, MONDAY, TUESDAY = (last_second(2026, 10, day) for day in (15, 17, 19, 20))
LATE = "Кабарды кеч көрдүм"


def facts(*told: ResultDisputeState, ended=(), version=2) -> ResultAppealState:
    return ResultAppealState(version, 2, PUBLISHED, told, ended)


def appealed(*told: ResultDisputeState, words="", at=THURSDAY, **more):
    return said(appeal_rules.refusal_to_appeal_against_result(facts(*told, **more), words, TERMS, at))


def disputed(*told: ResultDisputeState, words="", at=SATURDAY, **more):
    return said(refusal_to_dispute_result(facts(*told, **more), words, TERMS, at))


def test_a_result_is_appealed_until_the_last_second_of_the_next_working_day_then_with_words():
    assert appealed() == () and appealed(at=THURSDAY + SECOND, words=LATE) == ()
    needed = ("late", "journal.appeal.late_needs_words", {"at": THURSDAY})
    assert appealed(at=THURSDAY + SECOND) == needed == appealed(at=THURSDAY + SECOND, words=" \n")


def test_a_result_is_disputed_until_the_last_second_of_the_third_working_day_then_with_words():
    assert disputed() == () and disputed(at=SATURDAY + SECOND, words=LATE) == ()
    needed = ("late", "journal.dispute.late_needs_words", {"at": SATURDAY})
    assert disputed(at=SATURDAY + SECOND) == needed == disputed(at=SATURDAY + SECOND, words=" ")


@pytest.mark.parametrize("asked", [appeal_rules.refusal_to_appeal_against_result, refusal_to_dispute_result])
def test_only_the_version_that_holds_is_contested_once_and_not_after_a_commission(asked):
    stale = asked(facts(version=1), LATE, TERMS, PUBLISHED)
    assert said(stale)[0] == "journal.result.changed" and stale.current == {"version": 2}
    beside = asked(facts(ended=("WITHDRAWN", None)), LATE, TERMS, PUBLISHED)
    assert said(beside) == ("journal.appeal.open_already", None, None)
    for outcome in ("UPHELD", "CHANGED", "REEXAM"):
        over = asked(facts(ended=(outcome,)), LATE, TERMS, PUBLISHED)
        assert said(over) == ("journal.appeal.decided_already", None, None)
    assert asked(facts(ended=("WITHDRAWN", "INADMISSIBLE")), LATE, TERMS, PUBLISHED) is None


def test_a_result_has_one_dispute_at_a_time():
    answered = ResultDisputeState(PUBLISHED, PUBLISHED, "unchanged")
    assert disputed(answered) == ()
    assert disputed(answered, ResultDisputeState(PUBLISHED)) == ("journal.dispute.open_already", None, None)


def test_a_dispute_within_the_term_protects_the_appeal_until_a_working_day_after_its_answer():
    def ends(*told, at=PUBLISHED):
        return appeal_rules.appeal_deadline(facts(*told), TERMS, at).moment

    answered = datetime(2026, 10, 19, 5, tzinfo=UTC)
    in_time = ResultDisputeState(THURSDAY, answered, "unchanged")
    assert ends() == THURSDAY and ends(in_time) == TUESDAY
    earlier = ResultDisputeState(PUBLISHED, datetime(2026, 10, 16, 5, tzinfo=UTC), "unchanged")
    assert ends(in_time, earlier) == TUESDAY, "of several the last answer counts"
    assert ends(ResultDisputeState(THURSDAY), at=answered) == TUESDAY, (
        "nobody answered: the term has not begun"
    )
    assert ends(ResultDisputeState(THURSDAY + SECOND, answered, "unchanged")) == THURSDAY
    assert ends(ResultDisputeState(THURSDAY, answered, "WITHDRAWN")) == THURSDAY
    assert ends(ResultDisputeState(THURSDAY, answered, "WITHDRAWN"), in_time) == TUESDAY
    assert appealed(in_time, at=TUESDAY) == ()
    assert appealed(in_time, at=TUESDAY + SECOND)[2] == {"at": TUESDAY}


def test_a_late_appeal_is_admitted_by_restoring_its_term_and_one_in_time_is_not():
    assert said(appeal_rules.refusal_to_apply_admission_decision(True, "admit")) == (
        "decision",
        "journal.appeal.term_not_restored",
        {},
    )
    assert said(appeal_rules.refusal_to_apply_admission_decision(False, "restore")) == (
        "decision",
        "journal.appeal.nothing_to_restore",
        {},
    )
    for late, decision in ((True, "restore"), (False, "admit"), (True, "reject"), (False, "reject")):
        assert appeal_rules.refusal_to_apply_admission_decision(late, decision) is None
    assert appeal_rules.excluded_admission_decisions(late=True) == {"admit"}
    assert appeal_rules.excluded_admission_decisions(late=False) == {"restore"}


def test_a_hearing_lies_ahead_and_within_three_working_days_from_the_admission():
    def scheduled(held_at, now=PUBLISHED):
        return said(appeal_rules.refusal_to_schedule_hearing(held_at, PUBLISHED, TERMS, now))

    assert scheduled(PUBLISHED) == ("hearing", "journal.hearing.in_the_past", {})
    assert scheduled(SATURDAY) == ()
    assert scheduled(SATURDAY + SECOND) == ("hearing", "journal.hearing.too_late", {"at": SATURDAY})


def test_who_is_invited_has_a_working_day_and_a_late_invitation_still_finds_a_day():
    def scheduled(held_at, now=PUBLISHED):
        return said(appeal_rules.refusal_to_schedule_hearing(held_at, PUBLISHED, TERMS, now))

    first_minute = datetime(2026, 10, 14, 18, 0, tzinfo=UTC)  # Thursday 00:00 in Bishkek
    too_soon = ("hearing", "journal.hearing.notice_too_short", {"day": date(2026, 10, 15)})
    assert scheduled(PUBLISHED + SECOND) == too_soon == scheduled(first_minute - SECOND)
    assert scheduled(first_minute) == ()
    saturday = SATURDAY - timedelta(hours=9)
    assert scheduled(saturday + timedelta(hours=1), saturday)[1] == "journal.hearing.notice_too_short"
    assert scheduled(MONDAY, saturday) == (), "Monday is the one day the notice leaves, and too late no more"
    assert scheduled(MONDAY + SECOND, saturday)[1] == "journal.hearing.too_late"


def test_the_check_of_a_mark_ends_with_the_sheet_when_that_shut_meanwhile():
    shut = lesson(sheet=SHEET)
    assert dispute_rules.how_mark_changed_since_dispute(1, absence(shut)) == "sheet_closed"
    assert dispute_rules.how_mark_changed_since_dispute(1, absence(shut, version=2)) == "corrected"


@pytest.mark.parametrize(
    ("was", "now", "another"),
    [
        ("ABSENT", {"stored": "PRESENT", "version": 2}, True),
        ("ABSENT", {"stored": "PRESENT"}, False),
        ("ABSENT", {"version": 2, "reason": "SICK"}, False),
        ("SICK", {"version": 2}, False),
        ("EXCUSED", {"version": 2}, False),
        ("EXCUSED", {"stored": "PRESENT", "version": 2}, True),
        ("PRESENT", {"version": 2}, True),
    ],
)
def test_a_reason_beside_an_absence_does_not_make_it_another_mark(was, now, another):
    assert dispute_rules.is_mark_changed_since_dispute(absence(**now), 1, was) is another
