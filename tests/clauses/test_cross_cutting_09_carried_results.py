"""A student moved to another group of the same discipline brings his results along, read-only, each counted once
(cross-cutting 9)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.load import load_offerings
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.student_views.marks import load_student_course_marks
from app.kernel import door
from app.kernel.errors import Refused
from tests.scenarios.event_delivery import corrects, elsewhere, heard, joined, transferred

pytestmark = pytest.mark.clause("2.1")


def moves(world):
    """A student with 40 points and two absences in the old group, moved yesterday; 25 points in the new one today."""
    there = elsewhere(world)
    offering = there.journal(world, world.school.lecturer)
    graded, missed = world.attended(3), world.missed(2)
    corrects(world, graded, "40", 0, "GRADE")
    transferred(world, there.group, world.day(1))
    new = world.school.lesson(world.clock().replace(hour=1), offering=offering)
    corrects(world, new, "25", 0, "GRADE")
    return offering, graded, missed


def row(world, offering):
    world.session.rollback()
    act = world.school.teacher_act(world.clock())
    drawn = build_gradebook_grid(load_offerings([offering])[offering], act)
    return next((one for one in drawn.rows if one.student == world.student), None)


def test_the_new_journal_shows_what_he_brought_with_the_number_of_the_order(world):
    offering, _graded, _missed = moves(world)
    (carried,) = row(world, offering).carried
    assert (carried.group, carried.order_no) == ("ИВТ-2-23", "214-с")
    assert (carried.points, carried.missed_lesson_count) == (Decimal(40), 2)
    assert [(mark.status, mark.grade) for mark in carried.marks] == [
        ("ABSENT", ""),
        ("PRESENT", "40"),
        ("ABSENT", ""),
    ]


def test_its_sum_counts_them_and_the_old_journal_keeps_its_own(world):
    offering, _graded, _missed = moves(world)
    assert row(world, offering).points == "65"
    old = row(world, world.school.offering)
    assert (old.points, old.carried) == ("40", ())


@pytest.mark.clause("6.1")
def test_on_his_own_page_every_point_counts_once(world):
    offering, _graded, _missed = moves(world)
    courses = {one.offering: one for one in load_student_course_marks(world.student, world.clock())}
    new, old = courses[offering], courses[world.school.offering]
    assert new.points == [Decimal(40), Decimal(25)] and old.points == []
    assert old.carried_into == offering and [one.group for one in new.carried] == ["ИВТ-2-23"]
    assert len(old.absences_not_made_up) == 2, "what he missed there he still sees there"


def test_a_correction_in_the_old_journal_is_seen_in_the_new_one_at_once(world):
    offering, graded, _missed = moves(world)
    corrects(world, graded, "45", 1, "GRADE")
    assert row(world, offering).points == "70"


def test_nobody_enters_into_days_before_he_came(world):
    offering, _graded, _missed = moves(world)
    earlier = world.school.lesson(world.clock().replace(day=9), offering=offering)
    act = world.school.teacher_act(world.clock())
    with pytest.raises(Refused) as refused, door.write(act):
        record_mark(act, CellEdit(earlier, world.student, "GRADE", "10", 0))
    assert refused.value.code in ("journal.mark.not_applicable",)


def test_another_discipline_brings_nothing_and_from_outside_there_is_nothing(world):
    there = elsewhere(world)
    offering = there.journal(world, world.school.lecturer)
    newcomer = world.school.person("Абдиева", "Жаңы")
    joined(world, newcomer, there.group, world.day(1))
    lesson = world.school.lesson(world.clock().replace(hour=1), offering=offering)
    act = world.school.teacher_act(world.clock())
    with door.write(act):
        record_mark(act, CellEdit(lesson, newcomer, "GRADE", "30", 0))
    world.session.rollback()
    drawn = build_gradebook_grid(require_readable_offering(act, offering), act)
    (his,) = drawn.rows
    assert (his.carried, his.points) == ((), "30")


def test_the_open_dispute_of_an_old_mark_goes_on_where_it_is(world):
    _offering, _graded, missed = moves(world)
    dispute = world.student_actor().disputes(missed)
    heard(world)
    assert world.open_elements(dispute) == ["answer_teacher"]
