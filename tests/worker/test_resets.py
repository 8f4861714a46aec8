"""3.2: a reset password rings and writes at once, and marks what is decided with it in the next days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.cases.queries.case_details import load_case_view, load_task_view
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.notices.models import BellNotice, ChosenMailChannel
from app.outbox.dispatch import deliver_due_messages
from app.people import commands
from app.people.models import Account, Person
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.world import World
from tests.web.browser import Browser

pytestmark = pytest.mark.clause("3.2")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def account(world: World, person: UUID, email: str) -> None:
    world.session.rollback()
    world.session.merge(
        Account(person_id=person, login=str(person), password=commands.hash_password("х" * 12))
    )
    world.session.execute(update(Person).where(Person.id == person).values(email=email, locale="en"))
    world.session.commit()


def resets(world: World, person: UUID) -> commands.InvitationLink:
    act = world.it().act()
    world.session.rollback()
    with door.write(act):
        return commands.reset_password_by_admin(act, person)


def delivers(world: World, settings: Any) -> None:
    world.session.rollback()
    deliver_due_messages(event_handlers_by_type(settings), world.clock(), 100)
    deliver_due_messages(event_handlers_by_type(settings), world.clock(), 100)


def test_owner_and_directorate_hear_of_it_at_once_by_bell_and_letter(world, settings, mailbox):
    head, directorate = world.people["department_head"], world.people["directorate"]
    account(world, head, "head@example.kg")
    account(world, directorate, "directorate@example.kg")
    world.session.add_all(
        ChosenMailChannel(person=person, topic="requests", way="never") for person in (head, directorate)
    )
    world.session.commit()
    resets(world, head)
    delivers(world, settings)
    mailbox.wait_for(2)
    (mine,), (theirs,) = mailbox.letters("head@example.kg"), mailbox.letters("directorate@example.kg")
    assert mine["Subject"] == "An administrator reset your password"
    assert theirs["Subject"].startswith("The password of Department_Head")
    bells = world.session.execute(select(BellNotice.person, BellNotice.event_type)).all()
    assert {(head, "people.account.reset"), (directorate, "people.account.watched")} <= set(map(tuple, bells))
    assert not any(person == world.people["it_admin"] for person, _fact in bells)


def flags(world: World, case: UUID) -> list[tuple[str, str] | None]:
    world.session.rollback()
    view = load_case_view(world.office().act(), case)
    return [
        (told.reset.kind, told.reset.by) if told.reset else None
        for told in view.history_entries
        if told.kind == "completed"
    ]


def test_what_is_decided_in_the_days_after_it_says_so_to_the_last_second_and_no_longer(world, enter_as):
    head = world.people["department_head"]
    account(world, head, "head@example.kg")
    before = world.teacher().requests_correction()
    world.head().approves(before)
    world.clock.advance(minutes=1)
    given = resets(world, head)
    world.clock.advance(hours=1)
    opened_by_owner(world, given)
    during = world.teacher().requests_correction()
    world.head().approves(during)
    assert flags(world, before) == [None] and [flag and flag[0] for flag in flags(world, during)] == [
        "password"
    ]
    world.clock.advance(days=8)
    after = world.teacher().requests_correction()
    world.head().returns(after)
    assert flags(world, after) == [None] and flags(world, during)[0], (
        "the mark stays on what was decided then"
    )
    task = world.open_tasks(during)[0].id
    said = load_task_view(world.directorate().act(), task).history_entries[-1]
    assert said.reset is not None and said.reset.whose and said.reset.by
    office = enter_as(world.people["academic_office"])
    for tail in ("", "/print"):
        assert "reset the password of" in office.get(f"/cases/{during}{tail}").text
        assert "reset the password of" not in office.get(f"/cases/{before}{tail}").text
    assert "reset the password of" in enter_as(world.people["directorate"]).get(f"/tasks/{task}").text


def opened_by_owner(world: World, given: commands.InvitationLink) -> None:
    """A later password of one's own does not take the mark away."""
    act = Act(None, None, world.clock())
    world.session.rollback()
    with door.write(act):
        chosen = "менин өз сөзүм"
        commands.accept_invitation(act, commands.hash_key_for_storage(given.key), "", chosen, chosen)


def test_who_decides_in_the_place_of_somebody_whose_password_was_reset_is_marked_too(world):
    head, directorate = world.people["department_head"], world.people["directorate"]
    account(world, head, "head@example.kg")
    resets(world, head)
    today = world.now().date()
    world.stands_in(head, directorate, today, today + timedelta(days=3))
    case = world.teacher().requests_correction()
    stand_in = world.actor("department_head", directorate)
    stand_in.behalf = head
    stand_in.approves(case)
    assert [flag and flag[0] for flag in flags(world, case)] == ["password"]


@pytest.fixture
def enter_as(app: Any, world: World) -> Any:
    def come_in(person: UUID) -> Browser:
        world.session.rollback()
        world.session.merge(Account(person_id=person, login=str(person), password="never"))
        world.session.commit()
        return Browser(app).enter(person)

    return come_in
