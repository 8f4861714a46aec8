"""Invent the university of the sample files: units, groups, people, journals and a timetable without conflicts.

The same seed and size give the same university. Nothing is read from or written to a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from app.demo.names import invent_name
from app.people.rules import full_name

PERIODS = 6
WEEKDAYS = 6
BELLS = (("08:00", "09:20"), ("09:30", "10:50"), ("11:00", "12:20"), ("13:00", "14:20"), ("14:30", "15:50"),
         ("16:00", "17:20"))  # fmt: skip
"""Begin and end of the periods 1 to 6."""
GROUP_HOUR_CODE = "КС-1"
"""The discipline that every group has with its curator."""
_SUBJECTS = (
    ("Математика", "Математика"), ("Физика", "Физика"), ("Программалоо", "Программирование"),
    ("Экономика", "Экономика"), ("Философия", "Философия"), ("Экология", "Экология"), ("Укук", "Право"),
    ("Электротехника", "Электротехника"), ("Механика", "Механика"), ("Статистика", "Статистика"),
)  # fmt: skip
_PARTS = (
    ("негиздери", "основы"), ("теориясы", "теория"), ("практикуму", "практикум"),
    ("методдору", "методы"), ("тарыхы", "история"), ("колдонмосу", "приложения"), ("маселелери", "задачи"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The numbers of a sample university; `journals` of each group, the hour of the curator included."""

    institutes: int
    departments: int
    groups: int
    students: int
    teachers: int
    journals: int


SIZES = {
    "small": SampleSize(1, 2, 4, 40, 8, 4),
    "university": SampleSize(8, 36, 250, 6_000, 500, 8),
}


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """An invented person; `unit` is the code of the department of a teacher or of the institute of a student."""

    id: str
    family: str
    given: str
    patronymic: str
    unit: str
    group: str = ""

    @property
    def full_name(self) -> str:
        """Return the name as a workbook has it."""
        return full_name(self.family, self.given, self.patronymic)


@dataclass(frozen=True, slots=True)
class SampleOfficial:
    """A person who holds a role of ours; `person.unit` is its unit, the top one for the whole university."""

    person: SamplePerson
    role: str


@dataclass(frozen=True, slots=True)
class SampleUnit:
    """A unit or a programme: its code, names in Kyrgyz and Russian, and the code of what it belongs to."""

    code: str
    name_ky: str
    name_ru: str
    kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class SampleDiscipline:
    """A discipline of a programme in a year of study."""

    code: str
    name_ky: str
    name_ru: str
    department: str
    programme: str
    year: int
    control: str


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """A group with its curator."""

    name: str
    institute: str
    programme: str
    year: int
    curator: SamplePerson


@dataclass(frozen=True, slots=True)
class SamplePattern:
    """A weekly lesson: `weekday` from 1, `period` from 1."""

    weekday: int
    period: int
    type: str
    teacher: SamplePerson
    room: str


@dataclass(frozen=True, slots=True)
class SampleJournal:
    """A journal with its lecturer, the teacher of practice and its weekly lessons."""

    group: SampleGroup
    discipline: SampleDiscipline
    lecturer: SamplePerson
    practice: SamplePerson
    patterns: tuple[SamplePattern, ...]


@dataclass(slots=True)
class SampleUniversity:
    """Everything that the sample files hold."""

    starts_on: date
    ends_on: date
    units: list[SampleUnit] = field(default_factory=list)
    programmes: list[SampleUnit] = field(default_factory=list)
    disciplines: list[SampleDiscipline] = field(default_factory=list)
    groups: list[SampleGroup] = field(default_factory=list)
    teachers: list[SamplePerson] = field(default_factory=list)
    students: list[SamplePerson] = field(default_factory=list)
    officials: list[SampleOfficial] = field(default_factory=list)
    journals: list[SampleJournal] = field(default_factory=list)

    @property
    def people(self) -> tuple[SamplePerson, ...]:
        """Return everybody: teachers, students and officials."""
        return (*self.teachers, *self.students, *(one.person for one in self.officials))

    @property
    def academic_year(self) -> str:
        """Return the academic year of the semester, for example 2026/27."""
        return f"{self.starts_on.year}/{(self.starts_on.year + 1) % 100:02}"

    @property
    def semester_title(self) -> str:
        """Return the semester as a workbook names it."""
        return f"Күзгү семестр, {self.academic_year}"


def invent_university(seed: int, size: SampleSize, starts_on: date) -> SampleUniversity:
    """Return the university of a seed and a size, in the autumn semester that begins on a day."""
    random = Random(seed)
    made = SampleUniversity(starts_on, date(starts_on.year, 12, 31))
    _invent_units(made, size)
    names: set[str] = set()
    departments = [one.code for one in made.units if one.kind == "department"]
    for number in range(size.teachers):
        unit = departments[number % len(departments)]
        made.teachers.append(_invent_person(random, names, f"T{number + 1:05}", unit))
    _invent_disciplines(made, size)
    for number in range(size.groups):
        _invent_group(made, number)
    for number in range(size.students):
        group = made.groups[number % len(made.groups)]
        student = _invent_person(random, names, f"S{number + 1:06}", group.institute, group.name)
        made.students.append(student)
    _invent_journals(made, random)
    _invent_officials(made, random, names)
    return made


