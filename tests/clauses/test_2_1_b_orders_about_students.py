"""2.1b: an order about students is drafted, checked and signed, and changes the lists from its effective day on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.models import Case, History, Task
from app.kernel import door
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people import queries as people
from app.people.models import Account, Membership, Person, RoleGrant
from app.people.order_models import ContingentOrderEnd
from app.people.order_rules import APPLIED, REFUSED, REPLACED, WITHDRAWN
from app.people.rules import enrolment_status
from tests.scenarios.commissions import rector
from tests.scenarios.event_delivery import heard
from tests.scenarios.orders import answers, days, drafts, group, line, signed
from tests.scenarios.world import World
from tests.support.query_counter import statements

pytestmark = pytest.mark.clause("2.1")
DAY = days(1)
NAMES = {"family_name": "Үсөнова", "given_name": "Айпери", "patronymic": "Нурлановна"}


def refusal(world: World, kind: str, *lines: dict[str, Any], **other: Any) -> set[str]:
    """The codes with which an order is refused; nothing of it stays."""
    with pytest.raises(Invalid) as refused:
        drafts(world, kind, *lines, **other)
    return {problem.code.rpartition(".")[2] for found in refused.value.fields.values() for problem in found}


def status(world: World, student: UUID, day: date) -> tuple[str, str | None]:
    world.session.rollback()
    found = enrolment_status(people.load_enrolment_periods([student])[student], day)
    return found.kind, found.ended_as


def ends(world: World) -> list[str]:
    world.session.rollback()
    return sorted(world.session.scalars(select(ContingentOrderEnd.how)))


def at_first_minute(day: date) -> datetime:
    return datetime.combine(day, time(), UNIVERSITY_ZONE)


def test_leave_return_expulsion_and_restoration_follow_each_other_each_from_its_own_day(world: World):
    today, student, here = local_day(world.clock()), world.student, world.school.group
    assert refusal(world, "RETURN", line(student, group=here)) == {"not_on_leave"}
    assert refusal(world, "RESTORE", line(student, group=here)) == {"not_expelled"}
    assert refusal(world, "LEAVE", line(student, until=today)) == {"leave_end"}, "it ends after its first day"
    signed(world, "LEAVE", line(student, until=today + days(300)))
    assert status(world, student, today - DAY) == ("belongs", None), "the day before he is of the group"
    assert status(world, student, today) == ("on_leave", "LEAVE")
    assert refusal(world, "LEAVE", line(student, until=today + days(9)), on=today + DAY) == {"on_leave"}
    assert refusal(world, "GRADUATE", line(student), on=today + DAY) == {"on_leave"}
    world.clock.advance(hours=48)
    signed(world, "RETURN", line(student, group=here))
    assert status(world, student, today + DAY) == ("on_leave", "LEAVE")
    assert status(world, student, today + 2 * DAY) == ("belongs", None)
    world.clock.advance(hours=24)
    signed(world, "EXPEL", line(student))
    assert status(world, student, today + 3 * DAY) == ("left", "EXPEL")
    assert refusal(world, "EXPEL", line(student), on=today + 4 * DAY) == {"expelled_already"}
    world.clock.advance(hours=24)
    signed(world, "RESTORE", line(student, group=here))
    assert status(world, student, today + 4 * DAY) == ("belongs", None)
    assert ends(world) == [APPLIED] * 4


def test_a_transfer_goes_to_another_group_that_goes_on_and_graduation_ends_the_study(world: World):
    today, student, here = local_day(world.clock()), world.student, world.school.group
    other, others = group(world), world.school.students[1:3]
    assert refusal(world, "TRANSFER_GROUP", line(student, group=here)) == {"own_group"}
    assert refusal(world, "TRANSFER_GROUP", line(student)) == {"group_needed"}
    case = signed(world, "TRANSFER_GROUP", line(student, group=other))
    assert world.case(case).outcome == "in_force"
    stays = people.load_enrolment_periods([student])[student]
    assert [(one.group, one.ended_as) for one in stays] == [(here, "TRANSFER"), (other, None)]
    assert refusal(world, "EXPEL", line(student), on=today) == {"later_order"}, "he came on this very day"
    signed(world, "GRADUATE", *[line(one) for one in others])
    assert {status(world, one, today) for one in others} == {("left", "GRADUATE")}
    assert refusal(world, "RESTORE", line(others[0], group=here)) == {"not_expelled"}
    assert refusal(world, "EXPEL", line(others[0])) == {"graduated_already"}


def test_new_students_come_with_names_a_role_and_a_day_and_a_rename_waits_for_its_day(world: World):
    today, here = local_day(world.clock()), world.school.group
    assert refusal(world, "ENROL", {"group": str(here), "family_name": "Үсөнова"}) == {"names_needed"}
    assert refusal(world, "TRANSFER_IN", NAMES) == {"group_needed"}
    twice = {"group": str(here), **NAMES}
    assert refusal(world, "ENROL", twice, twice) == {"student_twice"}
    signed(world, "ENROL", {"group": str(here), "email": "aiperi@example.org", **NAMES}, on=today + DAY)
    world.session.rollback()
    new = world.session.scalars(select(Person).where(Person.family_name == "Үсөнова")).one()
    grant = world.session.scalars(select(RoleGrant).where(RoleGrant.person_id == new.id)).one()
    assert (new.email, grant.role, grant.valid_from) == ("aiperi@example.org", "student", today + DAY)
    assert status(world, new.id, today)[0] == "unknown"
    assert status(world, new.id, today + DAY) == ("belongs", None)
    again = {"group": str(here), "email": "AIPERI@example.org", "family_name": "Б", "given_name": "А"}
    assert refusal(world, "ENROL", again) == {"email_taken"}
    student = world.student
    old = world.session.get(Person, student).family_name
    new_names = {"family_name": "Асанова", "given_name": "Айгүл", "patronymic": ""}
    signed(world, "RENAME", line(student, **new_names), on=today + 2 * DAY)
    heard(world)
    assert world.session.get(Person, student).family_name == old
    world.clock.set(at_first_minute(today + 2 * DAY) - timedelta(minutes=1))
    heard(world)
    assert world.session.get(Person, student).family_name == old
    world.clock.advance(minutes=1)
    heard(world)
    assert world.session.get(Person, student).family_name == "Асанова"
    assert refusal(world, "RENAME", line(student, **new_names)) == {"same_names"}


def test_the_office_checks_and_the_rector_signs_exactly_what_was_drafted_by_somebody_else(world: World):
    student, other = world.student, group(world)
    case = drafts(world, "TRANSFER_GROUP", line(student, group=other))
    assert world.open_elements(case) == ["check_office"] and rector(world).task(case) is None
    world.office().returns(case)
    kept = answers(world, "TRANSFER_GROUP", line(world.school.students[1], group=other), order_no="7-С")
    world.directorate().completes(case, decision="resubmit", **kept)
    assert ends(world) == [REPLACED]
    world.office().approves(case)
    assert status(world, student, local_day(world.clock()))[0] == "belongs"
    rector(world).rejects(case)
    assert (world.case(case).outcome, ends(world)) == ("rejected", [REFUSED, REPLACED])
    drafts(world, "TRANSFER_GROUP", line(student, group=other), order_no="7-С")
    assert refusal(world, "EXPEL", line(student), order_no=" 7-с ") == {"number_taken"}
    (waiting,) = world.session.scalars(select(Case.id).where(Case.closed_at.is_(None)))
    with door.write(world.directorate().act()):
        withdraw_case_by_requester(world.directorate().act(), waiting, "Ката кетти")
    assert ends(world) == [REFUSED, REPLACED, WITHDRAWN]
    drafts(world, "EXPEL", line(student), order_no="7-С")


def test_a_signed_paper_needs_its_scan_and_only_the_check_of_the_office(world: World):
    student, today = world.student, local_day(world.clock())
    assert refusal(world, "EXPEL", line(student), signature="paper") == {"scan_needed"}
    by = world.directorate()
    late = refusal(
        world, "EXPEL", line(student), signature="paper", order_date=str(today + DAY), files=[world.scan(by)]
    )
    assert late == {"absurd_date"}, "nobody registers a paper of tomorrow"
    case = drafts(world, "EXPEL", line(student), signature="paper", files=[world.scan(by)])
    world.office().approves(case)
    assert (world.case(case).outcome, status(world, student, today)) == ("in_force", ("left", "EXPEL"))


def test_what_is_absurd_is_refused_with_its_reason_and_nothing_stays(world: World):
    today, student = local_day(world.clock()), world.student
    assert refusal(world, "EXPEL") == {"empty"}
    assert refusal(world, "EXPEL", line(student), line(student)) == {"student_twice"}
    assert refusal(world, "EXPEL", line(student), on=today + days(401)) == {"absurd_date"}
    assert refusal(world, "EXPEL", line(student), order_date=str(today - days(401))) == {"absurd_date"}
    assert refusal(world, "EXPEL", line(world.school.lecturer)) == {"no_student"}
    stranger = world.school.person("Токтосунов", "Эрмек")
    foreign = group(world, "ЭК-1-23", unit=world.school._unit(None, "institute", "ЭИ"))
    came = Membership(id=new_id(), person_id=stranger, group_id=foreign, starts_on=date(2026, 9, 1))
    world.session.add(came)
    world.session.commit()
    assert refusal(world, "EXPEL", line(stranger)) == {"other_unit"}
    assert refusal(world, "EXPEL", line(stranger), line(student)) == {"several_units"}
    assert ends(world) == []


def test_an_order_that_another_one_overtook_goes_back_and_writes_nothing(world: World):
    student, today = world.student, local_day(world.clock())
    late = drafts(world, "LEAVE", line(student, until=today + days(90)))
    signed(world, "EXPEL", line(student))
    world.office().approves(late)
    rector(world).approves(late)
    assert world.open_elements(late) == ["rework_directorate"]
    assert status(world, student, today) == ("left", "EXPEL")


def test_a_backdated_order_opens_a_review_that_lists_the_marks_after_its_day(world: World):
    student, today = world.student, local_day(world.clock())
    lesson = world.missed(3)
    makeup = world.student_actor().asks_makeup(lesson)
    signed(world, "EXPEL", line(student), on=today - days(5), order_no="9-С")
    heard(world)
    review = world.session.scalars(select(Case).where(Case.diagram == "order_review")).one()
    assert review.subject["reviewed"][0]["days"] == [str(today - days(3))], "the lesson 20 days ago counts"
    assert world.status(lesson) == "NOT_APPLICABLE"
    assert (
        world.session.scalars(select(Task.assignee).where(Task.case_id == review.id)).one()
        == world.school.lecturer
    )
    assert world.teacher().completes(review.id, marks="kept").outcome == "reviewed"
    closed = world.session.get(Case, makeup)
    assert closed.outcome == "superseded" and closed.closed_at is not None
    kinds = set(world.session.scalars(select(History.kind).where(History.case_id == makeup)))
    assert "overtaken" in kinds, "its history says by which order"


def test_an_account_stays_open_to_read_results_and_is_closed_after_the_term_of_the_policy(world: World):
    student, today = world.student, local_day(world.clock())
    world.session.add(Account(person_id=student, login="student.one", password="x"))
    world.session.commit()
    signed(world, "EXPEL", line(student))
    last = at_first_minute(today + days(31))
    for moment, is_closed in ((last - timedelta(minutes=1), False), (last + timedelta(minutes=1), True)):
        world.clock.set(moment)
        heard(world)
        assert (world.session.get(Account, student).disabled_at is not None) == is_closed
    signed(world, "RESTORE", line(student, group=world.school.group))
    heard(world)
    assert world.session.get(Account, student).disabled_at is None
    signed(world, "LEAVE", line(student, until=today + days(300)), on=today + days(33))
    world.clock.advance(hours=72)
    signed(world, "EXPEL", line(student))
    heard(world)
    assert status(world, student, local_day(world.clock())) == ("left", "EXPEL"), "expelled from his leave"


def test_an_order_costs_the_same_statements_for_one_student_and_for_many(world: World):
    """Enrolment, return and restoration, at the signature and on the effective day."""
    today, here, school = local_day(world.clock()), world.school.group, world.school
    lone, many = school.students[:1], school.students[1:4]

    def cost(kind: str, *lines: dict[str, Any]) -> tuple[int, int]:
        case = drafts(world, kind, *lines)
        world.office().approves(case)
        with statements() as at_signature:
            rector(world).approves(case)
        with statements() as on_its_day:
            heard(world)
        return len(at_signature), len(on_its_day)

    def named(family: str) -> dict[str, Any]:
        return {"group": str(here), "family_name": family, "given_name": "Айпери", "patronymic": ""}

    cost("ENROL", named("Ж"))  # What is read once a process is read now.
    costs = {"ENROL": (cost("ENROL", named("А")), cost("ENROL", *map(named, ("Б", "В", "Г"))))}
    for students in (lone, many):
        signed(world, "LEAVE", *[line(one, until=today + days(9)) for one in students])
    for one in (*lone, *many):
        closed = Account(person_id=one, login=f"u{one.hex[-9:]}", password="x", disabled_at=world.clock())
        world.session.add(closed)
    world.session.commit()
    heard(world)
    told = world.session.scalars(
        select(Message.payload).where(Message.event_type == "people.order.acquaint").order_by(Message.id)
    )
    assert [(one["students"], one["clause"]) for one in told] == [(1, "8.7"), (1, "8.7"), (3, "8.7")]
    for kind, ending in (("RETURN", "EXPEL"), ("RESTORE", "")):
        world.clock.advance(hours=24)
        found = [cost(kind, *[line(one, group=here) for one in students]) for students in (lone, many)]
        costs[kind] = (found[0], found[1])
        world.session.rollback()
        assert not world.session.scalars(select(Account).where(Account.disabled_at.is_not(None))).all()
        if ending:
            world.clock.advance(hours=24)
            signed(world, ending, *[line(one) for one in (*lone, *many)])
            heard(world)
            world.session.execute(update(Account).values(disabled_at=world.clock()))
            world.session.commit()
    assert {kind for kind, (one, three) in costs.items() if one != three} == set(), costs


def test_the_end_of_a_leave_is_told_before_it_and_once_more_when_no_order_followed(world: World):
    today, (gone, back) = local_day(world.clock()), world.school.students[:2]
    until = today + days(30)
    signed(world, "LEAVE", line(gone, until=until), line(back, until=until))
    heard(world)

    def told(kind: str) -> list[tuple[int, bool]]:
        world.session.rollback()
        found = world.session.scalars(select(Message).where(Message.event_type == kind))
        chief = str(world.directorate().person)
        return [(one.payload["students"], chief in one.payload["recipients"]) for one in found]

    first = at_first_minute(date(2026, 11, 2))  # Ten working days before Friday the 13th.
    assert until == date(2026, 11, 13)
    world.clock.set(first - timedelta(minutes=1))
    heard(world)
    assert told("people.leave.ends") == []
    world.clock.set(first)
    heard(world)
    assert told("people.leave.ends") == [(2, True)] and told("people.leave.over") == []
    signed(world, "RETURN", line(back, group=world.school.group))
    world.clock.set(at_first_minute(until + DAY))
    heard(world)
    assert told("people.leave.over") == [(1, True)], "who came back is not named"
    assert status(world, gone, until + DAY) == ("on_leave", "LEAVE"), "only an order ends it"
