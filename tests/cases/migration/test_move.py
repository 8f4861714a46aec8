"""One running case moves to another version: what people see stays, what the law demands is kept, all or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.audit.words import unseal_texts
from app.cases.commands.claim import claim_pool_task
from app.cases.commands.close_from_outside import CaseChangeReason
from app.cases.commands.drafts import save_form_draft
from app.cases.commands.follow_enrolment import transfer_case_to_directorate
from app.cases.commands.retry_incident import retry_incident
from app.cases.commands.suspend import resume_case, suspend_case
from app.cases.incidents import record_incident
from app.cases.locking import lock_case
from app.cases.models import CaseState, Draft, History, Incident, Timer
from app.diagrams.models import DiagramVersion
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import DepterError, Missing
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.cases.migration.conftest import REASON, Administrator, kinds, timers
from tests.cases.test_killed import contents, differing
from tests.cases.test_quarantine import damage
from tests.scenarios.versions import (
    SECOND_VISA,
    STEP_BEFORE_RELEASE,
    having,
    publishes,
    renamed,
    retitled,
    without_deputy_of_head,
)
from tests.scenarios.world import World

MOVED_ROWS = {
    'cases."case"',
    "cases.state",
    "cases.task",
    "cases.timer",
    "cases.history",
    "audit.record",
    "audit.unsealed",
}


def task_columns(world: World, case: UUID) -> dict[str, Any]:
    """What the owner of the open task sees of it."""
    (task,) = world.open_tasks(case)
    names = ("id", "element", "assignee", "role", "unit_id", "opened_at", "due_at", "iteration", "excluded")
    return {name: getattr(task, name) for name in names}


def test_a_case_moves_with_its_task_its_deadline_and_its_draft(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    before, due = task_columns(world, case), timers(world, case)
    head = world.head().act()
    with door.write(head):
        claim_pool_task(head, before["id"])
        save_form_draft(head, before["id"], {"reason": "Жарым жазылган"})
    before |= {"assignee": head.person}
    target = publishes(world, retitled)
    world.clock.advance(hours=3)
    moved = administrator.migrates(case, target)
    assert (moved.source, moved.target, moved.repeated) == (1, 2, False)
    assert task_columns(world, case) == before and timers(world, case) == due
    assert world.case(case).version_id == target == world.open_tasks(case)[0].version_id
    assert world.session.scalar(select(func.count()).select_from(Draft)) == 1
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        actor.approves(case)
    assert world.case(case).outcome == "applied" and world.cell().value == "PRESENT"


def test_a_move_is_in_history_audit_and_outbox_once(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, retitled)
    before = contents(world)
    administrator.migrates(case, target)
    after = contents(world)
    assert differing(before, after) <= MOVED_ROWS | {"outbox.message", "audit.subject_key"}
    entry = world.session.scalars(select(History).where(History.kind == "migrated")).one()
    assert (entry.person, entry.case_id) == (administrator.person, case)
    assert entry.answers == {"from": 1, "to": 2} and entry.opened == []
    assert unseal_texts([(entry.person, entry.words)]) == [REASON]
    audited = select(func.count()).where(AuditRecord.event_type == "cases.case.migrated")
    assert world.session.scalar(audited) == 1
    message = world.session.scalars(select(Message).where(Message.event_type == "cases.case.migrated")).one()
    assert message.payload["from"] == 1 and "recipients" not in message.payload
    world.session.rollback()
    assert administrator.migrates(case, target).repeated
    assert differing(after, contents(world)) == set(), "a repeat writes nothing"


def test_after_a_return_the_new_change_set_and_the_rounds_go_along(
    world: World, administrator: Administrator
):
    case = world.teacher().requests_correction()
    world.head().approves(case)
    world.directorate().returns(case)
    world.teacher().resubmits(case)
    world.head().approves(case)
    before = task_columns(world, case)
    target = publishes(world, retitled)
    administrator.migrates(case, target)
    assert task_columns(world, case) == before and before["iteration"] == 2
    for actor in (world.directorate(), world.office(), world.it()):
        actor.approves(case)
    assert world.case(case).outcome == "applied"


def test_a_late_step_with_its_deputy_goes_along(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    world.days_pass(4)
    assert world.open_elements(case) == ["visa_deputy"]
    administrator.migrates(case, publishes(world, retitled))
    world.actor("department_head_deputy").approves(case)
    assert world.open_elements(case) == ["forward_directorate"]


def test_a_visa_added_ahead_is_met_later_and_one_behind_keeps_the_case(
    world: World, administrator: Administrator
):
    ahead, behind = world.teacher().requests_correction(), world.teacher().requests_correction()
    world.head().approves(behind)
    target = publishes(world, SECOND_VISA)
    before = contents(world)
    assert administrator.is_refused(behind, target) == ("approval_missing", {"step": "second_visa"})
    assert differing(before, contents(world)) == set(), "a case that stays is not touched"
    administrator.migrates(ahead, target)
    world.head().approves(ahead)
    assert world.open_elements(ahead) == ["second_visa"]
    assert world.open_elements(behind) == ["forward_directorate"]


def test_a_renamed_open_step_keeps_the_case(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, renamed("endorse_department_head", "endorse_head"))
    assert administrator.is_refused(case, target) == (
        "open_task_gone",
        {"step": "endorse_department_head"},
    )


def test_a_timer_that_is_gone_ends_and_a_move_back_gives_it_its_moment_again(
    world: World, administrator: Administrator
):
    case = world.teacher().requests_correction()
    first = world.case(case).version_id
    due = timers(world, case)
    # The calendar has moved it since: counting it anew would give another moment.
    moved_due = due["endorse_department_head_late"] + timedelta(days=1)
    with door.write(administrator.act()) as session:
        session.query(Timer).filter_by(case_id=case, kind="diagram").update({"due_at": moved_due})
    target = publishes(world, without_deputy_of_head)
    administrator.migrates(case, target)
    assert timers(world, case) == {}
    overdue = select(Timer.due_at).where(Timer.case_id == case, Timer.kind == "overdue")
    assert world.session.scalars(overdue).all() == [world.open_tasks(case)[0].due_at]
    world.clock.advance(hours=1)
    administrator.reverts(case, target, first)
    assert timers(world, case) == {"endorse_department_head_late": moved_due}
    assert world.session.scalars(overdue).all() == []
    assert kinds(world, case) == ["started", "migrated", "migration_reverted"]


def test_a_new_timer_counts_from_the_moment_its_task_opened(world: World, administrator: Administrator):
    publishes(world, without_deputy_of_head)
    case = world.teacher().requests_correction()
    assert timers(world, case) == {}
    world.clock.advance(hours=5)
    other = world.teacher().requests_correction()
    target = publishes(world)
    administrator.migrates(case, target)
    administrator.migrates(other, target)
    opened = {one: world.open_tasks(one)[0].due_at for one in (case, other)}
    for one in (case, other):
        assert timers(world, one) == {"endorse_department_head_late": opened[one]}
    world.days_pass(4)
    assert world.open_elements(case) == ["visa_deputy"], "the new timer fires"


def test_a_step_that_asks_other_people_is_given_to_them(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, having("endorse_department_head", "assign", "deputy"))
    told = select(func.count()).where(Message.event_type == "cases.task.opened")
    before = world.session.scalar(told)
    administrator.migrates(case, target)
    (task,) = world.open_tasks(case)
    assert task.assignee == world.people["department_head_deputy"]
    assert world.session.scalar(told) == before + 1
    world.actor("department_head_deputy").approves(case)


def test_a_step_for_which_there_is_nobody_keeps_the_case(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, having("lane_department_head", "scope", "start.student_institute"))
    before = contents(world)
    assert administrator.is_refused(case, target) == (
        "nobody_for_task",
        {"step": "endorse_department_head", "role": "department_head"},
    )
    assert differing(before, contents(world)) == set()


def test_start_variables_that_changed_since_the_start_are_kept(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    world.head().approves(case)
    act = Act.by_system(world.clock())
    elsewhere = world.school.department
    with door.write(act):
        assert transfer_case_to_directorate(act, lock_case(case), elsewhere, CaseChangeReason("x", "2.1"))
    administrator.migrates(case, publishes(world, retitled))
    state = world.session.get(CaseState, case)
    assert f'"start.student_institute":"{elsewhere}"'.encode() in bytes(state.body)


def test_a_suspended_case_stays_until_it_goes_on(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, retitled)
    act, reason = Act.by_system(world.clock()), CaseChangeReason("cases.suspended.leave", "2.1")
    with door.write(act):
        suspend_case(act, lock_case(case), reason)
    assert administrator.is_refused(case, target)[0] == "suspended"
    with door.write(act):
        resume_case(act, lock_case(case), reason, world.day(0), world.day(-1))
    administrator.migrates(case, target)
    world.head().approves(case)


def test_a_quarantined_case_and_a_damaged_one_stay(world: World, administrator: Administrator, database: Any):
    case, broken = world.teacher().requests_correction(), world.teacher().requests_correction()
    target = publishes(world, retitled)
    act = Act.by_system(world.clock())
    with door.write(act):
        record_incident(act, case, "cases.case.damaged", {}, quarantine=True)
    state = world.session.get(CaseState, broken)
    before = damage(database, broken, b"D1 broken", bytes(state.check))
    assert administrator.is_refused(case, target)[0] == "quarantined"
    assert administrator.is_refused(broken, target)[0] == "damaged_state"
    assert [one.reason.code.rpartition(".")[2] for one in administrator.plans(target).cases] == [
        "quarantined",
        "damaged_state",
    ]
    damage(database, broken, before)
    incident = world.session.scalars(select(Incident.id)).one()
    world.session.rollback()
    with door.write(administrator.act()):
        retry_incident(administrator.act(), incident, 0)
    administrator.migrates(case, target)
    administrator.migrates(broken, target)


def test_a_closed_case_and_a_version_of_another_process_are_refused(
    world: World, administrator: Administrator
):
    case = world.teacher().requests_correction()
    world.head().rejects(case)
    target = publishes(world, retitled)
    assert administrator.is_refused(case, target)[0] == "case_closed"
    other = publishes(world, lambda drawing: drawing.append(etree.Comment("next release")), key="late_entry")
    for wrong in (other, new_id()):
        with pytest.raises(Missing):
            administrator.migrates(case, wrong)


def test_a_case_moves_back_after_steps_that_both_versions_have_and_not_after_another(
    world: World, administrator: Administrator
):
    early, late = world.teacher().requests_correction(), world.teacher().requests_correction()
    first = world.case(early).version_id
    target = publishes(world, STEP_BEFORE_RELEASE)
    for case in (early, late):
        administrator.migrates(case, target)
        world.head().approves(case)
    for actor in (world.directorate(), world.office()):
        actor.approves(late)
    (task,) = world.open_tasks(late)
    world.actor("department_head", task.assignee).approves(late)
    assert administrator.reverts(early, target, first).target == 1
    assert administrator.reverts(early, target, first).repeated
    with pytest.raises(DepterError) as refused:
        administrator.reverts(late, target, first)
    assert refused.value.code == "cases.migration.step_gone"
    assert world.case(early).version_id == first and world.case(late).version_id == target
    world.it().approves(late)
    assert world.case(late).outcome == "applied"


def test_a_case_that_was_moved_on_to_a_third_version_is_not_moved_back_to_the_first(
    world: World, administrator: Administrator
):
    case = world.teacher().requests_correction()
    first = world.case(case).version_id
    second = publishes(world, retitled)
    administrator.migrates(case, second)
    administrator.migrates(case, publishes(world, SECOND_VISA))
    with pytest.raises(DepterError) as refused:
        administrator.reverts(case, second, first)
    assert refused.value.code == "cases.migration.moved_elsewhere"


def test_a_version_that_is_only_proposed_takes_no_case(world: World, administrator: Administrator):
    case = world.teacher().requests_correction()
    target = publishes(world, retitled)
    publishes(world)
    with door.write(administrator.act()) as session:
        values = {"state": "proposed", "published_at": None}
        session.query(DiagramVersion).filter_by(id=target).update(values)
    with pytest.raises(Missing):
        administrator.migrates(case, target)
