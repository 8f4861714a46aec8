"""The inbox: what is late stands first, nobody is shown what is not his, and its cost does not grow with the tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from app.cases.commands.claim import claim_pool_task, release_pool_task
from app.cases.models import Task
from app.cases.queries import inbox
from app.cases.queries.inbox import InboxFilters, InboxOwner
from app.kernel import door
from app.kernel.act import RoleAssignment
from app.kernel.db import db, model_table
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from tests.scenarios.world import Actor, World
from tests.support.query_counter import statements


def reader(actor: Actor, *also: UUID) -> InboxOwner:
    return InboxOwner(actor.person, also, actor.assignments)


def seen(actor: Actor, **filters: Any) -> list[UUID]:
    """The tasks of all pages, in their order."""
    found: list[UUID] = []
    after = ""
    while True:
        page = inbox.load_inbox_page(reader(actor), InboxFilters(after=after, **filters), bounds(actor.world))
        found += [row.id for row in page.rows]
        if not page.next_key:
            return found
        after = page.next_key


def bounds(world: World) -> dict[str, Any]:
    now = world.clock()
    return {
        "overdue": (None, now),
        "today": (now, now + timedelta(hours=12)),
        "week": (now + timedelta(hours=12), now + timedelta(days=7)),
        "later": (now + timedelta(days=7), None),
    }


@pytest.fixture
def task(world: World) -> Task:
    """The one task of the head; the other tests multiply it."""
    case = world.teacher().requests_correction()
    (found,) = world.open_tasks(case)
    return found


@pytest.fixture(autouse=True)
def _tasks_of_the_tests_are_taken_away(world: World) -> Any:
    """Multiplied tasks have no token in any state; the world is whole without them."""
    yield
    world.session.rollback()
    world.session.query(Task).filter(Task.key.like("copy%")).delete()
    world.session.commit()


def multiplied(world: World, task: Task, times: int, **other: Any) -> list[UUID]:
    """Copies of the task, one due an hour after the other."""
    row = {column.name: getattr(task, column.name) for column in model_table(Task).columns}
    rows = [
        row
        | {"id": new_id(), "key": f"copy{number}", "due_at": task.due_at + timedelta(hours=number)}
        | other
        for number in range(1, times + 1)
    ]
    world.session.execute(insert(Task), rows)
    world.session.commit()
    return [made["id"] for made in rows]


def test_pages_follow_each_other_without_a_gap_or_a_repeat(world, task):
    copies = multiplied(world, task, 60)
    assert seen(world.head()) == [task.id, *copies]


def test_tasks_due_at_one_moment_are_paged_too(world, task):
    copies = multiplied(world, task, 60, due_at=task.due_at)
    assert sorted(seen(world.head())) == sorted([task.id, *copies])


def test_a_task_closed_between_two_pages_hides_no_other(world, task):
    copies = multiplied(world, task, 60)
    first = inbox.load_inbox_page(reader(world.head()), InboxFilters(), bounds(world))
    db.session.execute(
        update(Task).where(Task.id.in_([task.id, *copies[:10]])).values(closed_at=world.clock())
    )
    second = inbox.load_inbox_page(reader(world.head()), InboxFilters(after=first.next_key), bounds(world))
    assert second.rows[0].id == copies[24]
    db.session.rollback()


def test_what_is_late_stands_first_and_is_counted(world, task):
    (late,) = multiplied(world, task, 1, due_at=world.clock() - timedelta(days=1))
    assert seen(world.head()) == [late, task.id]
    assert seen(world.head(), due="overdue") == [late]
    counted = inbox.count_open_inbox_tasks(reader(world.head()), world.clock())
    assert (counted.mine, counted.pool, counted.overdue) == (2, 0, 1)


def test_a_task_of_a_role_waits_for_its_role_in_its_unit_only(world, task):
    (pooled,) = multiplied(world, task, 1, assignee=None, pooled=True)
    other = Actor(world, world.hires("department_head", None), (RoleAssignment("department_head", new_id()),))
    assert seen(world.head(), view="pool") == [pooled] and seen(world.head(), view="mine") == [task.id]
    assert seen(other) == [] and seen(world.directorate()) == []


def test_who_is_excluded_does_not_see_the_task_of_his_role(world, task):
    multiplied(world, task, 1, assignee=None, pooled=True, excluded=[world.people["department_head"]])
    assert seen(world.head(), view="pool") == []


def test_who_asks_is_not_offered_the_approval_of_his_own_request(world):
    colleague = world.actor("academic_office", world.hires("academic_office", None, name="Экинчи"))
    world._grant(world.school.lecturer, "academic_office", None)
    case = world.teacher().requests_correction()
    world.head().approves(case)
    world.directorate().approves(case)
    (waiting,) = world.open_tasks(case)
    asking = world.actor("academic_office", world.school.lecturer)
    assert seen(colleague, view="pool") == seen(world.office(), view="pool") == [waiting.id]
    assert seen(asking) == [] and inbox.count_open_inbox_tasks(reader(asking), world.clock()).pool == 0


def test_what_a_colleague_has_claimed_leaves_the_pool_and_comes_back_when_given_back(world, task):
    (pooled,) = multiplied(world, task, 1, assignee=None, pooled=True)
    deputy = world.actor("department_head_deputy")
    for verb, left in ((claim_pool_task, []), (release_pool_task, [pooled])):
        with door.write(world.head().act()):
            verb(world.head().act(), pooled)
        assert seen(deputy, view="pool") == left
        assert (pooled in seen(world.head(), view="mine")) == (not left)


def test_each_group_of_terms_holds_its_own_and_together_they_hold_all(world, task):
    now = world.clock()
    ages = (timedelta(hours=-1), timedelta(0), timedelta(hours=12), timedelta(days=7))
    copies = [multiplied(world, task, 1, key=f"copy_{age}", due_at=now + age)[0] for age in ages]
    found = [seen(world.head(), due=due) for due in ("overdue", "today", "week", "later")]
    assert [set(group) - {task.id} for group in found] == [{copy} for copy in copies]
    assert sorted(row for group in found for row in group) == sorted([task.id, *copies])


def test_the_tasks_of_one_process_are_listed_alone(world, task):
    (other,) = multiplied(world, task, 1, diagram="another_process")
    assert seen(world.head(), diagram="another_process") == [other]
    assert seen(world.head(), diagram="late_correction") == [task.id]


def test_who_acts_for_another_is_excluded_with_him(world, task):
    absent = new_id()
    multiplied(world, task, 1, assignee=None, pooled=True, excluded=[absent])
    acting = InboxOwner(world.people["department_head"], (absent,), world.head().assignments)
    assert inbox.load_inbox_page(acting, InboxFilters(view="pool"), bounds(world)).rows == ()


def test_a_substitute_sees_the_tasks_of_whom_he_stands_in_for(world, task):
    absent = (world.people["department_head"],)
    acting = InboxOwner(world.people["directorate"], absent, world.head().assignments)
    assert [row.id for row in inbox.load_inbox_page(acting, InboxFilters(), bounds(world)).rows] == [task.id]
    in_another_role = InboxOwner(world.people["directorate"], absent, (RoleAssignment("teacher"),))
    assert inbox.load_inbox_page(in_another_role, InboxFilters(), bounds(world)).rows == ()
    assert inbox.count_open_inbox_tasks(in_another_role, world.clock()).mine == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [("асанов", 1), ("АСАНОВ математ", 1), ("100%", 0), ("_", 0), ("жок", 0)],
)
def test_search_takes_every_word_as_it_stands(world, task, words, found):
    db.session.execute(update(Task).values(search="математика ивт-2-23 асанова айгүл"))
    page = inbox.load_inbox_page(reader(world.head()), InboxFilters(search=words), bounds(world))
    assert len(page.rows) == found
    db.session.rollback()


def test_what_one_has_done_is_listed_newest_first(world, task):
    first = task.case_id
    second = world.teacher().requests_correction()
    world.head().approves(first)
    world.clock.advance(minutes=1)
    world.head().approves(second)
    page = inbox.load_inbox_page(reader(world.head()), InboxFilters(view="done"), bounds(world))
    assert [row.case_id for row in page.rows] == [second, first]


@pytest.mark.parametrize("wrong", [{"view": "x"}, {"due": "x"}, {"after": "x"}, {"after": "W10"}])
def test_an_unreadable_filter_is_named(world, task, wrong):
    with pytest.raises(Invalid) as raised:
        inbox.load_inbox_page(reader(world.head()), InboxFilters(**wrong), bounds(world))
    assert set(raised.value.fields) == set(wrong)


def test_page_and_counts_are_one_statement_each_however_many_tasks_and_roles(world, task):
    multiplied(world, task, 200)
    assignments = tuple(RoleAssignment(role, new_id()) for role in ("teacher", "curator", "directorate"))
    many = InboxOwner(world.people["department_head"], (new_id(),), assignments)
    with statements() as page:
        inbox.load_inbox_page(many, InboxFilters(), bounds(world))
    with statements() as counted:
        inbox.count_open_inbox_tasks(many, world.clock())
    assert (len(page), len(counted)) == (1, 1)
    assert not any("cases.state" in text for text in [*page, *counted])
