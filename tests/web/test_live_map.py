"""The live map: times by period and unit, what is painted and its legend, the list behind a figure, its rights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.cases.queries.step_statistics import StatisticsFilter, load_finished_tasks_page, load_step_statistics
from app.diagrams import versions as diagrams
from app.kernel.typed_values import day_field_text
from app.web.processes.heat import heat_by_step, heat_legend
from tests.cases.test_processes import KEY, asks, asks_next_door, office
from tests.support.query_counter import statements
from tests.web.campus import Campus
from tests.web.test_processes import PAGE, enter, numbers, words

HEAD = "endorse_department_head"


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    """Three endorsements that took 2, 4 and 30 hours, and one case that waits for its own."""
    diagrams.clear_version_cache()
    made = Campus(app, db_session, clock)
    cases = [asks(made.world, day) for day in (21, 22, 23)]
    for hours, case in zip((2, 2, 26), cases, strict=True):
        clock.advance(hours=hours)
        made.world.head().approves(case)
    made.slow = made.world.case(cases[2]).number
    yield made
    diagrams.clear_version_cache()


def test_median_and_ninth_decile_are_computed_in_the_database_over_the_period(campus):
    world = campus.world
    row = load_step_statistics(office(world), KEY)[HEAD]
    assert (row.open, row.completed, row.median) == (1, 3, timedelta(hours=4))
    assert row.p90 == timedelta(hours=4) + timedelta(hours=26) * 0.8
    assert row.oldest == world.case(campus.things["case_id"]).opened_at
    recent = StatisticsFilter(since=world.clock() - timedelta(hours=25))
    assert load_step_statistics(office(world), KEY, recent)[HEAD].completed == 1
    past = StatisticsFilter(since=world.clock() - timedelta(days=9), until=world.clock() - timedelta(hours=1))
    assert load_step_statistics(office(world), KEY, past)[HEAD].completed == 2


def test_a_unit_counts_its_own_cases_and_those_of_the_units_below_it(campus):
    world = campus.world
    asks_next_door(world)
    school = world.school

    def waiting(*units: Any) -> int:
        return load_step_statistics(office(world), KEY, StatisticsFilter(units=units))[HEAD].open

    assert (waiting(), waiting(school.department), waiting(school.other_department)) == (2, 1, 1)
    browser = enter(campus, "academic_office")
    assert len(numbers(browser.get(f"{PAGE}?unit={school.institute}&step={HEAD}"))) == 2
    page = browser.get(f"{PAGE}?unit={school.other_department}&step={HEAD}")
    assert len(numbers(page)) == 1 and f'<option value="{school.other_department}"' in page.text
    steps = {
        one["id"]: one for one in browser.get(f"{PAGE}/diagram.json?unit={school.department}").json["steps"]
    }
    assert steps[HEAD]["open"] == "1 waits" and f"unit={school.department}" in steps[HEAD]["url"]


@pytest.mark.clause("3.1")
def test_a_head_chooses_among_his_units_only_and_sees_no_time_of_others(campus):
    world = campus.world
    theirs = asks_next_door(world)
    foreign = world.school.other_department
    page = enter(campus, "department_head").get(f"{PAGE}?unit={foreign}&step={HEAD}")
    assert world.case(theirs).number not in page.text and f'value="{foreign}"' not in page.text
    assert f'value="{world.school.department}"' in page.text


def test_each_measure_paints_colour_bars_and_text_and_has_its_legend(campus):
    browser = enter(campus, "auditor")
    for measure, text in (("open", "3 wait"), ("count", "3"), ("median", "4 hours"), ("p90", "25 hours")):
        found = browser.get(f"{PAGE}/diagram.json?paint={measure}").json
        painted = {step["id"]: step for step in found["steps"] if step["level"]}
        place = "forward_directorate" if measure == "open" else HEAD
        assert (painted[place]["level"], painted[place]["text"]) == (4, text), measure
        assert found["legend"][-1] == {
            "level": 4,
            "text": f"≤ {text.split()[0] if measure == 'open' else text}",
        }
        assert ("list=done" in painted[place]["url"]) == (measure in ("count", "median", "p90"))
    page = browser.get(f"{PAGE}?paint=median")
    assert "heat-key-4" in page.text and 'class="heat-row-4"' in page.text
    assert "Usual time: " in words(page) and "≤ 4 hours" in words(page)
    nothing = browser.get(f"{PAGE}?paint=late")
    assert "nothing to show yet" in words(nothing)


def test_levels_are_quarters_of_the_largest_and_the_legend_names_only_those_there_are(campus):
    rows = load_step_statistics(office(campus.world), KEY)
    assert {element: heat.level for element, heat in heat_by_step(rows, "open").items()} == {
        HEAD: 2,
        "forward_directorate": 4,
    }
    assert [(heat.level, heat.text) for heat in heat_legend(rows, "open")] == [
        (2, "≤ 1"),
        (3, "≤ 2"),
        (4, "≤ 3"),
    ]
    assert heat_legend({}, "open") == [] == heat_legend(rows, "late")


def test_the_table_and_the_longest_waits_say_what_the_drawing_paints(campus):
    text = words(enter(campus, "academic_office").get(PAGE))
    waits = text[text.index("Where cases wait longest") :]
    assert waits.index("Endorsement by the head") < waits.index("Directorate")
    assert "usually 4 hours, nine of ten within 25 hours; the oldest case waits there since" in waits
    assert "Endorsement by the head of department Head of department 1 – 3 4 hours 25 hours" in waits


def test_a_figure_opens_the_tasks_behind_it_slowest_first_and_paged(campus, monkeypatch):
    monkeypatch.setattr("app.cases.queries.step_statistics.CASES_PER_PAGE", 2)
    browser = enter(campus, "academic_office")
    first = browser.get(f"{PAGE}?list=done&step={HEAD}")
    assert numbers(first)[0] == campus.slow and "30 hours" in words(first)
    following = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    second = browser.get(following.split("#")[0])
    assert len({*numbers(first), *numbers(second)}) == 3 and 'rel="next"' not in second.text
    assert browser.get(f"{PAGE}?list=done&after=nonsense").status_code == 422
    none = browser.get(f"{PAGE}?list=done&step=release_it")
    assert "Nobody completed this in the period" in words(none)
    keeper = enter(campus, "process_admin").get(f"{PAGE}?list=done&step={HEAD}")
    assert "counted here, opened by its own people" in words(keeper) and "/cases/" not in keeper.text


def test_periods_are_semesters_last_days_and_own_dates(campus):
    browser = enter(campus, "academic_office")
    page = browser.get(PAGE).text
    semester = re.search(r'<option value="(semester-[^"]+)"', page)[1]
    assert "Completed 3" not in words(browser.get(f"{PAGE}?period=own&from=2026-01-01&to=2026-01-31"))
    assert browser.get(f"{PAGE}?period={semester}").text.count('" selected>') >= 1
    assert '<option value="90" selected>' in browser.get(f"{PAGE}?period=nonsense").text
    own = browser.get(f"{PAGE}?period=own")
    assert 'name="from"' in own.text and own.status_code == 200


@pytest.mark.parametrize(
    "dates", ["from=yesterday", "from=2026-13-01", "to=0001-01-01", "from=2026-10-02&to=2026-10-01"]
)
def test_dates_that_cannot_be_meant_are_refused(campus, dates):
    answer = enter(campus, "auditor").get(f"{PAGE}?period=own&{dates}")
    assert answer.status_code == 422 and len(re.findall(r'id="map-\w+-error"', answer.text)) == 1
    name, _sign, typed = dates.rpartition("&")[2].partition("=")
    assert f'name="{name}" value="{day_field_text(typed)}"' in answer.text, "what was typed stays"
    assert enter(campus, "auditor").get(f"{PAGE}/diagram.json?period=own&{dates}").status_code == 422


def test_all_steps_and_a_page_of_the_list_cost_one_statement_each(campus):
    act = office(campus.world)
    campus.world.session.rollback()
    with statements() as seen:
        load_step_statistics(act, KEY)
        load_finished_tasks_page(act, KEY, "", StatisticsFilter())
    assert len(seen) == 2
    browser = enter(campus, "academic_office")
    browser.get(PAGE)
    with statements() as shown:
        browser.get(f"{PAGE}?paint=median&list=done&step={HEAD}")
    assert len(shown) <= 13 and not [text for text in shown if "cases.state" in text]
