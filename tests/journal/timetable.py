"""Weekly lessons of a test's world: what the academic office enters, and what the worker generates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.journal.tables import JournalTimetable, Lesson, Offering, Semester, Teaching
from app.journal.timetable.commands import PatternEdit, save_pattern
from app.journal.timetable.generation_commands import generate_lessons
from app.journal.timetable.hours_and_bells import set_bell_schedule
from app.journal.timetable.queries import bell_schedule_digest, load_bell_periods
from app.journal.timetable.rules import BellTimes
from app.kernel import door
from app.kernel.ids import new_id

BELLS = (BellTimes(1, time(8, 0), time(9, 20)), BellTimes(2, time(9, 30), time(10, 50)))
FIRST, LAST = date(2026, 10, 19), date(2026, 12, 12)


class Timetable:
    """The timetable of the journal of a world whose semester is running, from next Monday on."""

    def __init__(self, world: Any) -> None:
        self.world, self.offering = world, world.school.offering

    def rings(self, *bells: BellTimes) -> None:
        act = self.world.office().act()
        with door.write(act):
            set_bell_schedule(act, bells or BELLS, bell_schedule_digest(load_bell_periods()))

    def edit(self, **other: Any) -> PatternEdit:
        edit = PatternEdit(
            id=new_id(),
            weekday=1,
            weeks="EVERY",
            period=1,
            starts_at=None,
            ends_at=None,
            type="LECTURE",
            teacher=self.world.school.lecturer,
            room="204",
            hours=2,
            first=FIRST,
            last=LAST,
        )
        return replace(edit, **other)

    def version(self, offering: UUID | None = None) -> int:
        self.world.session.rollback()
        row = self.world.session.get(JournalTimetable, offering or self.offering, populate_existing=True)
        return row.version if row else 0

    def puts(
        self, edit: PatternEdit | None = None, *, actor: Any = None, stream: bool = False, **more: Any
    ) -> UUID:
        offering = more.pop("offering", self.offering)
        seen = more.pop("seen", None)
        wanted = edit or self.edit(**more)
        act = (actor or self.world.office()).act()
        version = self.version(offering) if seen is None else seen
        with door.write(act):
            save_pattern(act, offering, version, wanted, as_stream=stream)
        return wanted.id

    def generates(self, *, offering: UUID | None = None, since: date = FIRST) -> Any:
        act, of = self.world.office().act(), offering or self.offering
        version = self.version(of)
        with door.write(act):
            return generate_lessons(act, of, version, since)

    def lessons(self, offering: UUID | None = None) -> list[Lesson]:
        """The generated lessons, oldest first."""
        self.world.session.rollback()
        wanted = select(Lesson).where(Lesson.offering_id == (offering or self.offering))
        wanted = wanted.where(Lesson.pattern_id.is_not(None)).order_by(Lesson.starts_at)
        return list(self.world.session.scalars(wanted.execution_options(populate_existing=True)))

    def count(self) -> int:
        self.world.session.rollback()
        return int(self.world.session.scalar(select(func.count()).select_from(Lesson)))

    def other_journal(self, *, same_group: bool = False, teacher: UUID | None = None) -> UUID:
        """A journal of another discipline, of the same group or of one of another institute."""
        school, session = self.world.school, self.world.session
        if same_group:
            offering = school.offering_of_another_course()
        else:
            from tests.journal.school import School

            other = School(session)
            row = session.get(Offering, other.offering)
            session.get(Semester, other.semester)
            offering = row.id
        session.add(
            Teaching(
                id=new_id(),
                offering_id=offering,
                person_id=teacher or school.lecturer,
                part="PRACTICE",
                starts_on=date(2026, 9, 1),
            )
        )
        session.commit()
        return offering
