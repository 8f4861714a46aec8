"""An appeal is filed in time, heard by a commission, voted by name, and its protocol signed by the chair (6.3, P06)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from app.cases.commands.close_from_outside import SUPERSEDED_OUTCOME, CaseChangeReason, close_superseded_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.journal.appeals.queries import find_appeal_option, load_result_ids_under_appeal
from app.journal.tables import Appeal, Hearing, Protocol, ProtocolSigned
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from tests.scenarios import appeals, commissions
from tests.scenarios.excuses import news

pytestmark = pytest.mark.clause("6.3")


@pytest.fixture
def result(world, sheets):
    """A published result of the world's student, and a commission that may decide about it."""
    appeals.commission(world)
    return appeals.signed(world, sheets)


def codes(refused):
    return {key: problems[0].code for key, problems in refused.value.fields.items()}


def test_raised_points_end_the_appeal_by_a_numbered_protocol(world, sheets, result):
    case = appeals.appeals(world, result)
    assert world.open_elements(case) == ["admit_secretary"]
    assert appeals.decided(world, case, "RAISE", "KEEP", "RAISE") == "changed"
    ((protocol, signed),) = appeals.protocols(world)
    assert (signed.number, signed.year, protocol.decision, protocol.points) == (1, 2026, "CHANGED", 9)
    assert protocol.secretary_id != protocol.chair_id == signed.signed_by
    (end,) = appeals.ended(world)
    assert (end.outcome, end.protocol_id) == ("CHANGED", protocol.id)
    assert sheets.result().total == 8, "a protocol alone changes nothing"


@pytest.mark.parametrize(
    ("cast", "outcome"),
    [
        (("KEEP", "KEEP", "RAISE"), "upheld"),
        (("RAISE", "KEEP", "ABSENT"), "changed"),
        (("KEEP", "RAISE", "REEXAM"), "upheld"),
    ],
)
def test_most_votes_decide_and_at_a_tie_the_chair(world, sheets, result, cast, outcome):
    case = appeals.appeals(world, result)
    points = {} if outcome == "changed" else {"points": None}
    assert appeals.decided(world, case, *cast, **points) == outcome


