"""Points that came after the sheet was signed wait for a commission, and its protocol counts them (5.4.3, P08)."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.audit.words import unseal_json_texts
from app.cases.commands.start import start_case
from app.cases.models import Case
from app.journal.appeals.hearing_queries import describe_protocol
from app.journal.appeals.queries import load_result_ids_under_appeal
from app.journal.appeals.result_options import OpenMattersOfResult, load_open_matters_of_results
from app.journal.makeups.debt_queries import load_debts_of_student
from app.journal.student_views.absences import load_missed_lessons
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.ids import new_id
from app.notices.texts import notice_title_key
from tests.scenarios import appeals
from tests.scenarios.excuses import news
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("5.4.3")


@pytest.fixture
def parked(world, sheets):
    """A work-off accepted with 80 points after the module sheet was signed; answers the lesson."""
    appeals.commission(world)
    lesson = world.missed(3)
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    appeals.signed(world, sheets)
    assert world.teacher().accepts(case).outcome == "awaiting_commission"
    return lesson


def proposal(world, sheets):
    sheets.delivers()
    found = world.session.query(Case).filter_by(diagram="proposal").one_or_none()
    return found.id if found else None


def held(world, case, *cast, **other):
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.clock.advance(hours=25)
    appeals.writes(world, case, *cast, **other)
    return appeals.chair(world, case).approves(case).outcome


def test_the_commission_counts_them_and_the_result_is_computed_anew(world, sheets, parked):
    before = sheets.result().total
    case = proposal(world, sheets)
    assert world.open_elements(case) == ["schedule_chair"]
    assert held(world, case, "RAISE", "RAISE", "KEEP") == "changed"
    appeals.released(world, sheets)
    assert sheets.result().total > before
    assert sheets.result().protocol_id is not None


def test_or_it_leaves_the_result_as_it_is(world, sheets, parked):
    case = proposal(world, sheets)
    assert held(world, case, "KEEP", "KEEP", "KEEP") == "upheld"
    assert len(appeals.versions(world, sheets)) == 1


@pytest.mark.parametrize("vote", ["LOWER", "REEXAM"])
def test_the_points_count_as_they_were_accepted_or_they_do_not(world, sheets, parked, vote):
    case = proposal(world, sheets)
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.clock.advance(hours=25)
    with pytest.raises(Invalid) as refused:
        appeals.writes(world, case, vote, vote, "KEEP")
    assert "protocol" in refused.value.fields
    appeals.writes(world, case, "RAISE", "RAISE", "ABSENT")
    assert describe_protocol(world.case(case).subject_id)["protocol"]["new"] == "80"


def test_what_the_commission_reads_names_the_work_and_who_accepted_it(world, sheets, parked):
    said = world.case(proposal(world, sheets)).subject["makeup"]
    assert (said["points"], [one["lesson"] for one in said["missed"]]) == (80, [str(parked)])
    assert (unseal_json_texts(said)["comment"], said["accepted_on"]) == (
        "Толук жооп берди",
        world.day(0).isoformat(),
    )


@pytest.mark.clause("5.4.2")
def test_the_mark_turns_at_once_and_only_the_points_wait(world, sheets, parked):
    cell = world.school.cell(parked, world.student)
    assert (world.status(parked), cell.value, cell.made_up) == ("MADE_UP", "ABSENT", True)
    assert world.school.cell(parked, world.student, "GRADE") is None
    (absence,) = load_missed_lessons(world.student, world.clock(), [parked])
    assert (absence.status, absence.needs) == ("MADE_UP", ())
    with pytest.raises(Refused) as refused:
        world.student_actor().asks_makeup(parked)
    assert refused.value.code == "journal.makeup.no_debt"


@pytest.mark.clause("7.6")
def test_under_a_closed_sheet_the_mark_stays_and_nobody_makes_up_twice_what_was_accepted(world, sheets):
    appeals.commission(world)
    lesson, sheet = world.missed(3), world.school.sheet(world.day(1))
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
    assert world.teacher().accepts(case).outcome == "awaiting_commission"
    assert world.status(lesson) == "ABSENT"
    with pytest.raises(Refused) as refused:
        world.student_actor().asks_makeup(lesson)
    assert (refused.value.code, refused.value.clause) == ("journal.makeup.accepted_already", "5.4.3")
    (absence,) = load_missed_lessons(world.student, world.clock(), [lesson])
    assert absence.accepted and not {"work_off", "work_off_overdue"} & {need.kind for need in absence.needs}
    assert lesson not in [debt.lesson for debt in load_debts_of_student(world.student, world.clock())]


def test_points_that_wait_stand_beside_the_result_and_are_no_appeal(world, sheets, parked):
    case, result = proposal(world, sheets), sheets.result()
    place = (result.sheet_id, world.student)
    waits = OpenMattersOfResult(proposals=(UUID(world.case(case).subject["appeal"]),))
    assert load_open_matters_of_results([result.sheet_id]) == {place: waits}
    assert load_result_ids_under_appeal([result.id]) == set()
    appealed = appeals.appeals(world, result.id)
    both = load_open_matters_of_results([result.sheet_id])[place]
    assert (both.appeal, both.proposals) == (UUID(world.case(appealed).subject["appeal"]), waits.proposals)
    held(world, case)
    assert load_open_matters_of_results([result.sheet_id])[place].proposals == ()


def test_who_is_invited_is_told_that_it_is_about_points_of_a_work_off(world, sheets, parked):
    case = proposal(world, sheets)
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    (told,) = news(world, "journal.hearing.invited")
    assert told["clause"] == "5.4.3"
    assert notice_title_key("journal.hearing.invited", told) == "journal.hearing.invited:PROPOSAL"


def test_a_chair_with_a_conflict_and_a_postponed_hearing(world, sheets, parked):
    case = proposal(world, sheets)
    appeals.chair(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.clock.advance(hours=25)
    appeals.secretary(world, case).completes(case, decision="postpone", motive="Кворум болгон жок")
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.clock.advance(hours=25)
    appeals.writes(world, case)
    appeals.chair(world, case).returns(case, "Жүйөсү жетишсиз")
    appeals.writes(world, case)
    assert appeals.chair(world, case).approves(case).outcome == "changed"


def test_nobody_begins_a_proposal_by_hand_and_news_twice_begin_one(world, sheets, parked):
    assert len(news(world, "journal.makeup.awaiting_commission")) == 1
    proposal(world, sheets)
    sheets.delivers()
    assert world.session.query(Case).filter_by(diagram="proposal").count() == 1
    act = Act(world.people["academic_office"], None, world.clock(), world.office().assignments)
    with pytest.raises(Denied), door.write(act):
        start_case(act, new_id(), "proposal", {})
