"""OneRoster in and out: what is wrong is named by file, line and column; a repeat changes nothing."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

import pytest
from sqlalchemy import func, select

from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.read import read_roster
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Stale
from app.people.models import Person

ORGS = "sourcedId,name,type,identifier,parentSourcedId\no1,Uni,district,U,\no2,Dept,department,D,o1\n"
SESSIONS = "sourcedId,title,type,startDate,endDate\ns1,Autumn,semester,2026-09-01,2026-12-31\n"
COURSES = "sourcedId,title,courseCode,orgSourcedId\nc1,Calculus,VM-1,o2\n"
CLASSES = "sourcedId,title,classCode,courseSourcedId,schoolSourcedId,termSourcedIds\nk1,G-1,G-1,c1,o2,s1\n"
USERS = "sourcedId,givenName,familyName,email\nu1,Айгүл,Осмонова,a@b.kg\nu2,Бакыт,Өмүров,\n"
ROLES = (
    "sourcedId,userSourcedId,roleType,role,orgSourcedId\nr1,u1,primary,teacher,o2\nr2,u2,primary,student,o2\n"
)
ENROLLED = (
    "sourcedId,classSourcedId,userSourcedId,role,beginDate\n"
    "e1,k1,u1,teacher,2026-09-01\ne2,k1,u2,student,2026-09-01\n"
)
WRITTEN = (2026, 9, 1, 0, 0, 0)
"""The same roster is the same bytes whenever it is packed."""
MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"


@cache
def zipped(**changed: str | bytes) -> bytes:
    files: dict[str, str | bytes] = {
        "manifest": MANIFEST,
        "orgs": ORGS,
        "academicSessions": SESSIONS,
        "courses": COURSES,
        "classes": CLASSES,
        "users": USERS,
        "roles": ROLES,
        "enrollments": ENROLLED,
    } | changed
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            if text:
                archive.writestr(zipfile.ZipInfo(f"{name}.csv", WRITTEN), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.fixture
def bring(db_session: Any, clock: Any) -> Any:
    def run(data: bytes) -> Any:
        act = Act.by_system(clock())
        roster = read_roster(data)
        with door.read():
            plan = plans.make_import_plan(roster, local_day(act.at))
        with door.write(act):
            return execute_import_plan(act, roster, plan.fingerprint)

    return run


def test_a_roster_is_brought_in_and_a_second_time_nothing_changes(bring: Any, db_session: Any):
    assert len(bring(zipped()).changes) == 12
    assert db_session.scalar(select(func.count()).select_from(Person)) == 2
    again = bring(zipped())
    assert again.changes == () and again.unchanged_row_count == 12


def test_version_1_1_has_its_roles_with_the_users(bring: Any):
    users = "sourcedId,orgSourcedIds,role,givenName,familyName\nu1,o2,teacher,А,Б\nu2,o2,student,В,Г\n"
    assert len(bring(zipped(users=users, roles="", manifest="")).changes) == 12


def test_a_changed_name_is_one_update(bring: Any):
    bring(zipped())
    plan = bring(zipped(users=USERS.replace("Осмонова", "Асанова")))
    assert [(one.table, one.action) for one in plan.changes] == [("person", "update")]


def test_the_preview_is_what_is_executed_or_nothing_is(db_session: Any, clock: Any, bring: Any):
    act, roster = Act.by_system(clock()), read_roster(zipped())
    with door.read():
        seen = plans.make_import_plan(roster, local_day(act.at))
    bring(zipped(users=USERS.replace("Бакыт", "Болот")))
    with pytest.raises(Stale), door.write(act):
        execute_import_plan(act, roster, seen.fingerprint)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"users": USERS + "u2,A,B,\n"}, ("users.csv", 4, "sourcedId", "exchange.row.twice")),
        ({"users": USERS + "u3,,,\n"}, ("users.csv", 4, "givenName", "exchange.row.no_name")),
        (
            {"roles": ROLES.replace("u2", "u9")},
            ("roles.csv", 3, "userSourcedId", "exchange.row.unknown_reference"),
        ),
        ({"roles": ROLES.replace("student", "king")}, ("roles.csv", 3, "role", "exchange.row.unknown_value")),
        (
            {"academicSessions": SESSIONS.replace("2026-09-01", "01.09.2026")},
            ("academicSessions.csv", 2, "startDate", "exchange.row.not_a_date"),
        ),
        ({"orgs": ORGS.replace("name,", "title,")}, ("orgs.csv", 1, "name", "exchange.header.missing")),
        ({"orgs": ORGS.encode() + b"o3,\xff,school,X,\n"}, ("orgs.csv", 4, "", "exchange.row.not_utf8")),
        ({"users": USERS + 'u3,"A,B,\n'}, ("users.csv", 4, "", "exchange.row.quotes")),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_column(
    changed: Any, place: Any, bring: Any, db_session: Any
):
    roster = read_roster(zipped(**changed))
    seen = {(one.file, one.line, one.column, one.code) for one in roster.findings}
    assert place in seen
    with pytest.raises(Invalid):
        bring(zipped(**changed))
    assert db_session.scalar(select(func.count()).select_from(Person)) == 0


def test_what_is_no_zip_or_a_bomb_is_refused():
    with pytest.raises(Invalid):
        read_roster(b"not a zip")
    with pytest.raises(Invalid):
        read_roster(zipped(users="sourcedId,givenName,familyName\n" + "0" * 30_000_000))
