"""A document is handed in within three working days of the return, or late with words (4.2.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.journal.excuses.review_checks import load_excuse_review_checks
from app.kernel.errors import Invalid, Refused
from tests.scenarios.excuses import confirmed

pytestmark = pytest.mark.clause("4.2.3")


def test_in_time_until_the_last_second_of_the_third_working_day_after_the_return(world):
    world.missed(2)
    world.attended(1)
    absent = world.day(2)
    world.clock.set(datetime(2026, 10, 16, 17, 59, 59, tzinfo=UTC))
    case = world.student_actor().hands_in(absent)
    assert world.open_elements(case) == ["register_directorate"]
    world.clock.advance(seconds=1)
    with pytest.raises(Invalid) as late:
        world.student_actor().hands_in(absent)
    assert late.value.fields["note"][0].code == "journal.excuse.late_needs_words"


def test_after_the_third_working_day_words_are_needed_and_the_directorate_decides(world):
    world.missed(9)
    world.attended(8)
    with pytest.raises(Invalid) as late:
        world.student_actor().hands_in(world.day(9))
    assert late.value.fields["note"][0].code == "journal.excuse.late_needs_words"
    case = world.student_actor().hands_in(world.day(9), note="Ооруканада жаткам, кийин чыктым.")
    assert confirmed(world, case).outcome == "confirmed_all"


def test_the_third_working_day_is_counted_over_a_holiday_of_the_directorate(world):
    world.clock.set(world.clock().replace(month=12, day=30))
    world.missed(1)
    case = world.student_actor().hands_in(
        world.day(1), returned_on=date(2026, 12, 30).isoformat(), note="Бүгүн"
    )
    term = load_excuse_review_checks(world.case(case).subject_id).deadline
    assert term.moment.isoformat() == "2027-01-09T17:59:59+00:00"


def test_another_day_of_return_than_the_journal_shows_needs_words(world):
    world.missed(3)
    world.attended(1)
    with pytest.raises(Invalid) as differs:
        world.student_actor().hands_in(world.day(3), returned_on=world.day(0).isoformat())
    assert differs.value.fields["note"][0].code == "journal.excuse.return_day_differs"
    world.student_actor().hands_in(
        world.day(3), returned_on=world.day(0).isoformat(), note="Кечээ келген эмесмин"
    )


@pytest.mark.parametrize(
    "change, field, code",
    [
        ({"files": []}, "files", "journal.excuse.document_needed"),
        ({"document_date": "2026-10-15"}, "document_date", "journal.excuse.document_from_tomorrow"),
        ({"returned_on": "2026-10-05"}, "returned_on", "journal.excuse.returned_before_end"),
    ],
)
def test_a_document_that_cannot_be_is_refused_by_its_field(world, change, field, code):
    world.missed(9)
    with pytest.raises(Invalid) as refused:
        world.student_actor().hands_in(world.day(9), **change)
    assert refused.value.fields[field][0].code == code


def test_days_without_a_lesson_have_nothing_to_excuse(world):
    with pytest.raises(Refused) as refused:
        world.student_actor().hands_in(world.day(3))
    assert refused.value.code == "journal.excuse.covers_nothing"