def test_points_are_lowered_only_when_the_student_was_told(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    with pytest.raises(Invalid) as refused:
        appeals.writes(world, case, "LOWER", "LOWER", "KEEP", points=5)
    assert codes(refused) == {"warned": "journal.protocol.not_warned"}
    appeals.writes(world, case, "LOWER", "LOWER", "KEEP", points=5, warned=True)
    assert appeals.chair(world, case).approves(case).outcome == "changed"


def test_what_is_no_protocol_is_refused_by_its_field(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.secretary(world, case).completes(case, decision="admit")
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.teacher().completes(case, note="Критерийлер боюнча коюлду.")
    with pytest.raises(Refused) as early:
        appeals.writes(world, case)
    assert early.value.code == "journal.protocol.not_heard_yet"
    world.clock.advance(hours=25)
    for cast, other, field, code in (
        (("ABSENT", "RAISE", "RAISE"), {}, "protocol", "no_chair"),
        (("RAISE", "ABSENT", "ABSENT"), {}, "protocol", "no_quorum"),
        (("ABSENT", "KEEP", "KEEP"), {}, "protocol", "no_chair"),
        (("RAISE", "RAISE", "KEEP"), {"points": 8}, "points", "wrong_way"),
        (("KEEP", "KEEP", "KEEP"), {"points": 9}, "points", "no_points_wanted"),
    ):
        with pytest.raises(Invalid) as refused:
            appeals.writes(world, case, *cast, **other)
        assert codes(refused) == {field: f"journal.protocol.{code}"}
    with pytest.raises(Invalid) as over:
        appeals.writes(world, case, points=11)
    assert codes(over) == {"points": "journal.mark.not_points"}


def test_a_hearing_that_could_not_be_held_gets_another_day(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    appeals.secretary(world, case).completes(case, decision="postpone", motive="Кворум болгон жок")
    assert world.open_elements(case) == ["schedule_chair"]
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    assert world.open_elements(case) == ["explain_teacher"]


def test_a_silent_teacher_holds_nothing_up(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.secretary(world, case).completes(case, decision="admit")
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee) == ("explain_teacher", world.school.lecturer)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == ["write_protocol"]


def test_the_chair_sends_a_protocol_back_and_signs_the_next(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    appeals.writes(world, case)
    appeals.chair(world, case).returns(case, "Жүйөсү жетишсиз")
    assert world.open_elements(case) == ["write_protocol"]
    appeals.writes(world, case, points=10)
    assert appeals.chair(world, case).approves(case).outcome == "changed"
    ((protocol, signed),) = appeals.protocols(world)
    assert (signed.number, protocol.points) == (1, 10), "a protocol that was sent back takes no number"


def test_secretary_or_chair_do_not_admit_what_is_not_admissible(world, sheets, result):
    first = appeals.appeals(world, result)
    done = appeals.secretary(world, first).completes(first, decision="inadmissible", reason="Негизи жок")
    assert done.outcome == "inadmissible"
    second = appeals.appeals(world, result)
    appeals.secretary(world, second).completes(second, decision="admit")
    done = appeals.chair(world, second).completes(second, decision="inadmissible", reason="Негизи жок")
    assert done.outcome == "inadmissible"
    assert [end.outcome for end in appeals.ended(world)] == ["INADMISSIBLE", "INADMISSIBLE"]


def test_the_last_second_of_the_next_working_day_and_the_term_restored_after_it(world, sheets, result):
    world.clock.set(datetime(2026, 10, 15, 17, 59, 59, tzinfo=UTC))
    assert not find_appeal_option(world.student_actor().act(), result).late
    world.clock.advance(seconds=1)
    assert find_appeal_option(world.student_actor().act(), result).late
    with pytest.raises(Invalid) as late:
        appeals.appeals(world, result)
    assert codes(late) == {"late": "journal.appeal.late_needs_words"}
    case = appeals.appeals(world, result, late="Ооруканада болгом")
    with pytest.raises(Invalid) as refused:
        appeals.secretary(world, case).completes(case, decision="admit")
    assert codes(refused) == {"decision": "journal.appeal.term_not_restored"}
    appeals.secretary(world, case).completes(case, decision="restore", reason="Жүйөлүү себеп")
    assert appeals.hearing(world, case).restored


def test_in_time_there_is_no_term_to_restore(world, sheets, result):
    case = appeals.appeals(world, result)
    with pytest.raises(Invalid) as refused:
        appeals.secretary(world, case).completes(case, decision="restore", reason="Жүйөлүү себеп")
    assert codes(refused) == {"decision": "journal.appeal.nothing_to_restore"}


def test_without_a_commission_the_appeal_is_registered_and_the_office_has_to_form_one(world, sheets):
    result = appeals.signed(world, sheets)
    case = appeals.appeals(world, result)
    assert world.case(case).number, "registered at once"
    (task,) = world.open_tasks(case)
    assert (task.element, task.role) == ("convene_office", "academic_office")
    with pytest.raises(Refused) as refused:
        world.office().completes(case, decision="complete")
    assert (refused.value.code, refused.value.remedy) == ("journal.appeal.no_commission", "commission")
    appeals.commission(world)
    world.office().completes(case, decision="complete")
    assert appeals.decided(world, case) == "changed"


@pytest.mark.clause("3.1")
def test_the_author_of_the_grade_and_the_curator_never_decide(world, sheets):
    seats = commissions.seats(world)
    seats[0] = {"person": str(world.school.lecturer), "part": "CHAIR"}
    seats[3] = {"person": str(world.curator().person), "part": "MEMBER"}
    appeals.commission(world, seats=seats)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    sitting = appeals.hearing(world, case)
    assert str(world.school.lecturer) not in (str(sitting.chair_id), *sitting.members)
    assert sitting.excluded[str(world.school.lecturer)] == "AUTHOR"
    assert sitting.excluded[str(world.people["curator"])] == "CURATOR"
    assert str(sitting.chair_id) == seats[2]["person"], "the first member takes the free chair"
    assert sitting.members == [seats[4]["person"], seats[5]["person"]], "reserves take the free seats"


def test_who_declares_a_conflict_is_replaced_and_the_next_one_goes_on(world, sheets, result):
    case = appeals.appeals(world, result)
    secretary = appeals.secretary(world, case).person
    appeals.secretary(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    assert appeals.secretary(world, case).person != secretary
    appeals.secretary(world, case).completes(case, decision="admit")
    chair = appeals.chair(world, case).person
    appeals.chair(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    (task,) = world.open_tasks(case)
    assert task.element == "schedule_chair" and task.assignee == appeals.chair(world, case).person != chair


def test_a_member_with_a_conflict_is_replaced_when_the_day_is_set(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.secretary(world, case).completes(case, decision="admit")
    member = appeals.hearing(world, case).members[0]
    setting = appeals.when(world, conflicts=(member,))
    appeals.chair(world, case).completes(case, decision="schedule", hearing=setting)
    sitting = appeals.hearing(world, case)
    assert member not in sitting.members and len(sitting.members) == 2
    assert sitting.excluded[member] == "DECLARED"


def test_when_too_few_are_left_another_order_is_needed(world, sheets):
    appeals.commission(world, seats=commissions.seats(world, "CHAIR", "SECRETARY", "MEMBER", "MEMBER"))
    case = appeals.appeals(world, appeals.signed(world, sheets))
    with pytest.raises(Refused) as refused:
        appeals.secretary(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    assert refused.value.code == "journal.hearing.too_few_left"


def test_a_hearing_lies_ahead_and_within_three_working_days(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.secretary(world, case).completes(case, decision="admit")
    # From Wednesday 09:00: the last minute of that day is too soon, the first of the next one is not.
    for hours, code in (
        (-1, "in_the_past"),
        (4, "notice_too_short"),
        (15 - 1 / 60, "notice_too_short"),
        (24 * 7, "too_late"),
    ):
        with pytest.raises(Invalid) as refused:
            setting = appeals.when(world, hours)
            appeals.chair(world, case).completes(case, decision="schedule", hearing=setting)
        assert codes(refused) == {"hearing": f"journal.hearing.{code}"}
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world, 24 * 3))
    told = set(news(world, "journal.hearing.invited")[0]["recipients"])
    sitting = appeals.hearing(world, case)
    assert told == {
        str(person)
        for person in (
            world.student,
            world.school.lecturer,
            sitting.chair_id,
            sitting.secretary_id,
            *sitting.members,
        )
    }


def test_nobody_appeals_for_another_and_one_appeal_at_a_time(world, sheets, result):
    with pytest.raises(Missing):
        appeals.appeals(world, result, world.student_actor(world.school.students[1]))
    with pytest.raises(Denied):
        appeals.appeals(world, result, world.teacher())
    appeals.appeals(world, result)
    with pytest.raises(Refused) as refused:
        appeals.appeals(world, result)
    assert refused.value.code == "journal.appeal.open_already"
    assert load_result_ids_under_appeal([result]) == {result}


@pytest.mark.clause("3.1")
def test_the_curator_appeals_for_his_student_and_does_not_decide(world, sheets, result):
    case = appeals.appeals(world, result, world.curator(), world.student)
    row = world.case(case)
    assert (row.requester, row.on_behalf_of) == (world.people["curator"], world.student)
    assert str(world.people["curator"]) in appeals.hearing(world, case).excluded


def test_what_a_commission_decided_is_not_appealed_against_twice(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.decided(world, case, "KEEP", "KEEP", "KEEP", points=None)
    with pytest.raises(Refused) as refused:
        appeals.appeals(world, result, late="Кайра карагыла")
    assert refused.value.code == "journal.appeal.decided_already"


def test_an_appeal_taken_back_leaves_the_result_and_the_way_open(world, sheets, result):
    case = appeals.appeals(world, result)
    act = world.student_actor().act()
    with door.write(act):
        withdraw_case_by_requester(act, case, "Түшүндүм")
    assert [end.outcome for end in appeals.ended(world)] == ["WITHDRAWN"]
    assert load_result_ids_under_appeal([result]) == set()
    appeals.appeals(world, result)


def test_after_the_chair_signed_nothing_is_taken_back(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.decided(world, case)
    act = world.student_actor().act()
    with pytest.raises(Stale), door.write(act):
        withdraw_case_by_requester(act, case, "Кечиктим")


def test_the_same_appeal_sent_twice_is_one(world, sheets, result):
    case = appeals.appeals(world, result)
    assert appeals.appeals(world, result, case=case) == case
    assert world.session.query(Appeal).count() == 1


def test_numbers_of_protocols_have_no_gaps(world, sheets, result):
    other = sheets.result(world.school.students[1]).id
    for one, who in ((result, world.student), (other, world.school.students[1])):
        case = appeals.appeals(world, one, world.student_actor(who), late="Кеч көрдүм")
        decision = "restore" if world.case(case).subject["late"] else "admit"
        appeals.heard(
            world, case, decision=decision, **({"reason": "Жүйөлүү"} if decision == "restore" else {})
        )
        appeals.writes(world, case)
        appeals.chair(world, case).approves(case)
    assert [signed.number for _protocol, signed in appeals.protocols(world)] == [1, 2]


def test_only_the_chair_himself_signs_and_only_the_secretary_writes(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    with pytest.raises(AssertionError):
        appeals.chair(world, case).completes(case, decision="complete", motive=appeals.MOTIVE)
    appeals.writes(world, case)
    (task,) = world.open_tasks(case)
    outsider = appeals.secretary(world, case)
    with pytest.raises(Stale) as refused:
        outsider.completes_task(task.id, task.version_id, task.element, decision="approve")
    assert refused.value.code == "cases.task.taken"


def test_appeals_hearings_and_protocols_never_change(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.decided(world, case)
    for model, change in (
        (Appeal, {"late": True}),
        (Hearing, {"quorum": 1}),
        (Protocol, {"points": 10}),
        (ProtocolSigned, {"number": 7}),
    ):
        with pytest.raises(DBAPIError):
            world.session.query(model).update(change)
        world.session.rollback()
        with pytest.raises(DBAPIError):
            world.session.query(model).delete()
        world.session.rollback()


def test_only_who_sits_in_the_commission_is_named_as_not_deciding(world, sheets):
    seats = commissions.seats(world)
    seats[2] = {"person": str(world.school.lecturer), "part": "MEMBER"}
    appeals.commission(world, seats=seats)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    named = world.case(case).subject["hearing"]["excluded"]
    assert [one["why"] for one in named] == ["AUTHOR"], "the student who asked has no seat"


@pytest.mark.parametrize("alone", [True, False])
def test_an_appeal_whose_case_ends_from_outside_has_ended_too(world, sheets, result, alone):
    case = appeals.appeals(world, result)
    act = Act.by_system(world.clock()) if alone else world.it().act()
    for _ in range(2):
        world.session.rollback()
        with door.write(act):
            close_superseded_case(
                act, case, SUPERSEDED_OUTCOME, CaseChangeReason("cases.superseded.expelled", "2.1")
            )
    assert [end.outcome for end in appeals.ended(world)] == ["SUPERSEDED"]
    assert load_result_ids_under_appeal([result]) == set()
    appeals.appeals(world, result)


def test_a_replaced_member_does_not_give_the_hearing_more_time(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.secretary(world, case).completes(case, decision="admit")
    world.clock.advance(hours=24)
    appeals.chair(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    with pytest.raises(Invalid) as refused:
        appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world, 24 * 4))
    assert codes(refused) == {"hearing": "journal.hearing.too_late"}


def test_a_later_order_does_not_take_a_hearing_away_from_who_sits(world, sheets, result):
    case = appeals.appeals(world, result)
    sitting = appeals.hearing(world, case)
    others = [world.hires("teacher", world.school.department, name=f"Жаңы{n}") for n in range(6)]
    parts = ("CHAIR", "SECRETARY", "MEMBER", "MEMBER", "RESERVE", "RESERVE")
    seats = [{"person": str(one), "part": part} for one, part in zip(others, parts, strict=True)]
    appeals.commission(world, seats=seats, order_no="42-К")
    appeals.secretary(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    assert appeals.hearing(world, case).commission_id == sitting.commission_id


def test_another_examination_leaves_the_office_a_task_with_what_to_arrange(world, sheets, result):
    case = appeals.appeals(world, result)
    assert appeals.decided(world, case, "REEXAM", "REEXAM", "KEEP", points=None) == "None"
    (task,) = world.open_tasks(case)
    assert (task.element, task.role, task.policy) == (
        "arrange_office",
        "academic_office",
        "appeal.reexam_term",
    )
    (end,) = appeals.ended(world)
    assert end.outcome == "REEXAM", "the appeal is decided, only the examination is still to be arranged"
    with pytest.raises(Invalid) as empty:
        world.office().completes(case)
    assert set(empty.value.fields) == {"held_on", "place", "note"}
    arranged = {"held_on": world.day(-3).isoformat(), "place": "205-кабинет, 10:00", "note": WORDS}
    assert world.office().completes(case, **arranged).outcome == "reexam"


WORDS = "Экзаменди үч окутуучу кабыл алат, студентке жана окутуучуга билдирилди."


def test_a_chair_who_does_not_sign_in_time_still_signs_and_the_office_is_told_once(world, sheets, result):
    case = appeals.appeals(world, result)
    appeals.heard(world, case)
    appeals.writes(world, case)
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    world.days_pass(0)
    assert news(world, "journal.protocol.unsigned") == []
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == ["sign_chair"], "nobody signs in the chair's place"
    (told,) = news(world, "journal.protocol.unsigned")
    assert str(world.people["academic_office"]) in told["recipients"] and told["url"] == f"/cases/{case}"
    world.days_pass(5)
    assert len(news(world, "journal.protocol.unsigned")) == 1
    assert appeals.chair(world, case).approves(case).outcome == "changed"
