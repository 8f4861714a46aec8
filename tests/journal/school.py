"""A small school for tests of the journal: one group, one discipline, a lecturer, lessons on chosen days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.journal.tables import Cell, Course, GradeSheet, Lesson, Offering, Semester, Teaching
from app.kernel.act import Act, RoleAssignment
from app.kernel.ids import new_id
from app.people.models import Membership, Person, StudyGroup, Unit
from app.people.rules import kyrgyz_sort_key
from tests.scenarios import scenes

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
"""Wednesday, 09:00 in Bishkek: the beginning of `tests.support.clock`."""
FAMILIES = ("Асанова", "Бакиров", "Жээнбекова", "Маматов", "Ормонов", "Сыдыкова", "Токтогулов", "Үсөнова")


def named(**texts: str) -> dict[str, str]:
    """A text in three languages, the same when only one is given."""
    return {locale: texts.get(locale, next(iter(texts.values()))) for locale in ("ky", "ru", "en")}


class School:
    """Rows as the room stores them; every method adds and commits."""

    def __init__(self, session: Any, students: int = 5) -> None:
        self.session = session
        scenes.enter("school" if students == 5 else "", self, lambda: self._built(students), session)

    def _built(self, students: int) -> None:
        self.university = self._unit(None, "university", "U")
        self.institute = self._unit(self.university, "institute", "IT")
        self.department = self._unit(self.institute, "department", "SE")
        self.other_department = self._unit(self.institute, "department", "MATH")
        self.group = self._add(
            StudyGroup(id=new_id(), name="ИВТ-2-23", unit_id=self.institute, year_of_study=2)
        )
        self.lecturer = self.person("Осмонова", "Айгүл")
        self.students = [self.student(number) for number in range(students)]
        self.course = self._add(
            Course(id=new_id(), code="M1", names=named(ky="Математика"), department_id=self.department)
        )
        self.semester = self._add(
            Semester(
                id=new_id(),
                names=named(ky="Күзгү семестр"),
                academic_year="2026/27",
                starts_on=date(2026, 9, 1),
                ends_on=date(2026, 12, 31),
                module1_from=date(2026, 10, 12),
                module1_until=date(2026, 10, 17),
                module2_from=date(2026, 12, 7),
                module2_until=date(2026, 12, 12),
                session_from=date(2026, 12, 14),
                session_until=date(2026, 12, 31),
            )
        )
        self.offering = self._add(
            Offering(
                id=new_id(),
                course_id=self.course,
                group_id=self.group,
                semester_id=self.semester,
                planned_hours=60,
                exam_on=date(2026, 12, 18),
                state="OPEN",
            )
        )
        self.teaches(self.lecturer)

    def _add(self, row: Any) -> UUID:
        self.session.add(row)
        self.session.commit()
        return row.id

    def _unit(self, parent: UUID | None, kind: str, code: str) -> UUID:
        return self._add(Unit(id=new_id(), parent_id=parent, kind=kind, code=code, names=named(ky=code)))

    def person(self, family: str, given: str) -> UUID:
        return self._add(
            Person(id=new_id(), family_name=family, given_name=given, sort_key=kyrgyz_sort_key(family, given))
        )

    def student(self, number: int, since: date = date(2026, 9, 1), until: date | None = None) -> UUID:
        family = FAMILIES[number % len(FAMILIES)]
        person = self.person(family, f"Студент{number:02d}")
        self.joins(person, since, until)
        return person

    def joins(self, person: UUID, since: date, until: date | None = None) -> None:
        self._add(
            Membership(
                id=new_id(),
                person_id=person,
                group_id=self.group,
                starts_on=since,
                ends_on=until,
                order_no="7",
            )
        )

    def teaches(
        self,
        person: UUID,
        part: str = "LECTURER",
        since: date = date(2026, 9, 1),
        until: date | None = None,
        offering: UUID | None = None,
    ) -> None:
        self._add(
            Teaching(
                id=new_id(),
                offering_id=offering or self.offering,
                person_id=person,
                part=part,
                starts_on=since,
                ends_on=until,
            )
        )

    def lesson(self, starts_at: datetime = NOW - timedelta(hours=2), **more: Any) -> UUID:
        """A lesson of 80 minutes; by default it ended 40 minutes before NOW."""
        return self._add(
            Lesson(
                id=new_id(),
                offering_id=more.pop("offering", self.offering),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=80),
                type=more.pop("type", "LECTURE"),
                **more,
            )
        )

    def lessons(self, count: int, first: datetime = NOW - timedelta(hours=2)) -> list[UUID]:
        """One lesson a day, going back from `first`."""
        return [self.lesson(first - timedelta(days=number)) for number in range(count)]

    def sheet(self, covers_until: date, kind: str = "MODULE1", state: str = "APPROVED") -> UUID:
        """A sheet without lines, by default approved, so that it can be closed."""
        signed = None if state == "DRAFT" else NOW
        row = GradeSheet(
            id=new_id(),
            offering_id=self.offering,
            kind=kind,
            covers_until=covers_until,
            state=state,
            signed_at=signed,
        )
        return self._add(row)

    def offering_of_another_course(self) -> UUID:
        """The same group is taught something else, too; its exam has no day yet."""
        course = self._add(
            Course(id=new_id(), code="F1", names=named(ky="Физика"), department_id=self.other_department)
        )
        return self._add(
            Offering(
                id=new_id(), course_id=course, group_id=self.group, semester_id=self.semester, state="OPEN"
            )
        )

    def exam_on(self, day: date | None, offering: UUID | None = None) -> None:
        """The exam day as the academic office set it before the scenario."""
        self.session.rollback()
        self.session.get(Offering, offering or self.offering).exam_on = day
        self.session.commit()

    def cell(self, lesson: UUID, student: UUID, kind: str = "ATTENDANCE") -> Cell | None:
        """The row as it lies in the database now."""
        self.session.rollback()
        return (
            self.session.query(Cell).filter_by(lesson_id=lesson, student_id=student, kind=kind).one_or_none()
        )

    def teacher_act(self, at: datetime = NOW, person: UUID | None = None, reason: str = "") -> Act:
        return Act(person or self.lecturer, None, at, (RoleAssignment("teacher"),), reason)

    def act(self, person: UUID, role: str, unit: UUID | None = None, at: datetime = NOW) -> Act:
        return Act(person, None, at, (RoleAssignment(role, unit),))


def statuses(cells: Sequence[Any]) -> list[str]:
    """What a row of the grid shows."""
    return [cell.status for cell in cells]
