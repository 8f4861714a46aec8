"""4.4.1: the teacher corrects his own entry within three calendar days of it, with a reason; the history stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.audit import history
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.regulation.models import PolicyRow
from tests.journal.school import NOW
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("4.4.1")
LAST = datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)
"""Saturday, 23:59:59 in Bishkek: the end of the third day after an entry on Wednesday the 14th."""
SECOND = timedelta(seconds=1)


@pytest.fixture
def lesson(school):
    """The first student has a grade of NOW, the others are present by the roll of NOW."""
    made = school.lesson()
    act = school.teacher_act()
    with door.write(act):
        record_mark(act, CellEdit(made, school.students[0], "GRADE", "55", 0))
        take_roll(act, made)
    return made


def correct(school, lesson, at, reason="misread", version=1, value="65", person=None):
    act = school.teacher_act(at, person)
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[0], "GRADE", value, version, reason))


def test_within_three_days_the_author_corrects_with_a_reason(school, lesson):
    assert correct(school, lesson, LAST).value == "65"
    row = school.cell(lesson, school.students[0], "GRADE")
    first, second = history.load_object_audit_entries(row.id)
    assert (first.after["value"], second.before["value"], second.after["value"]) == ("55", "55", "65")
    assert (second.event_type, second.clause, second.reason) == ("journal.mark.corrected", "4.4.1", "misread")


def test_one_second_after_the_third_day_it_is_closed_and_the_refusal_teaches(school, lesson):
    with pytest.raises(Refused) as refused:
        correct(school, lesson, LAST + SECOND)
    error = refused.value
    assert (error.code, error.clause, error.remedy) == (
        "journal.mark.self_window_closed",
        "4.4.1",
        "late_correction",
    )
    assert error.params["at"] == LAST and error.params["computation"]["steps"]


def test_edits_do_not_prolong_the_window(school, lesson):
    correct(school, lesson, LAST - SECOND)
    with pytest.raises(Refused):
        correct(school, lesson, LAST + SECOND, version=2, value="75")
    row = school.cell(lesson, school.students[0], "GRADE")
    assert row.first_entered_at == NOW and row.changed_at == LAST - SECOND


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_the_reason_is_obligatory_and_short(school, lesson, reason):
    with pytest.raises(Invalid) as invalid:
        correct(school, lesson, NOW + SECOND, reason=reason)
    assert list(invalid.value.fields) == ["reason"]


def test_presence_by_the_roll_is_corrected_within_three_days_of_the_roll(school, lesson):
    edit = CellEdit(lesson, school.students[1], "ATTENDANCE", "ABSENT", 0, "he had left")
    act = school.teacher_act(LAST + SECOND)
    with pytest.raises(Refused), door.write(act):
        record_mark(act, edit)
    act = school.teacher_act(LAST)
    with door.write(act):
        assert record_mark(act, edit).status == "ABSENT"


def test_a_late_first_entry_starts_three_days_of_its_own(school):
    made, at = school.lesson(NOW - timedelta(days=5)), NOW
    act = school.teacher_act(at)
    with door.write(act):
        assert record_mark(act, CellEdit(made, school.students[0], "ATTENDANCE", "ABSENT", 0)).late
    act = school.teacher_act(LAST)
    with door.write(act):
        record_mark(act, CellEdit(made, school.students[0], "ATTENDANCE", "PRESENT", 1, "he came late"))


def test_while_the_roll_is_being_called_no_reason_is_needed(school):
    made, student = school.lesson(), school.students[0]
    act = school.teacher_act()
    with door.write(act):
        record_mark(act, CellEdit(made, student, "ATTENDANCE", "ABSENT", 0))
        assert record_mark(act, CellEdit(made, student, "ATTENDANCE", None, 1)).version == 2


def by_author(school):
    school.session.add(
        PolicyRow(
            id=new_id(),
            key="correction.self_by",
            unit_id=None,
            value="AUTHOR",
            measure="code",
            clause="4.4.1",
            source="default",
            effective_from=date(2026, 9, 1),
        )
    )
    school.session.commit()


def test_any_teacher_of_the_journal_corrects_within_the_three_days_and_is_named(school, lesson):
    colleague, stranger = school.person("Кесип", "Тешов"), school.person("Башка", "Окутуучу")
    school.teaches(colleague, "PRACTICE")
    with pytest.raises((Refused, Denied, Missing)):
        correct(school, lesson, LAST, person=stranger)
    assert correct(school, lesson, LAST, person=colleague).value == "65"
    changed = history.load_object_audit_entries(school.cell(lesson, school.students[0], "GRADE").id)[-1]
    assert (changed.person, changed.clause) == (colleague, "4.4.1")
    with pytest.raises(Refused) as refused:
        correct(school, lesson, LAST + SECOND, version=2, value="70", person=colleague)
    assert refused.value.code == "journal.mark.self_window_closed"


def test_by_the_stricter_policy_another_teacher_does_not_correct_it(school, lesson):
    by_author(school)
    colleague = school.person("Кесип", "Тешов")
    school.teaches(colleague, "PRACTICE")
    with pytest.raises(Refused) as refused:
        correct(school, lesson, NOW + SECOND, person=colleague)
    assert (refused.value.code, refused.value.clause) == ("journal.mark.entered_by_another", None)
    assert correct(school, lesson, NOW + SECOND).value == "65", "the author does"


def test_by_it_the_main_teacher_corrects_what_a_substitute_entered_who_is_gone(school):
    by_author(school)
    made = school.lesson()
    substitute = school.person("Алмаш", "Тируучу")
    school.teaches(substitute, "SUBSTITUTE", date(2026, 10, 14), date(2026, 10, 14))
    act = school.teacher_act(person=substitute)
    with door.write(act):
        record_mark(act, CellEdit(made, school.students[0], "GRADE", "55", 0))
    with pytest.raises(Refused):
        correct(school, made, NOW + SECOND)
    assert correct(school, made, NOW + timedelta(days=1)).value == "65"


@pytest.mark.clause("7.6")
def test_after_the_sheet_is_closed_nobody_corrects_himself(school, lesson):
    office = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    sheet = school.sheet(covers_until=date(2026, 10, 14))
    with door.write(office):
        shut_sheet(office, sheet)
    with pytest.raises(Refused) as refused:
        correct(school, lesson, NOW + SECOND)
    assert (refused.value.code, refused.value.clause, refused.value.remedy) == (
        "journal.mark.sheet_closed",
        "7.6",
        None,
    )


@pytest.mark.undriven
def test_the_card_of_a_closed_cell_says_which_clause_closed_it_when_and_how_that_was_computed(school, lesson):
    half = load_cell_card(school.teacher_act(LAST + SECOND), lesson, school.students[0]).marks_by_kind[
        "GRADE"
    ]
    assert (half.closing.open, half.closing.clause, half.closing.at) == (False, "4.4.1", LAST)
    assert half.closing.computation["steps"] and half.remedy_start
    assert (
        load_cell_card(school.teacher_act(LAST), lesson, school.students[0])
        .marks_by_kind["GRADE"]
        .closing.open
    )
