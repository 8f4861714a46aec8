"""Points that came after the sheet was signed wait for a commission, and its protocol counts them (5.4.3, P08)."""

from __future__ import annotations

import pytest

from app.cases.commands.start import start_case
from app.cases.models import Case
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied
from app.kernel.ids import new_id
from tests import appealing
from tests.excusing import news

pytestmark = pytest.mark.clause("5.4.3")


@pytest.fixture
def parked(world, sheets):
    """A work-off accepted with 80 points after the module sheet was signed; answers the lesson."""
    appealing.commission(world)
    lesson = world.missed(3)
    case = world.student_actor().asks_workoff(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    appealing.signed(world, sheets)
    assert world.teacher().accepts(case).outcome == "parked"
    return lesson


def proposal(world, sheets):
    sheets.delivers()
    found = world.session.query(Case).filter_by(diagram="proposal").one_or_none()
    return found.id if found else None


def held(world, case, *cast, **other):
    appealing.chair(world, case).completes(case, decision="schedule", hearing=appealing.when(world))
    world.clock.advance(hours=5)
    appealing.writes(world, case, *cast, **other)
    return appealing.chair(world, case).approves(case).outcome


def test_the_commission_counts_them_and_the_result_is_computed_anew(world, sheets, parked):
    before = sheets.result().total
    case = proposal(world, sheets)
    assert world.open_elements(case) == ["schedule_chair"]
    assert held(world, case, "RAISE", "RAISE", "KEEP", points=80) == "changed"
    appealing.released(world, sheets)
    assert sheets.result().total > before
    assert sheets.result().protocol_id is not None


def test_or_it_leaves_the_result_as_it_is(world, sheets, parked):
    case = proposal(world, sheets)
    assert held(world, case, "KEEP", "KEEP", "KEEP", points=None) == "upheld"
    assert len(appealing.versions(world, sheets)) == 1


def test_a_chair_with_a_conflict_and_a_postponed_hearing(world, sheets, parked):
    case = proposal(world, sheets)
    appealing.chair(world, case).completes(case, decision="step_aside", reason="Туугандык байланыш")
    appealing.chair(world, case).completes(case, decision="schedule", hearing=appealing.when(world))
    world.clock.advance(hours=5)
    appealing.secretary(world, case).completes(case, decision="postpone", motive="Кворум болгон жок")
    appealing.chair(world, case).completes(case, decision="schedule", hearing=appealing.when(world))
    world.clock.advance(hours=5)
    appealing.writes(world, case, points=80)
    appealing.chair(world, case).returns(case, "Жүйөсү жетишсиз")
    appealing.writes(world, case, points=80)
    assert appealing.chair(world, case).approves(case).outcome == "changed"


def test_nobody_begins_a_proposal_by_hand_and_news_twice_begin_one(world, sheets, parked):
    assert len(news(world, "journal.workoff.parked")) == 1
    proposal(world, sheets)
    sheets.delivers()
    assert world.session.query(Case).filter_by(diagram="proposal").count() == 1
    act = Act(world.people["academic_office"], None, world.clock(), world.office().hats)
    with pytest.raises(Denied), door.write(act):
        start_case(act, new_id(), "proposal", {})
