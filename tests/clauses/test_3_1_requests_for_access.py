"""3.1 (P22): a chief asks for a role of one of his people, the office confirms, IT gives it; every quarter each chief
confirms the roles of his people, and what is not confirmed ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.commands.start import start_case
from app.cases.models import Case
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people.access_models import AccessReview
from app.people.commands.access_reviews import (
    RoleAnswer,
    answer_access_review,
    close_due_access_review,
    open_due_access_review,
    remind_of_open_access_review,
)
from app.people.models import RoleGrant
from tests.scenarios.world import Actor, World

pytestmark = pytest.mark.clause("3.1")
REASON = "Жаңы семестрде сабак өтөт."


def ask(world: World, actor: Actor, person: UUID, role: str, unit: UUID | None, **other: Any) -> UUID:
    case = new_id()
    chosen = {"person": str(person), "role": role} | ({"unit": str(unit)} if unit else {})
    today = local_day(world.clock())
    answers = {
        "access": chosen,
        "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=90)).isoformat(),
        "reason": REASON,
    } | other
    with door.write(actor.act()):
        start_case(actor.act(), case, "access_request", answers)
    return case


def roles_of(world: World, person: UUID) -> list[tuple[str, UUID | None, date | None]]:
    world.session.expire_all()
    found = world.session.scalars(select(RoleGrant).where(RoleGrant.person_id == person))
    return [(one.role, one.unit_id, one.valid_until) for one in found]


def outcome(world: World, case: UUID) -> str | None:
    world.session.expire_all()
    return world.session.get_one(Case, case).outcome


def test_a_role_is_asked_for_confirmed_given_and_ended(world: World) -> None:
    newcomer, department = world.school.person("Жаңыбаева", "Айзада"), world.school.department
    case = ask(world, world.head(), newcomer, "teacher", department)
    assert roles_of(world, newcomer) == []
    world.office().approves(case)
    assert roles_of(world, newcomer) == []
    world.it().approves(case)
    until = local_day(world.clock()) + timedelta(days=90)
    assert outcome(world, case) == "granted"
    assert roles_of(world, newcomer) == [("teacher", department, until)]

    (grant,) = world.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == newcomer))
    today = local_day(world.clock()).isoformat()
    end = new_id()
    answers = {"access": {"grant": str(grant)}, "valid_until": today, "reason": REASON}
    with door.write(world.head().act()):
        start_case(world.head().act(), end, "access_request", answers)
    world.office().approves(end)
    world.it().approves(end)
    assert outcome(world, end) == "ended"
    assert roles_of(world, newcomer) == [("teacher", department, local_day(world.clock()))]

    rejected = ask(world, world.head(), world.school.person("Экинчи", "Адам"), "teacher", department)
    world.office().rejects(rejected)
    assert outcome(world, rejected) == "rejected"
    world.is_whole()


def test_nobody_asks_for_himself_confirms_or_gives_himself_a_role(world: World) -> None:
    head = world.head()
    with pytest.raises(Denied):
        ask(world, head, head.person, "teacher", world.school.department)
    with pytest.raises(Denied):
        ask(world, world.teacher(), world.school.students[0], "teacher", world.school.department)
    with pytest.raises(Invalid):
        ask(world, head, world.school.students[0], "it_admin", None)
    it = world.it()
    case = ask(world, world.office(), it.person, "auditor", None)
    # The office confirms through another of its members, and the administrator concerned gets no step.
    assert world.office().task(case) is None
    world.actor("academic_office_deputy").approves(case)
    assert it.task(case) is None
    world.actor("it_admin_deputy").approves(case)
    assert outcome(world, case) == "granted"


def test_a_request_whose_days_are_over_gives_no_role(world: World) -> None:
    newcomer = world.school.person("Жаңыбаева", "Айзада")
    case = ask(world, world.head(), newcomer, "teacher", world.school.department)
    world.office().approves(case)
    world.days_pass(91)
    world.it().approves(case)
    assert outcome(world, case) == "not_possible"
    assert roles_of(world, newcomer) == []


def review_of(world: World) -> AccessReview:
    world.session.expire_all()
    return world.session.scalars(select(AccessReview)).one()


def by_system(world: World, run: Any, *more: Any) -> Any:
    act = Act.by_system(world.clock())
    with door.write(act):
        return run(act, *more)


def answer(world: World, actor: Actor, **said: Any) -> int:
    with door.write(actor.act()):
        grants = {said["grant"]: RoleAnswer(said["confirmed"], said.get("reason", ""))}
        return answer_access_review(actor.act(), review_of(world).id, grants)


def test_what_no_chief_confirms_in_a_quarter_ends(world: World) -> None:
    lecturer, head = world.school.lecturer, world.head()
    second = world.hires("teacher", world.school.department, name="Экинчи")
    grants = dict(world.session.execute(select(RoleGrant.person_id, RoleGrant.id)).all())
    assert by_system(world, open_due_access_review)
    assert not by_system(world, open_due_access_review)
    review = review_of(world)
    assert review.closes_at - review.opened_at >= timedelta(days=14)

    assert answer(world, head, grant=grants[lecturer], confirmed=True) == 1
    assert answer(world, head, grant=grants[lecturer], confirmed=True) == 0
    with pytest.raises(Invalid):
        answer(world, head, grant=grants[second], confirmed=False)
    assert answer(world, head, grant=grants[second], confirmed=False, reason="Кетти") == 1
    with pytest.raises(Denied):
        answer(world, head, grant=grants[head.person], confirmed=True)
    answer(world, world.directorate(), grant=grants[head.person], confirmed=True)

    world.clock.set(review.closes_at - timedelta(days=8))
    assert not by_system(world, remind_of_open_access_review)
    world.clock.set(review.closes_at - timedelta(days=2))
    assert by_system(world, remind_of_open_access_review)
    assert not by_system(world, remind_of_open_access_review)

    world.clock.set(review.closes_at)
    assert answer(world, head, grant=grants[lecturer], confirmed=True) == 0
    by_system(world, close_due_access_review, 100)
    assert roles_of(world, second)[0][2] is None

    world.clock.set(review.closes_at + timedelta(minutes=1))
    with pytest.raises(Refused):
        answer(world, head, grant=grants[second], confirmed=True)
    while by_system(world, close_due_access_review, 2):
        pass
    today = local_day(world.clock())
    assert roles_of(world, lecturer)[0][2] is None
    assert roles_of(world, head.person)[0][2] is None
    assert roles_of(world, second)[0][2] == today
    assert roles_of(world, world.office().person)[0][2] == today
    # Of the two administrators, whom nobody confirmed, one stays.
    admins = [world.people["it_admin"], world.people["it_admin_deputy"]]
    assert sorted(roles_of(world, one)[0][2] is None for one in admins) == [False, True]
    assert review_of(world).closed_at is not None
    told = world.session.scalars(select(Message.event_type)).all()
    assert {"people.access_review.opened", "people.access_review.reminded", "people.role.lapsed"} <= set(told)
    assert "people.access_review.closed" in told
