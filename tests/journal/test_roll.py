"""Taking the roll: sparse presence, late rolls, substitutes, and two people at once."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit import history
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import mark_rest_present, take_roll
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.tables import Cell, Lesson
from app.kernel import door
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Missing, Refused, Stale
from app.kernel.ids import new_id
from tests.journal.school import NOW, statuses


def roll(school, lesson, act=None, verb=take_roll):
    act = act or school.teacher_act()
    with door.write(act):
        return verb(act, lesson)


def absent(school, lesson, student, version=0, act=None):
    act = act or school.teacher_act()
    with door.write(act):
        return record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", version))


def shown(school, lesson):
    act = school.teacher_act()
    school.session.rollback()
    return [
        row.cells[0].status
        for row in build_gradebook_grid(require_readable_offering(act, school.offering), act, lesson).rows
    ]


def test_before_the_roll_nothing_is_recorded_and_after_it_the_unmarked_are_present(school):
    lesson = school.lesson()
    absent(school, lesson, school.students[1])
    assert shown(school, lesson) == ["NOT_RECORDED", "ABSENT", *["NOT_RECORDED"] * 3]
    taken = roll(school, lesson, verb=mark_rest_present)
    assert shown(school, lesson) == ["PRESENT", "ABSENT", *["PRESENT"] * 3]
    assert {student for student, _ in taken.present_by_roll} == {*school.students} - {school.students[1]}
    assert len(school.session.scalars(select(Cell)).all()) == 1


def test_the_roll_is_audited_and_a_repeat_changes_nothing(school):
    lesson = school.lesson()
    first = roll(school, lesson)
    again = roll(school, lesson, school.teacher_act(NOW + timedelta(hours=1)))
    assert (first.repeated, again.repeated, again.taken_at) == (False, True, NOW)
    [entry] = history.load_object_audit_entries(lesson)
    assert (entry.event_type, entry.clause) == ("journal.roll.taken", "4.2.1")
    assert school.session.get(Lesson, lesson).state == "HELD"


@pytest.mark.clause("4.2.1")
def test_a_roll_after_twenty_four_hours_is_flagged_late(school):
    lesson = school.lesson(NOW - timedelta(days=2))
    assert roll(school, lesson).late
    assert school.session.get(Lesson, lesson).roll_late


def test_a_substitute_leaves_the_lesson_marked_as_substituted(school):
    substitute, lesson = school.person("Алмаш", "Тируучу"), school.lesson()
    school.teaches(substitute, "SUBSTITUTE", date(2026, 10, 14), date(2026, 10, 14))
    roll(school, lesson, school.teacher_act(person=substitute))
    assert school.session.get(Lesson, lesson).state == "SUBSTITUTED"


def test_who_may_not_take_the_roll(school):
    lesson = school.lesson()
    with pytest.raises(Missing):
        roll(school, new_id())
    with pytest.raises(Missing):
        roll(school, lesson, school.teacher_act(person=school.person("Башка", "Мугалим")))
    office = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with pytest.raises(Denied):
        roll(school, lesson, office)
    with pytest.raises(Refused):
        roll(school, school.lesson(type="INDEPENDENT_WORK"))
    with pytest.raises(Refused):
        roll(school, school.lesson(state="MOVED"))
    with pytest.raises(Refused):
        roll(school, school.lesson(NOW + timedelta(hours=1)))


def test_presence_by_the_roll_is_entered_when_the_roll_was_taken(school):
    lesson, student = school.lesson(), school.students[0]
    roll(school, lesson)
    act = school.teacher_act(NOW + timedelta(hours=5), reason="")
    with door.write(act):
        entered = record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0, "he had left"))
    assert entered.version == 1
    row = school.cell(lesson, student)
    assert (row.first_entered_at, row.changed_at) == (NOW, NOW + timedelta(hours=5))
    [entry] = history.load_object_audit_entries(row.id)
    assert (entry.event_type, entry.clause, entry.reason) == (
        "journal.mark.corrected",
        "4.4.1",
        "he had left",
    )
    assert (entry.before["value"], entry.before["version"]) == ("PRESENT", 0)


def test_somebody_who_joins_later_is_not_made_present(school):
    lesson = school.lesson()
    school.student(9, since=date(2026, 10, 15))
    roll(school, lesson)
    act = school.teacher_act()
    drawn = build_gradebook_grid(require_readable_offering(act, school.offering), act)
    assert [statuses(row.cells) for row in drawn.rows] == [["PRESENT"]] * 5


class Session(threading.Thread):
    """A second person with a connection of his own; stops before the commit until he is told to go on."""

    def __init__(self, app, act, work):
        super().__init__()
        self.app, self.act, self.work = app, act, work
        self.written, self.go, self.error = threading.Event(), threading.Event(), None

    def run(self):
        with self.app.app_context():
            try:
                with door.write(self.act):
                    self.work(self.act)
                    self.written.set()
                    assert self.go.wait(10)
            except DepterError as error:
                self.error = error
            finally:
                self.written.set()
                db.session.remove()


def interleave(app, first, second):
    """The first has written but not committed when the second begins; the second waits for the lesson."""
    first.start()
    assert first.written.wait(10)
    second.go.set()
    second.start()
    assert not second.written.wait(0.3), "the second did not wait for the lock of the lesson"
    first.go.set()
    for session in (first, second):
        session.join(10)
        assert not session.is_alive()
    return first.error, second.error


def test_the_rest_are_present_leaves_a_mark_that_another_session_is_just_writing(app, school):
    lesson, student = school.lesson(), school.students[2]
    marking = Session(
        app,
        school.teacher_act(),
        lambda act: record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0)),
    )
    calling = Session(app, school.teacher_act(), lambda act: mark_rest_present(act, lesson))
    assert interleave(app, marking, calling) == (None, None)
    assert shown(school, lesson) == ["PRESENT", "PRESENT", "ABSENT", "PRESENT", "PRESENT"]


def test_a_mark_after_the_other_session_took_the_roll_is_a_correction(app, school):
    lesson, student = school.lesson(), school.students[2]
    calling = Session(app, school.teacher_act(), lambda act: mark_rest_present(act, lesson))
    marking = Session(
        app,
        school.teacher_act(),
        lambda act: record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0)),
    )
    first, second = interleave(app, calling, marking)
    assert first is None and second.fields["reason"][0].code == "journal.mark.reason_needed"
    assert shown(school, lesson) == ["PRESENT"] * 5


def test_of_two_who_write_one_cell_the_second_is_told(app, school):
    lesson, student = school.lesson(), school.students[0]

    def enters(points):
        return Session(
            app,
            school.teacher_act(),
            lambda act: record_mark(act, CellEdit(lesson, student, "GRADE", points, 0)),
        )

    first, second = interleave(app, enters("60"), enters("70"))
    assert first is None and isinstance(second, Stale)
    assert second.current == {"value": "60", "version": 1}
    assert school.cell(lesson, student, "GRADE").value == "60"
