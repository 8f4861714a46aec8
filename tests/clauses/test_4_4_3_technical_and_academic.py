"""4.4.3: a late correction mends technical mistakes; what changes a result is academic, and the office says which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.diagrams import versions
from app.journal.corrections.rules import ERROR_KINDS
from app.kernel import door
from app.kernel.errors import Invalid, Refused
from app.kernel.ids import new_id
from tests.scenarios.grade_sheets import shut_sheet
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("4.4.3")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def at_the_office(world: World) -> Any:
    case = world.teacher().requests_correction()
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
