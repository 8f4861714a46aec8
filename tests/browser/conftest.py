"""A small university with accounts, behind a real server, for a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.commands import hash_password, open_login_session
from app.people.models import Account, RoleGrant
from app.web.core.visitor import SESSION_KEY_NAME
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World

PASSWORD = "a long demo password"
AXE = Path(__file__).with_name("axe.min.js")
SHOTS = Path(__file__).resolve().parents[2] / "build" / "shots"
ROLES = ("teacher", "department_head", "directorate", "academic_office", "it_admin", "student")


@dataclass
class Campus:
    """The world with a way in for each role."""

    world: World
    address: str
    persons: dict[str, UUID]

    def admits(self, login: str, person: UUID) -> None:
        """One more person may sign in from now on."""
        self.world.session.rollback()
        self.world.session.add(Account(person_id=person, login=login, password=hashed_password()))
        self.world.session.commit()
        self.persons[login] = person


@cache
def hashed_password() -> str:
    """The hash of everybody's password; making one is slow on purpose."""
    return hash_password(PASSWORD)


@pytest.fixture(scope="session", autouse=True)
def _looked_at(servers: Any) -> None:
    """What axe has looked at is known to all workers of the run."""
    from tests.browser import steps

    folder = servers.folder / "looked-at"
    folder.mkdir(exist_ok=True)
    steps.looked_at[:] = [folder]


@pytest.fixture
def begins_in() -> str:
    """The campus of these tests is a world with accounts."""
    return "world"


@pytest.fixture
def campus(live_server: str, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    world = World(db_session, clock)
    persons = {"teacher": world.school.lecturer, "student": world.student}
    persons |= {role: world.people[role] for role in ROLES if role in world.people}
    for role, person in persons.items():
        db_session.add(Account(person_id=person, login=role, password=hashed_password()))
    db_session.add(
        RoleGrant(
            id=UUID(int=7),
            person_id=world.student,
            role="student",
            unit_id=world.school.institute,
            valid_from=clock().date() - timedelta(days=40),
        )
    )
    db_session.commit()
    db_session.rollback()
    yield Campus(world, live_server, persons)


@pytest.fixture
def sign_in(app: Any, campus: Campus, page: Any) -> Callable[..., Any]:
    """`sign_in("teacher")` gives the browser a session of that person, made without the form; with a path it goes
    there.
    """

    def enter(role: str, path: str = "") -> Any:
        http = app.test_client()
        person = campus.persons[role]
        with app.app_context():
            act = Act(person, None, campus.world.clock())
            with door.write(act):
                opened = open_login_session(act, new_id(), person, "Chromium", "127.0.0.1")
        with http.session_transaction() as cookie:
            cookie[SESSION_KEY_NAME] = opened.key
        value = http.get_cookie("session").value
        page.context.clear_cookies(name="session")
        page.context.add_cookies([{"name": "session", "value": value, "url": campus.address}])
        if path:
            page.goto(f"{campus.address}{path}")
        return page

    return enter


@pytest.fixture
def fills_in_sign_in(campus: Campus, page: Any) -> Callable[[str], Any]:
    """As `sign_in`, through the form: for the story of the sign-in itself."""

    def enter(role: str) -> Any:
        page.context.clear_cookies(name="session")
        page.goto(f"{campus.address}/sign-in")
        page.fill("#login", role)
        page.fill("#password", PASSWORD)
        page.click(".login-form button.btn-primary")
        page.wait_for_load_state()
        assert "/sign-in" not in page.url, page.content()[:2000]
        return page

    return enter


def violations(page: Any, colours: bool = True) -> list[str]:
    """Serious findings of axe-core on the page as it stands; contrast takes half of its time and can be left out.

    No rule that we run reads the style sheets as text.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        "async colours => (await axe.run(document, {resultTypes: ['violations'], preload: false,"
        " rules: {'color-contrast': {enabled: colours}}})).violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | '))",
        colours,
    )
    return list(found)


@pytest.fixture
def sheets(campus: Campus, settings: Any) -> Sheets:
    """The grade sheets of the world's journal, with the worker's real handlers."""
    return Sheets(campus.world, event_handlers_by_type(settings))
