"""The grid, the day and the lists: what they show, and that their statements do not grow."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.journal.courses.offerings import load_offerings_ever_taught, load_offerings_of_units
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.lesson_description import LessonDescriptionEdit, write_lesson_description
from app.journal.gradebook.record_marks import CellEdit, record_marks
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.gradebook_views.one_lesson import load_lesson_page
from app.journal.gradebook_views.teacher_today import load_today_and_unrolled_lessons
from app.journal.tables import Lesson, Offering
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from tests.journal.school import NOW, School, statuses
from tests.scenarios.grade_sheets import shut_sheet


def drawn(school, act=None):
    act = act or school.teacher_act()
    school.session.rollback()
    return build_gradebook_grid(require_readable_offering(act, school.offering), act)


def fill(school, students, lessons):
    """Grades and absences in every third cell."""
    for number in range(len(school.students), students):
        school.students.append(school.student(number))
    ids = school.lessons(lessons)
    act = school.teacher_act()
    for place, lesson in enumerate(ids[:3]):
        with door.write(act):
            record_marks(
                act,
                [CellEdit(lesson, one, "GRADE", str(60 + place), 0) for one in school.students[::3]]
                + [CellEdit(lesson, one, "ATTENDANCE", "ABSENT", 0) for one in school.students[1::3]],
            )
            take_roll(act, lesson)


def test_statements_are_the_same_for_five_by_five_and_thirty_by_sixty(db_session, counted):
    counts = []
    for students, lessons in ((5, 5), (30, 60)):
        school = School(db_session)
        fill(school, students, lessons)
        act = school.teacher_act()
        db_session.rollback()
        with counted() as statements:
            found = build_gradebook_grid(require_readable_offering(act, school.offering), act)
        assert (len(found.rows), len(found.lessons)) == (students, lessons)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 8, counts


def test_the_grid_shows_annex_two(school):
    lesson = school.lesson()
    act = school.teacher_act()
    first, second, third, fourth, _ = school.students
    with door.write(act):
        record_marks(
            act, [CellEdit(lesson, one, "ATTENDANCE", "ABSENT", 0) for one in (first, second, third, fourth)]
        )
        take_roll(act, lesson)
    for student, reason in ((second, "EXCUSED"), (third, "SICK")):
        cell = school.cell(lesson, student)
        cell.reason, cell.version = reason, 2
        school.session.commit()
    school.cell(lesson, fourth).made_up = True
    school.session.commit()
    found = drawn(school)
    assert [statuses(row.cells) for row in found.rows] == [
        ["ABSENT"],
        ["EXCUSED"],
        ["SICK"],
        ["MADE_UP"],
        ["PRESENT"],
    ]
    assert [row.absences for row in found.rows] == [1, 1, 1, 0, 0]
    assert [row.cells[0].lock for row in found.rows] == ["", "a", "a", "a", ""]


def test_somebody_who_left_keeps_his_cells_and_later_ones_are_not_applicable(school):
    left = school.student(9, until=date(2026, 10, 13))
    school.lesson(NOW - timedelta(days=1, hours=2))
    school.lesson()
    row = next(row for row in drawn(school).rows if row.student == left)
    assert statuses(row.cells) == ["NOT_RECORDED", "NOT_APPLICABLE"]


def test_what_the_viewer_may_not_change_is_locked(school):
    school.lessons(12)
    head = school.act(school.person("Башчы", "Бир"), "department_head", school.department)
    assert {cell.lock for row in drawn(school, head).rows for cell in row.cells} == {"ag"}
    locks = [cell.lock for cell in drawn(school).rows[0].cells]
    assert locks[-1] == "" and locks[0] == "ag" and "g" in locks
    assert not any(lesson.can_take_roll for lesson in drawn(school, head).lessons)


def test_a_closed_sheet_locks_what_it_covers_only(school):
    act = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    school.lesson(NOW - timedelta(days=1, hours=2))
    school.lesson()
    sheet = school.sheet(covers_until=date(2026, 10, 13))
    with door.write(act):
        shut_sheet(act, sheet)
    assert [cell.lock for cell in drawn(school).rows[0].cells] == ["ag", ""]


def test_points_are_added_exactly(school):
    act, lessons = school.teacher_act(), school.lessons(3)
    with door.write(act):
        record_marks(
            act,
            [
                CellEdit(lesson, school.students[0], "GRADE", points, 0)
                for lesson, points in zip(lessons, ("0.1", "0.2", "10"), strict=True)
            ],
        )
    assert drawn(school).rows[0].points == "10.3"


def test_foreign_teachers_see_no_journal_and_units_see_theirs(school):
    assert drawn(school, school.act(school.person("Ди", "Рек"), "directorate", school.institute)).rows == []
    with pytest.raises(Missing):
        drawn(school, school.teacher_act(person=school.person("Башка", "Мугалим")))
    with pytest.raises(Missing):
        drawn(school, school.act(school.person("Башчы", "Бир"), "department_head", school.other_department))
    with pytest.raises(Missing):
        drawn(school, school.act(school.students[0], "student"))


def test_an_empty_journal_is_drawn(school):
    found = drawn(school)
    assert (found.lessons, found.rows) == ([], [])


def test_the_day_tells_what_is_to_be_done(school):
    act = school.teacher_act()
    done, open_, later = (
        school.lesson(),
        school.lesson(NOW - timedelta(minutes=30)),
        school.lesson(NOW + timedelta(hours=2)),
    )
    yesterday, lost = school.lesson(NOW - timedelta(days=3)), school.lesson(NOW - timedelta(days=13))
    school.lesson(NOW + timedelta(days=1))
    with door.write(act):
        take_roll(act, done)
    this_day, earlier = load_today_and_unrolled_lessons(school.lecturer, NOW)
    assert [(one.id, one.state) for one in this_day] == [(done, "done"), (open_, "open"), (later, "later")]
    assert [(one.id, one.state) for one in earlier] == [(yesterday, "late")]
    assert lost not in {one.id for one in earlier}
    assert load_today_and_unrolled_lessons(school.person("Башка", "Мугалим"), NOW) == ([], [])
    # A journal that is not open yet takes no marks, so nothing is asked for in it.
    school.session.execute(update(Offering).values(state="DRAFT"))
    this_day, earlier = load_today_and_unrolled_lessons(school.lecturer, NOW)
    assert ([one.state for one in this_day], earlier) == (["done", "shut", "shut"], [])
    assert [row.missing_rolls for row in load_offerings_ever_taught(school.lecturer, NOW)] == [0]


def test_a_lesson_outside_the_dates_of_a_substitute_is_not_his(school):
    substitute = school.person("Алмаш", "Тируучу")
    school.teaches(substitute, "SUBSTITUTE", date(2026, 10, 15), date(2026, 10, 20))
    school.lesson()
    assert load_today_and_unrolled_lessons(substitute, NOW) == ([], [])


def test_journals_are_listed_for_teachers_and_units(school):
    act = school.teacher_act()
    school.lessons(4)
    with door.write(act):
        take_roll(act, school.lesson(NOW - timedelta(minutes=50)))
    [mine] = load_offerings_ever_taught(school.lecturer, NOW)
    assert (mine.group, mine.lessons, mine.rolls_taken, mine.missing_rolls) == ("ИВТ-2-23", 5, 1, 4)
    assert mine.teachers == ("Осмонова А.",)
    assert [row.id for row in load_offerings_of_units(NOW, [school.department])] == [school.offering]
    assert [row.id for row in load_offerings_of_units(NOW, [], [school.institute])] == [school.offering]
    assert load_offerings_of_units(NOW, [school.other_department]) == [] == load_offerings_of_units(NOW)
    assert len(load_offerings_of_units(NOW, all=True)) == 1


def described(school, lesson, act=None, **more):
    act = act or school.teacher_act()
    values = {
        "version": 1,
        "type": "LECTURE",
        "topic": "Limits",
        "methods": "talk",
        "task": "p. 12",
        "hours": 2,
    }
    with door.write(act):
        return write_lesson_description(act, LessonDescriptionEdit(lesson=lesson, **{**values, **more}))


@pytest.mark.clause("4.1.1")
def test_a_lesson_is_described_before_it_and_in_its_time(school):
    lesson = school.lesson(NOW + timedelta(days=3))
    assert described(school, lesson) == 2
    assert described(school, lesson) == 2
    with pytest.raises(Stale) as stale:
        described(school, lesson, topic="Series")
    assert stale.value.current["topic"] == "Limits"
    assert described(school, lesson, topic="Series", version=2) == 3
    with pytest.raises(Refused) as refused:
        described(school, school.lesson(NOW - timedelta(days=20)))
    assert (refused.value.code, refused.value.clause) == ("journal.lesson.closed", "4.1.1")


@pytest.mark.clause("4.1.2")
def test_a_description_is_short_and_of_a_known_type(school):
    lesson = school.lesson()
    wrongs = {"topic": "x" * 201, "methods": "x" * 201, "task": "x" * 501, "type": "SEMINAR", "hours": 0}
    for field, value in wrongs.items():
        with pytest.raises(Invalid) as invalid:
            described(school, lesson, **{field: value})
        assert list(invalid.value.fields) == [field]
    assert described(school, lesson, topic="  Limits \n and   series ") == 2
    assert school.session.get(Lesson, lesson).topic == "Limits and series"


def test_the_type_stands_once_the_roll_is_taken(school):
    lesson, act = school.lesson(), school.teacher_act()
    with door.write(act):
        take_roll(act, lesson)
    with pytest.raises(Refused) as refused:
        described(school, lesson, type="LAB")
    assert refused.value.code == "journal.lesson.type_stands"


def test_others_read_a_lesson_but_do_not_describe_it(school):
    lesson = school.lesson()
    head = school.act(school.person("Башчы", "Бир"), "department_head", school.department)
    assert load_lesson_page(head, lesson).refusal is not None
    assert load_lesson_page(school.teacher_act(), lesson).refusal is None
    with pytest.raises(Denied):
        described(school, lesson, head)
    with pytest.raises(Missing):
        load_lesson_page(school.teacher_act(), new_id())