def _invent_person(random: Random, names: set[str], id: str, unit: str, group: str = "") -> SamplePerson:
    """Return a person whose full name nobody else has: workbooks name teachers and students by it."""
    while True:
        person = SamplePerson(id, *invent_name(random), unit, group)
        if person.full_name not in names:
            names.add(person.full_name)
            return person


def _invent_units(made: SampleUniversity, size: SampleSize) -> None:
    """Invent university, institutes, departments, and a programme of each department."""
    made.units.append(SampleUnit("ҮУ", "Үлгү университети", "Примерный университет", "university", ""))
    for number in range(1, size.institutes + 1):
        names = (f"{number}-институт", f"Институт № {number}")
        made.units.append(SampleUnit(f"I{number:02}", *names, "institute", "ҮУ"))
    for number in range(1, size.departments + 1):
        parent = f"I{(number - 1) % size.institutes + 1:02}"
        names = (f"{number}-кафедра", f"Кафедра № {number}")
        made.units.append(SampleUnit(f"D{number:02}", *names, "department", parent))
        names = (f"{number}-багыт", f"Направление № {number}")
        made.programmes.append(SampleUnit(f"{710000 + number}", *names, f"D{number:02}", parent))


def _invent_officials(made: SampleUniversity, random: Random, names: set[str]) -> None:
    """Invent the rector, two persons of the academic office, a directorate of each institute and the head of each
    department: the roles without which nobody decides anything. Whoever may administer IT is not among them."""
    heads = {"institute": "directorate", "department": "department_head"}
    top = made.units[0].code
    posts = [("rector", top), ("academic_office", top), ("academic_office", top)]
    posts += [(heads[one.kind], one.code) for one in made.units if one.kind in heads]
    for number, (role, unit) in enumerate(posts, 1):
        made.officials.append(SampleOfficial(_invent_person(random, names, f"K{number:05}", unit), role))


def _invent_disciplines(made: SampleUniversity, size: SampleSize) -> None:
    """Invent the disciplines of each programme in each of four years, and the hour of the curator."""
    group_hour = ("Куратордук саат", "Кураторский час")
    made.disciplines.append(SampleDiscipline(GROUP_HOUR_CODE, *group_hour, "D01", "", 0, "CREDIT"))
    for place, programme in enumerate(made.programmes):
        for year in range(1, 5):
            for number in range(1, size.journals):
                subject = _SUBJECTS[(place + number * 3 + year) % len(_SUBJECTS)]
                part = _PARTS[(number + year) % len(_PARTS)]
                made.disciplines.append(
                    SampleDiscipline(
                        f"{programme.code}-{year}{number}",
                        f"{subject[0]} {part[0]} {year}.{number}",
                        f"{subject[1]}: {part[1]} {year}.{number}",
                        programme.kind,
                        programme.code,
                        year,
                        "EXAM" if number % 2 else "CREDIT",
                    )
                )


def _invent_group(made: SampleUniversity, number: int) -> None:
    programmes = made.programmes
    programme = programmes[number % len(programmes)]
    year, line = number // len(programmes) % 4 + 1, number // len(programmes) // 4 + 1
    name = f"Б{programme.code[-2:]}-{line}-{(made.starts_on.year + 1 - year) % 100:02}"
    own = [one for one in made.teachers if one.unit == programme.kind]
    curator = own[number // len(programmes) % len(own)]
    made.groups.append(SampleGroup(name, programme.parent, programme.code, year, curator))


def _invent_journals(made: SampleUniversity, random: Random) -> None:
    """Invent the journals of all groups; nobody and no room is in two places at once."""
    busy: set[tuple[str, int, int]] = set()
    rooms: dict[tuple[int, int], int] = {}
    by_year: dict[tuple[str, int], list[SampleDiscipline]] = {}
    for one in made.disciplines:
        by_year.setdefault((one.programme, one.year), []).append(one)
    by_unit: dict[str, list[SamplePerson]] = {}
    for person in made.teachers:
        by_unit.setdefault(person.unit, []).append(person)
    taught: dict[str, int] = {}

    def next_teacher(persons: Sequence[SamplePerson]) -> SamplePerson:
        chosen = min(persons, key=lambda one: (taught.get(one.id, 0), one.id))
        taught[chosen.id] = taught.get(chosen.id, 0) + 1
        return chosen

    def place_lesson(group: SampleGroup, teacher: SamplePerson, type: str) -> SamplePattern:
        first = random.randrange(WEEKDAYS * PERIODS)
        for step in range(WEEKDAYS * PERIODS):
            weekday, period = divmod((first + step) % (WEEKDAYS * PERIODS), PERIODS)
            keys = {(group.name, weekday, period), (teacher.id, weekday, period)}
            if not keys & busy:
                busy.update(keys)
                room = rooms[weekday, period] = rooms.get((weekday, period), 100) + 1
                return SamplePattern(weekday + 1, period + 1, type, teacher, str(room))
        raise ValueError(f"no time is left for {group.name} and {teacher.full_name}")

    for group in made.groups:
        for discipline in [made.disciplines[0], *by_year[group.programme, group.year]]:
            if discipline.programme:
                own = by_unit[discipline.department]
                lecturer, practice = next_teacher(own), next_teacher(own)
                lessons = (
                    place_lesson(group, lecturer, "LECTURE"),
                    place_lesson(group, practice, "PRACTICE"),
                )
            else:
                lecturer = practice = group.curator
                lessons = (place_lesson(group, lecturer, "CONSULTATION"),)  # type: ignore[assignment]
            made.journals.append(SampleJournal(group, discipline, lecturer, practice, lessons))
