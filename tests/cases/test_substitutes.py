"""3.2: a substitute for one role reaches the tasks of that role, while he is named for it, and never a seat."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from app.cases.access import can_see_case
from app.cases.commands.claim import claim_pool_task
from app.cases.commands.hand_back import reassign_substituted_tasks
from app.cases.models import History
from app.cases.queries import inbox
from app.cases.queries.case_details import load_task_view
from app.cases.queries.inbox import InboxFilters, InboxOwner
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Missing, Stale
from app.kernel.ids import new_id
from app.people.commands import name_substitute, revoke_substitution
from app.people.models import Substitute
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios import appeals, commissions
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import Actor, World

pytestmark = pytest.mark.clause("3.2")
DAY = timedelta(days=1)


def named(world: World, absent: UUID, substitute: UUID, role: str | None, days: int = 9) -> UUID:
    """The absent person names his substitute by the product's own command."""
    made, today = new_id(), local_day(world.now())
    act = Actor(world, absent, ()).act()
    world.session.rollback()
    with door.write(act):
        name_substitute(act, made, substitute, role, today, today + days * DAY, "Эмгек өргүүсү")
    return made


def colleague(world: World, name: str = "Алмаш") -> UUID:
    return world.hires("teacher", world.school.other_department, name=name)


def acting(world: World, person: UUID, absent: UUID, *assignments: RoleAssignment) -> Actor:
    return Actor(world, person, assignments, behalf=absent)


def listed(actor: Actor) -> set[UUID]:
    also = (actor.behalf,) if actor.behalf else ()
    reader = InboxOwner(actor.person, also, actor.assignments)
    rows = inbox.load_inbox_page(reader, InboxFilters(), {}).rows
    assert inbox.count_open_inbox_tasks(reader, actor.world.now()).mine <= len(rows)
    return {row.case_id for row in rows}


@pytest.fixture
def two_roles(world: World) -> tuple[UUID, UUID]:
    """The head, who teaches too: a visa waits for him as head, and a disputed mark as the teacher."""
    head = world.people["department_head"]
    world._grant(head, "teacher", world.school.department)
    world.school.teaches(head, "PRACTICE")
    visa = world.teacher().requests_correction()
    plea = Actor(world, head, (RoleAssignment("teacher", world.school.department),)).asks_for_late_entry()
    return visa, plea


def test_he_reaches_tasks_and_cases_of_that_role_and_no_others(world, two_roles):
    visa, plea = two_roles
    head, person = world.people["department_head"], colleague(world)
    named(world, head, person, "department_head")
    as_head = acting(world, person, head, RoleAssignment("department_head", world.school.department))
    as_teacher = acting(world, person, head, RoleAssignment("teacher", world.school.department))
    assert listed(as_head) >= {visa} and visa not in listed(as_teacher)
    (task,) = world.open_tasks(visa)
    task_id, version, element = task.id, task.version_id, task.element
    with pytest.raises(DepterError) as refused:
        as_teacher.completes_task(task_id, version, element, decision="approve")
    assert isinstance(refused.value, Missing | Stale)
    with pytest.raises(Missing):
        load_task_view(as_teacher.act(), task_id)
    assert can_see_case(as_teacher.act(), world.case(plea)), "what he asked for as a teacher"
    assert not can_see_case(as_teacher.act(), world.case(visa))
    as_head.approves(visa)
    (visa_given,) = world.session.query(History).filter_by(case_id=visa, approves=True).all()
    assert (visa_given.person, visa_given.on_behalf_of) == (person, head)


@pytest.mark.clause("6.3")
@pytest.mark.parametrize("role", ["department_head", None])
def test_a_seat_in_a_commission_is_never_his(world, settings, role):
    sheets = Sheets(world, event_handlers_by_type(settings))
    head, person = world.people["department_head"], colleague(world)
    seats = commissions.seats(world)
    seats[0] = {"person": str(head), "part": "CHAIR"}
    appeals.commission(world, seats=seats)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    appeals.secretary(world, case).completes(case, decision="admit")
    named(world, head, person, role)
    (task,) = world.open_tasks(case)
    task_id, version, element = task.id, task.version_id, task.element
    assert (element, task.assignee) == ("schedule_chair", head)
    for role_worn in ("department_head", "teacher"):
        stand_in = acting(world, person, head, RoleAssignment(role_worn, world.school.department))
        assert case not in listed(stand_in)
        with pytest.raises(DepterError) as refused:
            stand_in.completes_task(
                task_id, version, element, decision="schedule", hearing=appeals.when(world)
            )
        assert isinstance(refused.value, Missing | Stale)
        with pytest.raises((Missing, Stale)), door.write(stand_in.act()):
            claim_pool_task(stand_in.act(), task_id)
    assert appeals.hearing(world, case).held_at is None
    world.actor("department_head").completes(case, decision="schedule", hearing=appeals.when(world))
    assert appeals.hearing(world, case).held_at is not None


