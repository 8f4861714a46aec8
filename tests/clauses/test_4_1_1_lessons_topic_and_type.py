"""4.1.1, 4.1.2 and 2.1c: each lesson has its type, a short clear topic, methods, task and hours, written in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.audit import history
from app.journal.courses.title_page import load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.lesson_description import LessonDescriptionEdit, write_lesson_description
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.student_views.marks import load_student_course_marks
from app.journal.tables import Lesson
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from tests.journal.school import NOW
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = [pytest.mark.clause("4.1.1"), pytest.mark.clause("2.1")]
SECOND = timedelta(seconds=1)
LAST = datetime(2026, 10, 22, 17, 59, 59, tzinfo=UTC)
"""Thursday, 23:59:59 in Bishkek: 24 hours after a lesson of Wednesday the 14th, and seven days of grace."""
WORDS = {"type": "LECTURE", "topic": "Предел", "methods": "баяндама", "task": "12-бет", "hours": 2}


def describe(school, lesson, act=None, **changed):
    """The lecturer writes the description; by default over the first version."""
    act = act or school.teacher_act()
    with door.write(act):
        return write_lesson_description(
            act, LessonDescriptionEdit(**{"lesson": lesson, "version": 1, **WORDS, **changed})
        )


def stored(school, lesson):
    school.session.rollback()
    return school.session.get(Lesson, lesson)


# --- what is written --------------------------------------------------------------------------------------


def test_type_topic_methods_task_and_hours_stand_in_the_lesson_and_in_the_audit(school):
    lesson = school.lesson()
    assert describe(school, lesson, type="PRACTICE") == 2
    found = stored(school, lesson)
    assert {name: getattr(found, name) for name in WORDS} == {**WORDS, "type": "PRACTICE"}
    (entry,) = history.load_object_audit_entries(lesson)
    assert (entry.person, entry.clause, entry.after["topic"]) == (school.lecturer, "4.1.1", "Предел")
    assert (entry.before["type"], entry.after["type"]) == ("LECTURE", "PRACTICE")


def test_the_student_reads_topic_and_task_at_once(school):
    lesson = school.lesson()
    describe(school, lesson)
    [course] = load_student_course_marks(school.students[0], NOW)
    assert [(mark.topic, mark.task) for mark in course.marks] == [("Предел", "12-бет")]


@pytest.mark.parametrize("kind", ["LECTURE", "PRACTICE", "LAB", "INDEPENDENT_WORK", "CONSULTATION"])
def test_the_types_of_the_study_calendar_are_known(school, kind):
    lesson = school.lesson()
    describe(school, lesson, type=kind)
    assert stored(school, lesson).type == kind


@pytest.mark.parametrize("kind", ["SEMINAR", "лекция", "lecture", ""])
def test_no_other_type_is(school, kind):
    with pytest.raises(Invalid) as invalid:
        describe(school, school.lesson(), type=kind)
    assert invalid.value.fields["type"][0].code == "journal.lesson.unknown_type"


@pytest.mark.clause("4.1.2")
@pytest.mark.parametrize(("field", "longest"), [("topic", 200), ("methods", 200), ("task", 500)])
def test_words_are_short_to_the_last_sign(school, field, longest):
    lesson = school.lesson()
    describe(school, lesson, **{field: "ө" * longest})
    assert getattr(stored(school, lesson), field) == "ө" * longest
    with pytest.raises(Invalid) as invalid:
        describe(school, lesson, version=2, **{field: "ө" * (longest + 1)})
    assert list(invalid.value.fields) == [field]


@pytest.mark.parametrize("hours", [1, 8])
def test_a_lesson_has_one_to_eight_hours(school, hours):
    lesson = school.lesson()
    describe(school, lesson, hours=hours)
    assert stored(school, lesson).hours == hours


@pytest.mark.parametrize("hours", [0, -2, 9])
def test_and_no_other_number(school, hours):
    with pytest.raises(Invalid) as invalid:
        describe(school, school.lesson(), hours=hours)
    assert invalid.value.fields["hours"][0].code == "journal.lesson.hours"


# --- when -------------------------------------------------------------------------------------------------


def test_it_is_written_ahead_of_the_lesson(school):
    assert describe(school, school.lesson(NOW + timedelta(days=30))) == 2


def test_it_is_written_as_long_as_attendance_and_not_one_second_longer(school):
    lesson = school.lesson()
    with pytest.raises(Refused) as refused:
        describe(school, lesson, school.teacher_act(LAST + SECOND))
    error = refused.value
    assert (error.code, error.clause, error.params["at"]) == ("journal.lesson.closed", "4.1.1", LAST)
    assert describe(school, lesson, school.teacher_act(LAST)) == 2
    late = school.teacher_act(LAST + SECOND)
    with pytest.raises(Refused), door.write(late):
        take_roll(late, lesson)


def test_under_a_closed_sheet_it_stands(school):
    lesson, sheet = school.lesson(), school.sheet(covers_until=date(2026, 10, 14))
    office = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with door.write(office):
        shut_sheet(office, sheet)
    with pytest.raises(Refused) as refused:
        describe(school, lesson)
    assert refused.value.clause == "7.6" and stored(school, lesson).topic == ""


def test_the_type_stands_once_the_roll_was_taken_and_the_topic_may_still_be_mended(school):
    lesson, act = school.lesson(), school.teacher_act()
    with door.write(act):
        take_roll(act, lesson)
    with pytest.raises(Refused) as refused:
        describe(school, lesson, type="LAB")
    assert (refused.value.code, refused.value.clause) == ("journal.lesson.type_stands", None)
    assert describe(school, lesson, topic="Туунду") == 2


# --- who --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["department_head", "directorate", "academic_office", "it_admin"])
def test_nobody_but_its_teacher_writes_it(school, role):
    units = {"department_head": school.department, "directorate": school.institute}
    other = school.act(school.person("Бөлөк", "Киши"), role, units.get(role))
    with pytest.raises(Denied) as denied:
        describe(school, school.lesson(), other)
    assert denied.value.clause == "3.1"


def test_for_a_teacher_of_another_journal_it_is_not_there(school):
    with pytest.raises(Missing):
        describe(school, school.lesson(), school.teacher_act(person=school.person("Башка", "Мугалим")))


def test_of_two_who_write_at_once_the_second_sees_what_the_first_wrote(school):
    lesson = school.lesson()
    describe(school, lesson)
    with pytest.raises(Stale) as stale:
        describe(school, lesson, topic="Катар")
    assert stale.value.current["topic"] == "Предел" and stored(school, lesson).topic == "Предел"


# --- the study calendar -----------------------------------------------------------------------------------


def test_independent_work_takes_no_attendance(school):
    lesson, act = school.lesson(type="INDEPENDENT_WORK"), school.teacher_act()
    for command in (
        lambda: take_roll(act, lesson),
        lambda: record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0)),
    ):
        with pytest.raises(Refused) as refused, door.write(act):
            command()
        assert (refused.value.code, refused.value.clause) == ("journal.roll.not_taken_here", None)


@pytest.mark.parametrize("state", ["CANCELLED", "MOVED"])
def test_a_lesson_that_did_not_take_place_takes_no_marks(school, state):
    lesson, act = school.lesson(state=state), school.teacher_act()
    with pytest.raises(Refused) as refused, door.write(act):
        take_roll(act, lesson)
    assert (refused.value.code, refused.value.clause) == ("journal.lesson.not_held", None)


def test_its_hours_count_as_taught_when_it_is_over_and_its_roll_is_taken(school):
    lesson, act = school.lesson(), school.teacher_act()
    describe(school, lesson, hours=3)

    def taught(at):
        school.session.rollback()
        return load_title_page(
            require_readable_offering(school.teacher_act(at), school.offering)
        ).hours_taught(at)

    ends = stored(school, lesson).ends_at
    assert taught(ends) == 0
    with door.write(act):
        take_roll(act, lesson)
    assert (taught(ends - SECOND), taught(ends)) == (0, 3)
