"""An empty university moves in with the sample files, in Chromium: the steps that stories and pictures share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.demo.sample_university import BELLS, SIZES, invent_university
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.outbox.dispatch import deliver_due_messages
from app.people import commands
from app.people.commands.firsts import invite_first_admin
from app.people.models import Person, RoleGrant
from app.worker.event_handlers import event_handlers_by_type
from tests.browser.conftest import Campus
from tests.scenarios.world import ROOT, World

SEED, SIZE, STARTS = 1, SIZES["small"], date(2026, 9, 1)
FIRST_MORNING = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
FILES = {
    "people": "1-people-oneroster.zip",
    "structure": "2-structure.xlsx",
    "timetable": "3-timetable.xlsx",
    "accounts": "5-accounts.xlsx",
}
UNITS = {"directorate": "institute", "department_head": "department"}


class EmptyWorld(World):
    """A university as the migrations left it, with the shipped diagrams: a session, a clock, and no scene."""

    def __post_init__(self) -> None:
        """Publish the shipped diagrams; the sample files fill the rest of the database."""
        act = Act.by_system(self.clock())
        with door.write(act):
            publish_shipped_diagrams(act, read_shipped_diagrams(ROOT / "workflows", ROOT / "forms"))
        self.school = SimpleNamespace(institute=None, department=None)  # type: ignore[assignment]


@dataclass
class MovingIn:
    """The steps of moving in: a page signed in by `sign_in`, the worker's handlers, and the folder of the sample
    files."""

    campus: Campus
    page: Any
    sign_in: Any
    settings: Any
    folder: Path

    @property
    def world(self) -> EmptyWorld:
        """Return the university."""
        assert isinstance(self.campus.world, EmptyWorld)
        return self.campus.world

    def deliver(self) -> None:
        """Let the worker do everything that is due."""
        self.world.session.rollback()
        handlers = event_handlers_by_type(self.settings)
        while deliver_due_messages(handlers, self.world.clock(), 500).total:
            pass

    def goes(self, address: str) -> None:
        """Open a page of the product."""
        self.page.goto(f"{self.campus.address}{address}")

    def presses(self, button: str) -> None:
        """Press a button that leads to another page."""
        self.page.click(button)
        self.page.wait_for_load_state()

    def admits_first_administrator(self) -> None:
        """Add the first administrator with an account, without the link."""
        act, person = Act.by_system(self.world.clock()), new_id()
        self.world.session.rollback()
        with door.write(act):
            commands.add_person(act, commands.NewPerson(person, "Осмонов", "Бакыт"))
            commands.grant_role(act, new_id(), person, "it_admin", None, self.world.clock().date())
        self.campus.admits("it_admin", person)
        self.world.people["it_admin"] = person

    def opens_first_account(self) -> None:
        """Open the account of the first administrator by the link that the installation prints."""
        act = Act.by_system(self.world.clock())
        self.world.session.rollback()
        with door.write(act):
            link = invite_first_admin(act)
        assert link is not None
        self.goes(f"/invitation/{link.key}")
        self.page.fill("#login", "bakyt")
        for field in ("#new", "#again"):
            self.page.fill(field, "менин өз сөзүм")
        self.page.click(".login-form .btn-primary")
        self.page.wait_for_url("**/setup")
        self.campus.persons["it_admin"] = self.world.people["it_admin"] = link.person

    def sends(self, address: str, file: str) -> None:
        """Send a sample file on the page of its import."""
        self.goes(address)
        self.page.set_input_files("#file", str(self.folder / FILES[file]))
        self.presses("main form[enctype] .btn-primary")

    def imports_people(self) -> None:
        """Import the roster: the worker compares, the button of the preview is pressed, the worker imports."""
        self.sends("/roster", "people")
        self.page.wait_for_url("**/roster/*-*")
        self.deliver()
        self.page.reload()
        self.presses("#import-state button.btn-primary")
        self.deliver()

    def admits_officials(self) -> None:
        """Give the officials of the sample university accounts, named by their roles; after the import of accounts,
        which refuses whoever has one under another name."""
        school: Any = self.world.school
        for one in invent_university(SEED, SIZE, STARTS).officials:
            if one.role in self.campus.persons:
                continue
            person = self.person_of(one.person.id)
            unit = self.world.session.scalar(select(RoleGrant.unit_id).where(RoleGrant.person_id == person))
            if one.role in UNITS:
                setattr(school, UNITS[one.role], unit)
            self.world.people[one.role] = person
            self.campus.admits(one.role, person)

    def person_of(self, number: str) -> UUID:
        """Return the person of a number of the sample files."""
        self.world.session.rollback()
        return self.world.session.scalars(select(Person.id).where(Person.external_id == number)).one()

    def imports_structure(self) -> None:
        """Import the workbook of the structure."""
        self.sends("/structure/import", "structure")
        self.deliver()
        self.page.reload()
        self.presses("main form[action^='/structure/import/'] .btn-primary")
        self.deliver()

    def imports_accounts(self) -> None:
        """Import user names and addresses."""
        self.sends("/people/accounts/import", "accounts")
        self.presses("main form .btn-primary >> nth=0")

    def makes_timetable(self) -> None:
        """Write the bells, import the weekly lessons, and generate the lessons of the semester."""
        self.goes("/timetable/bells")
        for number, times in enumerate(BELLS, 1):
            for name, time in zip(("starts", "ends"), times, strict=True):
                self.page.fill(f"[name={name}-{number}]", time)
        self.presses("form[action='/timetable/bells'] .btn-primary")
        self.sends("/timetable/import", "timetable")
        self.page.click("form[action*='/timetable/import/'] .btn-primary")
        self.page.wait_for_url("**/timetable/journals*")
        self.presses("form[action='/timetable/runs'] .btn-primary")
        self.deliver()

    def begins_opening(self) -> None:
        """Begin the opening of the journals of the first department."""
        self.goes("/openings")
        self.page.click("form[action='/openings'][method=post] .btn-primary")
        self.page.wait_for_selector("td a[href^='/cases/']")
        self.deliver()
