"""What stands behind a case: what it followed from, what followed from it, and its deadlines as they stood on a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cases.trace.causes import WAYS, load_case_links
from app.cases.trace.past_deadlines import load_deadlines_as_they_stood
from app.kernel.act import Act, RoleAssignment
from app.texts.case_links import WAY_LABELS
from tests.cases.test_recount import FRIDAY, THURSDAY, end_of
from tests.scenarios.calendar import counts_anew, puts
from tests.scenarios.event_delivery import heard
from tests.scenarios.excuses import by_policy, doubted, excused, follows
from tests.support.query_counter import statements


def auditor(world) -> Act:
    return Act(world.people["academic_office"], None, world.clock(), (RoleAssignment("auditor", None),))


def test_a_deadline_stands_as_it_was_counted_on_that_day(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    puts(world.office(), THURSDAY)
    world.clock.advance(hours=1)
    before = world.clock()
    world.clock.advance(hours=1)
    counts_anew(world)
    stood = load_deadlines_as_they_stood(case, before)[task.id]
    assert stood.due_at == end_of(THURSDAY)
    assert "moved" not in [step["kind"] for step in stood.computation["steps"]]
    now = load_deadlines_as_they_stood(case, world.clock() + timedelta(seconds=1))[task.id]
    assert now.due_at == end_of(FRIDAY) and now.computation["steps"][-1]["kind"] == "moved"
    assert load_deadlines_as_they_stood(case, end_of(THURSDAY) - timedelta(days=30)) == {}
    world.session.rollback()


@pytest.mark.clause("4.4.3")
def test_a_reclassified_correction_leads_to_its_commission_and_back(world):
    case = world.teacher().requests_correction()
    for actor in (world.head(), world.directorate()):
        actor.approves(case)
    world.office().reclassifies(case)
    heard(world)
    with statements() as counted:
        links = load_case_links(auditor(world), case)
    assert [one.way for one in links.effects] == ["correction_reclassified"] and links.causes == ()
    assert len(counted) <= 4, counted
    back = load_case_links(auditor(world), links.effects[0].id)
    assert case in {one.id for one in back.causes if one.way == "correction_reclassified"}
    assert load_case_links(auditor(world), case, world.case(case).opened_at).effects == ()
    world.session.rollback()


@pytest.mark.clause("4.2.4")
def test_a_confirmed_excuse_leads_to_its_entry_and_to_the_doubt_about_it(world):
    assert set(WAYS) == set(WAY_LABELS), "each way has words"
    by_policy(world, "TEACHER_AFTER_CONFIRMATION")
    _lesson, doubt = doubted(world)
    entry = follows(world)
    (stands,) = excused(world)
    effects = {one.id: one.way for one in load_case_links(auditor(world), stands.case_id).effects}
    assert effects == {entry: "excuse_entered", doubt: "excuse_doubted"}
    for case, way in effects.items():
        causes = load_case_links(auditor(world), case).causes
        assert [(one.id, one.way) for one in causes] == [(stands.case_id, way)]
    world.session.rollback()
