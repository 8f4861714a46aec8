"""A teacher enters marks: versions, repeats, who may, and the one writer with its audit and message."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit import history
from app.audit.models import AuditRecord
from app.journal.gradebook.record_marks import CellEdit, record_mark, record_marks
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.journal.school import NOW


def enter(school, act, *edits):
    with door.write(act):
        return record_marks(act, list(edits))


def attendance(lesson, student, value, version=0, reason=""):
    return CellEdit(lesson, student, "ATTENDANCE", value, version, reason)


def grade(lesson, student, value, version=0, reason=""):
    return CellEdit(lesson, student, "GRADE", value, version, reason)


def test_a_first_mark_writes_a_row_its_audit_and_one_message(school):
    lesson, student = school.lesson(), school.students[0]
    [entered] = enter(school, school.teacher_act(), attendance(lesson, student, "ABSENT"))
    assert (entered.value, entered.version, entered.status, entered.late) == ("ABSENT", 1, "ABSENT", False)
    row = school.cell(lesson, student)
    assert (row.value, row.version, row.first_entered_by, row.first_entered_at) == (
        "ABSENT",
        1,
        school.lecturer,
        NOW,
    )
    [entry] = history.load_object_audit_entries(row.id)
    assert (entry.event_type, entry.clause, entry.person) == (
        "journal.mark.recorded",
        "4.2.1",
        school.lecturer,
    )
    assert entry.before is None and entry.after["value"] == "ABSENT"
    [message] = school.session.scalars(select(Message)).all()
    assert message.event_type == "journal.mark.recorded"
    assert "ABSENT" not in str(message.payload)


def test_the_value_in_the_audit_is_sealed(school):
    enter(school, school.teacher_act(), attendance(school.lesson(), school.students[0], "ABSENT"))
    [body] = school.session.scalars(select(AuditRecord.body)).all()
    assert "ABSENT" not in body


def test_a_repeat_answers_as_the_first_time_and_writes_nothing(school):
    lesson, student = school.lesson(), school.students[0]
    edit = grade(lesson, student, "87.5")
    first = enter(school, school.teacher_act(), edit)
    again = enter(school, school.teacher_act(), edit)
    assert [one.version for one in first + again] == [1, 1]
    assert len(school.session.scalars(select(AuditRecord)).all()) == 1


def test_another_version_is_stale_and_says_what_holds_now(school):
    lesson, student = school.lesson(), school.students[0]
    enter(school, school.teacher_act(), grade(lesson, student, "60"))
    with pytest.raises(Stale) as stale:
        enter(school, school.teacher_act(), grade(lesson, student, "70", version=0, reason="typo"))
    assert stale.value.current == {"value": "60", "version": 1}
    assert school.cell(lesson, student, "GRADE").value == "60"


def test_several_cells_are_written_all_or_none(school):
    lesson = school.lesson()
    enter(school, school.teacher_act(), attendance(lesson, school.students[1], "ABSENT"))
    with pytest.raises(Stale):
        enter(
            school,
            school.teacher_act(),
            attendance(lesson, school.students[0], "ABSENT"),
            attendance(lesson, school.students[1], None, version=9),
        )
    assert school.cell(lesson, school.students[0]) is None


def test_statements_do_not_grow_with_the_cells(school, counted):
    lesson = school.lesson()
    for number in range(5, 30):
        school.students.append(school.student(number))
    counts = []
    for students in (school.students[:2], school.students[2:]):
        enter(school, school.teacher_act(), *[attendance(lesson, one, "ABSENT") for one in students[:1]])
        with counted() as statements:
            enter(school, school.teacher_act(), *[attendance(lesson, one, "ABSENT") for one in students[1:]])
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 1, counts


@pytest.mark.parametrize("value", ["101", "100.5", "-1", "7.55", "ten", "1e2", " ", "NaN", "１２"])
def test_points_out_of_range_are_invalid(school, value):
    with pytest.raises(Invalid) as invalid:
        enter(school, school.teacher_act(), grade(school.lesson(), school.students[0], value))
    assert "value" in invalid.value.fields


@pytest.mark.parametrize(
    "said, stored", [("0", "0"), ("100", "100"), ("7,5", "7.5"), ("050", "50"), ("8.0", "8")]
)
def test_points_have_one_spelling(school, said, stored):
    [entered] = enter(school, school.teacher_act(), grade(school.lesson(), school.students[0], said))
    assert entered.value == stored


@pytest.mark.clause("4.2.2")
@pytest.mark.parametrize("value", ["EXCUSED", "SICK", "MADE_UP"])
def test_a_teacher_cannot_set_what_the_directorate_confirms(school, value):
    with pytest.raises(Invalid) as invalid:
        enter(school, school.teacher_act(), attendance(school.lesson(), school.students[0], value))
    assert invalid.value.fields["value"][0].code == "journal.mark.not_yours_to_set"


def test_a_foreign_teacher_finds_nothing_and_a_head_may_look_but_not_write(school):
    lesson, student = school.lesson(), school.students[0]
    stranger = school.person("Башка", "Мугалим")
    with pytest.raises(Missing):
        enter(school, school.teacher_act(person=stranger), attendance(lesson, student, "ABSENT"))
    head = school.act(school.person("Башчы", "Бир"), "department_head", school.department)
    with pytest.raises(Denied):
        enter(school, head, attendance(lesson, student, "ABSENT"))


def test_unknown_lessons_and_students_of_other_groups_are_missing(school):
    lesson = school.lesson()
    stranger = school.person("Башка", "Студент")
    for edit in (attendance(new_id(), school.students[0], "ABSENT"), attendance(lesson, stranger, "ABSENT")):
        with pytest.raises(Missing):
            enter(school, school.teacher_act(), edit)


@pytest.mark.clause("2.1")
def test_outside_the_membership_there_is_no_cell(school):
    lesson = school.lesson()
    later = school.student(9, since=date(2026, 10, 15))
    with pytest.raises(Refused) as refused:
        enter(school, school.teacher_act(), attendance(lesson, later, "ABSENT"))
    assert refused.value.code == "journal.mark.not_applicable"


def test_a_lesson_that_has_not_begun_takes_no_marks(school):
    lesson = school.lesson(NOW + timedelta(seconds=1))
    with pytest.raises(Refused) as refused:
        enter(school, school.teacher_act(), attendance(lesson, school.students[0], "ABSENT"))
    assert refused.value.code == "journal.lesson.not_begun"
    enter(
        school,
        school.teacher_act(NOW + timedelta(seconds=1)),
        attendance(lesson, school.students[0], "ABSENT"),
    )


def test_a_cancelled_lesson_takes_no_marks(school):
    lesson = school.lesson(state="CANCELLED")
    with pytest.raises(Refused):
        enter(school, school.teacher_act(), grade(lesson, school.students[0], "50"))


def test_independent_work_takes_grades_but_no_attendance(school):
    lesson = school.lesson(type="INDEPENDENT_WORK")
    enter(school, school.teacher_act(), grade(lesson, school.students[0], "50"))
    with pytest.raises(Refused):
        enter(school, school.teacher_act(), attendance(lesson, school.students[0], "ABSENT"))


def test_a_substitute_enters_in_his_dates_only(school):
    inside, before = school.lesson(), school.lesson(NOW - timedelta(days=1))
    substitute = school.person("Алмаш", "Тируучу")
    school.teaches(substitute, "SUBSTITUTE", date(2026, 10, 14), date(2026, 10, 20))
    act = school.teacher_act(person=substitute)
    enter(school, act, attendance(inside, school.students[0], "ABSENT"))
    with pytest.raises(Denied):
        enter(school, act, attendance(before, school.students[0], "ABSENT"))


def test_a_mark_taken_back_before_the_roll_leaves_its_row_and_its_history(school):
    lesson, student = school.lesson(), school.students[0]
    enter(school, school.teacher_act(), attendance(lesson, student, "ABSENT"))
    [entered] = enter(school, school.teacher_act(), attendance(lesson, student, None, version=1))
    assert (entered.value, entered.version, entered.status) == (None, 2, "NOT_RECORDED")
    row = school.cell(lesson, student)
    assert [entry.after["value"] for entry in history.load_object_audit_entries(row.id)] == ["ABSENT", None]


def test_a_worked_off_absence_stands(school):
    lesson, student = school.lesson(), school.students[0]
    enter(school, school.teacher_act(), attendance(lesson, student, "ABSENT"))
    school.cell(lesson, student).made_up = True
    school.session.commit()
    with pytest.raises(Refused) as refused:
        enter(school, school.teacher_act(), attendance(lesson, student, "PRESENT", 1, "he was there"))
    assert refused.value.code == "journal.mark.absence_settled"


def test_the_database_refuses_a_status_that_is_none(school):
    from sqlalchemy.exc import IntegrityError

    lesson = school.lesson()
    enter(school, school.teacher_act(), attendance(lesson, school.students[0], "ABSENT"))
    school.cell(lesson, school.students[0]).value = "LATE"
    with pytest.raises(IntegrityError):
        school.session.commit()
    school.session.rollback()


def test_one_mark_needs_a_known_kind(school):
    with pytest.raises(Invalid), door.write(school.teacher_act()):
        record_mark(school.teacher_act(), CellEdit(school.lesson(), school.students[0], "MOOD", "1", 0))


def test_moments_are_utc(school):
    lesson = school.lesson()
    enter(school, school.teacher_act(), attendance(lesson, school.students[0], "ABSENT"))
    assert school.cell(lesson, school.students[0]).first_entered_at == datetime(2026, 10, 14, 3, tzinfo=UTC)
