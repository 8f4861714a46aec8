"""3.1: each role acts within its own duty and its own unit; nobody approves his own request."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.cases.queries.case_details import load_case_view
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card
from app.journal.gradebook_views.grid import build_gradebook_grid
from app.journal.sheet_closing.commands import close_sheet
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Denied, DepterError, Missing, Refused
from app.people.models import StudyGroup
from tests.journal.school import NOW

pytestmark = pytest.mark.clause("3.1")

WIDE = ("academic_office", "it_admin", "auditor")
DEPARTMENT = ("department_head", "programme_head")
INSTITUTE = ("directorate", "curator")
STAFF = (*WIDE, *DEPARTMENT, *INSTITUTE)
NO_JOURNAL = ("student", "process_admin")


def wearing(school: Any, role: str, *, at_home: bool = True) -> Act:
    """Somebody in this role: in the unit the journal belongs to (a curator: of its group), or in another one."""
    person = school.person("Кызматкер", role)
    unit = None
    if role in DEPARTMENT:
        unit = school.department if at_home else school.other_department
    if role == "curator" and at_home:
        school.session.get(StudyGroup, school.group).curator_id = person
        school.session.commit()
    if role in (*INSTITUTE, *NO_JOURNAL):
        unit = school.institute if at_home else school._unit(school.university, "institute", "ECON")
    return school.act(person, role, unit)


def enter(school: Any, act: Act, lesson: Any) -> Any:
    with door.write(act):
        return record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0))


# --- the journal ------------------------------------------------------------------------------------------


def test_the_teacher_fills_his_own_journal(school):
    assert enter(school, school.teacher_act(), school.lesson()).status == "ABSENT"


@pytest.mark.parametrize("role", [*STAFF, *NO_JOURNAL, "teacher"])
def test_nobody_else_fills_it_whatever_his_rank(school, role):
    lesson, act = school.lesson(), wearing(school, role)
    with pytest.raises(DepterError) as refused:
        enter(school, act, lesson)
    assert isinstance(refused.value, (Denied, Missing))
    with pytest.raises(DepterError), door.write(act):
        take_roll(act, lesson)
    assert school.cell(lesson, school.students[0]) is None


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.undriven
def test_who_watches_over_a_journal_reads_it(school, role):
    school.lesson()
    act = wearing(school, role)
    found = build_gradebook_grid(require_readable_offering(act, school.offering), act)
    assert len(found.rows) == len(school.students)


@pytest.mark.parametrize("role", [*DEPARTMENT, *INSTITUTE])
@pytest.mark.undriven
def test_the_journal_of_another_unit_is_not_there_for_him(school, role):
    with pytest.raises(Missing):
        require_readable_offering(wearing(school, role, at_home=False), school.offering)


@pytest.mark.undriven
def test_the_curator_of_another_group_of_the_institute_finds_no_such_journal(school):
    act = wearing(school, "curator")
    stranger = school.act(school.person("Башка", "Куратор"), "curator", school.institute)
    assert require_readable_offering(act, school.offering).id == school.offering
    with pytest.raises(Missing):
        require_readable_offering(stranger, school.offering)
    teaches = school.person("Окутуучу", "Куратор")
    school.teaches(teaches, "LAB")
    both = Act(
        teaches,
        None,
        NOW,
        (RoleAssignment("curator", school.institute), RoleAssignment("teacher", school.department)),
    )
    assert require_readable_offering(both, school.offering).id == school.offering, "he teaches here"


@pytest.mark.parametrize("role", NO_JOURNAL)
@pytest.mark.undriven
def test_who_has_no_duty_in_a_journal_does_not_open_it(school, role):
    with pytest.raises(Missing):
        require_readable_offering(wearing(school, role), school.offering)


@pytest.mark.undriven
def test_a_student_opens_his_own_cell_and_nobody_elses(school):
    lesson, (mine, other, *_) = school.lesson(), school.students
    act = school.act(mine, "student", school.institute)
    assert load_cell_card(act, lesson, mine).student == mine
    with pytest.raises(Missing):
        load_cell_card(act, lesson, other)


@pytest.mark.parametrize(
    ("day", "his"), [("2026-10-13", False), ("2026-10-14", True), ("2026-10-15", True), ("2026-10-16", False)]
)
def test_a_substitute_fills_it_on_the_days_he_was_named_for(school, day, his):
    substitute = school.person("Алмаш", "Тируучу")
    school.teaches(substitute, "SUBSTITUTE", date(2026, 10, 14), date(2026, 10, 15))
    then = NOW.replace(day=date.fromisoformat(day).day)
    lesson = school.lesson(then.replace(hour=1))
    act = school.teacher_act(then, substitute)
    if his:
        assert enter(school, act, lesson).status == "ABSENT"
    else:
        with pytest.raises(Denied) as denied:
            enter(school, act, lesson)
        assert (denied.value.code, denied.value.clause) == ("journal.lesson.not_yours", "3.1")


@pytest.mark.parametrize("role", ["teacher", "department_head", "directorate", "it_admin", "auditor"])
def test_nobody_but_the_academic_office_closes_a_sheet(school, role):
    sheet = school.sheet(date(2026, 10, 14))
    act = wearing(school, role)
    with pytest.raises(Denied) as denied, door.write(act):
        close_sheet(act, sheet)
    assert denied.value.code == "journal.sheet.not_yours"


# --- requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["department_head", "directorate", "academic_office", "it_admin"])
def test_who_decides_about_a_request_sees_it_from_the_beginning(world, role):
    case = world.teacher().requests_correction()
    assert load_case_view(world.actor(role).act(), case).case.id == case


def test_the_head_of_another_department_learns_of_no_request(world):
    case = world.teacher().requests_correction()
    head = world.hires("department_head", world.school.other_department)
    act = Act(head, None, world.now(), (RoleAssignment("department_head", world.school.other_department),))
    with pytest.raises(Missing):
        load_case_view(act, case)


def test_nobody_approves_his_own_request_though_he_wears_the_role(world):
    teacher = world.school.lecturer
    world._grant(teacher, "department_head", world.school.department)
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    himself = world.actor("department_head", teacher)
    with pytest.raises(Refused) as refused:
        himself.completes_task(task.id, task.version_id, task.element, decision="approve")
    assert refused.value.code == "cases.task.excluded"
    world.head().approves(case)
    assert world.open_elements(case) == ["forward_directorate"]


def test_nobody_approves_one_request_in_two_roles(world):
    head = world.people["department_head"]
    world._grant(head, "academic_office", None)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    world.directorate().approves(case)
    (task,) = world.open_tasks(case)
    with pytest.raises(Refused) as refused:
        world.actor("academic_office", head).completes_task(
            task.id, task.version_id, task.element, decision="approve"
        )
    assert refused.value.code == "cases.task.excluded"
    world.office().approves(case)
    assert world.open_elements(case) == ["release_it"]


def test_who_executes_changes_no_mark_without_the_four_approvals(world):
    act = world.it().act()
    edit = CellEdit(world.lesson, world.student, "ATTENDANCE", "PRESENT", 1, "мен IT")
    world.session.rollback()
    with pytest.raises(Denied), door.write(act):
        record_mark(act, edit)
    assert world.cell().value == "ABSENT"
