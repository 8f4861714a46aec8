"""4.4.3: a late correction mends technical mistakes; what changes a result is academic, and the office says which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.audit import history
from app.cases.models import Case
from app.cases.queries.related import load_related_cases
from app.diagrams import versions
from app.journal.corrections.rules import ERROR_KINDS
from app.kernel import door
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id
from app.texts.subject_line import case_subject_line
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios import appeals
from tests.scenarios.excuses import confirmed, news
from tests.scenarios.grade_sheets import Sheets, shut_sheet
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("4.4.3")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def sheets(world: World, settings: Any) -> Sheets:
    return Sheets(world, event_handlers_by_type(settings))


def at_the_office(world: World, *edits: Any) -> Any:
    case = world.teacher().requests_correction(*edits)
    world.head().approves(case)
    world.directorate().approves(case)
    return case


def test_the_office_calls_it_academic_and_nothing_is_written(world):
    case = at_the_office(world)
    assert world.office().reclassifies(case).outcome == "reclassified"
    assert (world.cell().value, world.case(case).status) == ("ABSENT", "done")
    assert world.open_tasks(case) == []
    world.is_whole()


def test_calling_it_academic_needs_a_reason(world):
    case = at_the_office(world)
    with pytest.raises(Invalid) as raised:
        world.office().completes(case, decision="reclassify")
    assert "reason" in raised.value.fields and world.case(case).status == "open"


@pytest.mark.parametrize("role", ["department_head", "directorate", "it_admin"])
def test_nobody_but_the_office_reclassifies(world, role):
    case = world.teacher().requests_correction()
    chain = {"department_head": (), "directorate": ("department_head",)}
    before = chain.get(role, ("department_head", "directorate", "academic_office"))
    for earlier in before:
        world.actor(earlier).approves(case)
    with pytest.raises(Invalid) as raised:
        world.actor(role).completes(case, decision="reclassify", reason="Бул академиялык баа")
    assert "decision" in raised.value.fields


def test_a_request_names_one_of_the_technical_mistakes_and_no_other(world):
    assert set(ERROR_KINDS) == {"typo", "wrong_date_or_column", "system_fault"}
    with pytest.raises(Invalid) as raised:
        world.teacher().starts(new_id(), [world.edit()], error_kind="better_grade")
    assert "error_kind" in raised.value.fields


def test_a_result_under_a_closed_sheet_is_no_matter_of_a_technical_correction(world):
    covers = (world.clock() - timedelta(days=1)).date()
    sheet = world.school.sheet(covers)
    act = world.office().act()
    world.session.rollback()
    with door.write(act):
        shut_sheet(act, sheet)
    with pytest.raises(Refused) as raised:
        world.teacher().requests_correction()
    assert raised.value.clause == "7.6"


# --- what is academic goes to a commission ------------------------------------------------------------------


@pytest.fixture
def proposed(world, sheets):
    """A correction that the office reclassified, and its proposal before the authorised commission."""
    appeals.commission(world)
    correction = at_the_office(world)
    assert world.office().reclassifies(correction).outcome == "reclassified"
    sheets.delivers()
    (proposal,) = world.session.query(Case).filter_by(diagram="proposal").all()
    return correction, proposal.id


def heard(world, case, *cast):
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.clock.advance(hours=25)
    answers = {
        "decision": "complete",
        "protocol": appeals.votes(world, case, *cast),
        "motive": appeals.MOTIVE,
    }
    appeals.secretary(world, case).completes(case, **answers)
    return appeals.chair(world, case).approves(case).outcome


def test_reclassified_as_academic_it_opens_a_proposal_that_shows_the_change(world, proposed):
    correction, proposal = proposed
    row = world.case(proposal)
    assert row.subject["change_set"] == str(world.case(correction).subject_id)
    (cell,) = row.subject["cells"]
    assert (cell["old"], cell["new"]) == ("ABSENT", "PRESENT") and row.requester == world.school.lecturer
    assert world.open_elements(proposal) == ["schedule_chair"] and world.cell().value == "ABSENT"
    sitting = appeals.hearing(world, proposal)
    assert str(world.school.lecturer) in sitting.excluded, "who asked does not decide"
    linked = {one.id for one in load_related_cases(world.office().act(), world.case(correction))}
    assert proposal in linked
    appeals.chair(world, proposal).completes(proposal, decision="schedule", hearing=appeals.when(world))
    (told,) = news(world, "journal.hearing.invited")
    assert (told["kind"], told["clause"]) == ("CHANGE", "4.4.3")


def test_a_proposal_about_several_students_names_and_concerns_all_of_them(world, sheets):
    appeals.commission(world)
    other = world.school.students[1]
    lesson = world.missed(8, student=other)
    edits = [world.edit(), world.edit(lesson=str(lesson), student=str(other))]
    correction = at_the_office(world, *edits)
    assert world.office().reclassifies(correction).outcome == "reclassified"
    sheets.delivers()
    (proposal,) = world.session.query(Case).filter_by(diagram="proposal").all()
    assert {world.student, other} <= set(proposal.about)
    names = {cell["student"] for cell in proposal.subject["cells"]}
    line = case_subject_line(proposal.subject, "en")
    assert len(names) == 2 and any(f"{name} and 1 more: 2 marks" in line for name in names)
    appeals.chair(world, proposal.id).completes(proposal.id, decision="schedule", hearing=appeals.when(world))
    (told,) = news(world, "journal.hearing.invited")
    assert {str(world.student), str(other)} <= set(told["recipients"])


def test_the_commission_changes_the_marks_by_a_protocol_that_office_and_it_release(world, sheets, proposed):
    _correction, proposal = proposed
    assert heard(world, proposal, "RAISE", "RAISE", "KEEP") == "changed"
    assert world.cell().value == "ABSENT", "a protocol alone changes nothing"
    case = appeals.correction(world, sheets)
    world.office().approves(case)
    assert world.open_elements(case) == ["release_it"], "no sheet is closed, so no visas"
    assert world.it().approves(case).outcome == "applied"
    written = history.load_object_audit_entries(world.cell().id)[-1]
    assert (world.cell().value, written.clause, written.case) == ("PRESENT", "4.4.3", case)


def test_or_it_leaves_them_and_the_same_news_begin_it_once(world, sheets, proposed):
    _correction, proposal = proposed
    assert heard(world, proposal, "KEEP", "KEEP", "RAISE") == "upheld"
    sheets.delivers()
    assert world.session.query(Case).filter_by(diagram="academic_correction").all() == []
    assert len(world.session.query(Case).filter_by(diagram="proposal").all()) == 1
    assert world.cell().value == "ABSENT"


def test_marks_that_changed_meanwhile_are_not_written_and_the_case_ends(world, sheets, proposed):
    _correction, proposal = proposed
    assert heard(world, proposal, "RAISE", "RAISE", "KEEP") == "changed"
    case = appeals.correction(world, sheets)
    world.office().approves(case)
    confirmed(world, world.student_actor().hands_in(world.day(21), note="Оорукана кеч берди"))
    assert world.status(world.lesson) == "SICK"
    assert world.it().approves(case).outcome == "outdated"
    assert world.status(world.lesson) == "SICK"
