"""Which days a row of a roster means: its own, those of its semester or school year; ends as the standard says."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.exchange.changes import ImportPlan
from app.exchange.export import export_roster_zip
from app.exchange.preview import _plan_line_values
from app.exchange.read import RosterRow, read_roster
from app.exchange.row_days import RowDays, end_date_for_export, find_days_of_roster_row
from app.journal.tables import Offering, Semester
from tests.exchange.rostering import ENROLLED, Rosters, codes, sent
from tests.exchange.test_oneroster import CLASSES, SESSIONS

AUTUMN = RowDays(date(2026, 9, 1), date(2027, 1, 31))
YEAR = RowDays(date(2026, 8, 25), date(2027, 6, 30))
TODAY = date(2026, 10, 14)
LINKED = "sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear\n"
TREE = (
    LINKED + "y1,Year,schoolYear,2026-09-01,2027-07-01,,2027\ns1,Autumn,term,2026-09-01,2027-02-01,y1,\n"
    "s2,Spring,term,2027-02-01,2027-07-01,y1,\ng1,Module 1,gradingPeriod,2026-09-01,2026-10-26,s1,\n"
)


@pytest.mark.parametrize(
    ("begin", "end", "session", "year", "inclusive", "days"),
    [
        ("2026-09-05", "2027-02-01", AUTUMN, YEAR, False, ("2026-09-05", "2027-01-31")),
        ("2026-09-05", "2027-02-01", AUTUMN, YEAR, True, ("2026-09-05", "2027-02-01")),
        ("", "", AUTUMN, YEAR, False, ("2026-09-01", "None")),
        ("", "", None, YEAR, False, ("2026-08-25", "None")),
        ("", "", None, None, False, ("2026-10-14", "None")),
        ("", "2026-08-01", AUTUMN, None, False, ("2026-07-31", "2026-07-31")),
        ("2026-09-05", "2026-09-05", AUTUMN, None, True, ("2026-09-05", "2026-09-05")),
        ("2026-09-05", "2026-09-05", AUTUMN, None, False, ("2026-09-05", "2026-09-04")),
    ],
)
def test_the_days_of_a_row(begin, end, session, year, inclusive, days):
    row = RosterRow(2, {"beginDate": begin, "endDate": end})
    found = find_days_of_roster_row(row, inclusive_ends=inclusive, today=TODAY, session=session, year=year)
    assert (str(found.first), str(found.last)) == days
    assert found.is_empty == (begin == end != "" and not inclusive)
    if found.last is not None and not inclusive:
        assert end_date_for_export(found.last) == end


def semesters(plan: ImportPlan) -> list[tuple[str, str, str, str]]:
    """Title, academic year, first and last day of the new semesters."""
    return [
        (one.about, one.values["academic_year"], str(one.values["starts_on"]), str(one.values["ends_on"]))
        for one in plan.changes
        if one.table == "semester"
    ]


def test_adjoining_semesters_share_no_day(rosters: Rosters):
    plan = rosters.plan_of(sent("or51"))
    assert [each[2:] for each in semesters(plan)] == [
        ("2026-09-01", "2027-01-31"),
        ("2027-02-01", "2027-06-30"),
    ]
    counted = rosters.plan_of(sent("or51"), inclusive_ends=True)
    assert [each[3] for each in semesters(counted)] == ["2027-02-01", "2027-07-01"]
    assert plan.fingerprint != counted.fingerprint


def test_years_and_grading_periods_are_no_semesters(rosters: Rosters):
    found = [("Күзгү семестр 2026", "2026/27", "2026-09-01", "2027-01-30")]
    assert semesters(rosters.plan_of(sent("or09"))) == found
    assert [each[1] for each in semesters(rosters.plan(academicSessions=TREE))] == ["2026/27", "2026/27"]


@pytest.mark.parametrize(
    ("named", "semester"),
    [("s2", "Spring"), ("g1", "Autumn"), ("y1", "Autumn"), ('"y1,s2"', "Spring"), ("", None)],
)
def test_a_class_is_in_the_semester_that_its_session_means(
    rosters: Rosters, named: str, semester: str | None
):
    files = {"academicSessions": TREE, "classes": CLASSES.replace(",s1\n", f",{named}\n")}
    if semester is None:
        place = ("classes.csv", 2, "termSourcedIds", "exchange.row.which_session")
        assert codes(rosters.plan(**files)) == {place}
        return
    rosters.brings(**files)
    assert (
        rosters.session.scalar(
            select(Semester.names["en"].astext).join(Offering, Offering.semester_id == Semester.id)
        )
        == semester
    )


def test_a_class_without_a_session_is_a_finding_whatever_stands_first(rosters: Rosters):
    place = ("classes.csv", 2, "termSourcedIds", "exchange.row.which_session")
    assert codes(rosters.plan_of(sent("or06"))) == {place}


def test_enrolments_without_dates_begin_with_the_semester_and_the_preview_shows_it(rosters: Rosters):
    plan = rosters.plan_of(sent("or01"))
    lines = {line["kind"]: line["columns"] for line in _plan_line_values(plan) if line["action"] == "insert"}
    days = {"starts_on": [None, "2026-09-01"], "ends_on": [None, None]}
    semester = {"semester_id": [None, "Күзгү семестр 2026"]}
    assert lines["membership"] == lines["teaching"] == days | semester
    assert lines["offering"] == semester and lines["semester"]["ends_on"] == [None, "2027-01-30"]


def test_who_is_withdrawn_by_a_delta_leaves_on_the_day_of_the_file(rosters: Rosters):
    rosters.brings_file(sent("or00-base-1.2"))
    rosters.clock.advance(days=40)
    assert rosters.brings_file(sent("or26")).change_counts == {("membership", "end"): 1}
    assert rosters.stays() == [("2026-09-01", "2026-11-01")]


def test_who_never_came_is_listed_and_not_brought_and_a_semester_without_a_day_is_found(rosters: Rosters):
    never = ENROLLED + "e2,,,k1,u2,student,2026-09-01,2026-09-01\n"
    plan = rosters.plan(enrollments=never)
    assert [(one.table, one.remark) for one in plan.skipped] == [("membership", "exchange.remark.no_day")]
    assert ("membership", "insert") not in plan.change_counts
    empty = SESSIONS.replace("2026-12-31", "2026-09-01")
    place = ("academicSessions.csv", 2, "endDate", "exchange.row.no_days")
    assert place in codes(rosters.plan(academicSessions=empty))
    early = ENROLLED + "e2,,,k1,u2,student,,0001-01-01\n"
    assert codes(rosters.plan(enrollments=early)) == {
        ("enrollments.csv", 2, "endDate", "exchange.row.not_a_date")
    }


def test_what_goes_out_has_ends_by_the_standard(rosters: Rosters):
    rosters.brings_file(sent("or51"))
    ends = [
        row.get("endDate") for row in read_roster(export_roster_zip(rosters.today)).rows("academicSessions")
    ]
    assert sorted(ends) == ["2027-02-01", "2027-07-01"]
