"""Each kind of incident, produced for real and solved for real; two people at once; what a retry never does."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.audit.models import AuditRecord
from app.cases.commands.retry_incident import UNDER_WAY, retry_incident_and_record_failure, retry_incidents
from app.cases.commands.settle_incident import assign_incident_task, close_incident
from app.cases.incidents import record_message_incident, resolve_message_incident
from app.cases.models import History, Incident, Timer
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.dispatch import MOST_ATTEMPTS, DeliveryObserver, deliver_due_messages, retry_delay
from app.outbox.models import Message
from app.outbox.post import post_event
from app.people.assignment_rules import RoleHolder, choose_task_assignment, eligible_assignments
from app.people.models import RoleGrant
from tests.cases.test_hostile_diagrams import leads, publish
from tests.cases.test_quarantine import damage
from tests.scenarios.world import Actor, World

OBSERVER = DeliveryObserver(record_message_incident, resolve_message_incident)
REASON = "Себеби жоюлду, текшерилди."


def incidents(world: World) -> list[Incident]:
    world.session.rollback()
    return list(world.session.scalars(select(Incident).order_by(Incident.at, Incident.id)).all())


def retries(world: World, incident: UUID, seen: int = 0, actor: Actor | None = None) -> Any:
    act = (actor or world.it()).act()
    world.session.rollback()
    return retry_incident_and_record_failure(door.write, act, incident, seen)


def audited(world: World, event_type: str) -> list[UUID | None]:
    return list(
        world.session.scalars(select(AuditRecord.person).where(AuditRecord.event_type == event_type)).all()
    )


def nobody_heads(world: World) -> UUID:
    """A request in a department whose head has lost the role, and the deputy too."""
    world.session.query(RoleGrant).filter_by(role="department_head").delete()
    world.session.commit()
    return world.teacher().requests_correction()


# --- a task without an owner ------------------------------------------------------------------------------


def test_a_task_without_an_owner_is_found_one_once_somebody_has_the_role(world: World):
    case = nobody_heads(world)
    (found,) = incidents(world)
    assert (found.kind, found.code, found.element) == (
        "owner",
        "cases.task.nobody",
        "endorse_department_head",
    )
    failed = retries(world, found.id)
    assert isinstance(failed.error, Refused) and failed.code == "cases.incident.still_nobody"
    (found,) = incidents(world)
    assert found.attempts == 1 and len(audited(world, "cases.incident.retry_failed")) == 1
    new_head = world.hires("department_head", world.school.department, name="Жаңы")
    assert retries(world, found.id, 1).how == "retried"
    (task,) = world.open_tasks(case)
    assert task.assignee == new_head
    assert audited(world, "cases.task.assigned") == [world.people["it_admin"]]
    opened = world.session.scalars(select(Message.payload).where(Message.event_type == "cases.task.opened"))
    assert [str(new_head)] in [payload["recipients"] for payload in opened]
    assert retries(world, found.id, 1).how == "retried", "a repeat is harmless"


def test_a_step_is_given_only_to_whom_its_lane_accepts(world: World):
    case = nobody_heads(world)
    (found,) = incidents(world)
    first, second = (world.hires("department_head", world.school.department, name=name) for name in "АБ")
    foreign = world.hires("department_head", world.school.other_department, name="В")
    act = world.it().act()
    for wrong in (foreign, world.people["directorate"], world.school.lecturer, new_id()):
        world.session.rollback()
        with pytest.raises(Refused, match="not_eligible"), door.write(act):
            assign_incident_task(act, found.id, 0, wrong)
    own = Actor(world, world.school.lecturer, (RoleAssignment("it_admin", None),)).act()
    with pytest.raises(Refused, match="own_request"), door.write(own):
        assign_incident_task(own, found.id, 0, second)
    for _ in range(2):
        world.session.rollback()
        with door.write(act):
            assign_incident_task(act, found.id, 0, second)
    (task,) = world.open_tasks(case)
    assert task.assignee == second and first not in task.excluded
    (found,) = incidents(world)
    assert (found.resolved_how, found.resolved_by) == ("assigned", act.person)
    assert len(audited(world, "cases.task.assigned")) == 1
    head = Actor(world, second, (RoleAssignment("department_head", world.school.department),))
    head.approves(case)
    world.is_whole()


def test_two_steps_without_an_owner_are_two_incidents_and_stay_while_nobody_can(world: World):
    nobody_heads(world)
    (found,) = incidents(world)
    act = world.it().act()
    world.session.rollback()
    with pytest.raises(Refused, match="still_nobody"), door.write(act):
        close_incident(act, found.id, 0, REASON)
    world.days_pass(4)
    rows = incidents(world)
    assert {row.element for row in rows} == {"endorse_department_head", "visa_deputy"}
    moved_on = retries(world, found.id)
    assert isinstance(moved_on.error, Stale) and moved_on.code == "cases.incident.moved_on"
    with door.write(act):
        close_incident(act, found.id, 0, REASON)
    assert [row.resolved_how for row in incidents(world)] == ["closed", None]


def holder(person: UUID, distance: int = 0, *, deputy: bool = False, by: tuple[UUID, ...] = ()) -> RoleHolder:
    return RoleHolder(person, None, distance, deputy, by)


def test_whoever_the_rule_chooses_may_be_chosen_by_hand_too():
    one, two, three, four = (new_id() for _ in range(4))
    for holders, excluded, expected in (
        ((holder(one), holder(two, deputy=True), holder(three, 1)), (), {one, two}),
        ((holder(one), holder(two, deputy=True), holder(three, 1)), (one, two), {three}),
        ((holder(one, by=(four,)), holder(two)), (), {four, two}),
        ((holder(one, by=(four,)),), (four,), {one}),
        ((holder(one),), (one,), set()),
    ):
        found = eligible_assignments("head", None, frozenset(excluded), holders)
        assert {assignment.person for assignment in found} == expected
        chosen = choose_task_assignment("head", None, frozenset(excluded), holders)
        assert ({chosen.person} if chosen.person else set(chosen.pool)) <= expected


# --- timers -----------------------------------------------------------------------------------------------


def test_a_retry_of_a_timer_never_applies_what_nobody_approved(world: World):
    publish(world, leads("head_late", "apply_correction"), leads("resubmitted", "visa_deputy"))
    case = world.teacher().requests_correction()
    world.days_pass(3)
    (found,) = incidents(world)
    assert (found.kind, found.element) == ("timer", "endorse_department_head_late")
    for seen in range(2):
        result = retries(world, found.id, seen)
        assert result.code == "operations.approval.missing" and isinstance(result.error, Refused)
    assert world.open_elements(case) == ["endorse_department_head"] and world.cell().value == "ABSENT"
    (found,) = incidents(world)
    assert found.attempts == 2 and found.resolved_at is None
    stale = retries(world, found.id, 0)
    assert isinstance(stale.error, Stale) and stale.code == "cases.incident.changed"
    act = world.it().act()
    world.session.rollback()
    with door.write(act):
        close_incident(act, found.id, 2, REASON)
    world.days_pass(1)
    assert len(incidents(world)) == 2, "a timer that fails still is told again"


def test_a_mended_timer_fires_once_for_two_people_at_once(world: World, database: Any, app: Any):
    case = world.teacher().requests_correction()
    before = damage(database, case, b"D1 broken")
    world.days_pass(4)
    (found,) = incidents(world)
    incident = found.id
    assert (found.kind, world.case(case).status) == ("state", "quarantined")
    assert retries(world, incident).code == "cases.incident.still_damaged"
    with pytest.raises(Refused, match="still_stopped"), door.write(world.it().act()):
        close_incident(world.it().act(), incident, 1, REASON)
    damage(database, case, before)
    acts = [world.it().act(), Act(new_id(), None, world.now(), (RoleAssignment("process_admin"),))]
    world.session.rollback()
    results: list[Any] = []

    def retry(act: Act) -> None:
        with app.app_context():
            results.append(retry_incident_and_record_failure(door.write, act, incident, 1))

    threads = [threading.Thread(target=retry, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.how or result.code for result in results) == [
        "cases.incident.solved_meanwhile",
        "retried",
    ]
    assert world.open_elements(case) == ["visa_deputy"]
    kinds = world.session.scalars(select(History.kind).where(History.case_id == case)).all()
    assert kinds.count("escalated") == 1
    escalated = select(History.person).where(History.case_id == case, History.kind == "escalated")
    assert world.session.scalar(escalated) is None, "the system fires a timer, not the person who retries"
    world.is_whole()


def test_a_timer_that_fires_by_itself_settles_its_incident(world: World, monkeypatch: Any):
    case = world.teacher().requests_correction()
    with monkeypatch.context() as broken:
        broken.setattr("app.cases.timers.service_task_runner", lambda *given: 1 / 0)
        world.days_pass(4)
    assert [row.code for row in incidents(world)] == ["cases.timer.failed"]
    world.days_pass(1)
    assert world.open_elements(case) == ["visa_deputy"]
    assert [row.resolved_how for row in incidents(world)] == ["settled"]


# --- messages ---------------------------------------------------------------------------------------------


def fails(act: Act, delivery: Any) -> None:
    raise ConnectionRefusedError("mail.example.kg")


def dies(world: World, count: int = 1, **payload: Any) -> None:
    """So many messages that fail eight times."""
    with door.write(Act.by_system(world.now())):
        for _ in range(count):
            post_event(Act.by_system(world.now()), "notices.letter.due", {"letter": "x", **payload})
    for attempt in range(1, MOST_ATTEMPTS + 1):
        world.session.rollback()
        deliver_due_messages({"notices.letter.due": (fails,)}, world.now(), observer=OBSERVER)
        world.clock.advance(seconds=retry_delay(attempt).total_seconds())


def delivers(world: World, *handlers: Any) -> None:
    world.session.rollback()
    deliver_due_messages({"notices.letter.due": handlers}, world.now(), observer=OBSERVER)


def test_a_dead_letter_is_an_incident_until_it_is_delivered(world: World):
    case = world.teacher().requests_correction()
    dies(world, case=str(case))
    (found,) = incidents(world)
    assert (found.kind, found.case_id, found.code) == ("message", case, "outbox.message.died")
    assert found.detail["error"].startswith("ConnectionRefusedError at app/outbox/")
    assert retries(world, found.id).how == UNDER_WAY
    again = retries(world, found.id, 1)
    assert isinstance(again.error, Stale) and again.code == "cases.incident.under_way"
    assert [row.resolved_at for row in incidents(world)] == [None]
    delivers(world)
    assert [row.resolved_how for row in incidents(world)] == ["delivered"]


def test_a_message_that_dies_again_keeps_its_incident_and_one_given_up_is_never_delivered(world: World):
    dies(world)
    (found,) = incidents(world)
    retries(world, found.id)
    for _ in range(MOST_ATTEMPTS):
        delivers(world, fails)
        world.clock.advance(hours=10)
    (found,) = incidents(world)
    assert found.attempts == 1 and found.resolved_at is None
    act = world.it().act()
    world.session.rollback()
    with door.write(act):
        close_incident(act, found.id, 1, REASON)
    delivers(world, fails)
    (message,) = world.session.scalars(select(Message).where(Message.event_type == "notices.letter.due"))
    assert message.done_at is not None and message.attempts == MOST_ATTEMPTS
    assert [row.resolved_how for row in incidents(world)] == ["closed"]


def test_many_are_retried_each_alone_and_the_failed_ones_are_named(world: World):
    dies(world, 3)
    nobody_heads(world)
    rows = incidents(world)
    chosen = [(row.id, row.attempts) for row in rows] + [(new_id(), 0)]
    act = world.it().act()
    world.session.rollback()
    results = retry_incidents(door.write, act, chosen)
    assert [result.how for result in results[:3]] == [UNDER_WAY] * 3
    assert [result.code for result in results[3:]] == ["cases.incident.still_nobody", "kernel.object.missing"]


# --- rights, reasons --------------------------------------------------------------------------------------


@pytest.mark.clause("3.1")
def test_only_it_and_process_administrators_solve_incidents(world: World):
    nobody_heads(world)
    (found,) = incidents(world)
    for role in ("academic_office", "directorate", "auditor", "department_head", "teacher", "rector"):
        act = Act(new_id(), None, world.now(), (RoleAssignment(role, None),))
        for deed in (
            lambda act=act: close_incident(act, found.id, 0, REASON),
            lambda act=act: assign_incident_task(act, found.id, 0, new_id()),
        ):
            world.session.rollback()
            with pytest.raises(Denied), door.write(act):
                deed()
        assert isinstance(retry_incident_and_record_failure(door.write, act, found.id, 0).error, Denied)
    assert [row.attempts for row in incidents(world)] == [0]


def test_a_closing_needs_a_reason_keeps_it_sealed_and_is_harmless_twice(world: World):
    dies(world)
    (found,) = incidents(world)
    act, other = world.it().act(), Act(new_id(), None, world.now(), (RoleAssignment("it_admin"),))
    for reason in ("", "  кыска  ", "x" * 2001):
        world.session.rollback()
        with pytest.raises(Invalid), door.write(act):
            close_incident(act, found.id, 0, reason)
    for _ in range(2):
        world.session.rollback()
        with door.write(act):
            close_incident(act, found.id, 0, REASON)
    (found,) = incidents(world)
    assert REASON.encode() not in bytes(found.words)
    assert audited(world, "cases.incident.resolved") == [act.person]
    errors: list[type[DepterError]] = [Stale]
    world.session.rollback()
    with pytest.raises(tuple(errors), match="solved_meanwhile"), door.write(other):
        close_incident(other, found.id, 0, REASON)


def test_a_deadline_that_moved_is_not_fired_early(world: World):
    publish(world, leads("head_late", "apply_correction"), leads("resubmitted", "visa_deputy"))
    world.teacher().requests_correction()
    world.days_pass(3)
    (found,) = incidents(world)
    timer = world.session.get(Timer, UUID(found.detail["timer"]))
    timer.due_at = world.now() + timedelta(days=2)
    world.session.commit()
    result = retries(world, found.id)
    assert isinstance(result.error, Stale) and result.code == "cases.incident.moved_on"
