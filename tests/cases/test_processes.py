"""How many cases run on a diagram, where they wait and how long a step takes; nobody counts beyond his units (3.1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.bpmn.parse import parse_diagram
from app.cases.queries.processes import (
    CASES_PER_PAGE,
    RunningFilter,
    load_diagram_versions,
    load_running_cases_page,
)
from app.cases.queries.step_statistics import StatisticsFilter, load_step_statistics
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import ShippedDiagram, read_shipped_diagrams
from app.journal.tables import Course, Offering
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from tests.journal.school import named
from tests.scenarios.world import ROOT, Actor, World
from tests.support.query_counter import statements

KEY = "late_correction"


def asks(world: World, days_ago: int = 20) -> UUID:
    """One more request, about another lesson of the same offering."""
    return _asks_about(
        world, world.school.lesson(world.clock() - timedelta(days=days_ago, hours=days_ago % 20))
    )


def asks_next_door(world: World) -> UUID:
    """A request about a discipline of the other department of the institute."""
    school = world.school
    world.hires("department_head", school.other_department, name="Кошуна")
    course = school._add(
        Course(id=new_id(), code="M9", names=named(ky="Физика"), department_id=school.other_department)
    )
    semester = world.session.get(Offering, school.offering).semester_id
    offering = school._add(
        Offering(
            id=new_id(),
            course_id=course,
            group_id=school.group,
            semester_id=semester,
            planned_hours=60,
            state="OPEN",
        )
    )
    school.teaches(school.lecturer, offering=offering)
    return _asks_about(world, school.lesson(world.clock() - timedelta(days=30), offering=offering))


def _asks_about(world: World, lesson: UUID) -> UUID:
    world._marked_absent_at(lesson, world.school.teacher_act)
    return world.teacher().requests_correction(world.edit(lesson=str(lesson), version=1))


def office(world: World) -> Act:
    return world.office().act()


def numbers(found: tuple[list[Any], str]) -> list[UUID]:
    return [row.id for row in found[0]]


def _renamed(xml: str) -> str:
    return xml.replace('name="Кафедра башчысынын визасы"', 'name="Башчынын визасы"')


def publishes_again(world: World, changed: Callable[[str], str] = _renamed) -> None:
    """The next release of the product draws something else; by default one name."""
    diagram = next(one for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms") if one.key == KEY)
    with door.write(Act.by_system(world.clock())):
        publish_shipped_diagrams(
            Act.by_system(world.clock()), [ShippedDiagram(diagram.key, changed(diagram.xml), diagram.forms)]
        )


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.bpmn")), ids=lambda path: path.stem)
def test_a_process_says_in_two_sentences_a_language_what_it_does(path):
    about = parse_diagram(path.read_bytes()).about
    assert set(about) == {"ky", "ru", "en"} and all(text.count(".") == 2 for text in about.values())


def test_a_version_counts_its_running_and_its_late_cases(world):
    first, second = asks(world, 21), asks(world, 22)
    (version,) = load_diagram_versions(office(world), KEY)
    assert (version.key, version.number, version.state) == (KEY, 1, "published")
    assert (version.running, version.late) == (2, 0)
    world.clock.advance(days=4)
    (version,) = load_diagram_versions(office(world), KEY)
    assert (version.running, version.late) == (2, 2)
    world.head().rejects(first)
    (version,) = load_diagram_versions(office(world), KEY)
    assert (version.running, version.late) == (1, 1) and load_diagram_versions(office(world), "unknown") == []
    assert numbers(load_running_cases_page(office(world), KEY, RunningFilter())) == [second]


def test_a_step_counts_who_waits_who_is_late_and_how_long_it_takes(world):
    cases = [asks(world, day) for day in (21, 22, 23)]
    assert load_step_statistics(office(world), KEY)["endorse_department_head"].median is None
    world.clock.advance(hours=2)
    world.head().approves(cases[0])
    world.clock.advance(hours=2)
    world.head().returns(cases[1])
    found = load_step_statistics(office(world), KEY)
    head = found["endorse_department_head"]
    assert (head.open, head.late, head.completed) == (1, 0, 2)
    assert head.median == timedelta(hours=3)
    assert found["forward_directorate"].open == found["rework_teacher"].open == 1
    world.clock.advance(days=4)
    assert load_step_statistics(office(world), KEY)["endorse_department_head"].late == 1
    world.clock.advance(days=100)
    assert load_step_statistics(office(world), KEY)["endorse_department_head"].median is None


def test_what_a_timer_took_away_is_no_time_that_somebody_needed(world):
    asks(world)
    world.days_pass(4)
    found = load_step_statistics(office(world), KEY)
    assert set(found) == {"visa_deputy"} and found["visa_deputy"].open == 1


def test_versions_are_counted_apart_and_steps_together(world):
    asks(world, 21)
    publishes_again(world)
    asks(world, 22)
    newest, oldest = load_diagram_versions(office(world), KEY)
    assert [(row.number, row.state, row.running) for row in (newest, oldest)] == [
        (2, "published", 1),
        (1, "retired", 1),
    ]
    assert load_step_statistics(office(world), KEY)["endorse_department_head"].open == 2
    assert (
        load_step_statistics(office(world), KEY, StatisticsFilter(version=oldest.id))[
            "endorse_department_head"
        ].open
        == 1
    )
    (case,) = load_running_cases_page(office(world), KEY, RunningFilter(version=newest.id))[0]
    assert case.version == 2


@pytest.mark.clause("3.1")
def test_a_head_counts_and_lists_the_cases_of_his_department_only(world):
    ours, theirs = asks(world), asks_next_door(world)
    head, directorate = world.head().act(), world.directorate().act()
    assert numbers(load_running_cases_page(head, KEY, RunningFilter())) == [ours]
    assert (
        load_diagram_versions(head, KEY)[0].running
        == load_step_statistics(head, KEY)["endorse_department_head"].open
        == 1
    )
    assert set(numbers(load_running_cases_page(directorate, KEY, RunningFilter()))) == {ours, theirs}
    assert (
        load_diagram_versions(directorate, KEY)[0].running
        == load_step_statistics(directorate, KEY)["endorse_department_head"].open
        == 2
    )


@pytest.mark.clause("3.1")
def test_who_keeps_the_diagrams_counts_every_case_and_reads_none(world):
    asks(world)
    keeper = world.hires("process_admin", None)
    act = Actor(world, keeper, (RoleAssignment("process_admin", None),)).act()
    (case,) = load_running_cases_page(act, KEY, RunningFilter())[0]
    assert not case.readable and case.subject == {} and case.requester == ""
    assert load_diagram_versions(act, KEY)[0].running == 1
    (case,) = load_running_cases_page(office(world), KEY, RunningFilter())[0]
    assert case.readable and case.subject and case.requester


def test_a_list_shows_the_step_or_the_late_ones_and_goes_on_by_key(world, monkeypatch):
    cases = [asks(world, day) for day in (21, 22, 23)]
    world.head().approves(cases[1])
    at = RunningFilter(step="forward_directorate")
    assert numbers(load_running_cases_page(office(world), KEY, at)) == [cases[1]]
    assert numbers(load_running_cases_page(office(world), KEY, RunningFilter(late=True))) == []
    world.clock.advance(days=4)
    assert len(numbers(load_running_cases_page(office(world), KEY, RunningFilter(late=True)))) == 3
    monkeypatch.setattr("app.cases.queries.processes.CASES_PER_PAGE", 2)
    first, after = load_running_cases_page(office(world), KEY, RunningFilter())
    rest, end = load_running_cases_page(office(world), KEY, RunningFilter(after=after))
    assert [row.id for row in first + rest] == cases and end == ""
    with pytest.raises(Invalid):
        load_running_cases_page(office(world), KEY, RunningFilter(after="nonsense"))


def test_a_page_of_cases_costs_one_statement_and_opens_no_state(world):
    for day in range(21, 25):
        asks(world, day)
    act = office(world)
    world.session.rollback()
    with statements() as seen:
        load_diagram_versions(act)
        load_step_statistics(act, KEY)
        assert len(load_running_cases_page(act, KEY, RunningFilter())[0]) == 4 < CASES_PER_PAGE
    assert len(seen) == 3 and not [text for text in seen if "cases.state" in text]
