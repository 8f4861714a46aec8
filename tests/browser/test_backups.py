"""The backup schedule in Chromium (7.3): IT proposes it, the rector approves it, the log shows what failed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.backups import commands, queries
from app.backups.commands import RunOutcome
from app.kernel import door
from app.kernel.act import Act
from tests.browser.conftest import Campus
from tests.browser.steps import DESK, decides, ready, shoot
from tests.scenarios.commissions import rector

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width, locale", [DESK])
def test_it_proposes_a_schedule_and_the_rector_approves_it(
    campus: Campus, page: Any, sign_in: Any, width: int, locale: str
):
    world = campus.world
    campus.admits("rector", rector(world).person)
    ready(page, campus, width, locale)
    sign_in("it_admin", "/backups")
    shoot(page, "b1-backups-empty", width, locale)
    page.click(".page-head .btn-primary")
    page.check("[name=every_hours][value='6']")
    for field, value in (("first_hour", "2"), ("copies", "30"), ("place", "Экинчи имараттагы сервер")):
        page.fill(f"[name={field}]", value)
    page.check("[name=archives_wal][value=no]")
    page.click("main form .btn-primary")
    page.wait_for_selector(".field-error, [aria-invalid=true], .error-summary")
    shoot(page, "b2-schedule-refused", width, locale)
    page.check("[name=archives_wal][value=yes]")
    with page.expect_navigation():
        page.click("main form .btn-primary")

    sign_in("rector")
    decides(page, campus, "approve", ("b3-schedule-approval", width, locale))
    act = Act.by_system(world.clock())
    schedule = queries.find_schedule_in_force()
    assert schedule is not None and schedule.draft.every_hours == 6
    with door.write(act):
        for number, outcome in enumerate(
            (
                RunOutcome(name="depter-20261014T020000Z-a1b2c3", size=7 << 20, sha256="0f" * 32),
                RunOutcome("backups.run.failed", "pg_dump ended with 1"),
            )
        ):
            run = commands.begin_run(act, schedule.id, world.clock() - timedelta(hours=6 * number))
            commands.finish_run(act, run, outcome)
        commands.begin_due_drill(act)
    sign_in("rector", "/backups")
    assert page.locator(".state-good").count() == 1 and page.locator(".state-quarantined").count() == 1
    shoot(page, "b4-backups-log", width, locale)
