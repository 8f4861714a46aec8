"""2.1b: the list of students follows orders, so that a day outside the group is neither presence nor absence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.audit import history
from app.journal.courses.title_page import load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.people.commands import end_group_membership, start_group_membership
from app.people.models import StudyGroup
from tests.journal.school import NOW, statuses

pytestmark = pytest.mark.clause("2.1")
TODAY = date(2026, 10, 14)
DAY = timedelta(days=1)


def enter(school, lesson, student):
    act = school.teacher_act()
    with door.write(act):
        return record_mark(act, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0))


def leaves(school, student, last_day, order="24-Ч"):
    act = Act.by_system(NOW)
    school.session.rollback()
    with door.write(act):
        end_group_membership(act, student, school.group, last_day, order)


def joins(school, student, group, since, order="25-К"):
    act = Act.by_system(NOW)
    school.session.rollback()
    with door.write(act):
        start_group_membership(act, new_id(), student, group, since, order)


def row_of(school, student):
    school.session.rollback()
    act = school.teacher_act()
    return next(
        row
        for row in build_gradebook_grid(require_readable_offering(act, school.offering), act).rows
        if row.student == student
    )


def refuses(school, lesson, student):
    with pytest.raises(Refused) as refused:
        enter(school, lesson, student)
    return (refused.value.code, refused.value.clause) == ("journal.mark.not_applicable", "2.1")


def test_on_the_day_of_his_order_he_is_marked_and_on_the_day_before_he_is_not(school):
    newcomer = school.person("Үсөнов", "Нурлан")
    joins(school, newcomer, school.group, TODAY)
    assert refuses(school, school.lesson(NOW - DAY), newcomer)
    assert enter(school, school.lesson(), newcomer).status == "ABSENT"


def test_on_his_last_day_he_is_marked_and_on_the_day_after_he_is_not(school):
    student = school.students[0]
    leaves(school, student, TODAY - DAY)
    assert enter(school, school.lesson(NOW - DAY), student).status == "ABSENT"
    assert refuses(school, school.lesson(), student)


def test_the_day_of_an_order_begins_at_midnight_in_bishkek(school):
    newcomer = school.person("Үсөнов", "Нурлан")
    joins(school, newcomer, school.group, TODAY)
    midnight = datetime(2026, 10, 13, 18, 0, tzinfo=UTC)
    assert refuses(school, school.lesson(midnight - timedelta(minutes=1)), newcomer)
    assert enter(school, school.lesson(midnight), newcomer).status == "ABSENT"


def test_a_roll_makes_nobody_present_who_was_not_of_the_group(school):
    before, after = school.lesson(NOW - DAY), school.lesson()
    newcomer = school.person("Үсөнов", "Нурлан")
    joins(school, newcomer, school.group, TODAY)
    act = school.teacher_act()
    for lesson in (before, after):
        with door.write(act):
            take_roll(act, lesson)
    assert statuses(row_of(school, newcomer).cells) == ["NOT_APPLICABLE", "PRESENT"]
    assert row_of(school, newcomer).absences == 0


def test_a_transfer_ends_the_old_group_the_day_before_and_both_journals_agree(school):
    student = school.students[0]
    other = school._add(StudyGroup(id=new_id(), name="ИВТ-1-23", unit_id=school.institute))
    joins(school, student, other, TODAY)
    assert enter(school, school.lesson(NOW - DAY), student).status == "ABSENT"
    assert refuses(school, school.lesson(), student)


def test_who_left_stays_on_the_list_with_the_days_and_the_order_of_joining(school):
    student = school.students[0]
    leaves(school, student, TODAY - DAY)
    school.session.rollback()
    found = load_title_page(require_readable_offering(school.teacher_act(), school.offering)).members
    (member,) = [member for member in found if member.person == student]
    assert (member.starts_on, member.ends_on, member.order_no) == (date(2026, 9, 1), TODAY - DAY, "7")
    assert len(found) == len(school.students)


def test_the_order_stands_in_the_audit(school):
    student, newcomer = school.students[0], school.person("Үсөнов", "Нурлан")
    leaves(school, student, TODAY, "24-Ч")
    joins(school, newcomer, school.group, TODAY, "25-К")
    school.session.rollback()
    (left,), (joined,) = (
        history.load_object_audit_entries(student),
        history.load_object_audit_entries(newcomer),
    )
    assert (left.clause, left.after["order"], left.after["until"]) == ("2.1", "24-Ч", "2026-10-14")
    assert (joined.clause, joined.after["order"], joined.after["from"]) == ("2.1", "25-К", "2026-10-14")


def test_nobody_is_of_two_groups_on_one_day(school):
    student = school.students[0]
    other = school._add(StudyGroup(id=new_id(), name="ИВТ-1-23", unit_id=school.institute))
    with pytest.raises(Refused) as refused:
        joins(school, student, other, date(2026, 9, 1))
    assert (refused.value.code, refused.value.clause) == ("people.membership.overlaps", None)
