"""A process administrator moves running cases: the plan, the choice, the progress that shows itself, the way back."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.migration.worker import migrate_waiting_cases
from app.kernel import door
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, PHONE, ready, shoot
from tests.cases.test_processes import asks, publishes_again

pytestmark = pytest.mark.browser


@pytest.fixture
def older(campus: Campus) -> Campus:
    """Three cases on version 1, and version 2 in force."""
    world = campus.world
    for day in range(21, 24):
        asks(world, day)
    publishes_again(world)
    campus.admits("process_admin", world.hires("process_admin", None))
    return campus


@pytest.mark.parametrize("width, locale", [DESK, PHONE])
@pytest.mark.torture  # the administrator's story moves running cases too
def test_an_administrator_moves_running_cases_and_turns_them_round(
    older: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = older.world
    ready(page, older, width, locale)
    sign_in("process_admin")
    page.goto(f"{older.address}/processes/late_correction")
    page.click("a[href$='/migration']")
    shoot(page, "34-migration-plan", width, locale)
    page.check("input[name=choose][value=ticked]")
    page.check(".migration-tick input >> nth=0")
    page.check(".migration-tick input >> nth=2")
    page.fill("#reason", "Жаңы чийме күчүнө кирди")
    page.click("form#migrate .btn-primary")
    page.wait_for_selector("#migration-state progress")
    shoot(page, "35-migration", width, locale)

    migrate_waiting_cases(door.write, world.clock(), 10)
    page.wait_for_selector("#migration-state:not([hx-get])", timeout=10_000)
    page.wait_for_selector("#cases .state-done")
    assert page.locator("#cases .state-done").count() == 2, "the list follows the end"
    shoot(page, "36-migration-done", width, locale)
    page.click("[data-opens=confirm-revert]")
    page.click("#confirm-revert .btn-primary")
    page.wait_for_selector("#migration-state progress")
    migrate_waiting_cases(door.write, world.clock(), 10)
    page.wait_for_selector("#migration-state:not([hx-get])", timeout=10_000)
    page.wait_for_selector("#cases .state-suspended")
    assert page.locator("#cases .state-suspended").count() == 2
