"""Who opens a case, who writes in it, and what is kept from whom: the condition in SQL and the rule in Python agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.cases.access import (
    can_read_case_content,
    can_see_case,
    can_write_in_case,
    is_case_content_hidden_for,
    visible_cases_condition,
)
from app.cases.commands.attach import attach_file_to_case
from app.cases.commands.claim import claim_pool_task, release_pool_task
from app.cases.commands.comments import add_case_comment
from app.cases.models import Attachment, Case, History
from app.cases.queries.case_details import load_case_view
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Missing
from app.kernel.ids import new_id
from app.people.models import Membership, StudyGroup
from tests.scenarios.world import Actor
from tests.support.query_counter import statements


def wide(world: Any, role: str) -> Actor:
    return Actor(world, world.hires(role, None, name=f"{role} башка"), (RoleAssignment(role),))


def other_curator(world: Any) -> Actor:
    """The curator of another group of the same institute."""
    person = world.hires("curator", world.school.institute, name="Башка")
    world.session.add(
        StudyGroup(id=new_id(), name="ИВТ-9-25", unit_id=world.school.institute, curator_id=person)
    )
    world.session.commit()
    return Actor(world, person, (RoleAssignment("curator", world.school.institute),))


@pytest.fixture
def cases(world: Any) -> dict[str, UUID]:
    """A correction and an excuse about the student of the world's group."""
    world.missed(5)
    return {
        "correction": world.teacher().requests_correction(),
        "excuse": world.student_actor().hands_in(world.day(5)),
    }


def everybody(world: Any) -> dict[str, Actor]:
    """Somebody of each kind: those near to the cases, and those who only look on."""
    curating = world.curator()
    teaching = Actor(
        world,
        world.school.lecturer,
        (RoleAssignment("teacher", world.school.department), *curating.assignments),
    )
    stranger = world.hires("department_head", world.school.other_department)
    substitute = world.hires("teacher", world.school.other_department, name="Орун басар")
    return {
        "student": world.student_actor(),
        "another student": world.student_actor(world.school.students[1]),
        "teacher": world.teacher(),
        "curator": curating,
        "curator who teaches": teaching,
        "curator of another group": other_curator(world),
        "curator without a group": Actor(
            world, world.hires("curator", world.school.institute), curating.assignments
        ),
        "head": world.head(),
        "head elsewhere": Actor(
            world, stranger, (RoleAssignment("department_head", world.school.other_department),)
        ),
        "directorate": world.directorate(),
        "office": world.office(),
        "it": world.it(),
        "auditor": wide(world, "auditor"),
        "rector": wide(world, "rector"),
        "for the head": Actor(
            world, substitute, world.head().assignments, behalf=world.people["department_head"]
        ),
        "for the curator": Actor(world, substitute, curating.assignments, behalf=curating.person),
        "for the teacher": Actor(
            world, substitute, world.teacher().assignments, behalf=world.school.lecturer
        ),
        "for the teacher as a head": Actor(
            world,
            substitute,
            (RoleAssignment("department_head", world.school.other_department),),
            behalf=world.school.lecturer,
        ),
    }


WRITE = {
    "correction": {
        "student",
        "teacher",
        "curator who teaches",
        "head",
        "for the head",
        "for the teacher",
    },
    "excuse": {"student", "directorate"},
}
"""Who asked, whom it is about, and who has a step: the head of the department, the directorate of the student."""
NOT_SEEING = {
    "correction": {
        "another student",
        "curator of another group",
        "curator without a group",
        "head elsewhere",
        "rector",
        "for the teacher as a head",
    },
    "excuse": {
        "another student",
        "teacher",
        "curator who teaches",
        "curator of another group",
        "curator without a group",
        "head",
        "head elsewhere",
        "rector",
        "for the head",
        "for the teacher",
        "for the teacher as a head",
    },
}
PAPERS = {"student", "directorate"}


def test_rule_and_condition_agree_for_everybody_about_every_case(world, cases):
    people = everybody(world)
    for name, case_id in cases.items():
        case = world.case(case_id)
        for who, actor in people.items():
            act = actor.act()
            rule = can_see_case(act, case)
            condition = (
                world.session.scalar(select(Case.id).where(Case.id == case_id, visible_cases_condition(act)))
                is not None
            )
            assert rule == condition == (who not in NOT_SEEING[name]), (name, who)
            assert can_write_in_case(act, case) == (who in WRITE[name]), (name, who)
            papers = can_read_case_content(act, case) and rule
            assert papers == (rule if name == "correction" else who in PAPERS), (name, who)


