"""Finished cases replayed on another version: which would have gone another way, where they part, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.bpmn.engine import CaseSpec
from app.cases.migration.replay import recorded_steps_from_history
from app.cases.replays.queries import ReplayReport, replay_finished_cases
from app.cases.replays.rules import find_first_difference_of_replay
from app.diagrams.versions import load_version
from app.texts.messages import MESSAGES_BY_CODE
from tests.cases.migration.histories import Running, spec_of
from tests.scenarios.versions import SECOND_VISA, publishes, retitled, without_deputy_of_head
from tests.scenarios.world import World
from tests.support.query_counter import statements

ENDS = {"good": "granted", "bad": "refused"}


def asked(condition: str, **parts: Any) -> CaseSpec:
    """One decision, and two ends behind it."""
    return spec_of(
        f"begin > ask\nask > turn\nturn > good: {condition}\nturn > bad",
        tasks={"ask": {}},
        exclusive=["turn"],
        ends=ENDS,
        defaults={"turn": "bad"},
        **parts,
    )


def finished(decision: str) -> Running:
    case = Running(asked("ask.decision == 'approve'"))
    case.completes("ask", decision=decision)
    assert case.step.done
    return case


def parting(case: Running, target: CaseSpec) -> tuple[str, str] | None:
    outcome = case.model.ends[case.step.end or ""].outcome
    found = find_first_difference_of_replay(
        target, case.model, recorded_steps_from_history(case.rows), outcome
    )
    if found is None:
        return None
    assert found.code in MESSAGES_BY_CODE
    return found.code.rpartition(".")[2], found.step


def test_on_its_own_version_a_case_goes_its_way():
    for decision in ("approve", "reject"):
        assert parting(finished(decision), asked("ask.decision == 'approve'")) is None


def test_a_changed_condition_leads_to_another_end():
    target = asked("ask.decision in ['approve', 'reject']")
    assert parting(finished("approve"), target) is None
    assert parting(finished("reject"), target) == ("other_end", "good")


def test_a_step_added_behind_the_last_one_leaves_the_case_open():
    target = spec_of("begin > ask\nask > visa\nvisa > over", tasks={"ask": {}, "visa": {"approves": "true"}})
    assert parting(finished("approve"), target) == ("approval_missing", "visa")


def test_a_wait_added_behind_the_last_step_leaves_the_case_open():
    target = spec_of("begin > ask\nask > later\nlater > over", tasks={"ask": {}}, timers={"later": ""})
    assert parting(finished("approve"), target) == ("still_running", "later")


def test_a_step_that_is_gone_is_where_they_part():
    target = spec_of("begin > other\nother > over", tasks={"other": {}})
    assert parting(finished("approve"), target) == ("step_gone", "ask")


# --- cases of the database --------------------------------------------------------------------------------


@pytest.fixture
def world(db_session: Any, clock: Any) -> Iterator[World]:
    yield World(db_session, clock)


def replayed(world: World, target: UUID, size: int = 100) -> ReplayReport:
    world.session.rollback()
    return replay_finished_cases("late_correction", load_version(target).spec, size)


def granted(world: World) -> UUID:
    case = world.teacher().requests_correction()
    for role in ("department_head", "directorate", "academic_office", "it_admin"):
        world.actor(role).approves(case)
    assert world.case(case).outcome == "applied"
    return case


def refused(world: World) -> UUID:
    case = world.teacher().requests_correction()
    world.head().rejects(case)
    return case


def found(report: ReplayReport) -> list[tuple[str, str, list[UUID]]]:
    return [
        (one.reason.code.rpartition(".")[2], one.reason.step, [case.id for case in one.cases])
        for one in report.partings
    ]


def test_a_second_visa_parts_from_those_who_were_granted_only(world):
    rejected, applied = refused(world), granted(world)
    report = replayed(world, publishes(world, SECOND_VISA))
    assert found(report) == [("approval_missing", "second_visa", [applied])]
    assert (report.same, report.other, report.unreadable, report.total) == (1, 1, 0, 2)
    assert rejected not in found(report)[0][2]


def test_another_title_changes_nobodys_way(world):
    refused(world), granted(world)
    report = replayed(world, publishes(world, retitled))
    assert (report.same, report.other) == (2, 0)


def test_running_and_withdrawn_cases_are_not_replayed(world):
    world.teacher().requests_correction()
    report = replayed(world, publishes(world, without_deputy_of_head))
    assert (report.total, report.unreadable) == (0, 0)


def test_only_the_last_cases_are_replayed(world, clock):
    first = refused(world)
    clock.advance(hours=1)
    last = refused(world)
    report = replayed(world, publishes(world, SECOND_VISA), size=1)
    assert report.total == 1 and first != last


def test_a_replay_sends_as_many_statements_for_many_cases_as_for_one(world):
    target = publishes(world, SECOND_VISA)
    sent = []
    for _ in range(2):
        refused(world)
        replayed(world, target)
        with statements() as texts:
            replayed(world, target)
        sent.append(len(texts))
        assert not any("cases.state" in text for text in texts)
    assert sent[0] == sent[1]
