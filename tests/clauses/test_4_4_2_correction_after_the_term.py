"""4.4.2: after three days a written reason, then head, directorate, office and IT in turn; exactly that is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.audit import history
from app.diagrams.versions import load_published_version_id, load_version
from app.forms.schema import check_form_answers
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.kernel.ids import new_id
from tests.scenarios.world import REASON, World

pytestmark = pytest.mark.clause("4.4.2")

SECOND = timedelta(seconds=1)
LAST = datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)
"""Saturday, 23:59:59 in Bishkek: the end of the third day after an entry on Wednesday the 14th."""
CHAIN = ("department_head", "directorate", "academic_office", "it_admin")
STEPS = ("endorse_department_head", "forward_directorate", "decide_academic_office", "release_it")
DEPUTIES = ("visa_deputy", "forward_deputy", "decide_deputy", "release_deputy")


def approved_up_to(world: World, step: int) -> Any:
    """A request that the first `step` of the chain have approved."""
    case = world.teacher().requests_correction()
    for role in CHAIN[:step]:
        world.actor(role).approves(case)
    return case


@pytest.fixture
def fresh(world: World) -> dict[str, Any]:
    """The edit of a cell that the teacher has entered this very day."""
    lesson = world.school.lesson(world.clock() - timedelta(hours=2))
    act = world.school.teacher_act(world.clock())
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", "ABSENT", 0))
    return world.edit(lesson=str(lesson), version=1)


# --- when it is the way -----------------------------------------------------------------------------------


def test_in_the_last_second_of_his_own_term_the_teacher_is_sent_to_it(world, fresh):
    world.clock.set(LAST)
    with pytest.raises(Refused) as raised:
        world.teacher().requests_correction(fresh)
    assert (raised.value.code, raised.value.clause) == ("journal.correction.not_needed_yet", "4.4.1")
    assert raised.value.params["at"] == LAST


def test_one_second_later_the_request_goes_to_the_head(world, fresh):
    world.clock.set(LAST + SECOND)
    case = world.teacher().requests_correction(fresh)
    assert world.open_elements(case) == ["endorse_department_head"]


# --- the written reason -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "   "])
@pytest.mark.undriven
def test_without_a_written_reason_there_is_no_request(world, reason):
    form = load_version(load_published_version_id("late_correction")).forms["late_correction.start"]
    given = {"change_set": [world.edit()], "error_kind": "typo", "reason": reason}
    with pytest.raises(Invalid) as raised:
        check_form_answers(form, given)
    assert list(raised.value.fields) == ["reason"]


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("decision", ["return", "reject"])
def test_whoever_says_no_says_why(world, step, decision):
    case = approved_up_to(world, step)
    if (step, decision) == (3, "reject"):
        decision = "return"
    with pytest.raises(Invalid) as raised:
        world.actor(CHAIN[step]).completes(case, decision=decision)
    assert "reason" in raised.value.fields and world.open_elements(case) == [STEPS[step]]


# --- who decides ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", range(4))
def test_each_step_is_for_its_role_and_for_nobody_else_of_the_chain(world, step):
    case = approved_up_to(world, step)
    (task,) = world.open_tasks(case)
    task_id, version, element = task.id, task.version_id, task.element
    assert (element, task.role) == (STEPS[step], CHAIN[step])
    others = [world.teacher(), *(world.actor(role) for role in CHAIN if role != CHAIN[step])]
    for other in others:
        with pytest.raises(DepterError):
            other.completes_task(task_id, version, element, decision="approve")
    assert world.open_elements(case) == [STEPS[step]] and world.cell().value == "ABSENT"


def test_it_refuses_nothing_it_releases_or_returns(world):
    case = approved_up_to(world, 3)
    with pytest.raises(Invalid) as raised:
        world.it().rejects(case)
    assert "decision" in raised.value.fields
    world.it().returns(case, "Базада бул сабак жок")
    assert world.open_elements(case) == ["rework_teacher"] and world.cell().value == "ABSENT"


@pytest.mark.parametrize("role", ["student", "curator", "auditor", *CHAIN])
def test_only_a_teacher_begins_one(world, role):
    person = world.people.get(role) or world.hires(role, world.school.institute)
    with pytest.raises(Denied) as raised:
        world.actor(role, person).starts(new_id(), [world.edit()])
    assert raised.value.code == "cases.start.not_for_your_role"


# --- the term of each step --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (datetime(2026, 10, 14, 3, 0, tzinfo=UTC), datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC)),
        (datetime(2026, 10, 16, 3, 0, tzinfo=UTC), datetime(2026, 10, 17, 17, 59, 59, tzinfo=UTC)),
        (datetime(2026, 10, 17, 3, 0, tzinfo=UTC), datetime(2026, 10, 19, 17, 59, 59, tzinfo=UTC)),
        (datetime(2026, 10, 17, 18, 0, tzinfo=UTC), datetime(2026, 10, 19, 17, 59, 59, tzinfo=UTC)),
    ],
    ids=["Wednesday", "Friday", "Saturday", "Sunday at midnight"],
)
def test_a_step_lasts_to_the_end_of_the_next_working_day(world, asked, due):
    world.clock.set(asked)
    (task,) = world.open_tasks(world.teacher().requests_correction())
    assert task.due_at == due and task.computation["steps"]


@pytest.mark.parametrize("step", range(4))
def test_within_its_term_a_step_stays_where_it_is_and_after_it_is_the_deputys(world, step):
    case = approved_up_to(world, step)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at - SECOND)
    assert world.days_pass(0).advanced == 0 and world.open_elements(case) == [STEPS[step]]
    assert world.days_pass(2 / 86400).advanced == 1
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee) == (DEPUTIES[step], world.people[f"{CHAIN[step]}_deputy"])
    world.actor(f"{CHAIN[step]}_deputy").approves(case)
    for role in CHAIN[step + 1 :]:
        world.actor(role).approves(case)
    assert world.cell().value == "PRESENT"


# --- exactly what was approved ----------------------------------------------------------------------------


def test_only_the_cells_of_the_request_change_and_all_of_them(world):
    teacher = world.school.teacher_act
    second, untouched = (world.school.lesson(world.clock() - timedelta(days=days)) for days in (21, 22))
    for lesson in (second, untouched):
        world._marked_absent_at(lesson, teacher)
    case = world.teacher().requests_correction(world.edit(), world.edit(lesson=str(second), version=1))
    for role in CHAIN:
        world.actor(role).approves(case)
    shown = [world.school.cell(lesson, world.student).value for lesson in (world.lesson, second, untouched)]
    assert shown == ["PRESENT", "PRESENT", "ABSENT"]


def test_the_audit_tells_the_reason_the_case_and_who_released_it(world):
    case = world.teacher().requests_correction()
    for role in CHAIN:
        world.actor(role).approves(case)
    entered, corrected = history.load_object_audit_entries(world.cell().id)
    assert (entered.person, entered.clause) == (world.school.lecturer, "4.2.1")
    assert (corrected.person, corrected.clause) == (world.people["it_admin"], "4.4.2")
    assert (corrected.case, corrected.reason) == (case, REASON)
    assert (corrected.before["value"], corrected.after["value"]) == ("ABSENT", "PRESENT")


def test_a_second_correction_of_the_same_cell_is_refused_with_the_way_to_the_first(world):
    first = world.teacher().requests_correction(world.edit())
    other = world.edit(lesson=str(world.missed(20)), version=1)
    with pytest.raises(Refused) as refused:
        world.teacher().requests_correction(other, world.edit())
    assert (refused.value.code, refused.value.remedy) == ("cases.start.under_way", "case")
    assert refused.value.params == {"case": str(first), "number": world.case(first).number}
    second = world.teacher().requests_correction(other)
    assert world.open_elements(second) == ["endorse_department_head"], "another cell is nobody's business"
    grade = world.edit("70", kind="GRADE", version=0)
    with pytest.raises(DepterError) as nothing_entered:
        world.teacher().requests_correction(grade)
    assert nothing_entered.value.code != "cases.start.under_way", "the grade is another cell"


def test_rework_does_not_take_in_the_cell_of_another_open_correction(world):
    first = world.teacher().requests_correction(world.edit())
    own = world.edit(lesson=str(world.missed(20)), version=1)
    second = world.teacher().requests_correction(own)
    world.head().returns(second)
    with pytest.raises(Refused) as refused:
        world.teacher().resubmits(second, own, world.edit())
    assert refused.value.params["case"] == str(first)
    assert world.open_elements(second) == ["rework_teacher"], "nothing was lost"
    world.teacher().resubmits(second, own)
    assert world.open_elements(second) == ["endorse_department_head"]


def test_when_the_first_has_ended_the_cell_is_free_again(world):
    first = world.teacher().requests_correction(world.edit())
    world.head().rejects(first)
    again = world.teacher().requests_correction(world.edit())
    assert again != first and world.open_elements(again) == ["endorse_department_head"]