def test_a_comment_or_a_file_of_who_only_reads_is_refused_and_leaves_nothing(world, cases):
    onlookers = [world.office(), world.it(), wide(world, "auditor"), world.curator(), world.head()]
    for actor in onlookers:
        file = world.scan(actor)
        seen = can_see_case(actor.act(), world.case(cases["excuse"]))
        for write in (
            lambda act: add_case_comment(act, cases["excuse"], new_id(), "Кошумча"),
            lambda act, file=file: attach_file_to_case(act, cases["excuse"], file),
        ):
            with pytest.raises(Denied if seen else Missing) as refused, door.write(actor.act()):
                write(actor.act())
            assert not seen or (refused.value.code, refused.value.clause) == ("cases.case.only_read", None)
    kinds = world.session.scalars(select(History.kind).where(History.case_id == cases["excuse"])).all()
    assert "commented" not in kinds
    papers = select(func.count()).select_from(Attachment).where(Attachment.case_id == cases["excuse"])
    assert world.session.scalar(papers) == 1, "the scan the student handed in"


def test_a_comment_makes_nobody_a_participant(world, cases):
    """Who spoke while he had the step does not keep the case when the step and the role are gone."""
    head = world.hires("department_head", world.school.department, name="Экинчи")
    second = Actor(world, head, (RoleAssignment("department_head", world.school.department),))
    case = world.teacher().requests_correction()
    with door.write(second.act()):
        add_case_comment(second.act(), case, new_id(), "Скан кайда?")
    gone = Act(head, None, world.now(), ())
    assert not can_see_case(gone, world.case(case)) and not can_write_in_case(gone, world.case(case))
    with pytest.raises(Missing):
        load_case_view(gone, case)


def test_who_held_a_step_goes_on_seeing_and_writing(world):
    head = world.hires("department_head", world.school.department, name="Экинчи")
    case = world.teacher().requests_correction()
    second = Actor(world, head, (RoleAssignment("department_head", world.school.department),))
    (task,) = world.open_tasks(case)
    with door.write(second.act()):
        claim_pool_task(second.act(), task.id)
    second.approves(case)
    gone = Act(head, None, world.now(), ())
    assert can_see_case(gone, world.case(case)) and can_write_in_case(gone, world.case(case))
    with pytest.raises(Denied), door.write(world.office().act()):
        add_case_comment(world.office().act(), case, new_id(), "Менин кезегим эмес")


def test_who_gave_a_task_back_writes_as_long_as_it_is_his_pools(world):
    head = world.hires("department_head", world.school.department, name="Экинчи")
    case = world.teacher().requests_correction()
    second = Actor(world, head, (RoleAssignment("department_head", world.school.department),))
    (task,) = world.open_tasks(case)
    task_id = task.id
    with door.write(second.act()):
        claim_pool_task(second.act(), task_id)
    with door.write(second.act()):
        release_pool_task(second.act(), task_id)
    assert can_write_in_case(second.act(), world.case(case))


@pytest.mark.clause("2.1")
def test_a_curator_reaches_the_cases_of_the_time_in_which_the_student_was_his(world, cases):
    before = world.case(cases["excuse"])
    act = world.curator().act()
    stay = world.session.query(Membership).filter_by(person_id=world.student).one()
    today = local_day(world.now())
    stay.ends_on = today
    world.session.commit()
    assert can_see_case(act, before), "opened while he was in the group"
    new = other_curator(world)
    group = world.session.query(StudyGroup).filter_by(curator_id=new.person).one()
    joins = Membership(
        id=new_id(), person_id=world.student, group_id=group.id, starts_on=today + timedelta(days=1)
    )
    world.session.add(joins)
    world.session.commit()
    assert not can_see_case(new.act(), world.case(cases["excuse"])), "he has not come yet"
    world.clock.advance(days=2)
    act, new_act = world.curator().act(), new.act()
    later = world.student_actor().hands_in(world.day(7), note="Документ кеч берилди")
    case = world.case(later)
    assert can_see_case(act, world.case(cases["excuse"])) and can_see_case(
        new_act, world.case(cases["excuse"])
    )
    assert can_see_case(new_act, case) and not can_see_case(act, case), (
        "what began after he had left is not his any more"
    )
    for one in (cases["excuse"], later):
        for who in (act, new_act):
            found = world.session.scalar(select(Case.id).where(Case.id == one, visible_cases_condition(who)))
            assert (found is not None) == can_see_case(who, world.case(one))


def test_it_takes_one_statement_however_the_right_comes_about(world, cases):
    case = world.case(cases["correction"])
    world.session.refresh(case)
    for actor in everybody(world).values():
        act = actor.act()
        world.session.refresh(case)
        for ask in (can_see_case, can_write_in_case):
            with statements() as sent:
                ask(act, case)
            assert len(sent) <= 1, sent
        with statements() as sent:
            is_case_content_hidden_for(act, case)
        assert not sent
