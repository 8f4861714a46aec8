"""The pictures of the guides "Moving in", taken while the sample university moves in: `make pictures`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.backups import commands as backup_commands
from app.backups import queries as backup_queries
from app.cases.commands.start import start_case
from app.demo.sample_files import write_sample_files
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.i18n import LOCALES
from app.kernel.ids import new_id
from app.people import commands
from app.people.models import Membership, Person, StudyGroup
from tests.browser.conftest import Campus
from tests.browser.moving_in import FIRST_MORNING, SEED, SIZE, STARTS, EmptyWorld, MovingIn
from tests.browser.test_guide_pictures import DENSITY, Photographer
from tests.scenarios.orders import answers, line
from tests.scenarios.world import Actor

pytestmark = [pytest.mark.browser, pytest.mark.pictures]
PLACE = {"ky": "Экинчи имараттагы сервер", "ru": "Сервер во втором корпусе", "en": "Server in building 2"}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "device_scale_factor": DENSITY}


@pytest.fixture
def begins_in() -> None:
    """The university is as the migrations left it: nobody is there."""


@pytest.fixture
def campus(live_server: str, db_session: Any, clock: Any) -> Iterator[Campus]:
    """An empty university."""
    versions.clear_version_cache()
    clock.set(FIRST_MORNING)
    yield Campus(EmptyWorld(db_session, clock), live_server, {})


@pytest.mark.parametrize("locale", LOCALES)
def test_pictures_of_moving_in(
    campus: Campus, page: Any, sign_in: Any, settings: Any, tmp_path: Path, locale: str
) -> None:
    shows = Photographer(page, locale)
    write_sample_files(tmp_path, SEED, SIZE, STARTS)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.set_default_timeout(15_000)
    page.context.add_cookies([{"name": "locale", "value": locale, "url": campus.address}])

    day = MovingIn(campus, page, sign_in, settings, tmp_path)
    day.admits_first_administrator()
    sign_in("it_admin")
    day.imports_people()
    day.imports_structure()
    day.imports_accounts()
    day.admits_officials()
    _open_some_accounts(day)
    page.goto(f"{campus.address}/people/accounts")
    shows.takes("moving_accounts")
    _approve_backups(day, locale)
    page.goto(f"{campus.address}/backups")
    shows.takes("moving_backups")
    sign_in("academic_office", "/structure")
    shows.takes("moving_structure")
    page.goto(f"{campus.address}/policies")
    shows.takes("moving_policies")
    day.makes_timetable()
    page.goto(f"{campus.address}/timetable/journals")
    shows.takes("moving_timetable")
    sign_in("it_admin", "/setup")
    shows.takes("moving_setup")
    _draft_orders(day)
    sign_in("academic_office")
    day.begins_opening()
    page.goto(f"{campus.address}/openings")
    shows.takes("moving_opening")
    sign_in("directorate", "/orders")
    shows.takes("moving_orders")
    page.goto(f"{campus.address}/access")
    shows.takes("moving_roles")


def _open_some_accounts(day: MovingIn) -> None:
    """Four teachers open their accounts, and two get a slip."""
    world = day.world
    world.session.rollback()
    teachers = world.session.scalars(
        select(Person.id).where(Person.external_id.like("T%")).order_by(Person.external_id).limit(6)
    ).all()
    for number, person in enumerate(teachers[:4]):
        day.campus.admits(f"teacher{number}", person)
    it = world.it().act()
    with door.write(it):
        commands.issue_account_slips(it, teachers[4:])


def _approve_backups(day: MovingIn, locale: str) -> None:
    """IT proposes a schedule, the rector approves it, and two backups are made."""
    world, case = day.world, new_id()
    it, rector = world.it(), world.actor("rector")
    world.session.rollback()
    with door.write(it.act()):
        start_case(
            it.act(),
            case,
            "backup_schedule",
            {
                "every_hours": "1",
                "first_hour": "0",
                "copies": "48",
                "archives_wal": "no",
                "place": PLACE[locale],
            },
        )
    rector.approves(case)
    world.session.rollback()
    schedule = backup_queries.find_schedule_in_force()
    for hours in (2, 1):
        act = Act.by_system(world.clock())
        with door.write(act):
            run = backup_commands.begin_run(act, schedule.id, world.clock() - timedelta(hours=hours))
            name = f"depter-20260901T0{4 - hours}0000Z"
            outcome = backup_commands.RunOutcome(
                None, None, name, 48_210_000 + 9_000 * hours, f"{hours}3c9" * 16
            )
            backup_commands.finish_run(act, run, outcome)


def _draft_orders(day: MovingIn) -> None:
    """Draft an order of leave that waits, and one of transfer that is signed."""
    world = day.world
    world.session.rollback()
    rows = world.session.execute(
        select(Membership.person_id, Membership.group_id).join(
            StudyGroup, StudyGroup.id == Membership.group_id
        )
    ).all()
    (first, home), *others = rows
    away = next(group for _, group in others if group != home)
    _draft_order(world, "TRANSFER_GROUP", line(first, group=away), on=date(2026, 9, 7), order_no="41-С")
    case = _draft_order(
        world, "LEAVE", line(others[1][0], until=date(2027, 8, 31)), on=date(2026, 9, 3), order_no="38-С"
    )
    world.office().approves(case)
    world.actor("rector").approves(case)
    day.deliver()


def _draft_order(world: EmptyWorld, kind: str, *lines: dict[str, Any], **other: Any) -> UUID:
    directorate: Actor = world.directorate()
    case, given = new_id(), answers(world, kind, *lines, **other)
    world.session.rollback()
    with door.write(directorate.act()):
        start_case(directorate.act(), case, "contingent_order", given)
    return case
