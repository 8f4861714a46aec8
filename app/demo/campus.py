"""Create people, groups, journals and lessons of the demo by few statements. Cases are created by the other
modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert

from app.demo import names
from app.demo.university import (
    DEMO_PASSWORD,
    INSTITUTES,
    OFFERINGS_PER_GROUP,
    PROGRAMME_CODES,
    PROGRAMME_TITLES,
    STUDENTS_PER_GROUP,
    TEACHERS_PER_DEPARTMENT,
    UNIVERSITY_NAME,
    WEEKS_AHEAD,
    WEEKS_BACK,
    TextByLanguage,
)
from app.demo.weekly_lessons import (
    GROUPS_PER_INSTITUTE,
    LESSON_LENGTH,
    LESSON_METHODS,
    LESSON_START_TIMES,
    LESSON_TASKS,
    LESSON_TOPICS,
    academic_calendar_dates,
    bell_rows,
    book_free_lecturer,
    lesson_days,
    weekly_rows,
)
from app.journal.tables import (
    BellPeriod,
    Cell,
    Course,
    GradeSheet,
    JournalTimetable,
    Lesson,
    LessonPattern,
    Offering,
    PlannedHours,
    PlannedTopic,
    Semester,
    Teaching,
    TopicPlan,
)
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import Base, db, model_table
from app.people.commands import hash_password
from app.people.models import (
    Account,
    GroupCurator,
    Membership,
    Person,
    Programme,
    RoleGrant,
    StudyGroup,
    Substitute,
    Unit,
)
from app.people.rules import kyrgyz_sort_key


@dataclass
class DemoCampus:
    """Rows to be inserted, and the persons, offerings and groups the cases use."""

    now: datetime
    random: Random = field(default_factory=lambda: Random(826))
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    accounts: list[tuple[str, UUID, str, str]] = field(default_factory=list)
    heads: dict[UUID, UUID] = field(default_factory=dict)
    offerings: list[tuple[UUID, UUID, UUID, UUID]] = field(default_factory=list)
    students: dict[UUID, list[UUID]] = field(default_factory=dict)
    names_by_person: dict[UUID, str] = field(default_factory=dict)
    times_by_lecturer: dict[UUID, set[tuple[int, int]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """Return the day of `now` at the university."""
        return local_day(self.now)

    def new_id(self) -> UUID:
        """Return an id from the seed: the same university every time."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def add_row(self, model: type[Base], **values: Any) -> UUID:
        """Add a row; return its id."""
        if "id" not in values and model is not Account:
            values["id"] = self.new_id()
        self.rows.setdefault(model, []).append(values)
        return values.get("id") or values["person_id"]

    def insert_all_rows(self) -> None:
        """Insert every table, parents first, 2000 rows a statement."""
        people_tables = (
            Unit,
            Person,
            Account,
            RoleGrant,
            Programme,
            StudyGroup,
            GroupCurator,
            Membership,
            Substitute,
        )
        order = (*people_tables, Course, Semester)
        timetable = (BellPeriod, LessonPattern, JournalTimetable, PlannedHours, TopicPlan, PlannedTopic)
        for model in (*order, Offering, Teaching, *timetable, Lesson, Cell, GradeSheet):
            rows = self.rows.pop(model, [])
            columns = {name for row in rows for name in row}
            for start in range(0, len(rows), 2000):
                part = [{name: row.get(name) for name in columns} for row in rows[start : start + 2000]]
                db.session.execute(insert(model_table(model)).inline(), part)


def build_demo_campus(now: datetime) -> DemoCampus:
    """Return the demo without cases."""
    campus = DemoCampus(now)
    university = campus.add_row(Unit, kind="university", code="OshTU", names=UNIVERSITY_NAME, parent_id=None)
    semester = _add_semester(campus)
    campus.rows[BellPeriod] = bell_rows()
    for institute in INSTITUTES:
        unit = campus.add_row(
            Unit, kind="institute", code=institute.code, names=institute.names, parent_id=university
        )
        first = institute is INSTITUTES[0]
        add_staff_member(campus, "directorate", unit, "directorate" if first else None)
        add_staff_member(campus, "directorate", unit, None)
        add_staff_member(campus, "directorate", unit, None, deputy=True)
        teachers, courses = [], []
        for department in institute.departments:
            owner = campus.add_row(
                Unit, kind="department", code=department.code, names=department.names, parent_id=unit
            )
            main = department is INSTITUTES[0].departments[0]
            campus.heads[owner] = add_staff_member(campus, "department_head", owner, "head" if main else None)
            add_role(campus, campus.heads[owner], "teacher", owner)
            add_staff_member(campus, "department_head", owner, "deputy" if main else None, deputy=True)
            for number in range(TEACHERS_PER_DEPARTMENT):
                login = "teacher" if main and number == 0 else None
                teachers.append((owner, add_staff_member(campus, "teacher", owner, login)))
            for code, title in department.courses:
                courses.append((owner, _add_discipline(campus, owner, code, title)))
        for number, group in enumerate(institute.groups):
            _add_group_with_offerings(
                campus, unit, group, number, semester, teachers, courses, first and number == 0
            )
    for name, login in (
        ("academic_office", "office"),
        ("it_admin", "it"),
        ("auditor", "auditor"),
        ("process_admin", "process"),
        ("rector", "rector"),
    ):
        add_staff_member(campus, name, None, login)
        if name in ("academic_office", "it_admin"):
            add_staff_member(campus, name, None, None)
        if name == "process_admin":
            add_staff_member(campus, name, None, "process2")
        if name in ("academic_office", "it_admin", "rector"):
            add_staff_member(campus, name, None, None, deputy=True)
    return campus


