"""What stands behind a case: what it followed from, what followed from it, and its deadlines as they stood on a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.models import AuditRecord
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope
from app.cases.trace.causes import WAYS, load_case_links
from app.cases.trace.object_records import load_record_keys_of_objects
from app.cases.trace.past_deadlines import load_deadlines_as_they_stood
from app.cases.trace.scope import require_object_in_reach, require_person_in_scope, require_unlimited_reader
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.people.audit_limits_rules import build_limits
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


@pytest.mark.clause("7.1")
def test_a_limited_reader_reaches_objects_and_records_of_his_units_days_and_kinds(world):
    case = world.teacher().requests_correction()
    school, today = world.school, local_day(world.clock())
    made = world.session.scalar(
        select(AuditRecord.object_id).where(AuditRecord.object_kind == "journal.change_set")
    )
    world.session.rollback()

    def reader(unit=None, *limits) -> Act:
        role = RoleAssignment("auditor", unit, limits=build_limits(*limits) if limits else None)
        return Act(world.people["academic_office"], None, world.clock(), (role,))

    def scope_of(act: Act) -> AuditScope | None:
        return load_audit_scope(act.assignments)

    def records(act: Act) -> int:
        scope = scope_of(act)
        limits = deeds_conditions(scope) if scope is not None else ()
        return len(load_record_keys_of_objects([made], None, 9, kind="journal.change_set", limits=limits))

    def reaches(act: Act, verb: str = "processes.cases") -> bool:
        try:
            require_object_in_reach(act, verb, world.case(case).units, (today, today))
        except Missing:
            return False
        return True

    far, earlier = school.other_department, today - timedelta(days=1)
    assert (reaches(reader()), records(reader())) == (True, 1)
    assert (reaches(reader(school.institute)), records(reader(school.institute))) == (True, 1)
    assert (reaches(reader(far)), records(reader(far))) == (False, 0)
    past, other_kind = reader(None, None, earlier, None), reader(None, None, None, ["people"])
    assert (reaches(past), records(past)) == (False, 0)
    assert (reaches(other_kind), records(other_kind)) == (False, 0)
    require_person_in_scope(scope_of(reader(school.institute)), world.student)
    for lost in (
        lambda: require_person_in_scope(scope_of(reader(far)), world.student),
        lambda: require_unlimited_reader(past),
    ):
        with pytest.raises(Missing):
            lost()
    world.session.rollback()
