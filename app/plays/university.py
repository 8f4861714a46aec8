"""The synthetic university of a play: units, people of each role, a group, a journal. It exists in a rehearsal only.

Every identifier is made from the seed of the play, so that answers which name a lesson or a person fit again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.journal.tables import Course, Lesson, Offering, Semester, Teaching
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import Base, db
from app.kernel.i18n import LOCALES, current_locale
from app.kernel.rehearsal import Rehearsal
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.rehearsed_persons import make_persons_visible_in_rehearsal
from app.people.rules import full_name, kyrgyz_sort_key
from app.texts.roles import role_label
from app.texts.translate import N_
from app.texts.translate import gettext as _

BEGINNING_OF_DAY = time(9)
WEDNESDAY = 2
_LETTERS = "АБВГДЕЖЗ"
UNIT_NAMES = {
    "university": N_("Invented university"),
    "institute": N_("Invented institute"),
    "department": N_("Invented department"),
    "other_department": N_("Another invented department"),
}


@dataclass(frozen=True, slots=True)
class Post:
    """A post of the synthetic university: code, role, unit ("" is the whole university), and whether it is a deputy."""

    code: str
    role: str
    unit: str = ""
    deputy: bool = False


POSTS = (
    Post("teacher", "teacher", "department"),
    Post("student", "student"),
    Post("student_2", "student"),
    Post("curator", "curator", "institute"),
    Post("department_head", "department_head", "department"),
    Post("department_head_deputy", "department_head", "department", deputy=True),
    Post("programme_head", "programme_head", "institute"),
    Post("directorate", "directorate", "institute"),
    Post("directorate_deputy", "directorate", "institute", deputy=True),
    Post("academic_office", "academic_office"),
    Post("academic_office_2", "academic_office"),
    Post("academic_office_deputy", "academic_office", deputy=True),
    Post("it_admin", "it_admin"),
    Post("it_admin_deputy", "it_admin", deputy=True),
    Post("rector", "rector"),
    Post("rector_deputy", "rector", deputy=True),
    Post("auditor", "auditor"),
    Post("process_admin", "process_admin"),
    *(Post(f"colleague_{number}", "teacher", "other_department") for number in range(1, 7)),
)


def name_of_post_holder(code: str) -> str:
    """Return the name of the person of a post, in the language of the reader; an unknown code as it is.

    It is the role with a letter, so that nobody takes him for a real person.
    """
    named_post = next((post for post in POSTS if post.code == code), None)
    return (
        full_name(role_label(named_post.role), _distinguishing_letter_of_post(named_post))
        if named_post
        else code
    )


def _distinguishing_letter_of_post(post: Post) -> str:
    return _LETTERS[[one.code for one in POSTS if one.role == post.role].index(post.code)]


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """A person of a play, by his post."""

    code: str
    id: UUID
    name: str
    role: str
    deputy: bool
    assignments: tuple[RoleAssignment, ...]


@dataclass(slots=True)
class University:
    """What a play is about. `things` are ids and days by the name that a start refers to them by."""

    seed: UUID
    began_at: datetime
    people: dict[str, SyntheticPerson] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)

    def id_of_named_thing(self, name: str) -> UUID:
        """Return the identifier of a named thing, the same one in every rehearsal of this play."""
        return uuid5(self.seed, name)

    def act_of_post_holder(self, code: str, at: datetime) -> Act:
        """Return an act of a person at a moment of the play. Raises KeyError for an unknown post."""
        person = self.people[code]
        return Act(person.id, None, at, person.assignments, locale=current_locale())

    def day(self, days: int) -> date:
        """Return the day so many days from the one on which the play begins."""
        return local_day(self.began_at) + timedelta(days=days)

    def moment(self, days: int, hours: float = 0) -> datetime:
        """Return the moment so many days and hours from the beginning of the play."""
        return self.began_at + timedelta(days=days, hours=hours)

    def about(self, code: str, text: str) -> str:
        """Return a text of a start with its things filled in; `{unit}` is the unit of the person."""
        own = next((str(one.unit) for one in self.people[code].assignments if one.unit), None)
        return text.format_map({**self.things, "unit": own or self.things["department"]})


def clock_start_of_new_play(now: datetime) -> datetime:
    """Return when the clock of a play that is begun now starts: the last Wednesday, at nine in the morning."""
    today = local_day(now)
    wednesday = today - timedelta(days=(today.weekday() - WEDNESDAY) % 7)
    return datetime.combine(wednesday, BEGINNING_OF_DAY, UNIVERSITY_ZONE)


def build_university(
    rehearsal: Rehearsal, seed: UUID, began_at: datetime, semester: Mapping[str, Any]
) -> University:
    """Insert units, people, group and one journal into the rehearsal; `semester` are days from the beginning."""
    made = University(seed, began_at)
    _insert_units(made)
    _insert_people(made)
    make_persons_visible_in_rehearsal(rehearsal, [person.id for person in made.people.values()])
    _insert_journal(made, semester)
    return made


def insert_rehearsal_rows(*rows: Base) -> None:
    """Insert rows into the rehearsal."""
    db.session.add_all(rows)
    db.session.flush()


def same_name_in_every_language(text: str) -> dict[str, str]:
    """Return one name in every language."""
    return dict.fromkeys(LOCALES, text)


def insert_lesson(made: University, name: str, days: int) -> UUID:
    """Insert a lesson that begins so many days from the beginning of the play; return its id."""
    starts_at = made.moment(days)
    lesson = made.id_of_named_thing(f"lesson {name}")
    insert_rehearsal_rows(
        Lesson(
            id=lesson,
            offering_id=UUID(made.things["offering"]),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=80),
            type="LECTURE",
        )
    )
    made.things[name] = str(lesson)
    return lesson


def _insert_units(made: University) -> None:
    parent: UUID | None = None
    for name, kind in (
        ("university", "university"),
        ("institute", "institute"),
        ("department", "department"),
        ("other_department", "department"),
    ):
        unit = made.id_of_named_thing(name)
        above = UUID(made.things["institute"]) if kind == "department" else parent
        insert_rehearsal_rows(
            Unit(
                id=unit,
                parent_id=above,
                kind=kind,
                code=f"TRY-{name.upper()}",
                names=same_name_in_every_language(_(UNIT_NAMES[name])),
            )
        )
        made.things[name] = str(unit)
        parent = unit


def _insert_people(made: University) -> None:
    """Insert one person for each post; his family name is the role."""
    since = made.day(-400)
    persons, grants = [], []
    for post in POSTS:
        family, given = role_label(post.role), _distinguishing_letter_of_post(post)
        unit = UUID(made.things[post.unit]) if post.unit else None
        person = made.id_of_named_thing(f"person {post.code}")
        made.people[post.code] = SyntheticPerson(
            post.code,
            person,
            name_of_post_holder(post.code),
            post.role,
            post.deputy,
            (RoleAssignment(post.role, unit),),
        )
        made.things[post.code] = str(person)
        persons.append(
            Person(id=person, family_name=family, given_name=given, sort_key=kyrgyz_sort_key(family, given))
        )
        grants.append(
            RoleGrant(
                id=made.id_of_named_thing(f"grant {post.code}"),
                person_id=person,
                role=post.role,
                unit_id=unit,
                deputy=post.deputy,
                valid_from=since,
            )
        )
    insert_rehearsal_rows(*persons)
    insert_rehearsal_rows(*grants)


def _insert_journal(made: University, semester: Mapping[str, Any]) -> None:
    """Insert group, students, discipline, semester and the journal that the teacher fills."""
    institute, department = UUID(made.things["institute"]), UUID(made.things["department"])
    group, course = made.id_of_named_thing("group"), made.id_of_named_thing("course")
    term, offering = made.id_of_named_thing("semester"), made.id_of_named_thing("offering")
    insert_rehearsal_rows(
        StudyGroup(
            id=group,
            name="TRY-1",
            unit_id=institute,
            year_of_study=2,
            curator_id=made.people["curator"].id,
        ),
        Course(
            id=course,
            code="TRY-1",
            names=same_name_in_every_language(_("Invented discipline")),
            department_id=department,
        ),
        Semester(
            id=term,
            names=same_name_in_every_language("TRY"),
            academic_year="TRY",
            **{name: made.day(days) for name, days in semester.items()},
        ),
    )
    insert_rehearsal_rows(
        *(
            Membership(
                id=made.id_of_named_thing(f"membership {code}"),
                person_id=person.id,
                group_id=group,
                starts_on=made.day(semester["starts_on"]),
                order_no="TRY",
            )
            for code, person in made.people.items()
            if person.role == "student"
        ),
        Offering(
            id=offering, course_id=course, group_id=group, semester_id=term, planned_hours=60, state="OPEN"
        ),
    )
    insert_rehearsal_rows(
        Teaching(
            id=made.id_of_named_thing("teaching"),
            offering_id=offering,
            person_id=made.people["teacher"].id,
            part="LECTURER",
            starts_on=made.day(semester["starts_on"]),
        )
    )
    made.things |= {"offering": str(offering), "group": str(group), "course": str(course)}
