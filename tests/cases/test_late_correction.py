"""P02 from end to end: the way to the effect, returns, rejections, deputies, and what changed meanwhile (4.4.2)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.audit import history
from app.cases.models import History
from app.kernel import door
from app.kernel.errors import Denied, DepterError, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.scenarios.excuses import confirmed
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("4.4.2")


def to_the_office(world, case):
    world.head().approves(case)
    world.directorate().approves(case)


def to_it(world, case):
    to_the_office(world, case)
    world.office().approves(case)


def test_four_visas_and_the_release_change_exactly_the_cell_that_was_asked_for(world):
    case = world.teacher().requests_correction()
    assert world.open_elements(case) == ["endorse_department_head"]
    to_it(world, case)
    assert world.cell().value == "ABSENT"
    done = world.it().approves(case)
    assert done.outcome == "applied"
    assert world.case(case).status == "done" and world.case(case).outcome == "applied"
    assert world.cell().value == "PRESENT"
    written = history.load_object_audit_entries(world.cell().id)[-1]
    assert written.case == case and written.clause == "4.4.2"
    assert written.before["value"] == "ABSENT" and written.after["value"] == "PRESENT"


def test_each_step_falls_to_its_role_in_its_unit(world):
    case = world.teacher().requests_correction()
    seen = []
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        (task,) = world.open_tasks(case)
        seen.append((task.role, task.unit_id, task.clause))
        assert task.due_at > world.now() and task.computation["steps"]
        actor.approves(case)
    assert seen == [
        ("department_head", world.school.department, "4.4.2"),
        ("directorate", world.school.institute, "4.4.2"),
        ("academic_office", None, "4.4.3"),
        ("it_admin", None, "4.4.2"),
    ]


def test_a_return_goes_back_to_the_teacher_and_every_visa_is_given_again(world):
    case = world.teacher().requests_correction()
    world.head().approves(case)
    world.directorate().returns(case)
    assert world.open_elements(case) == ["rework_teacher"]
    world.teacher().resubmits(case)
    assert world.open_elements(case) == ["endorse_department_head"]
    to_it(world, case)
    assert world.it().approves(case).outcome == "applied"


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_rejection_ends_the_case_and_changes_nothing(world, step):
    case = world.teacher().requests_correction()
    way = [world.head(), world.directorate(), world.office()]
    for actor in way[:step]:
        actor.approves(case)
    assert way[step].rejects(case).outcome == "rejected"
    assert world.cell().value == "ABSENT"


def test_the_office_reclassifies_as_academic(world):
    case = world.teacher().requests_correction()
    to_the_office(world, case)
    assert world.office().reclassifies(case).outcome == "reclassified"
    assert world.cell().value == "ABSENT"


def test_a_cell_changed_meanwhile_sends_the_case_back_and_voids_the_approvals(world):
    case = world.teacher().requests_correction()
    to_it(world, case)
    confirmed(world, world.student_actor().hands_in(world.day(20), note="Оорукана кеч берди"))
    assert world.cell().version == 2, "another authorised change came first"
    assert world.it().approves(case).outcome is None
    assert world.open_elements(case) == ["rework_teacher"]
    assert world.case(case).status == "open"


def test_a_sheet_closed_meanwhile_sends_the_case_back_and_nothing_is_applied(world):
    from datetime import date

    case = world.teacher().requests_correction()
    to_it(world, case)
    sheet = world.school.sheet(date(2026, 12, 1))
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    assert world.it().approves(case).outcome is None
    assert world.open_elements(case) == ["rework_teacher"]
    assert world.cell().value == "ABSENT"


def test_the_head_who_asks_is_not_asked_for_his_own_visa(world):
    world._grant(world.school.lecturer, "department_head", world.school.department)
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    assert task.assignee == world.people["department_head"]
    assert world.school.lecturer in task.excluded


def test_a_lone_head_who_asks_gives_way_to_his_deputy(world):
    head = world.people["department_head"]
    world.school.teaches(head)
    world._grant(head, "teacher", world.school.department)
    case = world.actor("teacher", head).requests_correction()
    (task,) = world.open_tasks(case)
    assert task.assignee == world.people["department_head_deputy"]


def test_a_late_step_goes_to_the_deputy_and_leaves_the_inbox_of_who_was_late(world):
    case = world.teacher().requests_correction()
    assert world.days_pass(3).advanced == 1
    (task,) = world.open_tasks(case)
    assert task.element == "visa_deputy" and task.assignee == world.people["department_head_deputy"]
    told = select(Message.payload).where(Message.event_type == "cases.task.escalated")
    (news,) = world.session.scalars(told).all()
    late_and_asking = {world.people["department_head"], world.school.lecturer}
    assert set(news["recipients"]) == {str(person) for person in late_and_asking}
    world.actor("department_head_deputy").approves(case)
    world.directorate().approves(case)
    world.office().approves(case)
    assert world.it().approves(case).outcome == "applied"


def test_nothing_escalates_before_the_last_second_of_the_term(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0 and world.open_elements(case) == ["endorse_department_head"]
    moved = world.days_pass(1 / 86400).advanced
    assert moved == 1


def test_the_same_person_in_two_roles_is_kept_out_of_the_second(world):
    world._grant(world.people["department_head"], "directorate", world.school.institute)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    twice = world.actor("directorate", world.people["department_head"])
    (task,) = world.open_tasks(case)
    assert world.people["department_head"] in task.excluded
    with pytest.raises(Refused):
        twice.completes_task(task.id, task.version_id, task.element, decision="approve")


def test_a_stranger_cannot_complete_and_the_second_press_is_harmless(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    stranger = world.actor("directorate")
    with pytest.raises((Denied, Missing, Stale)):
        stranger.completes_task(task.id, task.version_id, task.element, decision="approve")
    world.head().approves(case)
    again = world.head().completes_task(task.id, task.version_id, task.element, decision="approve")
    assert again.repeated
    with pytest.raises(Stale) as otherwise:
        world.head().completes_task(
            task.id, task.version_id, task.element, decision="reject", reason="Ойлонуп көрдүм"
        )
    assert otherwise.value.code == "cases.task.answered_otherwise"


def test_other_words_to_the_same_decision_are_refused_aloud_and_the_same_words_are_a_repeat(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)

    def says(reason: str) -> Any:
        return world.head().completes_task(
            task.id, task.version_id, task.element, decision="return", reason=reason
        )

    says("Кайсы сабак экени жазылсын.")
    assert says("Кайсы сабак экени жазылсын.").repeated
    with pytest.raises(Stale) as otherwise:
        says("Далил тиркелсин.")
    assert otherwise.value.code == "cases.task.answered_otherwise"
    world.session.rollback()
    kept = [
        digest for (digest,) in world.session.query(History.answers_digest).filter_by(case_id=case) if digest
    ]
    assert len(kept) == 1 and len(kept[0]) == 64


def test_starting_twice_with_one_id_makes_one_case_and_other_content_is_stale(world):
    case = new_id()
    first = world.teacher().starts(case, [world.edit()])
    again = world.teacher().starts(case, [world.edit()])
    assert again.repeated and again.number == first.number
    with pytest.raises(Stale):
        world.teacher().starts(case, [world.edit()], error_kind="system_fault")


def test_a_teacher_of_another_journal_cannot_ask(world):
    other = world.school.person("Бөлөк", "Окутуучу")
    world._grant(other, "teacher", world.school.department)
    with pytest.raises(DepterError):
        world.actor("teacher", other).requests_correction()