def test_a_role_without_the_teachers_fills_no_journal_of_his(world):
    """The absent head teaches this journal; who stands in for the head reads it as a head, and no more."""
    head, person = world.people["department_head"], colleague(world)
    world._grant(head, "teacher", world.school.department)
    world.school.teaches(head, "PRACTICE")
    named(world, head, person, "department_head")
    lesson = world.school.lesson(world.now() - timedelta(hours=2))
    edit = CellEdit(lesson, world.student, "ATTENDANCE", "ABSENT", 0)
    as_head = acting(world, person, head, RoleAssignment("department_head", world.school.department)).act()
    world.session.rollback()
    with pytest.raises(Denied), door.write(as_head):
        record_mark(as_head, edit)
    as_teacher = acting(world, person, head, RoleAssignment("teacher", world.school.department)).act()
    with door.write(as_teacher):
        assert record_mark(as_teacher, edit).status == "ABSENT"


@pytest.mark.parametrize("how", ["revoked", "ended", "another role"])
def test_once_it_is_over_nothing_is_reached_though_the_session_still_says_so(world, how):
    head, person = world.people["department_head"], colleague(world)
    case = world.teacher().requests_correction()
    made = named(world, head, person, "directorate" if how == "another role" else "department_head", days=1)
    stale = acting(world, person, head, RoleAssignment("department_head", world.school.department))
    if how == "revoked":
        act = Actor(world, head, ()).act()
        with door.write(act):
            revoke_substitution(act, made)
    elif how == "ended":
        world.clock.advance(days=2)
    (task,) = world.open_tasks(case)
    task_id, version, element = task.id, task.version_id, task.element
    with pytest.raises(Denied) as denied:
        stale.completes_task(task_id, version, element, decision="approve")
    assert (denied.value.code, denied.value.clause) == ("people.substitute.over", None)
    with pytest.raises(Denied), door.write(stale.act()):
        claim_pool_task(stale.act(), task_id)
    assert load_task_view(stale.act(), task_id).refusal.code == "people.substitute.over"
    assert world.open_elements(case) == ["endorse_department_head"]


def test_a_step_given_to_him_is_taken_in_the_absent_ones_place_and_goes_back_when_it_is_over(world):
    head, person = world.people["department_head"], colleague(world)
    first = named(world, head, person, "department_head")
    case, other = world.teacher().requests_correction(), world.teacher().requests_correction()
    himself = Actor(world, person, (RoleAssignment("teacher", world.school.other_department),))
    (task,) = world.open_tasks(case)
    assert (task.assignee, task.on_behalf_of) == (person, head)
    himself.approves(case)
    (visa,) = world.session.query(History).filter_by(case_id=case, approves=True).all()
    assert (visa.person, visa.on_behalf_of) == (person, head), "he wears no assignment of the head's"
    act = Actor(world, head, ()).act()
    with door.write(act):
        revoke_substitution(act, first)
    with pytest.raises(Denied):
        himself.approves(other)
    system = Act.by_system(world.now())
    with door.write(system):
        assert reassign_substituted_tasks(system, head, person) == 1
    with door.write(system):
        assert reassign_substituted_tasks(system, head, person) == 0
    (task,) = world.open_tasks(other)
    assert (task.assignee, task.on_behalf_of) == (head, None)
    world.head().approves(other)


def test_that_it_is_over_is_told_the_day_after_its_last_and_when_it_is_taken_back(world, settings):
    sheets = Sheets(world, event_handlers_by_type(settings))
    head, person = world.people["department_head"], colleague(world)
    named(world, head, person, None, days=1)
    case = world.teacher().requests_correction()
    assert world.open_tasks(case)[0].assignee == person
    sheets.delivers()
    assert world.open_tasks(case)[0].assignee == person, "not before its day"
    world.clock.advance(days=2)
    sheets.delivers()
    assert world.open_tasks(case)[0].assignee == head


def test_what_he_asked_for_in_the_absent_ones_place_he_sends_again_in_it(world):
    teacher, person = world.school.lecturer, colleague(world)
    named(world, teacher, person, "teacher")
    stand_in = acting(world, person, teacher, RoleAssignment("teacher", world.school.department))
    case = stand_in.requests_correction()
    world.head().returns(case)
    stand_in.resubmits(case)
    again = world.session.query(History).filter_by(case_id=case, decision="resubmit").one()
    assert (again.person, again.on_behalf_of) == (person, teacher)
    assert world.open_elements(case) == ["endorse_department_head"]


def test_a_task_of_ones_own_is_nobody_elses_though_one_acts_for_another_now(world):
    """Who acts for the head and completes what is his own leaves his own name alone behind."""
    head = world.people["department_head"]
    directorate = world.people["directorate"]
    world.session.add(
        Substitute(
            id=new_id(),
            absent_id=head,
            substitute_id=directorate,
            role=None,
            valid_from=date(2026, 10, 1),
            valid_until=date(2026, 12, 31),
        )
    )
    world.session.commit()
    world.missed(5)
    case = world.student_actor().hands_in(world.day(5))
    both = acting(world, directorate, head, RoleAssignment("department_head", world.school.department))
    both.completes(case, decision="complete")
    step = world.session.query(History).filter_by(case_id=case, kind="completed").one()
    assert (step.person, step.on_behalf_of) == (directorate, None)
