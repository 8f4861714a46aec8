"""Rosters for tests: files with days, planned and brought in for a bearer, at the moment of a clock."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.changes import ImportPlan
from app.exchange.read import read_roster
from app.exchange.rights import RosterBearer
from app.journal.tables import Lesson, Offering
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.ids import new_id
from app.people.models import Membership, Person
from tests.exchange.test_oneroster import MANIFEST, zipped

ONLY = dict.fromkeys(("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments"), "")
ROLES = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
ENROLLED = "sourcedId,status,dateLastModified,classSourcedId,userSourcedId,role,beginDate,endDate\n"


INPUTS = Path(__file__).parent / "inputs"


def sent(name: str, **replaced: tuple[str, str]) -> bytes:
    """An input by the beginning of its name, with texts of its tables replaced."""
    (path,) = INPUTS.glob(f"{name}*.zip")
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            text = old.read(entry).decode()
            before, after = replaced.get(entry.filename.removesuffix(".csv"), ("", ""))
            assert before in text
            new.writestr(entry, text.replace(before, after) if before else text)
    return out.getvalue()


def tables_of(data: bytes) -> dict[str, list[str]]:
    """The lines of each file of a ZIP by its name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry).decode().splitlines() for entry in archive.infolist()}


class Rosters:
    """Plans and imports. `bearer` None is the command line."""

    def __init__(self, session: Any, clock: Any) -> None:
        self.session, self.clock = session, clock

    @property
    def today(self) -> date:
        return local_day(self.clock())

    def plan(self, bearer: RosterBearer | None = None, **files: str | bytes) -> ImportPlan:
        return self.plan_of(zipped(**files), bearer)

    def plan_of(
        self, data: bytes, bearer: RosterBearer | None = None, choices: Any = None, **how: bool
    ) -> ImportPlan:
        self.session.rollback()
        with door.read():
            return plans.make_import_plan(read_roster(data, **how), self.today, bearer, choices=choices)

    def brings(self, bearer: RosterBearer | None = None, **files: str | bytes) -> ImportPlan:
        return self.brings_file(zipped(**files), bearer)

    def brings_file(
        self, data: bytes, bearer: RosterBearer | None = None, choices: Any = None, **how: bool
    ) -> ImportPlan:
        plan, act = self.plan_of(data, bearer, choices, **how), Act.by_system(self.clock())
        assert plan.findings == ()
        with door.write(act):
            return execute_import_plan(
                act, read_roster(data, **how), plan.fingerprint, bearer=bearer, choices=choices
            )

    def delta(self, **files: str) -> dict[str, str]:
        """A file with changes only."""
        manifest = MANIFEST + "".join(f"file.{name},delta\n" for name in files)
        return ONLY | files | {"manifest": manifest}

    def person(self, outside: str) -> UUID:
        found = self.session.scalar(select(Person.id).where(Person.external_id == outside))
        self.session.rollback()
        assert found is not None
        return UUID(str(found))

    def lesson(self, day: date, *, held: bool = True) -> UUID:
        """A lesson of the only journal, with a roll if it was held."""
        offering = self.session.scalar(select(Offering.id))
        teacher = self.session.scalar(select(Person.id).where(Person.external_id == "u1"))
        starts = datetime(day.year, day.month, day.day, 9, tzinfo=UNIVERSITY_ZONE)
        lesson = Lesson(
            id=new_id(),
            offering_id=offering,
            starts_at=starts,
            ends_at=starts.replace(hour=10),
            type="LECTURE",
            roll_taken_at=starts if held else None,
            roll_taken_by=teacher if held else None,
        )
        made = lesson.id
        self.session.add(lesson)
        self.session.commit()
        return made

    def stays(self) -> list[tuple[str, str | None]]:
        """First and last days of all students in classes."""
        found = self.session.execute(
            select(Membership.starts_on, Membership.ends_on).order_by(Membership.starts_on, Membership.id)
        ).all()
        self.session.rollback()
        return [(first.isoformat(), last and last.isoformat()) for first, last in found]


def codes(plan: ImportPlan) -> set[tuple[str, int, str, str]]:
    """The findings of a plan by place and code."""
    return {(one.file, one.line, one.column, one.code) for one in plan.findings}
