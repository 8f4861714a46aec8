"""Rosters as other systems really send them: read where the meaning is clear, one finding where it is not."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from sqlalchemy import select

from app.exchange.read import read_roster
from app.journal.tables import Course
from app.people.models import Person, Unit
from tests.exchange.rostering import Rosters, codes, sent
from tests.exchange.test_oneroster import COURSES, ORGS, ROLES, USERS, zipped


def test_decomposed_letters_are_stored_composed_and_found(rosters: Rosters, db_session: Any):
    plan = rosters.plan_of(sent("or31"))
    found = next(one for one in plan.changes if one.about.startswith("Королёв"))
    assert unicodedata.is_normalized("NFC", "".join(str(text) for text in found.values.values()))
    apart = {"users": USERS, "orgs": ORGS.replace("Uni,", "Улуттук Ай,"), "courses": COURSES + "й1,Ой,Й,o2\n"}
    rosters.brings(**{name: unicodedata.normalize("NFD", text) for name, text in apart.items()})
    assert db_session.scalar(select(Unit.names["ky"].astext).where(Unit.parent_id.is_(None))) == "Улуттук Ай"
    course = db_session.scalar(select(Course).where(Course.code == "Й"))
    assert course.names["ru"] == "Ой" and course.external_id == unicodedata.normalize("NFD", "й1")


@pytest.mark.parametrize("name", ["or03", "or10", "or17", "or20", "or22"])
def test_what_is_only_written_otherwise_is_read(rosters: Rosters, name: str):
    plan = rosters.plan_of(sent(name))
    assert plan.findings == ()
    assert plan.change_counts[("membership", "insert")] == 1
    assert plan.left_out == ({"ext:methodist": 1} if name == "or17" else {})


def test_headings_values_and_names_of_files_are_read_in_any_case_and_order(rosters: Rosters):
    users = "EMAIL,FAMILYNAME,givenname,SourcedID\na@b.kg,Осмонова,Айгүл,u1\n,Өмүров,Бакыт,u2\n"
    roles = ROLES.replace("teacher", "Teacher")
    plan = rosters.plan_of(zipped(users="", Users=users, roles=roles))
    assert plan.findings == () and len(plan.changes) == 12


def test_surplus_cells_with_text_are_still_found():
    found = read_roster(sent("or03", users=("s1@example.org,,,,,,", "s1@example.org,,,,,,x"))).findings
    assert [(one.file, one.line, one.code) for one in found] == [("users.csv", 3, "exchange.row.too_many")]


def test_a_person_needs_one_name(rosters: Rosters, db_session: Any):
    users = USERS + "u3,Каныкей,,\nu4,,Асанов,\nu5,,,\n"
    assert codes(rosters.plan(users=users)) == {("users.csv", 6, "givenName", "exchange.row.no_name")}
    rosters.brings(users=users.replace("u5,,,\n", ""))
    names = db_session.execute(
        select(Person.family_name, Person.given_name).where(Person.external_id.in_(["u3", "u4"]))
    )
    assert set(names) == {("", "Каныкей"), ("Асанов", "")}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (sent("or27"), ("orgs.csv", 3, "type", "exchange.row.unknown_org_type")),
        (sent("or65"), ("courses.csv", 0, "", "exchange.file.needed")),
        (sent("or65", classes=(",c1,", ",,")), ("courses.csv", 0, "", "exchange.file.needed")),
        (
            sent("or64", users=("нет", "at the dean's office")),
            ("users.csv", 2, "email", "exchange.row.not_an_email"),
        ),
    ],
)
def test_what_cannot_be_read_is_one_finding(rosters: Rosters, data: bytes, place: Any):
    plan = rosters.plan_of(data)
    assert (len(plan.findings), codes(plan)) == (1, {place})


def test_a_missing_table_is_one_finding_however_many_rows_refer_to_it(rosters: Rosters):
    ten = "".join(f"e{at},k1,u{at},student,2026-09-01\n" for at in range(10))
    enrolled = "sourcedId,classSourcedId,userSourcedId,role,beginDate\n" + ten
    plan = rosters.plan_of(zipped(users="", roles="", enrollments=enrolled))
    assert codes(plan) == {("users.csv", 0, "", "exchange.file.needed")} and len(plan.findings) == 1


def test_a_word_for_no_email_is_no_email(rosters: Rosters):
    plan = rosters.plan_of(sent("or64", users=("s1@example.org", "НЕТ")))
    assert plan.findings == ()
    assert [one.values["email"] for one in plan.changes if one.table == "person"] == [None, None]


def test_an_inactive_enrolment_is_said_and_not_brought_and_ends_what_is_stored(rosters: Rosters):
    plan = rosters.plan_of(sent("or15"))
    assert plan.findings == () and ("membership", "insert") not in plan.change_counts
    assert [(one.table, one.remark) for one in plan.skipped] == [("membership", "exchange.remark.not_active")]
    rosters.brings()
    enrolled = "sourcedId,status,classSourcedId,userSourcedId,role,beginDate\n"
    enrolled += "e1,active,k1,u1,teacher,2026-09-01\ne2,Inactive,k1,u2,student,2026-09-01\n"
    ended = rosters.plan(enrollments=enrolled)
    assert ended.change_counts == {("membership", "end"): 1} and ended.absent == ()


def test_a_disabled_user_and_a_unit_without_its_parent_are_brought_with_a_remark(rosters: Rosters):
    users = "sourcedId,enabledUser,givenName,familyName\nu1,TRUE,Айгүл,Осмонова\nu2,False,Бакыт,Өмүров\n"
    plan = rosters.plan(users=users, orgs=ORGS.replace("D,o1", "D,o9"))
    assert plan.findings == ()
    assert {one.about: one.remark for one in plan.changes if one.remark} == {
        "Өмүров Бакыт": "exchange.remark.disabled_there",
        "Dept": "exchange.remark.parent_not_sent",
    }
    rosters.brings()
    assert rosters.plan(orgs=ORGS.replace("D,o1", "D,o9")).changes == ()
