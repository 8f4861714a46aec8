"""Large rosters: the sending answers at once, the worker makes the plan, and it can be cancelled and kept too long."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from app.exchange import planning, queries
from app.exchange.models import ImportPlanLine, ImportProgress, RosterImport
from app.exchange.planning import (
    PlanningCancelled,
    _PlanningReport,
    cancel_planning,
    drop_old_plans,
)
from app.exchange.read import read_roster
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.errors import Invalid, Refused, Stale
from app.people.models import StudyGroup
from tests.exchange.rostering import Rosters
from tests.exchange.test_imports import Office, bells, count, office, works  # noqa: F401
from tests.exchange.test_oneroster import zipped
from tests.support.large_roster import large_roster
from tests.support.query_counter import statements
from tests.worker.test_killed import Drain, kill_at_every_statement

LARGE = large_roster(4000)
ANSWER_SECONDS = 2.0


def test_a_large_roster_is_kept_at_once_and_compared_by_the_worker(office: Office, works: Any):  # noqa: F811
    started = time.perf_counter()
    made = office.sends(LARGE, name="large.zip")
    assert time.perf_counter() - started < ANSWER_SECONDS
    assert (office.row(made).state, office.row(made).changes) == ("planning", 0)
    with pytest.raises(Stale):
        office.looks_again(made)
    with pytest.raises(Invalid) as refused:
        office.sends(zipped())
    (problem,) = refused.value.fields["file"]
    assert (problem.code, problem.params) == ("exchange.import.other_planning", {"name": "large.zip"})
    assert office.sends(LARGE, made, name="large.zip") == made
    works()
    row = office.row(made)
    assert (row.state, row.findings, row.done, row.problem) == ("previewed", [], None, None)
    assert row.changes == count(ImportPlanLine) > 1000
    assert [name for name, _ in bells()] == ["exchange.import.planned"]
    office.asks(made)
    works()
    assert (office.row(made).state, count(StudyGroup)) == ("finished", 20)
    assert office.row(office.sends(zipped())).state == "previewed"


def test_planning_needs_as_many_statements_for_more_rows(rosters: Rosters):
    def needed(enrolments: int) -> int:
        roster = read_roster(large_roster(enrolments))
        with statements() as seen, door.read():
            planning.make_preview_plan(Act.by_system(rosters.clock()), RosterImport(group_choices={}), roster)
        return len(seen)

    assert needed(400) == needed(1200) < 25


def test_a_cancelled_plan_leaves_nothing_and_can_be_made_again(office: Office, works: Any):  # noqa: F811
    made = office.sends(LARGE)
    with door.write(office.act):
        cancel_planning(office.act, made)
        cancel_planning(office.act, made)
    works()
    assert (office.row(made).state, count(ImportPlanLine), bells()) == ("cancelled", 0, [])
    other = office.sends(LARGE)
    with pytest.raises(Refused) as refused:
        office.looks_again(made)
    assert refused.value.code == "exchange.import.other_planning"
    works()
    assert office.row(other).state == "previewed"
    office.looks_again(made)
    works()
    assert office.row(made).state == "previewed"
    with pytest.raises(Stale) as stale, door.write(office.act):
        cancel_planning(office.act, made)
    assert stale.value.code == "exchange.import.not_planning"


def test_whoever_cancels_while_rows_are_compared_stops_it(office: Office):  # noqa: F811
    made = office.sends(LARGE)
    report = _PlanningReport(made).new_callback(0, 50)
    report(1, 2)
    assert count(ImportProgress, ImportProgress.done == 25) == 1
    assert office.row(made).done == 25
    with door.write(office.act):
        cancel_planning(office.act, made)
    report(1, 2)
    with pytest.raises(PlanningCancelled):
        report(2, 2)


def test_a_plan_nobody_agreed_to_is_deleted_after_the_time_of_the_policy(office: Office, works: Any):  # noqa: F811
    made = office.sends(zipped())
    kept = office.row(made).kept_until
    assert kept is not None and (kept - office.clock()).days == 14
    with door.write(office.act):
        assert drop_old_plans(kept - timedelta(minutes=1), 10) == 0
        assert drop_old_plans(kept, 10) == 1
    row = office.row(made)
    assert (row.state, row.changes, row.counts, count(ImportPlanLine)) == ("dropped", 0, {}, 0)
    with pytest.raises(Stale):
        office.asks(made, "x")
    office.looks_again(made)
    office.asks(made)
    works()
    assert office.row(made).state == "finished"


def test_groups_are_joined_or_kept_apart_before_the_import(office: Office, works: Any):  # noqa: F811
    from app.exchange import commands
    from tests.exchange.rostering import sent

    made = office.sends(sent("or34"))
    (proposed,) = queries.load_proposed_groups(made)
    assert (proposed["name"], proposed["unit"], proposed["joined"]) == ("СТ-1-26", "Сынак институту", True)
    assert len(proposed["courses"]) == 7 and office.row(made).counts["study_group"]["insert"] == 1
    with door.write(office.act):
        commands.choose_groups(office.act, office.store, made, {proposed["key"]: False, "no:key": True})
    assert office.row(made).counts["study_group"]["insert"] == 7
    assert [one["joined"] for one in queries.load_proposed_groups(made)] == [False]
    office.asks(made)
    works()
    assert (office.row(made).state, count(StudyGroup)) == ("finished", 7)
    later = office.sends(sent("or34", classes=("k7,", "k8,,,СТ-1-26,,c1,СТ-1-26,scheduled,,i1,t1,,,\nk7,")))
    assert office.row(later).counts["study_group"]["insert"] == 1


@pytest.mark.starts
@pytest.mark.parametrize("stride", [47, pytest.param(1, marks=pytest.mark.torture)])
def test_killed_before_its_statements_a_plan_is_made_once(db_session, settings, valkey, mailbox, stride):
    office = Office(settings, system_clock)  # noqa: F811
    made = office.sends(LARGE)
    victim = Drain("tests.worker.victim", settings)
    try:
        kills = kill_at_every_statement(victim, valkey, stride=stride)
    finally:
        victim.end()
    assert kills > 36 // stride
    row = office.row(made)
    assert (row.state, len(bells())) == ("previewed", 1)
    assert row.changes == count(ImportPlanLine)