def add_staff_member(
    campus: DemoCampus, name: str, unit: UUID | None, login: str | None, *, deputy: bool = False
) -> UUID:
    """Add a person with a role, and an account if there is a login; return his id."""
    human = add_invented_person(campus)
    add_role(campus, human, name, unit, deputy=deputy)
    if login:
        add_account(campus, human, login, name)
    return human


def add_invented_person(campus: DemoCampus) -> UUID:
    """Add an invented person; return his id."""
    family, given, patronymic = names.invent_name(campus.random)
    human = campus.new_id()
    campus.names_by_person[human] = f"{family} {given}"
    return campus.add_row(
        Person,
        id=human,
        family_name=family,
        given_name=given,
        patronymic=patronymic,
        sort_key=kyrgyz_sort_key(family, given, patronymic),
        email=f"person{human.int % 10**6}@demo.invalid",
        locale="ky",
        theme="auto",
    )


def add_role(campus: DemoCampus, human: UUID, name: str, unit: UUID | None, *, deputy: bool = False) -> None:
    """Add a dated role."""
    since = campus.today - timedelta(days=400)
    campus.add_row(RoleGrant, person_id=human, role=name, unit_id=unit, deputy=deputy, valid_from=since)


def add_account(campus: DemoCampus, human: UUID, login: str, name: str) -> None:
    """Add an account with the demo password."""
    campus.add_row(Account, person_id=human, login=login, password=_demo_password_hash())
    campus.accounts.append((login, human, name, campus.names_by_person[human]))


_password_hash_cache: list[str] = []


def _demo_password_hash() -> str:
    """Return the hash of the demo password, computed once."""
    if not _password_hash_cache:
        _password_hash_cache.append(hash_password(DEMO_PASSWORD))
    return _password_hash_cache[0]


def _add_semester(campus: DemoCampus) -> UUID:
    """Add the semester; return its id."""
    start = campus.today - timedelta(weeks=WEEKS_BACK)
    return campus.add_row(
        Semester,
        names={"ky": "Күзгү семестр", "ru": "Осенний семестр", "en": "Autumn semester"},
        academic_year=f"{start.year}/{(start.year + 1) % 100:02d}",
        starts_on=start,
        ends_on=campus.today + timedelta(weeks=WEEKS_AHEAD + 1),
        **academic_calendar_dates(campus.today),
    )


def _add_discipline(campus: DemoCampus, department: UUID, code: str, title: TextByLanguage) -> UUID:
    """Add a discipline; return its id."""
    return campus.add_row(Course, code=code, names=title, department_id=department)


def _programme_id(campus: DemoCampus, unit: UUID, key: str) -> UUID:
    """Return the id of the programme of the groups whose names begin with this key; add it when it is new."""
    code = PROGRAMME_CODES[key]
    for row in campus.rows.get(Programme, []):
        if (row["code"], row["unit_id"]) == (code, unit):
            return row["id"]
    # Ids of their own: the random numbers of everything else stay.
    return campus.add_row(
        Programme, id=uuid5(unit, code), code=code, names=PROGRAMME_TITLES[key], unit_id=unit
    )


