"""The commission exists by an order: the office drafts, the rector signs, then nobody changes it (6.3, P07)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app import operations
from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_case
from app.journal.commissions.commands import publish_commission_order
from app.journal.commissions.queries import (
    describe_commission,
    find_deciding_commission_id,
    load_commission_list_rows,
)
from app.journal.tables import Commission, CommissionOrder, CommissionSeat
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.people.approvals import Approval, ApprovalContext
from tests.scenarios import commissions
from tests.scenarios.excuses import news

pytestmark = pytest.mark.clause("6.3")


def wrong(world, **other):
    with pytest.raises(Invalid) as refused:
        commissions.drafts(world, **other)
    return {key: problems[0].code for key, problems in refused.value.fields.items()}


def test_the_rector_signs_the_office_publishes_and_everybody_in_it_is_told(world):
    case = commissions.drafts(world)
    assert world.open_elements(case) == ["sign_rector"]
    commissions.rector(world).approves(case)
    assert commissions.published(world) == [], "a signature alone forms nothing"
    assert world.office().completes(case).outcome == "formed"
    (made,) = commissions.published(world)
    told = set(news(world, "journal.commission.formed")[0]["recipients"])
    assert told == {str(seat.person) for seat in commissions.sitting(world, made.id)}
    assert (made.kind, made.order_no, made.quorum) == ("APPEAL", "41-К", 2)


def test_for_an_institute_the_directorate_says_what_it_thinks_first(world):
    case = commissions.drafts(world, scope={"unit": str(world.school.institute)})
    assert world.open_elements(case) == ["opinion_directorate"]
    world.directorate().completes(case, decision="agree")
    assert world.open_elements(case) == ["sign_rector"]


def test_a_silent_directorate_holds_nothing_up(world):
    case = commissions.drafts(world, scope={"course": str(world.school.course)})
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0, "the last second of the working day is in time"
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == ["sign_rector"]


def test_what_the_directorate_proposes_comes_back_to_the_office_and_may_become_one_of_the_university(world):
    case = commissions.drafts(world, scope={"unit": str(world.school.institute)})
    world.directorate().completes(case, decision="return", **commissions.WORDS)
    world.office().completes(case, decision="resubmit", **commissions.order(world))
    assert world.open_elements(case) == ["sign_rector"], "the new draft is for the whole university"
    commissions.rector(world).approves(case)
    world.office().completes(case)
    (made,) = commissions.published(world)
    assert made.unit_id is None


def test_the_rector_sends_back_or_rejects_and_the_office_may_take_it_back(world):
    first = commissions.drafts(world)
    commissions.rector(world).returns(first)
    assert world.office().completes(first, decision="withdraw").outcome == "withdrawn"
    second = commissions.drafts(world)
    assert commissions.rector(world).rejects(second).outcome == "rejected"
    assert commissions.published(world) == []


def test_a_vice_rector_signs_when_the_rector_is_late(world):
    commissions.rector(world)
    case = commissions.drafts(world)
    world.days_pass(4)
    assert world.open_elements(case) == ["sign_vice_rector"]
    commissions.vice_rector(world).approves(case)
    assert world.office().completes(case).outcome == "formed"


@pytest.mark.clause("3.1")
def test_nobody_but_the_office_drafts_and_who_drafted_does_not_sign(world):
    for actor in (world.teacher(), world.directorate(), world.it()):
        with pytest.raises(Denied), door.write(actor.act()):
            start_case(actor.act(), UUID(int=7), "commission", {})
    commissions.rector(world)
    case = commissions.drafts(world)
    (task,) = world.open_tasks(case)
    assert world.people["academic_office"] in task.excluded


def test_one_chair_one_secretary_three_votes_and_a_quorum_of_more_than_half(world):
    two_chairs = commissions.seats(world, "CHAIR", "CHAIR", "SECRETARY", "MEMBER")
    code = "journal.commission.one_chair_one_secretary"
    assert wrong(world, seats=two_chairs) == {"commission": code}
    lonely = commissions.seats(world, "CHAIR", "SECRETARY", "MEMBER")
    assert wrong(world, seats=lonely) == {"commission": "journal.commission.too_few"}
    same = commissions.seats(world)
    same[1] = {**same[0], "part": "SECRETARY"}
    assert wrong(world, seats=same) == {"commission": "journal.commission.twice"}
    four = commissions.seats(world, "CHAIR", "SECRETARY", "MEMBER", "MEMBER", "MEMBER")
    assert wrong(world, seats=four, quorum=2) == {"quorum": "journal.commission.quorum"}
    assert wrong(world, seats=four, quorum=5) == {"quorum": "journal.commission.quorum"}
    commissions.drafts(world, seats=four, quorum=3)


def test_dates_that_make_no_sense_are_refused_by_their_field(world):
    before, after = commissions.day(world, -1).isoformat(), commissions.day(world, 500).isoformat()
    past = {"order_date": before, "valid_from": before, "valid_until": before}
    assert wrong(world, **past) == {"valid_until": "journal.commission.backwards"}
    assert wrong(world, valid_until=after) == {"valid_until": "journal.commission.too_long"}
    assert wrong(world, valid_from=before) == {"valid_from": "journal.commission.before_order"}


def test_an_order_number_is_used_once(world):
    commissions.formed(world)
    assert wrong(world) == {"order_no": "journal.commission.number_taken"}


def test_two_orders_with_one_number_at_once_and_the_second_goes_back(world):
    first, second = commissions.drafts(world), commissions.drafts(world)
    for case in (first, second):
        commissions.rector(world).approves(case)
    assert world.office().completes(first).outcome == "formed"
    assert world.office().completes(second).outcome is None
    assert world.open_elements(second) == ["rework_office"]
    world.office().completes(second, decision="resubmit", **commissions.order(world, order_no="42-К"))
    commissions.rector(world).approves(second)
    assert world.office().completes(second).outcome == "formed"


def test_nothing_of_a_published_commission_changes_for_anybody(world):
    commission = commissions.formed(world)
    for model, change in (
        (Commission, {"quorum": 3}),
        (CommissionSeat, {"part": "MEMBER"}),
        (CommissionOrder, {"order_no": "1"}),
    ):
        with pytest.raises(DBAPIError):
            world.session.query(model).update(change)
        world.session.rollback()
        with pytest.raises(DBAPIError):
            world.session.query(model).delete()
        world.session.rollback()
    assert describe_commission(commission)["quorum"] == 2


def test_without_the_rectors_signature_on_exactly_this_the_menu_publishes_nothing(world):
    first, second = commissions.drafts(world), commissions.drafts(world, order_no="42-К")
    asked, act = world.case(first), world.office().act()
    signature = Approval("rector", UUID(int=5), None, act.at, "sign", 1, "0")
    for approvals, code in (((), "missing"), ((signature,), "missing")):
        ground = ApprovalContext(asked.requester, {}, asked.subject_hash, approvals)
        with pytest.raises(Refused) as refused, door.write(act):
            operations.run_operation(
                "journal.publish_commission", act, {"commission": str(asked.subject_id)}, ground
            )
        assert refused.value.code == f"operations.approval.{code}"
    other = world.case(second)
    ground = ApprovalContext(
        other.requester, {}, other.subject_hash, (replace(signature, subject_hash=other.subject_hash),)
    )
    with pytest.raises(Refused) as refused, door.write(act):
        operations.run_operation(
            "journal.publish_commission", act, {"commission": str(asked.subject_id)}, ground
        )
    assert refused.value.code == "operations.approval.other_subject"


def test_publishing_and_sending_twice_is_harmless(world):
    case = commissions.drafts(world)
    commissions.rector(world).approves(case)
    (task,) = world.open_tasks(case)
    world.office().completes(case)
    with door.write(world.office().act()):
        assert complete_task(world.office().act(), task.id, {}).repeated
    with door.write(world.office().act()):
        assert publish_commission_order(world.office().act(), world.case(case).subject_id) == "published"
    assert len(news(world, "journal.commission.formed")) == 1


def test_the_same_request_twice_is_one_and_with_other_content_refused(world):
    case = commissions.drafts(world, order_no="43-К")
    assert commissions.drafts(world, case=case, order_no="43-К") == case
    with pytest.raises(Stale):
        commissions.drafts(world, case=case, order_no="44-К")


def test_the_narrowest_commission_decides_and_a_later_order_replaces(world):
    school, today = world.school, local_day(world.clock())

    def decides(kind="APPEAL", on=today):
        return find_deciding_commission_id(kind, school.offering, on)

    assert decides() is None
    wide = commissions.formed(world)
    assert decides() == wide
    case = commissions.drafts(world, order_no="42-К", scope={"course": str(school.course)})
    world.directorate().completes(case, decision="agree")
    commissions.rector(world).approves(case)
    world.office().completes(case)
    narrow = world.case(case).subject_id
    assert decides() == narrow
    assert decides("AUTHORISED") is None
    world.clock.advance(hours=1)
    later = commissions.formed(world, order_no="45-К")
    states = {row.id: row.state for row in load_commission_list_rows(today)}
    assert states == {wide: "replaced", narrow: "valid", later: "valid"}
    assert decides(on=today + timedelta(days=121)) is None


def test_a_member_sees_the_commissions_he_sits_in(world):
    commission = commissions.formed(world)
    member = commissions.sitting(world, commission)[2].person
    assert [row.id for row in load_commission_list_rows(local_day(world.clock()), member)] == [commission]
    assert load_commission_list_rows(local_day(world.clock()), world.school.lecturer) == []
