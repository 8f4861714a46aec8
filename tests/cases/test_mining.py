"""The ways of finished cases: variants, deviations from the happy path, and who may count them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.bpmn.progress import happy_path_task_ids
from app.cases.mining.rules import (
    ASIDE,
    OTHER_END,
    REPEATED,
    SKIPPED,
    Deviation,
    ExpectedWay,
    find_deviations,
)
from app.cases.mining.variant_queries import load_variant_cases_page, load_variants
from app.cases.queries.step_statistics import StatisticsFilter
from app.diagrams.versions import load_published_version_id, load_version
from tests.cases.test_processes import KEY, asks, asks_next_door, office
from tests.support.query_counter import statements

HAPPY = ["endorse_department_head", "forward_directorate", "decide_academic_office", "release_it"]
EXPECTED = ExpectedWay(("a", "b"), frozenset("abc"), frozenset({"good"}))


def test_deviations_are_steps_repeated_skipped_aside_and_other_ends():
    assert find_deviations(("a", "b"), "good", EXPECTED) == []
    assert (
        find_deviations(("b", "a", "c"), "good", EXPECTED) == []
    )  # the order is not compared; c may be passed
    assert find_deviations(("a", "b", "a"), "good", EXPECTED) == [Deviation(REPEATED, "a")]
    assert find_deviations(("a", "x", "b", "x"), "good", EXPECTED) == [Deviation(ASIDE, "x")]
    assert find_deviations(("b",), "good", EXPECTED) == [Deviation(SKIPPED, "a")]
    # After another end nobody expects the other steps.
    assert find_deviations((), "withdrawn", EXPECTED) == [Deviation(OTHER_END, "withdrawn")]


def applied(world: Any, case: Any, hours: float) -> None:
    for actor in (world.head(), world.directorate(), world.office(), world.it()):
        world.clock.advance(hours=hours)
        actor.approves(case)


def test_variants_count_cases_with_their_median_and_open_their_list(world):
    version = load_version(load_published_version_id(KEY))
    assert happy_path_task_ids(version.model) == HAPPY
    assert load_variants(office(world), KEY, StatisticsFilter()).variants == ()
    for days, hours in ((21, 1), (22, 3), (23, 2)):
        applied(world, asks(world, days), hours)
    rejected = asks(world, 24)
    world.head().returns(rejected)
    world.teacher().resubmits(rejected)
    world.head().rejects(rejected)
    with statements() as few:
        found = load_variants(office(world), KEY, StatisticsFilter())
    assert found.cases == 4 and [one.cases for one in found.variants] == [3, 1]
    straight, back = found.variants
    assert (list(straight.steps), straight.outcome, straight.median) == (HAPPY, "applied", timedelta(hours=8))
    assert list(back.steps) == [HAPPY[0], "rework_teacher", HAPPY[0]] and back.outcome == "rejected"
    applied(world, asks(world, 25), 1)
    with statements() as more:
        assert load_variants(office(world), KEY, StatisticsFilter()).cases == 5
    assert len(few) == len(more) == 1
    rows, following = load_variant_cases_page(office(world), KEY, StatisticsFilter(), [back.key])
    assert [row.id for row in rows] == [rejected] and following == "" and rows[0].readable
    # A period without an end, and a unit: the head of next door counts only his own.
    past = StatisticsFilter(
        since=world.clock() - timedelta(days=90), until=world.clock() - timedelta(days=30)
    )
    assert load_variants(office(world), KEY, past).cases == 0
    units = StatisticsFilter(units=(world.school.other_department,))
    assert load_variants(office(world), KEY, units).cases == 0
    neighbours = asks_next_door(world)
    world.clock.advance(hours=1)
    world.session.rollback()
    assert load_variants(world.head().act(), KEY, StatisticsFilter()).cases == 5
    assert world.case(neighbours).closed_at is None