def _add_group_with_offerings(
    campus: DemoCampus,
    unit: UUID,
    name: str,
    number: int,
    semester: UUID,
    teachers: list[tuple[UUID, UUID]],
    courses: list[tuple[UUID, UUID]],
    main: bool,
) -> None:
    """Add a group with curator, students, offerings and lessons."""
    curator = teachers[number + 1][1]
    add_role(campus, curator, "curator", unit)
    group = campus.add_row(
        StudyGroup,
        name=name,
        unit_id=unit,
        programme_id=_programme_id(campus, unit, name.partition("-")[0]),
        year_of_study=1 + number // 2,
        curator_id=curator,
    )
    joined = campus.today - timedelta(weeks=WEEKS_BACK + 1)
    campus.add_row(
        GroupCurator, id=uuid5(group, "curator"), group_id=group, person_id=curator, starts_on=joined
    )
    students = []
    for place in range(STUDENTS_PER_GROUP):
        human = add_invented_person(campus)
        add_role(campus, human, "student", unit)
        late = campus.today - timedelta(weeks=4) if place == STUDENTS_PER_GROUP - 1 else joined
        campus.add_row(Membership, person_id=human, group_id=group, starts_on=late, order_no="214-С")
        students.append(human)
    campus.students[group] = students
    if main:
        add_account(campus, students[0], "student", "student")
        add_account(campus, curator, "curator", "curator") if curator not in _persons_with_account(
            campus
        ) else None
    chosen = campus.random.sample(courses[1:], OFFERINGS_PER_GROUP)
    if main:
        chosen[0] = courses[0]
    for place, (department, course) in enumerate(chosen):
        own = [human for owner, human in teachers if owner == department]
        lecturer = own[0] if main and place == 0 else campus.random.choice(own)
        lecturer = book_free_lecturer(campus.times_by_lecturer, own, lecturer, campus.today, place, number)
        offering = campus.add_row(
            Offering,
            course_id=course,
            group_id=group,
            semester_id=semester,
            planned_hours=90,
            credits=3,
            state="OPEN",
        )
        since = campus.today - timedelta(weeks=WEEKS_BACK)
        campus.add_row(Teaching, offering_id=offering, person_id=lecturer, part="LECTURER", starts_on=since)
        campus.offerings.append((offering, group, lecturer, department))
        _add_lessons_with_marks(campus, offering, group, lecturer, place, number)


def _persons_with_account(campus: DemoCampus) -> set[UUID]:
    """Return the persons with an account."""
    return {human for _login, human, _role, _name in campus.accounts}


def _add_lessons_with_marks(
    campus: DemoCampus, offering: UUID, group: UUID, lecturer: UUID, place: int, number: int
) -> None:
    """Add the lessons of an offering with their weekly patterns, with roll and marks for past ones."""
    days = list(lesson_days(campus.today, place))
    period = (place + number) % len(LESSON_START_TIMES)
    building = 1 + (len(campus.offerings) - 1) // (GROUPS_PER_INSTITUTE * OFFERINGS_PER_GROUP)
    room = f"{100 * building + 7 * place + number}"
    since = campus.now - timedelta(weeks=WEEKS_BACK)
    patterns, rows = weekly_rows(offering, lecturer, days, period + 1, room, since)
    for model, added in rows.items():
        campus.rows.setdefault(model, []).extend(added)
    campus.rows[Offering][-1]["planned_hours"] = sum(row["hours"] for row in rows[PlannedHours])
    for count, day in enumerate(days):
        starts = datetime.combine(day, LESSON_START_TIMES[period], UNIVERSITY_ZONE)
        ends = starts + LESSON_LENGTH
        taken = ends <= campus.now and not _is_roll_forgotten(campus, day, count)
        at = starts + timedelta(minutes=20)
        lesson = campus.add_row(
            Lesson,
            offering_id=offering,
            starts_at=starts,
            ends_at=ends,
            type=patterns[day.weekday()]["type"],
            topic=LESSON_TOPICS[count % len(LESSON_TOPICS)] if ends <= campus.now else "",
            methods=LESSON_METHODS[count % len(LESSON_METHODS)] if ends <= campus.now else "",
            task=LESSON_TASKS[count % len(LESSON_TASKS)] if ends <= campus.now else "",
            hours=2,
            room=room,
            pattern_id=patterns[day.weekday()]["id"],
            pattern_day=day,
            state="HELD" if taken else "PLANNED",
            roll_taken_at=at if taken else None,
            roll_taken_by=lecturer if taken else None,
            roll_late=False,
            version=1,
        )
        if taken:
            _add_random_marks_of_lesson(campus, lesson, group, lecturer, at, day, count)


def _is_roll_forgotten(campus: DemoCampus, day: date, count: int) -> bool:
    """Return whether the roll is missing: for the latest lessons, and for a few others."""
    return day >= campus.today - timedelta(days=1) or count % 17 == 9


def _add_random_marks_of_lesson(
    campus: DemoCampus, lesson: UUID, group: UUID, lecturer: UUID, at: datetime, day: date, count: int
) -> None:
    """Add random absences and grades of one lesson."""
    for student in campus.students[group]:
        if campus.random.random() < 0.12:
            _add_cell_with_mark(campus, lesson, student, "ATTENDANCE", "ABSENT", lecturer, at)
        elif count % 4 == 1 and campus.random.random() < 0.8:
            points = str(campus.random.randint(55, 100))
            _add_cell_with_mark(campus, lesson, student, "GRADE", points, lecturer, at + timedelta(days=1))


def _add_cell_with_mark(
    campus: DemoCampus, lesson: UUID, student: UUID, kind: str, value: str, by: UUID, at: datetime
) -> None:
    """Add a cell with a mark."""
    campus.add_row(
        Cell,
        lesson_id=lesson,
        student_id=student,
        kind=kind,
        value=value,
        reason=None,
        made_up=False,
        version=1,
        late=False,
        first_entered_at=at,
        first_entered_by=by,
        changed_at=at,
        changed_by=by,
    )
