"""Marks stay where they were given, whatever a file says; who leaves, leaves; a stay has the days of its semester."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from app.exchange.rights import RosterBearer
from app.journal.tables import GradeSheet, Offering, Semester, Teaching
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people.commands.membership import MEMBERSHIP_CHANGED_EVENT
from app.people.models import Membership
from tests.exchange.rostering import ENROLLED, codes
from tests.exchange.test_oneroster import CLASSES, COURSES, ORGS, SESSIONS, USERS
from tests.exchange.test_oneroster import ENROLLED as PLAIN

pytestmark = pytest.mark.clause("2.1")
SPRING = SESSIONS + "s2,Spring,semester,2027-02-01,2027-06-30\n"
TWO_COURSES = COURSES + "c2,Physics,PH-1,o2\n"
TWO_CLASSES = CLASSES + "k2,G-2,G-2,c1,o2,s1\n"
HELD = date(2026, 10, 5)


@pytest.fixture
def taught(rosters: Any) -> Any:
    """A university with one journal, in which a roll was taken on 5 October."""
    rosters.brings()
    rosters.lesson(HELD)
    return rosters


def found_of(rosters: Any, **files: str) -> set[tuple[str, int, str, str]]:
    return codes(rosters.plan(**files))


# --- journals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("full", [True, False], ids=["with-a-lesson", "empty"])
@pytest.mark.parametrize(
    ("files", "column"),
    [
        ({"academicSessions": SPRING, "classes": CLASSES.replace(",s1", ",s2")}, "termSourcedIds"),
        ({"courses": TWO_COURSES, "classes": CLASSES.replace(",c1,", ",c2,")}, "courseSourcedId"),
    ],
    ids=["semester", "discipline"],
)
def test_a_journal_that_has_lessons_stays_in_its_semester_and_discipline(rosters, files, column, full):
    rosters.brings()
    if full:
        rosters.lesson(date(2026, 12, 1), held=False)
    plan = rosters.plan(**files)
    if not full:
        assert plan.change_counts[("offering", "update")] == 1
        return
    assert codes(plan) == {("classes.csv", 2, column, "exchange.row.journal_moves")} and not plan.changes
    assert plan.findings[0].params == {"journal": "Calculus, G-1"}


def test_so_does_one_that_has_a_sheet_only_and_a_delta_file_says_it_alike(rosters):
    rosters.brings()
    journal = rosters.session.scalar(select(Offering.id))
    rosters.session.add(
        GradeSheet(id=new_id(), offering_id=journal, kind="MODULE1", covers_until=date(2026, 10, 25))
    )
    rosters.session.commit()
    moved = rosters.delta(academicSessions=SPRING, classes=CLASSES.replace(",s1", ",s2"))
    assert found_of(rosters, **moved) == {("classes.csv", 2, "termSourcedIds", "exchange.row.journal_moves")}


def test_a_new_title_of_a_discipline_is_no_other_discipline_but_another_code_and_title_are(taught):
    assert taught.plan(courses=COURSES.replace("Calculus", "Calculus I")).change_counts == {
        ("course", "update"): 1
    }
    other = COURSES.replace("Calculus,VM-1", "History,HI-1")
    assert found_of(taught, courses=other) == {("courses.csv", 2, "sourcedId", "exchange.row.other_course")}


def test_another_person_does_not_inherit_the_marks_under_an_identifier(taught):
    other = USERS.replace("u2,Бакыт,Өмүров,", "u2,Нурбек,Асанов,")
    assert found_of(taught, users=other) == {("users.csv", 3, "sourcedId", "exchange.row.other_person")}
    married = USERS.replace("u1,Айгүл,Осмонова", "u1,Айгүл,Асанова")
    swapped = USERS.replace("u2,Бакыт,Өмүров", "u2,Өмүров,Бакыт")
    latin = USERS.replace("u1,Айгүл,Осмонова", "u1,Aigul,Osmonova")
    for files in (married, swapped, latin):
        assert taught.plan(users=files).findings == ()


# --- stays and teaching -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("e2,,,k1,u1,student,2026-09-01,\n", "userSourcedId"),
        ("e2,,,k2,u2,student,2026-09-01,\n", "classSourcedId"),
        ("e1,,,k1,u2,teacher,2026-09-01,\n", "userSourcedId"),
        ("e1,,,k2,u1,teacher,2026-09-01,\n", "classSourcedId"),
    ],
    ids=["another-student", "another-class", "another-teacher", "teacher-of-another-class"],
)
def test_an_enrolment_is_not_handed_on_once_something_happened_under_it(taught, row, column):
    taught.brings(classes=TWO_CLASSES)
    handed_on = taught.delta(enrollments=ENROLLED + row)
    found = {one for one in found_of(taught, **handed_on) if one[3] != "exchange.row.not_a_teacher"}
    assert found == {("enrollments.csv", 2, column, "exchange.row.record_moves")}


def test_a_first_day_is_not_moved_over_lessons_that_were_held(taught):
    later = PLAIN.replace("student,2026-09-01", "student,2026-10-06")
    assert found_of(taught, enrollments=later) == {
        ("enrollments.csv", 3, "beginDate", "exchange.row.stay_has_marks")
    }
    before_it = PLAIN.replace("student,2026-09-01", "student,2026-10-05")
    assert taught.brings(enrollments=before_it).change_counts == {("membership", "update"): 1}
    earlier = PLAIN.replace("student,2026-09-01", "student,2026-09-20")
    taught.brings(enrollments=earlier)
    assert taught.stays() == [("2026-09-20", None)]
    told = taught.session.scalars(
        select(Message.payload).where(Message.event_type == MEMBERSHIP_CHANGED_EVENT).order_by(Message.id)
    ).all()
    spans = [(one["from"], one["to"], one["lost"]) for params in told for one in params["spans"]]
    assert spans == [("2026-09-01", "2026-10-04", True), ("2026-09-20", "2026-10-04", False)]


def test_a_first_day_after_the_stored_last_one_is_found(rosters):
    rosters.brings(enrollments=ENROLLED + "e2,,,k1,u2,student,2026-09-01,2026-09-30\n")
    later = rosters.delta(enrollments=ENROLLED + "e2,,,k1,u2,student,2026-10-05,\n")
    assert found_of(rosters, **later) == {("enrollments.csv", 2, "beginDate", "exchange.row.backwards")}


def test_a_change_of_teachers_in_a_journal_with_lessons_stands_out(taught):
    another = taught.delta(
        users=USERS + "u3,Каныкей,Бакирова,\n",
        roles="sourcedId,userSourcedId,role,orgSourcedId\nr3,u3,teacher,o2\n",
        enrollments=ENROLLED + "e1,tobedeleted,,k1,u1,teacher,,\ne3,,,k1,u3,teacher,2026-10-15,\n",
    )
    plan = taught.plan(**another)
    assert [(one.action, one.about) for one in plan.changes if one.remark == "exchange.remark.teachers"] == [
        ("insert", "Бакирова Каныкей, Calculus, G-1"),
        ("end", "Осмонова Айгүл, Calculus, G-1"),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"courses": COURSES.replace(",o2", ",o1")},
        {"classes": CLASSES.replace(",o2,", ",o1,")},
        {"orgs": ORGS.replace("department,D,o1", "department,D,")},
    ],
    ids=["discipline", "group", "unit"],
)
def test_that_another_unit_answers_for_marks_stands_out(taught, files):
    assert taught.plan(**files).remark_counts == {"exchange.remark.answers": 1}


# --- who leaves -------------------------------------------------------------------------------------------

TERM = ENROLLED + "e1,,,k1,u1,teacher,2026-09-01,2027-01-31\ne2,,,k1,u2,student,2026-09-01,2027-01-31\n"


@pytest.mark.parametrize(
    ("said", "last"),
    [
        ("2026-10-09T00:00:00Z", "2026-10-09"),
        ("2026-10-09T19:30:00.000Z", "2026-10-10"),
        ("2026-10-09", "2026-10-09"),
        ("", "2026-10-14"),
        ("2027-01-01T00:00:00Z", "2026-10-14"),
        ("2026-08-01T00:00:00Z", "2026-10-14"),
    ],
    ids=["earlier", "earlier-by-our-clock", "a-day", "nothing", "to-come", "before-it-began"],
)
def test_who_is_taken_away_leaves_though_the_end_of_the_term_was_stored(rosters, said, last):
    rosters.brings(enrollments=TERM)
    gone = ENROLLED + "".join(
        f"{row},tobedeleted,{said},k1,{who},{role},2026-09-01,2027-01-31\n"
        for row, who, role in (("e1", "u1", "teacher"), ("e2", "u2", "student"))
    )
    files = rosters.delta(enrollments=gone)
    assert rosters.brings(**files).change_counts == {("teaching", "end"): 1, ("membership", "end"): 1}
    assert rosters.stays() == [("2026-09-01", last)]
    assert [str(day) for day in rosters.session.scalars(select(Teaching.ends_on))] == [last]
    rosters.clock.advance(days=1)
    assert rosters.plan(**files).changes == ()


def test_the_bare_row_of_a_delta_file_is_enough(rosters):
    rosters.brings(enrollments=TERM)
    rosters.brings(
        **rosters.delta(enrollments="sourcedId,status,classSourcedId,userSourcedId,role\ne2,tobedeleted\n")
    )
    assert rosters.stays() == [("2026-09-01", "2026-10-14")]


def test_who_has_not_begun_never_begins(rosters):
    rosters.brings(enrollments=ENROLLED + "e2,,,k1,u2,student,2026-11-01,\ne1,,,k1,u1,teacher,2026-11-01,\n")
    gone = rosters.delta(enrollments=ENROLLED + "e2,tobedeleted,,,,,,\ne1,tobedeleted,,,,,,\n")
    assert rosters.brings(**gone).change_counts == {("teaching", "remove"): 1, ("membership", "remove"): 1}
    assert rosters.stays() == [] and rosters.plan(**gone).changes == ()
    (told,) = rosters.session.scalars(
        select(Message.payload).where(Message.event_type == MEMBERSHIP_CHANGED_EVENT)
    ).all()
    assert [(one["from"], one["to"], one["lost"]) for one in told["spans"]] == [("2026-11-01", None, True)]


def test_an_enrolment_that_gets_a_new_identifier_goes_on_and_can_be_taken_away_under_it(rosters):
    rosters.brings(enrollments=TERM)
    again = TERM.replace("\ne2,", "\ne9,")
    both = rosters.delta(enrollments=again + "e2,tobedeleted,,k1,u2,student,2026-09-01,2027-01-31\n")
    rosters.brings(**both)
    assert rosters.stays() == [("2026-09-01", "2027-01-30")] and rosters.plan(**both).changes == ()
    rosters.brings(**rosters.delta(enrollments=ENROLLED + "e9,tobedeleted,,k1,u2,student,2026-09-01,\n"))
    assert rosters.stays() == [("2026-09-01", "2026-10-14")]


def test_two_identifiers_of_one_enrolment_in_one_file_are_the_same_each_time(rosters):
    twice = TERM + "e9,,,k1,u2,student,2026-09-01,2027-01-31\n"
    rosters.brings(enrollments=twice)
    assert rosters.plan(enrollments=twice).changes == ()


def test_a_stay_that_an_order_ended_is_not_made_longer_by_a_file(rosters):
    rosters.brings(enrollments=TERM)
    rosters.session.execute(
        update(Membership).values(ends_on=date(2026, 10, 1), ended_as="EXPEL", end_order_no="17")
    )
    rosters.session.commit()
    assert rosters.plan(enrollments=TERM).changes == ()


def test_lessons_that_no_longer_count_for_a_student_stand_out(taught):
    gone = ENROLLED + "e2,tobedeleted,2026-10-01T00:00:00Z,k1,u2,student,,\n"
    assert taught.plan(**taught.delta(enrollments=gone)).remark_counts == {"exchange.remark.left_before": 1}


def test_whom_a_whole_file_does_not_name_is_told_also_when_the_end_of_the_term_is_stored(rosters):
    rosters.brings(enrollments=TERM)
    plan = rosters.plan(enrollments=TERM.rpartition("e2")[0])
    assert [(one.table, one.about) for one in plan.absent] == [("membership", "Өмүров Бакыт, G-1")]


# --- days and semesters -----------------------------------------------------------------------------------

NO_DAYS = ENROLLED + "e1,,,k1,u1,teacher,,\ne2,,,k1,u2,student,,\n"


@pytest.mark.parametrize(
    ("sessions", "first"),
    [(SESSIONS, "2026-09-01"), (SESSIONS.replace("2026-09-01", "2026-11-02"), "2026-11-02")],
    ids=["running", "to-come"],
)
def test_an_enrolment_without_days_begins_with_the_semester_on_whatever_day_it_is_imported(
    rosters, sessions, first
):
    files = {"academicSessions": sessions, "enrollments": NO_DAYS}
    rosters.brings(**files)
    assert rosters.stays() == [(first, None)]
    assert [str(day) for day in rosters.session.scalars(select(Teaching.starts_on))] == [first]
    rosters.clock.advance(days=1)
    assert rosters.plan(**files).changes == ()
    late = rosters.delta(
        users=USERS.rpartition("u1")[0].splitlines()[0] + "\nu5,Азамат,Дүйшөев,\n",
        enrollments=ENROLLED + "e5,,,k1,u5,student,,\n",
    )
    rosters.brings(**late)
    assert rosters.stays() == [(first, None), (first, None)], "the semester of a class that is stored"


def test_that_a_late_student_counts_in_lessons_that_were_held_stands_out(taught):
    late = taught.delta(
        users=USERS.splitlines()[0] + "\nu5,Азамат,Дүйшөев,\n",
        enrollments=ENROLLED + "e5,,,k1,u5,student,,\n",
    )
    assert taught.plan(**late).remark_counts == {"exchange.remark.begins_early": 1}


YEAR = SESSIONS.replace("\ns1", "\ny0,Year,schoolYear,2025-09-01,2026-08-31\ns1")
WITHOUT = CLASSES.replace(",s1\n", ",\n")


@pytest.mark.parametrize(
    ("sessions", "classes", "semester"),
    [
        (YEAR, WITHOUT, None),
        (
            YEAR.replace("2025-09-01,2026-08-31", "2026-09-01,2027-08-31"),
            CLASSES.replace(",s1\n", ",y0\n"),
            "Autumn",
        ),
        (YEAR.replace("2026-08-31", "2027-08-31"), CLASSES.replace(",s1\n", ',"y0,s1"\n'), "Autumn"),
        (SPRING, CLASSES.replace(",s1\n", ',"s2,s1"\n'), "Autumn"),
        (SPRING, CLASSES.replace(",s1\n", ",s2\n"), "Spring"),
        (SESSIONS, WITHOUT, None),
        (SESSIONS + "s3,Other,term,2026-09-01,2026-12-31\n", CLASSES.replace(",s1\n", ',"s1,s3"\n'), None),
    ],
    ids=["none-named", "the-year-named", "year-and-term", "two-terms", "named", "only-one-there", "two-run"],
)
def test_a_class_without_one_semester_named_is_found_and_of_several_the_one_that_runs_counts(
    rosters, sessions, classes, semester
):
    files = {"academicSessions": sessions, "classes": classes}
    if semester is None:
        assert found_of(rosters, **files) == {
            ("classes.csv", 2, "termSourcedIds", "exchange.row.which_session")
        }
        return
    rosters.brings(**files)
    names = rosters.session.scalar(select(Semester.names).join(Offering, Offering.semester_id == Semester.id))
    rosters.session.rollback()
    assert names["en"] == semester
    rosters.clock.set(rosters.clock().replace(year=2027, month=3))
    assert rosters.plan(**files, enrollments="").findings == (), "where it is, it stays"


def test_a_course_or_class_without_a_unit_is_in_the_only_one_or_is_found(rosters):
    courses, classes = COURSES.replace(",o2", ","), CLASSES.replace(",o2,", ",,")
    assert found_of(rosters, courses=courses, classes=classes) == {
        ("courses.csv", 2, "orgSourcedId", "exchange.row.empty"),
        ("classes.csv", 2, "schoolSourcedId", "exchange.row.empty"),
    }
    rosters.brings()
    assert rosters.plan(courses=courses, classes=classes).changes == (), "where they are, they stay"


def test_a_line_that_is_too_short_is_found(rosters):
    short = SESSIONS + "s2,Spring\n"
    assert ("academicSessions.csv", 3, "startDate", "exchange.row.empty") in found_of(
        rosters, academicSessions=short
    )


def test_the_office_may_do_all_of_this(rosters):
    office = RosterBearer(frozenset({new_id()}))
    rosters.brings(office, enrollments=NO_DAYS)
    assert rosters.plan(office, enrollments=NO_DAYS).changes == ()
